"""The form: which sheets it has, which figures each of them asks for, and what a cell may hold.

One description for all who deal with the form: the template writer, the reader, the builder of scenarios and the
documentation. What stands here has no words: headings, notes and choices in a language are in the catalogue
(``sim/report/catalogues/LANGUAGE.intake.yaml``), by the keys used here.

A sheet is either a list of figures, one on each row (`Sheet.table` False), or a table with a row for each thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

VERSION = 1  # of the form; a workbook of another version is refused with a remedy
MOST_ROWS = 2_000  # of a sheet; a scenario file of more SKUs is too long to be read
Kind = Literal["text", "name", "number", "whole", "share", "clock", "date", "moment", "weekdays", "choice"]


@dataclass(frozen=True)
class Column:
    """One figure that is asked for.

    Parameters
    ----------
    key
        Name within its sheet.
    kind
        What a cell may hold. `share`: 12 % or 0.12; `moment`: a date, with or without a time; `name`: what other
        sheets refer to.
    unit
        Key of the unit in the catalogue; empty for none.
    required
        Whether it must be filled in (in a table: on every row in use).
    low, high
        Bounds, inclusive; of clocks in minutes.
    above
        Whether `low` itself is too low.
    choices
        Keys of what can be chosen.
    path
        Dotted path of the scenario that it feeds; ``{}`` stands for the row's name. Empty: the builder knows.
    example
        A value as a planner would write it.
    section
        Heading below which it stands, on sheets that are lists of figures.
    """

    key: str
    kind: Kind
    unit: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()
    path: str = ""
    example: Any = None
    section: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet of the form.

    Parameters
    ----------
    key
        Its name in the catalogue.
    columns
        Figures, in order.
    table
        Whether each row is a thing of its own.
    examples
        Rows of a table as a planner would write them, by column; the first is shown in the template.
    prefilled
        Values that the template's input rows already have in the first column (the hours of a day).
    """

    key: str
    columns: tuple[Column, ...]
    table: bool = True
    examples: tuple[tuple[Any, ...], ...] = ()
    prefilled: tuple[Any, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.key: column for column in self.columns}


# Where things stand on a sheet; rows and columns count from 1.
TITLE_ROW, ABOUT_ROW, HEADING_ROW = 1, 2, 3
UNIT_ROW, EXAMPLE_ROW, FIRST_ROW = 4, 5, 6  # of a table
FIRST_COLUMN = 2  # of a table; the first one says which rows are units and examples
FIRST_FIGURE_ROW = 4  # of a list of figures
LABEL, VALUE, UNIT, EXAMPLE, ABOUT = 1, 2, 3, 4, 5  # columns of a list of figures
LAST_ROW = FIRST_ROW + MOST_ROWS - 1
