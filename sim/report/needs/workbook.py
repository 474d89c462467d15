"""The workbook for the warehouse: a sheet for each table, to be filtered, printed and written into.

Numbers are numbers, dates are dates; every text goes through :func:`sim.files.harmless`, so that nothing that stands in
a scenario becomes a formula.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np

from sim.files import harmless
from sim.planning.needs.budget import VEHICLES
from sim.planning.needs.result import Needs
from sim.planning.needs.stretches import planned_days
from sim.report.charts.faces import columns
from sim.report.formats import Formats
from sim.report.needs.sheet import DATE, MONEY, ONE, TEXT, TWO, WHOLE, Sheet, rows_of
from sim.report.needs.stock_sheets import stock_sheets
from sim.report.needs.tasks import task_heads, tasks_of
from sim.report.needs.words import name_of, records, targets_in_words, unit_of

NARROWEST, WIDEST = 9, 60


def workbook(found: Needs, formats: Formats, stamp: datetime) -> bytes:
    """The whole file.

    Parameters
    ----------
    stamp
        When it was made.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "surgesim"
    book.properties.title = formats.heading(found.scenario)
    book.properties.created = book.properties.modified = stamp.replace(tzinfo=None)
    for sheet in sheets(found, formats):
        _write(book, sheet)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write(book: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(sheet.title)
    for column, head in enumerate(sheet.heads, start=1):
        cell = page.cell(1, column, harmless(head))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EEF0F3")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(sheet.rows, start=2):
        for column, value in enumerate(row, start=1):
            _put(page.cell(number, column), value, sheet.formats[column - 1])
    for column, head in enumerate(sheet.heads, start=1):
        longest = max([_letters(head) / 2, *(_letters(row[column - 1]) for row in sheet.rows)])
        page.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(NARROWEST, longest + 2))
    page.freeze_panes = "B2"
    if sheet.rows:
        page.auto_filter.ref = page.dimensions
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:1"
    page.oddFooter.center.text = "&A, &P/&N"


def _put(cell: Any, value: Any, shape: str) -> None:
    """A value with its type; what is not known stays empty."""
    from openpyxl.styles import Alignment

    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, np.generic):
        value = value.item()
    cell.value = harmless(value)
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=columns(value) > WIDEST, vertical="top")
    else:
        cell.number_format = DATE if isinstance(value, date) else shape


def _letters(value: Any) -> float:
    if isinstance(value, float):
        return len(f"{value:,.1f}")
    return 10 if isinstance(value, date) else columns(str(value))


def sheets(found: Needs, formats: Formats) -> Iterator[Sheet]:
    """All sheets in order."""
    yield _summary(found, formats)
    yield _staffing(found, formats)
    yield _list(found, formats)
    yield _carriers(found, formats)
    yield _desk(found, formats)
    yield _storage(found, formats)
    yield from stock_sheets(found, formats)
    yield _budget(found, formats)
    yield _tasks(found, formats)


def _summary(found: Needs, formats: Formats) -> Sheet:
    say, proof, days = formats.say, found.proof, planned_days(found.scenario)
    total = found.budget.iloc[-1]
    rows = [
        (say("needs.summary.scenario"), formats.heading(found.scenario)),
        (say("needs.summary.plan"), formats.heading(found.plan)),
        (say("needs.summary.target"), targets_in_words(found, formats)),
        (say("needs.summary.probability"), found.probability),
        (say("needs.summary.success"), None if proof is None else proof.share),
        (say("needs.summary.replications"), None if proof is None else proof.n),
        (say("needs.summary.p"), None if proof is None else proof.p_value),
        (say("needs.summary.present"), found.present_share),
        (say("needs.summary.from"), found.scenario.date_of(days.start)),
        (say("needs.summary.to"), found.scenario.date_of(days.stop - 1)),
        (say("needs.summary.hours"), float(found.staff_hours["needed_h"].sum())),
        (say("needs.summary.hours_present"), float(found.staff_hours["present_h"].sum())),
        (say("needs.summary.cost"), round(float(total["needed"]))),
        (say("needs.summary.currency"), formats.currency),
    ]
    heads = [say("needs.list_first"), say("needs.head.value")]
    return Sheet(say("needs.sheet.summary"), heads, (TEXT, "General"), rows)


def _staffing(found: Needs, formats: Formats) -> Sheet:
    """A row for each role and day, a column for each hour: people at work, as a rota is read."""
    say, table = formats.say, found.staff_hours
    hours = sorted({int(each) for each in table["hour"]})
    rows: list[tuple[Any, ...]] = []
    for role in dict.fromkeys(table["role"]):
        own = table[table["role"] == role]
        for day in dict.fromkeys(own["date"]):
            part = own[own["date"] == day].set_index("hour")
            needed, present = part["needed_h"], part["present_h"]
            told = (float(needed.sum()), float(present.sum()), float(needed.sum() - present.sum()))
            rows.append((say(f"stage.{role}"), day, *told, *(float(needed.get(hour, 0.0)) for hour in hours)))
    heads = [say("needs.head.role"), say("needs.head.date"), say("needs.head.staff_h"), say("needs.head.present")]
    heads += [say("needs.head.gap"), *(f"{hour:02d}:00" for hour in hours)]
    shapes = (TEXT, DATE, ONE, ONE, ONE, *(ONE for _ in hours))
    return Sheet(say("needs.sheet.staffing"), heads, shapes, rows)


def _list(found: Needs, formats: Formats) -> Sheet:
    say, rows = formats.say, []
    for each in records(found.table()):
        need = found.named(str(each.need))
        rows.append(
            (
                name_of(found, need, formats),
                each.hours,
                unit_of(need, formats),
                each.closed_form,
                each.needed,
                each.present,
                each.gap,
                each.price if each.price else None,
                say("needs.binds") if each.binding else "",
            )
        )
    heads = [say("needs.list_first"), say("needs.head.hours"), say("needs.head.units"), say("needs.head.closed")]
    heads += [say("needs.head.needed"), say("needs.head.present"), say("needs.head.gap"), say("needs.head.price")]
    heads.append(say("needs.head.binding"))
    shapes = (TEXT, TEXT, TEXT, WHOLE, WHOLE, WHOLE, WHOLE, MONEY, TEXT)
    return Sheet(say("needs.sheet.needs"), heads, shapes, rows)


def _carriers(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    heads = [say("needs.head.carrier"), say("needs.head.date"), say("needs.head.time"), say("needs.head.mean")]
    heads += [say("needs.head.high", share=formats.share(found.probability, 0)), say("needs.head.capacity")]
    names = ("carrier", "date", "time", "parcels", "parcels_high", "capacity")
    return Sheet(
        say("needs.sheet.carriers"), heads, (TEXT, DATE, TEXT, ONE, WHOLE, WHOLE), rows_of(found.parcels, names)
    )


def _desk(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    heads = [say("needs.head.date"), say("needs.head.time"), say("needs.head.calls"), say("needs.head.messages")]
    heads += [say("needs.head.to_answer"), say("needs.head.agents"), say("needs.head.present"), say("needs.head.gap")]
    names = ("date", "time", "calls", "messages", "agents_to_answer", "agents", "present", "gap")
    shapes = (DATE, TEXT, TWO, TWO, WHOLE, ONE, ONE, ONE)
    return Sheet(say("needs.sheet.desk"), heads, shapes, rows_of(found.desk, names))


def _storage(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    high = say("needs.head.high", share=formats.share(found.probability, 0))
    heads = [say("needs.head.date"), say("needs.head.mean"), high, say("needs.head.room")]
    rows = rows_of(found.dock, ("date", "parcels", "parcels_high", "room"))
    return Sheet(say("needs.sheet.storage"), heads, (DATE, ONE, WHOLE, WHOLE), rows)


def line_in_words(line: str, formats: Formats) -> str:
    """A cost line's name."""
    say = formats.say
    if line == "total":
        return say("needs.total")
    return say("needs.further_vehicles") if line == VEHICLES else say(f"cost.{line}")


def _budget(found: Needs, formats: Formats) -> Sheet:
    say = formats.say
    rows = [
        (line_in_words(str(line), formats), *figures)
        for line, *figures in rows_of(found.budget, ("line", "present", "needed", "needed_high", "difference"))
    ]
    high = say("needs.head.high", share=formats.share(found.probability, 0))
    heads = [say("needs.head.line"), say("needs.head.present"), say("needs.head.needed"), high]
    heads.append(say("needs.head.difference"))
    return Sheet(say("needs.sheet.budget"), heads, (TEXT, MONEY, MONEY, MONEY, MONEY), rows)


def _tasks(found: Needs, formats: Formats) -> Sheet:
    rows = [(each.title, each.team, each.due, each.notes) for each in tasks_of(found, formats)]
    return Sheet(formats.say("needs.sheet.tasks"), task_heads(formats), (TEXT, TEXT, DATE, TEXT), rows)
