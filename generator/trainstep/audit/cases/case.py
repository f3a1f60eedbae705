"""What a case is, and the table of all cases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ModelClass = Callable[..., Any]
"""What builds models from what `keras.Model` takes: a class, or a function."""

Results = Any
"""What a case returns: numbers, in nested dicts, lists and tuples."""

Run = Callable[[ModelClass], Results]

NEEDS = {
    "added_losses": "losses that layers add: regularizers and add_loss()",
    "distribution": "training on several devices",
    "evaluation": "evaluate(), and validation in fit()",
    "functional": "models of inputs and outputs, as keras.Model(inputs, outputs)",
    "mixed_precision": "float16 and bfloat16, and the scaling of losses",
    "sample_weight": "sample weights and class weights",
    "saving": "models that are saved and loaded",
    "several_outputs": "several or nested inputs and outputs",
    "subclass": "subclasses with a call(), or other methods, of their own",
    "without_jit": "steps that JAX does not compile",
}
"""What a class may leave unpromised, by the name that `--without` takes."""


@dataclass(frozen=True)
class Advice:
    """What makes a step right, and where ours does it.

    Attributes:
        text: What to do, in a sentence.
        method: The method of the emitted `CustomModel` that does it.
        code: A piece of code that only the statement in question has.
    """

    text: str
    method: str
    code: str


@dataclass(frozen=True)
class Case:
    """Something that a class must do exactly as `keras.Model` does it.

    Attributes:
        name: The name.
        run: Trains models of a class; returns what is to be equal.
        notice: What a user notices where a class does it otherwise.
        advice: What to do about it.
        needs: What a class has to promise for the case to apply, from `NEEDS`.
        for_any_loss: Whether the case also holds a class that computes a loss, and so
            numbers, of its own.
    """

    name: str
    run: Run
    notice: str
    advice: Advice
    needs: frozenset[str]
    for_any_loss: bool


CASES: dict[str, Case] = {}
"""All cases by name, once their modules are imported."""


def case(
    notice: str, advice: Advice, *needs: str, for_any_loss: bool = False
) -> Callable[[Run], Run]:
    """Adds a function to the table of cases, under its name."""

    def add(run: Run) -> Run:
        name = run.__name__
        CASES[name] = Case(name, run, notice, advice, frozenset(needs), for_any_loss)
        return run

    return add
