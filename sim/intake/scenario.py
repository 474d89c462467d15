"""From a filled-in form to a validated scenario, every problem of both told at once by sheet and cell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, Problem
from sim.intake.draft import Draft
from sim.intake.floor import build_carriers, build_desk, build_staffing, build_times
from sim.intake.output import build_profile, check_output
from sim.intake.reading import HEADING, read_form
from sim.intake.shop import build_campaign, build_holidays, build_site, build_stock
from sim.scenario.library import NAME, RESERVED
from sim.scenario.problems import problems_of
from sim.scenario.scenario import Scenario

MOST_CELLS_TOLD = 4  # of a problem that is about several
_WORD = re.compile(r"[A-Za-z_][\w]*(?:\.[\w\-]+)*")


@dataclass(frozen=True)
class Intake:
    """What a form turned into.

    Parameters
    ----------
    scenario
        Validated.
    data
        The same as plain containers, as it is written to a file.
    cells
        Dotted path of a figure -> sheet and cell that it comes from.
    sources
        Dotted path -> comment beside the figure: its cell, or what is assumed where the form leaves it open.
    warnings
        What is odd and does no harm, each with its sheet and cell.
    path
        The workbook.
    """

    scenario: Scenario
    data: Mapping[str, Any]
    cells: Mapping[str, str]
    sources: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()
    path: Path = field(default_factory=Path)


def read_intake(path: str | os.PathLike[str], name: str = "intake") -> Intake:
    """Read a filled-in form.

    Parameters
    ----------
    path
        Workbook that was written by :func:`write_template` and filled in.
    name
        Short name of the scenario.

    Returns
    -------
    The scenario, and where each figure comes from. Nothing is written.

    Raises
    ------
    InputError
        With every problem of the workbook, by sheet and cell.
    """
    place = Path(path).expanduser()
    check_name(name)
    answers = read_form(place)
    draft = _drafted(Draft(answers))
    data = {"name": name, **draft.data}
    problems = list(answers.problems)
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate({**data, "sources": dict(draft.sources)})
    except ValidationError as error:
        problems += _told_by_cell(problems_of(error, Scenario, data), draft, whole=place.name, already=bool(problems))
    if problems:
        raise InputError(dict.fromkeys(problems), HEADING)
    assert scenario is not None
    return Intake(scenario, data, draft.cells, draft.sources, tuple(dict.fromkeys(answers.warnings)), place)


def check_name(name: str) -> None:
    """Refuse what can't be the name of a scenario.

    Raises
    ------
    InputError
        If it can't.
    """
    if NAME.fullmatch(name) is None or name.startswith("_") or name in RESERVED:
        remedy = "a name is letters, digits, _ and -, and begins with a letter or a digit"
        raise InputError([Problem("scenario", name, remedy)], HEADING)


def _drafted(draft: Draft) -> Draft:
    build_site(draft)
    build_profile(draft)
    build_campaign(draft)
    build_holidays(draft)
    build_stock(draft)
    build_times(draft)
    build_staffing(draft)
    build_carriers(draft)
    build_desk(draft)
    check_output(draft)
    return draft


def _told_by_cell(problems: Iterable[Problem], draft: Draft, *, whole: str, already: bool) -> Iterator[Problem]:
    """Problems of the scenario at the cells that fed it; what a broken or missing cell explains is left out."""
    for problem in problems:
        explained = not problem.given and (not problem.place or _missing(problem))
        if already and explained:
            continue  # the scenario as a whole is judged once its cells can be read
        if any(_touch(problem.place, path) for path in draft.broken):
            continue
        cells = _cells_of(problem, draft)
        label = f" ({problem.place})" if problem.place and len(cells) != 1 else ""
        place = _listed(cells) + label if cells else problem.place or whole
        yield Problem(place, problem.given, _with_cells(problem, draft))


def _missing(problem: Problem) -> bool:
    return problem.remedy.startswith("must be given")


def _touch(place: str, path: str) -> bool:
    """Whether one of two dotted paths lies in the other."""
    return f"{place}.".startswith(f"{path}.") or f"{path}.".startswith(f"{place}.")


def _cells_of(problem: Problem, draft: Draft) -> list[str]:
    """Cells of the figures that a problem is about: those it names, else those at its place, below it, or above."""
    named = [draft.cells[path] for path in _paths_in(problem, draft)]
    if named:
        return list(dict.fromkeys(named))
    place = problem.place
    below = [cell for path, cell in draft.cells.items() if place and f"{path}.".startswith(f"{place}.")]
    while not below and place:
        place = place.rpartition(".")[0]
        below = [cell for path, cell in draft.cells.items() if path == place]
    return list(dict.fromkeys(below))


def _paths_in(problem: Problem, draft: Draft) -> Iterator[str]:
    """Dotted paths of figures that a problem names in its words."""
    if problem.place in draft.cells:
        yield problem.place
        return
    for word in dict.fromkeys(_WORD.findall(problem.remedy)):
        for path in (word, f"{problem.place}.{word}"):
            if path in draft.cells:
                yield path


def _with_cells(problem: Problem, draft: Draft) -> str:
    """The remedy with the cell beside each figure that it names."""
    text = problem.remedy
    for path in _paths_in(problem, draft):
        short = path.removeprefix(f"{problem.place}.") if problem.place else path
        if path != problem.place:
            text = re.sub(rf"(?<![\w.]){re.escape(short)}(?![\w.])", f"{short} [{draft.cells[path]}]", text, count=1)
    return text


def _listed(cells: list[str]) -> str:
    more = f" and {len(cells) - MOST_CELLS_TOLD} more" if len(cells) > MOST_CELLS_TOLD else ""
    return ", ".join(cells[:MOST_CELLS_TOLD]) + more
