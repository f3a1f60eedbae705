"""Every valid combination of the options that shape code."""

from collections.abc import Iterator, Sequence

from trainstep.questions import Answer, Question, step_questions


def combinations() -> Iterator[dict[str, Answer]]:
    """Yields every valid combination of the options that shape code.

    Yields:
        The answers to the step's questions that apply, by option.
    """
    yield from _combine({}, step_questions())


def _combine(
    options: dict[str, Answer], left: Sequence[Question]
) -> Iterator[dict[str, Answer]]:
    if not left:
        yield options
        return
    question, *left = left
    if not question.applies(options):
        yield from _combine(options, left)
        return
    for choice in question.choices:
        yield from _combine({**options, question.name: choice}, left)
