"""The catalogue of measures: what each kind does, when it helps, when it backfires, what it costs.

General knowledge, not results; the texts stand in ``catalogues/`` and are used by the page and the documentation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from sim.report.messages import Messages
from sim.scenario.fields import tag_of
from sim.scenario.measures import AnyMeasure
from sim.scenario.plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of measure; `kind` is its name in a plan file."""

    kind: str
    title: str
    what: str
    helps: str
    backfires: str
    cost: str


@dataclass(frozen=True, slots=True)
class Book:
    """Entries of the kinds in use, then of all others."""

    used: list[Entry]
    others: list[Entry]
    comma: str = ", "

    @property
    def used_titles(self) -> str:
        """Titles of those in use, in a row."""
        return self.comma.join(each.title for each in self.used)

    @property
    def other_titles(self) -> str:
        """Titles of the others, in a row."""
        return self.comma.join(each.title for each in self.others)


def kinds() -> list[str]:
    """Every kind of measure, in the order of the models."""
    union = get_args(AnyMeasure)[0]
    return [str(tag_of(model)) for model in get_args(union)]


def entry(kind: str, say: Messages) -> Entry:
    """The texts of one kind."""
    return Entry(
        kind,
        say(f"catalogue.{kind}.title"),
        say(f"catalogue.{kind}.what"),
        say(f"catalogue.{kind}.helps"),
        say(f"catalogue.{kind}.backfires"),
        say(f"catalogue.{kind}.cost"),
    )


def book(plans: Iterable[Plan], say: Messages) -> Book:
    """Entries of the measures in plans, in the order in which they come up there, then the rest."""
    used = list(dict.fromkeys(measure.kind for plan in plans for measure in plan.measures.values()))
    others = [kind for kind in kinds() if kind not in used]
    return Book([entry(kind, say) for kind in used], [entry(kind, say) for kind in others], say("list.comma"))
