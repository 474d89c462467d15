"""Possible futures about a forecast, from the errors that such forecasts made: whole stretches of them, not days.

The logarithm of an error has two parts. Its level (the median of each week; of four weeks for weekly figures) stays
with a forecast and moves slowly: futures draw it from a multivariate t with the second moments of the levels seen in
the windows of the backtest, uncentred, so that a bias counts as doubt, and with as many degrees of freedom as there
are windows that do not overlap. What is left of each day is drawn in blocks of a week from the windows, so that days
keep their skewness and their likeness to the next; beyond four robust standard deviations it is cut, as nobody knows
when the next such day comes. Beyond the windows that could be tested the level's doubt grows by a square root.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.forecasting.history import Floats

BLOCK = {"D": 7, "W": 4}
FEWEST_WINDOWS = 4
CUT = 4.0  # robust standard deviations
LARGEST = 3.0  # of a logarithm: twentyfold either way
LEAST_FREEDOM = 3.0


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of one model in j windows, as ln(1 + actual) - ln(1 + forecast).

    Attributes
    ----------
    values
        Shape (j, h); NaN on days on which the shop was closed.
    apart
        How many of the windows fit behind each other without overlap, >= 1; need not be whole.
    block
        Periods that are drawn together.
    """

    values: Floats
    apart: float
    block: int


def draw(errors: Errors, horizon: int, count: int, generator: np.random.Generator) -> Floats:
    """Errors of `count` futures, shape (count, horizon), as logarithms."""
    levels, rest = _parts(errors)
    tested = errors.values.shape[1]
    grown = np.sqrt(np.maximum(1.0, np.arange(1, horizon + 1) / tested))
    ahead = levels[:, np.minimum(np.arange(horizon), tested - 1)] * grown
    weights = generator.standard_normal((count, len(ahead))) / np.sqrt(len(ahead))
    freedom = max(LEAST_FREEDOM, errors.apart)
    heavy = np.sqrt(generator.chisquare(freedom, (count, 1)) / freedom)
    blocks = -(-horizon // errors.block)
    chosen = generator.integers(len(rest), size=(count, blocks))
    daily = rest[chosen].reshape(count, blocks * errors.block)[:, :horizon]
    return np.asarray(np.clip(weights @ ahead / heavy + daily, -LARGEST, LARGEST))


def _parts(errors: Errors) -> tuple[Floats, Floats]:
    """Levels, shape (j, h), and what is left in blocks, shape (many, block)."""
    count, tested = errors.values.shape
    size = min(errors.block, tested)
    edges = range(0, tested - size + 1, size)
    middles = np.array([edge + (size - 1) / 2 for edge in edges])
    medians = np.column_stack([_median(errors.values[:, edge : edge + size]) for edge in edges])
    levels = np.array([np.interp(np.arange(tested), middles, row) for row in medians])
    pieces = [errors.values[:, edge : edge + size] - medians[:, [place]] for place, edge in enumerate(edges)]
    rest = np.concatenate(pieces)
    known = rest[np.isfinite(rest)]
    if not len(known):
        return levels, np.zeros((1, errors.block))
    rest = np.clip(rest, *np.array([-CUT, CUT]) * _spread(known))
    rest = np.where(np.isfinite(rest), rest, np.resize(known, rest.shape))
    rest = rest - rest.mean()
    if size < errors.block:
        rest = np.resize(rest, (count, errors.block))
    return levels, rest


def _median(values: Floats) -> Floats:
    """Median of each row without NaN; 0 for rows that have nothing else."""
    filled = np.where(np.isfinite(values).any(axis=1, keepdims=True), values, 0.0)
    return np.asarray(np.nanmedian(filled, axis=1))


def _spread(values: Floats) -> float:
    return max(float(np.median(np.abs(values)) / 0.6745), float(np.abs(values).mean()) / 2, 1e-6)


def around(point: Floats, errors: Floats) -> Floats:
    """Futures of demand about a median; nothing where the median is nothing."""
    return np.where(point > 0, np.maximum(0.0, np.expm1(np.log1p(point) + errors)), 0.0)
