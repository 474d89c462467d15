"""`check_ledger` can fail: a good ledger is spoilt in one place at a time, and the complaint must name it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.errors import LedgerError
from sim.invariants import check_ledger
from sim.ledger import CONTACT_OUTCOMES, DISTURBANCES, OUTCOMES, TABLES, Ledger
from sim.scenario.carriers import Pickup, Transit
from sim.scenario.economics import Economics
from sim.scenario.measures import Overflow3PL, Overtime
from sim.scenario.people import Labour
from sim.scenario.scenario import Scenario
from tests.small_sites import asks, call, desk, packing, patience, picking, plan, promise, run, shift, site, van, world

Tables = dict[str, dict[str, NDArray[Any]]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Sixteen orders: 0 and 1 go to a third party, 12 and 13 are cancelled, 10 and 14 are under way at the horizon.

    Of three pickers one is absent; both that came (slots 3 and 4) stay for overtime. Contact 0 is lost, 1 and 2 are
    answered, 3 and 4 give up. The van of `blue` does not come on Monday.
    """
    pick = picking(shift(3, "08:00", "12:00"), stations=2, absence_share=0.5, wage_per_h_cost=60.0, setup_min=30.0)
    pack = packing(shift(2, "08:00", "16:00"), setup_min=25.0, wage_per_h_cost=60.0)
    journey = Transit(mean_days=0.5)
    red = van(
        Pickup(time="13:00", capacity=2),
        Pickup(time="17:00"),
        share=0.5,
        cutoff_min=30.0,
        daily_parcel_cap=4,
        transit=journey,
    )
    scenario = world(
        tmp_path_factory.mktemp("good"),
        [480 + 10 * number for number in range(16)],
        days=2,
        site=site(pick=pick, pack=pack, labour=Labour(quarter_cap_h=138.0)),
        carriers={"red": red, "blue": van(share=0.5, no_show_share=0.5)},
        promise=promise(),
        desk=desk(channels={"phone": call(patience_min=12.0)}, open="08:00", close="18:00"),
        economics=Economics(price_per_unit=100.0),
    )
    here, comes = np.full((3, 3), 0.9), np.full((2, 96), 0.9)
    one_away, stays_away = here.copy(), comes.copy()
    one_away[1, 0] = stays_away[0] = 0.1
    return run(
        scenario,
        plan(
            stay=Overtime(hours=2.0, stages=["picking"]),
            other=Overflow3PL(daily_capacity=2, cost_per_order=90.0, lead_time_h=1.0),
        ),
        carrier=[0, 1] * 8,
        absence_u={("picking", "shift_0"): one_away, ("packing", "shift_0"): here, ("desk", "shift_0"): here},
        pickup_u={"red": comes, "blue": stays_away},
        **patience((12, 600.0), (13, 620.0)),
        **asks(scenario, [(-1, 400.0), (-1, 600.0), (-1, 601.0), (-1, 602.0), (-1, 603.0)]),
    )


def test_the_good_ledger_has_something_of_everything(good: Ledger) -> None:
    orders = good.orders
    assert set(orders["outcome"]) == {"open", "delivered", "cancelled"}
    assert set(orders["route"]) == {"site", "3pl"}
    assert set(good.contacts["outcome"]) == {"answered", "abandoned", "lost"}
    assert good.pickups["no_show"].any()
    assert good.staffing["absent"].any()
    assert set(good.staffing["kind"]) == {"regular", "overtime"}


def spoilt(good: Ledger, spoil: Callable[[Tables], None]) -> Ledger:
    tables = {name: {key: values.copy() for key, values in columns.items()} for name, columns in good.tables.items()}
    spoil(tables)
    return dataclasses.replace(good, tables=tables)


def put(table: str, column: str, row: Any, value: Any) -> Callable[[Tables], None]:
    """Overwrite some cells."""

    def spoil(tables: Tables) -> None:
        tables[table][column][row] = value

    return spoil


def also(*spoils: Callable[[Tables], None]) -> Callable[[Tables], None]:
    """One after the other."""

    def spoil(tables: Tables) -> None:
        for each in spoils:
            each(tables)

    return spoil


def order(column: str, value: Any, row: Any = 2) -> Callable[[Tables], None]:
    return put("orders", column, row, value)


def staff(column: str, value: Any, row: Any) -> Callable[[Tables], None]:
    return put("staffing", column, row, value)


def copied(table: str, columns: tuple[str, ...], source: int, target: int) -> Callable[[Tables], None]:
    """Let one row happen exactly as another did."""

    def spoil(tables: Tables) -> None:
        for column in columns:
            tables[table][column][target] = tables[table][column][source]

    return spoil


def full_dock(*rows: tuple[float, float, float]) -> Callable[[Tables], None]:
    """Say that the dock was full: from, to, room."""

    def spoil(tables: Tables) -> None:
        columns = np.array(rows).T
        tables["full_dock"] = dict(zip(("start_min", "end_min", "room"), columns, strict=True))

    return spoil


NAN = float("nan")
OUTCOME = {name: code for code, name in enumerate(OUTCOMES)}
CONTACT = {name: code for code, name in enumerate(CONTACT_OUTCOMES)}

SPOILT: dict[str, tuple[str, Callable[[Tables], None]]] = {
    # every order ends once
    "shipped and cancelled": ("both picked up and cancelled", order("cancelled_min", 2000.0)),
    "no such outcome": ("outcomes do not add up", order("outcome", 17)),
    "cancelled without a time": ("cancelled orders and their times", order("cancelled_min", NAN, 12)),
    "cancelled, and called open": ("cancelled orders and their times", order("outcome", OUTCOME["open"], 12)),
    "delivered too early": ("delivered that was not by the horizon", order("outcome", OUTCOME["delivered"], 10)),
    "shipped for ever": ("picked up and delivered do not go together", order("delivered_min", NAN)),
    "delivered and called open": ("open that was delivered by the horizon", order("outcome", OUTCOME["open"])),
    "lost under way": ("lost", order("outcome", OUTCOME["lost"], 10)),
    # times run forwards
    "released before placed": ("released_min lies before", order("released_min", 499.0)),
    "picked before released": ("pick_start_min lies before", order("pick_start_min", 499.5)),
    "picked backwards": ("pick_end_min lies before", order("pick_end_min", 499.0)),
    "packed before picked": ("pack_start_min lies before", order("pack_start_min", 529.0)),
    "packed backwards": ("pack_end_min lies before", order("pack_end_min", 529.0)),
    "picked up before packed": ("picked_up_min lies before", order("picked_up_min", 554.0)),
    "delivered before picked up": ("delivered_min lies before", order("delivered_min", 779.0)),
    "deterred, and counted": ("that was deterred", order("outcome", OUTCOME["deterred"], 15)),
    "cancelled before placed": ("cancelled_min lies before", order("cancelled_min", 599.0, 12)),
    "placed out of turn": ("not in the order in which they were placed", order("placed_min", 481.0, 2)),
    "cancelled when packed": (
        "cancelled after packing began",
        also(order("cancelled_min", 2000.0), order("picked_up_min", NAN), order("delivered_min", NAN)),
    ),
    "picked without a beginning": ("pick_end_min without pick_start_min", order("pick_start_min", NAN)),
    "packed without a beginning": ("pack_end_min without pack_start_min", order("pack_start_min", NAN)),
    "begun after the horizon": ("begun after the horizon", order("picked_up_min", 2880.0, 10)),
    # workers
    "two at once": ("picking: a worker serves two at once", order("pick_start_min", 529.0, 4)),
    "two alike": (
        "picking: a worker serves two at once",
        copied("orders", ("picker", "pick_start_min", "pick_end_min"), 2, 3),
    ),
    "two packed at once": ("packing: a worker serves two at once", order("packer", 10, 3)),
    "two calls at once": ("desk: a worker serves two at once", put("contacts", "answered_min", 2, 609.0)),
    "picked by nobody": ("picking: a service without a worker", order("picker", -1)),
    "packed by a stranger": ("packing: a service by somebody who was not at work", order("packer", 99)),
    "picked by a packer": ("picking: a service by somebody who was not at work", order("picker", 10)),
    "begun after work": ("picking: a service begun outside staffed time", staff("end_min", 505.0, [0, 1])),
    "not paid overrun": ("packing: work outside staffed time", staff("end_min", 700.0, [3, 4])),
    "served in the absence of": ("picking: a service by somebody who was not", staff("absent", True, [0, 1, 6, 7])),
    # pickups
    "more than it could take": ("a pickup took more than its capacity", put("pickups", "capacity", 0, 1)),
    "taken by nobody": ("a pickup that did not come took parcels", put("pickups", "no_show", 0, True)),
    "too late for the van": ("packed after the cut-off", order("pack_end_min", 751.0)),
    "beyond the cap": ("more than its daily cap", order("picked_up_min", 2461.0, [2, 4, 6])),
    "a parcel lost on the way": ("pickups and orders do not agree", put("pickups", "taken", 0, 1)),
    # the dock
    "packed while the dock was full": ("packing began while the dock was full", full_dock((529.0, 531.0, 0.0))),
    "full and not full": ("dock is called full that had room", full_dock((485.0, 486.0, 1.0))),
    "full twice": ("dock was full twice at a time", full_dock((485.0, NAN, 0.0), (486.0, 487.0, 0.0))),
    # the desk
    "answered without a time": ("answered contacts and their times", put("contacts", "answered_min", 1, NAN)),
    "answered, and called waiting": ("answered contacts and", put("contacts", "outcome", 1, CONTACT["waiting"])),
    "gave up without a time": ("contacts given up and their times", put("contacts", "gave_up_min", 3, NAN)),
    "gave up, and called waiting": ("contacts given up and", put("contacts", "outcome", 3, CONTACT["waiting"])),
    "answered before asked": ("answered_min lies before arrived_min", put("contacts", "answered_min", 1, 599.0)),
    "answered backwards": ("ended_min lies before answered_min", put("contacts", "ended_min", 1, 599.0)),
    "gave up before asked": ("gave_up_min lies before arrived_min", put("contacts", "gave_up_min", 3, 601.0)),
    "a bot with an agent": (
        "a contact that a bot took kept an agent busy",
        also(put("contacts", "outcome", 3, CONTACT["deflected"]), put("contacts", "gave_up_min", 3, NAN)),
    ),
    "a bot paid for nothing": ("a bot was paid for a contact", put("contacts", "bot_cost", 1, 2.0)),
    "called back, and gave up": ("call-backs and what became of them", put("contacts", "called_back", 3, True)),
    "unreached without a call": ("call-backs and", put("contacts", "outcome", 1, CONTACT["unreached"])),
    # money and law
    "more than all is lost": ("more than all of a customer's future spend", order("loyalty_lost", 1.5)),
    "sorry without a word": ("an apology that was never made", order("loyalty_lost", 0.1)),
    "redeemed without an offer": ("an offer costs that was never made", order("compensation_cost", 10.0)),
    "negative charge": ("a cost line is negative", order("third_party_cost", -1000.0, 0)),
    "worked for nothing": ("hours paid are not those rostered", staff("paid_h", 1.0, 0)),
    "paid to stay away": ("absent workers were paid", staff("cost", 1.0, 2)),
    "overtime without a price": ("overtime beyond the hours that the law prices", staff("overtime_h", 4.1, 6)),
    "more overtime than hours": ("more overtime than hours", staff("overtime_h", 2.1, 6)),
    "too much for the month": ("overtime beyond the cap of the month", staff("overtime_h", 150.0, 6)),
    "too much for three months": ("overtime beyond the cap of three months", staff("overtime_h", 400.0, 6)),
    "too long a day": ("a working day beyond the daily cap", staff("start_min", 119.0, 0)),
}


def trouble(kind: str, place: str, begin: float, end: float, size: float) -> Callable[[Tables], None]:
    """A disturbance that the run knew nothing of."""
    row = (kind, DISTURBANCES.index(kind), place, begin, end, size)

    def spoil(tables: Tables) -> None:
        for column, value in zip(TABLES["disturbances"], row, strict=True):
            tables["disturbances"][column.name] = np.array([value], dtype=column.dtype)

    return spoil


@pytest.mark.parametrize(
    ("kind", "place", "size"),
    [("outage", place, 0.0) for place in ("picking", "packing", "desk", "dock", "release")]
    + [("carrier_failure", "red", NAN)],
)
def test_work_begun_while_something_stands_still_is_named(good: Ledger, kind: str, place: str, size: float) -> None:
    """All day long, but not by night; and a disturbance that leaves something at work forbids nothing."""
    with pytest.raises(LedgerError, match=f"{place}: work was begun in the outage from minute 480 to 1440"):
        check_ledger(spoilt(good, trouble(kind, place, 480.0, 1440.0, size)))
    check_ledger(spoilt(good, trouble(kind, place, 1.0, 480.0, size)))
    check_ledger(spoilt(good, trouble(kind, place, 480.0, 1440.0, 0.5)))


@pytest.mark.parametrize("what", SPOILT)
def test_each_violation_is_named(good: Ledger, what: str) -> None:
    complaint, spoil = SPOILT[what]
    with pytest.raises(LedgerError, match=complaint):
        check_ledger(spoilt(good, spoil))


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_column_is_named(good: Ledger, table: str) -> None:
    for column in TABLES[table]:
        with pytest.raises(LedgerError, match=f"table {table} has other columns"):
            check_ledger(spoilt(good, lambda tables, name=column.name: tables[table].pop(name)))


def test_a_column_too_many_or_too_short_is_named(good: Ledger) -> None:
    with pytest.raises(LedgerError, match="table pickups has other columns or uneven lengths"):
        check_ledger(spoilt(good, lambda tables: tables["pickups"].update(size=np.zeros(7))))
    with pytest.raises(LedgerError, match="table contacts has other columns or uneven lengths"):
        check_ledger(spoilt(good, lambda tables: tables["contacts"].update(agent=np.zeros(2, dtype=np.int32))))


def test_more_at_work_than_stations(good: Ledger) -> None:
    one_place = good.scenario.site.picking.model_copy(update={"stations": 1})
    narrow: Scenario = good.scenario.model_copy(
        update={"site": good.scenario.site.model_copy(update={"picking": one_place})}
    )
    with pytest.raises(LedgerError, match="picking: more services at a time than stations"):
        check_ledger(dataclasses.replace(good, scenario=narrow))


def test_all_that_is_wrong_is_told_at_once(good: Ledger) -> None:
    both = also(order("delivered_min", NAN), staff("cost", 1.0, 2))
    with pytest.raises(LedgerError) as told:
        check_ledger(spoilt(good, both))
    assert "do not go together" in str(told.value)
    assert "absent workers were paid" in str(told.value)


def test_slots_of_a_long_run_are_told_apart_exactly(good: Ledger) -> None:
    """A service that ends half a second into overtime, by a worker with a high number."""
    begins = 700 + 2.0**-7  # of 30 minutes; overtime begins at 720
    moved = {"pick_start_min": begins - 10, "pick_end_min": begins + 20, "pack_start_min": 740.0, "pack_end_min": 750.0}
    # Orders 14 and 15 are the last that slots 3 and 4 pick.
    shift_last = also(*(order(name, value, 14) for name, value in moved.items()))
    renumber = also(
        lambda tables: tables["staffing"]["slot"].__iadd__(30_000),
        lambda tables: tables["orders"]["picker"].__iadd__(np.where(tables["orders"]["picker"] >= 0, 30_000, 0)),
        lambda tables: tables["orders"]["packer"].__iadd__(np.where(tables["orders"]["packer"] >= 0, 30_000, 0)),
        lambda tables: tables["contacts"]["agent"].__iadd__(np.where(tables["contacts"]["agent"] >= 0, 30_000, 0)),
        staff("slot", -1, 2),
    )
    check_ledger(spoilt(good, shift_last))
    check_ledger(spoilt(good, also(shift_last, renumber)))
