"""What a cell holds, by the kind of figure that is asked for; what it can't hold is told in words.

Values come back as a scenario writes them: clock times and moments as text, shares between 0 and 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from openpyxl.utils.datetime import to_excel

from sim.errors import nearest
from sim.intake.form import Column
from sim.intake.sheets import WEEK
from sim.intake.words import Words, shown
from sim.scenario.problems import shorten
from sim.scenario.types import YEARS, parse_clock, parse_moment, show_clock

LONGEST_TEXT = 1_000
LONGEST_NAME = {"sku": 100}  # others: 60, as carriers, channels and shifts
_REFERENCES = ("${", "???")  # what a configuration reads as a reference, or as a figure still to be given
_SPLIT = re.compile(r"[,;、，；\s]+")
_RANGE = re.compile(r"\s*(?:-|–|—|~|～|至|到)\s*")


class CellError(ValueError):
    """A cell that does not hold what is asked for; its text is the remedy."""


def value_of(given: Any, kind: str, number_format: str, column: Column, words: Words) -> Any:
    """The value of a cell.

    Parameters
    ----------
    given
        As openpyxl reads it, formulas as formulas; not None.
    kind
        openpyxl's type of the cell: ``f`` for a formula, ``e`` for an error.
    number_format
        Of the cell; it tells 12 % from 12.
    column
        What is asked for.

    Raises
    ------
    CellError
        If it can't be that.
    """
    if kind == "f":
        raise CellError("formula: paste its value (Copy, then Paste Special > Values)")
    if kind == "e":
        raise CellError("holds an error of the spreadsheet: write a value, or leave it empty")
    value = _READERS[column.kind](given, number_format, column, words)
    if isinstance(value, (int, float)):
        _bounded(value, column, words)
    return value


def told(given: Any) -> str:
    """A cell's content, shortened for print; control characters are shown, not sent to the terminal."""
    if isinstance(given, (datetime, date, time, timedelta)):
        return str(given)
    if not isinstance(given, (str, int, float, bool)) and given is not None:
        given = getattr(given, "text", None) or type(given).__name__
    return shorten(given)


def blank(given: Any) -> bool:
    """Whether a cell counts as empty."""
    return given is None or (isinstance(given, str) and not given.strip())


def _bounded(value: float, column: Column, words: Words) -> None:
    low, high = column.low, column.high
    if column.kind == "clock":
        return
    if low is not None and (value < low or (column.above and value == low)):
        raise CellError(f"must be {'more than' if column.above else 'at least'} {shown(column, low)}{_unit(column)}")
    if value > (1e9 if high is None else high):
        raise CellError(f"must be at most {shown(column, 1e9 if high is None else high)}{_unit(column)}")


def _unit(column: Column) -> str:
    return f" ({column.unit.replace('_', '/')})" if column.unit and column.kind != "share" else ""


def _number(given: Any, number_format: str, column: Column, words: Words) -> float:
    if isinstance(given, (datetime, date, time, timedelta)):
        raise CellError(f"a number is needed{_unit(column)}, not a date or time: set the cell's format to Number")
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        hint = ", not text" if isinstance(given, str) else ", not true or false"
        if isinstance(given, str) and re.fullmatch(r"\s*[-+]?[\d.,\s]+\s*", given):
            hint += ": the cell's format is Text; set it to Number and type it again"
        raise CellError(f"a number is needed{_unit(column)}{hint}")
    if not abs(given) < 1e300:
        raise CellError(f"a finite number is needed{_unit(column)}")
    if "%" in number_format:
        raise CellError(f"a number is needed{_unit(column)}, not a percentage: set the cell's format to Number")
    return float(given)


def _whole(given: Any, number_format: str, column: Column, words: Words) -> int:
    value = _number(given, number_format, column, words)
    if value != int(value):
        raise CellError(f"a whole number is needed{_unit(column)}")
    return int(value)


def _share(given: Any, number_format: str, column: Column, words: Words) -> float:
    if isinstance(given, str):
        match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[%％]\s*", given)
        if match is None:
            raise CellError("a share is needed: 12 % or 0.12, not text")
        return round(float(match[1]) / 100, 12)
    percent = "%" in number_format
    value = _number(given, "", column, words)
    if not percent and value >= 1:
        raise CellError(f"could be {value:g} % or {value * 100:g} %: write it with its % sign, or as 0.12")
    return value


def _text(given: Any, number_format: str, column: Column, words: Words) -> str:
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise CellError("text is needed: set the cell's format to Text and type it again")
    text = " ".join(str(given).split())
    if len(text) > LONGEST_TEXT:
        raise CellError(f"is too long: at most {LONGEST_TEXT:,} letters")
    return _plain(text)


def _name(given: Any, number_format: str, column: Column, words: Words) -> str:
    text = _text(given, number_format, column, words)
    longest = LONGEST_NAME.get(column.key, 60)
    if len(text) > longest:
        raise CellError(f"is too long for a name: at most {longest} letters")
    if text.startswith("_"):
        raise CellError("a name does not begin with _")
    return text


def _plain(text: str) -> str:
    """Text that a configuration reads as text."""
    for mark in _REFERENCES:
        if mark in text:
            raise CellError(f"can't hold {mark}, which stands for something else in a scenario")
    if not text.isprintable():
        raise CellError("holds characters that can't be printed: type it again")
    return text


def _clock(given: Any, number_format: str, column: Column, words: Words) -> str:
    minutes = _minutes(given)
    high = column.high or 2880.0
    if not 0 <= minutes <= high:
        raise CellError(f"a clock time lies between 00:00 and {show_clock(high)}")
    return show_clock(minutes)


def _minutes(given: Any) -> float:
    """Minutes after midnight of whatever a spreadsheet makes of a clock time."""
    if isinstance(given, timedelta):
        return round(given / timedelta(minutes=1), 6)
    if isinstance(given, time):
        return given.hour * 60 + given.minute + given.second / 60
    if isinstance(given, datetime) and given.year <= 1900:
        return round(float(to_excel(given)) * 1440, 6)  # past midnight: a date at the beginning of a spreadsheet's time
    if isinstance(given, str):
        text = given.strip().replace("：", ":")
        try:
            return parse_clock(text)
        except ValueError as error:
            raise CellError(str(error)) from None
    raise CellError("write a clock time as 14:00")


def _date(given: Any, number_format: str, column: Column, words: Words) -> str:
    moment = _moment_of(given, "write a date as 2026-11-05")
    if moment.hour or moment.minute or moment.second:
        raise CellError("write a date without a time, as 2026-11-05")
    return moment.date().isoformat()


def _moment(given: Any, number_format: str, column: Column, words: Words) -> str:
    moment = _moment_of(given, "write a date, or a date and time as 2026-11-11 20:00")
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat(timespec="minutes" if not moment.second else "seconds")


def _moment_of(given: Any, remedy: str) -> datetime:
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip().replace("/", "-"))
        except ValueError:
            raise CellError(remedy) from None
    if not isinstance(given, datetime):
        if not isinstance(given, date):
            raise CellError(remedy)
        given = datetime(given.year, given.month, given.day)
    if given.year not in YEARS or given.year == YEARS[0]:  # a spreadsheet's zero is in its first year
        raise CellError(f"dates lie between {YEARS[0] + 1} and {YEARS[-1]}; {remedy}")
    if given.tzinfo is not None:
        raise CellError("give local time without an offset; the site's time zone applies")
    nearest_second = (given + timedelta(microseconds=500_000)).replace(microsecond=0)
    parsed = parse_moment(nearest_second)
    assert isinstance(parsed, datetime)
    return parsed


def _weekdays(given: Any, number_format: str, column: Column, words: Words) -> list[str]:
    remedy = f"write weekdays as {words.weekdays('mon-fri')}, or {words.weekdays('mon, wed, sat')}"
    if not isinstance(given, str):
        raise CellError(remedy)
    text = given.strip().casefold()
    if text in {words.every_day.casefold(), "every day"}:
        return list(WEEK)
    names, found = words.day_names, set[int]()
    for part in _SPLIT.split(_RANGE.sub("-", text)):
        first, dash, last = part.partition("-")
        days = [names.get(_day(name)) for name in ((first, last) if dash else (first,))]
        if None in days:
            wrong = first if days[0] is None else last
            raise CellError(f"'{shorten(wrong)}' is no weekday{nearest(wrong, names)}; {remedy}")
        begin, end = WEEK.index(str(days[0])), WEEK.index(str(days[-1]))
        found |= {day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)}
    return [day for number, day in enumerate(WEEK) if number in found]


_NUMERALS = dict(zip("一二三四五六日天", ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "sun"), strict=True))


def _day(name: str) -> str:
    """A weekday's name as the form writes it: ``monday`` is ``mon``, 星期一 and 一 are 週一."""
    short = re.sub(r"^(?:星期|禮拜|周|週)?(?=[一二三四五六日天]$)", "", name)
    if short in _NUMERALS:
        return _NUMERALS[short]
    return name[:3] if re.fullmatch(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day", name) else name


def _choice(given: Any, number_format: str, column: Column, words: Words) -> str:
    there = {words.choice(key).casefold(): key for key in column.choices} | {
        key.casefold(): key for key in column.choices
    }
    text = given.strip().casefold() if isinstance(given, str) else ""
    if text in there:
        return there[text]
    listed = [words.choice(key) for key in column.choices]
    raise CellError(f"must be one of {'; '.join(listed)}{nearest(text, listed) if text else ''}")


_READERS: Final[dict[str, Callable[[Any, str, Column, Words], Any]]] = {
    "text": _text,
    "name": _name,
    "number": _number,
    "whole": _whole,
    "share": _share,
    "clock": _clock,
    "date": _date,
    "moment": _moment,
    "weekdays": _weekdays,
    "choice": _choice,
}
