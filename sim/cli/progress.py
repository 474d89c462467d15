"""A bar while something takes its time; nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """What a task tells about how far it is."""

    def __call__(self, done: int, total: int) -> None:
        """So many of so many."""

    def say(self, what: str) -> None:
        """What is being done now."""


class _Quiet:
    def __call__(self, done: int, total: int) -> None:
        pass

    def say(self, what: str) -> None:
        pass


@contextmanager
def bar(what: str) -> Iterator[Bar]:
    """A progress bar on stderr if that is a terminal; it goes when the work is done."""
    if not sys.stderr.isatty():
        yield _Quiet()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)

        class _OnTerminal:
            def __call__(self, done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            def say(self, what: str) -> None:
                progress.update(task, description=what, total=None)

        yield _OnTerminal()
