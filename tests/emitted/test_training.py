"""The training command of each level: what it takes, keeps, refuses and consists of."""

import csv
import importlib
import itertools
import re

import keras
import numpy as np
import pytest
from trainstep.emitted import use_project
from trainstep.questions import questions
from trainstep.render import render_files

TRAINING, ALGORITHM = (
    next(question for question in questions() if question.name == name)
    for name in ("training", "algorithm")
)
X = np.linspace(-1, 1, 70, dtype="float32").reshape(35, 2)
Y = np.sin(X.sum(axis=1, keepdims=True))


class Rows(keras.utils.PyDataset):
    """A data set in batches of its own."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(index * 7, index * 7 + 7)
        return X[rows], Y[rows]


class Autoencoder(keras.Model):
    """Is trained on `x` alone."""

    def __init__(self):
        super().__init__()
        self.layer = keras.layers.Dense(2)
        self.build((None, 2))

    def build(self, shape):
        self.layer.build(shape)

    def call(self, x):
        return self.layer(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        return keras.ops.mean((y_pred - x) ** 2)


def build_dense(*_):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=[])
    return model


def build_autoencoder(*_):
    model = Autoencoder()
    model.compile("sgd")
    return model


def build_with_two_inputs(*_):
    inputs = {name: keras.Input((2,), name=name) for name in ("left", "right")}
    outputs = keras.layers.Dense(1)(keras.ops.add(*inputs.values()))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    return model


@pytest.fixture(params=TRAINING.choices)
def training(request, monkeypatch):
    """The command of a level, to be given data and a model."""
    with use_project({"training": request.param}):
        train = importlib.import_module("my_model.train")
    monkeypatch.setattr(train.network, "build_model", build_dense)
    monkeypatch.setattr(train.data, "load_data", lambda: ((X, Y), (X, -Y)))
    return train


def run(training, folder, *flags):
    """Trains, and returns the logs, lists by name."""
    training.main(["--epochs", "4", "--output-dir", str(folder), *flags])
    with (folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name, value in rows[0].items() if value != "NA"]
    return {name: [float(row[name]) for row in rows] for name in names}


KINDS = {
    "inputs alone": ((X,), (X,), build_autoencoder),
    "weights": ((X, Y, Y[:, 0] ** 2), (X, Y), build_dense),
    "structures": (
        (pair := {"left": X, "right": X}, Y),
        (pair, Y),
        build_with_two_inputs,
    ),
    "data sets": (Rows(), Rows(), build_dense),
    "data set and arrays": (Rows(), (X, Y), build_dense),
}


@pytest.mark.parametrize("kind", KINDS)
def test_takes_what_fit_takes(kind, training, tmp_path, monkeypatch):
    *loaded, build_model = KINDS[kind]
    monkeypatch.setattr(training.data, "load_data", lambda: loaded)
    monkeypatch.setattr(training.network, "build_model", build_model)
    logs = run(training, tmp_path / "run")
    assert logs["loss"][-1] < logs["loss"][0]


@pytest.mark.parametrize(
    ("monitor", "mode", "best"),
    [
        ("val_loss", "min", min),
        ("val_loss", "max", max),
        (None, "min", lambda v: v[-1]),
    ],
)
def test_keeps_the_epoch_that_is_asked_for(
    monitor, mode, best, training, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "MONITOR", monitor)
    monkeypatch.setattr(training, "MODE", mode)
    losses = run(training, tmp_path / "run", "--learning-rate", "0.01")["val_loss"]
    model = keras.saving.load_model(tmp_path / "run" / "model.keras")
    kept = model.evaluate(X, -Y, verbose=0)[0]
    assert min(losses) != losses[-1] or monitor
    assert kept == pytest.approx(best(losses), abs=1e-6)


def test_needs_validation_data_for_its_logs(training, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(training.data, "load_data", lambda: ((X, Y), None))
    with pytest.raises(SystemExit, match="2"):
        run(training, tmp_path / "run")
    assert 'set MONITOR = "loss"' in capsys.readouterr().err
    monkeypatch.setattr(training, "MONITOR", "loss")
    assert "val_loss" not in run(training, tmp_path / "run")


@pytest.mark.full
@pytest.mark.parametrize("algorithm", ALGORITHM.choices)
def test_every_algorithm_goes_on_exactly(algorithm, tmp_path):
    with use_project({"algorithm": algorithm, "training": "resumable"}):
        train = importlib.import_module("my_model.train")
        run(train, tmp_path / "whole", "--epochs", "2")
        run(train, tmp_path / "parts", "--epochs", "1")
        run(train, tmp_path / "parts", "--epochs", "2", "--resume")
    assert read_states(tmp_path / "parts") == read_states(tmp_path / "whole")


def read_states(folder):
    return [path.read_bytes() for path in sorted(folder.glob("checkpoint_?.npz"))]


def test_default_project_is_small():
    files = render_files({})
    sources = [text for name, text in files.items() if name.startswith("src/")]
    assert len(sources) <= 7
    assert sum(len(text.splitlines()) for text in sources) <= 500


@pytest.mark.parametrize("level", TRAINING.choices)
def test_training_modules_have_at_most_200_lines(level):
    for algorithm in ALGORITHM.choices:
        options = {"algorithm": algorithm, "training": level, "fused_steps": True}
        files = render_files(options, "src/")
        files = {n: text for n, text in files.items() if not n.endswith("model.py")}
        lengths = {name: len(text.splitlines()) for name, text in files.items()}
        assert max(lengths.values()) <= 200, lengths


@pytest.mark.parametrize(
    "options",
    [
        {"training": "distributed", "loss": "custom", "gradients": "accumulate"},
        {"gradients": "private", "fused_steps": True},
        {"algorithm": "gan", "training": "resumable", "fused_steps": True},
    ],
    ids=str,
)
def test_readme_names_every_module(options):
    files = render_files(options)
    modules = {name.rsplit("/")[-1] for name in files if name.startswith("src/")}
    named = set(re.findall(r"^\| `(\w+\.py)` \|", files["README.md"], re.MULTILINE))
    assert named == modules - {"__init__.py"}


def test_curves_leave_no_empty_frames(tmp_path, monkeypatch):
    with use_project({}):
        pictures = importlib.import_module("my_model.pictures")
    drawn = []
    monkeypatch.setattr(
        pictures.Figure, "savefig", lambda figure, *_, **__: drawn.append(figure)
    )
    pictures.plot_curves({name: [1.0, 2.0] for name in "abcd"}, tmp_path / "curves.png")
    assert [len(figure.axes) for figure in drawn] == [4]


def test_levels_build_on_each_other():
    files = [render_files({"training": choice}) for choice in TRAINING.choices]
    for lower, higher in itertools.pairwise(files):
        assert lower.keys() < higher.keys()
    simple, resumable, _ = (
        "".join(text for name, text in level.items() if name.endswith(".py"))
        for level in files
    )
    assert not re.search("resum|checkpoints|device|distribut|layout_map", simple)
    assert not re.search("devices|distribut|process_id|layout_map", resumable)
