"""Selection: which plan wins is known beforehand, and what decided it can be worked out again."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from sim.compute import Engine
from sim.errors import InputError, SurgesimError
from sim.experiment.laboratory.lab import Lab
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.chosen import Chosen
from sim.experiment.questions.constraint import Constraint
from sim.experiment.questions.select import PILOT, _screening_n, select, select_in, shortly
from sim.report.experiment import write_experiment
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.select import certainty, headline, select_draft
from sim.statistics.intervals import t_quantile
from tests.choices import DEAR, HELP, NONE, hired, shop

PROMISE = Constraint(tolerance=0.15)
FORMATS = Formats(catalogue(), "TWD")
FEE = "plan.help.measures.helpers.cost_per_head"


def chosen(*plans: Any, **more: Any) -> Chosen:
    return select(shop(), plans or (NONE, HELP, DEAR), engine=Engine("serial"), **{"fresh": 5, **more})


@cache
def kept() -> Chosen:
    """The cheapest plan that keeps the promise; doing nothing would be cheaper still."""
    return chosen(constraint=PROMISE, indifference=1000.0)


def table(found: Chosen) -> dict[str, dict[str, Any]]:
    return {str(row["system"]): dict(row) for row in found.table().to_dict("records")}


def test_without_a_promise_the_cheapest_plan_is_to_do_nothing() -> None:
    found = chosen(indifference=1000.0)
    assert found.best is not None
    assert (found.best.name, found.guaranteed) == ("none", True)
    assert [row["outcome"] for row in table(found).values()] == ["chosen", "beaten", "beaten"]


def test_with_a_promise_the_plan_that_breaks_it_is_screened_out() -> None:
    found = kept()
    assert found.best is not None
    assert found.runner_up is not None
    assert (found.best.name, found.runner_up.name, found.guaranteed) == ("help", "dear", True)
    rows = table(found)
    assert [rows[name]["outcome"] for name in ("none", "help", "dear")] == ["screened", "chosen", "beaten"]
    assert [rows[name]["decision"] for name in ("none", "help", "dear")] == ["infeasible", "feasible", "feasible"]
    assert rows["dear"]["beaten_by"] == "help"
    assert rows["none"]["raced_n"] == 0


def test_who_is_estimated_anew_meets_replications_that_nothing_was_decided_on() -> None:
    found = kept()
    assert found.screening is not None
    last = max(*found.screening.n.values(), *(found.raced(system) for system in found.systems))
    assert found.fresh == range(last, last + 5)
    assert [system.name for system in found.finalists] == ["help", "dear", "none"]
    rows = found.estimates(["net_contribution"]).set_index("system")
    # both hire one picker: they differ by the fee, 4,900, and by nothing else
    assert rows.loc["dear", ["difference", "difference_low", "difference_high"]].tolist() == pytest.approx([4900.0] * 3)
    assert rows.loc["help", "mean"] == pytest.approx(
        found.kpi(found.finalists[0], "net_contribution", found.fresh).mean()
    )


def test_where_no_plan_keeps_the_promise_none_is_chosen_and_the_nearest_is_shown() -> None:
    found = chosen(NONE, HELP, constraint=Constraint(level=1.01, tolerance=0.15), indifference=1000.0)
    assert (found.best, found.selection, found.guaranteed) == (None, None, True)
    assert "No plan keeps the promise" in headline(found, FORMATS)
    assert found.finalists[0].name in {"none", "help"}


def test_a_cap_is_told_and_nothing_is_guaranteed_then() -> None:
    found = chosen(HELP, hired("alike", fee=101.0), indifference=0.001, at_most=10, constraint=PROMISE)
    assert not found.guaranteed
    assert certainty(found, FORMATS).startswith("Not guaranteed")
    assert certainty(kept(), FORMATS).startswith("With a probability of at least")


def test_the_difference_that_matters_comes_from_replications_that_decide_nothing() -> None:
    found = chosen(NONE, HELP)
    revenue = found.kpi(found.baseline, "revenue", range(PILOT)).mean()
    assert found.indifference == pytest.approx(0.01 * revenue, rel=0.05)
    assert found.indifference == float(f"{found.indifference:.2g}")
    assert (found.start, found.fresh.start) == (PILOT, PILOT + found.n)
    shares = chosen(NONE, HELP, objective="service_level_ship")
    assert (shares.indifference, shares.pilot) == (0.01, 0)


def test_the_same_question_has_the_same_answer_and_runs_nothing_again(tmp_path: Path) -> None:
    question: dict[str, Any] = {"constraint": PROMISE, "indifference": 1000.0}
    first = chosen(store=Store(tmp_path / "store"), **question)
    again = chosen(store=Store(tmp_path / "store", read_only=True), **question)
    assert (first.ran > 0, again.ran) == (True, 0)
    assert first.table().equals(again.table())
    assert first.estimates(["total_cost"]).equals(again.estimates(["total_cost"]))
    assert first.table().equals(kept().table())


def test_what_was_run_before_makes_no_difference_to_the_answer(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    lab = Lab(shop(), {each.name: each for each in (NONE, HELP, DEAR)}, 1, store=store, engine=Engine("serial"))
    lab.fill((variant, range(3, 30)) for variant in lab.variants({}))
    found = select_in(lab, constraint=PROMISE, indifference=1000.0, fresh=5)
    assert found.table().equals(kept().table())
    assert found.equal_n == kept().equal_n


def test_variants_of_a_plan_are_told_apart_and_others_count_once() -> None:
    points: list[dict[str, Any]] = [{FEE: 50.0}, {FEE: 2_000.0}]
    found = chosen(NONE, HELP, points=points, indifference=500.0, constraint=PROMISE)
    assert [system.name for system in found.systems] == [
        "none",
        "help, cost_per_head=50.0",
        "help, cost_per_head=2000.0",
    ]
    assert found.best is not None
    assert found.best.values == {FEE: 50.0}
    assert found.baseline.name == "none"


def test_figures_are_named_by_as_little_as_tells_them_apart() -> None:
    assert shortly({"a.b.hours": 1, "a.share": 2}) == ["hours=1", "share=2"]
    assert shortly({"a.b.hours": 1, "a.c.hours": 2}) == ["b.hours=1", "c.hours=2"]


def test_a_design_of_equal_size_needs_what_its_two_procedures_need() -> None:
    found = kept()
    assert found.constraint is not None
    error = 0.05 / 2 / 3
    size = _screening_n(found.constraint, error)
    for n, is_enough in ((size, True), (size - 1, False)):
        fewest = binom.ppf(1 - error, n, 0.65) + 1
        assert (binom.cdf(fewest - 1, n, 0.95) <= error) is np.bool_(is_enough)
    alone = chosen(indifference=1000.0)
    first = np.column_stack([alone.kpi(system, "net_contribution", range(10)) for system in alone.systems])
    variance = max(np.var(first[:, one] - first[:, two], ddof=1) for one, two in ((0, 1), (0, 2), (1, 2)))
    assert alone.equal_n == max(10, np.ceil(variance * (t_quantile(1 - 0.05 / 2, 9) / 1000.0) ** 2))
    assert found.equal_n == max(size, 10)


def test_low_is_good_where_the_kpi_says_so() -> None:
    found = chosen(HELP, DEAR, objective="total_cost", indifference=1000.0)
    assert found.best is not None
    assert found.best.name == "help"
    limit = Constraint("total_cost", level=26_000.0, probability=0.8, tolerance=0.15)
    dear = chosen(HELP, DEAR, objective="service_level_ship", constraint=limit)
    assert table(dear)["dear"]["outcome"] == "screened"


def test_everything_that_is_wrong_is_told_at_once_before_anything_is_run() -> None:
    with pytest.raises(InputError) as error:
        chosen(objective="profit", indifference=-1.0, alpha=0.7, first_stage=1, fresh=1)
    assert {problem.place for problem in error.value.problems} == {
        "objective",
        "indifference",
        "alpha",
        "first_stage",
        "fresh",
    }
    with pytest.raises(InputError, match=r"(?s)constraint\.kpi.*constraint\.tolerance"):
        Constraint("utilisation_desk", 0.5, tolerance=0.6)
    with pytest.raises(InputError, match="say which level"):
        Constraint("total_cost")


def test_a_promise_that_nobody_made_is_refused() -> None:
    bare = shop().model_copy(update={"promise": None})
    with pytest.raises(InputError, match="promises nothing"):
        select(bare, [NONE, HELP], constraint=PROMISE, engine=Engine("serial"))


def test_a_run_that_decides_and_fails_stops_the_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no such floor")

    monkeypatch.setattr("sim.experiment.laboratory.lab.simulate", broken)
    with pytest.raises(SurgesimError, match="no such floor"):
        chosen(indifference=1000.0)


@pytest.mark.parametrize("promise", [PROMISE, None, Constraint(level=1.01, tolerance=0.15)])
def test_the_page_says_who_was_chosen_and_who_was_dropped(tmp_path: Path, promise: Constraint | None) -> None:
    lab = Lab(shop(), {each.name: each for each in (NONE, HELP, DEAR)}, 1, engine=Engine("serial"))
    found = select_in(lab, constraint=promise, indifference=1000.0, fresh=5)
    index = write_experiment(select_draft(found, FORMATS), lab, tmp_path / "page", FORMATS, command="surgesim select")
    page = index.read_text(encoding="utf-8")
    assert headline(found, FORMATS) in page
    manifest = json.loads((tmp_path / "page" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["chosen"] == (found.best.name if found.best is not None else None)
    assert {"systems.csv", "finalists.csv", "runs.parquet"} <= {path.name for path in index.parent.iterdir()}
    assert ("breaks the promise too often" in page) is (promise is not None)
