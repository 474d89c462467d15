"""Stock in needs, by hand: demand by SKU, what is there, what has to be ordered, baked, stored and put away."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import sim
from sim.compute import Engine
from sim.demand.catalogue import Inbound
from sim.errors import InputError
from sim.experiment.laboratory.lab import Lab
from sim.planning.needs.closed import closed_form
from sim.planning.needs.dates import Leads, key_dates
from sim.planning.needs.need import Amounts, Goods, Need
from sim.planning.needs.question import needs_in, problems_with
from sim.planning.needs.result import Needs
from sim.planning.needs.stocking import ahead, bought, levels
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.supply import Supply, Terms, baked, late_days, lead_days, units_by_day, usable
from sim.planning.needs.targets import FILL, targets_of
from sim.planning.needs.values import values_of
from sim.report.experiment import write_experiment
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.needs.facts import facts_of
from sim.report.needs.page import needs_draft
from sim.report.needs.tasks import tasks_of
from sim.report.needs.workbook import workbook
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Sku
from sim.scenario.variation import Variations
from tests.small_stock_needs import STOCK, stocked

DAY = 1440.0
NEVER = float("inf")


def by_kind(scenario: Scenario, goal: float | None = None) -> dict[str, Need]:
    found = closed_form(scenario, targets_of(scenario, stock=goal), 0.9).needs
    return {need.kind: need for need in found if need.kind in {"oven", "shelf", "bought", "space", "gate"}}


def supply_of(scenario: Scenario, goal: float = 1.0) -> Supply:
    return Supply(scenario, 0.9, goal, Terms())


# --- demand and what is there -----------------------------------------------------------------------------------------


def test_the_campaign_bends_what_is_asked_for() -> None:
    # 40 ordinary orders a day: tea to cookies 3 : 1; 80 that the campaign brings: 3 : 3
    found = units_by_day(stocked(), 1.0)
    assert found[0] == pytest.approx([30.0, 10.0])
    assert found[7] == pytest.approx([30 + 40, 10 + 40])
    assert units_by_day(stocked(), 1.5)[7] == pytest.approx([30 + 70, 10 + 70])  # 180 orders


def test_deviation_holds_the_scatter_of_orders_and_the_uplift() -> None:
    campaign = {"start": "2026-03-09", "end": "2026-03-12", "uplift": 3.0, "uplift_cv": 0.1}
    demand = {**stocked().demand.model_dump(by_alias=True, exclude_unset=True), "campaign": campaign}
    supply = supply_of(stocked(demand=demand))
    days = len(supply.days) - 3
    mean = 3 * 70 + 30 * days
    # 10 % more than three times 40 are 12 orders a day, of which 6 are of tea
    assert supply.mean[0] == pytest.approx(mean)
    assert supply.deviation[0] == pytest.approx(np.sqrt(mean + (3 * 6) ** 2))


@pytest.mark.parametrize(
    ("lots", "there"),
    [
        ([Inbound(0, 0.0, 100, NEVER)], 80),  # 20 are sold before
        ([Inbound(0, 0.0, 100, 4 * DAY)], 20),  # 20 are sold on the third and fourth day, the rest expires
        ([Inbound(0, 3 * DAY, 100, NEVER)], 100),
        ([Inbound(0, 9 * DAY, 100, NEVER)], 0),  # after the planned days
        ([Inbound(0, 0.0, 30, 3 * DAY), Inbound(0, 0.0, 100, NEVER)], 110),  # those that expire first are sold first
        ([], 0),
    ],
)
def test_what_is_there_can_be_sold_on_the_planned_days(lots: list[Inbound], there: float) -> None:
    assert usable(lots, np.full(10, 10.0), range(2, 6)) == pytest.approx(there)


def test_an_oven_makes_what_the_shelves_lack() -> None:
    # 10 a day can be made and 20 are asked for: 30 last a day and a half more
    found = baked(np.full(4, 20.0), 30.0, 30.0, np.array([10.0, 10.0, 0.0, 10.0]), before_sales=True)
    # the shelves are looked at before the day's sales: full on day 0; 20 lack on day 1, which rests on day 2
    assert found.made.tolist() == [0.0, 0.0, 0.0, 10.0]
    assert found.short.tolist() == [0.0, 10.0, 20.0, 10.0]


def test_lateness_and_lead_time_at_a_probability() -> None:
    sku = Sku.model_validate(STOCK["skus"]["tea"])
    assert late_days(sku, 0.9) == pytest.approx(2 * np.log(2))  # 20 % are late, half of those by more
    assert late_days(sku, 0.5) == 0.0
    assert lead_days(sku, 0.9) == 5


# --- amounts shared out -----------------------------------------------------------------------------------------------


def test_what_is_bought_goes_to_those_that_lack_most() -> None:
    goods = Goods(("a", "b", "c"), (0.5, 0.25, 0.25), (10, 40, 10))
    assert bought(goods, 60).tolist() == [0, 0, 0]
    assert bought(goods, 70).tolist() == [10, 0, 0]  # a is at 40 a share, as c is; b at 160
    assert bought(goods, 100).tolist() == [30, 0, 10]  # both at 80
    assert bought(goods, 200).tolist() == [90, 10, 40]  # all at 200


def test_what_an_oven_cannot_bake_in_time_is_there_from_the_start() -> None:
    goods = Goods(("a", "b"), (0.75, 0.25), (60, 20), before=20.0, per_hour=10.0)
    assert levels(goods, 100).tolist() == [75, 25]
    assert ahead(goods, 100, 8).tolist() == [0, 0]
    assert ahead(goods, 100, 4).tolist() == [30, 10]  # 20 + 40 of 100


# --- needs by closed form ---------------------------------------------------------------------------------------------


def test_needs_of_the_shop_with_tea_and_cookies() -> None:
    scenario = stocked()
    found = by_kind(scenario, 1.0)
    supply = supply_of(scenario)
    days = len(supply.days)
    tea = 3 * 70 + 30 * (days - 3)
    assert supply.there.tolist() == [500 - 7 * 30, 0]  # 60 cookies are sold in six of the seven days before
    wanted = tea + 1.2815515655 * np.sqrt(tea)
    assert found["bought"].closed == (max(290, int(np.ceil(wanted))),)
    assert found["bought"].present == (290,)
    assert found["oven"].present == (2,)
    assert found["shelf"].present == (120,)
    hours, level = found["oven"].closed[0], found["shelf"].closed[0]
    assert 2 < hours < 24
    assert level == 120
    # 50 cookies on each of three days: one hour less leaves somebody without
    demand = supply.high[:, 1]
    works = np.array([10.0 * (scenario.weekday_of(day) != "sun") for day in range(scenario.days)])
    for given, enough in ((hours, True), (hours - 1, False)):
        early = max(0.0, 120 - (60 - demand[:7].sum() + given * works[:7].sum()))
        short = baked(demand, 60 + early, 120, given * works, before_sales=True).short[7 : 7 + days].sum()
        assert (short <= 1e-6) == enough, given
    assert found["space"].closed == (int(np.ceil((500 * 2 + 120 * 5) / 1000 / 0.9)),)
    assert found["space"].lowest == 2  # 500 x 2 + 60 x 5 litres lie there as the run begins
    assert found["gate"].closed == (1,)
    assert all(need.legs for need in found.values())
    assert not any(need.legs for kind, need in by_kind(scenario, 0.0).items() if kind != "space")


def test_what_an_oven_cannot_make_in_a_whole_day_is_baked_ahead() -> None:
    slow = {**STOCK["production"]["oven"], "units_per_h": 1.0}
    found = by_kind(stocked({"production": {"oven": slow}}), 1.0)
    assert found["oven"].closed == (24,)
    assert 120 < found["shelf"].closed[0] <= (found["shelf"].most or 0)
    assert found["oven"].raised((24,), 1.1) == (24,)  # a day has no more hours
    assert found["oven"].one_more((24,)) == (24,)


def amounts_of(scenario: Scenario, **changed: int) -> tuple[tuple[Need, ...], Amounts]:
    needs = closed_form(scenario, targets_of(scenario), 0.9).needs
    return needs, {need.key: (changed[need.kind],) if need.kind in changed else need.closed for need in needs}


def test_amounts_become_figures_of_the_scenario() -> None:
    scenario = stocked()
    needs, amounts = amounts_of(scenario, oven=6, shelf=90, bought=400, space=4, gate=2)
    values = values_of(scenario, needs, amounts, planned_days(scenario))
    world = Variations(scenario, {}).world(values)
    stock = world.stock
    assert stock is not None
    assert stock.production["oven"].hours_per_day == 6.0
    assert (stock.receiving.workers, stock.storage and stock.storage.capacity_m3) == (2, 4.0)
    rule = stock.skus["cookies"].reorder
    assert (rule.rule, rule.point, rule.up_to, rule.review_at) == ("s_S", 70, 90, 420.0)
    assert stock.skus["cookies"].on_hand == 60  # 60 - 70 + 6 days of 60 are more than 90
    # needed Monday 9 March, put away on Saturday 7, 2 days for lateness: Thursday 5
    (receipt,) = stock.skus["tea"].receipts
    assert (receipt.at, receipt.units) == (datetime(2026, 3, 5, 6, 0), 110)
    assert stock.skus["tea"].on_hand == 500


def test_what_cannot_arrive_within_the_run_is_there_when_it_begins() -> None:
    tea = {**STOCK["skus"]["tea"], "supply": {**STOCK["skus"]["tea"]["supply"], "late_days": 20.0}}
    scenario = stocked({"skus": {**STOCK["skus"], "tea": tea}})
    needs, amounts = amounts_of(scenario, bought=400)
    values = values_of(scenario, needs, amounts, planned_days(scenario))
    assert values["stock.skus"]["tea"] == {"on_hand": 500 + 110}


def test_dates_of_orders_and_of_baking() -> None:
    scenario = stocked()
    needs, amounts = amounts_of(scenario, oven=3, shelf=90, bought=400)
    supply = supply_of(scenario)
    found = {each.event: each for each in key_dates(scenario, needs, amounts, np.zeros(0), Leads(), supply)
             if each.event in {"order", "bake"}}  # fmt: skip
    # promised for Thursday 5 March, five days before it is Saturday 28 February
    assert (found["order"].moment, found["order"].missing, found["order"].skus) == (date(2026, 2, 28), 110, ("tea",))
    # 30 lack; the oven gives 30 a day, of which 10 are sold: 2 days, the last of them Saturday 7 March
    assert (found["bake"].moment, found["bake"].missing) == (date(2026, 3, 6), 30)


def test_a_fill_rate_is_asked_for_where_there_is_stock() -> None:
    asked = {each.kpi: each.level for each in targets_of(stocked())}
    assert asked[FILL] == 0.97
    assert FILL not in {each.kpi for each in targets_of(stocked(), stock=0.0)}
    assert {each.kpi: each.level for each in targets_of(stocked(), stock=0.9)}[FILL] == 0.9
    assert FILL not in {each.kpi for each in targets_of(stocked().model_copy(update={"stock": None}))}


def test_skus_that_are_not_listed_are_refused() -> None:
    scenario = stocked({"assortment": {"count": 3}})

    def wrong(goal: float | None) -> list[str]:
        asked: dict[str, Any] = dict.fromkeys(("probability", "desk_goal", "carriers_goal"))
        found = problems_with(
            scenario, {"none": Plan(name="none")}, 20, fresh=20, stock_goal=goal, leads=Leads(), **asked
        )
        return [each.place for each in found]

    assert wrong(None) == ["stock.assortment"]
    assert wrong(0.0) == []


# --- of a result ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked() -> tuple[Needs, Lab]:
    """Needs of the shop on few replications, nothing but stock being scarce."""
    lab = Lab(stocked(), {"none": Plan(name="none")}, 1, engine=Engine("serial"))
    return needs_in(lab, 10, fresh=20, probability=0.7, desk_goal=0.0), lab


FORMATS = Formats(catalogue(), "TWD")
STAMP = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.long
def test_the_shop_is_proven_and_what_binds_is_the_stock(asked: tuple[Needs, Lab]) -> None:
    found, _ = asked
    assert found.proven
    assert found.proof is not None
    assert found.proof.shares[FILL] >= 0.7
    amounts = {need.kind: found.amounts[need.key][0] for need in found.needs}
    assert amounts["oven"] > 2


@pytest.mark.long
def test_the_prepared_file_is_the_scenario_that_was_proven(asked: tuple[Needs, Lab], tmp_path: Path) -> None:
    found, lab = asked
    index = write_experiment(needs_draft(found, FORMATS, STAMP), lab, tmp_path / "page", FORMATS, command="surgesim")
    composed = sim.load_scenario("prepared", config_dir=index.parent)
    proven = Variations(found.scenario, {}).world(found.values)
    same = {"name": proven.name, "title": proven.title}
    assert composed.model_copy(update=same).model_dump() == proven.model_dump()


@pytest.mark.long
def test_stock_in_workbook_tables_and_tasks(asked: tuple[Needs, Lab]) -> None:
    found, _ = asked
    pages = {page.title: [[cell.value for cell in row] for row in page.iter_rows()]
             for page in load_workbook(io.BytesIO(workbook(found, FORMATS, STAMP))).worksheets}  # fmt: skip
    assert {"Stock", "Production", "Shelves and gate"} <= set(pages)
    rows = {row[0]: row for row in pages["Stock"][1:]}
    assert set(rows) == {"tea", "cookies"}
    assert (rows["tea"][1], rows["cookies"][1]) == ("supplier", "oven")
    table = found.stock.set_index("sku")
    assert table.loc["tea", "needed_units"] == max(290, found.amounts["bought"][0])
    assert table.loc["cookies", "needed_units"] == found.amounts["shelf.oven"][0]
    # put away on the day on which it is made, or later
    hours = found.production[["hours", "hours_needed"]].cumsum()
    assert (hours["hours"] <= hours["hours_needed"] + 1e-6).all()
    assert found.shelves["m3"][0] == pytest.approx((500 * 2 + 60 * 5) / 1000)  # what is there as the run begins
    made = found.production["units"].sum()
    assert found.shelves["received_units"].sum() >= made > 0
    assert pd.notna(table.loc["cookies", "production_h"])
    facts = {each["sku"]: each for each in facts_of(found)["stock"]}
    assert facts["cookies"]["needed_on"] == "2026-03-09"
    assert facts["tea"]["needed_units"] == table.loc["tea", "needed_units"]
    assert facts["tea"]["latest_start"] is None
    titles = " ".join(task.title for task in tasks_of(found, FORMATS))
    assert "Book the gate for" in titles


def test_errors_name_the_goal() -> None:
    with pytest.raises(InputError, match="stock_goal"):
        sim.needs(stocked(), stock_goal=1.5)
