"""How this suite's processes compile: quickly rather than well, or as a user's do.

What is trained here lasts a few batches, and most of its time is what XLA spends on
optimizations.
"""

import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

# Two devices, for the tests of distribution; all other tests use the first.
DEVICES = "--xla_force_host_platform_device_count=2"
QUICK = {
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "XLA_FLAGS": f"{DEVICES} --xla_cpu_use_fusion_emitters=false",
}
AS_USERS = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "0", "XLA_FLAGS": DEVICES}
"""Environment variables, which JAX reads when it is imported."""


def start_process(environment):
    """Starts a process; `shutdown()` ends it.

    Args:
        environment: Environment variables of that process, beside those of this one.

    Returns:
        An executor, in whose process warnings are what they are here.
    """
    context = get_context("spawn")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        pool = ProcessPoolExecutor(1, context, set_filters, (warnings.filters,))
        pool.submit(os.getpid).result()  # Now it has started, with that environment.
    return pool


def set_filters(filters):
    """Handles warnings by the filters of another process."""
    warnings.resetwarnings()
    warnings.filters.extend(filters)
