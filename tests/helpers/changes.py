"""Projects to change, and every change of an answer that is valid in them."""

from allpairspy import AllPairs
from trainstep.questions import complete, questions

CHOICES = {q.name: q.choices for q in questions() if q.choices}
TEXTS = {
    "project_name": "Another Model",
    "description": "It says something else.",
    "author_name": "Somebody Else",
    "author_email": "somebody@example.org",
}
HIDDEN = "not asked"


def applies(row):
    """Returns whether the answers so far are valid, and none of them is missing."""
    answers = dict(zip(CHOICES, row, strict=False))
    context = complete({n: answer for n, answer in answers.items() if answer != HIDDEN})
    asked = [question for question in questions() if question.name in answers]
    return all(answers[q.name] in list_answers(q, context) for q in asked)


def list_answers(question, context):
    """Lists what is valid after other answers: choices, or not to be asked."""
    return question.offers(context) if question.applies(context) else (HIDDEN,)


def list_starts():
    """Covers each pair of choices twice, by different combinations."""
    for order in (1, -1):
        values = [
            [*q.choices[::order], *([] if q.condition == "always" else [HIDDEN])]
            for q in questions()
            if q.choices
        ]
        for row in AllPairs(values, filter_func=applies):
            answers = zip(CHOICES, row, strict=True)
            yield {name: answer for name, answer in answers if answer != HIDDEN}


def list_changes(start):
    """Lists every change of one answer that is valid from there; of texts, one each."""
    context = complete(start)
    asked = [question for question in questions() if question.name in start]
    others = {q.name: set(q.offers(context)) - {start[q.name]} for q in asked}
    for name, answers in (others | {n: {text} for n, text in TEXTS.items()}).items():
        for answer in sorted(answers, key=str):
            yield name, answer
