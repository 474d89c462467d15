"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.strip().splitlines()[-1]


Ask = Callable[..., Answer]


def files_in(folder: Path) -> list[str]:
    """Everything in a folder, as relative paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
