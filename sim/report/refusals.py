"""Hours of extra work that labour law refused, by plan and by the rule that bound."""

from __future__ import annotations

from collections.abc import Mapping

from sim.ledger import EVENTS, Ledger
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.tables import Cell, Head, Row, Table


def refused_hours(ledger: Ledger) -> dict[str, float]:
    """Worker-hours refused by rule, in the order of their first refusal; empty: the ledger does not say which."""
    alerts = ledger.tables["alerts"]
    rows = alerts["event"] == EVENTS.index("refused")
    hours: dict[str, float] = {}
    for rule, value in zip(alerts["metric"][rows], alerts["value"][rows], strict=True):
        hours[str(rule)] = hours.get(str(rule), 0.0) + float(value)
    return hours


def rule_in_words(rule: str, formats: Formats) -> str:
    """A rule's name for readers; its own where the catalogue has none."""
    if not rule:
        return formats.say("law.unnamed")
    return formats.say(f"run.rule.{rule}") if f"run.rule.{rule}" in formats.say.keys else rule


def refusal_table(reading: Reading, formats: Formats) -> Table | None:
    """A row per plan and a column per rule; nothing where nothing was refused."""
    by_plan: Mapping[str, dict[str, float]] = {
        plan: refused_hours(ledger) for plan, ledger in reading.comparison.ledgers.items()
    }
    refused = {plan: hours for plan, hours in by_plan.items() if any(hours.values())}
    if not refused:
        return None
    rules = list(dict.fromkeys(rule for hours in refused.values() for rule in hours))
    heads = [Head(rule_in_words(rule, formats), unit=formats.say("unit.h")) for rule in rules]
    rows = [
        Row(
            reading.heading(plan),
            (
                *(Cell(formats.number(hours[rule], 1) if rule in hours else "") for rule in rules),
                *([Cell(formats.number(sum(hours.values()), 1))] if len(rules) > 1 else []),
            ),
            chosen=reading.is_choice(plan),
        )
        for plan, hours in refused.items()
    ]
    if len(rules) > 1:
        heads.append(Head(formats.say("law.all"), unit=formats.say("unit.h")))
    return Table(tuple(heads), tuple(rows))
