"""What Python processes run audits with."""

import os

DEVICES = "--xla_force_host_platform_device_count=2"


def set_environment(cache: str = "") -> None:
    """Sets Keras to JAX on two devices of the processor, before it is imported.

    Args:
        cache: A folder in which processes share what they compile.
    """
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {DEVICES}"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if cache:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = cache
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
