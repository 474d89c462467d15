"""``surgesim template`` and ``surgesim intake``: the workbook that a planner fills in, and the scenario made of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.cli.arguments import HEADING, Arguments
from sim.errors import InputError, Problem, nearest
from sim.scenario.library import KINDS, open_library, shown

if TYPE_CHECKING:
    from sim.intake.keeping import Kept

OWN: Final = Path("my")  # folder of the user's own scenarios, where none is named
MOST_TOLD = 20  # changes that are printed; all of them are in the file
_KEYS: Final = {"template": ("lang", "example", "replace"), "intake": ("scenario", "replace")}


def write_form(given: Arguments) -> None:
    """Write the form.

    Raises
    ------
    InputError
        If the words can't be read, or the file is there already.
    """
    place, asked = _read("template", given.overrides)
    problems: list[Problem] = []
    replace = _truth("replace", asked, problems)
    if problems:
        raise InputError(problems, HEADING)
    from sim.intake.template import write_template

    path = write_template(place, asked.get("lang", "en"), example=asked.get("example"), replace=replace)
    print(f"{shown(path)}: fill it in, then\n  surgesim intake {_word(shown(path))} scenario=NAME")


def take_in(given: Arguments) -> None:
    """Read a form, write the scenario, tell what changed.

    Raises
    ------
    InputError
        With every problem of the form; nothing is written then.
    """
    place, asked = _read("intake", given.overrides)
    problems: list[Problem] = []
    replace = _truth("replace", asked, problems)
    if "scenario" not in asked:
        problems.append(Problem("scenario", "", "must be given: scenario=NAME, the name of the scenario to be made"))
    if problems:
        raise InputError(problems, HEADING)
    folder = given.config_dir or OWN
    if any((folder / kind).is_dir() for kind in KINDS):
        open_library(folder)  # refuses names that hide shipped ones
    from sim.intake.keeping import keep
    from sim.intake.scenario import read_intake

    intake = read_intake(place, asked["scenario"])
    kept = keep(intake, folder, replace=replace)
    _listed("Worth a look", [str(warning) for warning in intake.warnings])
    _tell_changes(kept)
    print(f"\nScenario:\n{shown(kept.path)}")
    print(f"\nRun it:\n  surgesim run scenario={intake.scenario.name} --config-dir {_word(os.fspath(folder))}")


def _tell_changes(kept: Kept) -> None:
    if kept.saved is not None:
        print(f"The file that was there is kept as {shown(kept.saved)}")
    if kept.changes is None:
        return
    if not kept.changes:
        print("Nothing changed since the last intake.")
        return
    lines = [str(change) for change in kept.changes]
    more = [f"and {len(lines) - MOST_TOLD:,} more"] if len(lines) > MOST_TOLD else []
    _listed("Changed since the last intake", [*lines[:MOST_TOLD], *more], count=len(lines))
    print(f"All changes: {shown(kept.folder / 'changes.csv')}")


def _listed(heading: str, lines: Sequence[str], count: int | None = None) -> None:
    if lines:
        print(f"{heading} ({len(lines) if count is None else count:,}):")
        for line in lines:
            print(f"  - {line}")


def _word(text: str) -> str:
    """A word as a shell reads it."""
    import shlex

    return shlex.quote(text)


def _read(command: str, words: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """The workbook, and the settings."""
    keys, asked, named, problems = _KEYS[command], dict[str, str](), list[str](), list[Problem]()
    for word in words:
        key, equals, value = word.partition("=")
        if (word.lower().endswith(".xlsx") and key not in keys) or not equals:
            named.append(word)
        elif key not in keys or key in asked or not value:
            unknown = f"is none of its settings{nearest(key, keys)}"
            wrong = "is given twice" if key in asked else "needs a value" if key in keys else unknown
            problems.append(Problem(word, "", f"{wrong}; see: surgesim help {command}"))
        else:
            asked[key] = value
    if len(named) != 1:
        remedy = f"name one workbook: surgesim {command} capacity.xlsx"
        problems.append(Problem(" ".join(named) or command, "", remedy))
    if problems:
        raise InputError(problems, HEADING)
    return Path(named[0]).expanduser(), asked


def _truth(key: str, asked: dict[str, str], problems: list[Problem]) -> bool:
    value = asked.get(key, "false")
    if value not in {"true", "false"}:
        problems.append(Problem(key, value, "must be true or false"))
    return value == "true"
