"""Timings as ratios, side by side in one run: `make bench`."""

import os

os.environ["KERAS_BACKEND"] = "jax"
