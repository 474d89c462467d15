"""Risk over replications by hand: quantiles between ordered values, exact probabilities of events."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.definitions import KPIS
from sim.experiment.risk import COLUMNS, EVENTS, QUANTILES, WATCHED, risk_table
from tests.ledgers import world

NAN = math.nan
SERVICE, NET, CLEAR, BACKLOG = "service_level_ship", "net_contribution", "clear_time_h", "peak_backlog_orders"
TARGET = 0.95

GIVEN: dict[tuple[str, str], list[float]] = {
    ("none", SERVICE): [0.90, 0.95, 0.99, 0.80, NAN],
    ("more", SERVICE): [0.95, 0.94, 0.99, 0.96, 0.97],
    ("none", NET): [100.0, -50.0, 0.0, 20.0, 1e9],
    ("more", NET): [90.0, -60.0, 10.0, 20.0, 1e9 - 0.1],  # the last differs by less than rounding
    ("none", CLEAR): [NAN] * 5,
    ("more", CLEAR): [4.0, NAN, NAN, NAN, NAN],
    ("none", BACKLOG): [30.0, 10.0, 50.0, 20.0, 40.0],
    ("more", BACKLOG): [7.0] * 5,
}


def table(given: dict[tuple[str, str], list[float]] = GIVEN, length: int = 5) -> pd.DataFrame:
    scenario = world(targets={"service_level_ship": TARGET})
    values = {(plan, kpi): np.zeros(length) for plan in ("none", "more") for kpi in WATCHED}
    values |= {key: np.array(numbers) for key, numbers in given.items()}
    return risk_table(scenario, ["none", "more"], "none", values)


def row(frame: pd.DataFrame, **where: Any) -> dict[Any, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (found,) = frame.to_dict("records")
    return found


def test_a_row_for_each_quantile_and_each_event() -> None:
    found = table()
    assert list(found.columns) == list(COLUMNS)
    quantiles = found[found["figure"] == "quantile"]
    assert list(zip(quantiles["kpi"], quantiles["plan"], quantiles["probability"], strict=True)) == [
        (kpi, plan, share) for kpi in WATCHED for plan in ("none", "more") for share in QUANTILES
    ]
    assert quantiles["unit"].tolist() == [KPIS[kpi].unit for kpi in WATCHED for _ in range(6)]
    events = found[found["figure"] != "quantile"]
    assert list(zip(events["figure"], events["plan"], strict=True)) == [
        ("target_met", "none"),
        ("target_met", "more"),
        ("loses_money", "none"),
        ("loses_money", "more"),
        ("earns_less_than_baseline", "more"),  # nobody earns less than himself
        ("serves_worse_than_baseline", "more"),
    ]
    assert list(EVENTS) == list(dict.fromkeys(events["figure"]))


@pytest.mark.parametrize(
    ("share", "value", "low", "high", "method"),
    [
        # 10, 20, 30, 40, 50: the first 10 % of the way through four gaps is 14
        # no value lies below the quantile with 0.9^5 = 0.59, so there is no bound from below; from above, two or more
        # lie below it with 0.0815, three or more with 0.0086 <= 0.05: the third value is one
        (0.1, 14.0, NAN, 30.0, "upper bound only"),
        # half of the values lie below: all of them with 1/32 = 0.031 <= 0.05, but both ends 0.0625 > 0.05; alone the
        # smallest is a bound
        (0.5, 30.0, 10.0, NAN, "lower bound only"),
        (0.9, 46.0, 30.0, NAN, "lower bound only"),
    ],
)
def test_quantiles_of_five_surges(share: float, value: float, low: float, high: float, method: str) -> None:
    found = row(table(), plan="none", kpi=BACKLOG, figure="quantile", probability=share)
    assert (found["value"], found["n"], found["method"]) == (pytest.approx(value), 5, method)
    np.testing.assert_array_equal([found["low"], found["high"]], [low, high])
    assert pd.isna(found["low_rank"]) == math.isnan(low)
    assert pd.isna(found["high_rank"]) == math.isnan(high)
    assert found["confidence"] >= 0.95


def test_two_bounds_need_more_surges() -> None:
    """Of 30 values 1..30 the 10 % quantile is 3.9; all lie above it with 0.9^30 = 0.0424, more than 0.025."""
    values = [float(number) for number in range(30, 0, -1)]
    found = row(
        table({("none", BACKLOG): values, ("more", BACKLOG): values}, 30),
        plan="none",
        kpi=BACKLOG,
        figure="quantile",
        probability=0.1,
    )
    assert (found["value"], found["low"], found["low_rank"]) == (pytest.approx(3.9), 1.0, 1)
    # from above 0.05 - 0.0424 = 0.0076 is left: more than 7 of 30 below the quantile 0.0078, more than 8: 0.0020
    below = [math.comb(30, k) * 0.1**k * 0.9 ** (30 - k) for k in range(31)]
    assert sum(below[8:]) > 0.05 - below[0] >= sum(below[9:])
    assert (found["high"], found["high_rank"]) == (9.0, 9)
    assert found["confidence"] == pytest.approx(1 - below[0] - sum(below[9:]))
    assert found["method"] == "order statistics"


def test_a_figure_that_never_varies() -> None:
    for share in QUANTILES:
        assert row(table(), plan="more", kpi=BACKLOG, figure="quantile", probability=share)["value"] == 7.0


def test_what_could_not_be_measured_has_no_quantile() -> None:
    found = row(table(), plan="none", kpi=CLEAR, figure="quantile", probability=0.9)
    assert (found["n"], found["method"], found["confidence"]) == (0, "no bound", 0.0)
    assert math.isnan(found["value"])
    once = row(table(), plan="more", kpi=CLEAR, figure="quantile", probability=0.9)
    assert (once["n"], once["value"], once["method"]) == (1, 4.0, "no bound")


@pytest.mark.parametrize(
    ("event", "plan", "count", "n"),
    [
        ("target_met", "none", 2, 4),  # 0.95 counts; where nothing fell due there is nothing to meet
        ("target_met", "more", 4, 5),
        ("loses_money", "none", 1, 5),  # nought is no loss
        ("loses_money", "more", 1, 5),
        ("earns_less_than_baseline", "more", 2, 5),
        ("serves_worse_than_baseline", "more", 1, 4),
    ],
)
def test_events_are_counted(event: str, plan: str, count: int, n: int) -> None:
    found = row(table(), plan=plan, figure=event)
    assert (found["count"], found["n"], found["value"]) == (count, n, count / n)
    assert (found["kpi"], found["unit"], found["method"]) == (EVENTS[event].kpi, "share", "exact binomial")
    # Clopper and Pearson: at the lower bound so many or more have 2.5 %, at the upper one so many or fewer
    assert sum(chance(k, n, found["low"]) for k in range(count, n + 1)) == pytest.approx(0.025)
    assert sum(chance(k, n, found["high"]) for k in range(count + 1)) == pytest.approx(0.025)


def chance(k: int, n: int, share: float) -> float:
    return math.comb(n, k) * share**k * (1 - share) ** (n - k)


@pytest.mark.parametrize(
    ("level", "share", "low", "high"), [(1.0, 1.0, 0.025**0.2, 1.0), (0.0, 0.0, 0.0, 1 - 0.025**0.2)]
)
def test_always_and_never_are_not_certain(level: float, share: float, low: float, high: float) -> None:
    found = row(
        table({("none", SERVICE): [level] * 5, ("more", SERVICE): [level] * 5}), plan="more", figure="target_met"
    )
    assert (found["value"], found["low"], found["high"]) == pytest.approx((share, low, high))


def test_an_event_that_could_not_be_observed_has_no_probability() -> None:
    nothing = {(plan, SERVICE): [NAN] * 5 for plan in ("none", "more")}
    found = row(table(nothing), plan="more", figure="serves_worse_than_baseline")
    assert (found["n"], found["count"], found["method"]) == (0, 0, "no bound")
    assert all(math.isnan(found[name]) for name in ("value", "low", "high"))
