"""Steps with the faults that those of Keras's guide have, in its text of 2023 and now.

Each class does what the guide's does, and no more: what it gets wrong stays wrong.
"""

import jax
import keras


def update_each(metrics, values, loss, y, y_pred, **weights):
    """Updates metrics one by one, that of the loss by its name; returns all logs."""
    logs, updated = {}, []
    for metric in metrics:
        start = len(updated)
        own = values[start : start + len(metric.variables)]
        arguments = (loss,) if metric.name == "loss" else (y, y_pred)
        own = metric.stateless_update_state(own, *arguments, **weights)
        logs[metric.name] = metric.stateless_result(own)
        updated += own
    return logs, updated


class Guide2023(keras.Model):
    """Its own `train_step()`: no weights, and the loss apart from the forward pass."""

    def compute_loss_and_updates(self, trained, others, x, y, training=False):
        y_pred, others = self.stateless_call(trained, others, x, training=training)
        return self.compute_loss(x, y, y_pred), (y_pred, others)

    def train_step(self, state, data):
        trained, others, slots, totals = state
        x, y = data
        differentiate = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, others)), gradients = differentiate(
            trained, others, x, y, training=True
        )
        trained, slots = self.optimizer.stateless_apply(slots, gradients, trained)
        logs, totals = update_each(self.metrics, totals, loss, y, y_pred)
        return logs, (trained, others, slots, totals)


class Guide2023Evaluation(keras.Model):
    """Its own `test_step()`: no weights, and only the last metric is logged."""

    def test_step(self, state, data):
        x, y = data
        trained, others, totals = state
        y_pred, others = self.stateless_call(trained, others, x, training=False)
        loss = self.compute_loss(x, y, y_pred)
        logs, totals = update_each(self.metrics, totals, loss, y, y_pred)
        last = logs[self.metrics[-1].name]
        return last, (trained, others, totals)


class Guide2023OwnLoss(keras.Model):
    """Its own loss and trackers, made in `__init__()`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.error = keras.metrics.MeanAbsoluteError(name="mae")
        self.squared_error = keras.losses.MeanSquaredError()

    def compute_loss_and_updates(self, trained, others, x, y, training=False):
        y_pred, others = self.stateless_call(trained, others, x, training=training)
        return self.squared_error(y, y_pred), (y_pred, others)

    train_step = Guide2023.train_step

    @property
    def metrics(self):
        return [self.loss_tracker, self.error]


class GuideNow(keras.Model):
    """Its own `train_step()`: weights for all metrics, and two scopes in a row."""

    def compute_loss_and_updates(
        self, trained, others, totals, x, y, sample_weight, training=False
    ):
        y_pred, others = self.stateless_call(trained, others, x, training=training)
        loss, (_, others, totals) = self.stateless_compute_loss(
            trained,
            others,
            totals,
            x=x,
            y=y,
            y_pred=y_pred,
            sample_weight=sample_weight,
            training=training,
        )
        return loss, (y_pred, others, totals)

    def train_step(self, state, data):
        trained, others, slots, totals = state
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        differentiate = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, others, totals)), gradients = differentiate(
            trained, others, totals, x, y, sample_weight, training=True
        )
        trained, slots = self.optimizer.stateless_apply(slots, gradients, trained)
        weights = {"sample_weight": sample_weight}
        logs, totals = update_each(self.metrics, totals, loss, y, y_pred, **weights)
        return logs, (trained, others, slots, totals)
