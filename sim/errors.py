"""What can go wrong for a user, as few classes as possible.

Every error that a user can cause is a :class:`SurgesimError`; the command line prints its text and leaves
with exit code 2. Anything else is a defect of ours and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class SurgesimError(Exception):
    """Base of all errors that the user can put right."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in what the user gave.

    Parameters
    ----------
    place
        Where: a config path (``site.picking.setup_min``), or a file and row.
    given
        The value as given, already shortened for print; empty when something is missing.
    remedy
        What is allowed, and the nearest valid name where there is one.
    """

    place: str
    given: str
    remedy: str

    def __str__(self) -> str:
        given = f" = {self.given}" if self.given else ""
        return f"{self.place}{given}: {self.remedy}"


class InputError(SurgesimError):
    """Scenario, plan, order file or command that can't be used; lists every problem at once."""

    def __init__(self, problems: Iterable[Problem], heading: str = "the input can't be used") -> None:
        self.problems = tuple(problems)
        self.heading = heading
        super().__init__(heading)

    def __str__(self) -> str:
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        return f"{self.heading} ({count} {noun}):\n{lines}"

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...], str]]:
        return (type(self), (self.problems, self.heading))


class InconsistentError(ValueError):
    """Raised by a model's own check: several problems, each with its place below the model (empty: the model)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(each) if each.place else each.remedy for each in self.problems))


class UnstableQueueError(SurgesimError, ValueError):
    """A closed form was asked about a queue whose load is not below its capacity."""


class LedgerError(SurgesimError):
    """A ledger that breaks an invariant: a defect in the model, never in the input."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Hint at the closest valid name, e.g. ``; did you mean 'picking'?``, or nothing when none is close."""
    close = get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
