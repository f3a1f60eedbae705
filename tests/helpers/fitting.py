"""Fits models in a process that compiles their steps quickly rather than well.

A fit lasts a few batches, and what XLA spends on its optimizations is most of its time.
"""

import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

QUICK = {
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "XLA_FLAGS": "--xla_cpu_use_fusion_emitters=false",
}


def start_process(environment):
    """Starts a process for fits; `shutdown()` ends it.

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
