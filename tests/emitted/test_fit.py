"""Every combination equals its reference, by the check of `trainstep check`."""

import time

import pytest
from trainstep import combinations
from trainstep.check.combination import name_combination
from trainstep.verify import verify


@pytest.mark.parametrize("options", list(combinations()), ids=name_combination)
def test_fits_and_equals_its_reference(options, tally):
    start = time.perf_counter()
    verify(options)
    tally("models fitted and compared with their references")
    tally("seconds per model", time.perf_counter() - start, mean=True)
