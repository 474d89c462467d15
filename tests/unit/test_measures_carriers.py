"""A backup carrier, capacity bought ahead and room on the dock do exactly what they say.

Parcels are picked within ten minutes, each by a picker of its own, and wait for a van at 17:00 (minute 1020). Measures
are on from the start unless a test says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import sim
from sim.floor.measures.carriers import added_parcels
from sim.scenario.carriers import Carrier, Pickup, Transit
from sim.scenario.economics import Economics
from sim.scenario.fit import misfits
from sim.scenario.measures import BackupCarrier, CarrierCapacity, ExtraPickups, ExtraStorage, Trigger
from sim.scenario.people import Break
from sim.scenario.plan import Plan
from sim.scenario.promise import ServiceClass
from sim.scenario.scenario import Scenario
from sim.scenario.site import Site
from sim.series import RESOURCES, bottleneck, hourly
from tests.small_sites import (
    DAY,
    NAN,
    assert_log,
    column,
    packing,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    van,
    world,
)

NOON = {"noon": Pickup(time="12:00")}


def many() -> Any:
    """Pickers without end, around the clock."""
    return picking(shift(20, "00:00", "24:00"))


def docked(folder: Path, orders: Any, *, days: int = 1, **more: Any) -> Scenario:
    """Orders are on the dock ten minutes after they are placed."""
    return world(folder, orders, days=days, **{"site": site(pick=many()), "carriers": {"van": van()}, **more})


def backup(**figures: Any) -> BackupCarrier:
    """Comes at noon and takes over everything."""
    return BackupCarrier(**{"pickups": NOON, **figures})


# --- backup carrier ---------------------------------------------------------------------------------------------


def test_a_backup_carrier_takes_over_its_share(tmp_path: Path) -> None:
    """By the luck of the order: below the share, not at it."""
    ledger = run(docked(tmp_path, [480, 481, 482]), plan(reserve=backup(share=0.5)), spare_u=[0.25, 0.5, 0.75])
    assert_log(ledger, carrier=["reserve", "van", "van"], picked_up_min=[720, 1020, 1020])
    assert_log(ledger, "pickups", carrier=["reserve", "van"], planned_min=[720, 1020], taken=[1, 2])
    assert_log(ledger, "pickups", extra=[True, False])


def test_backup_carriers_take_over_different_parcels_of_the_carriers_they_replace(tmp_path: Path) -> None:
    """Of red: `one` below 0.25, `two` from there to 0.75. Of blue only `two`, below 0.5."""
    carriers = {"red": van(share=0.5), "blue": van(share=0.5)}
    measures = plan(
        one=backup(share=0.25, replaces=["red"]), two=backup(share=0.5, pickups={"a": Pickup(time="13:00")})
    )
    scenario = docked(tmp_path, [480] * 6, carriers=carriers)
    ledger = run(scenario, measures, carrier=[0, 0, 0, 1, 1, 1], spare_u=[0.2, 0.25, 0.75, 0.2, 0.5, 0.9])
    assert_log(ledger, carrier=["one", "two", "red", "two", "blue", "blue"])
    assert_log(ledger, picked_up_min=[720, 780, 1020, 780, 1020, 1020])


def test_what_counts_is_whether_it_is_active_when_a_parcel_is_packed(tmp_path: Path) -> None:
    """From 08:15 (495) to 08:30 (510): packed at 490, 495, 509, 510. What it has it takes; then it comes no more."""
    trigger = Trigger(when="time", at=8.25, until=8.5)
    orders = [480, 485, 499, 500, DAY + 480]
    ledger = run(docked(tmp_path, orders, days=2), plan(reserve=backup(trigger=trigger, cost_per_pickup=70.0)))
    assert_log(ledger, carrier=["van", "reserve", "reserve", "van", "van"])
    assert_log(ledger, picked_up_min=[1020, 720, 720, 1020, DAY + 1020])
    assert_log(ledger, "pickups", carrier=["reserve", "van", "van"], cost=[70, 0, 0])


def test_it_comes_while_it_is_active_whether_there_is_anything_or_not(tmp_path: Path) -> None:
    late = Trigger(when="time", at=18.0)
    ledger = run(docked(tmp_path, [480], days=3), plan(reserve=backup(trigger=late, cost_per_pickup=70.0)))
    assert_log(ledger, "pickups", carrier=["van", "reserve", "van", "reserve", "van"])
    assert sim.kpis(ledger)["cost_pickups"] == 140


@pytest.mark.parametrize(("waiting", "picked_up"), [(True, [720, 720, DAY + 720]), (False, [1020, 1020, 1020])])
def test_it_takes_what_waits_when_it_starts(tmp_path: Path, waiting: bool, picked_up: list[float]) -> None:
    """Packed at 490, 491 and 492 for three carriers; at noon there is room for the first two of them."""
    carriers = {name: van(share=share) for name, share in (("red", 0.5), ("blue", 0.25), ("green", 0.25))}
    measure = backup(
        takes_waiting=waiting,
        pickups={"noon": Pickup(time="12:00", capacity=2)},
        trigger=Trigger(when="time", at=9.0),
    )
    scenario = docked(tmp_path, [480, 481, 482], days=2, carriers=carriers)
    ledger = run(scenario, plan(reserve=measure), carrier=[2, 0, 1])
    assert_log(ledger, picked_up_min=picked_up)
    assert_log(ledger, carrier=["reserve"] * 3 if waiting else ["green", "red", "blue"])


def test_taken_over_a_second_time_they_stand_in_the_order_of_packing(tmp_path: Path) -> None:
    """On until 09:00 and again from 10:00 by the queue: 0 and 2 are its from the start, 1 waits for red in between."""
    measure = backup(
        takes_waiting=True,
        pickups={"late": Pickup(time="16:00", capacity=1)},
        trigger=Trigger(when="metric", metric="queue_dock_parcels", above=1.0, clear_below=0.0),
    )
    ledger = run(docked(tmp_path, [500, 490], days=2), plan(reserve=measure))
    assert_log(ledger, placed_min=[490, 500], picked_up_min=[960, DAY + 960])  # at the review of 09:00 both wait


def test_its_cut_off_capacity_and_luck(tmp_path: Path) -> None:
    """Packed at 690, at the very cut-off, and at 691; on Tuesday it does not come and is paid."""
    measure = backup(cutoff_min=30.0, no_show_share=0.2, cost_per_pickup=70.0)
    luck = {"van": np.full((3, 96), 0.9), "backup 1": np.repeat([0.2, 0.1, 0.9], 96).reshape(3, 96)}
    ledger = run(docked(tmp_path, [680, 681], days=3), plan(reserve=measure), pickup_u=luck)
    assert_log(ledger, picked_up_min=[720, 2 * DAY + 720])
    visits = ledger.pickups[ledger.pickups["carrier"] == "reserve"]
    assert visits["no_show"].tolist() == [False, True, False]
    assert visits["left"].tolist() == [0, 1, 0]
    assert visits["cost"].tolist() == [70] * 3


def test_its_transit_and_network(tmp_path: Path) -> None:
    """Two days; contracted are two a day, so that the third of a day waits for half a day more."""
    measure = backup(transit=Transit(mean_days=2.0), contracted_per_day=2.0)
    ledger = run(docked(tmp_path, [480, 481, 482]), plan(reserve=measure))
    assert_log(ledger, delivered_min=[720 + 2 * DAY, 720 + 2 * DAY, 720 + 2.5 * DAY])


@pytest.mark.parametrize(("collects", "carrier"), [(False, "store"), (True, "reserve")])
def test_what_is_paid_on_delivery_is_its_only_where_it_collects(tmp_path: Path, collects: bool, carrier: str) -> None:
    """0 is paid for. 1 is paid on delivery, and nobody would collect it from the store; at the door it is accepted."""
    store = van(kind="store", cod_share=1.0, cod_fee_cost=7.0, unclaimed_share=0.5, unclaimed_after_days=1.0)
    scenario = docked(tmp_path, [480, 481], run_on_h=72.0, carriers={"store": store})
    measure = backup(cash_on_delivery=collects, cod_fee_cost=9.0, cost_per_parcel=100.0)
    luck = {"cod": [False, True], "unclaimed": [False, True]}
    ledger = run(scenario, plan(reserve=measure), **luck)
    assert_log(ledger, carrier=["reserve", carrier], cash_on_delivery=[False, True])
    assert_log(ledger, outcome=["delivered", "delivered" if collects else "lost"])
    assert sim.kpis(ledger)["cost_freight"] == (209 if collects else 100)


def test_freight_is_at_its_price_in_the_sites_currency(tmp_path: Path) -> None:
    """Two at 100 TWD of half a real each, one at the van's 30 reais; set-up 400 TWD, once."""
    economics = Economics(currency="BRL", exchange={"TWD": 0.5})
    scenario = docked(tmp_path, [480, 481, 482], economics=economics, carriers={"van": van(cost_per_parcel=30.0)})
    measures = plan(reserve=backup(share=0.5, cost_per_parcel=100.0, setup_cost=400.0)).model_copy(
        update={"currency": "TWD"}
    )
    values = sim.kpis(run(scenario, measures, spare_u=[0.1, 0.2, 0.9]))
    assert (values["cost_freight"], values["cost_setup"]) == (130.0, 200.0)


def test_without_carriers_there_is_nothing_to_take_over(tmp_path: Path) -> None:
    ledger = run(docked(tmp_path, [480], carriers={}), plan(reserve=backup(setup_cost=400.0, cost_per_pickup=70.0)))
    assert_log(ledger, picked_up_min=[490])
    assert sim.kpis(ledger)["total_cost"] == 0


def test_at_a_scale(tmp_path: Path) -> None:
    """A tenth of the capacity, of the price of a visit and of the set-up."""
    pickups = {"noon": Pickup(time="12:00", capacity=20)}
    measure = backup(pickups=pickups, contracted_per_day=5.0, cost_per_pickup=500.0, setup_cost=400.0)
    ledger = run(docked(tmp_path, [480] * 10, scale=0.1), plan(reserve=measure))
    visit = ledger.pickups[ledger.pickups["carrier"] == "reserve"]
    assert (visit["capacity"].tolist(), visit["cost"].tolist()) == ([2], [50])
    assert column(ledger, "cost", "charges").tolist() == [40]


# --- capacity bought ahead --------------------------------------------------------------------------------------


def more(**figures: Any) -> CarrierCapacity:
    """Half as much again."""
    return CarrierCapacity(**{"capacity_share": 0.5, **figures})


def test_limits_grow_by_a_share(tmp_path: Path) -> None:
    """Five in a pickup become 7.5, rounded half up; nine a day become 13.5."""
    carrier = van(Pickup(time="12:00", capacity=5), Pickup(time="17:00", capacity=5), daily_parcel_cap=9)
    scenario = docked(tmp_path, [480] * 20, carriers={"van": carrier})
    usual = run(scenario)
    assert_log(usual, "pickups", capacity=[5, 5], taken=[5, 4])
    assert_log(run(scenario, plan(season=more())), "pickups", capacity=[8, 8], taken=[8, 6])
    assert_log(run(scenario, plan(season=more(of=["pickups"]))), "pickups", capacity=[8, 8], taken=[8, 1])
    assert_log(run(scenario, plan(season=more(of=["daily_cap"]))), "pickups", capacity=[5, 5], taken=[5, 5])


def test_of_the_carriers_named_and_while_it_is_on(tmp_path: Path) -> None:
    """Red takes one more at noon, before the measure ends; blue and the van of the evening are as they were."""
    red, blue = (van(Pickup(time="12:00", capacity=2), Pickup(time="17:00", capacity=2), share=0.5) for _ in range(2))
    scenario = docked(tmp_path, [480] * 20, carriers={"red": red, "blue": blue})
    measure = more(carriers=["red"], trigger=Trigger(until=13.0))
    ledger = run(scenario, plan(season=measure), carrier=[0] * 10 + [1] * 10)
    assert_log(ledger, "pickups", carrier=["red", "blue", "red", "blue"], taken=[3, 2, 2, 2])


def test_two_of_them_add_up(tmp_path: Path) -> None:
    scenario = docked(tmp_path, [480] * 9, carriers={"van": van(Pickup(time="17:00", capacity=3))})
    ledger = run(scenario, plan(one=more(), two=more(capacity_share=0.34)))  # 1.5 and 1.02 more
    assert_log(ledger, "pickups", capacity=[6])


def test_an_extra_pickup_is_as_large_as_was_agreed_for_it(tmp_path: Path) -> None:
    scenario = docked(tmp_path, [480] * 9, carriers={"van": van(Pickup(time="17:00", capacity=2))})
    ledger = run(scenario, plan(season=more(), vans=ExtraPickups(times=["12:00"], capacity=2)))
    assert_log(ledger, "pickups", capacity=[2, 3])


def test_a_larger_contract_is_congested_later_and_works_off_faster(tmp_path: Path) -> None:
    """Two a day become four: five on Monday make the fifth wait a quarter of a day. Off at Monday 23:00.

    From 17:00 to 23:00 one of the five has gone (a quarter of a day at four a day), by Tuesday 17:00 another 1.5:
    the parcel of Tuesday stands at place 3.5 of two a day and waits for 0.75 days.
    """
    scenario = docked(
        tmp_path, [480, 481, 482, 483, 484, DAY + 480], days=2, carriers={"van": van(contracted_per_day=2.0)}
    )
    measure = more(capacity_share=1.0, of=["network"], trigger=Trigger(until=23.0))
    ledger = run(scenario, plan(season=measure))
    waited = (column(ledger, "delivered_min") - column(ledger, "picked_up_min")) / DAY
    assert waited == pytest.approx([0, 0, 0, 0, 0.25, 0.75])


BIG = Carrier(
    share=1.0,
    pickups={
        "a": Pickup(time="12:00", capacity=5, weekdays=["mon"]),
        "b": Pickup(time="13:00", capacity=4),
        "c": NOON["noon"],
    },
    daily_parcel_cap=10,
    contracted_per_day=3.0,
)


@pytest.mark.parametrize(
    ("limits", "weekday", "added"),
    [
        (["pickups"], "mon", 5),  # 2.5 and 2, each rounded half up
        (["pickups"], "tue", 2),
        (["daily_cap"], "tue", 5),
        (["network"], "mon", 1.5),
        (["pickups", "network"], "tue", 2),  # one parcel passes both: the larger counts
    ],
)
def test_what_is_added_in_a_day(limits: Any, weekday: str, added: float) -> None:
    assert added_parcels(BIG, limits, 0.5, weekday) == added
    assert added_parcels(van(), limits, 0.5, weekday) == 0


def test_what_is_added_is_paid_for_every_day_begun(tmp_path: Path) -> None:
    """Ten a day grow by five at 3 each: Monday from 06:00, Tuesday, but not Wednesday, at whose midnight it ends."""
    scenario = docked(tmp_path, [480], days=4, carriers={"van": van(daily_parcel_cap=10)})
    figures = {"cost_per_parcel_day": 3.0, "setup_cost": 100.0, "trigger": Trigger(when="time", at=6.0, until=48.0)}
    ledger = run(scenario, plan(season=more(**figures)))
    assert_log(ledger, "charges", time_min=[360, 360, DAY], cost=[100, 15, 15])
    assert_log(ledger, "charges", line=["setup", "carrier_capacity", "carrier_capacity"])
    assert sim.kpis(ledger)["cost_carrier_capacity"] == 30


# --- room on the dock -------------------------------------------------------------------------------------------


def small_dock(folder: Path, orders: Any, room: int = 2, *, packers: Any = None, **more_keys: Any) -> Scenario:
    """Room for two parcels, one packer who takes five minutes for each; vans that take one at 09:00 and 10:00."""
    vans = van(Pickup(time="09:00", capacity=1), Pickup(time="10:00", capacity=1))
    places = site(pick=many(), pack=packers or packing(), staging_parcels=room)
    return world(folder, orders, **{"site": places, "carriers": {"van": vans}, **more_keys})


def test_nobody_packs_while_the_dock_is_full(tmp_path: Path) -> None:
    ledger = run(small_dock(tmp_path, [480] * 5))
    assert_log(ledger, pack_start_min=[490, 495, 540, 600, NAN], pack_end_min=[495, 500, 545, 605, NAN])
    assert_log(ledger, "full_dock", start_min=[500, 545, 605], end_min=[540, 600, NAN], room=[2, 2, 2])
    assert sim.kpis(ledger)["full_dock_h"] == pytest.approx((40 + 55 + 24 * 60 - 605) / 60)


def test_without_a_limit_they_do_not_wait(tmp_path: Path) -> None:
    scenario = small_dock(tmp_path, [480] * 5)
    ledger = run(scenario.model_copy(update={"site": scenario.site.model_copy(update={"staging_parcels": None})}))
    assert_log(ledger, pack_start_min=[490, 495, 500, 505, 510])
    assert len(column(ledger, "start_min", "full_dock")) == 0


def test_what_is_being_packed_is_finished(tmp_path: Path) -> None:
    """At 495 the first of three packers goes on with a fourth parcel before the second fills the room for two.

    Four are packed; the vans leave three of them, then two, and the dock is still full.
    """
    ledger = run(small_dock(tmp_path, [480] * 5, packers=packing(shift(3))))
    assert_log(ledger, pack_end_min=[495, 495, 495, 500, NAN])
    assert_log(ledger, "full_dock", start_min=[495], end_min=[NAN])


def test_packed_at_the_minute_of_a_pickup(tmp_path: Path) -> None:
    """The second is packed at 540 and fills the dock; the van of that minute frees it, and nobody loses time."""
    ledger = run(small_dock(tmp_path, [480, 525, 526]))
    assert_log(ledger, pack_start_min=[490, 535, 540])
    assert_log(ledger, "full_dock", start_min=[540, 545], end_min=[540, 600])


def test_who_waits_for_room_goes_home_at_the_end_of_the_shift(tmp_path: Path) -> None:
    """Off from 08:50 to 09:10 and home at 09:45: the van of 09:00 finds nobody, that of 10:00 neither."""
    crew = packing(shift(1, "08:00", "09:45", breaks=[Break(start=530.0, minutes=20.0)]))
    ledger = run(small_dock(tmp_path, [480] * 5, packers=crew))
    assert_log(ledger, pack_start_min=[490, 495, 550, NAN, NAN])


def test_what_was_handed_over_waits_for_room_too(tmp_path: Path) -> None:
    """The second packer goes home at 09:05 with five minutes left of an order; 0 fills the dock at 09:05 too."""
    crew = packing(shift(1), shift(1, "08:00", "09:05"), setup_min=20.0, end_of_shift="hand_over")
    ledger = run(small_dock(tmp_path, [515, 520, 521], room=1, packers=crew))
    assert_log(ledger, pack_start_min=[525, 530, NAN], pack_end_min=[545, 605, NAN])
    assert_log(ledger, "handovers", end_min=[545], resumed_min=[600])


def test_parcels_of_all_carriers_fill_the_dock(tmp_path: Path) -> None:
    """And those of a backup carrier: its pickup frees the room."""
    scenario = small_dock(tmp_path, [480] * 3, carriers={"van": van()})
    ledger = run(scenario, plan(reserve=backup(share=0.5)), spare_u=[0.1, 0.9, 0.9])
    assert_log(ledger, pack_start_min=[490, 495, 720], picked_up_min=[720, 1020, 1020])


def test_extra_storage_is_room(tmp_path: Path) -> None:
    """One more from 08:30 (510), at once used; gone at 09:30, when three parcels stand in the room for two."""
    trigger = Trigger(when="time", at=8.5, until=9.5)
    ledger = run(small_dock(tmp_path, [480] * 5), plan(shed=ExtraStorage(parcels=1, trigger=trigger)))
    assert_log(ledger, pack_start_min=[490, 495, 510, 540, NAN])
    assert_log(ledger, "full_dock", start_min=[500, 515, 545], end_min=[510, 540, NAN], room=[2, 3, 3])


def test_room_that_goes_fills_the_dock(tmp_path: Path) -> None:
    """Four more until 08:40 (520), when three parcels stand there and the packer is at the fourth."""
    measure = ExtraStorage(parcels=4, trigger=Trigger(until=52 / 6))
    ledger = run(small_dock(tmp_path, [480] * 5, packers=packing(setup_min=8.0)), plan(shed=measure))
    assert_log(ledger, pack_start_min=[490, 498, 506, 514, NAN])
    assert_log(ledger, "full_dock", start_min=[520], end_min=[NAN], room=[2])


def test_room_as_a_share(tmp_path: Path) -> None:
    """A half of three is 1.5, rounded half up."""
    ledger = run(small_dock(tmp_path, [480] * 7, room=3), plan(shed=ExtraStorage(parcels_share=0.5)))
    assert column(ledger, "room", "full_dock")[0] == 5


def test_room_is_paid_for_every_day_begun(tmp_path: Path) -> None:
    """Off at 10:00 and on again at 11:00, it is paid once for Monday; and for Tuesday, on which it ends."""
    often = Trigger(when="metric", metric="backlog_orders", above=1.0, until=30.0)
    measure = ExtraStorage(parcels=1, cost_per_day=50.0, setup_cost=70.0, trigger=often)
    scenario = small_dock(tmp_path, [470, 601], days=2)
    ledger = run(scenario, plan(shed=measure))
    assert ledger.alerts["event"].tolist() == ["decided", "active", "called_off", "decided", "active", "ended"]
    assert_log(ledger, "charges", time_min=[480, 480, DAY], cost=[70, 50, 50])
    assert sim.kpis(ledger)["cost_extra_storage"] == 100


def test_the_bottleneck_names_the_dock_for_who_waits_for_room(tmp_path: Path) -> None:
    """Five late orders: packed by 500 are two; while the dock is full the others wait for it, not for the packer."""
    soon = promise("08:00", ServiceClass(ship_within_days=0, deliver_within_days=0))
    ledger = run(small_dock(tmp_path, [420] * 7, packers=packing(setup_min=25.0), promise=soon))
    series = hourly(ledger)
    assert_log(ledger, "full_dock", start_min=[530, 565, 625], end_min=[540, 600, NAN])
    assert series["full_dock"][8:11] == pytest.approx([10 / 60, 35 / 60, 35 / 60])
    named = [RESOURCES[code] for code in bottleneck(ledger)]
    assert named[7:11] == ["packing", "packing", "dock", "dock"]


# --- what can't be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "figures", "complaint"),
    [
        (BackupCarrier, {"pickups": {}}, "at least 1"),
        (CarrierCapacity, {"capacity_share": 0.0}, "greater than 0"),
        (CarrierCapacity, {"capacity_share": 0.5, "of": []}, "at least 1"),
        (CarrierCapacity, {"capacity_share": 0.5, "of": ["vans"]}, "'pickups', 'daily_cap' or 'network'"),
        (ExtraStorage, {}, "exactly one of parcels, parcels_share"),
        (ExtraStorage, {"parcels": 3, "parcels_share": 0.5}, "exactly one of parcels, parcels_share"),
        (Site, {"picking": many(), "staging_parcels": 100}, "staging_parcels limits packing, and there is none"),
        (Plan, {"measures": {f"b{number}": backup(share=0.1) for number in range(5)}}, "at most 4 backup carriers"),
    ],
)
def test_figures_that_are_refused(model: Any, figures: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        model(**figures)


def test_room_for_parcels_needs_carriers(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"site\.staging_parcels is room for parcels that wait for carriers"):
        small_dock(tmp_path, [480], carriers={})


@pytest.mark.parametrize(
    ("measures", "place", "remedy"),
    [
        ({"b": backup(replaces=["van", "vam"])}, "b.replaces = vam", "it has: van; did you mean 'van'?"),
        ({"c": more(carriers=["bus"])}, "c.carriers = bus", "it has: van"),
        ({"van": backup()}, "van = van", "give the measure another label"),
        ({"3pl": backup()}, "3pl = 3pl", "give the measure another label"),
        (
            {"a": backup(share=0.7), "b": backup(share=0.4, replaces=["van"])},
            "b.share = 0.4",
            "a, b together take over 1.1 of the parcels of 'van': their shares add up to at most 1",
        ),
        ({"c": more(of=["network", "daily_cap"])}, "c.of = network, daily_cap", "no carrier that it names has such"),
        ({"s": ExtraStorage(parcels=5)}, "s:", "say in site.staging_parcels how many its dock holds"),
    ],
)
def test_plans_that_do_not_fit(tmp_path: Path, measures: dict[str, Any], place: str, remedy: str) -> None:
    (problem,) = misfits(docked(tmp_path, [480]), Plan(name="tried", measures=measures))
    assert str(problem).startswith(f"plan.tried.measures.{place}")
    assert remedy in problem.remedy


def test_plans_that_fit(tmp_path: Path) -> None:
    scenario = small_dock(tmp_path, [480])
    measures = plan(
        a=backup(share=0.5), b=backup(share=0.5), c=more(of=["pickups", "network"]), s=ExtraStorage(parcels_share=1.0)
    )
    assert misfits(scenario, measures) == []
    assert misfits(docked(tmp_path, [480], carriers={}), plan(b=backup())) == []
