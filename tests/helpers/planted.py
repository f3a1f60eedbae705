"""Faults to plant into the emitted step: each class overrides one method of it."""

import keras
from trainstep.emitted import import_model


class MetricNotReset:
    def reset_metrics(self):
        pass


class LossNotWeighted:
    def update_metrics(self, values, loss, x, y, y_pred, sample_weight):
        pairs = zip(self.metrics_variables, values, strict=True)
        with keras.StatelessScope(pairs) as scope:
            self.metrics[0].update_state(loss)
            logs = self.compute_metrics(x, y, y_pred, sample_weight)
        return logs, [scope.get_current_value(v) for v in self.metrics_variables]


class ScaleDropped:
    def compute_loss_and_updates(self, *args, **kwargs):
        _, updates = super().compute_loss_and_updates(*args, **kwargs)
        return updates[0], updates


class OptimizerBesideState:
    def train_step(self, state, data):
        logs, (trained, others, _, totals) = super().train_step(state, data)
        return logs, (trained, others, state[2], totals)


class KeepsOldValues:
    kind = ""

    def train_step(self, state, data):
        logs, (trained, others, *rest) = super().train_step(state, data)
        triples = zip(self.non_trainable_variables, state[1], others, strict=True)
        others = [old if self.kind in v.path else new for v, old, new in triples]
        return logs, (trained, others, *rest)


class StaleBatchNorm(KeepsOldValues):
    kind = "moving_"


class SameRandomKey(KeepsOldValues):
    kind = "seed"


class TracerKept:
    def train_step(self, state, data):
        logs, state = super().train_step(state, data)
        self.last_loss = logs["loss"]
        return logs, state


class WeightsIgnoredInMetric:
    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, y_pred, None)


class LastLogOnly:
    def test_step(self, state, data):
        logs, state = super().test_step(state, data)
        return dict(list(logs.items())[-1:]), state


class DonatedBufferUsedAgain:
    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        self.start = [v.value for v in self.trainable_variables]

    def train_step(self, state, data):
        logs, (trained, *rest) = super().train_step(state, data)
        pairs = zip(trained, self.start, strict=True)
        return logs, ([0.99 * new + 0.01 * old for new, old in pairs], *rest)


class StateOrderSwapped:
    def train_step(self, state, data):
        logs, (trained, others, slots, totals) = super().train_step(state, data)
        return logs, (trained, slots, others, totals)


class TrainingNotPassed:
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


class ChangesDtype:
    def train_step(self, state, data):
        logs, (*rest, totals) = super().train_step(state, data)
        return logs, (*rest, [keras.ops.cast(v, "bfloat16") for v in totals])


def plant(fault):
    """Returns a new emitted class with the fault of a name."""
    return type(fault, (globals()[fault], import_model({}).CustomModel), {})
