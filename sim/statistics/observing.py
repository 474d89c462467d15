"""Outputs of several systems, replication by replication, for procedures that decide after each of them.

Replications are simulated in batches, because workers want more than one at a time; decisions are taken one replication
at a time. So a batch may hold outputs of a system that is decided within it: they are passed over, and the result is
the same for every size of batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem

Floats = NDArray[np.float64]
Observe = Callable[[Sequence[str], int, int], Floats]
"""``observe(systems, start, stop)``: outputs of these systems in replications start .. stop - 1, one row each."""

BATCH = 10
MOST_LISTED = 20


def observed(observe: Observe, systems: Sequence[str], start: int, stop: int) -> Floats:
    """Outputs of replications start .. stop - 1, checked; shape (stop - start, systems).

    Raises
    ------
    InputError
        If an output is not a finite number; names replication and system.
    ValueError
        If the answer has another shape.
    """
    outputs = np.asarray(observe(systems, start, stop), dtype=np.float64)
    if outputs.shape != (stop - start, len(systems)):
        raise ValueError(f"observe() gave shape {outputs.shape}, not {(stop - start, len(systems))}")
    remedy = "every run must have this figure; choose another figure, or leave out the system"
    refuse(outputs, ~np.isfinite(outputs), systems, start, remedy)
    return outputs


def refuse(outputs: Floats, wrong: NDArray[np.bool_], systems: Sequence[str], start: int, remedy: str) -> None:
    """Raise an InputError that names the wrong outputs, if there are any."""
    problems = [
        Problem(f"replication {start + row}, {systems[column]}", f"{outputs[row, column]}", remedy)
        for row, column in np.argwhere(wrong)[:MOST_LISTED]
    ]
    if problems:
        raise InputError(problems)


def replications(
    observe: Observe, running: Callable[[], Sequence[str]], start: int, stop: int, batch: int
) -> Iterator[Floats]:
    """Outputs of one replication after the other, of those systems that are still running when it is looked at.

    Parameters
    ----------
    running
        Tells the systems that are still running; never one that was not running before.
    """
    for first in range(start, stop, batch):
        asked = tuple(running())
        for row in observed(observe, asked, first, min(first + batch, stop)):
            still = running()
            yield row if len(still) == len(asked) else row[[asked.index(system) for system in still]]


def race_problems(systems: Sequence[str], at_most: int, batch: int, start: int) -> list[Problem]:
    """What is wrong with the arguments that all procedures share."""
    problems = []
    if not systems:
        problems.append(Problem("systems", "", "name at least one"))
    twice = sorted({system for system in systems if systems.count(system) > 1})
    if twice:
        problems.append(Problem("systems", ", ".join(twice), "name each once"))
    for name, value, least in (("at_most", at_most, 1), ("batch", batch, 1), ("start", start, 0)):
        if value < least:
            problems.append(Problem(name, f"{value}", f"must be at least {least}"))
    return problems
