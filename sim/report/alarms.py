"""Early warning in words: the alert rules with their lead times, and a table of levels to choose by.

Figures are those of :mod:`sim.experiment.alarms`, for the baseline: a plan that acts on an alarm changes what it warns
of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.ledger import WARNINGS, Ledger
from sim.report.cards import team_in_text
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.scenario.alerts import AlertRule
from sim.scenario.fit import lacking
from sim.scenario.scenario import Scenario

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """How an alarm did at one level; texts, empty where there is nothing to say.

    Attributes
    ----------
    first
        When it was first raised, local time, median over replications.
    warned, in_time
        In how many of the troubled replications it was true, and came before the first late order.
    time, spread
        Lead time: median, and 10 % to 90 % quantile.
    false
        False alarms per run.
    on
        Part of the time for which the alarm was on.
    """

    first: str = ""
    warned: str = ""
    in_time: str = ""
    time: str = ""
    spread: str = ""
    false: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert rule; `lacks` says why there is nothing to read."""

    name: str
    about: str
    severity: str
    severity_name: str
    told: str
    watches: str
    level: str
    how: str
    lead: Lead = Lead()
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A level that was tried, and whether it is the one set."""

    level: str
    lead: Lead
    chosen: bool


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels tried for one rule."""

    name: str
    about: str
    rows: list[Level]


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """The section: sentences above, the rules, and the levels of those that were read."""

    sentences: list[str]
    rules: list[Rule] = field(default_factory=list)
    levels: list[Levels] = field(default_factory=list)


def early_warning(reading: Reading, formats: Formats) -> EarlyWarning:
    """Everything the section says, as finished texts."""
    scenario, say = reading.scenario, formats.say
    if not scenario.alerts:
        return EarlyWarning([say("early.none")])
    records = rows_by_rule(reading)
    return EarlyWarning(
        list(_sentences(reading, records, formats)),
        [_rule(name, rule, records.get(name, []), scenario, formats) for name, rule in scenario.alerts.items()],
        [_levels(name, scenario.alerts[name], rows, scenario, formats) for name, rows in records.items()],
    )


def rows_by_rule(reading: Reading) -> dict[str, list[Record]]:
    """The baseline's rows of the table by rule, in the order of the scenario; rules never read are missing."""
    table = reading.comparison.early_warning
    rows = table[table["plan"] == reading.baseline].to_dict("records")
    own: list[Record] = [{str(name): value for name, value in row.items()} for row in rows]
    by_rule = {name: [row for row in own if row["rule"] == name] for name in reading.scenario.alerts}
    return {name: rows for name, rows in by_rule.items() if rows}


def is_set(row: Record) -> bool:
    """Whether a row is that of the level set in the scenario."""
    return bool(row["share_of_level"] == 1.0)


def reachable(row: Record) -> bool:
    """Whether the metric can be as high as that: shares of people, of contacts and of SKUs end at one."""
    bounded = str(row["metric"]).startswith("utilisation") or row["metric"] in ("abandonment_share", "short_sku_share")
    return is_set(row) or not (bounded and row["level"] > 1)


def lead_in_words(hours: float, formats: Formats) -> str:
    """``12 h ahead``, or ``3 h too late``; a dash where there is none."""
    if not math.isfinite(hours):
        return formats.say("number.none")
    if abs(hours) * 60 < 0.5:
        return formats.say("early.just_then")
    return formats.say(f"early.{'ahead' if hours > 0 else 'behind'}", time=formats.duration(abs(hours) * 60))


def false_alarms(per_run: float, formats: Formats) -> str:
    """False alarms per run: below one a decimal more, since there levels differ by little."""
    return formats.number(per_run, 0 if per_run == 0 else 2 if per_run < 1 else 1)


def _sentences(reading: Reading, records: Mapping[str, list[Record]], formats: Formats) -> Iterator[str]:
    scenario, say = reading.scenario, formats.say
    if scenario.promise is None:
        yield say("early.no_promise")
        return
    yield say(
        "early.lead",
        plan=reading.heading(reading.baseline),
        target=formats.share(scenario.targets.service_level_ship),
        window=formats.duration(scenario.targets.warning_h * 60),
    )
    first = next((rows[0] for rows in records.values()), None)
    if first is not None:
        of = formats.number(first["replications"])
        troubled = int(first["troubled"])
        yield say.count("early.troubled", troubled, of=of) if troubled else say("early.no_trouble", of=of)
    if scenario.scale != 1:
        yield say("early.scaled")


def _rule(name: str, rule: AlertRule, rows: list[Record], scenario: Scenario, formats: Formats) -> Rule:
    say = formats.say
    unit = say(f"metric_unit.{rule.metric}")
    teams = say("list.comma").join(team_in_text(team, say) for team in rule.tell)
    how = (
        say("early.clears", level=formats.plain(rule.clear_level)),
        say("early.every", every=formats.duration(rule.review_every_min)),
    )
    own = next((row for row in rows if is_set(row)), None)
    return Rule(
        name,
        say.given(rule.about),
        rule.severity,
        say(f"early.severity.{rule.severity}"),
        say("early.tells", teams=teams) if teams else say("early.tells_nobody"),
        say(f"metric.{rule.metric}"),
        f"{formats.plain(rule.above)}\u00a0{unit}",
        say("list.clause").join(how),
        Lead() if own is None else _lead(own, scenario, formats),
        _lack(rule, own, scenario, formats),
    )


def _lack(rule: AlertRule, own: Record | None, scenario: Scenario, formats: Formats) -> str:
    """Why a rule was never read; empty where it was, or where it could not have warned of anything."""
    if own is not None:
        return ""
    part = lacking(scenario, rule.metric).replace(".", "_")
    if not part and scenario.promise is None:
        return ""
    return formats.say("early.lacks", part=formats.say(f"early.part.{part or 'review'}"))


def _lead(row: Record, scenario: Scenario, formats: Formats) -> Lead:
    say, troubled = formats.say, int(row["troubled"])
    first, median = float(row["first_h_p50"]), float(row["lead_h_p50"])
    known = math.isfinite(median)
    low, high = (lead_in_words(float(row[name]), formats) for name in ("lead_h_p10", "lead_h_p90"))
    counts = [
        formats.number(round(float(row[name]) * troubled)) if troubled else ""
        for name in ("raised_share", "in_time_share")
    ]
    return Lead(
        first=formats.moment(scenario.local_time(first * 60)) if math.isfinite(first) else say("early.never"),
        warned=say("early.of", count=counts[0], of=formats.number(troubled)) if troubled else say("number.none"),
        in_time=counts[1],
        time=lead_in_words(median, formats),
        spread=say("early.spread", low=low, high=high) if known and low != high else "",
        false=false_alarms(float(row["false_per_run"]), formats),
        on=formats.share(float(row["on_share"]), 0),
    )


def _levels(name: str, rule: AlertRule, rows: list[Record], scenario: Scenario, formats: Formats) -> Levels:
    say = formats.say
    about = say("run.alert_because", metric=say(f"metric.{rule.metric}"), unit=say(f"metric_unit.{rule.metric}"))
    return Levels(
        name,
        about,
        [
            Level(formats.plain(row["level"]), _lead(row, scenario, formats), is_set(row))
            for row in rows
            if reachable(row)
        ],
    )


def alarms_of(ledger: Ledger, formats: Formats) -> list[tuple[str, ...]]:
    """Alarms of one run in the order of time: raised, rule, because of, found, level, cleared."""
    say, table = formats.say, ledger.tables["warnings"]
    order = np.argsort(table["time_min"], kind="stable")
    rows: list[tuple[str, ...]] = []
    for place, row in enumerate(order):
        if WARNINGS[int(table["event"][row])] != "raised":
            continue
        name = str(table["rule"][row])
        metric = ledger.scenario.alerts[name].metric
        over = next((later for later in order[place + 1 :] if table["rule"][later] == name), None)
        rows.append(
            (
                _moment(ledger, float(table["time_min"][row]), formats),
                name,
                say("run.alert_because", metric=say(f"metric.{metric}"), unit=say(f"metric_unit.{metric}")),
                formats.plain(float(table["value"][row])),
                formats.plain(float(table["level"][row])),
                say("alarms.still_on") if over is None else _moment(ledger, float(table["time_min"][over]), formats),
            )
        )
    return rows


def _moment(ledger: Ledger, minute: float, formats: Formats) -> str:
    return formats.moment(ledger.scenario.local_time(minute))
