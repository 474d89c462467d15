"""What goes wrong, in words: where, when and how much, for every disturbance of the scenario.

On a comparison as it was configured, since every replication draws anew; on one run as it turned out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sim.ledger import Ledger
from sim.report.formats import Formats
from sim.report.spells import happened, listed_briefly, span_in_words
from sim.scenario.disturbances import (
    CREWED,
    AbsenceWave,
    AnyDisturbance,
    CarrierFailure,
    ForecastError,
    LateReceipt,
    Outage,
    SecondWave,
    places_of,
    window_of,
)
from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Told:
    """A disturbance as finished texts."""

    label: str
    kind: str
    about: str
    where: str
    when: str
    size: str


class Row:
    """A disturbance with what happened of it.

    Parameters
    ----------
    scenario, label
        Which one.
    ledger
        Of the run that is told; nothing where several are.
    formats
        For numbers and texts.
    """

    def __init__(self, scenario: Scenario, label: str, ledger: Ledger | None, formats: Formats) -> None:
        self.scenario, self.formats, self.say = scenario, formats, formats.say
        self.one_run = ledger is not None
        self.spans = happened(ledger, label)
        self.size = math.nan
        if ledger is not None:
            table = ledger.tables["disturbances"]
            self.size = next(iter(table["size"][table["label"] == label]), math.nan)

    def listed(self, parts: list[str]) -> str:
        """Parts joined as in a sentence."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list.last", head=self.say("list.comma").join(parts[:-1]), last=parts[-1])


def disturbances_in_words(scenario: Scenario, ledger: Ledger | None, formats: Formats) -> list[Told]:
    """Every disturbance of a scenario, in its order.

    Parameters
    ----------
    scenario
        Whose disturbances.
    ledger
        Of the one run that is told; nothing where several are.
    formats
        For numbers and texts.
    """
    found = []
    for label, each in scenario.disturbances.items():
        row = Row(scenario, label, ledger, formats)
        where, when, size = _TELLERS[type(each)](row, each)
        found.append(
            Told(label, formats.say(f"disturbances.kind.{each.kind}"), formats.say.given(each.about), where, when, size)
        )
    return found


def _window(row: Row, each: AnyDisturbance) -> str:
    return span_in_words(row.scenario, *window_of(row.scenario, each), row.formats)


def _outage(row: Row, each: Outage) -> tuple[str, str, str]:
    say, formats = row.say, row.formats
    where = row.listed([say(f"disturbances.place.{stage}") for stage in each.stages])
    sizes = [
        say("disturbances.left", share=formats.share(each.capacity_left_share))
        if each.capacity_left_share > 0
        else say("disturbances.standstill")
    ]
    if any(stage in CREWED for stage in each.stages):
        sizes.append(say(f"disturbances.work_in_hand.{'stops' if each.stops_work_in_hand else 'finished'}"))
    size = say("list.clause").join(sizes)
    if each.mean_between_h is None or each.mean_hours is None:
        begin, end = window_of(row.scenario, each)
        return where, _with_length(row, _window(row, each), end - begin), size
    if row.one_run:
        return where, _as_drawn(row), size
    between, length = formats.duration(each.mean_between_h * 60), formats.duration(each.mean_hours * 60)
    return where, say("disturbances.at_random", window=_window(row, each), between=between, length=length), size


def _with_length(row: Row, window: str, minutes: float) -> str:
    return row.say("disturbances.with_length", window=window, length=row.formats.duration(minutes))


def _as_drawn(row: Row) -> str:
    """The windows that came, the first of them written out."""
    if not row.spans:
        return row.say("disturbances.never")
    texts = [span_in_words(row.scenario, begin, end, row.formats) for begin, end in row.spans]
    hours = sum(end - begin for begin, end in row.spans)
    return _with_length(row, listed_briefly(texts, row.formats), hours)


def _absence(row: Row, each: AbsenceWave) -> tuple[str, str, str]:
    say = row.say
    there = places_of(row.scenario)
    where = row.listed([say(f"disturbances.place.{stage}") for stage in each.stages if stage in there])
    begin, end = (row.scenario.local_time(minute) for minute in window_of(row.scenario, each))
    last = end - timedelta(minutes=1)
    days = row.formats.day(begin)
    if last.date() != begin.date():
        days = say("disturbances.span", begin=days, end=row.formats.day(last))
    who = "regular" if each.regular_only else "all"
    return where, days, say(f"disturbances.away.{who}", share=row.formats.share(each.absence_share))


def _failure(row: Row, each: CarrierFailure) -> tuple[str, str, str]:
    say, formats = row.say, row.formats
    names = row.listed(list(each.carriers))
    where = (
        say.count("disturbances.carriers", len(each.carriers), names=names) if names else say("measure.all_carriers")
    )
    when = _with_length(row, _window(row, each), each.hours * 60)
    if each.mode == "no_show":
        return where, when, say("disturbances.no_pickup")
    sizes = []
    if each.factor != 1:
        sizes.append(say("disturbances.slow", factor=formats.plain(each.factor)))
    if each.capacity_factor != 1:
        sizes.append(say("disturbances.narrow", share=formats.share(each.capacity_factor)))
    return where, when, say("list.clause").join(sizes)


def _receipt(row: Row, each: LateReceipt) -> tuple[str, str, str]:
    say, formats = row.say, row.formats
    size = say("disturbances.hold", share=formats.share(each.share))
    if row.one_run and row.spans:
        return say("disturbances.orders"), say("disturbances.arrived", window=_span(row, row.spans[0])), size
    if each.late_h == 0:
        return say("disturbances.orders"), say("disturbances.arrived", window=_window(row, each)), size
    late = formats.duration(each.late_h * 60)
    return say("disturbances.orders"), say("disturbances.expected", window=_window(row, each), late=late), size


def _span(row: Row, span: tuple[float, float]) -> str:
    return span_in_words(row.scenario, *span, row.formats)


def _forecast(row: Row, each: ForecastError) -> tuple[str, str, str]:
    say, formats = row.say, row.formats
    where = say(f"disturbances.applies_to.{each.applies_to}")
    turned_out = row.one_run and math.isfinite(row.size)
    size = say("disturbances.forecast", factor=formats.plain(row.size if turned_out else each.factor))
    return where, _window(row, each), size if turned_out else _give_or_take(row, size, each.cv)


def _second_wave(row: Row, each: SecondWave) -> tuple[str, str, str]:
    say, formats = row.say, row.formats
    turned_out = row.one_run and math.isfinite(row.size)
    size = say("disturbances.added", share=formats.share(row.size if turned_out else each.uplift))
    return (
        say("disturbances.orders"),
        _window(row, each),
        size if turned_out else _give_or_take(row, size, each.uplift_cv),
    )


def _give_or_take(row: Row, size: str, cv: float) -> str:
    return row.say("disturbances.uncertain", size=size, share=row.formats.share(cv)) if cv > 0 else size


_TELLERS: dict[type[Any], Callable[[Row, Any], tuple[str, str, str]]] = {
    Outage: _outage,
    AbsenceWave: _absence,
    CarrierFailure: _failure,
    LateReceipt: _receipt,
    ForecastError: _forecast,
    SecondWave: _second_wave,
}
