"""Which combinations are checked: those with some answers, and a shard of them."""

import re
from collections.abc import Mapping, Sequence

from trainstep.combinations import combinations
from trainstep.errors import CheckError, OptionError, suggest
from trainstep.questions import Options, step_questions


def select(only: Mapping[str, str]) -> Sequence[Options]:
    """Lists the combinations that have some answers.

    Args:
        only: Answers as typed, by option.

    Returns:
        The combinations, in the order of `copier.yml`.

    Raises:
        OptionError: If no combination has such an option, or it no such choice.
        CheckError: If no combination has all the answers.
    """
    questions = {question.name: question for question in step_questions()}
    for name in only:
        if name not in questions:
            options = suggest(name, questions)
            raise OptionError(f"Combinations have no option {name!r}. {options}")
    answers = {name: questions[name].parse(text) for name, text in only.items()}
    selected = [o for o in combinations() if answers.items() <= o.items()]
    if not selected:
        pairs = ",".join(f"{name}={text}" for name, text in only.items())
        raise CheckError(f"There is no combination with {pairs}.")
    return selected


def parse_shard(text: str) -> tuple[int, int]:
    """Reads a shard, such as the second of eight, from `2/8`.

    Raises:
        CheckError: If that is not a shard.
    """
    match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
    number, count = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= count:
        raise CheckError(f"{text!r} is not a shard: write 2/8 for the second of eight.")
    return number, count


def take_shard(
    selected: Sequence[Options], number: int, count: int
) -> Sequence[Options]:
    """Takes one of the blocks of equal size, to one, into which combinations split."""
    size = len(selected)
    return selected[size * (number - 1) // count : size * number // count]
