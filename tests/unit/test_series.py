"""Hourly series, stretches of service, where time goes and bottlenecks, by hand arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.indicators import RESOURCES, bottleneck, hourly, time_split
from sim.series import counts, hours_of, occupancy, services, staffed
from tests.ledgers import CREW, ledger_of, world
from tests.small_shop import CONTACTS, HORIZON, contact, ledger, on_its_way, order, promised, shop

# --- series -----------------------------------------------------------------------------------------------------

SERIES = hourly(ledger())


def area(name: str) -> float:
    return float(SERIES[name].sum() * 60)


def test_series_cover_every_hour_of_the_run() -> None:
    names = [
        "hour",
        "backlog_orders",
        "queue_picking",
        "queue_packing",
        "queue_dock",
        "queue_desk",
        "placed_per_h",
        "shipped_per_h",
        "staffed_picking",
        "busy_picking",
        "staffed_packing",
        "busy_packing",
        "staffed_desk",
        "busy_desk",
        "load_picking",
        "load_packing",
        "load_desk",
    ]
    assert set(names) <= set(SERIES)
    assert hours_of(ledger()) == 72
    for name, values in SERIES.items():
        assert values.shape == (72,), name
        assert (values >= -1e-9).all(), name
    assert SERIES["hour"].tolist() == list(range(72))


def test_areas_under_the_series_are_the_times_spent() -> None:
    # backlog: order by order, until picked up, cancelled or the horizon
    waits = [100, 100, 200, 700, 200, 50, HORIZON - 2000, 100, HORIZON - 2800, HORIZON - 3000]
    assert area("backlog_orders") == pytest.approx(sum(waits))
    overdue = [60, 100, HORIZON - 3000, 50, HORIZON - 3500, 100]
    assert area("overdue_orders") == pytest.approx(sum(overdue))
    assert area("queue_picking") == pytest.approx(10 + 0 + 200 + 100 + 10 + (HORIZON - 3000) + 100 + 5)
    assert area("queue_packing") == pytest.approx(10 + 20 + (HORIZON - 2110) + 0 + 0)
    assert area("queue_dock") == pytest.approx(60 + 90 + 70 + 30)
    assert area("queue_desk") == pytest.approx(5 + 10 + 15 + 200 + 20 + 0 + 20 + 5)
    assert area("busy_picking") == pytest.approx(10 + 20 + 10 + 10 + 5)
    assert area("staffed_picking") == pytest.approx(160 + 120)
    assert area("busy_desk") == pytest.approx(4 * 5)


def test_counts_per_hour_add_up() -> None:
    assert SERIES["placed_per_h"].sum() == 10
    assert SERIES["placed_per_h"][25] == 3  # minute 1500 to 1560
    assert SERIES["shipped_per_h"].sum() == 5
    assert SERIES["shipped_per_h"][[3, 26, 28, 31, 36]].tolist() == [1, 1, 1, 1, 1]


def test_load_is_the_work_that_arrives_by_mean_service_time() -> None:
    mean = 55 / 5
    load = SERIES["load_picking"]
    assert load[25] == pytest.approx(1 * mean / 60)  # of those placed at 1500 one is released then to our pickers
    assert load.sum() == pytest.approx(8 * mean / 60)
    assert SERIES["load_desk"].sum() == pytest.approx(len(CONTACTS) * 5 / 60)


def test_orders_that_leave_before_they_are_released_make_no_negative_queue() -> None:
    rows = [order(1500, cancelled_min=1700, outcome="cancelled") | {"released_min": np.nan}] * 3
    assert (hourly(ledger_of(shop(), rows))["queue_picking"] == 0).all()


def test_orders_cancelled_in_hand_make_no_negative_queue_where_nobody_packs() -> None:
    row = order(1500, pick_start_min=1510, pick_end_min=1520, cancelled_min=1520, outcome="cancelled")
    series = hourly(ledger_of(shop(site={"picking": CREW}), [row]))
    for name in ("queue_packing", "queue_dock", "queue_picking"):
        assert (series[name] >= 0).all(), name
        assert series[name].sum() == pytest.approx(10 / 60 if name == "queue_picking" else 0)


intervals = st.lists(st.tuples(st.floats(-100, 400), st.floats(0, 300) | st.just(np.nan)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(spans=intervals)
def test_occupancy_is_the_time_average_of_those_present(spans: list[tuple[float, float]]) -> None:
    starts = np.array([start for start, _ in spans])
    ends = np.array([start + length for start, length in spans])
    found = occupancy(starts, ends, 5)
    for hour in range(5):
        low, high = 60.0 * hour, 60.0 * hour + 60
        stop = np.where(np.isnan(ends), np.inf, ends)
        present = np.clip(stop, low, high) - np.clip(starts, low, high)
        assert found[hour] == pytest.approx(present.sum() / 60, abs=1e-9)


def test_who_never_came_is_not_present_and_counts_leave_out_the_rest() -> None:
    assert occupancy(np.array([np.nan]), np.array([np.nan]), 3).tolist() == [0, 0, 0]
    assert occupancy(np.empty(0), np.empty(0), 2).tolist() == [0, 0]
    times = np.array([-1.0, 0.0, 59.999, 60.0, 179.0, 180.0, np.nan])
    assert counts(times, 3).tolist() == [2, 1, 1]


def test_a_run_that_ends_within_an_hour_has_that_hour() -> None:
    scenario = world(window={"measure_to": 1.25})
    series = hourly(ledger_of(scenario, [{"placed_min": 30.0}]))
    assert series["backlog_orders"].shape == (2,)
    assert series["backlog_orders"][0] == pytest.approx(0.5)


# --- stretches of service ---------------------------------------------------------------------------------------


def stretches(found: tuple[Any, ...]) -> list[tuple[float, float]]:
    """Begins and ends, the last two of what was found."""
    return sorted(zip(found[-2].tolist(), found[-1].tolist(), strict=True))


def test_work_handed_over_is_two_stretches() -> None:
    rows = [
        order(1500, pick_start_min=1500, pick_end_min=1600, picker=2),
        order(1500, pick_start_min=1510, picker=1),
        order(1500, pick_start_min=1700, pick_end_min=1710, picker=2),
    ]
    put_down = [
        {"order_row": 0, "stage": "picking", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
        {"order_row": 1, "stage": "picking", "slot": 1, "start_min": 1510, "end_min": 1530},
    ]
    found = services(ledger_of(shop(), rows, handovers=put_down), "picking")
    worked = [(begin, end) for begin, end in stretches(found) if end > begin]
    assert worked == [(1500, 1520), (1510, 1530), (1560, 1600), (1700, 1710)]
    assert stretches(services(ledger_of(shop(), rows, handovers=put_down), "packing")) == []


def test_what_lay_put_down_over_night_was_waiting_and_not_work() -> None:
    rows = [
        order(1500, **on_its_way((1500, 1600), (1600, 1620), 1700, 1900)),
        order(1500, **on_its_way((1500, 1520), (1520, 1540), 1700, 1900)),
    ]
    put_down = [
        {"order_row": 0, "stage": "picking", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
    ]
    made = ledger_of(shop(), rows, handovers=put_down)
    split = time_split(made)
    assert split["work_picking"] == pytest.approx((20 + 40 + 20) / 2)
    assert split["wait_picking"] == pytest.approx(40 / 2)
    assert hourly(made)["load_picking"].sum() == pytest.approx((60 + 20) / 60)


def test_work_handed_over_twice_is_three_stretches() -> None:
    rows = [order(1500, pack_start_min=1500, pack_end_min=1700, packer=3)]
    put_down = [
        {"order_row": 0, "stage": "packing", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
        {"order_row": 0, "stage": "packing", "slot": 2, "start_min": 1560, "end_min": 1580, "resumed_min": 1650},
    ]
    for listed in (put_down, put_down[::-1]):
        found = services(ledger_of(shop(), rows, handovers=listed), "packing")
        assert stretches(found) == [(1500, 1520), (1560, 1580), (1650, 1700)]


def test_orders_of_one_batch_are_one_stretch() -> None:
    scenario = shop(site={"picking": {**CREW, "batch_size": 3}})
    rows = [
        order(1500, pick_start_min=1510, pick_end_min=1540, picker=0),
        order(1500, pick_start_min=1510, pick_end_min=1540, picker=0),
        order(1500, pick_start_min=1510, pick_end_min=1530, picker=1),
    ]
    made = ledger_of(scenario, rows)
    assert stretches(services(made, "picking")) == [(1510, 1530), (1510, 1540)]
    assert hourly(made)["load_picking"].sum() == pytest.approx(50 / 60)  # the work of all three


def test_staffed_stretches_include_overrun_and_leave_out_the_absent() -> None:
    assert stretches(staffed(ledger(), "picking")) == [(1400, 1520), (1440, 1600)]


# --- where time goes, and what held the line up -----------------------------------------------------------------


def test_the_parts_of_the_way_add_up_to_the_time_to_ship() -> None:
    split = time_split(ledger())
    # Shipped from our own site in the window: to the minute, an hour late, not collected
    wanted = {
        "wait_release": (0 + 60 + 0) / 3,
        "wait_picking": (10 + 0 + 5) / 3,
        "work_picking": (10 + 20 + 5) / 3,
        "wait_packing": (10 + 20 + 0) / 3,
        "work_packing": (10 + 10 + 10) / 3,
        "wait_dock": (60 + 90 + 30) / 3,
        "transit": (400 + 2300 + 600) / 3,
    }
    assert split == pytest.approx(wanted)
    assert sum(split.values()) - split["transit"] == pytest.approx((100 + 200 + 50) / 3)


def test_without_packing_its_parts_are_nought_and_still_add_up() -> None:
    row = order(1500, pick_start_min=1510, pick_end_min=1530, picked_up_min=1600, delivered_min=1700)
    split = time_split(ledger_of(shop(site={"picking": CREW}), [row]))
    assert split["wait_packing"] == split["work_packing"] == 0
    assert sum(split.values()) == pytest.approx(200)


def test_nothing_shipped_has_no_way() -> None:
    assert all(np.isnan(value) for value in time_split(ledger_of(shop())).values())


def held_up(rows: list[dict[str, Any]], **changes: Any) -> dict[int, str]:
    """Resource by hour, hours without one left out."""
    codes = bottleneck(ledger_of(shop(), rows, **changes))
    assert codes.dtype == np.int8
    assert codes.shape == (72,)
    return {hour: RESOURCES[code] for hour, code in enumerate(codes.tolist()) if code}


def test_the_bottleneck_is_where_late_orders_waited() -> None:
    # Five orders wait two hours for a picker, then an hour for a packer, then three on the dock: all shipped late
    late = order(1440, **on_its_way((1560, 1560), (1620, 1620), 1800, 1900), **promised(1500, 3000))
    wanted = {24: "picking", 25: "picking", 26: "packing", 27: "dock", 28: "dock", 29: "dock"}
    assert held_up([late] * 5) == wanted
    assert held_up([late | {"due_ship_min": 1800.0}] * 5) == {}  # who ships in time was not held up


def test_late_orders_that_wait_for_a_wave_or_at_a_third_party_point_there() -> None:
    wave = order(1440, **on_its_way((1560, 1560), (1560, 1560), 1560, 1900), **promised(1500, 3000))
    assert held_up([wave | {"released_min": 1560}] * 5) == {24: "release", 25: "release"}
    away = order(1440, picked_up_min=1560, delivered_min=1900, **promised(1500, 3000))
    assert held_up([away | {"route": "3pl", "carrier": "3pl"}] * 5) == {24: "third_party", 25: "third_party"}


def test_five_per_cent_are_of_an_ordinary_day() -> None:
    """A hundred a day make five orders the least; a campaign in the file of a run does not raise it."""
    late = order(1440, **on_its_way((1560, 1560), (1560, 1560), 1560, 1900), **promised(1500, 3000))
    busy = shop(demand={"profile": {"per_day": 100.0}})
    many = [order(2000, **on_its_way((2000, 2000), (2000, 2000), 2000, 2100), **promised(2500, 3000))] * 900
    codes = [bottleneck(ledger_of(busy, [late] * count + many)).any() for count in (5, 6)]
    assert codes == [False, True]


def test_parcels_late_in_the_carriers_hands_point_to_the_carrier() -> None:
    slow = order(1440, **on_its_way((1440, 1440), (1440, 1440), 1500, 1740), **promised(1500, 1620))
    assert set(held_up([slow] * 5).values()) == {"carrier"}


def test_contacts_that_gave_up_point_to_the_desk() -> None:
    calls = [contact(-1, 1500, "abandoned", gave_up=1560)] * 5
    assert held_up([], contacts=calls) == {25: "desk"}


def test_one_or_two_waiting_orders_are_no_bottleneck() -> None:
    late = order(1440, **on_its_way((1500, 1500), (1500, 1500), 1500, 1900), **promised(1450, 3000))
    assert held_up([late]) == {}
