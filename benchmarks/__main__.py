"""Runs the benchmarks, as `python -m benchmarks`."""

import os

if __name__ == "__main__":  # Worker processes import this module, too.
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)  # JAX reads it when imported.
    from benchmarks.runner import main

    main()
