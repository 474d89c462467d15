"""Where intakes are kept: the scenario in the user's folder, and every intake with its workbook and changes beside it.

    my/
      scenario/my_site.yaml          the scenario, replaced as a whole by each intake
      intake/my_site/0001/           what each intake was made of:
        scenario.yaml                the file as it was written
        figures.json                 every figure with its cell
        changes.csv                  what changed since the one before
        workbook.xlsx                the form

The first line of the scenario holds a fingerprint of the rest: a file that intake did not write, or that was changed
by hand since, is not replaced unless asked for, and then a copy of it is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from sim.errors import InputError, Problem
from sim.files import told, written_whole
from sim.intake.changes import Change, Figure, as_csv, changes, figures_of
from sim.intake.scenario import Intake
from sim.intake.writing import as_yaml
from sim.scenario.library import MOST_BYTES, SHIPPED, shown

HEADING = "the intake was not written"
_MARK = "# surgesim intake "
_DIGITS = 4


@dataclass(frozen=True)
class Kept:
    """What was written.

    Parameters
    ----------
    path
        The scenario.
    folder
        Where this intake is kept.
    changes
        Since the last intake; None for the first one.
    saved
        Copy of a file of the user's own that was replaced, or None.
    """

    path: Path
    folder: Path
    changes: list[Change] | None
    saved: Path | None


def keep(intake: Intake, config_dir: Path, *, replace: bool = False) -> Kept:
    """Write the scenario into a user's folder, and keep the intake.

    Parameters
    ----------
    intake
        As read; its scenario's name is the name of the file.
    config_dir
        Folder of the user's own scenarios and plans; made where it is missing.
    replace
        Whether a file that intake did not write, or that was changed by hand, may be replaced (a copy is kept).

    Raises
    ------
    InputError
        If a file is in the way, or something can't be written. Nothing half-written is left.
    """
    name = intake.scenario.name
    path, home = config_dir / "scenario" / f"{name}.yaml", config_dir / "intake" / name
    text = _marked(intake)
    _refuse(intake, path, text, replace=replace)
    before = _last(home)
    figures = figures_of(intake.data, intake.cells)
    found = None if before is None else changes(before, figures)
    with told(config_dir, HEADING):
        theirs = path.is_file() and _state(path) != "ours"
        home.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = _next(home)
        partial = home / f".{folder.name}.partial-{os.getpid()}"
        try:
            partial.mkdir()
            saved = None
            if theirs:
                shutil.copy2(path, partial / "replaced.yaml")
                saved = folder / "replaced.yaml"
            _write(partial / "scenario.yaml", text)
            _write(partial / "figures.json", json.dumps({key: asdict(each) for key, each in figures.items()}, indent=1))
            _write(partial / "changes.csv", as_csv(found or []))
            shutil.copyfile(intake.path, partial / "workbook.xlsx")
            partial.replace(folder)
            with written_whole(path) as whole:
                _write(whole, text)
        except BaseException:  # an interrupt must not leave half an intake either
            shutil.rmtree(partial, ignore_errors=True)
            if not (path.is_file() and path.read_bytes() == text.encode("utf-8")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
    return Kept(path, folder, found, saved)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _marked(intake: Intake) -> str:
    """The file's text: fingerprint, where it comes from, scenario."""
    body = (
        f"# Made by  surgesim intake {_safe(intake.path.name)} scenario={intake.scenario.name}  from the form; "
        "the comment beside a figure is its sheet and cell.\n"
        "# Change the workbook and take it in again, or extend this file with one of your own: "
        f"defaults: [{intake.scenario.name}, _self_].\n\n{as_yaml(intake)}"
    )
    return f"{_MARK}{_fingerprint(body)}\n{body}"


def _safe(name: str) -> str:
    """A file's name in a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _fingerprint(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()[:16]


def _state(path: Path) -> str:
    """Whether a scenario file is *ours*, *changed* by hand since, or *theirs*."""
    try:
        first, _, body = path.read_text(encoding="utf-8").replace("\r\n", "\n").partition("\n")
    except (OSError, UnicodeDecodeError):
        return "theirs"
    if not first.startswith(_MARK):
        return "theirs"
    return "ours" if first.removeprefix(_MARK).strip() == _fingerprint(body) else "changed"


def _refuse(intake: Intake, path: Path, text: str, *, replace: bool) -> None:
    problems = []
    if (SHIPPED["scenario"] / path.name).is_file():
        problems.append(
            Problem("scenario", intake.scenario.name, "is the name of a shipped scenario: give yours another one")
        )
    if os.path.lexists(path) and not path.is_file():
        problems.append(Problem(shown(path), "", "is not a file: move it away"))
    elif path.is_file() and not replace:
        why = {"theirs": "was not written by intake", "changed": "was changed by hand since it was written"}
        state = _state(path)
        if state in why:
            remedy = f"{why[state]}: choose another name, or say replace=true, which keeps a copy of it"
            problems.append(Problem(shown(path), "", remedy))
    if len(text.encode("utf-8")) > MOST_BYTES:
        remedy = f"would have more than {MOST_BYTES // 1000} kB: gather SKUs that are alike (further SKUs, first sheet)"
        problems.append(Problem(shown(path), "", remedy))
    if problems:
        raise InputError(problems, HEADING)


def _numbered(home: Path) -> list[Path]:
    """Intakes that are kept, oldest first."""
    if not home.is_dir():
        return []
    return sorted(
        (each for each in home.iterdir() if each.name.isdecimal() and each.is_dir()), key=lambda each: int(each.name)
    )


def _next(home: Path) -> Path:
    there = _numbered(home)
    return home / f"{(int(there[-1].name) if there else 0) + 1:0{_DIGITS}d}"


def _last(home: Path) -> dict[str, Figure] | None:
    """Figures of the last intake that can be read; None where there is none."""
    for folder in reversed(_numbered(home)):
        try:
            content = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
            return {str(path): Figure(str(each["value"]), str(each["cell"])) for path, each in content.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return None
