"""Makes the tests run on JAX, alike on CPUs and GPUs, and keeps what it compiles."""

import os

os.environ["KERAS_BACKEND"] = "jax"  # Whichever module imports Keras first.

# Left alone, GPUs round products to fewer bits and add up in any order.
os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")
FLAGS = "--xla_gpu_deterministic_ops=true", os.environ.get("XLA_FLAGS", "")
os.environ["XLA_FLAGS"] = " ".join(FLAGS)


def pytest_configure(config):
    if config.pluginmanager.hasplugin("cacheprovider"):
        folder = config.cache.mkdir("jax")
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
