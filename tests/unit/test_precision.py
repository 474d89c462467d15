"""The stopping rule against its published steps written out plainly, and by hand on a few values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.statistics.intervals import mean_interval
from sim.statistics.precision import Floats, Precision, Stop, running_intervals, stopping_point

NAN = float("nan")


def plainly(values: Floats, precision: Precision) -> int | None:
    """Hoad, Robinson and Davies step by step; None if the values don't reach far enough, or the cap comes first."""

    def narrow(n: int) -> bool:
        mean, low, high, _ = mean_interval(values[:n], precision.confidence)
        relative = (precision.relative or 0.0) * abs(mean)
        return (high - low) / 2 <= max(relative, precision.absolute or 0.0)

    n = precision.at_least
    while n <= len(values):
        if not narrow(n):
            n += 1
            continue
        ahead = precision.look_ahead if n <= 100 else precision.look_ahead * n // 100
        if n + ahead > len(values):
            return None
        wide = [further for further in range(n + 1, n + ahead + 1) if not narrow(further)]
        if not wide:
            return n
        n = wide[0] + 1
    return None


def drawn(seed: int, count: int, mean: float = 10.0, deviation: float = 3.0) -> Floats:
    return np.random.default_rng(seed).normal(mean, deviation, count)


# --- by hand ----------------------------------------------------------------------------------------------------


def test_intervals_run_along() -> None:
    values = drawn(1, 30, mean=1e9)
    means, half_widths = running_intervals(values, 0.9)
    assert math.isnan(half_widths[0])
    for n in (1, 2, 3, 17, 30):
        mean, low, high, _ = mean_interval(values[:n], 0.9)
        assert means[n - 1] == pytest.approx(mean, rel=1e-14)
        if n > 1:
            assert half_widths[n - 1] == pytest.approx((high - low) / 2, rel=1e-6)


def test_three_values_by_hand() -> None:
    # 9, 10, 11: half-width 4.302653 / sqrt(3) = 2.484; a fourth of 10: 3.182446 sqrt(2/3) / 2 = 1.2992
    precision = Precision(relative=0.13, at_least=3, look_ahead=0)
    early = stopping_point(np.array([9.0, 10.0, 11.0]), precision)
    assert (early.decided, early.reached, early.n) == (False, False, 3)
    assert early.half_width == pytest.approx(2.484138, abs=1e-5)
    assert early.target == pytest.approx(1.3)
    found = stopping_point(np.array([9.0, 10.0, 11.0, 10.0, 99.0]), precision)
    assert (found.decided, found.reached, found.n, found.measured, found.needed) == (True, True, 4, 4, 4)
    assert (found.mean, found.half_width) == pytest.approx((10.0, 1.299229), abs=1e-5)


def test_a_fluke_does_not_stop_it() -> None:
    # Equal at first; the fifth value shows that they are not
    values = np.array([10.0, 10.0, 10.0, 10.0, 30.0, 10.0, 10.0])
    assert stopping_point(values, Precision(at_least=3, look_ahead=0)).n == 3
    patient = stopping_point(values, Precision(at_least=3, look_ahead=2))
    assert (patient.decided, patient.n) == (False, 7)


def test_the_look_ahead_has_to_be_there() -> None:
    precision = Precision(at_least=3, look_ahead=2)
    for count, decided in ((3, False), (4, False), (5, True), (9, True)):
        found = stopping_point(np.full(count, 7.0), precision)
        assert found.decided == decided
        assert found.needed == 5
    assert found.n == 3
    assert (found.mean, found.half_width) == (7.0, 0.0)


def test_the_look_ahead_grows_beyond_a_hundred() -> None:
    assert Precision(look_ahead=5).ahead(np.array([3, 100, 101, 120, 399, 1000])).tolist() == [5, 5, 5, 6, 19, 50]


@pytest.mark.parametrize(
    ("relative", "absolute", "target"), [(0.1, None, 1.0), (None, 0.5, 0.5), (0.1, 0.5, 1.0), (0.1, 2.0, 2.0)]
)
def test_of_two_half_widths_the_wider_is_enough(relative: float | None, absolute: float | None, target: float) -> None:
    precision = Precision(relative=relative, absolute=absolute, at_least=3)
    assert stopping_point(np.array([9.0, 10.0, 11.0]), precision).target == pytest.approx(target)


def test_a_mean_below_zero_has_a_width_too() -> None:
    values = drawn(2, 400)
    assert stopping_point(-values, Precision()).n == stopping_point(values, Precision()).n


def test_near_zero_a_relative_width_is_never_reached() -> None:
    values = np.tile([-1.0, 1.0], 50)
    found = stopping_point(values, Precision(at_most=100))
    assert (found.decided, found.reached, found.n) == (True, False, 100)
    assert stopping_point(values, Precision(absolute=0.5, at_most=100)).reached


# --- caps, and what could not be measured -----------------------------------------------------------------------


def test_at_the_cap_it_gives_up() -> None:
    values = drawn(3, 60, deviation=30.0)
    found = stopping_point(values, Precision(at_most=50))
    assert (found.decided, found.reached, found.n, found.needed) == (True, False, 50, 50)
    assert found.mean == pytest.approx(values[:50].mean())


def test_at_the_cap_the_look_ahead_is_cut_short() -> None:
    precision = Precision(at_least=10, look_ahead=5, at_most=12)
    assert stopping_point(np.full(12, 3.0), precision).reached
    assert not stopping_point(np.full(11, 3.0), precision).decided


def test_what_could_not_be_measured_counts_for_nothing() -> None:
    values = drawn(4, 300)
    gaps = np.insert(values, np.arange(0, 300, 3), NAN)  # every fourth is missing
    plain, found = stopping_point(values, Precision()), stopping_point(gaps, Precision(at_most=2000))
    assert (found.measured, found.mean, found.half_width) == (plain.n, plain.mean, plain.half_width)
    assert np.isfinite(gaps[: found.n]).sum() == found.measured
    assert np.isfinite(gaps[found.n - 1])


def test_a_figure_that_is_never_measured_is_given_up_soon() -> None:
    precision = Precision(at_least=10, look_ahead=5)
    assert not stopping_point(np.full(14, NAN), precision).decided
    found = stopping_point(np.full(40, NAN), precision)
    assert (found.decided, found.reached, found.n, found.measured, found.needed) == (True, False, 15, 0, 15)
    assert math.isnan(found.mean)
    late = np.r_[np.full(20, NAN), np.ones(30)]
    assert stopping_point(late, precision) == stopping_point(np.full(20, NAN), precision)  # whatever came later


def test_without_values_it_asks_for_the_fewest() -> None:
    found = stopping_point(np.empty(0), Precision(at_least=10, look_ahead=5))
    assert (found.decided, found.n, found.needed) == (False, 0, 15)


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(InputError, match="replication 2 = inf"):
        stopping_point(np.array([1.0, NAN, -math.inf]), Precision())


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ({"relative": 0.0}, "precision.relative"),
        ({"relative": math.inf}, "precision.relative"),
        ({"absolute": -1.0}, "precision.absolute"),
        ({"confidence": 1.0}, "precision.confidence"),
        ({"at_least": 2}, "precision.at_least"),
        ({"at_most": 9}, "precision.at_most"),
        ({"look_ahead": -1}, "precision.look_ahead"),
        ({"relative": None}, "precision"),
    ],
)
def test_what_is_out_of_range_is_refused(how: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as caught:
        Precision(**how)
    assert [problem.place for problem in caught.value.problems] == [place]


# --- against the published steps --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 10_000),
    deviation=st.sampled_from([0.5, 1.5, 3.0, 6.0]),
    look_ahead=st.sampled_from([0, 1, 5, 10]),
    at_least=st.sampled_from([3, 10]),
    absolute=st.sampled_from([None, 0.6]),
)
def test_it_stops_where_the_published_steps_stop(
    seed: int, deviation: float, look_ahead: int, at_least: int, absolute: float | None
) -> None:
    precision = Precision(absolute=absolute, at_least=at_least, look_ahead=look_ahead)
    values = drawn(seed, 160, deviation=deviation)
    wanted, found = plainly(values, precision), stopping_point(values, precision)
    assert found.decided == (wanted is not None)
    assert found.n == (wanted or len(values))


@settings(deadline=None, max_examples=100)
@given(
    seed=st.integers(0, 10_000),
    rounds=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    missing=st.sampled_from([0.0, 0.2]),
    at_most=st.sampled_from([12, 80, 400]),
)
def test_rounds_of_any_size_come_to_the_same_point(seed: int, rounds: list[int], missing: float, at_most: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(500) < missing, NAN, rng.normal(10.0, 2.5, 500))
    precision = Precision(at_most=at_most)

    def in_rounds(sizes: list[int] | None) -> Stop:
        """Go on by rounds of these sizes in turn, or by what the rule asks for."""
        run, turn = 0, 0
        while not (found := stopping_point(values[:run], precision)).decided:
            assert run < found.needed <= max(2 * run, precision.at_least + precision.look_ahead)
            assert found.needed <= at_most
            run = found.needed if sizes is None else run + sizes[turn % len(sizes)]
            turn += 1
        assert found.n <= found.needed <= run
        return found

    whole = stopping_point(values, precision)
    assert whole.decided
    assert in_rounds(rounds) == in_rounds(None) == whole
