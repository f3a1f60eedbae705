"""Makes the tests run on JAX, whichever module imports Keras first."""

import os

os.environ["KERAS_BACKEND"] = "jax"
