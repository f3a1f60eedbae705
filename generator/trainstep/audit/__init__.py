"""Audits anyone's training step: puts a class in the place of `keras.Model`."""
