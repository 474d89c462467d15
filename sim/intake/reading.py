"""Reading a filled-in form: sheets and headings found by their words, every cell judged by what is asked for there.

Nothing is computed: formulas are seen as formulas and refused. Every problem of every sheet is collected; a cell that
can't be read is kept as broken, so that nothing is said twice about what depends on it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sim.errors import InputError, Problem, nearest
from sim.intake import form
from sim.intake.cells import CellError, blank, told, value_of
from sim.intake.form import Column, Sheet
from sim.intake.safety import weigh
from sim.intake.sheets import FORM
from sim.intake.template import HIDDEN
from sim.intake.words import LANGUAGES, Words, words_of

HEADING = "the form can't be used"


@dataclass(frozen=True)
class Entry:
    """A cell that is filled in.

    Parameters
    ----------
    value
        As a scenario writes it; None where the cell can't be read.
    cell
        Sheet and cell, such as ``Stock!C7``.
    broken
        Whether it can't be read; the problem has been told.
    """

    value: Any
    cell: str
    broken: bool = False


@dataclass(frozen=True)
class Row:
    """What is filled in on a row of a table, or on a list of figures.

    Parameters
    ----------
    place
        Sheet and row, such as ``Stock!7``.
    entries
        Filled-in cells by column.
    cells
        Place of every column's cell, filled in or not.
    """

    place: str
    entries: Mapping[str, Entry]
    cells: Mapping[str, str]

    def value(self, key: str, default: Any = None) -> Any:
        """Value of a column; the default where it is empty or broken."""
        entry = self.entries.get(key)
        return default if entry is None or entry.broken else entry.value

    def given(self, key: str) -> bool:
        """Whether something is filled in, right or wrong."""
        return key in self.entries

    def sound(self, *keys: str) -> bool:
        """Whether none of these cells is broken."""
        return not any(key in self.entries and self.entries[key].broken for key in keys)


@dataclass
class Answers:
    """What a form says.

    Parameters
    ----------
    words
        Of its language.
    rows
        Rows in use, by sheet; a list of figures is one row.
    problems
        Everything wrong with sheets, headings and cells.
    warnings
        What is odd and does no harm.
    """

    words: Words
    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def table(self, key: str) -> list[Row]:
        """Rows of a table."""
        return self.rows.get(key, [])

    def figures(self, key: str) -> Row:
        """A list of figures."""
        rows = self.rows.get(key)
        return rows[0] if rows else Row(key, {}, {})


def read_form(path: Path) -> Answers:
    """Read a filled-in form.

    Parameters
    ----------
    path
        Workbook.

    Returns
    -------
    With every problem of its sheets, headings and cells.

    Raises
    ------
    InputError
        If the file is no form that can be opened.
    """
    weighed = weigh(path)
    if weighed.problems:
        raise InputError(weighed.problems, HEADING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl on extensions that it leaves out
        try:
            book = load_workbook(path, read_only=True, data_only=False, keep_links=False, rich_text=False)
        except Exception as error:  # whatever a damaged part makes openpyxl raise
            raise _damaged(path.name, error) from error
        try:
            answers = Answers(_words_of(book, path.name))
            full = {_part(book[title]): title for title in book.sheetnames if hasattr(book[title], "iter_rows")}
            _sheets(book, answers, {full[part]: why for part, why in weighed.full.items() if part in full})
        finally:
            book.close()
    return answers


def _damaged(place: str, error: BaseException) -> InputError:
    what = " ".join(str(error).split())[:120] or type(error).__name__
    return InputError([Problem(place, "", f"is damaged, or no .xlsx workbook: {what}")], HEADING)


def _part(place: Any) -> str:
    """Part of the archive in which a sheet is stored."""
    return str(getattr(place, "_worksheet_path", "")).lstrip("/")


def _words_of(book: Any, name: str) -> Words:
    """Language of a form, by its hidden sheet."""
    remedy = "is not a form that surgesim wrote: begin with  surgesim template FILE.xlsx"
    if HIDDEN not in book.sheetnames:
        raise InputError([Problem(name, "", remedy)], HEADING)
    try:
        rows = list(book[HIDDEN].iter_rows(min_row=1, max_row=3, max_col=2, values_only=True))
    except Exception as error:  # as above
        raise _damaged(name, error) from error
    facts = {row[0]: row[1] for row in rows[1:] if len(row) == 2}
    language = facts.get("language")
    if not rows or language not in LANGUAGES:
        raise InputError([Problem(name, "", remedy)], HEADING)
    if facts.get("version") != form.VERSION:
        remedy = f"must be {form.VERSION}: write a new form by  surgesim template  and copy the figures over"
        raise InputError([Problem(f"{name}: version of the form", told(facts.get("version")), remedy)], HEADING)
    return words_of(str(language))


def _sheets(book: Any, answers: Answers, full: Mapping[str, str]) -> None:
    words, there = answers.words, [title for title in book.sheetnames if title != HIDDEN]
    known = {words.title(sheet): sheet for sheet in FORM}
    others = [title for title in there if title not in known and title != words.text("instructions.title")]
    for title, sheet in known.items():
        if title not in there or not hasattr(book[title], "iter_rows"):
            hint = nearest(title, others)
            remedy = f"the sheet is missing{hint or '; copy it from a new form'}: sheets keep their names"
            answers.problems.append(Problem(title, "", remedy))
            continue
        if title in full:
            answers.problems.append(Problem(title, "", full[title]))
        try:
            grid = _Grid(title, book[title])
        except Exception as error:  # a damaged part: openpyxl reads sheets only now
            answers.problems.append(_damaged(title, error).problems[0])
            continue
        (_read_table if sheet.table else _read_figures)(grid, sheet, answers)
    answers.warnings += [Problem(title, "", "is no sheet of the form and was not read") for title in others]


class _Cell(NamedTuple):
    """A cell that holds something."""

    value: Any
    data_type: str
    number_format: str


class _Grid:
    """Cells of a sheet that hold something: as far as the form goes, and no further."""

    def __init__(self, title: str, place: Any) -> None:
        self.title = title
        self.rows: dict[int, dict[int, _Cell]] = {}
        place.reset_dimensions()  # what the file says of its size need not be so
        for row in place.iter_rows(min_row=1, max_row=form.LAST_ROW):
            for cell in row:
                if not blank(cell.value):
                    kept = _Cell(cell.value, str(cell.data_type), str(cell.number_format or ""))
                    self.rows.setdefault(cell.row, {})[cell.column] = kept

    def cell(self, row: int, column: int) -> _Cell | None:
        """The cell there, or None."""
        return self.rows.get(row, {}).get(column)

    def name(self, row: int, column: int) -> str:
        """Its place as a planner says it."""
        quoted = f"'{self.title}'" if " " in self.title else self.title
        return f"{quoted}!{get_column_letter(column)}{row}"

    def texts(self, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Trimmed texts of cells."""
        found = {}
        for place in cells:
            cell = self.cell(*place)
            if cell is not None and isinstance(cell.value, str) and cell.data_type != "f":
                found[place] = " ".join(cell.value.split())
        return found


def _entry(grid: _Grid, row: int, at: int, column: Column, answers: Answers) -> Entry | None:
    cell, place = grid.cell(row, at), grid.name(row, at)
    if cell is None:
        return None
    try:
        value = value_of(cell.value, cell.data_type, cell.number_format, column, answers.words)
    except CellError as error:
        answers.problems.append(Problem(place, told(cell.value), str(error)))
        return Entry(None, place, broken=True)
    return Entry(value, place)


def _found(
    grid: _Grid, sheet: Sheet, answers: Answers, texts: Mapping[tuple[int, int], str], where: Sequence[tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Where the heading of each column stands; those that are missing or strange are told.

    Parameters
    ----------
    texts
        What stands where headings may stand.
    where
        Where the template has the heading of each column.
    """
    words = answers.words
    by_text: dict[str, list[tuple[int, int]]] = {}
    for place, text in texts.items():
        by_text.setdefault(text, []).append(place)
    expected = {words.heading(sheet, column): column for column in sheet.columns}
    strange = [text for text in by_text if text not in expected]
    found = {}
    for (heading, column), usual in zip(expected.items(), where, strict=True):
        places = by_text.get(heading, [])
        if places:
            found[column.key] = places[0]
            for again in places[1:]:
                answers.problems.append(Problem(grid.name(*again), heading, "this heading stands here twice"))
            continue
        there = texts.get(usual, "")
        remedy = f"the heading must be '{heading}'" + ("" if there in strange else f"{nearest(heading, strange)}")
        answers.problems.append(Problem(grid.name(*usual), told(there) if there else "", remedy))
    return found


def _read_table(grid: _Grid, sheet: Sheet, answers: Answers) -> None:
    places = [(form.HEADING_ROW, form.FIRST_COLUMN + number) for number in range(len(sheet.columns))]
    last = max([column for _, column in places] + [max(cells) for cells in grid.rows.values()], default=1)
    texts = grid.texts((form.HEADING_ROW, column) for column in range(form.FIRST_COLUMN, last + 1))
    found = _found(grid, sheet, answers, texts, places)
    columns = {sheet.by_key[key]: at for key, (_, at) in found.items()}
    first = sheet.columns[0]
    rows = []
    for number in sorted(row for row in grid.rows if row >= form.FIRST_ROW):
        filled = [column for column, at in columns.items() if grid.cell(number, at) is not None]
        if not filled or (sheet.prefilled and filled == [first]):
            if any(at >= form.FIRST_COLUMN for at in grid.rows[number]) and not filled:
                answers.warnings.append(Problem(f"{grid.title}!{number}", "", "stands below no heading; not read"))
            continue
        rows.append(_row(grid, number, columns, answers))
    answers.rows[sheet.key] = rows


def _row(grid: _Grid, number: int, columns: Mapping[Column, int], answers: Answers) -> Row:
    entries = {}
    for column, at in columns.items():
        entry = _entry(grid, number, at, column, answers)
        if entry is not None:
            entries[column.key] = entry
        elif column.required:
            answers.problems.append(Problem(grid.name(number, at), "", "must be filled in"))
    cells = {column.key: grid.name(number, at) for column, at in columns.items()}
    return Row(f"{grid.title}!{number}", entries, cells)


def _read_figures(grid: _Grid, sheet: Sheet, answers: Answers) -> None:
    usual = list(_usual_rows(sheet))
    head = grid.cell(form.HEADING_ROW, form.VALUE)
    expected = answers.words.mark("value")
    if head is None or head.value != expected:
        given = "" if head is None else told(head.value)
        place = grid.name(form.HEADING_ROW, form.VALUE)
        answers.problems.append(Problem(place, given, f"the heading must be '{expected}'"))
        return
    sections = {answers.words.section(sheet, column.section) for column in sheet.columns}
    labels = grid.texts((row, form.LABEL) for row in grid.rows if row >= form.FIRST_FIGURE_ROW)
    labels = {place: text for place, text in labels.items() if text not in sections}
    found = _found(grid, sheet, answers, labels, usual)
    entries = {}
    for key, (row, _) in found.items():
        column = sheet.by_key[key]
        entry = _entry(grid, row, form.VALUE, column, answers)
        if entry is not None:
            entries[key] = entry
        elif column.required:
            label = answers.words.heading(sheet, column)
            answers.problems.append(Problem(grid.name(row, form.VALUE), "", f"must be filled in ({label})"))
    cells = {key: grid.name(row, form.VALUE) for key, (row, _) in found.items()}
    answers.rows[sheet.key] = [Row(grid.title, entries, cells)]


def _usual_rows(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """Where the template has the label of each figure."""
    row, section = form.FIRST_FIGURE_ROW, ""
    for column in sheet.columns:
        if column.section != section:
            section, row = column.section, row + 1
        yield row, form.LABEL
        row += 1
