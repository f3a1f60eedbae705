"""MixUp mixes rows of one batch, by shares of a Beta distribution."""

import jax
import keras
import numpy as np
import pytest
from scipy import stats
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import WEIGHTS, X
from trainstep.emitted import import_model

ROWS = np.arange(len(X), dtype="float32")[:, None]


def build(alpha):
    model = shared.build(import_model({"algorithm": "mixup"}).CustomModel)
    model.alpha = alpha
    return model


def get_state(model):
    groups = model.trainable_variables, model.non_trainable_variables
    return (*([v.value for v in variables] for variables in groups), [], [])


def test_rows_targets_and_weights_are_mixed_alike():
    model = build(alpha=1.0)
    mixed = model.mix(get_state(model), X, ROWS, WEIGHTS)
    x, (share, y, partner_y), (weight, partner_weight), _ = mixed
    order = np.asarray(partner_y, int)[:, 0]
    np.testing.assert_allclose(x, share * X + (1 - share) * X[order], rtol=1e-6)
    assert (y == ROWS).all()
    assert (weight == WEIGHTS).all()
    assert (partner_weight == WEIGHTS[order]).all()
    assert sorted(order) == list(range(len(X)))


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_shares_are_drawn_from_a_beta_distribution(alpha):
    model = build(alpha)

    def draw(state, _):
        *_, (share, *_), _, state = model.mix(state, X, ROWS, WEIGHTS)
        return state, share

    _, shares = jax.lax.scan(draw, get_state(model), length=1000)
    beta = stats.beta(alpha, alpha)
    assert stats.kstest(np.clip(shares, 1e-6, 1 - 1e-6), beta.cdf).pvalue > 1e-3
    assert len(np.unique(shares)) > 900


def test_refuses_inputs_that_have_no_mixtures():
    model = build(alpha=0.2)
    with pytest.raises(ValueError, match="no inputs of type int32"):
        model.mix(get_state(model), X.astype("int32"), ROWS, None)


def test_seed_is_saved(tmp_path):
    model = build(alpha=0.2)
    model.compile("sgd", "mse")
    model.fit(X, ROWS, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert model.seed_state.numpy()[1] > 0
    assert (loaded.seed_state.numpy() == model.seed_state.numpy()).all()
