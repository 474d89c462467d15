"""Files that appear whole or not at all, and cells that a spreadsheet takes for text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """A cell that a spreadsheet takes for text and not for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A name to write to that becomes `path` when all went well, and stays when the machine loses its power."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        yield partial
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:  # an interrupt must not leave half a file either
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def told(place: Path, heading: str) -> Iterator[None]:
    """Turn what the system refuses into an error that says where.

    Raises
    ------
    InputError
        With `heading`, for a full disk, a missing right to write and the like.
    """
    try:
        yield
    except OSError as error:
        if error.strerror is None:
            raise
        raise InputError([Problem(str(place), "", f"could not be written: {error.strerror}")], heading) from error
