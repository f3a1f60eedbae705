"""Every valid combination of the options that shape code."""

from collections.abc import Iterator, Sequence

from trainstep.questions import Answer, Question, complete, step_entries


def combinations() -> Iterator[dict[str, Answer]]:
    """Yields every valid combination of the options that shape code.

    Yields:
        The answers to the step's questions that apply, by option.
    """
    yield from _combine({}, complete({}), step_entries())


def _combine(
    options: dict[str, Answer], context: dict[str, Answer], left: Sequence[Question]
) -> Iterator[dict[str, Answer]]:
    if not left:
        yield options
        return
    question, *left = left
    if not question.applies(context):
        default = question.fill_default(context)
        yield from _combine(options, {**context, question.name: default}, left)
        return
    for choice in question.offers(context):
        answer = {question.name: choice}
        yield from _combine({**options, **answer}, {**context, **answer}, left)
