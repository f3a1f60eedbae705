"""Benchmarks measure what they promise, and the page shows what they found.

No time is tested here: see `make bench`.
"""

import re

import keras
import numpy as np
import pytest
from browser import require_browser

from benchmarks.accumulation import train_step
from benchmarks.algorithms import copy_state
from benchmarks.hand_written import Trainer
from benchmarks.networks import make_mlp, make_rows
from benchmarks.report import (
    BLOCK,
    DOCS,
    Report,
    format_page_block,
    publish,
    read_report,
)
from benchmarks.rows import at_least, at_most, summarize
from benchmarks.runner import BENCHMARKS

TINY = {
    "plain": {"rounds": 1, "steps": 2, "variants": 1},
    "fused": {"rounds": 1, "calls": 1, "depths": [0]},
    "kinds": {"rounds": 1, "calls": 1, "names": ["20 metrics"]},
    "algorithms": {"rounds": 1, "calls": 1, "names": ["mixup"]},
    "slow": {"rounds": 1, "calls": 1, "units": 8},
    "memory": {"batch_size": 64, "hidden_layers": 1},
    "compile": {"rounds": 1, "hidden_layers": 0},
    "start": {"rounds": 1},
    "fitting": {"groups": 1, "models": 1},
    "copy": {"rounds": 1},
    "show": {"rounds": 1},
    "studio": {"loads": 1, "changes": 2},
}
"""By benchmark, arguments with which it takes a second or two."""


@pytest.mark.parametrize("name", BENCHMARKS)
def test_benchmark_yields_rows(name):
    if name == "studio":
        require_browser()
    rows = list(BENCHMARKS[name](**TINY[name]))
    assert any(row.target for row in rows)
    assert len({(row.name, row.baseline) for row in rows}) == len(rows)
    assert all(row.median > 0 and row.repeats for row in rows)


@pytest.mark.parametrize("hidden_layers", [0, 1, 3])
def test_loop_written_by_hand_equals_keras(hidden_layers):
    x, y = make_rows(20 * 32)
    model = make_mlp(keras.Model, hidden_layers)
    trainer = Trainer(model, batch_size=32, steps=10)
    logs = model.fit(x, y, batch_size=32, shuffle=False, verbose=0).history
    assert trainer.fit(x, y, shuffle=False) == pytest.approx(logs["loss"][0], abs=1e-5)
    weights = zip(trainer.state.weights, model.get_weights(), strict=True)
    for weight, expected in weights:
        np.testing.assert_allclose(weight, expected, atol=1e-5)


def test_micro_batches_by_hand_equal_a_batch():
    x, y = make_rows(32)
    model = make_mlp(keras.Model, 1)
    model.optimizer.build(model.trainable_variables)
    logs, (weights, *_) = train_step(model, 4, copy_state(model), (x, y))
    expected = model.train_on_batch(x, y, return_dict=True)
    assert float(logs["loss"]) == pytest.approx(expected["loss"], abs=1e-5)
    for weight, value in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(weight, value, atol=1e-5)


@pytest.mark.parametrize(
    ("values", "target", "met"),
    [
        ([1.0, 1.1, 9.0], at_most(1.1), True),
        ([1.0, 1.1, 9.0], at_most(1.0), False),
        ([1.0, 8.0, 9.0], at_least(8), True),
        ([1.0, 8.0, 9.0], at_least(8.5), False),
        ([1.0], None, None),
    ],
)
def test_median_is_held_against_target(values, target, met):
    assert summarize("time", values, target).met is met


def test_report_is_published_and_read(tmp_path):
    rows = [summarize("time of `step`", [1, 2, 4], at_most(3), baseline="[fit]")]
    page = tmp_path / "performance.md"
    page.write_text("Before\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter\n")
    (tmp_path / "images").mkdir()
    for machine in ("first", "second"):
        publish(Report({"processor": machine}, rows), tmp_path)
    assert read_report(tmp_path) == Report({"processor": "second"}, rows)
    before, table, after = re.split("<!--.*-->\n", page.read_text())
    assert (before, after) == ("Before\n", "After\n")
    assert "| time of `step` | [fit]   | 2 x    | 1.5 to 3  | 3 " in table
    assert "second" in table and "first" not in table and "old" not in table
    assert (tmp_path / "images" / "performance.png").stat().st_size


def test_page_shows_the_figures():
    page = (DOCS / "performance.md").read_text("utf-8")
    assert BLOCK.search(page)[0] == format_page_block(read_report())
