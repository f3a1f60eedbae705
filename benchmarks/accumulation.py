"""The arithmetic of accumulated gradients, by hand: what its step must cost."""

from typing import Any

import jax
import keras

State = tuple[list[jax.Array], ...]


def train_step(
    model: keras.Model, micro_batches: int, state: State, data: Any
) -> tuple[dict[str, jax.Array], State]:
    """Trains on a batch, in micro-batches of consecutive rows.

    Args:
        model: A `keras.Model`, compiled and built.
        micro_batches: How many; they must divide the batch.
        state: The four lists of values that Keras's `train_step()` takes.
        data: `(x, y, sample_weight)` or `(x, y)`, each `(batch_size, ...)`.

    Returns:
        `(logs, state)`, as Keras's.
    """
    weights, _, slots, _ = state
    gradients, loss, y_pred, others, metrics = differentiate(
        model, micro_batches, state, data
    )
    weights, slots = model.optimizer.stateless_apply(slots, gradients, weights)
    values = zip(model.metrics_variables, metrics, strict=True)
    with keras.StatelessScope(values) as scope:
        model.metrics[0].update_state(loss, len(y_pred))
        logs = model.compute_metrics(*data[:2], y_pred, *data[2:])
    metrics = [scope.get_current_value(v) for v in model.metrics_variables]
    return logs, (weights, others, slots, metrics)


def differentiate(
    model: keras.Model, micro_batches: int, state: State, data: Any
) -> tuple[Any, ...]:
    """Scans over the micro-batches; arguments as above.

    Returns:
        The mean gradients, the mean loss, the predictions `(batch_size, ...)`, and the
        new values of the variables that are not trained and of the metrics.
    """
    weights, others, slots, metrics = state
    grad_fn = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)

    def add(carry: Any, part: Any) -> tuple[Any, Any]:
        sums, *values = carry
        arguments = weights, *values, *keras.utils.unpack_x_y_sample_weight(part)
        (_, (loss, y_pred, *values)), gradients = grad_fn(
            *arguments, training=True, optimizer_variables=slots
        )
        sums = jax.tree.map(jax.numpy.add, sums, (gradients, loss))
        return (sums, *values), y_pred

    parts = jax.tree.map(
        lambda rows: rows.reshape(micro_batches, -1, *rows.shape[1:]), data
    )
    zeros = [jax.numpy.zeros_like(weight) for weight in weights], 0.0
    (sums, *values), y_pred = jax.lax.scan(add, (zeros, others, metrics), parts)
    means = jax.tree.map(lambda total: total / micro_batches, sums)
    return *means, y_pred.reshape(-1, *y_pred.shape[2:]), *values
