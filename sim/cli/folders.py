"""Where reports go: a folder of its own for every run, checked before the work begins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from sim.errors import InputError, Problem

REPORTS = Path("reports")


def target(command: str, scenario: str, out: str | None, job: int | None) -> Path:
    """Folder for the report of a run that starts now.

    Parameters
    ----------
    out
        Folder asked for; None: ``reports/COMMAND/SCENARIO/TIME`` in the current folder.
    job
        Number of the job in a sweep, which gets a folder of its own in `out`.
    """
    if out is not None:
        folder = Path(out).expanduser()
        return folder if job is None else folder / str(job)
    return REPORTS / command / scenario / datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")


def problem_with(folder: Path, *, chosen: bool) -> Problem | None:
    """Why a report could not be written there; None if it can.

    Parameters
    ----------
    chosen
        Whether the user chose the name: then it must be free.
    """
    place = "out" if chosen else "reports"
    if chosen and os.path.lexists(folder):
        return Problem(place, str(folder), "exists already: name a folder that does not")
    above = _existing(folder)
    if not above.is_dir():
        return Problem(place, str(folder), f"{above} is a file, not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        return Problem(place, str(folder), f"no right to write into {above}; name another folder by out=FOLDER")
    return None


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    return next((parent for parent in folder.absolute().parents if os.path.lexists(parent)), Path(folder.anchor))


def write(folder: Path, write_into: Callable[[Path], Path], *, chosen: bool) -> Path:
    """Write a report into a folder, or into the next free one beside it where the user left the choice.

    Two runs may start in the same second; whoever comes second takes another name.

    Raises
    ------
    InputError
        If the system refuses: a full disk, a folder that was taken meanwhile.
    """
    for number in count(2):
        try:
            with _nothing_left(folder):
                return write_into(folder)
        except InputError:
            if chosen or not os.path.lexists(folder):
                raise
        except OSError as error:
            if error.strerror is None:
                raise
            remedy = f"could not be written: {error.strerror}"
            raise InputError([Problem(str(folder), "", remedy)], heading="the report was not written") from error
        stem = folder.name.partition("+")[0]
        folder = folder.with_name(f"{stem}+{number}")
    raise AssertionError("count() never ends")


@contextmanager
def _nothing_left(folder: Path) -> Iterator[None]:
    """Take away the empty folders made on the way, where the work did not come to an end."""
    there = _existing(folder)
    try:
        yield
    except BaseException:  # an interrupt must not leave empty folders either; raised again below
        for parent in folder.absolute().parents:
            if parent == there:
                break
            try:
                parent.rmdir()
            except OSError:  # not made yet, or not empty: another run's
                break
        raise
