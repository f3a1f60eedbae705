"""A question of `copier.yml`: its choices, and what may answer it."""

from collections.abc import Mapping
from dataclasses import dataclass

from trainstep.errors import OptionError, quote, suggest
from trainstep.template import fill

Answer = str | bool
Options = Mapping[str, Answer]


@dataclass(frozen=True)
class Question:
    """A question of `copier.yml`.

    Attributes:
        name: The option that the answer sets.
        help: What the answer changes, in a sentence or two.
        choices: The allowed answers; empty where any text will do.
        choice_validators: For each choice, what rules it out, a Jinja template:
            nothing where it may be chosen.
        default: The answer where none is given; for a text, a Jinja template.
        when: The condition under which the question is asked, a Jinja template.
        condition: The same in words.
        validator: What is wrong with the answer, a Jinja template: nothing where
            it is right.
    """

    name: str
    help: str
    choices: tuple[Answer, ...]
    choice_validators: tuple[str, ...]
    default: Answer
    when: str
    condition: str
    validator: str

    @property
    def computed(self) -> bool:
        """Whether the answer follows from those before it, and is never asked."""
        return self.when == "False"

    def fill_default(self, context: Options) -> Answer:
        """Returns the answer where none is given, after the answers before it."""
        if not isinstance(self.default, str):
            return self.default
        text = fill(self.default, context)
        return text == "True" if self.computed else text

    def applies(self, context: Options) -> bool:
        """Returns whether the question is asked after the answers before it."""
        return fill(self.when, context) == "True"

    def offers(self, context: Options) -> tuple[Answer, ...]:
        """Lists the choices that are allowed after the answers before it."""
        objections = self.find_objections(context)
        return tuple(choice for choice, reason in objections.items() if not reason)

    def find_objections(self, context: Options) -> dict[Answer, str]:
        """Says what rules out each choice after the answers before it, if anything."""
        pairs = zip(self.choices, self.choice_validators, strict=True)
        return {choice: _fill_line(text, context) for choice, text in pairs}

    def allows(self, answer: Answer, context: Options) -> bool:
        """Returns whether an answer is one to this question, after those before it."""
        offered = not self.choices or answer in self.offers(context)
        return self.applies(context) and offered

    def parse(self, answer: Answer) -> Answer:
        """Turns an answer, typed or as a value, into one of the choices.

        Raises:
            OptionError: If it is none of them.
        """
        typed = format_answer(answer)
        if not self.choices:
            return typed
        for choice in self.choices:
            if typed == format_answer(choice):
                return choice
        choices = suggest(typed, map(format_answer, self.choices))
        raise OptionError(f"{self.name} cannot be {quote(typed)}. {choices}")

    def check(self, answers: Options) -> None:
        """Checks the question's answer as Copier does, after the answers before it.

        Raises:
            OptionError: If the answer is not what the question asks for.
        """
        if problem := _fill_line(self.validator, answers):
            raise OptionError(f"{self.name}: {problem}")
        answer = answers[self.name]
        if self.choices and answer not in self.offers(answers):
            reason = self.find_objections(answers)[answer]
            choices = ", ".join(map(format_answer, self.offers(answers)))
            raise OptionError(
                f"{self.name} cannot be {quote(format_answer(answer))} here: "
                f"{reason} Choose from: {choices}."
            )


def format_answer(answer: Answer) -> str:
    """Writes an answer as one types it, a boolean as `true` or `false`."""
    return str(answer).lower() if isinstance(answer, bool) else answer


def _fill_line(text: str, context: Options) -> str:
    return " ".join(fill(text, context).split())
