"""Contrastive learning: the emitted steps, and how the temperature acts."""

import pytest
from emitted_tests import COVERING, find_differences, import_modules, measure_effect
from trainstep import OptionError, render_file


@pytest.mark.parametrize("options", COVERING[:2], ids=str)
def test_dropout_and_batch_normalization_equal_keras(options):
    emitted = import_modules(algorithm="contrastive", **options)
    emitted.test_model.test_dropout_and_batch_normalization_equal_keras()


@pytest.mark.usefixtures("half_precision")
def test_half_precision_equals_keras():
    assert find_differences(import_modules(algorithm="contrastive")) == []


def test_temperature_acts(monkeypatch):
    emitted = import_modules(algorithm="contrastive")
    assert measure_effect(emitted, monkeypatch, "temperature", 1.0) > 1e-3


def test_loss_equals_its_formula():
    emitted = import_modules(algorithm="contrastive")
    emitted.test_model.test_loss_equals_its_formula()


def test_micro_batches_do_not_apply():
    with pytest.raises(OptionError, match="compares a batch's rows"):
        render_file({"algorithm": "contrastive", "gradients": "accumulate"}, "model.py")
