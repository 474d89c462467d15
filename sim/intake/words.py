"""The words of the form in a language: headings, notes, units, choices."""

from __future__ import annotations

from functools import cache

import yaml

from sim.errors import InputError, Problem, nearest
from sim.intake.form import Column, Sheet
from sim.intake.sheets import WEEK
from sim.report.messages import CATALOGUES, Messages

LANGUAGES = ("en", "zh_TW")
_LONGEST_NOTE = 255  # what Excel shows of an input message


class Words:
    """Texts of the form.

    Parameters
    ----------
    language
        One of :data:`LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        text = (CATALOGUES / f"{language}.intake.yaml").read_text(encoding="utf-8")
        self.language = language
        self.text = Messages(language, yaml.safe_load(text)["intake"])

    def mark(self, key: str, **values: object) -> str:
        """A word of the form itself: *unit*, *example*, ..."""
        return self.text(f"marks.{key}", **values)

    def title(self, sheet: Sheet) -> str:
        """Name of a sheet."""
        return self.text(f"sheets.{sheet.key}.title")

    def about(self, sheet: Sheet) -> str:
        """What a sheet is about."""
        return self.text(f"sheets.{sheet.key}.about")

    def section(self, sheet: Sheet, section: str) -> str:
        """Heading within a list of figures."""
        return self.text(f"sheets.{sheet.key}.sections.{section}")

    def heading(self, sheet: Sheet, column: Column) -> str:
        """Heading of a column, or label of a figure."""
        return self.text(f"sheets.{sheet.key}.columns.{column.key}.heading")

    def unit(self, column: Column) -> str:
        """Unit of a figure; what kind of thing it is where it has none."""
        named = column.unit or ("share" if column.kind == "share" else "" if column.kind == "number" else column.kind)
        return self.text(f"units.{named}") if named else ""

    def note(self, sheet: Sheet, column: Column) -> str:
        """What a figure means, and what a cell may hold."""
        about = self.text(f"sheets.{sheet.key}.columns.{column.key}.about")
        parts = [about, self.bounds(column), self.mark("required") if column.required else ""]
        return "; ".join(part for part in parts if part)[:_LONGEST_NOTE]

    def bounds(self, column: Column) -> str:
        """Range of a number in words; empty where any will do."""
        if column.kind not in {"number", "whole", "share"} or column.low is None:
            return ""
        low, high = (shown(column, bound) for bound in (column.low, column.high))
        if column.high is None or column.high >= 10**9:
            return self.mark("above" if column.above else "from", low=low)
        return self.mark("above_to" if column.above else "range", low=low, high=high)

    def choice(self, key: str) -> str:
        """A choice as it stands in the drop-down list."""
        return self.text(f"choices.{key}")

    def weekdays(self, given: str) -> str:
        """``mon-sat`` in this language."""
        parts = []
        for part in given.split(", "):
            first, dash, last = part.partition("-")
            names = [self.text(f"weekdays.{day}") for day in (first, last) if day]
            parts.append(self.mark("day_range", first=names[0], last=names[1]) if dash else names[0])
        return self.mark("day_comma").join(parts)

    @property
    def day_names(self) -> dict[str, str]:
        """Name of a weekday -> its key, in this language and in English."""
        return {self.text(f"weekdays.{day}").casefold(): day for day in WEEK} | {day: day for day in WEEK}

    @property
    def every_day(self) -> str:
        """What to write for all weekdays."""
        return self.text("every_day")


def shown(column: Column, bound: float | None) -> str:
    """A bound as a planner would write it."""
    if bound is None:
        return ""
    return f"{bound * 100:g} %" if column.kind == "share" else f"{bound:g}"


@cache
def words_of(language: str) -> Words:
    """The words of a language.

    Raises
    ------
    InputError
        If there is no form in it.
    """
    if language not in LANGUAGES:
        remedy = f"must be one of {', '.join(LANGUAGES)}{nearest(language, LANGUAGES)}"
        raise InputError([Problem("lang", language, remedy)], "the form can't be written")
    return Words(language)
