"""A small campaign whose needs can be worked out in seconds: a week of orders, one carrier, a desk."""

from __future__ import annotations

from typing import Any

from sim.scenario.scenario import Scenario

SHIFT = {"start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "minutes": 60.0}]}


def small(**changes: Any) -> Scenario:
    """40 ordinary orders a day, a campaign of three days at three times as many; keyword arguments replace keys."""
    given: dict[str, Any] = {
        "name": "small",
        "title": "Small campaign",
        "start": "2026-03-02",  # a Monday
        "window": {"measure_from": "2026-03-03", "measure_to": "2026-03-07", "run_on_h": 72.0},
        "demand": {
            "profile": {"per_day": 40.0, "hour_shares": [0] * 8 + [1] * 12 + [0] * 4},
            "basket": {"lines_mean": 2.0},
            "campaign": {"start": "2026-03-03", "end": "2026-03-06", "uplift": 3.0, "uplift_cv": 0.15},
        },
        "promise": {"standard": {"ship_within_days": 1, "deliver_within_days": 3}},
        "site": {
            "picking": {
                "setup_min": 6.0,
                "per_line_min": 3.0,
                "service": {"distribution": "lognormal", "cv": 0.5},
                "wage_per_h_cost": 200.0,
                "shifts": {"day": {**SHIFT, "headcount": 2}},
            },
            "packing": {
                "setup_min": 9.0,
                "service": {"distribution": "lognormal", "cv": 0.4},
                "wage_per_h_cost": 180.0,
                "stations": 3,
                "shifts": {"day": {**SHIFT, "headcount": 1}},
            },
            "staging_parcels": 300,
        },
        "carriers": {
            "van": {
                "share": 1.0,
                "cutoff_min": 15.0,
                "pickups": {"evening": {"time": "17:30", "capacity": 80}},
                "cost_per_parcel": 50.0,
                "cost_per_pickup": 300.0,
            }
        },
        "desk": {
            "open": "09:00",
            "close": "17:00",
            "wage_per_h_cost": 210.0,
            "shifts": {"day": {"start": "09:00", "end": "17:00", "headcount": 1}},
            "channels": {"phone": {"kind": "call", "share": 1.0, "handle_min": 8.0, "patience_min": 8.0}},
            "general": {"per_day": 48.0, "hour_shares": [0] * 9 + [1] * 8 + [0] * 7},
        },
        "economics": {"price_per_unit": 100.0, "margin_share": 0.4},
        "targets": {"teams": {"service_desk": {"answered_in_time_share": 0.8}}},
    }
    return Scenario.model_validate({**given, **changes})
