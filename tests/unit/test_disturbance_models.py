"""What disturbances accept and refuse, each alone and in a scenario; all problems at once, with place and remedy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario.disturbances import AbsenceWave, CarrierFailure, ForecastError, Outage, SecondWave
from sim.scenario.problems import problems_of
from sim.scenario.scenario import Scenario
from tests.ledgers import CREW, world
from tests.refusals import FILE, refused

PICKING = {"stages": ["picking"]}
PLANNED = {"start": 10.0, "hours": 2.0}
RANDOM = {"mean_between_h": 20.0, "mean_hours": 1.0}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "either start and hours"),
        ({"start": 10.0}, "either start and hours"),
        ({"mean_between_h": 10.0}, "either start and hours"),
        ({**PLANNED, **RANDOM}, "either start and hours"),
        ({**PLANNED, "mean_hours": 1.0}, "either start and hours"),
        ({**PLANNED, "to": 20.0}, "from and to go with"),
        ({**RANDOM, "mean_between_h": 0.01}, "mean_between_h"),
        ({**PLANNED, "hours": 0.0}, "hours"),
        ({**PLANNED, "capacity_left_share": 1.1}, "capacity_left_share"),
        ({**PLANNED, "stages": []}, "stages"),
        ({**PLANNED, "stages": ["picking", "picking"]}, "named twice"),
        ({**PLANNED, "stages": ["loading"]}, "stages"),
        ({**PLANNED, "stages": ["picking", "dock"], "capacity_left_share": 0.5}, "give dock an outage"),
        ({**PLANNED, "stages": ["release", "dock"], "stops_work_in_hand": True}, "give release and dock an outage"),
    ],
)
def test_outages_that_are_refused(given: dict[str, Any], problem: str) -> None:
    assert problem in refused(Outage, **{**PICKING, **given})


@pytest.mark.parametrize("given", [PLANNED, RANDOM, {**RANDOM, "from": "2026-01-06", "to": 40.0}])
def test_outages_that_are_taken(given: dict[str, Any]) -> None:
    assert Outage.model_validate({**PICKING, **given, "capacity_left_share": 0.5}).stages == ["picking"]


@pytest.mark.parametrize(
    ("model", "given", "problem"),
    [
        (AbsenceWave, {"first_day": "2026-01-06", "last_day": "2026-01-05", "absence_share": 0.3}, "before first_day"),
        (AbsenceWave, {"first_day": "2026-01-05", "last_day": "2026-01-05"}, "absence_share"),
        (CarrierFailure, {**PLANNED, "factor": 2.0}, "mode: network needs"),
        (CarrierFailure, {**PLANNED, "mode": "network"}, "mode: network needs"),
        (ForecastError, {"factor": 0.0}, "factor"),
        (SecondWave, {"start": 1.0, "end": 2.0, "uplift": -1.0}, "uplift"),
    ],
)
def test_others_that_are_refused(model: type[BaseModel], given: dict[str, Any], problem: str) -> None:
    assert problem in refused(model, **given)


# --- in a scenario ----------------------------------------------------------------------------------------------


def troubles(**given: dict[str, Any]) -> dict[str, Any]:
    return {"start": "2026-01-05", "window": {"measure_to": 48.0}, "site": {"picking": CREW}, "disturbances": given}


def told(given: dict[str, Any]) -> list[str]:
    """Places and remedies of all that is wrong with a scenario."""
    with pytest.raises(ValidationError) as caught:
        Scenario.model_validate(given)
    return [f"{each.place} {each.remedy}".strip() for each in problems_of(caught.value, Scenario, given)]


OUT_OF_RUN = "lies outside the run (2026-01-05 to 2026-01-07 00:00)"
VAN = {"share": 1.0, "pickups": {"noon": {"time": "12:00"}}}


@pytest.mark.parametrize(
    ("trouble", "more", "problem"),
    [
        ({"kind": "outage", **PLANNED, "stages": ["packing"]}, {}, ".stages: packing: the scenario has no packing"),
        ({"kind": "outage", **PLANNED, "stages": ["desk"]}, {}, ".stages: desk: the scenario has no desk"),
        ({"kind": "outage", **PLANNED, "stages": ["dock"]}, {}, ".stages: dock: the scenario has no carriers"),
        ({"kind": "outage", **PICKING, "start": 48.0, "hours": 2.0}, {}, OUT_OF_RUN),
        ({"kind": "outage", **PICKING, "start": -3.0, "hours": 3.0}, {}, OUT_OF_RUN),
        ({"kind": "outage", **PICKING, **RANDOM, "from": 20.0, "to": 10.0}, {}, "ends before it begins"),
        ({"kind": "outage", **PICKING, "start": 1.0, "hours": 9000.0}, {}, "longer than 366 days"),
        (
            {"kind": "absence_wave", "first_day": "2026-02-05", "last_day": "2026-02-05", "absence_share": 0.1},
            {},
            OUT_OF_RUN,
        ),
        (
            {
                "kind": "absence_wave",
                "stages": ["packing"],
                "first_day": "2026-01-05",
                "last_day": "2026-01-05",
                "absence_share": 0.1,
            },
            {},
            "the scenario has no packing",
        ),
        ({"kind": "carrier_failure", **PLANNED}, {}, "no carriers that could fail"),
        (
            {"kind": "carrier_failure", **PLANNED, "carriers": ["hmoe"]},
            {"carriers": {"home": VAN}},
            ".carriers: hmoe: no such carrier, there are: home, did you mean 'home'?",
        ),
        (
            {
                "kind": "carrier_failure",
                **PLANNED,
                "carriers": ["home"],
                "mode": "network",
                "capacity_factor": 0.5,
            },
            {"carriers": {"home": VAN}},
            ".capacity_factor: the carrier home is never congested",
        ),
        ({"kind": "late_receipt", "share": 0.5, "from": 20.0, "arrives": 20.0}, {}, "ends before it begins"),
        ({"kind": "forecast_error", "factor": 2.0}, {}, ".applies_to: campaign: there is no campaign"),
        (
            {"kind": "forecast_error", "factor": 2.0},
            {"demand": FILE},
            "an order file does not say which orders are a campaign's, write applies_to: all",
        ),
        (
            {"kind": "second_wave", "start": 1.0, "end": 3.0, "uplift": 1.0},
            {"demand": FILE},
            "take forecast_error with applies_to: all",
        ),
        ({"kind": "second_wave", "start": 3.0, "end": 1.0, "uplift": 1.0}, {}, "ends before it begins"),
    ],
)
def test_what_a_scenario_can_not_have(trouble: dict[str, Any], more: dict[str, Any], problem: str) -> None:
    (said,) = told({**troubles(odd=trouble), **more})
    assert said.startswith("disturbances.odd")
    assert problem in said


def test_all_that_is_wrong_is_told_at_once() -> None:
    said = told(
        troubles(
            first={"kind": "outage", **PLANNED, "stages": ["packing", "desk"]},
            second={"kind": "carrier_failure", "start": 100.0, "hours": 1.0},
            third={"kind": "forecast_error", "factor": 2.0},
        )
    )
    assert [line.split(":")[0].split(" ")[0] for line in said] == [
        "disturbances.first.stages",
        "disturbances.first.stages",
        "disturbances.second",
        "disturbances.second",
        "disturbances.third.applies_to",
    ]


def test_keys_kinds_and_labels_are_checked_where_they_stand() -> None:
    assert told(troubles(odd={"kind": "outage", **PLANNED, **PICKING, "start_at": 1.0})) == [
        "disturbances.odd.start_at unknown key; did you mean 'start'?"
    ]
    (said,) = told(troubles(odd={"kind": "outtage"}))
    assert said.startswith("disturbances.odd.kind must be one of outage, absence_wave")
    assert "letters, digits and _" in " ".join(told(troubles(**{"a b": {"kind": "outage", **PLANNED, **PICKING}})))


def test_a_wave_spares_stages_that_are_not_there_unless_they_are_named() -> None:
    wave = {"kind": "absence_wave", "first_day": "2026-01-05", "last_day": "2026-01-05", "absence_share": 0.1}
    made = Scenario.model_validate(troubles(flu=wave)).disturbances["flu"]
    assert isinstance(made, AbsenceWave)
    assert made.first_day == date(2026, 1, 5)


def test_disturbances_survive_being_written_and_read() -> None:
    scenario = world(
        disturbances={
            "late": {"kind": "late_receipt", "share": 0.5, "from": "2026-01-05T10:00", "arrives": 20.0},
            "out": {"kind": "outage", **PICKING, **RANDOM, "from": 3.0},
        }
    )
    assert Scenario.model_validate(scenario.model_dump(mode="json", by_alias=True)) == scenario


def test_outages_that_would_fill_memory_are_refused() -> None:
    """48 h / (0.1 + 0.02) h are 400 outages at a stage; 125 labels have as many as a run may."""
    belt = {"kind": "outage", **PICKING, "mean_between_h": 0.1, "mean_hours": 0.02}
    many = {f"belt_{number}": belt for number in range(126)}
    assert told(troubles(**many)) == [
        "disturbances: about 50,400 outages in one replication, at most 50,000, let them come less often "
        "(mean_between_h)"
    ]
    del many["belt_0"], many["belt_1"]
    Scenario.model_validate(troubles(**many))
