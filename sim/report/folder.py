"""Folders that appear whole or not at all, and files that open safely in a spreadsheet."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Problem
from sim.files import harmless
from sim.report.messages import Messages

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = (
    "simpy",
    "numpy",
    "pandas",
    "scipy",
    "pydantic",
    "hydra-core",
    "matplotlib",
    "pyarrow",
    "jinja2",
)


@contextmanager
def new_folder(folder: Path, say: Messages) -> Iterator[Path]:
    """A folder to fill that takes its name when all went well and is removed when anything did not.

    Parameters
    ----------
    folder
        Name it gets in the end; must not exist yet.
    say
        Catalogue, for the error.

    Raises
    ------
    InputError
        If `folder` exists, before the work or after it.
    """
    _refuse_existing(folder, say)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)  # left by a process of the same number that was killed
    partial.mkdir()
    try:
        yield partial
        _refuse_existing(folder, say)
        partial.rename(folder)
    except BaseException:  # an interrupt must not leave half a report either
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def filled(folder: Path, names: Sequence[str], say: Messages) -> Iterator[Path]:
    """A place to write files that move into a folder when all went well, the first of `names` last.

    Parameters
    ----------
    folder
        Made when it is missing; it may hold other things.
    names
        What will be written; the first is what readers open.

    Raises
    ------
    InputError
        If one of `names` is there, before the work or after it.
    """
    for name in names:
        _refuse_existing(folder / name, say)
    was_there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".combined.partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)  # left by a process of the same number that was killed
    moved: list[Path] = []
    try:
        partial.mkdir()
        yield partial
        for name in reversed(names):
            if (partial / name).exists():
                _refuse_existing(folder / name, say)
                moved.append(folder / name)
                (partial / name).rename(folder / name)
        partial.rmdir()
    except BaseException:  # an interrupt must not leave half a report either
        shutil.rmtree(partial, ignore_errors=True)
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise


def _refuse_existing(folder: Path, say: Messages) -> None:
    if os.path.lexists(folder):
        remedy = f"{say('error.exists')}; {say('error.exists_remedy')}"
        raise InputError([Problem(str(folder), "", remedy)], say("error.heading"))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in UTF-8, text cells neutralised."""
    safe = frame.rename(columns=harmless)
    for name in safe.columns:
        if not _is_number(safe[name]):
            safe[name] = safe[name].map(harmless)
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _is_number(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_numeric_dtype

    return bool(is_numeric_dtype(column))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result depends on."""
    from sim.version import __version__

    found = {"surgesim": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def write_manifest(path: Path, facts: Mapping[str, Any]) -> None:
    """Write what a run was made of as JSON: no environment, no names of users or machines."""
    machine = {"system": platform.system(), "machine": platform.machine(), "byteorder": sys.byteorder}
    text = json.dumps({**facts, "platform": machine}, indent=2, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
