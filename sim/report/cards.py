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
        met = formats.say("scorecards.met_in_all", **_tally(lines, formats))
        cards.append(Card(team, Table(heads, rows), met))
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


def team_in_text(team: str, say: Messages) -> str:
    """A team inside a sentence: in English as it was given, elsewhere by the catalogue's name where it has one."""
    return team.replace("_", " ") if say.is_source else team_name(team, say)


def _by_plan(reading: Reading, part: pd.DataFrame, formats: Formats) -> Table:
    by_plan = {plan: part[part["plan"] == plan].to_dict("records") for plan in reading.plans}
    heads = [
        Head(formats.say(f"kpi.{line['kpi']}.label"), unit=_target(line, formats)) for line in by_plan[reading.baseline]
    ]
    rows = [
        plan_row(
            reading,
            plan,
            (
                Cell(formats.say("scorecards.times", **_tally(lines, formats))),
                *(_value(line, formats) for line in lines),
            ),
        )
        for plan, lines in by_plan.items()
    ]
    return Table((Head(formats.say("scorecards.met_of")), *heads), tuple(rows))


def _tally(lines: list[dict[Any, Any]], formats: Formats) -> dict[str, str]:
    """How many targets the means meet, of those that have one."""
    known = [bool(line["met"]) for line in lines if line["n"]]
    return {"met": formats.number(sum(known)), "of": formats.number(len(known))}


def _target(line: dict[Any, Any], formats: Formats) -> str:
    """A target as it was configured, with its direction."""
    value, unit = line["target"], line["unit"]
    if unit == "currency":
        text = formats.money(value)
    elif unit in {"share", "min"}:
        text = formats.value(value, unit)
    else:
        text = formats.plain(value)
        text = formats.say("run.hours", hours=text) if unit == "h" else text
    return formats.say(f"scorecards.{line['direction']}", value=text)


def _value(line: dict[Any, Any], formats: Formats) -> Cell:
    """The mean, whether it meets the target, and in how many replications the target was met."""
    if not line["n"]:
        return Cell(formats.say("number.none"))
    count = round(line["met_share"] * line["n"])
    times = formats.say("scorecards.times", met=formats.number(count), of=formats.number(line["n"]))
    return Cell(
        _mean(line, formats),
        times if line["n"] > 1 else "",
        "met" if line["met"] else "missed",
    )


def _mean(line: dict[Any, Any], formats: Formats) -> str:
    """The mean; one that only just misses its target with as many digits as tell it apart."""
    mean, target, unit = line["mean"], line["target"], line["unit"]
    text = formats.value(mean, unit)
    write, factor = (formats.share, 100) if unit == "share" else (formats.number, 1)
    alike = _same(mean, target, factor, 1) if unit == "share" else text == formats.value(target, unit)
    if line["met"] or unit == "min" or not alike:
        return text
    return next((write(mean, digits) for digits in range(1, 7) if not _same(mean, target, factor, digits)), text)


def _same(mean: float, target: float, factor: float, digits: int) -> bool:
    return round(mean * factor, digits) == round(target * factor, digits)
