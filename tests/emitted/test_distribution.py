"""A run over many devices and processes gives the numbers of a single device."""

import contextlib
import importlib
import re

import keras
import numpy as np
import pytest
from clusters import KILLED, Cluster, read_numbers, train
from trainstep import render_project
from trainstep.emitted import use_project

ONE = Cluster(1, 1)
CLUSTERS = {
    "1x4": Cluster(1, 4),
    "2x1": Cluster(2, 1),
    "2x2": Cluster(2, 2),
    "4x1": Cluster(4, 1),
}
"""In "2x1" and "4x1", processes share the weights, if devices do."""
FUSED = ["--steps-per-execution", "3"]
VARIANTS = {
    "fused_accumulate": ({"fused_steps": True, "gradients": "accumulate"}, FUSED),
    "plain": ({}, []),
    "fused": ({"fused_steps": True}, FUSED),
    "accumulate": ({"gradients": "accumulate"}, []),
    "subclass": ({"model_api": "subclass", "metrics": "manual"}, []),
}
SHARING = {"data_parallel": 1, "model_parallel": 2}
"""How many devices work on the same rows."""
COVERING = {
    ("data_parallel", "1x4"),
    ("data_parallel", "2x2"),
    ("model_parallel", "2x1"),
}
ROWS_READ = 2 * 348 + 32
"""Those of two epochs, and one batch that Keras looks at before the first."""
TOLERANCE = 1e-6
PREEMPTED = 75
DENSE = 'keras.layers.Dense(64, activation="relu")'
LAYERS = f"{DENSE}, keras.layers.Dropout(0.5)"  # It draws the same on any devices.
IMPORT = "from my_model.example_data import load_example_data\n"
COUNTED = f"""import atexit

import numpy as np

{IMPORT}

class Counted(np.ndarray):
    read = 0

    def take(self, rows, axis):
        Counted.read += len(rows)
        return np.asarray(self).take(rows, axis)


atexit.register(lambda: print("rows read:", Counted.read))
"""
EXAMPLE = "    return load_example_data()\n"
# A last batch that is smaller, and that four devices can share.
DATA = """
    (x, y), (x_val, y_val) = load_example_data()
    weights, weights_val = np.linspace(0.5, 1.5, 348), np.linspace(1.5, 0.5, 88)
    validation = x_val[:88], y_val[:88], weights_val
    return (x[:348].view(Counted), y[:348], weights), validation
"""


def emit(folder, options):
    """Emits a project with sample weights, and with layers that draw by chance."""
    render_project({"training": "distributed", **options}, folder)
    package = folder / "src" / "my_model"
    for name, old, new in [
        ("network.py", DENSE, f"keras.Sequential([{LAYERS}])"),
        ("data.py", IMPORT, COUNTED),
        ("data.py", EXAMPLE, DATA),
    ]:
        text = (package / name).read_text()
        assert old in text
        (package / name).write_text(text.replace(old, new))


def count_rows(ended):
    return int(re.search(r"rows read: (\d+)", ended.output)[1])


def check_equal(folder, expected):
    """Allows for sums in another order, which rounds in the size of their terms."""
    numbers = read_numbers(folder)
    assert numbers.keys() == expected.keys()
    for name, values in expected.items():
        tolerance = TOLERANCE * max(1, np.abs(values).max(initial=0))
        np.testing.assert_allclose(
            numbers[name], values, rtol=0, atol=tolerance, err_msg=name
        )


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """By variant, the project, its flags, and what a single device makes of it."""

    class Projects(dict):
        def __missing__(self, variant):
            folder = tmp_path_factory.mktemp("distribution") / variant
            options, flags = VARIANTS[variant]
            emit(folder, options)
            flags = ["--epochs", "2", *flags]
            (ended,) = train(folder, folder / "one", ONE, flags)
            assert ended.status == 0, ended.errors
            self[variant] = folder, flags, read_numbers(folder / "one")
            return self[variant]

    return Projects()


def list_cases():
    for variant in VARIANTS:
        for distribution in SHARING:
            for name in CLUSTERS:
                covering = variant == next(iter(VARIANTS))
                covering = covering and (distribution, name) in COVERING
                marks = [pytest.mark.xdist_group(f"distribution-{variant}")]
                marks += [] if covering else [pytest.mark.full]
                yield pytest.param(variant, distribution, name, marks=marks)


@pytest.mark.parametrize(("variant", "distribution", "name"), list(list_cases()))
def test_equals_single_device(variant, distribution, name, projects, tmp_path, tally):
    project, flags, expected = projects[variant]
    flags = [*flags, "--distribution", distribution]
    processes, devices = cluster = CLUSTERS[name]
    # Pairs of devices, at times of two processes, share the rows of model_parallel.
    shares = min(processes, processes * devices // SHARING[distribution])
    for ended in train(project, tmp_path / "run", cluster, flags):
        assert ended.status == 0, ended.errors
        assert count_rows(ended) * shares == ROWS_READ
    check_equal(tmp_path / "run", expected)
    tally("distributed runs equal to a single device's")


KILLS = {
    "2x1-second": ("fused_accumulate", Cluster(2, 1), 1, "batch 6"),
    "2x1-first": ("plain", Cluster(2, 1), 0, "batch 17"),
    "2x2-second": ("plain", Cluster(2, 2), 1, "batch 17"),
    "2x2-first": ("plain", Cluster(2, 2), 0, "batch 17"),
}


def list_kills():
    for name, kill in KILLS.items():
        marks = [pytest.mark.xdist_group(f"distribution-{kill[0]}")]
        marks += [] if name == "2x1-second" else [pytest.mark.full]
        yield pytest.param(*kill, id=name, marks=marks)


@pytest.mark.parametrize(("variant", "cluster", "victim", "moment"), list(list_kills()))
def test_killed_process_ends_the_other(
    variant, cluster, victim, moment, projects, tmp_path, tally
):
    project, flags, expected = projects[variant]
    flags = [*flags, "--distribution", "data_parallel"]
    ended = train(project, tmp_path / "run", cluster, flags, kill=(victim, moment))
    survivor = ended[1 - victim]
    assert ended[victim].status == KILLED
    assert survivor.status not in (0, KILLED)
    assert re.search("another (process is lost|task died)", survivor.errors)
    assert "Traceback" not in survivor.errors
    for again in train(project, tmp_path / "run", cluster, [*flags, "--resume"]):
        assert again.status == 0, again.errors
    check_equal(tmp_path / "run", expected)
    tally("killed processes, after which the others ended and the resumed run equal")


@pytest.mark.xdist_group("distribution-fused_accumulate")
@pytest.mark.parametrize("victim", [0, pytest.param(1, marks=pytest.mark.full)])
def test_processes_told_to_end_save_the_same_step(victim, projects, tmp_path):
    project, flags, expected = projects["fused_accumulate"]
    flags = [*flags, "--distribution", "data_parallel"]
    told = train(
        project, tmp_path / "run", Cluster(2, 1), flags, (victim, "batch 5"), "tell"
    )
    assert [ended.status for ended in told] == [PREEMPTED] * 2
    assert told[0].errors.splitlines()[-1] == told[1].errors.splitlines()[-1]
    for again in train(project, tmp_path / "run", Cluster(2, 1), [*flags, "--resume"]):
        assert again.status == 0, again.errors
    check_equal(tmp_path / "run", expected)


@pytest.mark.xdist_group("distribution-fused_accumulate")
def test_processes_end_with_the_same_refusal(projects, tmp_path):
    project, *_ = projects["fused_accumulate"]
    flags = ["--distribution", "data_parallel", "--resume"]
    for ended in train(project, tmp_path / "run", Cluster(2, 1), flags):
        assert ended.status == 2
        assert "nothing to resume" in ended.errors


@pytest.mark.full
@pytest.mark.parametrize("name", CLUSTERS)
def test_gan_trains_on_any_devices(name, tmp_path):
    render_project({"training": "distributed", "algorithm": "gan"}, tmp_path / "gan")
    flags = ["--epochs", "2", "--distribution", "data_parallel"]
    for ended in train(tmp_path / "gan", tmp_path / "run", CLUSTERS[name], flags):
        assert ended.status == 0, ended.errors
    assert (tmp_path / "run" / "model.keras").exists()


def import_training():
    with use_project({"training": "distributed"}):
        names = "train", "devices"
        return [importlib.import_module(f"my_model.{name}") for name in names]


@contextlib.contextmanager
def two_devices(devices, flags):
    devices.distribute(flags)
    try:
        yield
    finally:
        keras.distribution.set_distribution(None)


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["data_parallel", "--batch-size", "31"], "--batch-size 31: .* multiple of 2"),
        (["model_parallel", "--model-devices", "3"], "--model-devices 3: .* 2 devices"),
    ],
)
def test_refuses_what_two_devices_cannot_split(flags, line):
    train, devices = import_training()
    with pytest.raises(devices.RunError, match=line):
        devices.distribute(train.parse_flags(["--distribution", *flags]))


def test_refuses_weights_that_two_devices_cannot_share():
    train, devices = import_training()
    flags = train.parse_flags(["--distribution", "model_parallel"])
    message = r"--model-devices 2: .*dense/kernel .*\(10, 7\)"
    with two_devices(devices, flags), pytest.raises(devices.RunError, match=message):
        keras.layers.Dense(7, name="dense").build((None, 10))
        devices.check_weights(flags)
