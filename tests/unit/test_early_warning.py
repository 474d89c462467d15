"""How well alert rules would have warned, worked out by hand on ledgers of a few orders and readings.

Three days of 1,440 minutes, all of them measured. Orders fall due at noon; of those that do on a day, one in ten may be
late. An alarm is true within 12 hours of a late order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.early_warning import LEVELS, judged, late_times
from sim.experiment.alarms import early_warning
from sim.experiment.runner import outcome_of
from sim.ledger import Ledger
from sim.scenario.alerts import AlertRule
from tests.ledgers import ledger_of
from tests.small_shop import shop

NAN = np.nan
NOON = 720.0
HIGH = AlertRule(metric="backlog_orders", above=10.0, clear_below=5.0)


def orders(day: int, on_time: int, late: int) -> list[dict[str, Any]]:
    """Orders that fall due at noon of a day, shipped an hour before or after."""
    due = day * 1440 + NOON
    shipped = [due - 60] * on_time + [due + 60] * late
    return [
        {"placed_min": 0.0, "due_ship_min": due, "due_delivery_min": due + 1440, "picked_up_min": each}
        for each in shipped
    ]


def record(values: list[float], rows: list[dict[str, Any]], rule: AlertRule = HIGH, **more: Any) -> Ledger:
    """A ledger with a reading at every sixth hour."""
    world = shop(
        window={"measure_from": 0.0, "measure_to": 72.0},
        alerts={"pile": rule},
        targets={"service_level_ship": 0.9, "warning_h": 12.0},
        **more,
    )
    readings = [{"time_min": 360.0 * (number + 1), "rule": 0, "value": value} for number, value in enumerate(values)]
    return ledger_of(world, rows, readings=readings)


def test_days_on_which_few_are_late_are_no_trouble() -> None:
    rows = orders(0, 18, 2) + orders(1, 8, 2) + orders(2, 0, 1)
    assert late_times(record([], rows)).tolist() == [1440 + NOON] * 2 + [2880 + NOON]


def test_an_order_that_never_leaves_is_late_once_it_is_due() -> None:
    never = {"placed_min": 0.0, "due_ship_min": NOON, "due_delivery_min": 2000.0}
    beyond = {"placed_min": 0.0, "due_ship_min": 5000.0, "due_delivery_min": 6000.0}
    assert late_times(record([], [never, beyond])).tolist() == [NOON]


def figures(values: list[float], rows: list[dict[str, Any]], level: float = 1.0) -> list[float]:
    return [float(each) for each in judged(record(values, rows))[0, LEVELS.index(level)]]


TROUBLE_ON_DAY_2 = orders(2, 0, 1)  # due at minute 3600


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 12, 12], [2880, 12, 1, 0, 2 / 9]),  # raised at 2880, twelve hours before
        ([0, 0, 0, 0, 0, 0, 12, 0, 0], [2520, NAN, 0, 1, 1 / 9]),  # eighteen hours before, and cleared again: false
        ([0, 0, 0, 0, 0, 0, 12, 7, 7, 7], [2520, 18, 1, 0, 4 / 10]),  # the same, but still on (7 is not below 5)
        ([12, 0, 0, 0, 0, 0, 0, 0, 12], [360, 6, 1, 1, 2 / 9]),  # a false one first: the lead is that of the true one
        ([0] * 9 + [12], [3600, 0, 1, 0, 1 / 10]),  # at the very time
        ([0] * 10 + [12], [3960, NAN, 0, 1, 1 / 11]),  # after all that was late: no help
        ([0] * 11, [NAN, NAN, 0, 0, 0]),
    ],
)
def test_an_alarm_is_true_while_late_orders_are_near(values: list[float], expected: list[float]) -> None:
    np.testing.assert_array_equal(figures(values, TROUBLE_ON_DAY_2), expected)


def test_an_alarm_between_late_orders_comes_too_late_for_the_first() -> None:
    rows = orders(1, 0, 1) + orders(2, 0, 1)
    np.testing.assert_array_equal(figures([0] * 7 + [12], rows), [2880, -12, 1, 0, 1 / 8])


def test_levels_are_tried_in_proportion() -> None:
    """At half the level (5, cleared below 2.5) six is enough, at twice twelve is too little."""
    values = [6.0] + [0.0] * 6 + [12.0]
    assert figures(values, TROUBLE_ON_DAY_2, 0.5) == [360, 12, 1, 1, 2 / 8]
    assert figures(values, TROUBLE_ON_DAY_2, 1.0) == [2880, 12, 1, 0, 1 / 8]
    np.testing.assert_array_equal(figures(values, TROUBLE_ON_DAY_2, 1.5), [NAN, NAN, 0, 0, 0])


def test_without_a_promise_or_readings_nothing_is_judged() -> None:
    assert np.isnan(judged(record([12.0], TROUBLE_ON_DAY_2, promise=None))).all()
    assert np.isnan(judged(record([], TROUBLE_ON_DAY_2))).all()


def test_the_table_over_replications() -> None:
    """Four runs: warned 12 h and 6 h ahead, trouble without an alarm, an alarm without trouble."""
    runs = [
        record([0] * 7 + [12, 12], TROUBLE_ON_DAY_2),
        record([0] * 8 + [12, 12], TROUBLE_ON_DAY_2),
        record([0] * 9, TROUBLE_ON_DAY_2),
        record([12] + [0] * 8, orders(2, 1, 0)),
    ]
    outcomes = [outcome_of("none", each) for each in runs]
    table = early_warning({"none": outcomes}, runs[0].scenario)
    assert len(table) == len(LEVELS)
    row = table[table["share_of_level"] == 1.0].iloc[0]
    assert (row["plan"], row["rule"], row["metric"], row["level"]) == ("none", "pile", "backlog_orders", 10.0)
    assert (row["replications"], row["troubled"]) == (4, 3)
    assert row["raised_share"] == pytest.approx(2 / 3)
    assert row["in_time_share"] == pytest.approx(2 / 3)
    assert row["lead_h_p50"] == 9
    assert row["lead_h_p10"] == pytest.approx(6.6)
    assert row["lead_h_p90"] == pytest.approx(11.4)
    assert row["first_h_p50"] == 48  # of 48, 54 and 6
    assert row["false_per_run"] == 0.25
    assert row["on_share"] == pytest.approx((2 / 9 + 2 / 10 + 0 + 1 / 9) / 4)
