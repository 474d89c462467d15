"""Stock on the page: quantities and dates by SKU, production and shelves by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.planning.needs.result import Needs
from sim.report.experiment import Part, TablePart
from sim.report.formats import Formats
from sim.report.needs.words import as_moment, records
from sim.report.tables import Cell, Head, Row, Table

GAP_UNIT = "heads"  # written as a whole number with its sign
MOST_SKUS_SHOWN = 100  # on the page; all are in stock.csv and in the workbook


def stock_parts(found: Needs, formats: Formats) -> Iterator[Part]:
    """All parts; none where the scenario has no stock."""
    if len(found.stock):
        yield _skus(found, formats)
    if len(found.production):
        yield _production(found, formats)
    if len(found.shelves):
        yield _shelves(found, formats)


def _skus(found: Needs, formats: Formats) -> Part:
    """Two tables: amounts, and what they come from."""
    say, number = formats.say, formats.number
    rows_of, table = [], found.stock.sort_values("mean_units", ascending=False, kind="stable").head(MOST_SKUS_SHOWN)
    for each in records(table):
        gap = 0 if each.gap_units != each.gap_units else int(each.gap_units)
        rows_of.append(
            Row(
                str(each.sku),
                (
                    Cell(str(each.line).replace("_", " ") or say("needs_stock.bought"), mark="text"),
                    Cell(number(float(each.needed_units))),
                    Cell(number(float(each.present_units))),
                    Cell(formats.signed(gap, GAP_UNIT) if gap else number(0), mark="shade2" if gap > 0 else ""),
                    Cell(_day(each.order_by, formats), mark="text"),
                    Cell(number(float(each.production_h))),
                    Cell(_day(each.latest_start, formats), mark="text"),
                    Cell(number(float(each.volume_m3), 1)),
                ),
            )
        )
    heads = (
        Head(say("needs_stock.head.source"), of_words=True),
        Head(say("needs.head.needed")),
        Head(say("needs.head.present")),
        Head(say("needs.head.gap")),
        Head(say("needs.head.order_by"), of_words=True),
        Head(say("needs_stock.head.production_h")),
        Head(say("needs.head.latest_start"), of_words=True),
        Head(say("needs_stock.head.volume")),
    )
    amounts = TablePart(say("needs.head.sku"), Table(heads, tuple(rows_of)))
    blocks = [amounts, _demand(table, formats)]
    title, lead = say("needs.stock_title"), [say("needs.stock_lead"), say("needs_stock.lead")]
    return Part("stock", title, say("needs.stock_nav"), lead, blocks, [say("needs_stock.notes")])


def _demand(table: Any, formats: Formats) -> TablePart:
    """What is asked for, what is there, and the quantity by the critical fractile."""
    say, number = formats.say, formats.number
    heads = (
        Head(say("needs_stock.head.mean")),
        Head(say("needs_stock.head.deviation")),
        Head(say("needs_stock.head.there")),
        Head(say("needs_stock.head.fractile")),
        Head(say("needs_stock.head.best")),
        Head(say("needs.head.safety")),
    )
    rows = [
        Row(
            str(each.sku),
            (
                Cell(number(float(each.mean_units))),
                Cell(number(float(each.deviation_units))),
                Cell(number(float(each.there_units))),
                Cell(number(float(each.fractile), 2)),
                Cell(number(float(each.best_units))),
                Cell(formats.signed(float(each.safety_units), GAP_UNIT)),
            ),
        )
        for each in records(table)
    ]
    return TablePart(say("needs.head.sku"), Table(heads, tuple(rows)))


def _production(found: Needs, formats: Formats) -> Part:
    say, number = formats.say, formats.number
    share = formats.share(found.probability, 0)
    heads = (
        Head(say("needs_stock.head.units")),
        Head(say("needs_stock.head.hours")),
        Head(say("needs_stock.head.hours_high", share=share)),
        Head(say("needs_stock.head.hours_needed")),
        Head(say("needs_stock.head.hours_present")),
    )
    rows = [
        Row(
            f"{str(each.line).replace('_', ' ')}, {formats.day(as_moment(each.date))}",
            (
                Cell(number(float(each.units))),
                Cell(number(float(each.hours), 1)),
                Cell(number(float(each.hours_high), 1), mark="shade2" if each.hours_high > each.hours_present else ""),
                Cell(number(float(each.hours_needed))),
                Cell(number(float(each.hours_present))),
            ),
        )
        for each in records(found.production)
    ]
    title, lead = say("needs_stock.production_title"), say("needs_stock.production_lead", n=number(found.ledgers))
    table = TablePart(say("needs_stock.production_first"), Table(heads, tuple(rows)))
    return Part("production", title, say("needs_stock.production_nav"), [lead], [table])


def _shelves(found: Needs, formats: Formats) -> Part:
    say, number = formats.say, formats.number
    share = formats.share(found.probability, 0)
    heads = (
        Head(say("needs_stock.head.m3")),
        Head(say("needs_stock.head.m3_high", share=share)),
        Head(say("needs_stock.head.capacity")),
        Head(say("needs_stock.head.received")),
        Head(say("needs_stock.head.gate_high", share=share)),
        Head(say("needs_stock.head.staffed")),
    )
    most = float(found.shelves["m3_high"].max())
    rows = [
        Row(
            formats.day(as_moment(each.date)),
            (
                Cell(number(float(each.m3), 1)),
                Cell(number(float(each.m3_high), 1), mark="shade2" if each.m3_high == most > 0 else ""),
                Cell(number(float(each.capacity_m3))),
                Cell(number(float(each.received_units))),
                Cell(number(float(each.gate_h_high), 1)),
                Cell(number(float(each.gate_staffed_h))),
            ),
        )
        for each in records(found.shelves)
    ]
    title, lead = say("needs_stock.shelves_title"), say("needs_stock.shelves_lead", n=number(found.ledgers))
    table = TablePart(say("needs_stock.shelves_first"), Table(heads, tuple(rows)))
    return Part("shelves", title, say("needs_stock.shelves_nav"), [lead], [table])


def _day(day: Any, formats: Formats) -> str:
    """A day; nothing where there is none (None, NaN)."""
    return formats.day(as_moment(day)) if hasattr(day, "year") and day == day else ""
