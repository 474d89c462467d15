"""Quantile functions of the named distributions, all with mean one, so that a mean is a factor beside them.

Inverse transforms keep common random numbers: the same uniform gives the same relative luck whatever the figures.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from sim.errors import InputError, Problem
from sim.scenario.types import Shape

Floats = NDArray[np.float64]
MOST_BYTES = 100_000_000  # of a file of observed durations
GRID = 2.0**20  # sampled times lie on multiples of 2^-20 min, so that sums are exact


def to_grid(minutes: Any) -> Floats:
    """Round minutes to the grid of 2^-20 min; infinities and NaN stay."""
    return np.asarray(np.round(np.asarray(minutes, dtype=np.float64) * GRID) / GRID)


def open_unit(uniform: Any) -> Floats:
    """Uniforms in [0, 1) moved off 0, where some quantile functions are infinite."""
    return np.maximum(np.asarray(uniform, dtype=np.float64), 2.0**-54)


def quantile(shape: Shape, uniform: Any) -> Floats:
    """Quantiles of a positive distribution.

    Parameters
    ----------
    shape
        Distribution by name. Of mean one; `empirical` has the mean of its file, in minutes.
    uniform
        Any shape, values in [0, 1).

    Returns
    -------
    Same shape as `uniform`, dimensionless (minutes for `empirical`).
    """
    u = open_unit(uniform)
    if shape.distribution == "exponential":
        return -np.log1p(-u)
    if shape.distribution == "empirical":
        assert shape.file is not None
        values = observed_durations(shape.file)
        return np.asarray(values[(u * len(values)).astype(np.int64)])
    if shape.distribution == "deterministic" or shape.cv == 0:
        return np.ones_like(u)
    if shape.distribution == "gamma":
        k = shape.cv**-2
        return np.asarray(gammaincinv(k, u) / k)
    sigma = np.sqrt(np.log1p(shape.cv**2))
    return np.asarray(np.exp(sigma * ndtri(u) - sigma * sigma / 2))


def observed_durations(file: str) -> Floats:
    """Sorted durations in minutes from a file with one number per row; a heading in the first row is allowed.

    Raises
    ------
    InputError
        If the file can't be read, is empty, or holds something other than positive numbers; all rows are named.
    """
    try:
        seen = Path(file).stat().st_mtime_ns
    except OSError:
        seen = 0  # the reading below says why
    return _read_durations(file, seen)


@lru_cache(maxsize=16)
def _read_durations(file: str, _seen: int) -> Floats:
    """Read a file once for each time at which it was changed."""
    place = f"file {file}"
    path = Path(file)
    if path.exists() and not (path.is_file() and path.stat().st_size <= MOST_BYTES):
        remedy = f"can't be read: it must be an ordinary file of at most {MOST_BYTES // 10**6} MB"
        raise InputError([Problem(place, "", remedy)])
    try:
        rows = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem(place, "", f"can't be read as UTF-8 text: {error}")]) from None
    values: list[float] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=1):
        cell = row.split(",")[0].strip()
        if not cell:
            continue
        try:
            value = float(cell)
        except ValueError:
            if number > 1:
                problems.append(Problem(f"{place}, row {number}", repr(cell), "must be a number of minutes"))
            continue
        if not (0 < value < np.inf):
            problems.append(Problem(f"{place}, row {number}", cell, "must be > 0 and finite"))
        values.append(value)
    if not values and not problems:
        problems.append(Problem(place, "", "holds no durations"))
    if problems:
        raise InputError(problems[:20], "a file of durations can't be used")
    result = np.sort(np.asarray(values))
    result.setflags(write=False)
    return result


def geometric(mean: Any, uniform: Any) -> NDArray[np.int64]:
    """Quantiles of the geometric distribution on 0, 1, 2, ... with the given mean (broadcast)."""
    mean = np.asarray(mean, dtype=np.float64)
    with np.errstate(divide="ignore"):
        log_ratio = np.where(mean > 0, np.log(mean / (1 + mean)), -np.inf)
    return np.asarray(np.floor(np.log1p(-open_unit(uniform)) / log_ratio), dtype=np.int64)
