"""Alert rules at work: a level with hysteresis, as one reading after another comes in, or over a whole record.

The one place that says when an alarm is raised and cleared: measures inside the simulation are triggered by it, and the
tables of levels in the report are made with it. It knows readings and levels only, wherever the readings come from.
What a rule is stands in :mod:`sim.scenario.alerts`, how well rules warn in :mod:`sim.early_warning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest
from sim.scenario.alerts import AlertRule, Metric
from sim.scenario.measures import Trigger

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Watched:
    """What is read, how often, and the levels it is held against.

    Attributes
    ----------
    above, clear_below
        Raised at a reading at or above the one, cleared at a reading below the other; of the metric.
    every_min
        Minutes between readings.
    """

    metric: Metric
    above: float
    clear_below: float
    every_min: float


def watched_by_rule(rule: AlertRule) -> Watched:
    """What an alert rule watches."""
    return Watched(rule.metric, rule.above, rule.clear_level, rule.review_every_min)


def watched_by_trigger(trigger: Trigger, rules: Mapping[str, AlertRule]) -> Watched | None:
    """What the trigger of a measure watches, itself or by an alert rule; None where no metric decides.

    Raises
    ------
    InputError
        If there is no such alert rule.
    """
    if trigger.alert is not None:
        if trigger.alert not in rules:
            remedy = f"no such alert rule, there are: {', '.join(rules) or 'none'}"
            raise InputError([Problem("trigger.alert", trigger.alert, remedy + nearest(trigger.alert, rules))])
        return watched_by_rule(rules[trigger.alert])
    if trigger.metric is None or trigger.above is None:
        return None
    return Watched(trigger.metric, trigger.above, trigger.clear_level, trigger.review_every_min)


def reviews_every_min(trigger: Trigger, rules: Mapping[str, AlertRule]) -> float:
    """Minutes between the reviews of a measure that looks at the floor while it is active: an alert brings its own."""
    return trigger.review_every_min if trigger.alert is None else rules[trigger.alert].review_every_min


def changes(value: float, on: bool, above: float, clear_below: float) -> bool:
    """Whether a reading raises an alarm that is off, or clears one that is on.

    Parameters
    ----------
    value
        The reading.
    on
        Whether the alarm is on.
    above, clear_below
        Levels: raised at or above, cleared below; in between nothing changes (hysteresis).
    """
    return value < clear_below if on else value >= above


def alarm(values: Floats, above: float, clear_below: float) -> Bools:
    """Whether the alarm is on after each of a row of readings, off before the first.

    Parameters
    ----------
    values
        Readings in order of time, shape (n,).

    Returns
    -------
    Shape (n,). The same as feeding the readings to :func:`changes` one by one.
    """
    # The last reading that was not in between decides.
    decisive = np.where(values >= above, 1, np.where(values < clear_below, 0, -1))
    last = np.maximum.accumulate(np.where(decisive >= 0, np.arange(len(values)), -1))
    return np.asarray((last >= 0) & (decisive[np.maximum(last, 0)] == 1))


def raised(on: Bools) -> Any:
    """Numbers of the readings that raise an alarm which is on after some of them; rising, shape (k,)."""
    return np.flatnonzero(on & ~np.r_[False, on[:-1]])
