"""What changed from one intake to the next: figures that came, went or differ, each with its cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.files import harmless
from sim.intake.writing import flow

COLUMNS = ("figure", "before", "after", "cell_before", "cell_after")


@dataclass(frozen=True)
class Figure:
    """A figure of an intake: its value as YAML writes it, and its cell (empty: the form leaves it to us)."""

    value: str
    cell: str


@dataclass(frozen=True)
class Change:
    """A figure that differs.

    Parameters
    ----------
    path
        Dotted path in the scenario.
    before, after
        Values; empty where there is none.
    cell_before, cell_after
        Sheet and cell in the workbook of each.
    """

    path: str
    before: str
    after: str
    cell_before: str
    cell_after: str

    def __str__(self) -> str:
        cell = self.cell_after or self.cell_before
        where = f" ({cell})" if cell else ""
        if not self.before:
            return f"{self.path}{where}: new, {self.after}"
        if not self.after:
            return f"{self.path}{where}: gone, was {self.before}"
        return f"{self.path}{where}: {self.before} -> {self.after}"


def figures_of(data: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Figure]:
    """Every figure of a scenario by its path; lists of plain values are one figure.

    Parameters
    ----------
    cells
        Path -> cell, of the figure or of what it lies in.
    """
    return {path: Figure(flow(value), _cell(path, cells)) for path, value in _leaves(data, "")}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inside in value.items():
            yield from _leaves(inside, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, inside in enumerate(value):
            yield from _leaves(inside, f"{path}.{number}")
    else:
        yield path, value


def _cell(path: str, cells: Mapping[str, str]) -> str:
    while path:
        if path in cells:
            return cells[path]
        path = path.rpartition(".")[0]
    return ""


def changes(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> list[Change]:
    """Figures that differ, in the order of the scenario; those that went come last."""
    found = []
    for path, figure in after.items():
        was = before.get(path)
        if was is None or was.value != figure.value:
            found.append(Change(path, was.value if was else "", figure.value, was.cell if was else "", figure.cell))
    found += [Change(path, was.value, "", was.cell, "") for path, was in before.items() if path not in after]
    return found


def as_csv(found: list[Change]) -> str:
    """The changes as a table; what a spreadsheet would take for a formula is written as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found:
        row = (each.path, each.before, each.after, each.cell_before, each.cell_after)
        writer.writerow([harmless(value) for value in row])
    return out.getvalue()
