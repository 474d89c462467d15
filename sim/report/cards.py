"""Scorecards as tables: one card per team, a row per plan, or a row per figure where there is only one plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.report.formats import Formats
from sim.report.messages import Messages
from sim.report.reading import Reading
from sim.report.tables import Cell, Head, Row, Table, plan_row

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Card:
    """A team's card; `met` says how many of its targets are met, where there is only one plan to say it of."""

    team: str
    table: Table
    met: str = ""


def comparison_cards(reading: Reading, formats: Formats) -> list[Card]:
    """Cards of a comparison in the order in which the targets were given; none where there are no targets."""
    frame = reading.comparison.scorecards
    if len(reading.plans) == 1:
        return run_cards(frame, formats)
    return [Card(team, _by_plan(reading, part, formats)) for team, part in _teams(frame, formats.say)]


def run_cards(scorecards: pd.DataFrame, formats: Formats) -> list[Card]:
    """Cards of one plan: its figures below each other.

    Parameters
    ----------
    scorecards
        Of one plan, columns as in :data:`sim.experiment.scorecard.COLUMNS`.
    """
    heads = (Head(formats.say("scorecards.target")), Head(formats.say("scorecards.value")))
    cards = []
    for team, part in _teams(scorecards, formats.say):
        lines = part.to_dict("records")
        rows = tuple(
            Row(formats.say(f"kpi.{line['kpi']}.label"), (Cell(_target(line, formats)), _value(line, formats)))
            for line in lines
        )
        cards.append(Card(team, Table(heads, rows), _tally(lines, formats)))
    return cards


def _teams(frame: pd.DataFrame, say: Messages) -> Iterator[tuple[str, pd.DataFrame]]:
    """A team's name for readers, and its rows."""
    for team, part in frame.groupby("team", sort=False):
        yield team_name(str(team), say), part


def team_name(team: str, say: Messages) -> str:
    """The catalogue's name of a shipped team; any other as it was given, written as a heading."""
    if f"team.{team}" in say.keys:
        return say(f"team.{team}")
    words = team.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _by_plan(reading: Reading, part: pd.DataFrame, formats: Formats) -> Table:
    by_plan = {plan: part[part["plan"] == plan].to_dict("records") for plan in reading.plans}
    heads = [
        Head(formats.say(f"kpi.{line['kpi']}.label"), unit=_target(line, formats)) for line in by_plan[reading.baseline]
    ]
    rows = [
        plan_row(reading, plan, (Cell(_tally(lines, formats)), *(_value(line, formats) for line in lines)))
        for plan, lines in by_plan.items()
    ]
    return Table((Head(formats.say("scorecards.met_of")), *heads), tuple(rows))


def _tally(lines: list[dict[Any, Any]], formats: Formats) -> str:
    """How many targets the means meet, of those that have one."""
    known = [bool(line["met"]) for line in lines if line["n"]]
    return formats.say("scorecards.tally", met=formats.number(sum(known)), of=formats.number(len(known)))


def _target(line: dict[Any, Any], formats: Formats) -> str:
    value = _with_unit(line["target"], line["unit"], formats)
    return formats.say(f"scorecards.{line['direction']}", value=value)


def _value(line: dict[Any, Any], formats: Formats) -> Cell:
    """The mean, whether it meets the target, and in how many replications the target was met."""
    if not line["n"]:
        return Cell(formats.say("number.none"))
    count = round(line["met_share"] * line["n"])
    times = formats.say("scorecards.times", met=formats.number(count), of=formats.number(line["n"]))
    return Cell(
        formats.value(line["mean"], line["unit"]),
        times if line["n"] > 1 else "",
        "met" if line["met"] else "missed",
    )


def _with_unit(value: float, unit: str, formats: Formats) -> str:
    if unit == "currency":
        return formats.money(value)
    text = formats.value(value, unit)
    return formats.say("run.hours", hours=text) if unit == "h" else text
