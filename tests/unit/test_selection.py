"""Choosing the best of several systems, by hand arithmetic, on outputs that are written down beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.statistics.observing import Floats
from sim.statistics.selection import Elimination, boundary, select_best, variances_of_differences


class Written:
    """Outputs written down beforehand, and what was asked for; what is read beyond them is nonsense."""

    def __init__(self, **systems: Sequence[float]) -> None:
        self.systems = {system: [*outputs, *[9e9] * 100] for system, outputs in systems.items()}
        self.asked: list[tuple[tuple[str, ...], int, int]] = []

    def __call__(self, systems: Sequence[str], start: int, stop: int) -> Floats:
        self.asked.append((tuple(systems), start, stop))
        return np.array([self.systems[system][start:stop] for system in systems], dtype=float).T


def choose(written: Written, **how: Any) -> Any:
    """Three replications in the first stage, indifference of one: h^2 = 18 for two systems, 38 for three."""
    return select_best(written, list(written.systems), **({"indifference": 1.0, "first_stage": 3} | how))


# --- constants --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("systems", "first_stage", "alpha", "eta"),
    [
        (2, 2, 0.05, 49.5),  # (0.1^-2 - 1) / 2
        (2, 3, 0.05, 4.5),  # (0.1^-1 - 1) / 2
        (3, 3, 0.05, 9.5),  # (0.05^-1 - 1) / 2
        (2, 5, 0.05, 1.0811388),  # (sqrt(10) - 1) / 2
        (5, 10, 0.05, 0.634966),  # (0.025^(-2/9) - 1) / 2 = (exp(0.819751) - 1) / 2
    ],
)
def test_the_constants_by_hand(systems: int, first_stage: int, alpha: float, eta: float) -> None:
    found, h_squared = boundary(systems, first_stage, alpha)
    assert found == pytest.approx(eta, abs=5e-5)
    assert h_squared == pytest.approx(2 * eta * (first_stage - 1), abs=1e-3)


@pytest.mark.parametrize("first_stage", [2, 5, 10, 24, 100])
@pytest.mark.parametrize("systems", [2, 3, 10, 500])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.25])
def test_eta_solves_the_equation_that_defines_it(systems: int, first_stage: int, alpha: float) -> None:
    # Kim and Nelson's g(eta) = alpha / (k - 1), written out for c = 1
    eta, h_squared = boundary(systems, first_stage, alpha)
    assert 0.5 * (1 + 2 * eta) ** (-(first_stage - 1) / 2) == pytest.approx(alpha / (systems - 1))
    assert h_squared == pytest.approx(2 * eta * (first_stage - 1))


@pytest.mark.parametrize("systems", [2, 10])
def test_with_known_variances_the_constant_is_that_of_fabian(systems: int) -> None:
    # Fabian (1974): log((k - 1) / (2 alpha)) in place of Paulson's log((k - 1) / alpha); h^2 tends to twice that
    _, h_squared = boundary(systems, 1_000_000, 0.05)
    assert h_squared == pytest.approx(2 * math.log((systems - 1) / 0.1), rel=1e-4)


def test_variances_are_those_of_the_differences() -> None:
    outputs = np.array([[3.0, 0.0, 1.0], [1.0, 0.0, 5.0], [2.0, 0.0, 3.0]])
    # differences first - second: 3, 1, 2; first - third: 2, -4, -1; second - third: -1, -5, -3
    assert variances_of_differences(outputs).tolist() == [[0, 1, 9], [1, 0, 4], [9, 4, 0]]


# --- races by hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fourth", "n"),
    [(1.125, 4), (1.0, 5)],  # 6 + 1.125 > 9 - 4 / 2; 6 + 1 is not, and 7 + 1 > 9 - 5 / 2
)
def test_a_race_of_two_by_hand(fourth: float, n: int) -> None:
    # Differences 3, 1, 2: variance 1, sum 6; allowed (18 - r) / 2 = 7.5 at the end of the first stage
    found = choose(Written(ahead=[3, 1, 2, fourth, 1, 0], behind=[0] * 6))
    assert found.best == "ahead"
    assert found.survivors == ("ahead",)
    assert found.eliminated == (Elimination("behind", n, "ahead"),)
    assert (found.n, found.observations, found.guaranteed) == (n, 2 * n, True)
    assert found.means == pytest.approx({"ahead": (6 + fourth + (n == 5)) / n, "behind": 0.0})


def test_the_race_can_end_with_the_first_stage() -> None:
    written = Written(ahead=[4, 2, 3], behind=[0] * 3)  # sum 9 > 7.5
    found = choose(written)
    assert (found.best, found.n, found.guaranteed) == ("ahead", 3, True)
    assert written.asked == [(("ahead", "behind"), 0, 3)]


def test_small_outputs_are_good_where_one_says_so() -> None:
    found = choose(Written(ahead=[3, 1, 2, 1.125], behind=[0] * 4), maximise=False)
    assert found.best == "behind"
    assert found.means == pytest.approx({"ahead": 7.125 / 4, "behind": 0.0})


def test_a_smaller_indifference_takes_longer() -> None:
    # Half of it: allowed 18 - r / 4; the sums differ by 6 at the third, and by one more in each further replication
    found = choose(Written(ahead=[3, 1, 2] + [1] * 20, behind=[0] * 23), indifference=0.5)
    assert found.n == 13  # 16 > 18 - 3.25, and 15 < 18 - 3


def test_more_systems_and_more_compared_widen_what_is_allowed() -> None:
    # (38 - r) / 2 allowed instead of (18 - r) / 2
    written = Written(ahead=[3, 1, 2] + [1] * 20, behind=[0] * 23)
    assert choose(written, compared=3).n == 11  # 14 > 13.5, and 13 < 14 before


def test_a_system_is_dropped_by_one_that_is_far_enough_ahead() -> None:
    # `last` is 100 behind `steady` in each replication, always the same; `ahead` leads it by 306 and varies
    found = choose(Written(ahead=[3, 1, 2] + [1] * 30, steady=[0] * 33, last=[-100] * 33))
    assert found.eliminated[0] == Elimination("last", 3, "ahead")
    assert found.eliminated[1].system == "steady"
    assert found.observations == 3 + 2 * found.n


def test_what_dropped_it_is_named_though_another_is_farther_ahead() -> None:
    # `rough` leads `last` by 30 in sum, but varies too much to tell; `steady` leads it by one in each replication
    found = choose(Written(rough=[30, -30, 30, 0], steady=[1, 1, 1, 1], last=[0] * 4), at_most=4)
    assert found.eliminated == (Elimination("last", 3, "steady"),)


def test_a_system_that_was_dropped_is_not_asked_for_again() -> None:
    written = Written(ahead=[3, 1, 2] + [1] * 30, steady=[0] * 33, last=[-100] * 33)
    choose(written, batch=4)
    assert [asked for asked, *_ in written.asked] == [("ahead", "steady", "last")] + [("ahead", "steady")] * 2
    assert [(start, stop) for _, start, stop in written.asked] == [(0, 3), (3, 7), (7, 11)]


# --- ends -------------------------------------------------------------------------------------------------------


def test_a_fixed_difference_is_seen_at_once_however_small() -> None:
    wild = np.random.default_rng(1).integers(-1000, 1000, 12).astype(float)
    found = choose(Written(one=wild.tolist(), other=(wild + 0.25).tolist()))
    assert (found.best, found.n, found.guaranteed) == ("other", 3, True)


def test_of_equal_systems_the_first_is_chosen_and_none_dropped() -> None:
    found = choose(Written(one=[1, 2, 3, 4], other=[1, 2, 3, 4]))
    assert (found.best, found.survivors, found.eliminated) == ("one", ("one", "other"), ())
    assert (found.n, found.guaranteed) == (3, True)


def test_equal_means_end_when_nothing_is_allowed_any_more() -> None:
    # Differences 1, -1, 0: variance 1; they stay level until (18 - r) / 2 is used up
    found = choose(Written(one=[1, -1] + [0] * 38, other=[0] * 40))
    assert (found.best, found.n, found.survivors, found.guaranteed) == ("one", 18, ("one", "other"), True)


def test_at_the_cap_the_best_mean_is_chosen_and_nothing_guaranteed() -> None:
    written = Written(one=[0] * 20, other=[3, 1, 2, 0, 0, 0, 0, 0] * 3)
    found = choose(written, at_most=4)
    assert (found.best, found.n, found.guaranteed) == ("other", 4, False)
    assert found.survivors == ("one", "other")
    assert max(stop for *_, stop in written.asked) == 4


def test_a_race_that_ends_at_the_cap_is_guaranteed() -> None:
    assert choose(Written(ahead=[3, 1, 2, 1.125], behind=[0] * 4), at_most=4).guaranteed


def test_one_system_is_chosen_without_a_run() -> None:
    written = Written(only=[])
    found = choose(written)
    assert (found.best, found.n, found.observations, found.guaranteed) == ("only", 0, 0, True)
    assert written.asked == []


def test_replications_are_counted_from_the_start() -> None:
    written = Written(ahead=[math.nan] * 7 + [3, 1, 2, 1.125], behind=[0] * 11)
    found = choose(written, start=7, batch=1)
    assert (found.n, found.best) == (4, "ahead")
    assert [(start, stop) for _, start, stop in written.asked] == [(7, 10), (10, 11)]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    systems=st.integers(2, 6),
    batches=st.lists(st.integers(1, 90), min_size=2, max_size=3),
    at_most=st.sampled_from([5, 30, 80]),
)
def test_the_result_does_not_depend_on_the_batches(seed: int, systems: int, batches: list[int], at_most: int) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.normal(0, 1, (80, 1)) + rng.normal(np.linspace(0, 1, systems), 2.0, (80, systems))
    written = Written(**{f"s{place}": outputs[:, place].tolist() for place in range(systems)})
    first, *others = (choose(written, batch=batch, first_stage=5, at_most=at_most) for batch in batches)
    assert all(other == first for other in others)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), luck=st.integers(-50, 50), factor=st.sampled_from([0.25, 2.0, 1024.0]))
def test_luck_that_all_share_and_units_change_nothing(seed: int, luck: int, factor: float) -> None:
    # Whole numbers and powers of two, so that nothing is rounded but in the variances, which are rounded alike
    rng = np.random.default_rng(seed)
    outputs = rng.integers(-8, 9, (64, 3)).astype(float)
    shared = (luck * rng.integers(-8, 9, (64, 1))).astype(float)
    plain = choose(Written(**dict(zip("abc", outputs.T.tolist(), strict=True))), first_stage=5, at_most=64)
    moved = (outputs + shared) * factor
    written = Written(**dict(zip("abc", moved.T.tolist(), strict=True)))
    found = choose(written, indifference=factor, first_stage=5, at_most=64)
    assert (found.best, found.survivors, found.n) == (plain.best, plain.survivors, plain.n)
    assert [each.system for each in found.eliminated] == [each.system for each in plain.eliminated]


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ({"indifference": 0.0}, "indifference"),
        ({"indifference": math.nan}, "indifference"),
        ({"alpha": 0.5}, "alpha"),
        ({"alpha": 0.0}, "alpha"),
        ({"first_stage": 1}, "first_stage"),
        ({"first_stage": 10, "at_most": 9}, "at_most"),
        ({"batch": 0}, "batch"),
        ({"start": -1}, "start"),
        ({"compared": 1}, "compared"),
    ],
)
def test_arguments_out_of_range_are_refused(how: dict[str, Any], place: str) -> None:
    written = Written(one=[1] * 20, other=[0] * 20)
    with pytest.raises(InputError) as caught:
        choose(written, **how)
    assert [problem.place for problem in caught.value.problems] == [place]
    assert written.asked == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        select_best(Written(), ["one", "one"], -1.0, alpha=2.0, batch=0)
    assert [problem.place for problem in caught.value.problems] == ["systems", "batch", "indifference", "alpha"]
    with pytest.raises(InputError, match="name at least one"):
        select_best(Written(), [], 1.0)


@pytest.mark.parametrize("unknown", [math.nan, math.inf])
def test_an_output_that_could_not_be_measured_is_refused(unknown: float) -> None:
    with pytest.raises(InputError, match=r"replication 4, other = (nan|inf): every run must have this figure"):
        choose(Written(one=[3, 1, 2, 0, 0, 0], other=[0, 0, 0, 0, unknown, 0]))


def test_an_answer_of_the_wrong_shape_is_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3\), not \(3, 2\)"):
        select_best(lambda systems, start, stop: np.zeros((2, 3)), ["one", "other"], 1.0, first_stage=3)
