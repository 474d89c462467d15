"""The page on what a campaign needs, and the files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import Any

from markupsafe import Markup

from sim.planning.needs.proof import Cut
from sim.planning.needs.result import Needs
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.targets import SHIP
from sim.planning.needs.tuning import RAISE, required
from sim.report.charts.canvas import Chart, style
from sim.report.charts.needs import staff_map
from sim.report.experiment import ChartPart, Draft, Part, TablePart, TextPart, Tile
from sim.report.formats import Formats
from sim.report.needs.calendar import calendar_text
from sim.report.needs.facts import facts_of
from sim.report.needs.parts import (
    budget_part,
    carriers_part,
    dates_part,
    desk_part,
    needs_part,
    staff_part,
    storage_part,
)
from sim.report.needs.prepared import PLACE, prepared_text
from sim.report.needs.stock import stock_parts
from sim.report.needs.tasks import message, tasks_csv, tasks_of
from sim.report.needs.words import as_moment, events, missing_in_words, name_of, target_name, targets_in_words
from sim.report.needs.workbook import workbook
from sim.report.tables import Cell, Head, Row, Table
from sim.scenario.variation import Values


def headline(found: Needs, formats: Formats) -> Markup:
    """What is needed, in a sentence."""
    say, share = formats.say, formats.share(found.probability, 0)
    name, proof = formats.heading(found.scenario), found.proof
    if proof is None:
        last = found.rounds[-1].shares
        worst = min(last, key=lambda kpi: last[kpi])
        short = say("needs.short_of", target=target_name(worst, formats), share=formats.share(last[worst], 0))
        return say.html("needs.headline_never", share=share, short=short)
    if proof.rejected:
        return say.html("needs.headline_unproven", found=formats.share(proof.share), share=share)
    lacking = missing_in_words(found, formats)
    if not lacking:
        return say.html("needs.headline_enough", share=share, campaign=name)
    return say.html("needs.headline", share=share, campaign=name, missing=lacking)


def certainty(found: Needs, formats: Formats) -> str:
    """How sure it is."""
    say, proof = formats.say, found.proof
    if proof is None:
        factor = formats.number(RAISE ** (len(found.rounds) - 1), 1)
        return say("needs.certainty_never", factor=factor, n=formats.number(len(found.search)))
    told = {
        "successes": formats.number(proof.successes),
        "n": formats.number(proof.n),
        "share": formats.share(proof.share),
        "bound": formats.share(proof.bound),
        "asked": formats.share(found.probability, 0),
        "p": p_value(proof.p_value, formats),
    }
    return say("needs.certainty_rejected", **told) if proof.rejected else say("needs.certainty", **told)


def p_value(value: float, formats: Formats) -> str:
    """A p-value to four decimals."""
    if not isfinite(value):
        return formats.say("number.none")
    return f"< {formats.number(0.0001, 4)}" if value < 1e-4 else formats.number(value, 4)


def needs_draft(
    found: Needs, formats: Formats, stamp: datetime, command: str = "surgesim needs", given: Values | None = None
) -> Draft:
    """What the page says, and the files beside it.

    Parameters
    ----------
    stamp
        When it is made, aware: stands in the calendar and the workbook.
    command, given
        For the prepared scenario, see :func:`sim.report.needs.prepared.prepared_text`.
    """
    say, scenario = formats.say, found.scenario
    with style():
        charts = [chart for chart in (staff_map(found.staff_hours, formats.charts),) if chart is not None]
    tasks = tasks_of(found, formats)
    calendar = calendar_text(
        events(found, formats), say("needs.calendar", scenario=formats.heading(scenario)), scenario.timezone, stamp
    )
    return Draft(
        title=say("needs.title", scenario=formats.heading(scenario)),
        kicker=say("needs.kicker"),
        headline=headline(found, formats),
        certainty=certainty(found, formats),
        tiles=list(_tiles(found, formats)),
        parts=list(_parts(found, charts, formats)),
        charts=charts,
        tables={
            "needs": found.table(),
            "staff_by_hour": found.staff_hours,
            "desk": found.desk,
            "parcels": found.parcels,
            "storage": found.dock,
            "budget": found.budget,
            "stock": found.stock,
            "production": found.production,
            "shelves": found.shelves,
        },
        files={
            "needs.json": json.dumps(facts_of(found), indent=2, ensure_ascii=False, default=str) + "\n",
            "tasks.csv": tasks_csv(tasks),
            "message.txt": message(found, formats),
            "needs.ics": calendar.encode(),
            "needs.xlsx": workbook(found, formats, stamp),
            PLACE: prepared_text(found, formats, command, stamp.date(), given),
        },
        facts=_facts(found, formats),
        kpis=[SHIP, *(each.kpi for each in found.targets if each.kpi != SHIP), "total_cost"],
        manifest={"probability": found.probability, "targets": {each.kpi: each.level for each in found.targets}},
    )


def _tiles(found: Needs, formats: Formats) -> Iterator[Tile]:
    say, proof, staff = formats.say, found.proof, found.staff_hours
    if proof is not None:
        yield Tile(formats.share(proof.share), say("needs.tile.success"), f"{proof.successes} / {proof.n}")
    yield Tile(formats.share(found.present_share), say("needs.tile.present"))
    needed, gap = float(staff["needed_h"].sum()), float(staff["gap_h"].sum())
    below = say("needs.tile.hours_below", gap=formats.number(gap)) if gap > 0 else ""
    yield Tile(formats.number(needed), say("needs.tile.hours"), below)
    floor = staff[staff["role"] != "desk"].groupby(["date", "hour"])["needed_h"].sum()
    yield Tile(formats.number(float(floor.max()) if len(floor) else 0.0), say("needs.tile.peak"))
    total = found.budget.iloc[-1]
    more = float(total["difference"])
    below = say("needs.tile.budget_below", gap=formats.rough_money(more)) if more > 0 else ""
    yield Tile(formats.rough_money(float(total["needed"])), say("needs.tile.budget"), below)


def _parts(found: Needs, charts: list[Chart], formats: Formats) -> Iterator[Part]:
    say = formats.say
    yield needs_part(found, formats)
    yield staff_part(found, [ChartPart(each.name) for each in charts], formats)
    if len(found.parcels):
        yield carriers_part(found, formats)
    if len(found.desk):
        yield desk_part(found, formats)
    yield storage_part(found, formats)
    yield from stock_parts(found, formats)
    yield budget_part(found, formats)
    yield dates_part(found, formats)
    told = message(found, formats)
    title = say("needs.message_title")
    yield Part("message", title, say("needs.message_nav"), [say("needs.message_lead")], [TextPart(told)])
    yield _proof(found, formats)
    if found.cuts:
        yield _cuts(found, formats)


def _proof(found: Needs, formats: Formats) -> Part:
    say = formats.say
    title, nav = say("needs.proof_title"), say("needs.proof_nav")
    if not found.proofs:
        return Part("proof", title, nav, [say("needs.proof_none")])
    heads = (
        Head(say("needs.head.replications")),
        Head(say("needs.head.met")),
        Head(say("needs.head.interval")),
        Head(say("needs.head.bound")),
        Head("p"),
        Head(say("needs.head.verdict")),
    )
    rows = []
    for number, each in enumerate(found.proofs, start=1):
        verdict = say("needs.proof_rejected") if each.rejected else say("needs.proof_held")
        cells = (
            Cell(f"{each.replications.start}-{each.replications.stop - 1}"),
            Cell(formats.share(each.share), f"{each.successes} / {each.n}"),
            Cell(say("differences.interval", low=formats.share(each.low), high=formats.share(each.high))),
            Cell(formats.share(each.bound)),
            Cell(p_value(each.p_value, formats)),
            Cell(verdict, mark="" if each.rejected else "holds"),
        )
        rows.append(Row(str(number), cells))
    shares = say("list.comma").join(
        say("needs.proof_part", name=target_name(kpi, formats), share=formats.share(share))
        for kpi, share in found.proofs[-1].shares.items()
    )
    table = TablePart(say("needs.proof_first"), Table(heads, tuple(rows)))
    return Part("proof", title, nav, [say("needs.proof_lead")], [table], [say("needs.proof_targets", parts=shares)])


def _cuts(found: Needs, formats: Formats) -> Part:
    say = formats.say
    heads = (
        Head(say("needs.head.needed")),
        Head(say("needs.head.cut")),
        Head(say("needs.head.cut_n")),
        Head(say("needs.head.cut_share")),
        Head(say("needs.head.lost")),
        Head(say("needs.head.gained")),
        Head(say("needs.head.p")),
        Head(say("needs.head.verdict")),
    )
    order = sorted(found.cuts, key=lambda each: (not each.binding, not each.tried, each.share if each.tried else 0.0))
    rows = [Row(name_of(found, each.need, formats), _cut(found, each, formats)) for each in order]
    title = say("needs.cuts_title")
    table = TablePart(say("needs.cuts_first"), Table(heads, tuple(rows)))
    return Part("binding", title, say("needs.cuts_nav"), [say("needs.cuts_lead")], [table])


def _cut(found: Needs, cut: Cut, formats: Formats) -> tuple[Cell, ...]:
    say = formats.say
    whole = (Cell(formats.number(found.total(cut.need))), Cell(formats.number(sum(cut.amounts))))
    none = Cell(say("number.none"))
    if not cut.tried:
        return (*whole, none, none, none, none, none, Cell(say("needs.not_tried")))
    return (
        *whole,
        Cell(formats.number(cut.n)),
        Cell(formats.share(cut.share)),
        Cell(formats.number(cut.lost)),
        Cell(formats.number(cut.gained)),
        Cell(p_value(cut.p_holm, formats)),
        Cell(say("needs.binds") if cut.binding else say("needs.not_binding"), mark="holds" if cut.binding else ""),
    )


def _facts(found: Needs, formats: Formats) -> list[tuple[str, Any]]:
    say, days = formats.say, planned_days(found.scenario)
    first, last = (formats.day(as_moment(found.scenario.date_of(each))) for each in (days.start, days.stop - 1))
    searched = formats.number(len(found.search))
    runs = say("needs.replications_none", search=searched)
    if found.proofs:
        fresh, attempts = formats.number(found.proofs[-1].n), formats.number(len(found.proofs))
        runs = say("needs.replications", search=searched, fresh=fresh, attempts=attempts)
    asked = formats.number(required(len(found.search), found.probability))
    present, n = formats.share(found.present_share), formats.number(found.present_n)
    share = formats.share(found.probability, 0)
    return [
        (say("needs.targets"), say("needs.targets_text", parts=targets_in_words(found, formats), share=share)),
        (say("needs.planned_days"), say("needs.planned_text", first=first, last=last)),
        (say("method.replications"), runs),
        (say("needs.present"), say("needs.present_text", share=present, n=n)),
        (say("needs.how"), say("needs.how_text", required=asked, n=searched)),
    ]
