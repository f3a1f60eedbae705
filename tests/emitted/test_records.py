"""Records on the disk train as arrays do, on any processes, and after a kill."""

import importlib
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordWriter
from clusters import KILLED, Cluster, train
from trainstep import render_project
from trainstep.emitted import use_project

ROWS = {"training": 20_000, "validation": 2_560}
FLAGS = ["--epochs", "2", "--distribution", "data_parallel"]


def write_records(folder):
    """Writes rows of ten features and the sum of them, each of another weight."""
    random = np.random.default_rng(0)
    for name, count in ROWS.items():
        x = random.normal(size=(count, 10))
        rows = np.c_[x, x @ np.arange(10) + 50].astype("float32")
        writer = ArrayRecordWriter(f"{folder}/{name}.array_record", "group_size:1")
        for row in rows:
            writer.write(row.tobytes())
        writer.close()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with the `data.py` of its README, and the metrics of a single run."""
    folder = tmp_path_factory.mktemp("records")
    render_project({"training": "distributed"}, folder)
    (code,) = re.findall(
        "```python\n(import grain.*?)```", read(folder / "README.md"), re.S
    )
    package = folder / "src" / "my_model"
    (package / "data.py").write_text(
        code.replace('"training', f'"{folder}/training').replace(
            '"validation', f'"{folder}/validation'
        )
    )
    network = read(package / "network.py")
    network = network.replace("my_model.data", "my_model.example_data")
    (package / "network.py").write_text(
        network.replace("load_data", "load_example_data")
    )
    write_records(folder)
    (ended,) = train(folder, folder / "whole", Cluster(1, 2), FLAGS)
    assert (ended.status, ended.errors) == (0, "")
    return folder, read_metrics(folder / "whole")


def read(path):
    return path.read_text(encoding="utf-8")


def read_metrics(folder):
    return np.loadtxt(folder / "metrics.csv", delimiter=",", skiprows=1)


@pytest.mark.full
@pytest.mark.xdist_group("records")
@pytest.mark.parametrize("cluster", [Cluster(2, 1), Cluster(1, 1)])
def test_any_processes_train_on_the_same_batches(cluster, project, tmp_path):
    folder, expected = project
    for ended in train(folder, tmp_path / "run", cluster, FLAGS):
        assert ended.status == 0, ended.errors
    np.testing.assert_allclose(read_metrics(tmp_path / "run"), expected, rtol=1e-6)


@pytest.mark.full
@pytest.mark.xdist_group("records")
@pytest.mark.parametrize(("action", "status"), [("kill", KILLED), ("tell", 75)])
def test_resumed_run_equals_uninterrupted_run(action, status, project, tmp_path):
    folder, expected = project
    run, cluster = tmp_path / "run", Cluster(1, 2)
    (ended,) = train(folder, run, cluster, FLAGS, (0, "batch 110"), action)
    assert ended.status == status
    (ended,) = train(folder, run, cluster, [*FLAGS, "--resume"])
    assert (ended.status, ended.errors) == (0, "")
    np.testing.assert_array_equal(read_metrics(run), expected)


class Squares:
    """A source of one's own."""

    def __len__(self):
        return 70

    def __getitem__(self, index):
        return index


def parse(record):
    return np.float32([record]), np.float32([record**2])


@pytest.fixture(scope="module")
def records():
    with use_project({"training": "distributed"}):
        yield importlib.import_module("my_model.records")


def take_epoch(batches):
    batches.on_epoch_begin()
    taken = [batches[index] for index in range(batches.num_batches)]
    batches.on_epoch_end()
    return [np.concatenate(arrays) for arrays in zip(*taken, strict=True)]


def test_takes_rows_of_any_source_in_order(records):
    batches = records.RecordBatches(Squares(), parse, 32, shuffle=False, readers=0)
    x, y = take_epoch(batches)
    np.testing.assert_array_equal(x, np.arange(64)[:, None])
    np.testing.assert_array_equal(y, x**2)


def test_order_is_that_of_the_seed(records):
    batches = records.RecordBatches(Squares(), parse, 32, readers=0)
    epochs = []
    for seed in (0, 0, 1):
        np.random.seed(seed)
        epochs.append(take_epoch(batches)[0])
    np.testing.assert_array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[1], epochs[2])
    assert len(np.unique(epochs[0])) == 64


BROKEN_OFF = """
import numpy as np
from my_model.records import RecordBatches


def parse(record):
    return np.float32([record]), np.float32([record**2])


if __name__ == "__main__":
    batches = RecordBatches(range(70_000), parse, 32)
    batches.on_epoch_begin()
    assert batches[1][0].shape == (32, 1)
"""


def test_workers_end_with_a_process_that_breaks_off_an_epoch(tmp_path):
    render_project({"training": "distributed"}, tmp_path)
    (tmp_path / "broken_off.py").write_text(BROKEN_OFF)
    ended = subprocess.run(
        [sys.executable, "broken_off.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
