"""Ledger -> how well alert rules would have warned: when they were raised, how long before the first late order.

A day is troubled when a larger share of the orders that fall due on it is late than the service target allows; late
orders of other days are no trouble. An alarm is true if, while it is on or within `targets.warning_h` after it is
raised, an order of a troubled day falls due and is late; otherwise it is false. Its lead time is counted from the first
true alarm to the first late order of a troubled day, and is negative where the alarm came after it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.alerting import alarm, raised
from sim.ledger import Ledger
from sim.scenario.alerts import AlertRule
from sim.scenario.scale import at_scale

Floats = NDArray[np.float64]

LEVELS: Final = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # of the level set: what the table of levels tries
FIGURES: Final = ("first_min", "lead_h", "true", "false", "on_share")  # of one rule at one level in one run


def late_times(ledger: Ledger) -> Floats:
    """When late orders of troubled days fell due, rising; shape (k,). Empty without a promise."""
    orders = ledger.tables["orders"]
    target = ledger.scenario.targets.service_level_ship
    due = orders["due_ship_min"]
    fell_due = due <= ledger.scenario.horizon_min
    late = fell_due & ~(orders["picked_up_min"] <= due)
    day = np.where(fell_due, due, 0.0) // 1440
    days = day.astype(np.int64)
    whole = np.bincount(days[fell_due], minlength=1)
    part = np.bincount(days[late], minlength=len(whole))
    troubled = (whole - part) / np.maximum(whole, 1) < target
    return np.sort(due[late & troubled[days]])


def judged(ledger: Ledger) -> Floats:
    """How each alert rule would have done at each of :data:`LEVELS`.

    Returns
    -------
    Shape (rules, levels, figures), in the order of the scenario's rules, LEVELS and FIGURES: minute of the first alarm,
    lead time in hours (both NaN where there is none), number of true and of false alarms, part of readings at which
    the alarm was on (one that is nearly always on warns of nothing).
    """
    rules = at_scale(ledger.scenario).alerts
    result = np.full((len(rules), len(LEVELS), len(FIGURES)), np.nan)
    if ledger.scenario.promise is None:
        return result
    late = late_times(ledger)
    readings = ledger.tables["readings"]
    for code, rule in enumerate(rules.values()):
        own = readings["rule"] == code
        times, values = readings["time_min"][own], readings["value"][own]
        if len(times):
            result[code] = [_judge(rule, level, times, values, late, ledger) for level in LEVELS]
    return result


def _judge(
    rule: AlertRule, level: float, times: Floats, values: Floats, late: Floats, ledger: Ledger
) -> tuple[float, ...]:
    on = alarm(values, level * rule.above, level * rule.clear_level)
    starts = raised(on)
    if not len(starts):
        return np.nan, np.nan, 0.0, 0.0, 0.0
    begin = times[starts]
    # Cleared at the first reading after it that finds it off, or never.
    off = np.r_[np.flatnonzero(~on), len(on)]
    cleared = np.r_[times, ledger.scenario.horizon_min][off[np.searchsorted(off, starts)]]
    until = np.maximum(cleared, begin + ledger.scenario.targets.warning_h * 60)
    true = np.searchsorted(late, until, side="right") > np.searchsorted(late, begin)
    lead = (late[0] - begin[true][0]) / 60 if true.any() else np.nan
    return begin[0], lead, float(true.sum()), float((~true).sum()), float(on.mean())
