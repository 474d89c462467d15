"""Parts of the page: what is needed of whom, when, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.planning.needs.budget import vehicles
from sim.planning.needs.need import Need
from sim.planning.needs.result import Needs
from sim.report.experiment import ChartPart, Part, TablePart
from sim.report.formats import Formats
from sim.report.needs.words import as_moment, events, name_of, records, unit_of, when_of
from sim.report.needs.workbook import line_in_words
from sim.report.tables import Cell, Head, Row, Table

GAP_UNIT = "heads"  # written as a whole number with its sign


def needs_part(found: Needs, formats: Formats) -> Part:
    """The list: a row for each need and pattern of hours."""
    say, number = formats.say, formats.number
    cuts = {each.need.key: each for each in found.cuts}
    heads = (
        Head(say("needs.head.hours"), of_words=True),
        Head(say("needs.head.needed")),
        Head(say("needs.head.present")),
        Head(say("needs.head.gap")),
        Head(say("needs.head.closed")),
        Head(say("needs.head.binding")),
    )
    rows = []
    for need in found.needs:
        binds = need.key in cuts and cuts[need.key].binding
        told = say("needs.binds") if binds else "" if need.legs else say("needs.not_asked")
        hours = [pattern.hours for pattern in need.patterns] or [""]
        for place, each in enumerate(hours):
            amount, there = found.amounts[need.key][place], need.present[place]
            if not amount and not there and not need.closed[place]:
                continue
            gap = formats.signed(amount - there, GAP_UNIT) if amount != there else number(0)
            cells = (
                Cell(each, mark="text"),
                Cell(number(amount), unit_of(need, formats)),
                Cell(number(there)),
                Cell(gap, mark="shade2" if amount > there else ""),
                Cell(number(need.closed[place])),
                Cell(told if place == 0 else "", mark="best" if binds and place == 0 else ""),
            )
            rows.append(Row(name_of(found, need, formats), cells))
    title, lead = say("needs.list_title"), say("needs.list_lead", n=number(len(found.search)))
    table = TablePart(say("needs.list_first"), Table(heads, tuple(rows)))
    return Part("needs", title, say("needs.list_nav"), [lead], [table])


def staff_part(found: Needs, charts: Sequence[ChartPart], formats: Formats) -> Part:
    """The map of hours and days, and staff-hours by day beside the present roster."""
    say, table = formats.say, found.staff_hours
    roles = list(dict.fromkeys(table["role"]))
    groups = tuple(Head(say(f"stage.{role}"), span=3) for role in roles)
    triple = (say("needs.head.needed"), say("needs.head.present"), say("needs.head.gap"))
    heads = tuple(Head(text, unit=say("unit.h")) for _ in roles for text in triple)
    sums = table.groupby(["date", "role"])[["needed_h", "present_h"]].sum()
    rows = []
    for day in sorted(dict.fromkeys(table["date"])):
        pairs = [
            tuple(map(float, sums.loc[(day, role)])) if (day, role) in sums.index else (0.0, 0.0) for role in roles
        ]
        rows.append(Row(formats.day(as_moment(day)), tuple(_triples(pairs, formats))))
    pairs = [
        (float(own["needed_h"].sum()), float(own["present_h"].sum()))
        for own in (table[table["role"] == role] for role in roles)
    ]
    rows.append(Row(say("needs.staff_total"), tuple(_triples(pairs, formats)), baseline=False))
    title = say("needs.staff_title")
    block = TablePart(say("needs.staff_first"), Table(heads, tuple(rows), groups))
    return Part("staff", title, say("needs.staff_nav"), [say("needs.staff_lead")], [*charts, block])


def _triples(pairs: Sequence[tuple[float, ...]], formats: Formats) -> list[Cell]:
    cells = []
    for needed, present in pairs:
        gap = needed - present
        text = formats.signed(gap, GAP_UNIT) if abs(gap) >= 0.5 else formats.number(0)
        cells += [Cell(formats.number(needed)), Cell(formats.number(present))]
        cells.append(Cell(text, mark="shade2" if gap >= 0.5 else ""))
    return cells


def carriers_part(found: Needs, formats: Formats) -> Part:
    """Each visit: its vehicle, and what it took on its busiest day."""
    say, number = formats.say, formats.number
    heads = (
        Head(say("needs.head.time"), of_words=True),
        Head(say("needs.head.capacity")),
        Head(say("needs.head.present")),
        Head(say("needs.head.vehicles")),
        Head(say("needs.head.busiest"), of_words=True),
        Head(say("needs.head.mean")),
        Head(say("needs.head.high", share=formats.share(found.probability, 0))),
    )
    needs = {(each.owner, each.part): each for each in found.needs if each.kind == "pickup"}
    rows = []
    for name, carrier in found.scenario.carriers.items():
        for visit, pickup in carrier.pickups.items():
            clock = formats.clock(found.scenario.local_time(pickup.time))
            own = found.parcels[(found.parcels["carrier"] == name) & (found.parcels["time"] == clock)]
            if own.empty:
                continue
            top: Any = own.iloc[int(own["parcels_high"].argmax())]
            need: Need | None = needs.get((name, visit))
            amount = None if need is None else found.total(need)
            cells = (
                Cell(clock, mark="text"),
                Cell(say("number.none") if amount is None else number(amount)),
                Cell(say("number.none") if need is None else number(need.present[0])),
                Cell(number(1 if need is None or amount is None else vehicles(need, amount))),
                Cell(formats.day(as_moment(top["date"])), mark="text"),
                Cell(number(float(top["parcels"]))),
                Cell(number(float(top["parcels_high"]))),
            )
            named = say("list.clause").join(each.replace("_", " ") for each in (name, visit))
            rows.append(Row(named, cells))
    title, lead = say("needs.carriers_title"), say("needs.carriers_lead", n=number(found.ledgers))
    table = TablePart(say("needs.carriers_first"), Table(heads, tuple(rows)))
    return Part("carriers", title, say("needs.carriers_nav"), [lead], [table])


def desk_part(found: Needs, formats: Formats) -> Part:
    """The day of most calls by half-hour."""
    say, number = formats.say, formats.number
    calls = found.desk.groupby("date")["calls"].sum()
    busiest: Any = calls.idxmax()
    heads = (
        Head(say("needs.head.calls")),
        Head(say("needs.head.messages")),
        Head(say("needs.head.to_answer")),
        Head(say("needs.head.agents")),
        Head(say("needs.head.present")),
    )
    rows = [
        Row(
            str(each.time),
            (
                Cell(number(float(each.calls), 1)),
                Cell(number(float(each.messages), 1)),
                Cell(number(float(each.agents_to_answer))),
                Cell(number(float(each.agents)), mark="shade2" if each.agents > each.present else ""),
                Cell(number(float(each.present))),
            ),
        )
        for each in records(found.desk[found.desk["date"] == busiest])
    ]
    title, lead = say("needs.desk_title"), say("needs.desk_lead", day=formats.day(as_moment(busiest)))
    table = TablePart(say("needs.desk_first"), Table(heads, tuple(rows)))
    return Part("desk", title, say("needs.desk_nav"), [lead], [table])


def storage_part(found: Needs, formats: Formats) -> Part:
    """The fullest moment of each day."""
    say, number = formats.say, formats.number
    high = say("needs.head.high", share=formats.share(found.probability, 0))
    heads = (Head(say("needs.head.mean")), Head(high), Head(say("needs.head.room")))
    most = float(found.dock["parcels_high"].max())
    rows = [
        Row(
            formats.day(as_moment(each.date)),
            (
                Cell(number(float(each.parcels))),
                Cell(number(float(each.parcels_high)), mark="shade2" if each.parcels_high == most > 0 else ""),
                Cell(number(float(each.room))),
            ),
        )
        for each in records(found.dock)
    ]
    title, lead = say("needs.storage_title"), say("needs.storage_lead", n=number(found.ledgers))
    table = TablePart(say("needs.storage_first"), Table(heads, tuple(rows)))
    return Part("storage", title, say("needs.storage_nav"), [lead], [table])


def budget_part(found: Needs, formats: Formats) -> Part:
    """Cost lines with the needs met, and today."""
    say = formats.say
    heads = (
        Head(say("needs.head.present")),
        Head(say("needs.head.needed")),
        Head(say("needs.head.high", share=formats.share(found.probability, 0))),
        Head(say("needs.head.difference")),
    )
    rows = [
        Row(
            line_in_words(str(each.line), formats),
            (
                Cell(formats.amount(float(each.present))),
                Cell(formats.amount(float(each.needed))),
                Cell(formats.amount(float(each.needed_high))),
                Cell(formats.signed(float(each.difference), "currency")),
            ),
        )
        for each in records(found.budget)
    ]
    title, lead = say("needs.budget_title"), say("needs.budget_lead", currency=formats.currency)
    table = TablePart(say("needs.budget_first"), Table(heads, tuple(rows)))
    return Part("budget", title, say("needs.budget_nav"), [lead], [table])


def dates_part(found: Needs, formats: Formats) -> Part:
    """Key dates."""
    say = formats.say
    heads = tuple(Head(text, of_words=True) for text in (say("needs.head.date"), say("needs.head.who")))
    rows = [
        Row(each.title, (Cell(when_of(each.moment, formats), mark="text"), Cell(each.team, each.about, "text")))
        for each in events(found, formats)
    ]
    title = say("needs.dates_title")
    table = TablePart(say("needs.dates_first"), Table(heads, tuple(rows)), words=True)
    return Part("dates", title, say("needs.dates_nav"), [say("needs.dates_lead")], [table])
