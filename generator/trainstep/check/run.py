"""A check from its start to its end, on disk all along."""

import contextlib
import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from trainstep.check.combination import Outcome, name_combination
from trainstep.check.journal import Journal
from trainstep.check.workers import check_all
from trainstep.questions import Options


@dataclass
class Results:
    """What came of a check, up to now.

    Attributes:
        selected: The combinations to check.
        interrupted: Whether the check was interrupted.
    """

    selected: Sequence[Options] = ()
    interrupted: bool = False
    _found: dict[str, Outcome] = field(default_factory=dict)

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes, in the order of the combinations."""
        names = map(name_combination, self.selected)
        return [self._found[name] for name in names if name in self._found]

    @property
    def failed(self) -> int:
        """How many combinations failed."""
        return sum(bool(outcome.problem) for outcome in self._found.values())

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Takes outcomes as they come."""
        for outcome in outcomes:
            self._found[outcome.name] = outcome

    @contextlib.contextmanager
    def stop_on_signals(self) -> Iterator[None]:
        """Takes an interrupt, or the signal that ends a process, for the end."""
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            signal.signal(signal.SIGTERM, before)


def run(
    selected: Sequence[Options], jobs: int, resume: bool
) -> Generator[Outcome, None, None]:
    """Checks combinations, or goes on where an earlier check was interrupted.

    Args:
        selected: The combinations.
        jobs: How many worker processes there may be.
        resume: Whether outcomes of an earlier check count, if nothing has changed.

    Yields:
        The outcomes: first those of the earlier check, then new ones as they come.

    Raises:
        CheckError: If the journal cannot be written.
    """
    with contextlib.closing(Journal(selected, resume)) as journal:
        yield from journal.done.values()
        left = [o for o in selected if name_combination(o) not in journal.done]
        with contextlib.closing(check_all(left, jobs)) as outcomes:
            for outcome in outcomes:
                journal.add(outcome)
                yield outcome
