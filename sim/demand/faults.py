"""Bad rows of an order file or a catalogue: by row number, with reasons, all in one error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.demand.tables import Rows, Text
from sim.demand.timestamps import Flags
from sim.errors import InputError, Problem

SHOWN = 20  # bad rows listed; the rest is counted


class Faults:
    """Rows that can't be used, with reasons; words are made only for the few that are shown."""

    def __init__(self, path: Path, rows: Rows) -> None:
        self.path = path
        self.first = rows.first
        self.numbers = rows.numbers
        self.malformed = rows.malformed
        self.bad = np.zeros(len(rows.numbers), dtype=bool)
        self.said: dict[int, list[str]] = {}
        for number in sorted(rows.malformed)[:SHOWN]:
            self.said[number] = [rows.malformed[number]]

    def add(self, rows: NDArray[np.intp], say: Callable[[int], str]) -> None:
        """Mark rows (ascending positions) as bad; `say` gives the reason for one of them."""
        self.bad[rows] = True
        for row in rows[:SHOWN].tolist():
            self.said.setdefault(int(self.numbers[row]), []).append(say(row))

    def add_values(self, column: str, text: Text, flagged: Flags, reason: str) -> None:
        """Mark rows whose value in `text` has one and the same fault."""

        def say(row: int) -> str:
            value = text.at(row)
            shown = f" {value[:40]!r}" if value else ""
            return f"{column}{shown}: {reason}"

        self.add(np.flatnonzero(flagged), say)

    @property
    def count(self) -> int:
        """Bad rows."""
        return int(self.bad.sum()) + len(self.malformed)

    def stop(self) -> None:
        """Raise what was found, if anything."""
        if not self.count:
            return
        noun = "row" if self.count == 1 else "rows"
        heading = (
            f"{self.path.name} has {self.count} bad {noun} ({self.first} is row 1); "
            "mend the file, or leave bad rows out with demand.bad_rows=skip"
        )
        raise InputError(self.problems(), heading)

    def problems(self) -> list[Problem]:
        """What was found: the first rows one by one, then how many more there are."""
        shown = sorted(self.said)[:SHOWN]
        problems = [Problem(f"{self.path.name}, row {number}", "", "; ".join(self.said[number])) for number in shown]
        if self.count > len(shown):
            problems.append(
                Problem(f"and {self.count - len(shown)} more", "", "rows are bad in the same or other ways")
            )
        return problems
