"""A small shop with stock whose needs can be worked out by hand: tea that is bought, and cookies that an oven bakes."""

from __future__ import annotations

from typing import Any

from sim.scenario.scenario import Scenario
from tests.small_needs import small

STOCK: dict[str, Any] = {
    "production": {
        "oven": {
            "hours_per_day": 2.0,
            "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"],
            "units_per_h": 10.0,
            "ready_at": "06:00",
            "cost_per_h": 100.0,
        }
    },
    "receiving": {
        "open": "06:00",
        "close": "16:00",
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"],
        "workers": 1,
        "units_per_worker_h": 30.0,
        "wage_per_h_cost": 50.0,
    },
    "storage": {"capacity_m3": 2.0, "cost_per_m3_day": 1.0},
    "skus": {
        "tea": {
            "popularity": 3.0,
            "on_hand": 500,
            "price": 100.0,
            "unit_cost": 20.0,
            "supply": {
                "lead_time_days": 5.0,
                "lead_time": {"distribution": "deterministic"},
                "late_share": 0.2,
                "late_days": 2.0,
            },
            "volume_l": 2.0,
        },
        "cookies": {
            "popularity": 1.0,
            "campaign_factor": 3.0,
            "on_hand": 60,
            "price": 200.0,
            "unit_cost": 80.0,
            "made_by": "oven",
            "shelf_life_days": 20,
            "reorder": {"rule": "s_S", "point": 100, "up_to": 120, "review_at": "07:00"},
            "volume_l": 5.0,
        },
    },
}


def stocked(stock: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    """The small campaign with stock, a week after the start of the run; `stock` replaces keys of it."""
    given: dict[str, Any] = {
        "window": {"measure_from": "2026-03-09", "measure_to": "2026-03-14", "run_on_h": 72.0},
        "demand": {
            "profile": {"per_day": 40.0, "hour_shares": [0] * 8 + [1] * 12 + [0] * 4},
            "basket": {"lines_mean": 1.0, "units_per_line_mean": 1.0},
            "campaign": {"start": "2026-03-09", "end": "2026-03-12", "uplift": 3.0, "uplift_cv": 0.0},
        },
        "stock": {**STOCK, **(stock or {})},
    }
    return small(**{**given, **changes})
