"""Makes the tests run on JAX, and keeps what it compiles for the next run."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # Whichever module imports Keras first.


def pytest_configure(config):
    if config.pluginmanager.hasplugin("cacheprovider"):
        folder = config.cache.mkdir("jax")
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
