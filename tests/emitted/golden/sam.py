"""`CustomModel`: a Keras model with its own steps for `fit()` and `evaluate()`."""

import functools
import inspect
import itertools

import jax
import keras

if keras.backend.backend() != "jax":
    raise RuntimeError(
        "CustomModel runs on Keras's JAX backend only: "
        "set KERAS_BACKEND=jax before Keras is imported."
    )

# From Keras 3.16 on, layers ask the layer around them whether they train.
LAYERS_ASK_CONTEXT = tuple(map(int, keras.version().split(".")[:2])) >= (3, 16)


def training_argument(method, training):
    """Returns `training` as a keyword argument, where the method takes it."""
    takes_it = "training" in inspect.signature(method).parameters
    return {"training": training} if takes_it else {}


@keras.saving.register_keras_serializable(package="my_model")
class CustomModel(keras.Model):
    """A `keras.Model` whose steps are written out, to be edited.

    The steps are pure functions: they take the values of the model's variables
    and return the new ones, so that JAX can differentiate and compile them.
    """

    rho = 0.05  # How far weights move uphill before the gradient; 0.0 is plain.

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Add metrics of your own below, and update them in `compute_metrics()`.

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Updates the metrics with a batch and returns all of them by name."""
        # Update metrics of your own here.
        return super().compute_metrics(x, y, y_pred, sample_weight)

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

        grad_fn = functools.partial(
            jax.value_and_grad(self.compute_loss_and_updates, has_aux=True),
            non_trainable_variables=non_trainable_variables,
            metrics_variables=metrics_variables,
            x=x,
            y=y,
            sample_weight=sample_weight,
            training=True,
            optimizer_variables=optimizer_variables,
        )
        (_, updates), gradients = grad_fn(trainable_variables)
        _, gradients = grad_fn(self.move_uphill(trainable_variables, gradients))
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

    def move_uphill(self, trainable_variables, gradients):
        """Moves the weights by `rho` in the direction in which the loss rises most.

        Args:
            trainable_variables: Values of `self.trainable_variables`, a list.
            gradients: One array for each of them, of its shape.

        Returns:
            The moved values, a list; they stay where all gradients are zero.
        """
        # Some "gradients" are new values, such as the scales of float8 layers.
        moves = [not v.overwrite_with_gradient for v in self.trainable_variables]
        squares = [
            keras.ops.sum(keras.ops.square(gradient))
            for gradient in itertools.compress(gradients, moves)
        ]
        norm = keras.ops.sqrt(keras.ops.sum(squares))
        factor = keras.ops.divide_no_nan(self.rho, norm)
        return [
            value + factor * gradient if move else value
            for value, gradient, move in zip(trainable_variables, gradients, moves)
        ]

    def call_in_context(self, x, training):
        """Runs `call()`, and hands `training` on as Keras's own steps do."""
        arguments = training_argument(self.call, training)
        if not LAYERS_ASK_CONTEXT:
            return self.call(x, **arguments)
        # A layer that only sets the context: steps run outside of all layers.
        context = keras.layers.Lambda(
            lambda x: self.call(x, **arguments), autocast=False, dtype="float32"
        )
        return context(x, **arguments)

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

        # One scope for both, as the loss includes those that the layers add.
        with keras.StatelessScope(values, collect_losses=True) as scope:
            y_pred = self.call_in_context(x, training)
            scope.collect_losses = False  # Layers called by the loss add none.
            arguments = training_argument(self.compute_loss, training)
            loss = self.compute_loss(x, y, y_pred, sample_weight, **arguments)
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
