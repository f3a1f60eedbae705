"""What pytest runs for each combination, for `trainstep check` and for the suite."""

from collections.abc import Callable

from trainstep.check.combination import check, name_combination, reproduce
from trainstep.questions import Options


def test_combination(
    options: Options, record_property: Callable[[str, object], None]
) -> None:
    """Checks one of the combinations that `trainstep.check.plugin` hands in."""
    record_property("command", reproduce(name_combination(options)))
    check(options)
