"""The report on risk: what the tables say of a made-up comparison, and what is left out."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from report_fixture import make_comparison
from shop_fixture import make_plans

from sim.experiment import Comparison
from sim.experiment.risk import WATCHED, risk_table
from sim.report.charts.canvas import style
from sim.report.charts.risk import MOST_DOTS, dots, risk_chart
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.report.risk import RiskInWords, bad_of
from sim.report.tables import Cell

FORMATS = Formats(catalogue(), "TWD")
SERVICE, NET = "service_level_ship", "net_contribution"


def reading_of(replications: int = 12, values: dict[tuple[str, str], list[float]] | None = None) -> Reading:
    """Two plans; figures of the made-up comparison replaced by the ones given."""
    plans = dict(list(make_plans().items())[:2])
    comparison = make_comparison(plans, replications=replications)
    first, second = plans
    runs = comparison.per_replication.copy()
    for (plan, kpi), numbers in (values or {}).items():
        runs.loc[runs["plan"] == {"first": first, "second": second}[plan], kpi] = numbers
    kpis = {(plan, kpi): runs.loc[runs["plan"] == plan, kpi].to_numpy(float) for plan in plans for kpi in WATCHED}
    risk = risk_table(comparison.scenario, list(plans), first, kpis)
    changed: dict[str, Any] = {**vars(comparison), "per_replication": runs, "risk": risk}
    return Reading(cast(Comparison, SimpleNamespace(**changed)))


def plain(cell: Cell) -> tuple[str, str, str]:
    return tuple(text.replace("\u00a0", " ") for text in (cell.text, cell.below, cell.remark))  # type: ignore[return-value]


def test_events_have_their_counts_and_exact_intervals() -> None:
    met = [0.99] * 9 + [0.5] * 3
    found = RiskInWords(reading_of(12, {("first", SERVICE): met}), FORMATS).section()
    assert found is not None
    assert found.events is not None
    assert [head.text for head in found.events.heads] == [
        "Meets the target",
        "Loses money",
        "Earns less than the baseline",
        "Ships less on time than the baseline",
    ]
    assert found.events.heads[0].unit.replace("\u00a0", " ") == "at least 95 % shipped on time"
    base = [plain(cell) for cell in found.events.rows[0].cells]
    # Clopper and Pearson for 9 of 12
    assert base[0] == ("75 %", "9 of 12: 42.8 % to 94.5 %", "")
    assert base[2:] == [("–", "", "")] * 2, "nobody is worse than himself"


def test_a_bad_surge_lies_at_the_bad_end() -> None:
    assert {kpi: bad_of(kpi) for kpi in WATCHED} == {
        SERVICE: 0.1,
        "tardiness_ship_p90_min": 0.9,
        "peak_backlog_orders": 0.9,
        "clear_time_h": 0.9,
        "total_cost": 0.9,
        NET: 0.1,
    }
    net = [float(1000 * number) for number in range(1, 12)]
    found = RiskInWords(reading_of(11, {("first", NET): net}), FORMATS).section()
    assert found is not None
    assert found.bad is not None
    assert found.bad.heads[-1].unit == "TWD, one surge in ten is lower"
    # 1,000 to 11,000: one in ten below 2,000; three or more of 11 below the quantile with 0.0896, four with 0.0185
    assert plain(found.bad.rows[0].cells[-1]) == ("2,000", "at most 4,000", "median 6,000")
    (card,) = (each for each in found.quantiles if each.team == "Net contribution, TWD")
    low, half, high = (plain(cell) for cell in card.table.rows[0].cells)
    assert (low[:2], high[:2]) == (("2,000", "at most 4,000"), ("10,000", "at least 8,000"))
    # 1 of 11 or fewer with 12 / 2048 below rank 2, so ranks 2 and 10
    assert half == ("6,000", "2,000 to 10,000", "")


def test_two_surges_are_too_few_for_a_bound() -> None:
    found = RiskInWords(reading_of(2), FORMATS).section()
    assert found is not None
    assert plain(found.quantiles[0].table.rows[0].cells[1])[1] == "too few for a bound"


def test_one_surge_says_nothing_about_risk() -> None:
    reading = reading_of(3)
    once = SimpleNamespace(**{**vars(reading.comparison), "replications": 1})
    assert RiskInWords(Reading(cast(Comparison, once)), FORMATS).section() is None


def test_figures_that_some_surges_lack_say_so() -> None:
    clear = [math.nan] * 4 + [5.0] * 8
    found = RiskInWords(reading_of(12, {("first", "clear_time_h"): clear}), FORMATS).section()
    assert found is not None
    (card,) = (each for each in found.quantiles if each.team == "Time to clear, h")
    assert plain(card.table.rows[0].cells[0]) == ("5.0", "at most 5.0", "in 8 of 12")


def test_where_nothing_was_promised_and_nothing_costs_there_is_no_section() -> None:
    reading = reading_of(4)
    summary = reading.comparison.summary.copy()
    summary.loc[summary["kpi"].isin(WATCHED), "mean"] = math.nan
    nothing = Reading(cast(Comparison, SimpleNamespace(**{**vars(reading.comparison), "summary": summary})))
    assert RiskInWords(nothing, FORMATS).section() is None
    with style():
        assert risk_chart(nothing, FORMATS) is None


@pytest.mark.parametrize("replications", [2, MOST_DOTS + 20])
def test_the_chart_is_the_same_for_the_same_figures(replications: int) -> None:
    with style():
        charts = [risk_chart(reading_of(replications), FORMATS) for _ in range(2)]
    one, other = charts
    assert one is not None
    assert other is not None
    assert one.svg == other.svg
    assert "One surge in ten is below: " in one.alt


def test_dots_stand_for_as_many_surges_each() -> None:
    few = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(dots(few), [1.0, 2.0, 3.0])
    many = dots(np.arange(1.0, 1001.0))
    assert len(many) == MOST_DOTS
    assert (many[0], many[-1]) == pytest.approx((5.995, 995.005))
