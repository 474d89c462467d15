"""Carriers that do not come, networks that are slow, and the record of all disturbances, worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.scenario.carriers import Carrier, Pickup, Transit
from sim.scenario.disturbances import AbsenceWave, CarrierFailure, LateReceipt, Outage
from sim.scenario.measures import ExtraPickups, Overflow3PL
from tests.small_sites import (
    DAY,
    MONDAY,
    NAN,
    assert_log,
    column,
    picking,
    plan,
    run,
    shift,
    site,
    troubled,
    van,
    world,
)

FOUR = [480.0] * 4
ONE_DAY = Transit(mean_days=1.0)


def failure(begin: float, end: float, *carriers: str, **more: Any) -> CarrierFailure:
    return CarrierFailure(carriers=list(carriers), start=begin / 60, hours=(end - begin) / 60, **more)


def two_vans(**more: Any) -> dict[str, Carrier]:
    visits = [Pickup(time=clock) for clock in ("09:00", "10:00")]
    return {name: van(*visits, share=0.5, **more) for name in ("red", "blue")}


def test_a_carrier_that_fails_does_not_come(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, [480, 481], failure(540, 600, "red"), carriers=two_vans()), carrier=[0, 1])
    assert_log(ledger, picked_up_min=[600, 540])
    assert_log(ledger, "pickups", carrier=["red", "blue"] * 2, no_show=[True, False, False, False])


def test_all_carriers_fail_where_none_is_named_and_extra_pickups_too(tmp_path: Path) -> None:
    extra = plan(more=ExtraPickups(times=["09:30"]))
    scenario = troubled(tmp_path, [480, 481], failure(530, 599), carriers=two_vans())
    ledger = run(scenario, extra, carrier=[0, 1])
    assert_log(ledger, picked_up_min=[600, 600])
    assert column(ledger, "no_show", "pickups").tolist() == [True] * 4 + [False] * 2


@pytest.mark.parametrize("more", [{"factor": 100.0}, {"capacity_factor": 100.0}])
def test_any_number_of_failures_at_once_is_still_a_number(tmp_path: Path, more: dict[str, float]) -> None:
    # 100 to the power of 200 is none
    troubles = [failure(540, 600, "red", mode="network", **more)] * 200
    carriers = two_vans(transit=ONE_DAY, contracted_per_day=1.0)
    ledger = run(troubled(tmp_path, [480], *troubles, carriers=carriers), carrier=[0])
    assert np.isfinite(ledger.tables["orders"]["delivered_min"]).all()


def test_a_network_is_slow_with_what_it_is_handed_while_it_fails(tmp_path: Path) -> None:
    """A day in transit, two and a half for what is handed over from 09:00 on and before 10:00."""
    trouble = failure(540, 600, "red", mode="network", factor=2.5)
    carriers = two_vans(transit=Transit(mean_days=1.0))
    scenario = troubled(tmp_path, [480, 480, 535], trouble, carriers=carriers, site=site(pick=picking(shift(3))))
    ledger = run(scenario, carrier=[0, 1, 0])
    assert_log(ledger, picked_up_min=[540, 540, 600], delivered_min=[540 + 2.5 * DAY, 540 + DAY, 600 + DAY])


def test_two_failures_of_a_network_multiply(tmp_path: Path) -> None:
    troubles = [failure(500, 560, mode="network", factor=factor) for factor in (2.0, 1.5)]
    ledger = run(troubled(tmp_path, [480], *troubles, carriers={"red": van(Pickup(time="09:00"), transit=ONE_DAY)}))
    assert_log(ledger, delivered_min=[540 + 3 * DAY])


def test_a_third_partys_parcels_are_slow_in_the_same_network(tmp_path: Path) -> None:
    trouble = failure(540, 600, mode="network", factor=3.0)
    third = Overflow3PL(daily_capacity=9, lead_time_h=0.0, dispatch="09:30", transit=None)
    ledger = run(troubled(tmp_path, [480], trouble, carriers={"red": van(transit=ONE_DAY)}), plan(other=third))
    assert_log(ledger, picked_up_min=[570], delivered_min=[570 + 3 * DAY])


@pytest.mark.parametrize(
    ("begin", "hours", "capacity", "through"),
    [
        (10 * DAY, 1.0, 0.5, [0.5, 1, 1.5, 2]),  # not yet: two a day as contracted
        (0.0, 24.0 * 10, 0.5, [1, 2, 3, 4]),
        (0.0, 24.0 * 10, 2.0, [0.25, 0.5, 0.75, 1]),
        (0.0, 36.0, 0.5, [1, 1.5, 2, 2.5]),  # one a day until the second noon
        (DAY, 24.0, 0.0, [0.5, 2, 2.5, 3]),  # one by midnight, nothing on the next day
    ],
)
def test_a_network_works_off_less_while_it_fails(
    tmp_path: Path, begin: float, hours: float, capacity: float, through: list[float]
) -> None:
    """Four parcels at noon, two a day: days until each is through; a parcel that is through in a day is in time."""
    carrier = van(Pickup(time="12:00"), transit=ONE_DAY, contracted_per_day=2.0)
    trouble = CarrierFailure(start=begin / 60, hours=hours, mode="network", capacity_factor=capacity)
    pick = picking(shift(4))
    scenario = troubled(tmp_path, FOUR, trouble, days=12, carriers={"red": carrier}, site=site(pick=pick))
    ledger = run(scenario)
    assert_log(ledger, delivered_min=[720 + DAY + max(0.0, days - 1) * DAY for days in through])


def test_a_failing_network_works_off_its_backlog_between_pickups(tmp_path: Path) -> None:
    """One a day for two days, then two: as the fifth parcel comes on the second noon, three are before it."""
    carrier = van(Pickup(time="12:00"), transit=ONE_DAY, contracted_per_day=2.0)
    trouble = CarrierFailure(start=0.0, hours=48.0, mode="network", capacity_factor=0.5)
    pick = picking(shift(4))
    scenario = troubled(tmp_path, [*FOUR, DAY + 480], trouble, days=3, carriers={"red": carrier}, site=site(pick=pick))
    # Half a parcel is through by midnight; the other 3.5 take 1.75 days; one day of them all is free
    assert column(run(scenario), "delivered_min")[4] == DAY + 720 + DAY + (0.5 + 1.75 - 1) * DAY


# --- the table --------------------------------------------------------------------------------------------------


def test_all_are_recorded_in_the_order_in_which_they_begin(tmp_path: Path) -> None:
    tuesday = MONDAY + timedelta(days=1)
    troubles = (
        failure(600, 660, "red", mode="network", factor=2.0),
        failure(590, 650),
        Outage(stages=["picking", "dock"], start=9.0, hours=0.5),
        AbsenceWave(first_day=tuesday, last_day=tuesday, absence_share=0.3),
        LateReceipt.model_validate({"share": 0.25, "from": 500 / 60, "arrives": 560 / 60}),
    )
    ledger = run(troubled(tmp_path, [480], *troubles, days=2, carriers=two_vans()))
    assert_log(
        ledger,
        "disturbances",
        label=[f"trouble_{number}" for number in (4, 2, 2, 1, 1, 0, 3)],
        kind=["late_receipt", *["outage"] * 2, *["carrier_failure"] * 3, "absence_wave"],
        place=["", "picking", "dock", "red", "blue", "red", "picking"],
        begin_min=[500, 540, 540, 590, 590, 600, DAY],
        end_min=[560, 570, 570, 650, 650, 660, 2 * DAY],
        size=[0.25, 0, 0, NAN, NAN, 2, 0.3],
    )


def test_a_world_without_disturbances_records_none(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480]))
    assert all(len(values) == 0 for values in ledger.tables["disturbances"].values())
