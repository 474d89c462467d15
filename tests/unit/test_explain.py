"""Tornado and resources on tiny sites, by hand: what is tried, what it is held against, what is said of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.compute import Engine
from sim.errors import InputError
from sim.experiment.questions.assumptions import assumptions_of, values_at
from sim.experiment.questions.explain import Explanation, chosen, explain
from sim.experiment.questions.resources import resources_of
from sim.experiment.questions.sweep import sweep
from sim.scenario.carriers import Pickup
from sim.scenario.disturbances import Outage
from sim.scenario.economics import Economics, Targets
from sim.scenario.measures import Overtime
from sim.scenario.plan import Plan
from sim.scenario.ranges import ranges_of
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Variations
from tests.small_sites import SAME_DAY, call, desk, packing, picking, plan, promise, shift, site, van, world

NONE = Plan(name="none")
MONEY = Economics(price_per_unit=100.0, margin_share=0.5)
OVERTIME = plan(late=Overtime(stages=["picking"], hours=2.0)).model_copy(update={"name": "late"})


def shop(folder: Path, *, sources: dict[str, str] | None = None, orders: int = 80, **more: Any) -> Scenario:
    """A picker who takes 10 min from 08:00 to 18:00 (60 orders), a packer who takes 5; all orders come at 08:00."""
    usual: dict[str, Any] = {
        "site": site(pick=picking(setup_min=10.0, wage_per_h_cost=12.0), pack=packing(setup_min=5.0)),
        "promise": promise("18:00", SAME_DAY),
        "economics": MONEY,
        "targets": {"service_level_ship": 0.9},
    }
    return world(
        folder, [480.0 + 0.001 * number for number in range(orders)], sources=sources or {}, **{**usual, **more}
    )


def asked(scenario: Scenario, *plans: Plan, replications: int = 3, **more: Any) -> Explanation:
    with Engine("serial") as engine:
        return explain(scenario, plans or [NONE], replications, engine=engine, **{"first_look": 2, **more})


def around(scenario: Scenario, *plans: Plan) -> Variations:
    return Variations(scenario, {each.name: each for each in plans or [NONE]})


# --- the tornado --------------------------------------------------------------------------------------------------


def test_ends_are_those_of_two_runs_and_a_bar_spans_them(tmp_path: Path) -> None:
    world = shop(tmp_path, sources={"site.picking.setup_min": "assumption; sweep 5-20"})
    found = asked(world, resources=False)
    # 119 orders are picked in ten hours at 5 min; all 80 are packed by 18:00; at 20 min it is 30 of them
    bar = found.bars.set_index("kpi").loc["service_level_ship"]
    with Engine("serial") as engine:
        points = [{"site.picking.setup_min": value} for value in (10.0, 5.0, 20.0)]
        swept = sweep(world, points, [NONE], 3, engine=engine)
    base, low, high = (float(swept.kpi(point, "none", "service_level_ship").mean()) for point in range(3))
    assert (bar["at_low"], bar["at_high"]) == pytest.approx((low - base, high - base))
    assert bar["swing"] == pytest.approx(low - high)
    assert (base, low, high) == pytest.approx((59 / 80, 1.0, 29 / 80))
    assert (bar["base"], bar["low_value"], bar["high_value"], bar["n"]) == (10.0, 5.0, 20.0, 3)
    assert bool(bar["clear"])
    assert list(found.shown("service_level_ship")["path"]) == ["site.picking.setup_min"]


def test_a_figure_without_influence_has_no_swing_at_all(tmp_path: Path) -> None:
    world = shop(tmp_path, sources={"economics.refund_handling_cost": "assumption; sweep 1-50"})
    world = world.model_copy(update={"economics": MONEY.model_copy(update={"refund_handling_cost": 5.0})})
    world = Scenario.model_validate({**world.model_dump(by_alias=True, exclude_unset=True)})
    found = asked(world, resources=False)
    assert (found.effects["difference"] == 0).all()
    assert (found.bars["swing"] == 0).all()
    assert found.bars["inert"].all()
    assert not found.bars["clear"].any()
    assert found.shown("net_contribution").empty


def test_bars_are_sorted_by_swing_within_kpi_and_plan(tmp_path: Path) -> None:
    told = {"site.picking.setup_min": "assumption; sweep 9-11", "site.packing.setup_min": "assumption; sweep 5-30"}
    found = asked(shop(tmp_path, sources=told), NONE, OVERTIME, resources=False)
    for _, part in found.bars.groupby(["kpi", "plan"]):
        assert part["swing"].is_monotonic_decreasing
    assert list(dict.fromkeys(found.bars["kpi"])) == ["service_level_ship", "net_contribution"]
    assert found.shown("service_level_ship", "none")["path"].iloc[0] == "site.packing.setup_min"


def test_what_can_be_no_large_bar_by_the_first_look_is_not_looked_at_again(tmp_path: Path) -> None:
    told = {"site.picking.setup_min": "assumption; sweep 5-20", "economics.packaging_cost": "assumption; sweep 0-0.01"}
    world = shop(tmp_path, sources=told, economics=MONEY.model_copy(update={"packaging_cost": 0.005}))
    found = asked(world, replications=4, top=1, resources=False)
    counts = found.bars.drop_duplicates("path").set_index("path")["n"]
    assert counts.to_dict() == {"site.picking.setup_min": 4, "economics.packaging_cost": 2}
    assert found.ran == 4 + 2 * 4 + 2 * 2  # as it stands, two ends of each


def test_a_plans_own_figures_are_tried_under_that_plan_alone(tmp_path: Path) -> None:
    late = OVERTIME.model_copy(update={"sources": {"measures.late.hours": "assumption; sweep 1-4"}})
    found = asked(shop(tmp_path), NONE, late, resources=False)
    assert set(found.bars["plan"]) == {"late"}
    assert set(found.bars["path"]) == {"plan.late.measures.late.hours"}
    # the other plan meets no other world; the packer goes home at 18:00, so nothing moves, and two looks are enough
    assert found.ran == 2 * 3 + 2 * 2


def test_an_end_at_which_another_plan_is_to_be_chosen_is_marked(tmp_path: Path) -> None:
    """With orders picked in 5 min nobody has to stay, and who stays all the same only costs."""
    told = {"site.picking.setup_min": "assumption; sweep 5-10", "economics.packaging_cost": "assumption; sweep 1-2"}
    idle = site(pick=picking(wage_per_h_cost=12.0), pack=packing(shift(end="22:00"), setup_min=5.0))
    world = shop(
        tmp_path,
        sources=told,
        site=idle,
        orders=70,
        promise=promise("22:00", SAME_DAY),
        economics=MONEY.model_copy(update={"packaging_cost": 1.5}),
    )
    found = asked(world, NONE, OVERTIME, resources=False)
    assert found.choice == "late"
    changes = found.bars.drop_duplicates("path").set_index("path")["changes_choice"]
    assert changes.to_dict() == {"site.picking.setup_min": True, "economics.packaging_cost": False}
    assert set(found.effects.loc[found.effects["value"] == 5.0, "choice"]) == {"none"}


def test_the_rule_of_choice() -> None:
    names = ("service_level_ship", "fill_rate", "net_contribution")
    kpis = {
        "cheap": np.array([[0.8, 0.99, 100.0], [0.9, 0.99, 100.0]]),
        "good": np.array([[0.96, 0.9, 50.0], [0.97, 0.98, 50.0]]),
        "better": np.array([[0.99, 0.98, 40.0], [0.99, 0.98, 40.0]]),
    }

    def asked_of(service: float, fill_rate: float | None = None) -> Targets:
        return Targets(service_level_ship=service, fill_rate=fill_rate, probability=0.9)

    assert chosen(kpis, names, asked_of(0.95)) == "good"
    assert chosen(kpis, names, asked_of(0.95, 0.97)) == "better"
    assert chosen(kpis, names, asked_of(0.98)) == "better"
    assert chosen(kpis, names, asked_of(0.999)) == "better"  # none holds: the surest, then the highest level
    assert chosen({name: values * [np.nan, 1, 1] for name, values in kpis.items()}, names, asked_of(0.95)) == "cheap"


# --- what is not tried --------------------------------------------------------------------------------------------


def test_what_is_fixed_has_no_range_or_is_refused_is_told_with_the_reason(tmp_path: Path) -> None:
    told = {
        "site.picking.setup_min": "assumption; sweep 5-20",
        "site.packing.setup_min": "assumption: somebody said so",
        "site.picking.shifts.shift_0.headcount": "assumption, fixed: there is one",
        "targets.service_level_ship": "assumption; sweep 0.8-1.5",
        "economics.margin_share": "R a survey",
        "economics.price_per_unit": "given on the command line",
    }
    found = asked(shop(tmp_path, sources=told), resources=False)
    left = found.left_out.set_index("path")
    assert left["kind"].to_dict() == {
        "site.packing.setup_min": "no_range",
        "site.picking.shifts.shift_0.headcount": "fixed",
        "targets.service_level_ship": "refused",
        "economics.price_per_unit": "given",
    }
    assert (left.loc["targets.service_level_ship", "end"], left.loc["targets.service_level_ship", "value"]) == (
        "high",
        1.5,
    )
    assert "at most 1" in left.loc["targets.service_level_ship", "reason"]
    assert left.loc["site.picking.shifts.shift_0.headcount", "reason"] == "assumption, fixed: there is one"
    bar = found.bars.set_index("path").loc["targets.service_level_ship"].iloc[0]  # its low end is tried all the same
    assert (bar["low_value"], np.isnan(bar["at_high"])) == (0.8, True)


def test_every_assumption_of_a_shipped_scenario_is_tried_or_named() -> None:
    scenario = sim.load_scenario("double11", ["demand.campaign.uplift=5"])
    overtime = sim.load_plan("overtime")
    tried, left = assumptions_of(around(scenario, overtime))
    named = {each.path for each in tried} | {each.path for each in left}
    lists = {path.rpartition(".")[0] for path in named}
    for model, lead in ((scenario, ""), (overtime, "plan.overtime.")):
        for path, source in model.sources.items():
            below = any(name.startswith(f"{lead}{path}.") for name in named)
            no_figure = ranges_of(source) and path.endswith((".distribution", ".weekdays"))  # a neighbour's range
            if "assum" in source and not no_figure:
                assert f"{lead}{path}" in named | lists or below, path
    refused = [each for each in left if each.kind == "refused"]
    assert refused == []
    assert [each.path for each in left if each.kind == "given"] == ["demand.campaign.uplift"]
    assert len(tried) > 130


def test_shares_make_room_for_each_other(tmp_path: Path) -> None:
    world = shop(
        tmp_path,
        carriers={"home": van(share=0.6), "store": van(share=0.3), "locker": van(share=0.1)},
        sources={"carriers.home.share": "assumption; sweep 0.2-0.8"},
    )
    there = around(world)
    (share,), left = assumptions_of(there)
    assert not left
    assert share.makes_room
    low = values_at(there, share, "low")
    assert low == {
        "carriers.home.share": 0.2,
        "carriers.store.share": pytest.approx(0.6),
        "carriers.locker.share": pytest.approx(0.2),
    }


def test_ranges_of_ones_own_replace_those_of_sources_and_come_beside_them(tmp_path: Path) -> None:
    world = shop(tmp_path, sources={"site.picking.setup_min": "assumption; sweep 5-20"})
    own = {
        "site.picking.setup_min": [8, 12],
        "site": {"packing": {"setup_min": [4, 6]}},
        "promise.deliver_by": ["18:00", "19:00"],
    }
    tried, left = assumptions_of(around(world), own)
    assert {each.path: dict(each.ends) for each in tried} == {
        "site.picking.setup_min": {"low": 8.0, "high": 12.0},
        "site.packing.setup_min": {"low": 4.0, "high": 6.0},
        "promise.deliver_by": {"low": "18:00", "high": "19:00"},
    }
    assert not left
    assert all(each.given for each in tried)
    assert next(each for each in tried if each.path == "promise.deliver_by").base == "18:00"


def test_models_made_in_python_without_their_kind_can_be_varied(tmp_path: Path) -> None:
    told = {"disturbances.still.hours": "assumption; sweep 1-3"}
    still = Outage(stages=["picking"], start=10.0, hours=2.0)
    (hours,), left = assumptions_of(around(shop(tmp_path, sources=told, disturbances={"still": still})))
    assert not left
    assert (hours.base, dict(hours.ends), hours.unit) == (2.0, {"low": 1.0, "high": 3.0}, "h")


def test_only_what_lies_below_a_path(tmp_path: Path) -> None:
    told = {"site.picking.setup_min": "assumption; sweep 5-20", "economics.margin_share": "assumption; sweep 0.1-0.6"}
    tried, _ = assumptions_of(around(shop(tmp_path, sources=told)), only=["site"])
    assert [each.path for each in tried] == ["site.picking.setup_min"]


def test_all_that_is_wrong_is_said_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    world = shop(tmp_path, sources={"site.picking.setup_min": "assumption; sweep 5-20"})
    figures = {"site.pickin.setup_min": [1, 2], "economics.margin_share": [0.1, 1.5], "targets.probability": 0.5}
    with pytest.raises(InputError) as caught:
        asked(world, kpis=["net_contributio"], figures=figures, only=["sit"], of="nobody", replications=1)
    assert {each.place for each in caught.value.problems} == {
        "kpis",
        "replications",
        "of",
        "only",
        "figures.targets.probability",
        "site.pickin.setup_min",
        "economics.margin_share",
    }
    text = str(caught.value)
    assert "did you mean 'net_contribution'?" in text
    assert "did you mean 'site'?" in text
    assert "did you mean 'picking'?" in text


# --- one more of each ---------------------------------------------------------------------------------------------


def test_one_more_picker_where_picking_is_the_bottleneck_brings_more_than_one_more_packer(tmp_path: Path) -> None:
    found = asked(shop(tmp_path, sources={"site.picking.setup_min": "assumption; sweep 9-11"}))
    worth = found.resources.set_index("resource")
    picker, packer = worth.loc["picking.shift_0"], worth.loc["packing.shift_0"]
    # two pickers pick all 80 by 14:40, one 60 of them; 59 are packed by 18:00 and the 60th a little later
    assert picker["service"] == 1 - 59 / 80
    assert packer["service"] == 0.0
    assert picker["gross"] > packer["gross"] == 0.0
    assert picker["own_cost"] == pytest.approx(10 * 12.0)
    assert picker["net"] == pytest.approx(picker["gross"] - 120.0)
    assert found.resources["resource"].iloc[0] == "picking.shift_0"


def test_resources_of_a_site_and_how_there_is_one_more_of_each(tmp_path: Path) -> None:
    carrier = van(
        Pickup(time="12:00", capacity=10),
        Pickup(time="17:00", capacity=200),
        daily_parcel_cap=95,
        contracted_per_day=50.0,
        cost_per_pickup=5.0,
    )
    world = shop(
        tmp_path,
        site=site(pick=picking(), pack=packing(stations=3), staging_parcels=40),
        carriers={"home": carrier},
        desk=desk(channels={"phone": call()}),
    )
    found, refused = resources_of(world)
    assert not refused
    assert {each.key: (each.kind, dict(each.values), each.added, each.cost_line) for each in found} == {
        "picking.shift_0": ("worker", {"site.picking.shifts.shift_0.headcount": 2}, 1, "regular_pay"),
        "packing.shift_0": ("worker", {"site.packing.shifts.shift_0.headcount": 2}, 1, "regular_pay"),
        "packing.stations": ("station", {"site.packing.stations": 4}, 1, ""),
        "desk.shift_0": ("worker", {"desk.shifts.shift_0.headcount": 2}, 1, "regular_pay"),
        "storage": ("storage", {"site.staging_parcels": 44}, 4, ""),
        "home.visit": (
            "visit",
            {
                "carriers.home.pickups.one_more": {
                    "time": "18:00",
                    "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                    "capacity": 200,
                }
            },
            1,
            "pickups",
        ),
        "home.pickup_0": ("capacity", {"carriers.home.pickups.pickup_0.capacity": 11}, 1, ""),
        "home.pickup_1": ("capacity", {"carriers.home.pickups.pickup_1.capacity": 220}, 20, ""),
        "home.daily_cap": ("daily_cap", {"carriers.home.daily_parcel_cap": 105}, 10, ""),
        "home.network": ("network", {"carriers.home.contracted_per_day": pytest.approx(55.0)}, pytest.approx(5), ""),
    }


@pytest.mark.parametrize(
    ("scale", "factor", "headcount", "added"),
    [(1.0, 1.0, 5, 1), (1.0, 0.5, 6, 1), (0.1, 1.0, 15, 1), (1.0, 2.0, 5, 2), (2.0, 1.0, 5, 2)],
)
def test_one_more_worker_at_any_scale_and_factor(
    tmp_path: Path, scale: float, factor: float, headcount: int, added: int
) -> None:
    """Four on the roster: at factor 0.5 they are 2, and 5 x 0.5 = 2.5 is 3; at scale 0.1 it takes 15 to be 2."""
    world = shop(tmp_path, site=site(pick=picking(shift(4), headcount_factor=factor)), scale=scale)
    found = next(each for each in resources_of(world)[0] if each.key == "picking.shift_0")
    expected = 5 if factor == 0.5 else headcount
    assert dict(found.values) == {"site.picking.shifts.shift_0.headcount": expected}
    assert found.added == added


def test_a_crew_that_never_comes_is_told_of(tmp_path: Path) -> None:
    world = shop(tmp_path, site=site(pick=picking(), pack=packing(headcount_factor=0.0)))
    (refused,) = resources_of(world)[1]
    assert refused.key == "packing.shift_0"
    found = asked(shop(tmp_path, site=world.site, sources={"site.picking.setup_min": "assumption; sweep 9-11"}))
    assert found.left_out.set_index("path").loc["packing.shift_0", "kind"] == "resource"


def test_resources_can_be_left_out(tmp_path: Path) -> None:
    told = {"site.picking.setup_min": "assumption; sweep 9-11"}
    assert asked(shop(tmp_path, sources=told), resources=False).resources.empty
