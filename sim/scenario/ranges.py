"""The range to sweep of a figure that is an assumption, as the comment beside it gives it.

``share: 0.3  # assumption; sweep 0.1-0.5`` asks to try every share from 0.1 to 0.5 before the result is believed. Clock
times are written ``sweep 12:00-16:00``, and where a sign would be hard to read ``sweep -24 to 12``. Where a line holds
several figures each is named: ``sweep hours 1-6, weight 1-10``. What no range makes sense for, such as the days of a
week, says ``fixed`` and why: ``assumption, fixed: the days on which carriers come``.

A range is for one figure at a time, the others as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = r"[A-Za-z_]\w*"
_END: Final = r"\d+(?::\d\d|\.\d+)?"
_SPAN: Final = rf"-?{_END}(?:\s*[-\u2013]\s*|\s+to\s+)-?{_END}(?![\d%.:]*\d)"
_ONE: Final = re.compile(rf"(?:({_NAME})\s+)?(-?{_END})(?:\s*[-\u2013]\s*|\s+to\s+)(-?{_END})")
_ALL: Final = re.compile(rf"[;,.:]?\s*\bsweep\s+((?:{_NAME}\s+)?{_SPAN}(?:,\s*(?:{_NAME}\s+)?{_SPAN})*)")


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a figure that are worth a try.

    Parameters
    ----------
    figure
        Its key, empty where the comment is about one figure alone.
    low, high
        Both ends as they are written: numbers in the figure's unit, or clock times.
    """

    figure: str
    low: str
    high: str


def ranges_of(comment: str) -> tuple[Range, ...]:
    """Ranges to sweep that a comment gives, in its order; none where it gives none."""
    return tuple(Range(*ends) for part in _ALL.findall(comment) for ends in _ONE.findall(part))


def range_of(comment: str, place: str) -> Range | None:
    """Range of the figure at a dotted path: the one with its key, or the only one, which needs no name.

    The numbers of a list share the range of their list: ``times.0`` has that of ``times``.
    """
    key = next((step for step in reversed(place.split(".")) if not step.isdigit()), "")
    return next((each for each in ranges_of(comment) if each.figure in {"", key}), None)


def is_fixed(comment: str) -> bool:
    """Whether a comment says that what it gives no range for is not to be swept."""
    return re.search(r"\bassumption, fixed\b", comment) is not None


def without_ranges(comment: str) -> str:
    """The rest of a comment, for where ranges are shown apart."""
    return _ALL.sub("", comment).strip()
