"""Needs by closed form, by hand: work of orders, windows of deadlines, Erlang, the dock's fluid, stock."""

from __future__ import annotations

from datetime import date
from math import exp, log1p, sqrt

import numpy as np
import pytest

from sim.planning.needs.carriers import needs_of as carrier_needs
from sim.planning.needs.closed import closed_form
from sim.planning.needs.flow import on_dock, output, taken_by_visits
from sim.planning.needs.load import (
    BIN_MIN,
    Jobs,
    Work,
    contacts_of,
    jobs_of,
    lines_moments,
    luck_at,
    orders_by_bin,
    spread,
    work_of,
)
from sim.planning.needs.room import dock_level
from sim.planning.needs.staffing import (
    Column,
    agents_for,
    answered_within,
    cover,
    least_agents,
    least_heads,
    square_root_staff,
    windows_of,
    worked_min,
)
from sim.planning.needs.stock import (
    critical_fractile,
    demand_deviation,
    latest_start,
    newsvendor,
    order_by,
    production_days,
)
from sim.planning.needs.stretches import patterns_of, planned_days, present_on, stretches_of
from sim.planning.needs.targets import CARRIERS, DESK, SHIP, targets_of
from sim.scenario.demand import Basket
from sim.scenario.site import Stage
from sim.theory import erlang_c, mmc
from tests.small_needs import small

HOUR = 60.0


# --- work -----------------------------------------------------------------------------------------------------------


def test_lines_are_geometric_and_cut_at_the_longest() -> None:
    # P(1) = 1/2, P(2) = 1/4, P(3 or more, cut to 3) = 1/4
    mean, square = lines_moments(Basket(lines_mean=2.0, lines_max=3))
    assert mean == pytest.approx(0.5 + 2 * 0.25 + 3 * 0.25)
    assert square == pytest.approx(0.5 + 4 * 0.25 + 9 * 0.25)


def test_work_of_an_order_has_the_moments_of_basket_and_service() -> None:
    stage = Stage(setup_min=1.0, per_line_min=2.0, per_unit_min=0.5, service={"distribution": "lognormal", "cv": 0.5})
    basket = Basket(lines_mean=1.5, lines_max=200, units_per_line_mean=2.0)
    found = work_of(stage, basket)
    # by simulation of the same basket: lines geometric, further units geometric with mean lines x 1
    rng = np.random.default_rng(1)
    lines = rng.geometric(1 / 1.5, 400_000).astype(float)
    units = lines + rng.geometric(1 / (1 + lines)) - 1
    work = 1 + 2 * lines + 0.5 * units
    assert found.mean == pytest.approx(1 + 2 * 1.5 + 0.5 * 3)
    assert found.mean == pytest.approx(work.mean(), rel=0.01)
    assert found.square == pytest.approx((work**2).mean() * 1.25, rel=0.02)


def test_safety_grows_with_the_root_of_the_orders() -> None:
    assert Work(2.0, 9.0).with_safety(np.array([0.0, 100.0]), 2.0).tolist() == [0.0, 200.0 + 2 * 3 * 10]


def test_the_quantile_of_an_uplift_of_mean_one() -> None:
    spread_of = sqrt(log1p(0.3**2))
    assert luck_at(0.3, 0.5) == pytest.approx(exp(-(spread_of**2) / 2))
    assert luck_at(0.3, 0.9) == pytest.approx(exp(1.2815515655 * spread_of - spread_of**2 / 2))
    assert luck_at(0.0, 0.9) == 1.0


def test_orders_by_half_hour_add_up_to_those_of_the_campaign() -> None:
    scenario = small()
    orders = orders_by_bin(scenario, 1.5)
    assert orders[48:96].sum() == pytest.approx(40 * 3 * 1.5)  # a day of the campaign
    assert orders[:48].sum() == pytest.approx(40)  # before it
    assert orders[:16].sum() == 0  # nobody orders before 08:00


def test_orders_are_due_with_the_last_visit_in_time() -> None:
    scenario = small()
    orders = np.zeros(scenario.days * 48)
    orders[48 + 20], orders[48 + 30] = 4.0, 2.0  # Tuesday 10:00 and 15:00, before and after the cut-off at 14:00
    jobs = jobs_of(scenario, orders)
    assert jobs.orders.tolist() == [4.0, 2.0]
    assert (jobs.release_min - 1440).tolist() == [10 * HOUR + 15, 15 * HOUR + 15]
    # shipped within a working day: Wednesday and Thursday; the van leaves at 17:30 and wants parcels at 17:15
    assert jobs.deadline_min.tolist() == [2 * 1440 + 17.25 * HOUR, 3 * 1440 + 17.25 * HOUR]


# --- people of the floor --------------------------------------------------------------------------------------------


def jobs(*rows: tuple[float, float, float]) -> Jobs:
    """Portions of orders: number, release, deadline."""
    orders, release, deadline = (np.array(each) for each in zip(*rows, strict=True))
    return Jobs(orders, release, deadline, np.zeros(len(orders), dtype=np.int64))


def test_windows_hold_what_comes_and_is_due_in_them() -> None:
    found = windows_of(jobs((6, 0, 60), (4, 30, 120)), Work(10.0, 0.0), 0.0, np.array([0.0, 30.0]))
    assert found.ends.tolist() == [60, 120]
    assert found.work_min.tolist() == [[60, 100], [0, 40]]


def test_what_a_later_step_needs_is_due_earlier() -> None:
    found = windows_of(jobs((6, 0, 60)), Work(10.0, 0.0), 0.0, np.array([0.0]), handover_min=15.0)
    assert found.ends.tolist() == [45]


def test_hours_worked_within_a_window() -> None:
    pieces = np.array([[60.0, 120.0], [180.0, 240.0]])
    assert worked_min(pieces, np.array([0.0, 90.0]), np.array([100.0, 300.0])).tolist() == [[40, 120], [10, 90]]


def test_just_so_many_people_that_every_window_fits() -> None:
    # 600 min of work due by 600 need two people of 480 min; the last 300 min of it come at 400 and leave 200 min: two
    windows = windows_of(jobs((30, 0, 600), (30, 400, 600)), Work(10.0, 0.0), 0.0, np.array([0.0, 400.0]))
    day = Column(np.array([[120.0, 600.0]]), 1.0, 100.0)
    assert least_heads(windows, [day]).tolist() == [2]
    assert least_heads(windows, [day], [(day, 1)]).tolist() == [1]  # one is there anyhow
    slow = Column(day.pieces, 0.6, 100.0)
    assert least_heads(windows, [slow]).tolist() == [3]  # 2 x 480 x 0.6 = 576 is not enough


def test_the_cheaper_hours_are_booked_and_only_where_they_help() -> None:
    windows = windows_of(jobs((48, 0, 500)), Work(10.0, 0.0), 0.0, np.array([0.0]))
    early, late = Column(np.array([[0.0, 480.0]]), 1.0, 110.0), Column(np.array([[480.0, 900.0]]), 1.0, 10.0)
    assert least_heads(windows, [early, late]).tolist() == [1, 0]
    cheap = Column(early.pieces, 1.0, 90.0)
    assert least_heads(windows, [early, cheap]).tolist() == [0, 1]


def test_windows_in_which_nobody_works_are_left_out() -> None:
    assert cover(np.array([[0.0], [10.0]]), np.array([5.0, 25.0]), np.array([1.0])).tolist() == [3]


# --- the desk -------------------------------------------------------------------------------------------------------


def test_square_root_safety() -> None:
    assert square_root_staff(16.0, 1.5) == 22
    assert square_root_staff(2.25, 1.0) == 4  # 2.25 + 1.5 = 3.75
    assert square_root_staff(0.0, 3.0) == 0


def test_answered_in_time_is_that_of_the_textbook() -> None:
    # at once: everybody who does not wait; mean wait: the integral of those who still wait
    assert answered_within(4.0, 6, 5.0, 0.0) == pytest.approx(1 - erlang_c(4.0, 6))
    times = np.linspace(0, 200, 40_001)
    waiting = 1 - np.array([answered_within(4.0, 6, 5.0, float(each)) for each in times])
    assert np.trapezoid(waiting, times) == pytest.approx(mmc(48.0, 5.0, 6).mean_wait_min, rel=1e-4)
    assert answered_within(6.0, 6, 5.0, 10.0) == 0.0


@pytest.mark.parametrize("calls", [3.0, 20.0, 100.0, 400.0])
def test_fewest_agents_near_the_square_root(calls: float) -> None:
    servers = agents_for(calls, 6.0, 0.8, 2.0)
    load = calls * 6 / 60
    assert answered_within(load, servers, 6.0, 2.0) >= 0.8
    assert servers - 1 <= load or answered_within(load, servers - 1, 6.0, 2.0) < 0.8
    assert abs(servers - square_root_staff(load, 0.6)) <= 1


def test_shifts_cover_the_agents_of_every_half_hour() -> None:
    agents = np.zeros(48)
    agents[18:36], agents[24:26] = 1, 2  # 09:00 to 18:00, two at noon
    early = Column(np.array([[9 * HOUR, 13 * HOUR]]), 1.0, 100.0)
    late = Column(np.array([[12 * HOUR, 18 * HOUR]]), 1.0, 100.0)
    assert least_agents(agents, np.zeros(48), [early, late]).tolist() == [1, 1]
    work = np.zeros(48)
    work[20] = 700.0  # messages: all of the day's work has to be done in the day, 240 + 360 min are there
    assert sum(least_agents(agents, work, [early, late]).tolist()) == 3


def test_portions_are_spread_over_their_half_hours() -> None:
    found = spread(np.array([6.0, 0.0, 0.0, 1.0]), np.array([15.0, 45, 75, 105]), np.array([75.0, 45, 75, 500]))
    # six over the first three, the last over the fourth half-hour and thirteen after the end
    assert found[:3].tolist() == pytest.approx([2.0, 2.0, 2.0])
    assert found[3] == pytest.approx(1 / 14)


def test_contacts_count_further_tries_and_calls_only_in_desk_hours() -> None:
    desk = small().desk
    assert desk is not None
    channels = {"phone": {**desk.channels["phone"].model_dump(exclude_unset=True), "unresolved_share": 0.2}}
    scenario = small(desk={**desk.model_dump(mode="json", exclude_unset=True), "channels": channels, "close": "13:00"})
    found = contacts_of(scenario, np.zeros(scenario.days * 48), 0.0)
    assert found.calls[:48].sum() == pytest.approx(48 / 2 / 0.8)  # 48 a day from 09:00 to 17:00, taken until 13:00
    assert found.call_min == 8.0


# --- carriers and the dock ------------------------------------------------------------------------------------------


def test_a_fluid_waits_for_people() -> None:
    assert output(np.array([5.0, 0, 0, 3]), np.array([2.0, 2, 2, 2])).tolist() == [2, 2, 1, 2]


def test_visits_take_what_was_packed_since_the_last_one() -> None:
    packed = np.array([4.0, 4.0, 4.0, 4.0])  # half-hours 0 to 3
    visits = np.array([60.0, 120.0])
    assert taken_by_visits(packed, visits, 15.0).tolist() == [6.0, 8.0]  # by 00:45, by 01:45
    assert on_dock(packed, visits, 15.0).tolist() == [4.0, 2.0, 6.0, 2.0]


def test_vehicles_caps_and_room_by_the_fullest_day() -> None:
    scenario = small()
    packed = np.zeros(scenario.days * 48)
    packed[48 + 20] = 100.0  # Tuesday 10:00
    (van,) = carrier_needs(scenario, packed, 1.0, (SHIP,))
    assert (van.key, van.closed, van.present) == ("van.evening", (110,), (80,))
    assert dock_level(scenario, packed).max() == 100.0


@pytest.mark.parametrize(("asked", "served"), [((SHIP,), ()), ((SHIP, CARRIERS), (CARRIERS,))])
def test_only_punctuality_asks_for_a_network(asked: tuple[str, ...], served: tuple[str, ...]) -> None:
    van = small().carriers["van"].model_dump(by_alias=True, exclude_unset=True)
    scenario = small(carriers={"van": {**van, "contracted_per_day": 200.0, "daily_parcel_cap": 300}})
    packed = np.zeros(scenario.days * 48)
    packed[48 + 20] = 100.0
    found = {need.kind: need for need in carrier_needs(scenario, packed, 1.0, asked)}
    assert (found["network"].closed, found["network"].present, found["network"].legs) == ((110,), (200,), served)
    assert found["network"].lowered((110,), 0.5) == ((55,) if served else (110,))  # a search leaves it alone
    assert found["daily_cap"].legs == asked


# --- stretches, targets, all of it ----------------------------------------------------------------------------------


def test_people_are_booked_by_the_week_cut_by_the_campaign() -> None:
    scenario = small()
    assert planned_days(scenario) == range(1, 8)
    named = [(each.first, each.last, each.label) for each in stretches_of(scenario)]
    assert named == [(1, 3, "20260303"), (4, 6, "20260306"), (7, 7, "20260309")]
    assert len(stretches_of(scenario, "day")) == 7


def test_shifts_of_the_same_hours_are_one_pattern() -> None:
    crew = small().site.picking
    twice = crew.model_copy(
        update={
            "shifts": {
                **crew.shifts,
                "season": crew.shifts["day"].model_copy(update={"headcount": 3, "first_day": date(2026, 3, 4)}),
                "late": crew.shifts["day"].model_copy(update={"end": 1080.0, "headcount": 0}),
            }
        }
    )
    same, late = patterns_of(twice)
    assert (same.shifts, late.shifts) == (("day", "season"), ("late",))
    scenario = small()
    assert [present_on(scenario, twice, same, day) for day in (1, 2)] == [2, 5]


def test_targets_come_from_the_scenario_and_its_scorecards() -> None:
    assert [(each.kpi, each.level) for each in targets_of(small())] == [(SHIP, 0.95), (DESK, 0.8)]
    assert [each.kpi for each in targets_of(small(), desk=0.0, carriers=0.9)] == [SHIP, CARRIERS]
    assert [each.kpi for each in targets_of(small(desk=None), desk=0.9)] == [SHIP]


def test_the_closed_form_names_every_limited_resource() -> None:
    scenario = small()
    found = closed_form(scenario, targets_of(scenario), 0.9)
    assert [each.key for each in found.needs] == [
        *(f"{stage}.{label}" for stage in ("picking", "packing", "desk") for label in
          ("20260303", "20260306", "20260309")),
        "packing.stations", "van.evening", "storage",
    ]  # fmt: skip
    more = closed_form(scenario, targets_of(scenario), 0.99)
    for one, other in zip(found.needs, more.needs, strict=True):
        if one.key in {"picking.20260303", "packing.20260303"}:  # what comes later hangs on when the rest was packed
            assert sum(other.closed) >= sum(one.closed)
    assert found.orders.sum() > found.expected.sum()
    assert len(found.agents) == scenario.days * int(1440 / BIN_MIN)


# --- stock ----------------------------------------------------------------------------------------------------------


def test_newsvendor_by_hand() -> None:
    fractile = critical_fractile([3.0, 1.0, 0.0], [1.0, 3.0, 0.0])
    assert fractile.tolist() == [0.75, 0.25, 0.0]
    found = newsvendor([100.0, 100.0, 100.0], [20.0, 20.0, 20.0], fractile)
    # z(0.75) = 0.6745: 113.49 and 86.51, rounded up
    assert found.units.tolist() == [114.0, 87.0, 0.0]
    assert found.safety_units.tolist() == [14.0, -13.0, -100.0]
    assert demand_deviation([100.0], [0.2]).tolist() == [pytest.approx(sqrt(100 + 400))]


def test_order_by_dates_by_hand() -> None:
    needed = np.array(["2026-03-16", "2026-03-16"], dtype="datetime64[D]")  # a Monday
    # a receiving day: there on Friday 13; five working days ahead: Friday 6; five calendar days ahead: Sunday 8,
    # so Friday 6
    found = order_by(needed, [5, 5], 1, calendar_days=[False, True])
    assert found.astype(str).tolist() == ["2026-03-06", "2026-03-06"]
    with_holiday = order_by(needed[0], 5, 1, holidays=[date(2026, 3, 11)])
    assert str(with_holiday) == "2026-03-05"


def test_production_days_by_hand() -> None:
    assert production_days([1000, 1001, 0], [250, 250, 250]).tolist() == [4, 5, 0]
    assert latest_start(date(2026, 3, 16), 4) == date(2026, 3, 10)  # Tuesday to Friday, ready on Monday
    assert latest_start(date(2026, 3, 16), 1) == date(2026, 3, 13)
