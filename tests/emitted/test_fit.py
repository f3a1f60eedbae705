"""Every combination passes the check of `trainstep check`: it equals its reference."""

import time

import pytest
from trainstep import combinations
from trainstep.check.combination import group_combination, name_combination
from trainstep.verify import verify


def make_parameter(options):
    """Names a test after its choices; those of one reference run in one process."""
    group = pytest.mark.xdist_group(group_combination(options))
    return pytest.param(options, id=name_combination(options), marks=group)


@pytest.mark.parametrize("options", list(map(make_parameter, combinations())))
def test_fits_and_equals_its_reference(options, tally):
    start = time.perf_counter()
    verify(options)
    tally("models fitted and compared with their references")
    tally("seconds per model", time.perf_counter() - start, mean=True)
