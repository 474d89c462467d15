"""A plan that sells out does not hold where the targets ask for supply from stock, however much of it ships in time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from report_fixture import make_comparison, make_verdict
from shop_fixture import make_scenario
from sweep_fixture import FORMATS, UPLIFT, make_results, surge

import sim
from sim.compute import Engine
from sim.experiment import Comparison
from sim.experiment.choice import margin, merit, missed, reached
from sim.experiment.questions.constraint import Constraint
from sim.experiment.questions.optimise import optimise
from sim.experiment.questions.robust import robust
from sim.experiment.questions.select import select
from sim.report import describe
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.optimise import optimise_draft
from sim.report.reading import Reading
from sim.report.select import select_draft
from sim.report.sweep import SweepReading, headline
from sim.scenario.economics import Targets
from sim.scenario.measures import Overtime
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock
from tests.small_sites import picking, plan, promise, site, world

NONE = plan().model_copy(update={"name": "none"})
SMALL = ["scale=0.05", "targets.probability=0.9"]


def test_both_targets_in_the_same_replication() -> None:
    service, fill = np.array([0.96, 0.96, 0.5, np.nan, 0.97]), np.array([0.98, 0.9, 0.99, 0.99, np.nan])
    alone, both = Targets(service_level_ship=0.95), Targets(service_level_ship=0.95, fill_rate=0.97)
    assert reached(alone, service, fill).tolist() == [1, 1, 0, 1]
    assert reached(both, service, fill).tolist() == [1, 0, 0, 1]  # without stock nothing is asked of it


@pytest.mark.parametrize(
    ("service", "fill", "expected"),
    [
        ([0.96, 0.96, 0.96, 0.96], [0.98, 0.98, 0.98, 0.98], ()),
        ([0.96, 0.96, 0.96, 0.96], [0.98, 0.98, 0.5, 0.5], ("fill_rate",)),
        ([0.96, 0.96, 0.5, 0.5], [0.98, 0.98, 0.98, 0.98], ("service_level_ship",)),
        ([0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], ("service_level_ship", "fill_rate")),
        ([0.96, 0.96, 0.96, 0.5], [0.98, 0.98, 0.5, 0.98], ()),  # each 3 of 4, both only 2 of 4
        ([0.96, 0.96, 0.96, np.nan], [np.nan, np.nan, np.nan, 0.1], ()),  # nothing was asked of stock
    ],
)
def test_which_target_is_missed(service: list[float], fill: list[float], expected: tuple[str, ...]) -> None:
    targets = Targets(service_level_ship=0.95, fill_rate=0.97, probability=0.75)
    assert missed(targets, np.array(service), np.array(fill)) == expected
    without = Targets(service_level_ship=0.95, probability=0.75)
    assert missed(without, np.array(service), np.array(fill)) == tuple(each for each in expected if each != "fill_rate")


def test_the_plan_that_misses_least_comes_closest() -> None:
    both = Targets(service_level_ship=0.95, fill_rate=0.97)
    assert margin(both, 0.99, 0.87) == pytest.approx(-0.10)
    assert margin(both, 0.90, 0.99) == pytest.approx(-0.05)
    assert margin(both, 0.99, np.nan) == pytest.approx(0.04)
    assert margin(Targets(service_level_ship=0.95), 0.99, 0.1) == pytest.approx(0.04)
    assert margin(both, 0.90, 0.87) == pytest.approx(-0.15)
    # none ever meets both; more shipped on time is no merit where it is stock alone that is missed, money is
    means = {"stock": (0.96, 0.9, 5.0), "dear": (0.999, 0.8, 1.0), "cheap": (0.96, 0.8, 2.0), "late": (0.5, 0.8, 9.0)}
    merits = {
        name: merit(0.0, net, margin(both, service, fill_rate), holds=False)
        for name, (service, fill_rate, net) in means.items()
    }
    assert sorted(merits, key=lambda name: merits[name], reverse=True) == ["stock", "cheap", "dear", "late"]


def test_a_comparison_does_not_call_a_sold_out_shop_holding() -> None:
    verdicts = {}
    for name, more in {"asked": [], "not asked": ["targets.fill_rate=null"]}.items():
        scenario = sim.load_scenario("mid_autumn_stock", overrides=[*SMALL, *more])
        verdicts[name] = sim.compare(scenario, ["none", "warehouse_asked"], 6, workers=1).verdict
    asked, not_asked = verdicts["asked"], verdicts["not asked"]
    assert asked is not None
    assert not_asked is not None
    assert not_asked.holds
    assert not asked.holds
    assert asked.reach_share == 0
    assert asked.missed == ("fill_rate",)
    assert 0 < asked.fill_low < asked.fill_mean < asked.fill_high < 0.97
    assert np.isnan(not_asked.fill_mean)


# --- select, optimise and robust ----------------------------------------------------------------------------------

LATE = plan(late=Overtime(stages=["picking"], hours=1.0)).model_copy(update={"name": "late"})
HOURS = "plan.late.measures.late.hours"


def sold_out(folder: Path, fill_rate: float | None = 0.95) -> Scenario:
    """Ten orders of a box each, of which five are there: all that are accepted ship in time, half the units do not."""
    return world(
        folder,
        [480.0] * 10,
        site=site(pick=picking(setup_min=1.0)),
        promise=promise("18:00"),
        targets=Targets(service_level_ship=0.95, probability=0.9, fill_rate=fill_rate),
        stock=Stock.model_validate({"skus": {"box": {"on_hand": 5}}}),
    )


def test_what_is_missed_by_most_counts(tmp_path: Path) -> None:
    required = Constraint().judged(sold_out(tmp_path))
    kpis = {
        "service_level_ship": np.array([0.97, 0.97, 0.90, np.nan, 0.96]),
        "fill_rate": np.array([0.96, 0.85, 0.94, 0.99, np.nan]),
    }
    expected = [-0.01, 0.10, 0.05, np.nan, -0.01]
    np.testing.assert_allclose(required.shortfalls(kpis.__getitem__, {}), expected)
    np.testing.assert_array_equal(required.all_kept(kpis.__getitem__, {}), [1, 0, 0, np.nan, 1])
    alone = Constraint(level=0.95).judged(sold_out(tmp_path))
    np.testing.assert_array_equal(alone.all_kept(kpis.__getitem__, {}), [1, 1, 0, np.nan, 1])


@pytest.mark.parametrize("fill_rate", [None, 0.95])
def test_a_selection_judges_supply_from_stock_too(tmp_path: Path, fill_rate: float | None) -> None:
    scenario = sold_out(tmp_path, fill_rate)
    with Engine("serial") as engine:
        found = select(scenario, [NONE, LATE], constraint=Constraint(), indifference=1.0, fresh=3, engine=engine)
    assert (found.best is None) == (fill_rate is not None)
    kept = found.kept(found.finalists[0])[:2]
    assert kept == ((3, 3) if fill_rate is None else (0, 3))
    draft = select_draft(found, FORMATS)
    both = "of at least 95 % and, in the same surge, “Supplied from stock” of at least 95 %"
    assert (both in draft.headline.replace("\u00a0", " ")) == (fill_rate is not None)
    assert ("fill_rate" in draft.kpis) == (fill_rate is not None)


@pytest.mark.parametrize("fill_rate", [None, 0.95])
def test_an_optimisation_judges_supply_from_stock_too(tmp_path: Path, fill_rate: float | None) -> None:
    with Engine("serial") as engine:
        found = optimise(
            sold_out(tmp_path, fill_rate),
            [NONE, LATE],
            {HOURS: [1.0, 2.0]},
            constraint=Constraint(),
            trials=2,
            first=2,
            most=8,
            fresh=3,
            engine=engine,
        )
    assert (found.best is None) == (fill_rate is not None)
    if fill_rate is not None:
        assert {trial.outcome for trial in found.trials} <= {"hopeless", "missed"}
        assert found.trials[0].shortfall == pytest.approx(0.45)
        told = optimise_draft(found, FORMATS).headline.replace("\u00a0", " ")
        assert "and, in the same surge, “Supplied from stock” of at least 95 % in 90 % of all cases" in told


def test_futures_count_surges_that_meet_both_targets(tmp_path: Path) -> None:
    futures = {"as_it_is": {"weight": 0.5}, "dearer": {"figures": {"economics.packaging_cost": 9.0}, "weight": 0.5}}
    shares = []
    for fill_rate in (None, 0.95):
        with Engine("serial") as engine:
            found = robust(sold_out(tmp_path, fill_rate), [NONE, LATE], 3, futures=futures, fresh=0, engine=engine)
        shares.append(set(found.reached["share"]))
    assert shares == [{1.0}, {0.0}]


# --- the first sentence of a page ---------------------------------------------------------------------------------


def said(verdict: SimpleNamespace, language: str = "en") -> str:
    comparison = SimpleNamespace(**{**vars(make_comparison()), "verdict": verdict})
    sentence = describe.headline(Reading(cast("Comparison", comparison)), Formats(catalogue(language), "TWD"))
    return str(sentence).replace("\u00a0", " ")


STOCK = {"fill_mean": 0.93, "fill_low": 0.92, "fill_high": 0.94}
SERVICE_TEXT = "ships <strong>97.3 %</strong> of orders on time (95 % interval 96.8 % to 97.8 %)"
STOCK_TEXT = "<strong>93 %</strong> of the units asked for from stock (95 % interval 92 % to 94 %)"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"holds": True}, f"it {SERVICE_TEXT}, supplies {STOCK_TEXT} and meets the target"),
        ({"missed": ("fill_rate",)}, f"but supplies only {STOCK_TEXT}, {SERVICE_TEXT} and meets the target"),
        (
            {"missed": ("service_level_ship",)},
            f"but {SERVICE_TEXT.replace('ships', 'ships only')}, supplies {STOCK_TEXT} and",
        ),
        (
            {"missed": ("service_level_ship", "fill_rate")},
            f"but {SERVICE_TEXT.replace('ships', 'ships only')}, supplies only {STOCK_TEXT} and",
        ),
        ({}, f"but {SERVICE_TEXT}, supplies {STOCK_TEXT} and meets"),  # neither by itself, but not both at once
    ],
)
def test_the_first_sentence_says_which_target_is_missed(changes: dict[str, Any], part: str) -> None:
    verdict = make_verdict(**{"plan": "combined", "holds": False, **STOCK, **changes})
    assert part in said(verdict)


def test_the_first_sentence_in_chinese_says_that_stock_is_missed() -> None:
    verdict = make_verdict("combined", holds=False, missed=("fill_rate",), **STOCK)
    text = said(verdict, "zh_TW")
    assert (
        "但現貨供應率只有 <strong>93 %</strong>（95 % 信賴區間 92 % 至 94 %），準時出貨率 <strong>97.3 %</strong>"
        in text
    )


@pytest.mark.parametrize(
    ("uplift", "fill", "expected"),
    [
        (3, 0.5, "Overtime comes closest, but supplies only 50 % of the units asked for from stock, ships 99.1 % of "
         "orders on time and meets the target in 0 of 4 surges."),
        (6, 0.5, "Temporary comes closest, but ships only 39.1 % of orders on time, supplies only 50 % of the units "
         "asked for from stock and meets the target in 0 of 4 surges."),
        (3, 0.98, "Choose Overtime (campaign.uplift 3): it ships 99.1 % of orders on time, supplies 98 % of the units "
         "asked for from stock and meets the target in 4 of 4 surges."),
        (3, None, "Choose Overtime (campaign.uplift 3): it ships 99.1 % of orders on time and meets the target in 4 of "
         "4 surges."),
    ],
)  # fmt: skip
def test_the_first_sentence_of_a_sweep(uplift: float, fill: float | None, expected: str) -> None:
    def outcome(values: Any, plan: str, replication: int) -> dict[str, float]:
        return surge(values, plan, replication) | ({} if fill is None else {"fill_rate": fill})

    scenario = make_scenario()
    targets = scenario.targets.model_copy(update={"fill_rate": 0.97})
    results = make_results([{UPLIFT: uplift}], outcome, scenario=scenario.model_copy(update={"targets": targets}))
    reading = SweepReading(results, FORMATS)
    assert headline(reading).striptags().replace("\u00a0", " ").endswith(expected)
    assert ("fill_rate" in reading.kpis) == (fill is not None)
