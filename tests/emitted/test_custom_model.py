"""What `CustomModel` does where `keras.Model` has no answer, and what it refuses."""

import os
import subprocess
import sys
import types

import keras
import pytest
from keras import layers
from trainstep import render_file
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import LABELS, WEIGHTS, X, Y
from trainstep.emitted import import_model

TRAINS = ["train_and_test", "train"]
TESTS = ["train_and_test", "test"]
GRADIENTS = ["plain", "clip", "accumulate", "sam", "private"]


def compile_model(**options):
    model = shared.build(import_model(options).CustomModel)
    model.compile("sgd", "mse")
    return model


class CountsRows(layers.Layer):
    """Updates metrics inside `call()`, where the built-in trainer fails."""

    def __init__(self):
        super().__init__()
        self.rows = keras.metrics.Sum(name="rows")

    def call(self, x):
        self.rows.update_state(keras.ops.ones(keras.ops.shape(x)[:1]))
        return x


@pytest.mark.parametrize("fused_steps", [False, True])
def test_metrics_updated_inside_call(fused_steps):
    model_class = import_model({"fused_steps": fused_steps}).CustomModel
    model = shared.build(model_class, CountsRows())
    model.compile("sgd", "mse", steps_per_execution=2)
    history = model.fit(X, Y, batch_size=12, epochs=2, verbose=0).history
    assert history["rows"] == [len(X)] * 2
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["rows"] == len(X)


@pytest.mark.parametrize("custom_steps", TRAINS)
@pytest.mark.parametrize(
    "weights", [{"sample_weight": WEIGHTS}, {"class_weight": {0: 2.0}}], ids=list
)
def test_fit_refuses_weights_it_was_not_generated_for(custom_steps, weights):
    model = compile_model(custom_steps=custom_steps, sample_weight=False)
    with pytest.raises(ValueError, match=r"copier update .* sample_weight=true"):
        model.fit(X, LABELS.astype("float32")[:, None], verbose=0, **weights)


@pytest.mark.parametrize("custom_steps", TESTS)
def test_evaluate_refuses_weights_it_was_not_generated_for(custom_steps):
    model = compile_model(custom_steps=custom_steps, sample_weight=False)
    with pytest.raises(ValueError, match="without sample weights"):
        model.evaluate(X, Y, sample_weight=WEIGHTS, verbose=0)


def fit_compiled(options, **arguments):
    """Fits a model that was compiled with arguments which it may refuse."""
    model = shared.build(import_model(options).CustomModel)
    model.compile("sgd", **arguments)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("custom_steps", ["train_and_test", "train", "test"])
def test_own_loss_refuses_a_compiled_one(custom_steps):
    options = {"loss": "custom", "custom_steps": custom_steps}
    with pytest.raises(ValueError, match="The loss is `CustomLoss`"):
        fit_compiled(options, loss="mse")


@pytest.mark.parametrize("argument", ["metrics", "weighted_metrics"])
@pytest.mark.parametrize("custom_steps", ["train_and_test", "train", "test"])
def test_own_metrics_refuse_compiled_ones(custom_steps, argument):
    options = {"metrics": "manual", "custom_steps": custom_steps}
    with pytest.raises(ValueError, match="The metrics are the model's"):
        fit_compiled(options, loss="mse", **{argument: ["mae"]})


@pytest.mark.parametrize("emitted", [True, False])
def test_keras_extends_no_class_that_was_a_functional_model(emitted):
    """A limit of Keras, which makes a Functional class of the first one built."""
    model_class = type("Model", (keras.Model,), {})
    if emitted:
        model_class = import_model({}).CustomModel
    shared.build(model_class)

    class Network(model_class):
        def __init__(self):
            super().__init__()

    with pytest.raises(TypeError, match="missing 2 required positional arguments"):
        Network()


@pytest.mark.parametrize("gradients", GRADIENTS)
def test_train_step_asks_for_compile(gradients):
    model_class = import_model({"gradients": gradients}).CustomModel
    model = shared.build(model_class)
    values = [variable.value for variable in model.trainable_variables]
    with pytest.raises(ValueError, match=r"Call `compile\(\)`"):
        model.train_step((values, [], [], []), (X, Y))


def test_test_step_asks_for_compile():
    model = shared.build(import_model({}).CustomModel)
    values = [variable.value for variable in model.trainable_variables]
    with pytest.raises(ValueError, match=r"Call `compile\(\)`"):
        model.test_step((values, [], []), (X, Y))


def test_imports_what_was_emitted_not_its_namesake(tmp_path, monkeypatch):
    (tmp_path / "my_model").mkdir()
    for name in ("__init__", "model"):
        (tmp_path / "my_model" / f"{name}.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(tmp_path)
    namesake = sys.modules.setdefault("my_model", types.ModuleType("my_model"))
    assert import_model({}).CustomModel
    assert sys.modules.pop("my_model") is namesake


def test_refuses_another_backend(tmp_path):
    (tmp_path / "model.py").write_text(render_file({}, "model.py"))
    result = subprocess.run(
        [sys.executable, "-c", "import model"],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
    )
    message = "RuntimeError: CustomModel runs on Keras's JAX backend only: set "
    assert result.stderr.splitlines()[-1].startswith(message)
