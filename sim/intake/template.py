"""The workbook that a planner fills in: sheets with headings, units, examples, drop-downs and validation.

On a table the second column is the first to be filled in: the first one says which rows are units and examples. The
row of examples is never read, so nobody has to delete it.
"""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sim.errors import InputError, Problem, nearest
from sim.files import harmless, told, written_whole
from sim.intake import form
from sim.intake.examples import EXAMPLES, Filled
from sim.intake.form import Column, Sheet
from sim.intake.sheets import FORM
from sim.intake.words import Words, words_of
from sim.scenario.types import parse_clock

HEADING = "the form can't be written"
HIDDEN = "_form"  # sheet by which the reader knows a form, its version and its language
INPUT_ROWS: Final = 60  # drawn with a ground and a frame; further ones are checked and read all the same
FORMATS: Final = {
    "number": "General",
    "whole": "0",
    "share": "0.0#\\ %",
    "clock": "[hh]:mm",
    "date": "yyyy\\-mm\\-dd",
    "moment": "yyyy\\-mm\\-dd\\ hh:mm",
}
_GREY = Font(name="Calibri", italic=True, color="808080")
_BODY = Font(name="Calibri")
_BOLD = Font(name="Calibri", bold=True)
_HEAD = PatternFill("solid", fgColor="DDE6EE")
_SECTION = PatternFill("solid", fgColor="EEF2F6")
_NEEDED = PatternFill("solid", fgColor="FFF7D6")
_LINE = Side(style="thin", color="D0D7DE")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAP = Alignment(wrap_text=True, vertical="top")
_WIDTHS: Final = {"text": 26, "name": 18, "choice": 22, "weekdays": 20, "moment": 19, "date": 13, "clock": 11}


def write_template(
    path: str | os.PathLike[str], lang: str = "en", *, example: str | None = None, replace: bool = False
) -> Path:
    """Write the intake form as a workbook.

    Parameters
    ----------
    path
        File to write; must end in ``.xlsx``.
    lang
        ``en`` or ``zh_TW``: headings, notes and drop-downs.
    example
        One of :data:`sim.intake.examples.EXAMPLES` to fill in, to try the form out: ``small_shop``, ``cookie_shop``.
    replace
        Whether a file that is there may be overwritten.

    Returns
    -------
    The file.

    Raises
    ------
    InputError
        If the language or the example is unknown, the file is there already, or it can't be written.
    """
    words, place = words_of(lang), Path(path).expanduser()
    if place.suffix.lower() != ".xlsx":
        raise InputError([Problem(str(place), "", "the form is an Excel workbook: name it something.xlsx")], HEADING)
    if os.path.lexists(place) and not (replace and place.is_file()):
        remedy = "exists already: name another file, or say replace=true" if place.is_file() else "is not a file"
        raise InputError([Problem(str(place), "", remedy)], HEADING)
    if example is not None and example not in EXAMPLES:
        known = f"there are: {', '.join(EXAMPLES)}{nearest(example, EXAMPLES)}"
        raise InputError([Problem("example", example, known)], HEADING)
    book = workbook(words, {} if example is None else EXAMPLES[example])
    with told(place, HEADING):
        place.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(place) as partial:
            book.save(partial)
    return place


def workbook(words: Words, filled: Filled) -> Workbook:
    """The form in a language, with what is filled in."""
    book = Workbook()
    book.properties.title = words.mark("file")
    book.properties.creator = "surgesim"
    _instructions(book.active, words)
    for sheet in FORM:
        place = book.create_sheet(words.title(sheet))
        (_table if sheet.table else _figures)(place, sheet, words, filled.get(sheet.key))
        _for_print(place, words)
    hidden = book.create_sheet(HIDDEN)
    hidden.sheet_state = "veryHidden"
    for row in (("surgesim intake form",), ("version", form.VERSION), ("language", words.language)):
        hidden.append(row)
    return book


def _instructions(place: Worksheet, words: Words) -> None:
    place.title = words.text("instructions.title")
    place.column_dimensions["A"].width = 100
    for number, line in enumerate(words.text.words("instructions.lines"), start=1):
        cell = place.cell(number, 1, harmless(line))
        cell.alignment, cell.font = _WRAP, Font(name="Calibri", bold=number == 1, size=16 if number == 1 else 11)
        place.row_dimensions[number].height = 26 if number == 1 else _height(line, 100)
    _for_print(place, words)


def _heads(place: Worksheet, sheet: Sheet, words: Words, columns: int) -> None:
    place.cell(form.TITLE_ROW, 1, words.title(sheet)).font = Font(name="Calibri", bold=True, size=14)
    about = place.cell(form.ABOUT_ROW, 1, words.about(sheet))
    about.alignment, about.font = _WRAP, _BODY
    place.merge_cells(start_row=form.ABOUT_ROW, start_column=1, end_row=form.ABOUT_ROW, end_column=columns)


def _head(cell: Cell, text: str) -> None:
    cell.value, cell.font, cell.fill, cell.border = text, _BOLD, _HEAD, _BOX
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def _table(place: Worksheet, sheet: Sheet, words: Words, filled: Any) -> None:
    """A row for each thing: headings, units, an example, and then room to write."""
    widths = [_width(column, words.heading(sheet, column)) for column in sheet.columns]
    place.column_dimensions["A"].width = 10
    for row, mark in ((form.HEADING_ROW, ""), (form.UNIT_ROW, "unit"), (form.EXAMPLE_ROW, "example")):
        cell = place.cell(row, 1, words.mark(mark) if mark else None)
        cell.font = _GREY
    rows = len(sheet.prefilled) or form.MOST_ROWS
    last = form.FIRST_ROW + rows - 1
    for number, column in enumerate(sheet.columns):
        at = form.FIRST_COLUMN + number
        letter = get_column_letter(at)
        place.column_dimensions[letter].width = widths[number]
        place.column_dimensions[letter].number_format = FORMATS.get(column.kind, "@")
        heading = place.cell(form.HEADING_ROW, at)
        _head(heading, words.heading(sheet, column))
        shown = sheet.examples[0][number]
        heading.comment = _note(sheet, column, words, shown)
        unit, given = place.cell(form.UNIT_ROW, at, words.unit(column)), place.cell(form.EXAMPLE_ROW, at)
        unit.font = given.font = _GREY
        unit.alignment = Alignment(wrap_text=True, vertical="top")
        _write(given, column, shown, words)
        _validate(place, sheet, column, words, f"{letter}{form.FIRST_ROW}:{letter}{last}")
        for row in range(form.FIRST_ROW, form.FIRST_ROW + min(rows, INPUT_ROWS)):
            _prepare(place.cell(row, at), column)
    for number, value in enumerate(sheet.prefilled):
        _write(place.cell(form.FIRST_ROW + number, form.FIRST_COLUMN), sheet.columns[0], value, words)
    for row, values in enumerate(filled or (), start=form.FIRST_ROW):
        for at, (column, value) in enumerate(zip(sheet.columns, values, strict=True), start=form.FIRST_COLUMN):
            _write(place.cell(row, at), column, value, words)
    _heads(place, sheet, words, min(len(sheet.columns) + 1, 8))
    place.row_dimensions[form.ABOUT_ROW].height = _height(words.about(sheet), 10 + sum(widths[:7]))
    headings = zip(sheet.columns, widths, strict=True)
    place.row_dimensions[form.HEADING_ROW].height = max(
        _height(words.heading(sheet, column), width - 1) for column, width in headings
    )
    place.freeze_panes = place.cell(form.FIRST_ROW, form.FIRST_COLUMN + 1)
    place.print_title_rows = f"{form.HEADING_ROW}:{form.UNIT_ROW}"


def _figures(place: Worksheet, sheet: Sheet, words: Words, filled: Any) -> None:
    """A row for each figure, below headings of sections."""
    for letter, width in zip("ABCDE", (32, 24, 17, 24, 70), strict=True):
        place.column_dimensions[letter].width = width
    titles = ("figure", "value", "unit_heading", "example_heading", "about")
    for at, mark in enumerate(titles, start=1):
        _head(place.cell(form.HEADING_ROW, at), words.mark(mark))
    row, section = form.FIRST_FIGURE_ROW, ""
    for column in sheet.columns:
        if column.section != section:
            section = column.section
            for at in range(1, form.ABOUT + 1):
                place.cell(row, at).fill = _SECTION
            place.cell(row, 1, words.section(sheet, section)).font = _BOLD
            row += 1
        _figure(place, row, sheet, column, words)
        _write(place.cell(row, form.VALUE), column, (filled or {}).get(column.key), words)
        row += 1
    _heads(place, sheet, words, form.ABOUT)
    place.freeze_panes = place.cell(form.FIRST_FIGURE_ROW, form.VALUE + 1)
    place.print_title_rows = f"{form.HEADING_ROW}:{form.HEADING_ROW}"


def _figure(place: Worksheet, row: int, sheet: Sheet, column: Column, words: Words) -> None:
    label = place.cell(row, form.LABEL, words.heading(sheet, column))
    unit, given = place.cell(row, form.UNIT, words.unit(column)), place.cell(row, form.EXAMPLE)
    about = place.cell(row, form.ABOUT, words.note(sheet, column))
    for cell in (label, unit, about):
        cell.alignment, cell.font = _WRAP, _BODY
    unit.font = given.font = _GREY
    given.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    _write(given, column, column.example, words)
    given.font = _GREY
    value = place.cell(row, form.VALUE)
    _prepare(value, column)
    value.alignment = Alignment(horizontal="left", vertical="top", wrap_text=column.kind == "text")
    _validate(place, sheet, column, words, value.coordinate)
    place.row_dimensions[row].height = max(_height(words.note(sheet, column), 70), _height(label.value, 32))


def _prepare(cell: Cell, column: Column) -> None:
    """An empty cell to be filled in."""
    cell.number_format = FORMATS.get(column.kind, "@")
    cell.font, cell.border = _BODY, _BOX
    if column.required:
        cell.fill = _NEEDED


def _write(cell: Cell, column: Column, value: Any, words: Words) -> None:
    """A value of the description as a planner would type it."""
    if value is None:
        return
    cell.number_format = FORMATS.get(column.kind, "@")
    if column.kind == "choice":
        value = words.choice(value)
    elif column.kind == "weekdays":
        value = words.weekdays(value)
    elif column.kind == "clock":
        value = timedelta(minutes=parse_clock(value))
    elif isinstance(value, float) and value.is_integer() and column.kind != "share":
        value = int(value)
    cell.value = harmless(value)


def _note(sheet: Sheet, column: Column, words: Words, value: Any) -> Comment:
    text = words.note(sheet, column)
    if value is not None:
        text = f"{text}\n{words.mark('example_note', value=_told(column, value, words))}"
    note = Comment(text, "surgesim")
    note.width, note.height = 260, 20 + 18 * (len(text) // 32 + 2)
    return note


def _told(column: Column, value: Any, words: Words) -> str:
    """An example in a sentence."""
    if column.kind == "choice":
        return words.choice(value)
    if column.kind == "weekdays":
        return words.weekdays(value)
    if column.kind == "share":
        return f"{value * 100:g} %"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _validate(place: Worksheet, sheet: Sheet, column: Column, words: Words, cells: str) -> None:
    rule = _rule(column, words)
    if rule is None:
        return
    rule.errorTitle, rule.error = words.heading(sheet, column)[:32], _refusal(column, words)
    rule.promptTitle, rule.prompt = words.heading(sheet, column)[:32], words.note(sheet, column)
    rule.showErrorMessage = rule.showInputMessage = True
    place.add_data_validation(rule)
    rule.add(cells)


def _refusal(column: Column, words: Words) -> str:
    detail = words.bounds(column) or words.unit(column)
    return f"{words.mark('wrong')}: {detail}"[:225]


def _rule(column: Column, words: Words) -> DataValidation | None:
    """What a spreadsheet lets a cell hold; None for names and texts, which the reader judges."""
    if column.kind == "choice":
        listed = ",".join(words.choice(key) for key in column.choices)
        return DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    if column.kind in {"number", "share", "whole"}:
        return _numeric(column)
    if column.kind in {"date", "moment"}:
        return DataValidation(
            type="date", operator="between", formula1=_serial(1900), formula2=_serial(2199), allow_blank=True
        )
    if column.kind == "clock":
        # the length of a day is 1; a decimal rule takes what is past midnight too
        most = (column.high or 0.0) / 1440.0
        return DataValidation(
            type="decimal", operator="between", formula1="0", formula2=f"{most:.6f}", allow_blank=True
        )
    return None


def _numeric(column: Column) -> DataValidation:
    kind = "whole" if column.kind == "whole" else "decimal"
    low = 0.0 if column.low is None else column.low
    high = 1e9 if column.high is None else column.high
    if column.above:
        return DataValidation(type=kind, operator="greaterThan", formula1=f"{low:g}", allow_blank=True)
    bounds = [f"{bound:.0f}" if bound == int(bound) else f"{bound:g}" for bound in (low, high)]
    return DataValidation(type=kind, operator="between", formula1=bounds[0], formula2=bounds[1], allow_blank=True)


def _serial(year: int) -> str:
    """First day of a year as a spreadsheet counts days."""
    return str((date(year, 1, 1) - date(1899, 12, 30)).days)


def _width(column: Column, heading: str) -> float:
    longest = max(_length(word) for word in heading.split())
    return max(_WIDTHS.get(column.kind, 12), min(longest + 3, 24))


def _length(text: str) -> int:
    """Columns of a text: an ideograph takes two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _height(text: str, width: float) -> float:
    """Height of a row in points that shows a wrapped text."""
    return 15.5 * max(1, -(-_length(text) // max(1, int(width))))


def _for_print(place: Worksheet, words: Words) -> None:
    place.page_setup.orientation, place.page_setup.paperSize = "landscape", place.PAPERSIZE_A4
    place.page_setup.fitToWidth, place.page_setup.fitToHeight = 1, 0
    place.sheet_properties.pageSetUpPr.fitToPage = True
    place.oddFooter.left.text, place.oddFooter.right.text = "&A", words.mark("page")
