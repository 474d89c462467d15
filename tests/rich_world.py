"""A world in which everything is drawn that can be, and the bounds for what is found in it.

Statistical bounds are for fixed seeds; a right sampler would fail one of them for less than one seed in 10,000.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from scipy import stats

from sim.draws import Draws, sample
from sim.scenario.scenario import Scenario
from tests.ledgers import CREW, world

RARE = 1e-4
Z = float(stats.norm.isf(RARE / 2))  # 3.9 standard errors
GRID = 2.0**20

DAYS = 21
PROFILE = {
    "per_day": 2400.0,
    "hour_shares": [0.2] * 8 + [1.0] * 8 + [2.0] * 8,
    "weekday_factors": [1.0, 1.2, 1.0, 1.0, 1.3, 0.8, 0.5],
}
CARRIERS = {
    "home": {"share": 0.6, "pickups": {"evening": {"time": "18:00"}}, "cod_share": 0.1},
    "store": {
        "share": 0.4,
        "kind": "store",
        "pickups": {"noon": {"time": "12:00"}},
        "cod_share": 0.5,
        "unclaimed_share": 0.2,
    },
}
CHANNELS = {
    "phone": {
        "kind": "call",
        "share": 0.7,
        "handle_min": 5.0,
        "patience_min": 3.0,
        "handle": {"distribution": "gamma", "cv": 0.5},
    },
    "mail": {"kind": "message", "share": 0.3, "handle_min": 9.0, "repeat_after_min": 240.0},
}
RICH: dict[str, Any] = {
    "window": {"measure_to": 24.0 * DAYS},
    "demand": {
        "profile": PROFILE,
        "campaign": {"start": 120.0, "end": 156.0, "uplift": 3.0, "opening": {"hours": 2.0, "weight": 5.0}},
        "basket": {"lines_mean": 2.5, "units_per_line_mean": 1.6},
    },
    "promise": {"express_share": 0.15, "requested_date": {"share": 0.08, "days_ahead_min": 20, "days_ahead_max": 24}},
    "site": {
        "picking": {**CREW, "per_line_min": 0.5, "service": {"distribution": "lognormal", "cv": 0.6}},
        "packing": {**CREW, "setup_min": 2.0, "per_unit_min": 0.25, "service": {"distribution": "gamma", "cv": 0.4}},
    },
    "carriers": CARRIERS,
    "customers": {
        "patience": {"share": 0.3, "mean_h": 30.0, "counted_from": "placed"},
        "asking": {"before_due_share": 0.05, "late_share": 0.4, "late_lag_h": 6.0},
    },
    "desk": {"shifts": CREW["shifts"], "channels": CHANNELS, "general": {"per_day": 300.0}},
    "economics": {"price_per_unit": 20.0},
}


@cache
def rich(seed: int = 1, replication: int = 0) -> Draws:
    """Draws of the rich world."""
    return sample(rich_world(), seed, replication)


@cache
def rich_world() -> Scenario:
    """The rich world."""
    return world(**RICH)
