"""Event logs of the dock, the carriers' networks and the service desk, worked out by hand.

One picker from 08:00 (minute 480), ten minutes an order; a van at 17:00 (minute 1020); one agent from 08:00 to 18:00.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.ledger import Ledger
from sim.scenario.carriers import Carrier, Pickup, Transit, TransitSpell
from sim.scenario.customers import Asking, Customers
from sim.scenario.scenario import Scenario
from sim.scenario.types import Shape
from tests.small_sites import (
    DAY,
    MONDAY,
    NAN,
    asks,
    assert_log,
    call,
    column,
    crew,
    desk,
    message,
    packing,
    patience,
    picking,
    promise,
    run,
    shift,
    site,
    van,
    world,
)

# --- dock -------------------------------------------------------------------------------------------------------


def docked(folder: Path, orders: Any, carrier: Carrier | None = None, *, days: int = 2, **more: Any) -> Scenario:
    """Orders are picked as soon as they come, each by a picker of its own."""
    many = site(pick=picking(shift(20, "00:00", "24:00")))
    return world(folder, orders, days=days, **{"site": many, "carriers": {"van": carrier or van()}, **more})


def test_a_pickup_takes_what_was_packed_by_the_cut_off(tmp_path: Path) -> None:
    """Packed at 990, at the very cut-off, and at 991."""
    ledger = run(docked(tmp_path, [980, 981], van(cutoff_min=30.0)))
    assert_log(ledger, pick_end_min=[990, 991], picked_up_min=[1020, DAY + 1020], carrier=["van", "van"])
    assert_log(ledger, "pickups", planned_min=[1020, DAY + 1020], taken=[1, 1], left=[0, 0], capacity=[NAN, NAN])


def test_what_counts_is_the_end_of_packing(tmp_path: Path) -> None:
    places = site(pick=picking(), pack=packing(setup_min=30.0))
    ledger = run(world(tmp_path, [981], days=2, site=places, carriers={"van": van()}))
    assert_log(ledger, pick_end_min=[991], pack_end_min=[1021], picked_up_min=[DAY + 1020])


def test_what_does_not_fit_waits_in_the_order_of_packing(tmp_path: Path) -> None:
    carrier = van(Pickup(time="17:00", capacity=2), cost_per_pickup=300.0)
    ledger = run(docked(tmp_path, [500, 490, 480], carrier))
    assert_log(ledger, placed_min=[480, 490, 500], picked_up_min=[1020, 1020, DAY + 1020])
    assert_log(ledger, "pickups", capacity=[2, 2], taken=[2, 1], left=[1, 0], cost=[300, 300], extra=[False, False])


def test_pickups_come_on_their_weekdays(tmp_path: Path) -> None:
    carrier = van(Pickup(time="17:00", weekdays=["tue", "thu"]), Pickup(time="12:00", weekdays=["wed"]))
    ledger = run(docked(tmp_path, [480], carrier, days=4))
    assert_log(ledger, "pickups", planned_min=[DAY + 1020, 2 * DAY + 720, 3 * DAY + 1020])


def test_the_daily_cap_counts_all_pickups_of_a_day(tmp_path: Path) -> None:
    carrier = van(Pickup(time="12:00", capacity=2), Pickup(time="17:00"), daily_parcel_cap=3)
    ledger = run(docked(tmp_path, [480, 481, 482, 483, 484], carrier))
    assert_log(ledger, picked_up_min=[720, 720, 1020, DAY + 720, DAY + 720])
    assert_log(ledger, "pickups", taken=[2, 1, 2, 0], left=[3, 2, 0, 0])


def test_a_pickup_that_does_not_come_takes_nothing_and_is_paid(tmp_path: Path) -> None:
    """Luck of 0.2 on Monday, at a chance of 0.2 it comes; 0.19 on Tuesday; all 15 minutes of an hour alike."""
    luck = np.repeat([0.2, 0.19, 0.9], 96).reshape(3, 96)
    carrier = van(no_show_share=0.2, cost_per_pickup=300.0)
    ledger = run(docked(tmp_path, [480, DAY + 480], carrier, days=3), pickup_u={"van": luck})
    assert_log(ledger, picked_up_min=[1020, 2 * DAY + 1020])
    assert_log(ledger, "pickups", no_show=[False, True, False], left=[0, 1, 0], cost=[300] * 3)


def test_each_customer_has_a_carrier(tmp_path: Path) -> None:
    both = {"early": van(Pickup(time="12:00"), share=0.5), "late": van(share=0.5)}
    ledger = run(docked(tmp_path, [480, 480, 480], carriers=both), carrier=[1, 0, 1])
    assert_log(ledger, picked_up_min=[1020, 720, 1020], carrier=["late", "early", "late"])


# --- transit ----------------------------------------------------------------------------------------------------

TWO_DAYS = Transit(mean_days=2.0)


def test_transit_is_slower_on_days_of_the_calendar(tmp_path: Path) -> None:
    """Monday and Tuesday by one half, Tuesday by a third more; it is the day of the pickup that counts."""
    spells = [
        TransitSpell(first_day=MONDAY, last_day=MONDAY + timedelta(days=1), factor=1.5),
        TransitSpell(first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=1), factor=4 / 3),
    ]
    orders = [480, DAY + 480, 2 * DAY + 480]
    ledger = run(docked(tmp_path, orders, van(transit=TWO_DAYS), days=3, transit_calendar=spells))
    took = (column(ledger, "delivered_min") - column(ledger, "picked_up_min")) / DAY
    assert took == pytest.approx([3, 4, 2])
    assert_log(ledger, outcome=["open", "open", "open"])  # still under way at the horizon


def test_transit_scatters_with_the_luck_of_the_parcel(tmp_path: Path) -> None:
    """Exponential: the median is the mean times the logarithm of two."""
    spread = Transit(mean_days=2.0, service=Shape(distribution="exponential"))
    ledger = run(docked(tmp_path, [480, 481], van(transit=spread)), transit_u=[0.5, 0.0])
    took = (column(ledger, "delivered_min") - column(ledger, "picked_up_min")) / DAY
    assert took == pytest.approx([2 * np.log(2), 0], abs=1e-6)


def test_a_network_that_is_handed_too_much_is_slow_for_days(tmp_path: Path) -> None:
    """Contracted are two a day, one every 720 minutes; four on Monday and two on Tuesday make a queue.

    Monday: places 1 to 4, the third and fourth wait for 720 and 1440 minutes. A day later two have gone: places 3, 4.
    """
    carrier = van(transit=TWO_DAYS, contracted_per_day=2.0)
    orders = [480, 481, 482, 483, DAY + 480, DAY + 481]
    factor = TransitSpell(first_day=MONDAY, last_day=MONDAY, factor=1.5)
    ledger = run(docked(tmp_path, orders, carrier, days=2, transit_calendar=[factor]))
    took = column(ledger, "delivered_min") - column(ledger, "picked_up_min")
    base = [3 * DAY] * 4 + [2 * DAY] * 2  # the calendar slows the journey, not the queue
    assert took == pytest.approx(np.add(base, [0, 0, 720, 1440, 720, 1440]))


def test_a_network_forgets_what_it_has_worked_off(tmp_path: Path) -> None:
    carrier = van(contracted_per_day=2.0)
    ledger = run(docked(tmp_path, [480, 481, 482, 3 * DAY + 480], carrier, days=4))
    took = column(ledger, "delivered_min") - column(ledger, "picked_up_min")
    assert took == pytest.approx([0, 0, 720, 0])


def test_cash_on_delivery_that_nobody_collects_goes_back(tmp_path: Path) -> None:
    """Delivered at 17:00; half a day later an unclaimed parcel goes back, if the clock still runs."""
    store = van(kind="store", unclaimed_after_days=0.5, cod_share=1.0, unclaimed_share=0.5)
    ledger = run(docked(tmp_path, [480, 481, DAY + 480], store), cod=[True] * 3, unclaimed=[False, True, True])
    assert_log(ledger, outcome=["delivered", "lost", "open"], end_reason=["", "unclaimed", ""])


# --- service desk -----------------------------------------------------------------------------------------------


def desk_only(folder: Path, the_desk: Any, *, days: int = 1, **more: Any) -> Scenario:
    return world(folder, [0], days=days, **{"desk": the_desk, "promise": promise(), **more})


def answered(ledger: Ledger, **expected: Any) -> None:
    assert_log(ledger, "contacts", **expected)


def test_calls_are_answered_in_turn(tmp_path: Path) -> None:
    scenario = desk_only(tmp_path, desk())
    ledger = run(scenario, **asks(scenario, [(-1, 600.0), (-1, 601.0)]))
    answered(
        ledger,
        order_row=[-1, -1],
        arrived_min=[600, 601],
        answered_min=[600, 610],
        ended_min=[610, 620],
        gave_up_min=[NAN, NAN],
        outcome=["answered"] * 2,
        attempt=[0, 0],
        agent=[3, 3],  # slots 0 and 1 are the picker's, 2 is yesterday's agent
    )


def test_the_first_channel_goes_first(tmp_path: Path) -> None:
    """A mail waits since 601, a call since 602: the call is answered first, then both mails in turn."""
    scenario = desk_only(tmp_path, desk(channels={"phone": call(0.5), "mail": message(0.5, handle_min=30.0)}))
    contacts = asks(scenario, [(-1, 600.0), (-1, 601.0), (-1, 602.0), (-1, 603.0)], channel=[0, 1, 0, 1])
    ledger = run(scenario, **contacts)
    answered(ledger, answered_min=[600, 620, 610, 650], channel=["phone", "mail", "phone", "mail"])


def test_who_waits_too_long_gives_up(tmp_path: Path) -> None:
    """Patience of ten minutes: the second is answered at the last moment, the third is not."""
    scenario = desk_only(tmp_path, desk(channels={"phone": call(patience_min=10.0)}))
    ledger = run(scenario, **asks(scenario, [(-1, 600.0), (-1, 600.0), (-1, 602.0)]))
    answered(
        ledger,
        answered_min=[600, 610, NAN],
        gave_up_min=[NAN, NAN, 612],
        outcome=["answered", "answered", "abandoned"],
    )


def test_calls_outside_opening_hours_are_lost_and_messages_wait(tmp_path: Path) -> None:
    """Opened from 09:00 to 12:00, on Mondays; the agent is there from 08:00 on both days."""
    channels = {"phone": call(0.5), "mail": message(0.5)}
    scenario = desk_only(tmp_path, desk(channels=channels, open="09:00", close="12:00", weekdays=["mon"]), days=2)
    times = [400.0, 401.0, 539.0, 540.0, 719.0, 720.0, DAY + 600]
    ledger = run(scenario, **asks(scenario, [(-1, time) for time in times], channel=[1, 0, 0, 0, 0, 0, 0]))
    answered(
        ledger,
        answered_min=[480, NAN, NAN, 540, 719, NAN, NAN],
        gave_up_min=[NAN, 401, 539, NAN, NAN, 720, DAY + 600],
        outcome=["answered", "lost", "lost", "answered", "answered", "lost", "lost"],
    )


def test_who_gave_up_may_try_again(tmp_path: Path) -> None:
    """Tries again after 30 minutes where readiness lies under the share, and no more than twice."""
    phone = call(handle_min=500.0, patience_min=5.0, repeat_share=0.4)
    scenario = desk_only(tmp_path, desk(channels={"phone": phone}))
    contacts = asks(
        scenario,
        [(-1, 500.0), (-1, 501.0), (-1, 502.0)],
        after=np.full((3, 3), 30.0),
        again=[[0.0, 0.0, 0.0], [0.39, 0.39, 0.0], [0.39, 0.4, 0.0]],
    )
    ledger = run(scenario, **contacts)
    answered(
        ledger,
        arrived_min=[500, 501, 502, 536, 537, 571],
        attempt=[0, 0, 0, 1, 1, 2],
        gave_up_min=[NAN, 506, 507, 541, 542, 576],
    )


def test_who_was_answered_may_come_back(tmp_path: Path) -> None:
    """With the second attempt's own handle time; who was lost may come back too."""
    phone = call(unresolved_share=0.5, repeat_share=1.0)
    scenario = desk_only(tmp_path, desk(channels={"phone": phone}, open="08:00", close="18:00"))
    contacts = asks(
        scenario,
        [(-1, 450.0), (-1, 600.0)],
        after=[[60.0, 1.0, 1.0], [5.0, 1.0, 1.0]],
        handle=[[9.0, 3.0, 9.0], [10.0, 4.0, 9.0]],
        again=[[0.9, 0.9, 0.9], [0.4, 0.6, 0.0]],
    )
    ledger = run(scenario, **contacts)
    answered(
        ledger,
        arrived_min=[450, 510, 600, 615],
        answered_min=[NAN, 510, 600, 615],
        ended_min=[NAN, 513, 610, 619],
        attempt=[0, 1, 0, 1],
    )


def test_questions_about_an_order_arise_only_while_it_is_undelivered(tmp_path: Path) -> None:
    """Order 0 is delivered at 17:00, order 1 (after the cut-off) on the next day."""
    scenario = docked(tmp_path, [480, 1019], desk=desk(shift(1, "00:00", "24:00")), promise=promise())
    times = [(0, 1019.0), (1, 1019.0), (0, 1020.0), (1, DAY + 1019), (1, DAY + 1020)]
    ledger = run(scenario, **asks(scenario, times))
    answered(ledger, order_row=[0, 1, 1], arrived_min=[1019, 1019, DAY + 1019])


def test_who_has_cancelled_asks_no_more(tmp_path: Path) -> None:
    nobody = site(pick=picking(shift(0)))
    scenario = world(tmp_path, [480], site=nobody, desk=desk(), promise=promise())
    ledger = run(scenario, **asks(scenario, [(0, 500.0), (0, 600.0)]), **patience((0, 600.0)))
    answered(ledger, arrived_min=[500])


def test_a_repeat_is_moot_once_the_parcel_is_there(tmp_path: Path) -> None:
    """Both give up at 1005 and would ask again 20 minutes later; order 0 is delivered at 1020."""
    agents = desk(shift(0), channels={"phone": call(patience_min=5.0, repeat_share=1.0)})
    scenario = docked(tmp_path, [480, 1015], desk=agents, promise=promise())
    contacts = asks(scenario, [(0, 1000.0), (-1, 1000.0)], after=np.full((2, 3), 20.0))
    ledger = run(scenario, **contacts)
    answered(ledger, order_row=[0, -1, -1, -1], arrived_min=[1000, 1000, 1025, 1050])


def test_contacts_after_the_due_time(tmp_path: Path) -> None:
    """Everybody who waits asks; drawn lags are kept, and nobody asks before the due time of 18:00."""
    nobody = site(pick=picking(shift(0)))
    asking = Customers(asking=Asking(late_share=1.0, late_lag_h=1.0))
    scenario = world(tmp_path, [480] * 200, days=3, site=nobody, desk=desk(), promise=promise(), customers=asking)
    arrived = np.sort(column(run(scenario), "arrived_min", "contacts"))
    assert len(arrived) == 200
    assert arrived[0] >= 1080
    assert np.mean(arrived - 1080) == pytest.approx(60, abs=4.6 * 60 / np.sqrt(200))


def test_contacts_before_the_due_time(tmp_path: Path) -> None:
    nobody = site(pick=picking(shift(0)))
    asking = Customers(asking=Asking(before_due_share=1.0))
    scenario = world(tmp_path, [480] * 200, days=2, site=nobody, desk=desk(), promise=promise(), customers=asking)
    arrived = column(run(scenario), "arrived_min", "contacts")
    assert len(arrived) == 200
    assert arrived.min() >= 480
    assert arrived.max() <= 1080


def test_an_agent_who_hands_over(tmp_path: Path) -> None:
    """A call of 60 minutes from 17:30 is put down at 18:00 and goes on with the next agent at 19:00."""
    crews = crew(shift(1), shift(1, "19:00", "22:00"))
    phone = {"phone": call(handle_min=60.0)}
    scenario = desk_only(tmp_path, desk(channels=phone, end_of_shift="hand_over").model_copy(update={"shifts": crews}))
    ledger = run(scenario, **asks(scenario, [(-1, 1050.0), (-1, 1060.0)]))
    answered(ledger, answered_min=[1050, 1170], ended_min=[1170, 1230], gave_up_min=[NAN, NAN])
    assert_log(ledger, "handovers", stage=["desk"], end_min=[1080], resumed_min=[1140])


def test_who_is_being_answered_at_the_horizon_was_answered(tmp_path: Path) -> None:
    agents = desk(shift(1, "00:00", "24:00"), channels={"phone": call(handle_min=60.0)})
    scenario = desk_only(tmp_path, agents)
    ledger = run(scenario, **asks(scenario, [(-1, 1400.0), (-1, 1410.0)]))
    answered(ledger, outcome=["answered", "waiting"], ended_min=[NAN, NAN], answered_min=[1400, NAN])
