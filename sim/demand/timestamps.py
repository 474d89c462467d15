"""Dates and times as real exports write them: text -> microseconds of local wall clock, many at once.

Read are

- year first: ``2025-11-11 10:05:23``, ``2025/11/11T10:05``, ``20251111 100523``, with fractions of seconds;
- day and month as numbers: ``11/14/2025 8:26 PM``, ``14.11.2025 20:26``. Which comes first is decided once for the
  whole column, by a value that can be read in one way only; without such a value, or with values of both kinds, the
  column is refused, never guessed;
- months by their English names: ``14 Nov 2025 20:26``, ``Nov 14, 2025 8:26 pm``;
- AM and PM after the time, or 上午 and 下午 before it;
- an offset from UTC after it: ``Z``, ``UTC``, ``+0800``, ``-05:00``.

Two-digit years, bare numbers (seconds since 1970, spreadsheet serial numbers) and abbreviations of zones (``EST``)
are refused, because each of them can mean several things.

**Time zones.** The simulation's clock is the wall clock of the scenario's time zone and knows no daylight saving.
Times with an offset are instants and are turned into that wall clock. Times without one are wall clock of the file's
time zone; where that is the scenario's too they are taken as written. Otherwise a time that the file's zone skipped
in spring is moved forward by the length of the gap, and one that it had twice in autumn is taken as the first of the
two. In the scenario's own zone a spring change leaves an hour without orders, an autumn change puts two hours on one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1)
_QUARTER_HOUR = 15 * MINUTE  # zones change their offset on such boundaries only

EMPTY, UNREADABLE, NO_SUCH_TIME, SHORT_YEAR, BARE_NUMBER = 1, 2, 3, 4, 5
REASONS = {
    EMPTY: "is empty",
    UNREADABLE: "is no date that can be read; write it as 2025-11-11 10:05:23",
    NO_SUCH_TIME: "no such day or time",
    SHORT_YEAR: "a year of two digits can't be told from a day; write the date as 2025-11-11 10:05:23",
    BARE_NUMBER: "a bare number is no date; write it as 2025-11-11 10:05:23",
}

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_ZEROS = str.maketrans("123456789", "000000000")

# Patterns are matched against the shape of a value, in which every digit is written as 0
_TIME = r"""
    (?: (?: \s*,?\s+ | \s*T )
        (?P<before>[AaPp][Mm]|上午|下午)? \s*
        (?P<hour>00?) : (?P<minute>00) (?: :(?P<second>00) (?:[.,](?P<fraction>0{1,9}))? )? \s*
        (?P<after>[AaPp]\.?[Mm]\.?)? \s*
        (?P<zone>Z|UTC|GMT|(?:UTC|GMT)?(?P<sign>[+-])(?P<zone_h>00)(?::?(?P<zone_min>00))?)?
    )?$"""
_DAY_FIRST_NAME = r"(?:[A-Za-z]{3,9},?\s+)?(?P<day>00?)(?P<gap>[ -])(?P<name>[A-Za-z]{3,9})\.?,?(?P=gap)(?P<year>0000)"
_MONTH_FIRST_NAME = r"(?:[A-Za-z]{3,9},?\s+)?(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>00?),?\s+(?P<year>0000)"
_SHAPES = tuple(
    re.compile(date + _TIME, re.VERBOSE)
    for date in (
        r"(?P<year>0000)(?P<gap>[-/.])(?P<month>00?)(?P=gap)(?P<day>00?)",
        r"(?P<one>00?)(?P<gap>[-/.])(?P<two>00?)(?P=gap)(?P<year>0000)",
        _DAY_FIRST_NAME.replace(" -", r"\ -"),
        _MONTH_FIRST_NAME,
        r"(?P<year>0000)(?P<month>00)(?P<day>00)",
    )
)
_COMPACT = re.compile(r"(?P<year>0000)(?P<month>00)(?P<day>00)[T ]?(?P<hour>00)(?P<minute>00)(?P<second>00)$")
_SHORT_YEAR = re.compile(r"00?[-/.]00?[-/.]00(\D.*)?$")
_BARE_NUMBER = re.compile(r"-?0+([.,]0+)?$")


@dataclass(frozen=True)
class Stamps:
    """Parsed times, one per text.

    Parameters
    ----------
    micros
        Microseconds since 1970: of UTC where `aware`, else of the wall clock; 0 where `fault`.
    aware
        The text gave an offset from UTC.
    timed
        The text gave a time of day.
    fault
        0, or a key of :data:`REASONS`.
    order
        ``"day first"`` or ``"month first"`` where that had to be found out, else empty.
    problem
        Why the column as a whole can't be read; None where it can.
    """

    micros: Ints
    aware: Flags
    timed: Flags
    fault: NDArray[np.int8]
    order: str = ""
    problem: Problem | None = None


def _groups(texts: Sequence[str]) -> Iterator[tuple[str, Ints]]:
    """Shapes among the texts, each with the positions of the texts that have it."""
    shapes: dict[str, int] = {}
    codes = np.array([shapes.setdefault(text.translate(_ZEROS), len(shapes)) for text in texts], dtype=np.int64)
    ends = np.cumsum(np.bincount(codes, minlength=len(shapes) or 1))
    yield from zip(shapes or [""], np.split(np.argsort(codes, kind="stable"), ends[:-1]), strict=True)


def _month_of(name: str) -> int:
    """1 to 12, or 0 when it is not the name of a month."""
    folded = "sep" if name.casefold() == "sept" else name.casefold()
    return next((number for number, month in enumerate(MONTHS, 1) if month.startswith(folded)), 0)


def _match(shape: str) -> re.Match[str] | int:
    """How a shape is read, or the reason why it isn't."""
    if not shape:
        return EMPTY
    for pattern in (_COMPACT, *_SHAPES):
        match = pattern.match(shape)
        if match is not None and ("name" not in match.groupdict() or _month_of(match["name"])):
            return match
    if _SHORT_YEAR.match(shape):
        return SHORT_YEAR
    return BARE_NUMBER if _BARE_NUMBER.match(shape) else UNREADABLE


class _Fields:
    """Numbers at the places that a shape says, for all texts of that shape."""

    def __init__(self, texts: Sequence[str], match: re.Match[str]) -> None:
        width = len(match.string)
        self.count = len(texts)
        self.match = match
        self.chars = np.array(texts, dtype=f"<U{width}").view("<u4").reshape(self.count, width)

    def has(self, name: str) -> bool:
        return self.match.groupdict().get(name) is not None

    def number(self, name: str, default: int = 0) -> Ints:
        if not self.has(name):
            return np.full(self.count, default, dtype=np.int64)
        start, end = self.match.span(name)
        powers = 10 ** np.arange(end - start - 1, -1, -1, dtype=np.int64)
        return np.asarray((self.chars[:, start:end].astype(np.int64) - ord("0")) @ powers, dtype=np.int64)


def _days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Flags]:
    """Days since 1970, and which dates exist."""
    sane = (year >= 1900) & (year <= 2200) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(sane, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.where(sane, first + day - 1, 0), sane & (day <= following - first)


def _time_of_day(fields: _Fields) -> tuple[Ints, Flags]:
    """Microseconds after midnight, and which times exist."""
    hour, minute, second = fields.number("hour"), fields.number("minute"), fields.number("second")
    valid = (hour <= 23) & (minute <= 59) & (second <= 59)
    groups = fields.match.groupdict()
    half = (groups.get("before") or groups.get("after") or "").replace(".", "").casefold()
    if half:
        valid &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + (12 if half in ("pm", "下午") else 0)
    micros = hour * 3600 * SECOND + minute * MINUTE + second * SECOND
    if fields.has("fraction"):
        start, end = fields.match.span("fraction")
        micros += fields.number("fraction") * SECOND // 10 ** (end - start)
    return micros, valid


def _offset(fields: _Fields) -> tuple[Ints, Flags]:
    """Microseconds ahead of UTC, and which offsets exist."""
    hours, minutes = fields.number("zone_h"), fields.number("zone_min")
    sign = -1 if fields.match.groupdict().get("sign") == "-" else 1
    return sign * (hours * 60 + minutes) * MINUTE, (hours <= 15) & (minutes <= 59)


def _which_first(texts: Sequence[str], numbers: Sequence[tuple[Ints, Ints, Ints]]) -> tuple[str, Problem | None]:
    """Whether day or month comes first in dates like 11/14/2025, from the whole column; nothing where there are none.

    `numbers` holds positions in `texts`, first and second number of each date.
    """
    if not numbers:
        return "", None
    where, one, two = (np.concatenate(part) for part in zip(*numbers, strict=True))
    day_first = where[(one > 12) & (one <= 31) & (two >= 1) & (two <= 12)]
    month_first = where[(two > 12) & (two <= 31) & (one >= 1) & (one <= 12)]
    remedy = "; write dates year first, as 2025-11-11 10:05:23"
    if len(day_first) and len(month_first):
        given = f"{texts[day_first[0]]!r} and {texts[month_first[0]]!r}"
        return "", Problem("placed", given, f"the first has the day first, the second the month{remedy}")
    if len(day_first) or len(month_first):
        return ("day first" if len(day_first) else "month first"), None
    either = where[(one <= 12) & (two <= 12) & (one != two)]
    if not len(either):
        return "", None
    given = repr(texts[int(either[0])])
    return "", Problem("placed", given, f"no date in the file tells whether day or month comes first{remedy}")


def parse_stamps(texts: Sequence[str]) -> Stamps:
    """Parse dates and times, each once.

    Parameters
    ----------
    texts
        Values as in the file, outer blanks removed.

    Returns
    -------
    One time per text, with the faults of those that can't be read.
    """
    count = len(texts)
    micros, aware, timed = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    fault = np.zeros(count, dtype=np.int8)
    pool = np.array(texts, dtype=object)
    readable: list[tuple[Ints, _Fields]] = []
    for shape, members in _groups(texts):
        match = _match(shape)
        if isinstance(match, int):
            fault[members] = match
        else:
            readable.append((members, _Fields(pool[members].tolist(), match)))
    open_dates = [(at, item.number("one"), item.number("two")) for at, item in readable if item.has("one")]
    order, problem = _which_first(texts, open_dates)
    for members, fields in readable:
        micros[members], valid = _instants(fields, order)
        fault[members[~valid]] = NO_SUCH_TIME
        aware[members], timed[members] = fields.has("zone"), fields.has("hour")
    micros[fault > 0] = 0
    return Stamps(micros, aware, timed, fault, order, problem)


def _instants(fields: _Fields, order: str) -> tuple[Ints, Flags]:
    day, month = fields.number("day"), fields.number("month")
    if fields.has("one"):
        one, two = fields.number("one"), fields.number("two")
        day, month = (two, one) if order == "month first" else (one, two)
    elif fields.has("name"):
        month = np.full(fields.count, _month_of(fields.match["name"]), dtype=np.int64)
    days, day_exists = _days(fields.number("year"), month, day)
    clock, time_exists = _time_of_day(fields)
    ahead, zone_exists = _offset(fields)
    return days * DAY + clock - ahead, day_exists & time_exists & zone_exists


def _zone_offsets(micros: Ints, zone: ZoneInfo, *, wall: bool, fold: int = 0) -> Ints:
    """Microseconds that `zone` is ahead of UTC at each instant, or at each wall-clock time of the zone."""
    blocks, back = np.unique(micros // _QUARTER_HOUR, return_inverse=True)
    offsets = np.empty(len(blocks), dtype=np.int64)
    for index, block in enumerate(blocks.tolist()):
        moment = EPOCH + timedelta(microseconds=block * _QUARTER_HOUR)
        if wall:
            offset = moment.replace(tzinfo=zone, fold=fold).utcoffset()
        else:
            offset = moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        offsets[index] = (offset or timedelta()) // timedelta(microseconds=1)
    return offsets[back.reshape(-1)]


def to_wall_clock(stamps: Stamps, file_zone: ZoneInfo, zone: ZoneInfo) -> tuple[Ints, Flags, Flags]:
    """Wall-clock time of the scenario's zone.

    Parameters
    ----------
    stamps
        Parsed times.
    file_zone
        Zone of times without an offset.
    zone
        The scenario's zone.

    Returns
    -------
    Microseconds since 1970 on the wall clock of `zone`; which times the file's zone skipped (moved forward by the
    gap); which it had twice (taken as the first).
    """
    wall = stamps.micros.copy()
    skipped, twice = np.zeros(len(wall), dtype=bool), np.zeros(len(wall), dtype=bool)
    instants: Any = stamps.aware.copy()
    if file_zone.key != zone.key:
        naive = np.flatnonzero(~stamps.aware & (stamps.fault == 0))
        earlier = _zone_offsets(wall[naive], file_zone, wall=True, fold=0)
        later = _zone_offsets(wall[naive], file_zone, wall=True, fold=1)
        skipped[naive], twice[naive] = earlier < later, earlier > later
        wall[naive] -= earlier
        instants[naive] = True
    wall[instants] += _zone_offsets(wall[instants], zone, wall=False)
    return wall, skipped, twice
