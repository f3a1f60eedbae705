"""What `CustomModel` must do exactly as `keras.Model` does: each case trains one.

A case takes the class to build with and returns what is to be equal: anything made of
numbers. It draws its numbers from Keras's seed, which is set before.
"""

import contextlib
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
from keras import layers

CASES = {}
ROWS, FEATURES, CLASSES = 40, 6, 3

random = np.random.default_rng(0)
X = random.normal(size=(ROWS, FEATURES)).astype("float32")
Y = random.normal(size=(ROWS, 1)).astype("float32")
LABELS = random.integers(0, CLASSES, ROWS).astype("int32")
WEIGHTS = random.uniform(0.5, 2.0, ROWS).astype("float32")
TOKENS = random.integers(0, 5, (ROWS, 4)).astype("int32")


def case(function):
    """Adds a case to the table, under its function's name."""
    CASES[function.__name__] = function
    return function


def train(model, x=X, y=Y, **arguments):
    """Fits, evaluates, and returns all that came of it."""
    in_arrays = y is not None or isinstance(x, np.ndarray)
    if in_arrays:
        arguments = {"batch_size": 8} | arguments
    arguments = {"epochs": 2, "shuffle": in_arrays, "verbose": 0} | arguments
    history = model.fit(x, y, **arguments).history
    state = get_state(model)
    if in_arrays:
        history["evaluation"] = model.evaluate(x, y, batch_size=8, verbose=0)
    return history, state


def get_state(model):
    """Returns the values of all variables, those of the optimizer too."""
    variables = model.variables + model.optimizer.variables
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def build(model_class, *hidden, outputs=1, activation=None):
    """Builds a Functional model of the layers given."""
    inputs = x = keras.Input((FEATURES,))
    for layer in hidden or [layers.Dense(8, activation="relu")]:
        x = layer(x)
    head = layers.Dense(outputs, activation=activation, dtype="float32")
    return model_class(inputs, head(x))


def build_classifier(model_class):
    return build(model_class, outputs=CLASSES, activation="softmax")


@contextlib.contextmanager
def dtype_policy(name):
    """Sets Keras's dtype policy for a while."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@case
def sample_weight(model_class):
    model = build(model_class)
    model.compile("adam", "mse", metrics=["mae"], weighted_metrics=["mape"])
    validation = (X[:20], Y[:20], WEIGHTS[:20])
    return train(model, sample_weight=WEIGHTS, validation_data=validation)


@case
def class_weight(model_class):
    model = build_classifier(model_class)
    model.compile(
        "adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"]
    )
    return train(model, y=LABELS, class_weight={0: 1.0, 1: 3.0, 2: 0.5})


@case
def several_metrics(model_class):
    model = build_classifier(model_class)
    top = keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    model.compile(
        "rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy", top]
    )
    return train(model, y=LABELS)


@case
def partial_last_batch(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model, batch_size=32)


@case
def kernel_regularizer(model_class):
    model = build(model_class, layers.Dense(8, kernel_regularizer="l2"))
    model.compile("sgd", "mse")
    return train(model)


@case
def activity_regularizer(model_class):
    model = build(
        model_class,
        layers.Dense(8, activity_regularizer="l1", bias_regularizer="l2"),
        layers.Dense(8, activity_regularizer="l2"),
    )
    model.compile("sgd", "mse")
    return train(model, batch_size=16)


class AddsLoss(layers.Layer):
    def call(self, x):
        self.add_loss(1e-2 * keras.ops.mean(keras.ops.square(x)))
        self.add_loss(1e-3 * keras.ops.abs(x))
        return x


@case
def add_loss(model_class):
    model = build(model_class, layers.Dense(8), AddsLoss())
    model.compile("sgd", "mse")
    return train(model)


@case
def losses_without_targets(model_class):
    model = build(model_class, layers.Dense(8), AddsLoss())
    model.compile("sgd")
    return train(model, y=None)


@case
def batch_normalization(model_class):
    model = build(model_class, layers.Dense(8), layers.BatchNormalization())
    model.compile("sgd", "mse")
    return train(model)


@case
def dropout_and_noise(model_class):
    model = build(model_class, layers.Dense(8), layers.Dropout(0.5))
    model = build(model_class, layers.GaussianNoise(0.1), *model.layers[1:3])
    model.compile("sgd", "mse")
    return train(model)


@case
def mixed_float16(model_class):
    with dtype_policy("mixed_float16"):
        model = build(model_class)
        model.compile("adam", "mse", metrics=["mae"])
        return train(model)


@case
def mixed_float16_overflow(model_class):
    """The loss scale is halved, and no step is made, until gradients are finite."""
    with dtype_policy("mixed_float16"):
        model = build(model_class)
        optimizer = keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(), initial_scale=2.0**20, dynamic_growth_steps=3
        )
        model.compile(optimizer, "mse")
        return train(model, y=100 * Y)


@case
def loss_scale_factor(model_class):
    model = build(model_class)
    model.compile(keras.optimizers.SGD(loss_scale_factor=64.0), "mse")
    return train(model)


@case
def mixed_bfloat16(model_class):
    with dtype_policy("mixed_bfloat16"):
        model = build(model_class)
        model.compile("adam", "mse", metrics=["mae"])
        return train(model)


@case
def several_outputs(model_class):
    inputs = keras.Input((FEATURES,))
    outputs = {"a": layers.Dense(1)(inputs), "b": layers.Dense(CLASSES)(inputs)}
    model = model_class(inputs, outputs)
    model.compile(
        "sgd",
        {
            "a": "mse",
            "b": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"a": 0.3, "b": 2.0},
        metrics={"a": ["mae"], "b": ["accuracy"]},
        weighted_metrics={"a": ["mse"]},
    )
    weights = {"a": WEIGHTS, "b": WEIGHTS[::-1].copy()}
    return train(model, y={"a": Y, "b": LABELS}, sample_weight=weights)


@case
def nested_inputs_and_outputs(model_class):
    inputs = {
        "first": keras.Input((2,), name="first"),
        "rest": [keras.Input((1,)) for _ in range(2)],
    }
    first, rest = inputs["first"], inputs["rest"]
    joined = layers.Concatenate()([first, *rest])
    model = model_class(inputs, [layers.Dense(1)(joined), (layers.Dense(1)(first),)])
    model.compile("sgd", ["mse", ("mae",)])
    x = {"first": X[:, :2], "rest": [X[:, 2:3], X[:, 3:4]]}
    return train(model, x, [Y, (2 * Y,)])


@case
def missing_input(model_class):
    inputs = [keras.Input((FEATURES,), optional=True), keras.Input((FEATURES,))]
    outputs = layers.Dense(1)(KeepsSecond()(inputs))
    model = model_class(inputs, outputs)
    model.compile("sgd", "mse")
    return train(model, [None, X])


class KeepsSecond(layers.Layer):
    def call(self, inputs):
        return inputs[1]

    def compute_output_shape(self, input_shape):
        return input_shape[1]


@case
def masks(model_class):
    tokens = keras.Input((4,), dtype="int32")
    x = layers.Embedding(5, 3, mask_zero=True)(tokens)
    steps = layers.Dense(1)(layers.LSTM(4, return_sequences=True)(x))
    model = model_class(tokens, [steps, layers.Dense(1)(layers.LSTM(4)(x))])
    model.compile("sgd", ["mse", "mse"], metrics=[["mae"], ["mae"]])
    return train(model, TOKENS, [np.repeat(Y[:, None], 4, axis=1), Y])


@case
def exponential_moving_average(model_class):
    model = build(model_class)
    optimizer = keras.optimizers.SGD(
        use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3
    )
    model.compile(optimizer, "mse")
    return train(model)


@case
def optimizer_accumulation(model_class):
    model = build(model_class)
    model.compile(keras.optimizers.Adam(gradient_accumulation_steps=2), "mse")
    return train(model)


@case
def optimizer_clipping(model_class):
    results = []
    for clipping in ("clipnorm", "global_clipnorm", "clipvalue"):
        model = build(model_class)
        model.compile(keras.optimizers.SGD(**{clipping: 0.1}), "mse")
        results.append(train(model, epochs=1))
    return results


@case
def schedule_and_weight_decay(model_class):
    model = build(model_class)
    schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=10)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.1), "mse")
    return train(model)


@case
def constraints(model_class):
    model = build(model_class, layers.Dense(8, kernel_constraint="non_neg"))
    model.compile("sgd", "mse")
    return train(model)


@case
def sum_reduction(model_class):
    model = build(model_class)
    model.compile("sgd", keras.losses.MeanSquaredError(reduction="sum"))
    return train(model)


@case
def validation_data(model_class):
    model = build(model_class, layers.Dense(8), layers.BatchNormalization())
    model.compile("sgd", "mse", metrics=["mae"])
    validation = (X[:10], Y[:10])
    return train(model, validation_data=validation, validation_freq=2, epochs=4)


@case
def validation_split(model_class):
    model = build(model_class)
    model.compile("sgd", "mse")
    return train(model, validation_split=0.25)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return X[rows], Y[rows], WEIGHTS[rows]


@case
def py_dataset(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", weighted_metrics=["mae"])
    return train(model, Batches(), None, shuffle=True, validation_data=Batches())


@case
def generator(model_class):
    def generate():
        while True:
            yield from (Batches()[index] for index in range(5))

    model = build(model_class)
    model.compile("sgd", "mse", steps_per_execution=2)
    return train(model, generate(), None, steps_per_epoch=7)


@case
def generator_of_unknown_length(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", steps_per_execution=3)
    batches = ((X[:size], Y[:size]) for size in (8, 8, 8, 8, 8, 5, 5))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data")
        return train(model, batches, None, epochs=1)


@case
def on_batch(model_class):
    model = build_classifier(model_class)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 3.0}
    logs = [
        model.train_on_batch(X, LABELS),
        model.train_on_batch(X, LABELS, class_weight=weights, return_dict=True),
        model.test_on_batch(X, LABELS, sample_weight=WEIGHTS),
        model.predict_on_batch(X),
    ]
    return logs, get_state(model)


class ChangesWeights(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            self.model.jax_state_sync()
            self.model.set_weights([0.5 * w for w in self.model.get_weights()])

    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.1


@case
def callback_that_changes_state(model_class):
    model = build(model_class)
    model.compile("sgd", "mse")
    return train(model, callbacks=[ChangesWeights()], epochs=3)


@case
def early_stopping(model_class):
    model = build(model_class)
    model.compile(keras.optimizers.SGD(0.5), "mse")
    stopping = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    validation = (X[:20], -Y[:20])
    return train(model, epochs=6, callbacks=[stopping], validation_data=validation)


@case
def all_callbacks(model_class):
    model = build(model_class)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    losses = []

    def record(batch, logs):
        losses.append((batch, logs["loss"]))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        callbacks = [
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
        results = train(model, epochs=3, callbacks=callbacks, validation_split=0.25)
        lines = (folder / "log.csv").read_text().split("\n")
    return results, losses, [line.split(",") for line in lines]


@case
def save_and_resume(model_class):
    model = build(model_class, layers.Dense(8), layers.Dropout(0.5))
    model.compile("adam", "mse", metrics=["mae"])
    before = train(model)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "model.keras"))
        loaded = keras.saving.load_model(
            Path(folder, "model.keras"), {"CustomModel": model_class}
        )
    return before, train(loaded)


@case
def steps_per_execution(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], steps_per_execution=3)
    return train(model, validation_data=(X, Y))


@case
def run_eagerly(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    return train(model, sample_weight=WEIGHTS, epochs=1)


@case
def without_jit(model_class):
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], jit_compile=False)
    return train(model, epochs=1)


@case
def frozen_layer(model_class):
    frozen = layers.Dense(8, trainable=False, kernel_regularizer="l2")
    model = build(model_class, frozen, layers.Dense(8))
    model.compile("sgd", "mse")
    before = train(model, epochs=1)
    frozen.trainable = True
    model.compile("sgd", "mse")
    return before, train(model, epochs=1)


@case
def data_parallel(model_class):
    devices = keras.distribution.list_devices()
    distribution = keras.distribution.DataParallel(devices=devices)
    with distribution.scope():
        model = build(model_class, layers.Dense(8), layers.BatchNormalization())
        model.compile("adam", "mse", metrics=["mae"])
        return train(model, sample_weight=WEIGHTS)


@case
def subclass(model_class):
    class Network(model_class):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(FEATURES, kernel_regularizer="l2")
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x, training=False):
            self.add_loss(keras.ops.mean(x))
            return self.head(x + self.dropout(self.dense(x), training=training))

    with dtype_policy("mixed_bfloat16"):
        model = Network()
        model.compile("sgd", "mse")
        return train(model)


@case
def subclass_without_training_argument(model_class):
    class Network(model_class):
        def __init__(self):
            super().__init__()
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(self.dropout(x))

    model = Network()
    model.compile("sgd", "mse")
    return train(model)


@case
def compiled_model_as_layer(model_class):
    inner = build(model_class)
    inner.compile("sgd", "mse", metrics=["mae"])
    model = build(model_class, inner)
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model)


@case
def overridden_compute_loss(model_class):
    class Network(model_class):
        def compute_loss(self, x, y, y_pred, sample_weight, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            self.tracker.update_state(loss + keras.ops.mean(x))
            return 2.0 * loss + sum(self.losses)

        def compute_metrics(self, x, y, y_pred, sample_weight):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            return logs | {"tracked_twice": 2.0 * self.tracker.result()}

    inputs = keras.Input((FEATURES,))
    model = Network(inputs, layers.Dense(1, activity_regularizer="l2")(inputs))
    model.tracker = keras.metrics.Mean(name="tracker")
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model)


@case
def subclass_that_lets_keras_hand_training_on(model_class):
    class Network(model_class):
        def __init__(self):
            super().__init__()
            self.normalize = layers.BatchNormalization()
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x, training=None):
            return self.head(self.dropout(self.normalize(x)))

    model = Network()
    model.compile("sgd", "mse")
    return train(model)


@case
def nested_models_with_dropout(model_class):
    inner = keras.Sequential([layers.Dense(8), layers.BatchNormalization()])
    model = build(model_class, inner, layers.Dropout(0.5))
    model.compile("sgd", "mse")
    return train(model)


@case
def compute_loss_without_training(model_class):
    class Network(model_class):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return keras.ops.mean(keras.ops.abs(y - y_pred)) + sum(self.losses)

    inputs = keras.Input((FEATURES,))
    model = Network(inputs, layers.Dense(1, kernel_regularizer="l2")(inputs))
    model.compile("sgd", metrics=["mae"])
    return train(model)


@case
def added_losses_in_compute_loss(model_class):
    """Layers that the loss calls add no loss of their own."""
    adds_loss = AddsLoss()

    class Network(model_class):
        def compute_loss(self, x, y, y_pred, sample_weight, training=True):
            y_pred = adds_loss(y_pred)
            return super().compute_loss(x, y, y_pred, sample_weight, training)

    inputs = keras.Input((FEATURES,))
    hidden = AddsLoss()(layers.Dense(8)(inputs))
    model = Network(inputs, layers.Dense(1)(hidden))
    model.compile("sgd", "mse")
    return train(model)


class ScaledBatches(Batches):
    """Batches with a 0-d array beside the rows, and a scalar."""

    def __getitem__(self, index):
        x, y, _ = super().__getitem__(index)
        return {"rows": x, "scale": np.array(0.5, "float32"), "shift": 1.0}, y


@case
def scalars_in_batches_and_outputs(model_class):
    class Network(model_class):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            rows = self.dense(x["rows"]) * x["scale"] + x["shift"]
            return {"rows": rows, "scale": keras.ops.mean(rows)}

        def compute_loss(self, x, y, y_pred, sample_weight, training=True):
            return keras.ops.mean(keras.ops.abs(y - y_pred["rows"])) + y_pred["scale"]

    model = Network()
    model.compile("sgd")
    return train(model, ScaledBatches(), None)


@case
def stateful_rnn(model_class):
    steps = keras.Input(batch_shape=(8, 2, 3))
    outputs = layers.Dense(1)(layers.LSTM(4, stateful=True)(steps))
    model = model_class(steps, outputs)
    model.compile("sgd", "mse")
    return train(model, X.reshape(ROWS, 2, 3))


@case
def float8(model_class):
    """Scales and histories of float8 layers are overwritten, not descended."""
    model = build(model_class, layers.Dense(8), layers.Dense(8))
    for layer in model.layers[1:-1]:
        layer.quantize("float8")
    model.compile("adam", "mse")
    return train(model)
