"""Optimisation: the best levels are known from trying all of them, and the search comes to them."""

from __future__ import annotations

import json
import sys
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.compute import Engine
from sim.errors import InputError
from sim.experiment.laboratory.lab import Lab
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Constraint
from sim.experiment.questions.optimise import AT_ONCE, optimise, optimise_in
from sim.experiment.questions.optimum import Optimum
from sim.experiment.questions.sweep import sweep
from sim.report.experiment import write_experiment
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.optimise import headline, optimise_draft, plan_yaml
from sim.scenario.loader import load_plan
from tests.choices import HELP, NONE, shop

LEAD = "plan.help.measures.helpers"
HEADCOUNT, QUICK = f"{LEAD}.headcount", f"{LEAD}.full_productivity"
LEVELS: dict[str, Any] = {HEADCOUNT: [0, 4], QUICK: {"low": 0.5, "high": 1.2, "step": 0.1}}
PROMISE = Constraint(tolerance=0.15)
FORMATS = Formats(catalogue(), "TWD")
FIRST, MOST = 3, 12


def searched(**more: Any) -> Optimum:
    given = {"levels": LEVELS, "constraint": PROMISE, "trials": 24, "first": FIRST, "most": MOST, "fresh": 4, **more}
    return optimise(shop(), [NONE, HELP], engine=given.pop("engine", None) or Engine("serial"), **given)


@cache
def found() -> Optimum:
    return searched()


@cache
def best_of_all() -> tuple[dict[str, Any], float]:
    """Of all forty points the cheapest that keeps the promise on the same replications, by trying every one."""
    axes = found().space.axes
    points = [dict(zip((HEADCOUNT, QUICK), each, strict=True)) for each in product(*(axis.values for axis in axes))]
    results = sweep(shop(), points, [HELP], MOST, engine=Engine("serial"))
    known = []
    for number in range(len(points)):
        kept = results.kpi(number, "help", "service_level_ship") >= shop().targets.service_level_ship
        if kept.mean() >= shop().targets.probability + PROMISE.tolerance:
            known.append((float(results.kpi(number, "help", "total_cost").mean()), number))
    cost, number = min(known)
    return points[number], cost


def test_the_search_finds_what_trying_everything_finds() -> None:
    point, cost = best_of_all()
    best = found().best
    assert best is not None
    assert best.objective is not None
    assert len(found().trials) == 24 < found().space.size == 40
    assert best.objective.mean == pytest.approx(cost)
    assert best.values[HEADCOUNT] == point[HEADCOUNT] == 1


def test_a_space_no_larger_than_the_trials_is_tried_whole() -> None:
    whole = searched(levels={HEADCOUNT: [0, 4]}, trials=5)
    assert whole.exhausted
    assert [trial.values[HEADCOUNT] for trial in whole.trials] == [1, 0, 2, 3, 4]  # the plan as it stands comes first
    assert whole.best is not None
    assert whole.best.values == {HEADCOUNT: 1}
    assert {trial.values[HEADCOUNT]: trial.outcome for trial in whole.trials}[0] in {"hopeless", "missed"}


def test_no_point_is_tried_twice_even_where_hardly_any_is_left() -> None:
    most = searched(levels={HEADCOUNT: [0, 4], f"{LEAD}.delay_h": [0.0, 6.0, 12.0, 18.0, 24.0]}, trials=24)
    assert len({trial.place for trial in most.trials}) == len(most.trials) == 24


def test_only_what_is_promising_is_given_more_replications() -> None:
    trials = found().trials
    assert {trial.n for trial in trials} <= {FIRST, 2 * FIRST, MOST}
    for trial in trials:
        assert (trial.outcome in {"kept", "missed"}) <= (trial.n == MOST)
    assert any(trial.outcome == "dear" and trial.n < MOST for trial in trials)
    assert any(trial.outcome == "hopeless" for trial in trials)
    everything = len(trials) * MOST
    assert sum(trial.n for trial in trials) < 0.6 * everything


def test_figures_of_few_replications_are_told_by_the_paired_difference() -> None:
    result = found()
    assert result.best is not None
    assert result.best.variant is not None
    best = result.kpi(result.best.variant, "total_cost", range(MOST))
    for trial in result.trials:
        assert trial.variant is not None
        assert trial.objective is not None
        own = result.kpi(trial.variant, "total_cost", range(trial.n))
        assert trial.objective.mean == pytest.approx(best.mean() + (own - best[: trial.n]).mean())


def test_the_best_is_estimated_anew_beside_the_plan_as_it_is_and_the_baseline() -> None:
    result = found()
    assert result.fresh == range(MOST, MOST + 4)
    parts = list(result.finalists)
    assert parts[0] == "tuned"
    assert parts[-1] == "baseline"
    one = result.estimates(["total_cost"]).iloc[0]
    assert result.best is not None
    assert result.best.variant is not None
    own = result.kpi(result.best.variant, "total_cost", result.fresh)
    base = result.kpi(result.reference, "total_cost", result.fresh)
    assert (one["mean"], one["difference"]) == (pytest.approx(own.mean()), pytest.approx((own - base).mean()))


def test_the_search_is_the_same_again_and_goes_on_from_the_store(tmp_path: Path) -> None:
    half = searched(trials=2 * AT_ONCE, store=Store(tmp_path / "store"))  # as if it had been killed after two rounds
    whole = searched(store=Store(tmp_path / "store"))
    assert whole.table().drop(columns="on_front").equals(found().table().drop(columns="on_front"))
    assert [trial.place for trial in half.trials] == [trial.place for trial in whole.trials][: 2 * AT_ONCE]
    assert half.ran + whole.ran <= found().ran + 2 * 4  # fresh runs of another best, at most
    again = searched(store=Store(tmp_path / "store", read_only=True))
    assert again.ran == 0
    assert again.estimates(["total_cost"]).equals(found().estimates(["total_cost"]))


@pytest.mark.long
def test_the_search_is_the_same_with_workers() -> None:
    with Engine("local", workers=2) as engine:
        assert searched(engine=engine).table().equals(found().table())


def test_another_seed_is_another_search() -> None:
    other = searched(seed=2, trials=AT_ONCE)
    assert [trial.place for trial in other.trials] != [trial.place for trial in found().trials[:AT_ONCE]]


def test_where_nothing_keeps_the_promise_the_nearest_is_shown_and_called_that() -> None:
    result = searched(levels={HEADCOUNT: [0, 1]}, constraint=Constraint(level=1.01, tolerance=0.15))
    assert result.best is None
    assert result.shown is not None
    assert result.shown.values[HEADCOUNT] == 1
    assert "None of the levels" in headline(result, FORMATS)


def test_without_a_promise_only_the_objective_counts() -> None:
    result = searched(levels={HEADCOUNT: [0, 3]}, constraint=None, objective="net_contribution", trials=4)
    assert result.best is not None
    assert result.best.values[HEADCOUNT] == 0


def test_figures_that_contradict_each_other_are_passed_over() -> None:
    trigger = {"when": "metric", "metric": "backlog_hours", "above": 8.0, "clear_below": 2.0, "review_every_min": 60.0}
    plan = HELP.model_validate(
        {
            "name": "help",
            "measures": {"helpers": {"kind": "overtime", "stages": ["picking"], "hours": 1.0, "trigger": trigger}},
        }
    )
    levels = {f"{LEAD}.trigger.above": [4.0, 8.0, 12.0], f"{LEAD}.trigger.clear_below": [2.0, 6.0, 10.0]}
    result = optimise(shop(), [NONE, plan], levels, trials=9, first=2, most=2, fresh=2, engine=Engine("serial"))
    wrong = {tuple(trial.values.values()) for trial in result.trials if trial.outcome == "impossible"}
    assert wrong == {(4.0, 6.0), (4.0, 10.0), (8.0, 10.0)}
    assert result.best is not None


def test_everything_that_is_wrong_is_told_at_once_before_anything_is_run() -> None:
    with pytest.raises(InputError) as error:
        searched(levels={HEADCOUNT: [4, 1]}, objective="profit", trials=0, first=1, most=0, fresh=0)
    assert [problem.place for problem in error.value.problems] == [
        *("objective", "trials", "first", "most", "fresh"),
        f"levels.{HEADCOUNT}",
    ]


def test_without_optuna_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r"pip install 'surgesim\[optimise\]'"):
        searched()


def test_optunas_log_is_quiet_and_left_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    import optuna

    before = optuna.logging.get_verbosity()
    searched(trials=9, levels={HEADCOUNT: [0, 4], QUICK: [0.5, 0.6, 0.7]})
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr().err == ""


def test_the_plan_found_can_be_read_back_from_its_file(tmp_path: Path) -> None:
    result = found()
    assert result.best is not None
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "help_tuned.yaml").write_text(plan_yaml(result), encoding="utf-8")
    plan = load_plan("help_tuned", config_dir=tmp_path)
    helpers = plan.measures["helpers"]
    assert helpers.headcount == result.best.values[HEADCOUNT]  # type: ignore[union-attr]
    assert helpers.full_productivity == result.best.values[QUICK]  # type: ignore[union-attr]
    assert helpers.cost_per_head == HELP.measures["helpers"].cost_per_head  # type: ignore[union-attr]


def test_the_page_shows_the_levels_and_all_that_was_tried(tmp_path: Path) -> None:
    lab = Lab(shop(), {each.name: each for each in (NONE, HELP)}, 1, engine=Engine("serial"))
    result = optimise_in(lab, LEVELS, constraint=PROMISE, trials=12, first=2, most=4, fresh=3)
    index = write_experiment(
        optimise_draft(result, FORMATS), lab, tmp_path / "page", FORMATS, command="surgesim optimise"
    )
    page = index.read_text(encoding="utf-8")
    assert headline(result, FORMATS) in page
    assert '<pre class="copy"># Levels found' in page
    manifest = json.loads((tmp_path / "page" / "manifest.json").read_text(encoding="utf-8"))
    assert result.best is not None
    assert manifest["best"] == dict(result.best.values)
    assert {path.name for path in (tmp_path / "page" / "charts").glob("*.svg")} == {
        *("front.svg", "convergence.svg", "slices.svg")
    }
    assert (tmp_path / "page" / "plan" / "help_tuned.yaml").read_text(encoding="utf-8") == plan_yaml(result)
    assert len(np.unique(result.table()["trial"])) == 12


@pytest.mark.parametrize(
    ("kept", "told"), [(30, "Best in “Total cost” of all levels"), (20, "are not sure to keep the promise")]
)
def test_what_falls_short_on_fresh_surges_is_not_called_the_best(
    kept: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Optimum, "kept", lambda *_: (kept, 30, kept / 30, 0.0, 1.0))
    assert told in headline(found(), FORMATS)
