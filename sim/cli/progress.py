"""How far the work is: a bar on a terminal, now and then a line elsewhere, as in the log of a job."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

_LINE_EVERY_S = 30.0
_RATE_OVER_S = 120.0  # blocks of runs come in seconds apart


class Bar(Protocol):
    """What a task tells about how far it is."""

    def __call__(self, done: int, total: int) -> None:
        """So many of so many."""

    def say(self, what: str) -> None:
        """What is being done now."""


class _Lines:
    """A line on stderr every half minute."""

    def __init__(self, what: str, counted: str) -> None:
        self._what, self._counted = what, counted
        self._begun = self._told = monotonic()
        self._before: int | None = None  # done when this began: results that were there already

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if self._before is None:
            self._before = done
            return
        if now - self._told < _LINE_EVERY_S:
            return
        self._told = now
        rate = (done - self._before) / (now - self._begun)
        left = f", {_rate(rate)}, about {_duration((total - done) / rate)} left" if rate > 0.0 else ""
        self._print(f"{self._what}: {done:,} of {total:,} {self._counted}{left}")

    def say(self, what: str) -> None:
        self._before, self._begun, self._what = None, monotonic(), what

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


def _rate(per_s: float) -> str:
    return f"{per_s:,.1f} a second" if per_s >= 1.0 else f"{per_s * 60.0:,.1f} a minute"


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:.1f} h"


@contextmanager
def bar(what: str, *, of: Sized = (), counted: str = "") -> Iterator[Bar]:
    """Progress on stderr; the bar of a terminal goes when the work is done.

    Parameters
    ----------
    what
        What is being done.
    of
        Plans that it is done with, to tell how many.
    counted
        What the numbers count: "replications".
    """
    whole = f"{what} {len(of)} plan{'s' if len(of) > 1 else ''}" if of else what
    if not sys.stderr.isatty():
        yield _Lines(whole, counted)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class _Count(ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.total is None:
                return Text()
            return Text(f"{task.completed:,.0f} of {task.total:,.0f} {counted}".rstrip(), style="progress.download")

    class _Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            per_s = task.finished_speed or task.speed
            return Text(_rate(per_s) if per_s and task.total is not None else "", style="progress.data.speed")

    columns = (TextColumn("{task.description}"), BarColumn(), _Count(), _Rate(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, speed_estimate_period=_RATE_OVER_S) as progress:
        task = progress.add_task(whole, total=None)

        class _OnTerminal:
            def __call__(self, done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            def say(self, what: str) -> None:
                progress.update(task, description=what, completed=0, total=None)

        yield _OnTerminal()
