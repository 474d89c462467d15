"""Work for the tests of `sim.compute`: of a module that worker processes can import."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

BAD = 3  # the task at which the faulty ones fail


class OwnError(Exception):
    """Can be pickled, but not unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


@dataclass(frozen=True)
class Marked:
    """A task that leaves a mark in a folder each time it is begun."""

    folder: Path
    number: int

    def mark(self) -> int:
        """How often it was begun, this time included."""
        times = len(list(self.folder.glob(f"{self.number}-*")))
        (self.folder / f"{self.number}-{times}-{os.getpid()}").touch()
        return times + 1


def square(number: int) -> int:
    return number * number


def draw(number: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(number).standard_normal(1000)


def process(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def faulty(number: int) -> int:
    if number == BAD:
        raise ValueError("three is too many")
    return number * number


def leaving(number: int) -> int:
    if number == BAD:
        sys.exit("good-bye")
    return number


def secretive(number: int) -> Callable[[], int]:
    return lambda: number


def with_own_error(number: int) -> int:
    raise OwnError(number, number)


def succeeds_at_third(task: Marked) -> int:
    if task.mark() < 3:
        raise ValueError("not yet")
    return task.number


def poison(number: int) -> int:
    if number == BAD:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number * number


def never_ends(task: Marked) -> int:
    task.mark()
    if task.number > 0:
        time.sleep(600.0)
    return task.number


def takes_a_while(number: int) -> int:
    time.sleep(0.1)
    return number
