"""What a class must do exactly as `keras.Model` does: the cases, by subject."""

from trainstep.audit.cases import (
    any_loss,
    callbacks,
    execution,
    feeding,
    losses,
    networks,
    optimizers,
    own_losses,
    precision,
    pure_steps,
    states,
    structures,
    weights,
)
from trainstep.audit.cases.case import CASES, NEEDS, Advice, Case

__all__ = [
    "CASES",
    "NEEDS",
    "Advice",
    "Case",
    "any_loss",
    "callbacks",
    "execution",
    "feeding",
    "losses",
    "networks",
    "optimizers",
    "own_losses",
    "precision",
    "pure_steps",
    "states",
    "structures",
    "weights",
]
