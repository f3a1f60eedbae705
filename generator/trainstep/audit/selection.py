"""Which cases an audit runs."""

import difflib
from collections.abc import Iterable, Sequence

from trainstep.audit.cases import CASES, NEEDS, Case
from trainstep.errors import CheckError, quote, suggest


def select(names: Sequence[str], without: Iterable[str], own_loss: bool) -> list[Case]:
    """Selects cases.

    Args:
        names: Their names; none stands for all.
        without: What the class does not promise, from `NEEDS`.
        own_loss: Whether only the cases count that hold for any loss.

    Returns:
        The cases, in the order of the table.

    Raises:
        CheckError: If a name is not known, or no case is left.
    """
    for name in names:
        if name not in CASES:
            raise CheckError(f"There is no case {quote(name)}. {_suggest(name)}")
    for name in without:
        if name not in NEEDS:
            problem = f"--without does not know {quote(name)}."
            raise CheckError(f"{problem} {suggest(name, NEEDS)}")
    selected = [
        case
        for case in CASES.values()
        if (not names or case.name in names)
        and case.needs.isdisjoint(without)
        and (case.for_any_loss or not own_loss)
    ]
    if not selected:
        raise CheckError("No case is left: choose other ones, or leave out less.")
    return selected


def _suggest(name: str) -> str:
    near = difflib.get_close_matches(name, CASES, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    return f"{question}`trainstep audit --list` names all cases."
