"""When a comparison is settled: the figures judged, the widths wanted, and a stopping point that no round moves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.errors import InputError
from sim.experiment.enough import Enough, Figure, judged, looked_at, settled_at, still_needed
from sim.experiment.rounds import COLUMNS, Settled, first_round, until_enough
from sim.experiment.runner import Outcome
from sim.statistics.precision import Precision

Values = NDArray[np.float64]
SERVICE, NET, COST, PEAK = "service_level_ship", "net_contribution", "total_cost", "peak_backlog_orders"
RULE = Precision(relative=0.1, at_least=4, at_most=40, look_ahead=2)


def series(**plans: Mapping[str, Values]) -> dict[str, Values]:
    """Columns of KPIs side by side, by plan."""
    return {plan: np.column_stack(list(columns.values())).astype(float) for plan, columns in plans.items()}


def of(figures: list[Figure], plan: str, kpi: str, *, paired: bool = False) -> Figure:
    (found,) = (each for each in figures if (each.plan, each.kpi, each.paired) == (plan, kpi, paired))
    return found


def half_width(values: Values) -> float:
    return float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)) if len(values) > 1 else math.nan


# what is asked for


def test_what_is_wrong_is_told_together() -> None:
    with pytest.raises(InputError) as caught:
        Enough(("servce_level_ship", NET, NET), absolute={PEAK: 3.0, "totl_cost": 1.0, NET: math.inf})
    assert [(each.place, each.given) for each in caught.value.problems] == [
        ("precision.kpis", "servce_level_ship"),
        ("precision.kpis", NET),
        (f"precision.absolute.{PEAK}", ""),
        ("precision.absolute.totl_cost", ""),
        (f"precision.absolute.{NET}", "inf"),
    ]
    text = str(caught.value)
    assert "is no KPI; did you mean 'service_level_ship'?" in text
    assert "is named twice" in text
    assert "is none of the KPIs that decide" in text
    assert "did you mean 'total_cost'?" in text


@pytest.mark.parametrize("width", [0.0, -1.0, math.nan, math.inf])
def test_widths_are_above_nought(width: float) -> None:
    with pytest.raises(InputError, match="must be above 0"):
        Enough((PEAK,), absolute={PEAK: width})


def test_at_least_one_kpi_decides() -> None:
    with pytest.raises(InputError, match="name at least one KPI"):
        Enough(())


def test_widths_in_the_unit_of_a_kpi() -> None:
    common = Enough((SERVICE, PEAK), Precision(relative=None, absolute=7.0), {PEAK: 3.0})
    assert (common.of(SERVICE).absolute, common.of(PEAK).absolute) == (7.0, 3.0)
    usual = Enough((SERVICE, PEAK))
    assert (usual.of(SERVICE).absolute, usual.of(PEAK).absolute) == (0.005, None)


# what is judged


def test_each_plan_and_each_difference_is_judged() -> None:
    flat = np.full(10, 5.0)
    figures = judged(series(none={PEAK: flat}, more={PEAK: flat + 1}), (PEAK,), "none", Enough((PEAK,), RULE))
    assert [(each.plan, each.kpi, each.paired) for each in figures] == [
        ("none", PEAK, False),
        ("more", PEAK, False),
        ("more", PEAK, True),
    ]
    # constant figures have no width: settled at the first look
    assert all((each.stop.reached, each.stop.n, each.stop.half_width) == (True, 4, 0.0) for each in figures)
    assert (settled_at(figures), looked_at(figures), still_needed(figures)) == (4, 6, 0)


def test_a_difference_is_held_against_the_first_mean_of_the_baseline() -> None:
    base = np.array([10.0, 20.0, 10.0, 20.0, 900.0, 900.0, 900.0])  # the first four: mean 15
    figures = judged(series(none={PEAK: base}, more={PEAK: base + 3}), (PEAK,), "none", Enough((PEAK,), RULE))
    difference = of(figures, "more", PEAK, paired=True).stop
    assert (difference.mean, difference.half_width, difference.target) == (3.0, 0.0, pytest.approx(1.5))


def test_a_net_contribution_is_held_against_the_total_cost_of_the_baseline() -> None:
    cost = np.array([900.0, 1100.0, 900.0, 1100.0, 1e6, 1e6, 1e6])  # the first four: mean 1000
    net = np.array([30.0, -30.0, 20.0, -20.0, 10.0, -10.0, 0.0])
    kpis = series(none={NET: net, COST: cost}, more={NET: net + 1, COST: cost * 9})
    figures = judged(kpis, (NET, COST), "none", Enough((NET,), RULE))
    assert [each.stop.target for each in figures] == [pytest.approx(100.0)] * 3
    assert settled_at(figures) == 4
    assert of(figures, "none", NET).stop.half_width == pytest.approx(half_width(net[:4]))
    # a width of one's own is not widened
    own = judged(kpis, (NET, COST), "none", Enough((NET,), RULE, {NET: 2.0}))
    assert of(own, "none", NET).stop.target == pytest.approx(2.0)
    assert still_needed(own) > 7


def test_a_figure_that_nobody_could_measure_holds_up_nobody() -> None:
    nothing, flat = np.full(10, np.nan), np.full(10, 5.0)
    kpis = series(none={SERVICE: nothing, PEAK: flat}, more={SERVICE: nothing, PEAK: flat})
    figures = judged(kpis, (SERVICE, PEAK), "none", Enough((SERVICE, PEAK), RULE))
    assert (settled_at(figures), still_needed(figures)) == (4, 0)
    assert not of(figures, "more", SERVICE, paired=True).stop.reached
    assert of(figures, "more", SERVICE).stop.measured == 0


def test_who_comes_too_late_is_given_up_and_told_as_it_stands() -> None:
    """The first value after the first look and its look-ahead: nobody waits for more, and what there is is told."""
    late = np.concatenate([np.full(7, np.nan), np.full(33, 5.0)])
    wild = np.full(40, 100.0)
    wild[:3] = 80.0, 120.0, 130.0
    figures = judged(series(none={PEAK: late, COST: wild}), (PEAK, COST), "none", Enough((PEAK, COST), RULE))
    n = settled_at(judged(series(none={COST: wild}), (COST,), "none", Enough((COST,), RULE)))
    assert settled_at(figures) == n
    assert n > 7
    peak = of(figures, "none", PEAK).stop
    assert (peak.reached, peak.measured, peak.mean) == (False, n - 7, 5.0)


def test_all_figures_are_narrow_at_the_number_of_replications_that_counts() -> None:
    """Alone, the first would stop at 4; where the second one is settled, it is wide again because of one bad surge."""
    calm = np.full(40, 100.0)
    calm[6] = 190.0
    wild = np.full(40, 100.0)
    wild[:3] = 80.0, 120.0, 130.0
    kpis = series(none={PEAK: calm, COST: wild})
    alone = judged(kpis, (PEAK, COST), "none", Enough((PEAK,), RULE))
    assert settled_at(alone) == 4
    other = settled_at(judged(kpis, (PEAK, COST), "none", Enough((COST,), RULE)))
    assert half_width(calm[:other]) > 0.1 * calm[:other].mean()
    together = judged(kpis, (PEAK, COST), "none", Enough((PEAK, COST), RULE))
    n = settled_at(together)
    assert other < n < 40
    assert {each.stop.n for each in together} == {n}
    for column in (calm, wild):
        assert all(half_width(column[:m]) <= 0.1 * column[:m].mean() for m in (n, n + 1, n + 2))
    assert half_width(calm[: n - 1]) > 0.1 * calm[: n - 1].mean()


# against the definition, and whatever the rounds

PLANS = ("none", "more", "most")


@st.composite
def replications(draw: st.DrawFn) -> dict[str, Values]:
    """Up to three plans, a figure that is known soon and one that varies, holes in them."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    spread, holes = draw(st.sampled_from([0.02, 0.15, 0.6])), draw(st.sampled_from([0.0, 0.0, 0.3, 0.9]))
    shared = rng.normal(0, spread, RULE.at_most)
    found = {}
    for plan in PLANS[: draw(st.integers(1, 3))]:
        values = 50 * np.exp(shared + rng.normal(0, spread / 3, RULE.at_most))
        values[rng.random(RULE.at_most) < holes] = np.nan
        found[plan] = np.column_stack([values, 10 + rng.poisson(1.0, RULE.at_most)])
    return found


KPIS = (PEAK, COST)
BOTH = Enough(KPIS, RULE)


def by_definition(kpis: dict[str, Values]) -> tuple[int, list[bool]]:
    """The first replication from which on all figures are narrow over the look-ahead, worked out one by one."""
    states = []
    for column in range(len(KPIS)):
        base = kpis["none"][:, column]
        first = base[: RULE.at_least]
        width = 0.1 * abs(np.nanmean(first)) if not np.isnan(first).all() else 0.0
        for plan, table in kpis.items():
            own = table[:, column]
            states.append((own, [0.1 * abs(np.nanmean(own[:n])) if n else 0.0 for n in range(RULE.at_most + 1)]))
            if plan != "none":
                states.append((own - base, [max(width, each) for each in means(own - base)]))
    narrow = [list(narrow_over(values, wanted)) for values, wanted in states]
    measurable = [not np.isnan(values[:6]).all() for values, _ in states]
    for n in range(1, RULE.at_most + 1):
        if all(each[n - 1] for each, can in zip(narrow, measurable, strict=True) if can):
            return n, [each[n - 1] and can for each, can in zip(narrow, measurable, strict=True)]
    return RULE.at_most, [each[-1] and can for each, can in zip(narrow, measurable, strict=True)]


def means(values: Values) -> list[float]:
    return [0.1 * abs(np.nanmean(values[:n])) if n and not np.isnan(values[:n]).all() else 0.0 for n in range(41)]


def narrow_over(values: Values, wanted: list[float]) -> Iterator[bool]:
    """By replication: enough values, and narrow now and over the next ones that have a value."""
    places = np.flatnonzero(~np.isnan(values))
    known = [values[places[: m + 1]] for m in range(len(places))]
    now = [half_width(each) <= wanted[places[m] + 1] * (1 + 1e-12) for m, each in enumerate(known)]
    for n in range(1, RULE.at_most + 1):
        measured = int((places < n).sum())
        yield measured >= RULE.at_least and all(now[measured - 1 : measured + RULE.look_ahead])


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Precision loss occurred")
@settings(max_examples=150, deadline=None)
@given(replications())
def test_the_stopping_point_is_the_one_defined(kpis: dict[str, Values]) -> None:
    figures = judged(kpis, KPIS, "none", BOTH)
    n, reached = by_definition(kpis)
    assert settled_at(figures) == n
    assert [each.stop.reached for each in figures] == reached


@settings(max_examples=100, deadline=None)
@given(replications(), st.integers(1, RULE.at_most))
def test_more_replications_at_hand_move_nothing(kpis: dict[str, Values], at_hand: int) -> None:
    everything = judged(kpis, KPIS, "none", BOTH)
    some = judged({plan: table[:at_hand] for plan, table in kpis.items()}, KPIS, "none", BOTH)
    if at_hand >= looked_at(everything):
        # NaN is not itself, so the repr is compared
        assert repr(some) == repr(everything)
    else:
        assert at_hand < still_needed(some) <= RULE.at_most


@settings(max_examples=60, deadline=None)
@given(replications(), st.integers(1, RULE.at_most))
def test_rounds_of_any_size_settle_at_the_same_point(kpis: dict[str, Values], first: int) -> None:
    plans = list(kpis)

    def run(numbers: range) -> list[Outcome]:
        asked.append(numbers)
        return [outcome(plan, number, kpis[plan][number]) for number in reversed(numbers) for plan in plans]

    asked: list[range] = []
    _, settled = until_enough(run(range(1)), run, plans, "none", BOTH)
    assert asked[0] == range(1)
    assert [each.start for each in asked[1:]] == [each.stop for each in asked[:-1]], "nothing is run twice"
    outcomes, other = until_enough(run(range(first)), run, plans, "none", BOTH)
    assert repr(other.figures) == repr(settled.figures)
    assert (other.replications, other.looked_at) == (settled.replications, settled.looked_at)
    assert other.ran >= max(other.looked_at, first, first_round(BOTH))
    assert len(outcomes) == other.ran * len(plans)


def outcome(plan: str, replication: int, values: Values) -> Outcome:
    nothing = np.zeros(0)
    kpis = dict(zip(KPIS, map(float, values), strict=True))
    return Outcome(plan, replication, kpis, {}, nothing.astype(np.int8), {}, nothing, False)


def test_the_table_says_what_was_reached() -> None:
    wild = np.tile([80.0, 120.0], 20)
    kpis = {"none": np.column_stack([wild, np.full(40, 3.0)])}
    rule = Enough(KPIS, Precision(relative=0.01, at_least=4, at_most=12, look_ahead=2))

    def run(numbers: range) -> list[Outcome]:
        return [outcome("none", number, kpis["none"][number]) for number in numbers]

    _, settled = until_enough((), run, ["none"], "none", rule)
    assert isinstance(settled, Settled)
    assert (settled.reached, settled.replications, settled.looked_at, settled.ran) == (False, 12, 12, 12)
    table = settled.table()
    assert list(table.columns) == list(COLUMNS)
    peak, cost = table.to_dict("records")
    assert (peak["plan"], peak["kpi"], peak["unit"], peak["paired"]) == ("none", PEAK, "orders", False)
    assert (peak["mean"], peak["wanted"], peak["measured"]) == (100.0, 1.0, 12)
    assert peak["half_width"] == pytest.approx(half_width(wild[:12]))
    assert not peak["reached"]
    assert cost["reached"]
    assert (cost["half_width"], cost["replications"]) == (0.0, 12)
