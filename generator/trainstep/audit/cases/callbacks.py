"""Callbacks, saving and resuming."""

import csv
import tempfile
from pathlib import Path
from typing import Any

import keras
from keras import layers

from trainstep.audit.cases.advice import RETURN_STATE, USE_COMPUTE_METRICS
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import X, Y, build, can, train


class ChangesWeights(keras.callbacks.Callback):
    """Halves the weights in each epoch, and sets another learning rate after it."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            self.model.jax_state_sync()
            self.model.set_weights([0.5 * w for w in self.model.get_weights()])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = 0.1


@case("What a callback sets, a learning rate or weights, is lost.", RETURN_STATE)
def callback_that_changes_state(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse")
    return train(model, callbacks=[ChangesWeights()], epochs=3)


@case(
    "EarlyStopping finds no val_loss, or stops and restores at another epoch.",
    USE_COMPUTE_METRICS,
    "evaluation",
)
def early_stopping(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile(keras.optimizers.SGD(0.5), "mse")
    stopping = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    validation = (X[:20], -Y[:20])
    return train(model, epochs=6, callbacks=[stopping], validation_data=validation)


@case("Callbacks see other logs than with keras.Model, or none.", USE_COMPUTE_METRICS)
def all_callbacks(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    losses: list[Any] = []
    split = 0.25 if can("evaluation") else 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        callbacks = make_callbacks(folder, losses)
        results = train(model, epochs=3, callbacks=callbacks, validation_split=split)
        with (folder / "log.csv").open() as file:
            rows = list(csv.reader(file.read().replace("NA", "nan").splitlines()))
    columns = zip(*rows, strict=True)
    logged = {name: list(map(float, column)) for name, *column in columns}
    return {**results, "logs of batches": losses, "CSV": logged}


def make_callbacks(folder: Path, losses: list[Any]) -> list[Any]:
    """Makes seven callbacks, which write into a folder and a list."""

    def record(batch: int, logs: Any) -> None:
        losses.append((batch, logs["loss"]))

    return [
        keras.callbacks.BackupAndRestore(folder / "backup"),
        keras.callbacks.CSVLogger(folder / "log.csv"),
        keras.callbacks.LambdaCallback(
            on_train_batch_end=record,
            on_test_batch_end=record,
        ),
        keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.9),
        keras.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", "loss"),
        keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10.0),
        keras.callbacks.TerminateOnNaN(),
    ]


@case(
    "A model that is saved and loaded trains on otherwise than one that was not.",
    RETURN_STATE,
    "saving",
)
def save_and_resume(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), layers.Dropout(0.5))
    model.compile("adam", "mse", metrics=["mae"])
    before = train(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        names = {type(model).__name__: type(model)}
        return before, train(keras.saving.load_model(path, names))
