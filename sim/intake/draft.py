"""A scenario in the making: figures at their places, each with the cell that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sim.errors import Problem, nearest
from sim.intake.form import Column, Sheet
from sim.intake.reading import Answers, Row
from sim.intake.sheets import SHEETS
from sim.scenario.library import SCENARIOS, read_yaml
from sim.scenario.provenance import file_origins

Path = tuple[str, ...]


def joined(path: Sequence[str]) -> str:
    """A path as messages write it."""
    return ".".join(path)


@dataclass
class Draft:
    """Figures of a scenario, with where they come from.

    Parameters
    ----------
    answers
        What the form says; problems and warnings of the draft are added to its own.
    data
        The scenario as plain containers.
    cells
        Dotted path -> cell, such as ``Stock!C7``.
    sources
        Dotted path -> comment beside the figure.
    broken
        Paths whose cell can't be read.
    """

    answers: Answers
    data: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def put(self, path: Path, value: Any, cell: str = "", source: str = "") -> None:
        """A figure at its place.

        Parameters
        ----------
        cell
            Where it stands in the form; empty for what the form leaves to us.
        source
            Comment beside it; default: the cell.
        """
        inside = self.data
        for key in path[:-1]:
            inside = inside.setdefault(key, {})
        inside[path[-1]] = value
        place = joined(path)
        if cell:
            self.cells[place] = cell
        if source or cell:
            self.sources[place] = source or cell

    def shipped(self, name: str, path: Path) -> None:
        """What a shipped file says there, with its sources."""
        content, comments = _shipped(name)
        for key in path:
            content = content[key]
        self._take(path, content, comments)

    def _take(self, path: Path, content: Any, comments: dict[str, str]) -> None:
        if isinstance(content, dict) and joined(path) not in comments:
            for key, value in content.items():
                self._take((*path, key), value, comments)
            return
        self.put(path, content, source=comments.get(joined(path), ""))
        inside = f"{joined(path)}."
        self.sources |= {place: text for place, text in comments.items() if place.startswith(inside)}

    def get(self, *path: str) -> Any:
        """A figure, or None."""
        inside: Any = self.data
        for key in path:
            inside = inside.get(key) if isinstance(inside, dict) else None
        return inside

    def fill(self, sheet: str, row: Row, name: str = "") -> None:
        """Every column of a row that has a place of its own in the scenario."""
        for column in SHEETS[sheet].columns:
            if not column.path or not row.given(column.key):
                continue
            path = tuple(name if key == "{}" else key for key in column.path.split("."))
            entry = row.entries[column.key]
            if entry.broken:
                self.broken.add(joined(path))
            else:
                self.put(path, entry.value, entry.cell)

    def wrong(self, row: Row, key: str, remedy: str, given: str = "") -> None:
        """Something is wrong with a cell."""
        if not given and row.given(key) and not row.entries[key].broken:
            value = row.entries[key].value
            given = f"{value:g}" if isinstance(value, float) else str(value)
        self.answers.problems.append(Problem(row.cells.get(key, row.place), given, remedy))

    def warn(self, place: str, text: str, given: str = "") -> None:
        """Something is odd, and does no harm."""
        self.answers.warnings.append(Problem(place, given, text))

    def named(self, sheet: str, key: str, beside: str = "") -> dict[str, Row]:
        """Rows of a table by name; a name that stands twice is told.

        Parameters
        ----------
        beside
            Column whose value belongs to the name: shifts are named within their stage.
        """
        found: dict[tuple[str, str], Row] = {}
        for row in self.answers.table(sheet):
            name, group = row.value(key), row.value(beside) if beside else ""
            if name is None or group is None:
                continue
            before = found.get((group, name))
            if before is None:
                found[group, name] = row
            else:
                self.wrong(row, key, f"stands here twice, first in {before.cells[key]}")
        return (
            {name: row for (_, name), row in found.items()}
            if not beside
            else {f"{group}\n{name}": row for (group, name), row in found.items()}
        )

    def referred(self, row: Row, key: str, known: Sequence[str], sheet: str) -> bool:
        """Whether a cell names something that is there; told where it does not."""
        name = row.value(key)
        if name is None:
            return False
        if name in known:
            return True
        title = self.answers.words.title(SHEETS[sheet])
        listed = f"; there are {', '.join(known)}" if len(known) <= 10 and known else ""
        self.wrong(row, key, f"is not on the sheet {title}{nearest(name, known) or listed}")
        return False

    def title(self, sheet: str) -> str:
        """Name of a sheet."""
        return self.answers.words.title(SHEETS[sheet])

    def heading(self, sheet: str, key: str) -> str:
        """Heading of a column."""
        return self.answers.words.heading(SHEETS[sheet], SHEETS[sheet].by_key[key])


def span(rows: Sequence[Row], first: str, last: str = "") -> str:
    """Cells of several rows, such as ``Carriers!D6:D9``."""
    begin, end = rows[0].cells[first], rows[-1].cells[last or first]
    return begin if begin == end else f"{begin}:{end.rpartition('!')[2]}"


@cache
def _shipped(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    path = SCENARIOS / f"{name}.yaml"
    comments = {place: origin.comment for place, origin in file_origins(path).items() if origin.comment}
    return read_yaml(path), comments


__all__ = ["Column", "Draft", "Path", "Sheet", "joined", "span"]
