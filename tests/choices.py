"""A shop small enough to choose plans for in milliseconds, and plans whose order is known beforehand."""

from __future__ import annotations

from functools import cache
from typing import Any

from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.ledgers import world


@cache
def shop() -> Scenario:
    """One picker where two are needed on the second of two days; every order is owed by the evening of its day."""
    shift = {"start": "08:00", "end": "18:00", "headcount": 1}
    return world(
        window={"measure_to": 48.0, "run_on_h": 24.0},
        demand={
            "profile": {"per_day": 40.0},
            "campaign": {"start": 24.0, "end": 48.0, "uplift": 2.0, "uplift_cv": 0.3},
        },
        promise={"standard": {"ship_within_days": 1, "deliver_within_days": 2}},
        site={
            "picking": {"setup_min": 18.0, "wage_per_h_cost": 200.0, "shifts": {"day": shift}},
            "labour": {"regime": "none"},
        },
        carriers={"home": {"share": 1.0, "pickups": {"late": {"time": "18:30"}}, "cost_per_parcel": 70.0}},
        economics={"price_per_unit": 500.0, "margin_share": 0.4},
        targets={"service_level_ship": 0.9, "probability": 0.8},
    )


def hired(name: str, headcount: int = 1, fee: float = 100.0) -> Plan:
    """So many more pickers from the start, as quick as the others, at a fee each."""
    helpers: dict[str, Any] = {"kind": "temporary_staff", "stages": ["picking"], "headcount": headcount}
    quick = {"delay_h": 0.0, "start_productivity": 1.0, "full_productivity": 1.0, "absence_share": 0.0}
    measure = {**helpers, **quick, "trigger": {"when": "start"}, "cost_per_head": fee}
    return Plan.model_validate({"name": name, "measures": {"helpers": measure}})


NONE = Plan(name="none")
HELP = hired("help")
DEAR = hired("dear", fee=5_000.0)
