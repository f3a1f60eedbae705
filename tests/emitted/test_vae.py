"""Variational autoencoders: the emitted loss, and how its settings act."""

import numpy as np
import pytest
from emitted_tests import COVERING, find_differences, import_modules, measure_effect


@pytest.mark.parametrize("options", COVERING, ids=str)
def test_dropout_and_batch_normalization_equal_keras(options):
    emitted = import_modules(algorithm="vae", **options)
    emitted.test_model.test_dropout_and_batch_normalization_equal_keras()


@pytest.mark.usefixtures("half_precision")
def test_half_precision_equals_keras():
    assert find_differences(import_modules(algorithm="vae")) == []


def test_beta_acts(monkeypatch):
    emitted = import_modules(algorithm="vae")
    assert measure_effect(emitted, monkeypatch, "beta", 4.0) > 1e-3


def test_loss_is_the_evidence_lower_bound(monkeypatch):
    emitted = import_modules(algorithm="vae")
    monkeypatch.setattr(emitted.model.CustomModel, "beta", 1.0)
    model, x = emitted.network.build_model(), emitted.reference.DATA["x"]
    y = {name: np.array(value) for name, value in model(x).items()}
    loss = float(model.compute_loss(x, y_pred=y))
    np.testing.assert_allclose(loss, compute_bound(x, y), rtol=1e-5)


def compute_bound(x, y):
    """Computes the negative evidence lower bound of y, which `call()` returned."""
    likelihood = x * np.log(y["reconstruction"])
    likelihood += (1 - x) * np.log(1 - y["reconstruction"])
    mean, variance = y["mean"], np.exp(y["log_variance"])
    divergence = (mean**2 + variance - np.log(variance) - 1) / 2
    return divergence.sum(-1).mean() - likelihood.sum(-1).mean()
