"""A scenario as a YAML file to be read by people: one figure or one row of the form on a line, its cell beside it."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from sim.intake.scenario import Intake
from sim.scenario.scenario import Scenario

# what a row of the form stands for is written on one line; * is any name
_ON_ONE_LINE: Final = (
    "customers.patience.service",
    "customers.bands.*",
    "promise.standard",
    "promise.express",
    "site.picking.service",
    "site.packing.service",
    "site.*.shifts.*",
    "demand.campaign.opening",
    "demand.campaign.closing",
    "demand.campaign.teaser",
    "demand.campaign.aftermath",
    "stock.skus.*",
    "stock.zones.*",
    "stock.packagings.*",
    "stock.production.*",
    "carriers.*.transit",
    "carriers.*.pickups.*",
    "desk.shifts.*",
    "desk.channels.*",
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*|\d{4}-\d\d-\d\d")
_NOT_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_MAY_NOT_FOLD = 110  # columns of a list that stays on the line of its key


def as_yaml(intake: Intake) -> str:
    """The scenario as text, with its cells as comments.

    Parameters
    ----------
    intake
        As read from a form.
    """
    order = ["name", "title", "story", *Scenario.model_fields]
    data = {key: intake.data[key] for key in dict.fromkeys(order) if key in intake.data}
    lines, sources = [], _Sources(intake.sources)
    for key, value in data.items():
        if isinstance(value, dict):
            lines.append("")
        lines += _entry(key, value, (), sources, 0)
    return "\n".join(lines) + "\n"


class _Sources:
    """Comments by path, found without looking at all of them."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.told, self.paths = told, sorted(told)

    def of(self, place: str) -> list[str]:
        """What is said of a figure, else of all that lies below it."""
        if self.told.get(place):
            return [self.told[place]]
        first = bisect_left(self.paths, f"{place}.")
        last = bisect_left(self.paths, f"{place}/")  # the letter after the full stop
        return list(dict.fromkeys(self.told[path] for path in self.paths[first:last]))


def _entry(key: str, value: Any, above: tuple[str, ...], sources: _Sources, level: int) -> Iterator[str]:
    path = (*above, key)
    indent = "  " * level
    if isinstance(value, dict) and not _one_line(path) and value:
        yield f"{indent}{scalar(key)}:"
        for inner, inside in value.items():
            yield from _entry(inner, inside, path, sources, level + 1)
    elif isinstance(value, list) and value and isinstance(value[0], dict) and ".".join(path) == "customers.bands":
        yield f"{indent}{scalar(key)}:{_comment(sources, path)}"
        for number, each in enumerate(value):
            yield f"{indent}  - {flow(each)}{_comment(sources, (*path, str(number)))}"
    else:
        text = flow(value)
        if len(text) > _MAY_NOT_FOLD and isinstance(value, list):
            yield f"{indent}{scalar(key)}:{_comment(sources, path)}"
            yield f"{indent}  {text}"
        else:
            yield f"{indent}{scalar(key)}: {text}{_comment(sources, path)}"


def _one_line(path: tuple[str, ...]) -> bool:
    return any(
        len(path) == len(pattern) and all(want in ("*", key) for want, key in zip(pattern, path, strict=True))
        for pattern in (each.split(".") for each in _ON_ONE_LINE)
    )


def _comment(sources: _Sources, path: tuple[str, ...]) -> str:
    """Where the figures on a line come from."""
    text = "; ".join(_gathered(sources.of(".".join(path))))
    return f"  # {' '.join(text.split())}" if text else ""


_CELL = re.compile(r"(?P<sheet>.+)!(?P<letters>[A-Z]+)(?P<row>\d+)")


def _gathered(cells: list[str]) -> list[str]:
    """Cells of one row of one sheet as a range."""
    ranges: dict[tuple[str, str], list[str]] = {}
    others = []
    for cell in cells:
        match = _CELL.fullmatch(cell)
        if match is None:
            others.append(cell)
        else:
            ranges.setdefault((match["sheet"], match["row"]), []).append(match["letters"])
    found = []
    for (sheet, row), letters in ranges.items():
        ordered = sorted(set(letters), key=lambda each: (len(each), each))
        found.append(f"{sheet}!{ordered[0]}{row}" + (f":{ordered[-1]}{row}" if len(ordered) > 1 else ""))
    return found + others


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(inside)}" for key, inside in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A single value that is read as what it is: text in quotes wherever it could be taken for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    plain = _PLAIN.fullmatch(text) is not None and text.casefold() not in _NOT_TEXT
    return text if plain else json.dumps(text, ensure_ascii=False)
