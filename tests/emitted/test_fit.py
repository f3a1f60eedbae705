"""Every distinct model learns, can be saved, and equals the built-in trainer."""

import time

import pytest
from trainstep import combinations, render_file
from trainstep.questions import format_answer
from trainstep.verify import verify

STEP_FILES = ("model.py", "network.py")


def make_parameter(options):
    """Names a test after its choices; equal networks are fitted by one process."""
    group = [format_answer(options[name]) for name in ("task", "model_api", "loss")]
    return pytest.param(
        options,
        id="-".join(map(format_answer, options.values())),
        marks=pytest.mark.xdist_group("-".join(group)),
    )


def list_distinct():
    """Keeps one of the combinations that emit the same model and network."""
    distinct = {}
    for options in combinations():
        sources = tuple(render_file(options, file) for file in STEP_FILES)
        distinct.setdefault(sources, options)
    return list(map(make_parameter, distinct.values()))


@pytest.mark.parametrize("options", list_distinct())
def test_fits_and_equals_built_in_trainer(options, tally):
    start = time.perf_counter()
    run = verify(options)
    tally("distinct models fitted")
    tally("seconds per distinct model", time.perf_counter() - start, mean=True)
    assert run.history["loss"]
