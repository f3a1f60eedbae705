"""`CustomModel`: a Keras model with its own steps for `fit()` and `evaluate()`."""

import inspect

import jax
import keras

from my_model.batches import split_batches, take_batches

if keras.backend.backend() != "jax":
    raise RuntimeError(
        "CustomModel runs on Keras's JAX backend only: "
        "set KERAS_BACKEND=jax before Keras is imported."
    )


@keras.saving.register_keras_serializable(package="my_model")
class CustomModel(keras.Model):
    """A `keras.Model` whose steps are written out, to be edited.

    The steps are pure functions: they take the values of the model's variables
    and return the new ones, so that JAX can differentiate and compile them.
    """

    micro_batches = 4  # How many parts of a batch are processed one by one.

    def compute_loss_and_updates(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x,
        y,
        sample_weight,
        training=False,
        optimizer_variables=(),
    ):
        """Predicts a batch and computes its loss.

        Args:
            trainable_variables: Values of `self.trainable_variables`, a list.
            non_trainable_variables: Values of `self.non_trainable_variables`.
            metrics_variables: Values of `self.metrics_variables`.
            x: Inputs, `(batch_size, ...)`.
            y: Targets, `(batch_size, ...)`.
            sample_weight: Weights, `(batch_size,)`, or `None`.
            training: Whether layers such as dropout are in training mode.
            optimizer_variables: Values of `self.optimizer.variables`, in training.

        Returns:
            `(scaled_loss, (loss, y_pred, non_trainable_variables,
            metrics_variables))`: the scalar to differentiate, scaled against
            underflow where the optimizer does so, then the loss itself, the
            predictions `(batch_size, ...)` and the updated values.
        """
        if not self.compiled:
            raise ValueError("Call `compile()` on the model before running its steps.")
        values = [
            *zip(self.trainable_variables, trainable_variables),
            *zip(self.non_trainable_variables, non_trainable_variables),
            *zip(self.metrics_variables, metrics_variables),
        ]
        if training:
            values += zip(self.optimizer.variables, optimizer_variables)
        call_arguments = {}
        if "training" in inspect.signature(self.call).parameters:
            call_arguments["training"] = training

        # One scope for both, as the loss includes those added by the layers.
        with keras.StatelessScope(values, collect_losses=True) as scope:
            y_pred = self.call(x, **call_arguments)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=training)
            scaled_loss = self.optimizer.scale_loss(loss) if training else loss

        return scaled_loss, (
            loss,
            y_pred,
            [scope.get_current_value(v) for v in self.non_trainable_variables],
            [scope.get_current_value(v) for v in self.metrics_variables],
        )

    def update_metrics(self, metrics_variables, loss, x, y, y_pred, sample_weight):
        """Updates the metrics with a batch.

        Args:
            metrics_variables: Values of `self.metrics_variables`, a list.
            loss: The batch's loss, a scalar.
            x, y, y_pred: Inputs, targets and predictions, `(batch_size, ...)`.
            sample_weight: Weights, `(batch_size,)`, or `None`.

        Returns:
            `(logs, metrics_variables)`: the metrics so far in this epoch, scalars
            by name, and the updated values.
        """
        batch_size = next(i for i in keras.tree.flatten(x) if i is not None).shape[0]
        values = zip(self.metrics_variables, metrics_variables)

        with keras.StatelessScope(values) as scope:
            # Keras lists its tracker of the mean loss first.
            super().metrics[0].update_state(loss, sample_weight=batch_size)
            logs = self.compute_metrics(x, y, y_pred, sample_weight)

        return logs, [scope.get_current_value(v) for v in self.metrics_variables]

    def train_step(self, state, data):
        """Trains on one batch.

        Args:
            state: Values of the four lists of variables, in the order below.
            data: `(x, y, sample_weight)` or `(x, y)`, each `(batch_size, ...)`.

        Returns `(logs, state)`: the metrics so far, scalars by name, and the new state.
        """
        (
            trainable_variables,
            non_trainable_variables,
            optimizer_variables,
            metrics_variables,
        ) = state
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)

        gradients, updates = self.accumulate_gradients(state, (x, y, sample_weight))
        loss, y_pred, non_trainable_variables, metrics_variables = updates

        trainable_variables, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, gradients, trainable_variables
        )

        logs, metrics_variables = self.update_metrics(
            metrics_variables, loss, x, y, y_pred, sample_weight
        )

        return logs, (
            trainable_variables,
            non_trainable_variables,
            optimizer_variables,
            metrics_variables,
        )

    def accumulate_gradients(self, state, data):
        """Averages the gradients of micro-batches, with one in memory at a time.

        Args:
            state: The state, as in `train_step()`.
            data: `(x, y, sample_weight)`, each `(batch_size, ...)`.

        Returns:
            `(gradients, (loss, y_pred, non_trainable_variables,
            metrics_variables))`, all for the whole batch.
        """
        data = make_dense(data)
        trainable_variables, *variables = state
        non_trainable_variables, optimizer_variables, metrics_variables = variables
        grad_fn = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)

        def add_micro_batch(carry, micro_batch):
            averages, non_trainable_variables, metrics_variables = carry
            x, y, sample_weight = micro_batch
            (_, (loss, y_pred, *variables)), gradients = grad_fn(
                trainable_variables,
                non_trainable_variables,
                metrics_variables,
                x,
                y,
                sample_weight,
                training=True,
                optimizer_variables=optimizer_variables,
            )
            share = count_rows(micro_batch) / count_rows(data)
            averages = jax.tree.map(
                lambda average, part: average + share * part,
                averages,
                (loss, gradients),
            )
            return (averages, *variables), y_pred

        averages = 0.0, [keras.ops.zeros_like(v) for v in trainable_variables]
        carry = averages, non_trainable_variables, metrics_variables
        y_pred = []
        for micro_batches in split_batch(data, self.micro_batches):
            carry, part = jax.lax.scan(add_micro_batch, carry, micro_batches)
            y_pred.append(part)
        (loss, gradients), *variables = carry
        return gradients, (loss, join_batch(y_pred), *variables)

    @property
    def fused_steps(self):
        """How many steps a call fuses; 1 where Keras runs the steps itself."""
        if keras_fuses_steps() or self.run_eagerly or not self.jit_compile:
            return 1
        return self.steps_per_execution

    def make_train_function(self, force=False):
        """Fuses `steps_per_execution` training steps into one call."""
        if self.fused_steps == 1:
            super().make_train_function(force)
        elif force or self.train_function is None:
            self.train_function = fuse_steps(
                self.train_step,
                self.fused_steps,
                self.trainable_variables,
                self.non_trainable_variables,
                self.optimizer.variables,
                self.metrics_variables,
            )

    def test_step(self, state, data):
        """Evaluates one batch.

        Args:
            state: Values of the three lists of variables, in the order below.
            data: `(x, y, sample_weight)` or `(x, y)`, each `(batch_size, ...)`.

        Returns `(logs, state)`: the metrics so far, scalars by name, and the new state.
        """
        trainable_variables, non_trainable_variables, metrics_variables = state
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)

        _, (loss, y_pred, non_trainable_variables, metrics_variables) = (
            self.compute_loss_and_updates(
                trainable_variables,
                non_trainable_variables,
                metrics_variables,
                x,
                y,
                sample_weight,
            )
        )

        logs, metrics_variables = self.update_metrics(
            metrics_variables, loss, x, y, y_pred, sample_weight
        )

        return logs, (trainable_variables, non_trainable_variables, metrics_variables)

    def make_test_function(self, force=False):
        """Fuses `steps_per_execution` evaluation steps into one call."""
        if self.fused_steps == 1:
            super().make_test_function(force)
        elif force or self.test_function is None:
            self.test_function = fuse_steps(
                self.test_step,
                self.fused_steps,
                self.trainable_variables,
                self.non_trainable_variables,
                self.metrics_variables,
            )


def make_dense(batch):
    """Turns sparse arrays, whose rows cannot be dealt out, into dense ones."""

    def convert(rows):
        return None if rows is None else keras.ops.convert_to_tensor(rows, sparse=False)

    return keras.tree.map_structure(convert, batch)


def split_batch(batch, micro_batches):
    """Deals the rows of a batch out, like cards, to micro-batches.

    Args:
        batch: Arrays in a structure, each `(batch_size, ...)`.
        micro_batches: How many micro-batches to make, an integer.

    Returns:
        Groups of equally large micro-batches, each array
        `(micro_batches, micro_batch_size, ...)`. A batch that does not divide
        leaves a second group, of one smaller micro-batch.
    """
    batch_size = count_rows(batch)
    size = -(-batch_size // micro_batches)
    end = batch_size - batch_size % size
    groups = [
        jax.tree.map(
            lambda rows: rows[:end].reshape(size, -1, *rows.shape[1:]).swapaxes(0, 1),
            batch,
        )
    ]
    if end < batch_size:
        groups.append(jax.tree.map(lambda rows: rows[None, end:], batch))
    return groups


def join_batch(groups):
    """Puts the rows that `split_batch()` dealt out back in order."""

    def join(*arrays):
        rows = [array.swapaxes(0, 1).reshape(-1, *array.shape[2:]) for array in arrays]
        return keras.ops.concatenate(rows)

    return jax.tree.map(join, *groups)


def count_rows(batch):
    """Returns the batch size of a structure of arrays `(batch_size, ...)`."""
    return jax.tree.leaves(batch)[0].shape[0]


def fuse_steps(step, steps, *variables):
    """Fuses several steps into one call, as a `jax.lax.scan` on the device.

    Args:
        step: `train_step()` or `test_step()`.
        steps: How many batches a call takes, an integer.
        *variables: The lists of variables whose values are the step's state.

    Returns:
        A function of the state and an iterator, of batches or of the items of
        `FusedBatches`, that returns `(logs, state)` after the last of its steps.
    """
    out_shardings = None
    if keras.distribution.distribution() is not None:
        out_shardings = (None, jax.tree.map(lambda v: v.value.sharding, variables))

    def scan_batches(state, batches, steps):
        batches = split_batches(batches, steps)
        state, logs = jax.lax.scan(lambda *args: step(*args)[::-1], state, batches)
        return jax.tree.map(lambda log: log[-1], logs), state

    run = jax.jit(
        scan_batches, donate_argnums=0, static_argnums=2, out_shardings=out_shardings
    )

    def fused_function(state, iterator):
        for batches, taken in take_batches(iterator, steps):
            logs, state = run(state, batches, taken)
        return logs, state

    return fused_function


def keras_fuses_steps():
    """Returns whether Keras fuses steps by itself, as it does from 3.16 on."""
    major, minor = keras.version().split(".")[:2]
    return (int(major), int(minor)) >= (3, 16)
