"""Key dates as an iCalendar file (RFC 5545): CRLF, lines folded at 75 octets, UTC, the same UID for the same date.

Pure functions: when the file was made is given, so that the same result gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.report.needs.words import Event

PRODUCT = "-//surgesim//needs//EN"
OCTETS = 75
LASTS = timedelta(minutes=30)  # of what has a time of day


def calendar_text(events: Sequence[Event], name: str, timezone: str, stamp: datetime) -> str:
    """The whole file.

    Parameters
    ----------
    events
        Key dates; those with a time are local.
    name
        Of the calendar.
    timezone
        Of the events, a tz name.
    stamp
        When it was made; aware.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for event in events:
        lines += _event(event, timezone, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(event: Event, timezone: str, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(event.key.encode()).hexdigest()[:32]}@surgesim"
    yield f"DTSTAMP:{_utc(stamp)}"
    if isinstance(event.moment, datetime):
        begin = event.moment.replace(tzinfo=ZoneInfo(timezone))
        yield f"DTSTART:{_utc(begin)}"
        yield f"DTEND:{_utc(begin.astimezone(UTC) + LASTS)}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.moment:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.moment + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(event.title)}"
    yield f"DESCRIPTION:{escaped(event.about)}"
    yield f"CATEGORIES:{escaped(event.team)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text value: backslash, semicolon, comma and line ends escaped (3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, all but the first beginning with a space; no character is torn apart (3.1)."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > OCTETS:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += octets
    yield piece
