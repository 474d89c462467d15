"""Screening by chance constraints, alone and before a selection; errors of the test are computed, not simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.statistics.choice import select_feasible
from sim.statistics.feasibility import evidence, screen
from sim.statistics.observing import Floats
from sim.statistics.selection import select_best

# Probability 1/2 and tolerance 1/4: a success weighs log 3, a failure as much against. With this error four more
# successes than failures decide (4 log 3 = 4.394, log 80 = 4.382), as in the ruin of a gambler.
RUIN: dict[str, Any] = {"probability": 0.5, "tolerance": 0.25, "alpha": 1 / 80}


class Answers:
    """Answers written down beforehand, one letter per replication (y or n, y beyond), and what was asked for."""

    def __init__(self, **systems: str) -> None:
        self.systems = {system: letters.ljust(100, "y") for system, letters in systems.items()}
        self.asked: list[tuple[tuple[str, ...], int, int]] = []

    def __call__(self, systems: Sequence[str], start: int, stop: int) -> Floats:
        self.asked.append((tuple(systems), start, stop))
        return np.array([[letter == "y" for letter in self.systems[system][start:stop]] for system in systems]).T


def tell(answers: Answers, **how: Any) -> Any:
    return screen(answers, list(answers.systems), **(RUIN | how))


# --- screening by hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "feasible", "n"),
    [("yyyynn", True, 4), ("nnnnyy", False, 4), ("ynynyyyyy", True, 8), ("yyynnnnnnnn", False, 10)],
)
def test_four_more_decide(letters: str, feasible: bool, n: int) -> None:
    found = tell(Answers(only=letters), at_most=len(letters))
    assert found.feasible == (("only",) if feasible else ())
    assert found.infeasible == (() if feasible else ("only",))
    assert found.n == {"only": n}
    assert found.shares == {"only": letters[:n].count("y") / n}
    assert (found.observations, found.guaranteed, found.undecided) == (n, True, ())


def test_the_error_is_shared_among_systems() -> None:
    # log(3 x 80) = 5.48 > 4 log 3: three systems need five more each
    found = tell(Answers(one="yyyyyy", two="nnnnnn", three="ynyyyyyy"), at_most=7)
    assert (found.feasible, found.infeasible) == (("one", "three"), ("two",))
    assert found.n == {"one": 5, "two": 5, "three": 7}
    assert found.observations == 17


def test_at_the_cap_what_is_undecided_is_told() -> None:
    found = tell(Answers(one="yyyyyyyyyy", two="ynynynynyn", three="nnnnnnnnnn"), at_most=9)
    assert (found.feasible, found.infeasible, found.undecided) == (("one",), ("three",), ("two",))
    assert found.n["two"] == 9
    assert found.shares["two"] == 5 / 9
    assert not found.guaranteed


def test_decided_systems_are_not_asked_for_again() -> None:
    answers = Answers(one="yyyyyyyyyy", two="ynynynynyn")
    tell(answers, at_most=10, batch=4)
    assert answers.asked == [(("one", "two"), 0, 4), (("one", "two"), 4, 8), (("two",), 8, 10)]


def test_replications_are_counted_from_the_start() -> None:
    answers = Answers(only="nnnnyyyy")
    assert tell(answers, start=4, batch=2).feasible == ("only",)
    assert answers.asked == [(("only",), 4, 6), (("only",), 6, 8)]


def test_a_run_without_failure_is_enough_after_so_many() -> None:
    # n log(0.95 / 0.85) >= log(1 / 0.05): 2.9957 / 0.11123 = 26.9
    found = screen(Answers(only="y" * 40), ["only"], 0.9)
    assert found.n == {"only": 27}


# --- errors, computed exactly -----------------------------------------------------------------------------------


def chances(truth: float, probability: float, tolerance: float, alpha: float, most: int = 4000) -> tuple[float, float]:
    """Chances to be called feasible and infeasible; the number of successes is a Markov chain until it is decided."""
    rule = evidence(1, probability, tolerance, alpha)
    alive = np.zeros(most + 1)
    alive[0] = 1.0
    feasible = infeasible = 0.0
    for n in range(1, most + 1):
        alive[1:] = truth * alive[:-1] + (1 - truth) * alive[1:]
        alive[0] *= 1 - truth
        found = rule.of(np.arange(most + 1), n)
        feasible += float(alive[found >= rule.enough].sum())
        infeasible += float(alive[found <= -rule.enough].sum())
        alive[np.abs(found) >= rule.enough] = 0.0
        if alive.sum() < 1e-9:
            break
    return feasible, infeasible


def test_errors_are_those_of_the_gamblers_ruin() -> None:
    # From the middle of eight steps, with odds 3 : 1 against: 1 / (1 + 3^4)
    feasible, infeasible = chances(0.25, **RUIN)
    assert feasible == pytest.approx(1 / 82, rel=1e-6)
    assert feasible + infeasible == pytest.approx(1.0)
    assert chances(0.75, **RUIN)[1] == pytest.approx(1 / 82, rel=1e-6)
    assert RUIN["alpha"] > 1 / 82  # and not by much


@pytest.mark.parametrize("alpha", [0.05, 0.005])
@pytest.mark.parametrize(("probability", "tolerance"), [(0.9, 0.05), (0.95, 0.04), (0.5, 0.1), (0.2, 0.1)])
def test_errors_are_no_larger_than_promised_but_of_that_size(
    probability: float, tolerance: float, alpha: float
) -> None:
    given_ = (probability, tolerance, alpha)
    for beyond in (0.0, tolerance / 4):
        let_in, rejected = chances(probability - tolerance - beyond, *given_)
        assert let_in <= alpha
        assert let_in + rejected > 1 - 1e-6  # it always comes to an end
        _, shut_out = chances(probability + tolerance + beyond * (1 - probability - tolerance), *given_)
        assert shut_out <= alpha
    assert chances(probability - tolerance, *given_)[0] > alpha / 4
    assert chances(probability + tolerance, *given_)[1] > alpha / 12  # a failure weighs much: it overshoots


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    systems=st.integers(1, 5),
    batches=st.lists(st.integers(1, 70), min_size=2, max_size=3),
    at_most=st.sampled_from([3, 20, 60]),
)
def test_the_result_does_not_depend_on_the_batches(seed: int, systems: int, batches: list[int], at_most: int) -> None:
    letters = np.where(np.random.default_rng(seed).random((systems, 60)) < 0.6, "y", "n")
    answers = Answers(**{f"s{place}": "".join(row) for place, row in enumerate(letters)})
    first, *others = (tell(answers, batch=batch, at_most=at_most) for batch in batches)
    assert all(other == first for other in others)
    assert sorted(first.feasible + first.infeasible + first.undecided) == sorted(answers.systems)


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ({"probability": 0.0}, "probability"),
        ({"probability": 1.0}, "probability"),
        ({"tolerance": 0.5}, "tolerance"),
        ({"probability": 0.95, "tolerance": 0.06}, "tolerance"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"alpha": 1.0}, "alpha"),
        ({"at_most": 0}, "at_most"),
        ({"batch": 0}, "batch"),
        ({"start": -1}, "start"),
    ],
)
def test_arguments_out_of_range_are_refused(how: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as caught:
        tell(Answers(only="y"), **how)
    assert [problem.place for problem in caught.value.problems] == [place]


@pytest.mark.parametrize(("wrong", "remedy"), [(0.97, "must be 1 for success"), (math.nan, "every run must have")])
def test_an_answer_that_is_neither_is_refused(wrong: float, remedy: str) -> None:
    outputs = np.array([[1.0, 1.0], [1.0, wrong], [1.0, 1.0]])
    with pytest.raises(InputError, match=f"replication 8, other = {wrong}: {remedy}"):
        screen(lambda systems, start, stop: outputs, ["one", "other"], **RUIN, start=7, batch=3)


# --- the best of those that pass --------------------------------------------------------------------------------

# The dearest system is best and fails; the next one varies by 1 against the third, as in test_selection.
FIGURES = {"dear": [100.0] * 40, "good": [3.0, 1.0, 2.0] + [1.0] * 37, "poor": [0.0] * 40}
KEPT = {"dear": "n" * 40, "good": "yn" + "y" * 38, "poor": "y" * 40}


def figures(systems: Sequence[str], start: int, stop: int) -> Floats:
    return np.array([FIGURES[system][start:stop] for system in systems]).T


def choose(kept: dict[str, str] = KEPT, **how: Any) -> Any:
    given_ = {"indifference": 1.0, "first_stage": 3, "probability": 0.5, "tolerance": 0.25, "alpha": 0.1} | how
    return select_feasible(figures, Answers(**kept), list(FIGURES), **given_)


def test_the_best_that_passes_is_chosen() -> None:
    found = choose()
    assert found.best == "good"
    assert found.guaranteed
    # each stage has an error of 0.05: log(3 / 0.05) = 4.09, four more decide
    assert found.screening.infeasible == ("dear",)
    assert found.screening.n == {"dear": 4, "good": 6, "poor": 4}
    # allowed (38 - r) / 2, though two are left: the error is shared among all three
    alone = select_best(figures, ["good", "poor"], 1.0, 0.05, 3, compared=3)
    assert found.selection == alone
    assert alone.n > select_best(figures, ["good", "poor"], 1.0, 0.05, 3).n
    assert found.n == alone.n == 11  # the sums differ by 14 > 13.5, and by 13 < 14 before


def test_a_run_that_served_both_stages_counts_once() -> None:
    found = choose()
    assert found.observations == 4 + 11 + 11
    assert found.first_unused == 11


def test_replications_after_the_last_that_counted_are_unused_whatever_the_batch() -> None:
    results = [choose(batch=batch, start=2) for batch in (1, 3, 30)]
    assert results[0] == results[1] == results[2]
    assert results[0].first_unused == 2 + results[0].n


def test_where_none_passes_none_is_chosen() -> None:
    found = choose(dict.fromkeys(FIGURES, "n" * 40))
    assert (found.best, found.selection, found.guaranteed) == (None, None, True)
    assert (found.n, found.first_unused, found.observations) == (4, 4, 12)


def test_the_only_one_that_passes_needs_no_selection() -> None:
    found = choose(KEPT | {"good": "n" * 40})
    assert (found.best, found.n, found.guaranteed) == ("poor", 4, True)
    assert found.observations == 12


@pytest.mark.parametrize(("letters", "best"), [("ny" * 20, "dear"), ("nyn" + "yn" * 20, "good")])
def test_what_is_undecided_passes_by_its_share_and_voids_the_guarantee(letters: str, best: str) -> None:
    found = choose(KEPT | {"dear": letters}, at_most=40 if best == "dear" else 39)
    assert found.screening.undecided == ("dear",)
    assert (found.best, found.guaranteed) == (best, False)


def test_a_selection_that_reaches_the_cap_voids_the_guarantee() -> None:
    found = choose(at_most=10)
    assert found.screening.guaranteed
    assert (found.best, found.guaranteed, found.n) == ("good", False, 10)


def test_small_outputs_are_good_where_one_says_so() -> None:
    assert choose(maximise=False).best == "poor"


def test_what_is_wrong_with_either_stage_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        choose(indifference=0.0, alpha=1.5, tolerance=0.9, first_stage=1, batch=0)
    places = [problem.place for problem in caught.value.problems]
    assert sorted(places) == ["alpha", "batch", "first_stage", "indifference", "tolerance"]
