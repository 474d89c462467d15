"""Stock in the workbook: a sheet of quantities and dates by SKU, one of production, one of shelves and gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.planning.needs.result import Needs
from sim.report.formats import Formats
from sim.report.needs.sheet import DATE, ONE, TEXT, TWO, WHOLE, Sheet, rows_of


def stock_sheets(found: Needs, formats: Formats) -> Iterator[Sheet]:
    """The sheet of stock, empty where there is none; the others only where there is something in them."""
    yield _skus(found, formats)
    if len(found.production):
        yield _production(found, formats)
    if len(found.shelves):
        yield _shelves(found, formats)


def _skus(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    columns = (
        ("line", say("needs_stock.head.source"), TEXT),
        ("mean_units", say("needs_stock.head.mean"), WHOLE),
        ("deviation_units", say("needs_stock.head.deviation"), WHOLE),
        ("fractile", say("needs_stock.head.fractile"), TWO),
        ("best_units", say("needs_stock.head.best"), WHOLE),
        ("safety_units", say("needs.head.safety"), WHOLE),
        ("there_units", say("needs_stock.head.there"), WHOLE),
        ("present_units", say("needs.head.present"), WHOLE),
        ("needed_units", say("needs.head.needed"), WHOLE),
        ("gap_units", say("needs.head.gap"), WHOLE),
        ("baked_ahead_units", say("needs_stock.head.ahead"), WHOLE),
        ("needed_on", say("needs_stock.head.needed_on"), DATE),
        ("order_by", say("needs.head.order_by"), DATE),
        ("production_h", say("needs_stock.head.production_h"), ONE),
        ("production_days", say("needs.head.production_days"), WHOLE),
        ("latest_start", say("needs.head.latest_start"), DATE),
        ("volume_m3", say("needs_stock.head.volume"), TWO),
    )
    rows = [
        (sku, line or say("needs_stock.bought"), *map(_known, rest))
        for sku, line, *rest in rows_of(found.stock, ("sku", *(name for name, _, _ in columns)))
    ]
    heads = [say("needs.head.sku"), *(head for _, head, _ in columns)]
    return Sheet(say("needs.sheet.stock"), heads, (TEXT, *(shape for _, _, shape in columns)), rows)


def _production(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    share = formats.share(found.probability, 0)
    heads = [
        say("needs_stock.head.line"),
        say("needs.head.date"),
        say("needs_stock.head.units"),
        say("needs_stock.head.units_high", share=share),
        say("needs_stock.head.hours"),
        say("needs_stock.head.hours_high", share=share),
        say("needs_stock.head.hours_needed"),
        say("needs_stock.head.hours_present"),
    ]
    shapes = (TEXT, DATE, WHOLE, WHOLE, ONE, ONE, ONE, ONE)
    names = ("line", "date", "units", "units_high", "hours", "hours_high", "hours_needed", "hours_present")
    return Sheet(say("needs_stock.sheet.production"), heads, shapes, rows_of(found.production, names))


def _shelves(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    share = formats.share(found.probability, 0)
    heads = [
        say("needs.head.date"),
        say("needs_stock.head.m3"),
        say("needs_stock.head.m3_high", share=share),
        say("needs_stock.head.capacity"),
        say("needs_stock.head.received"),
        say("needs_stock.head.gate"),
        say("needs_stock.head.gate_high", share=share),
        say("needs_stock.head.staffed"),
    ]
    names = ("date", "m3", "m3_high", "capacity_m3", "received_units", "gate_h", "gate_h_high", "gate_staffed_h")
    shapes = (DATE, ONE, ONE, ONE, WHOLE, ONE, ONE, ONE)
    return Sheet(say("needs_stock.sheet.shelves"), heads, shapes, rows_of(found.shelves, names))


def _known(value: Any) -> Any:
    """A cell; nothing for what is not known (NaN, NaT)."""
    return value if value == value else None
