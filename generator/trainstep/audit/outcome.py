"""What came of a case."""

from dataclasses import dataclass

STATUSES = {
    "holds": "hold",
    "differs": "differ",
    "fails": "fail",
    "left out": "left out",
}
"""What may come of a case, and the verb for several."""


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        case: The case's name.
        status: One of `STATUSES`.
        problem: By how much it differs, the error, or why it is left out; where it
            holds, whether numbers are equal apart from rounding only.
        seconds: How long it took.
    """

    case: str
    status: str
    problem: str
    seconds: float

    @property
    def is_problem(self) -> bool:
        """Whether the class does otherwise than `keras.Model`."""
        return self.status in ("differs", "fails")
