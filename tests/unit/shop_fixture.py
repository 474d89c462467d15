"""A made-up shop for tests of the report: a scenario, plans with their measures, ledgers with every table filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ledger import EVENTS, TABLES, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

TITLES = {
    "none": "No measures",
    "overtime": "Overtime",
    "temporary_staff": "Temporary staff",
    "overflow_3pl": "Overflow to a third party",
    "compensation": "Coupons for late orders",
    "extra_pickups": "Extra pickups",
    "desk_reinforcement": "More agents at the desk",
    "combined": "Overtime, temporary staff and third party",
}

MEASURES: dict[str, dict[str, Any]] = {
    "none": {},
    "overtime": {
        "stay": {
            "kind": "overtime",
            "hours": 4.0,
            "trigger": {"when": "metric", "metric": "backlog_hours", "above": 6.0, "review_every_min": 60},
        }
    },
    "temporary_staff": {
        "agency": {
            "kind": "temporary_staff",
            "headcount_share": 0.4,
            "cost_per_head": 500.0,
            "wage_per_h_cost": 260.0,
            "trigger": {"when": "time", "at": "2025-11-09"},
            "delay_h": 24.0,
            "stay_days": 6,
        }
    },
    "overflow_3pl": {
        "third_party": {
            "kind": "overflow_3pl",
            "about": "The contract signed in spring, used when we drown.",
            "share": 0.5,
            "daily_capacity": 4000,
            "cost_per_order": 95.0,
            "cost_per_line": 15.0,
            "setup_cost": 40000.0,
            "delay_h": 24.0,
            "trigger": {"when": "metric", "metric": "backlog_days", "above": 1.5, "clear_below": 0.5},
        }
    },
    "compensation": {
        "coupon": {
            "kind": "compensation",
            "classes": ["standard"],
            "after_due_h": 2.0,
            "value_cost": 60.0,
            "redemption_share": 0.3,
            "cancel_reduction_share": 0.3,
            "contact_reduction_share": 0.15,
            "churn_reduction_share": 0.4,
            "score_gain": 0.3,
        }
    },
    "extra_pickups": {
        "evening": {"kind": "extra_pickups", "times": ["21:00", "23:30"], "cost_per_pickup": 1800.0, "capacity": 2500}
    },
    "desk_reinforcement": {
        "agents": {
            "kind": "desk_reinforcement",
            "headcount": 6,
            "hours": {"start": "09:00", "end": "21:00", "breaks": [{"start": "13:00", "minutes": 60}]},
            "trigger": {"when": "metric", "metric": "queue_desk_contacts", "above": 40.0},
        }
    },
}
MEASURES["combined"] = {
    **MEASURES["overtime"],
    **MEASURES["temporary_staff"],
    **MEASURES["overflow_3pl"],
    **MEASURES["extra_pickups"],
}


def make_scenario(**changes: Any) -> Scenario:
    """A Double 11 of a mid-sized shop; keyword arguments replace top-level keys."""
    shift = {"start": "08:00", "end": "17:00", "headcount": 26, "breaks": [{"start": "12:00", "minutes": 60}]}
    given: dict[str, Any] = {
        "name": "double11",
        "title": "Double 11 at a mid-sized shop",
        "story": "A cosmetics shop sells four times its usual volume on 11 November; the warehouse knows early.",
        "start": "2025-11-08",
        "window": {"measure_from": "2025-11-10", "measure_to": "2025-11-13", "run_on_h": 96.0},
        "demand": {
            "profile": {"per_day": 6000.0},
            "campaign": {"start": "2025-11-11", "end": "2025-11-12", "uplift": 4.0, "uplift_cv": 0.15},
            "basket": {"lines_mean": 2.1},
        },
        "promise": {},
        "site": {
            "picking": {
                "setup_min": 1.0,
                "per_line_min": 0.6,
                "service": "lognormal",
                "wage_per_h_cost": 220.0,
                "shifts": {"day": shift, "evening": {"start": "15:00", "end": "23:00", "headcount": 10}},
            },
            "packing": {"setup_min": 2.1, "service": "lognormal", "shifts": {"day": shift}, "wage_per_h_cost": 220.0},
        },
        "carriers": {
            "blackcat": {
                "share": 0.7,
                "pickups": {"afternoon": {"time": "14:00"}, "evening": {"time": "18:00", "capacity": 6000}},
                "cost_per_parcel": 65.0,
            },
            "store": {
                "kind": "store",
                "share": 0.3,
                "pickups": {"evening": {"time": "17:00"}},
                "cost_per_parcel": 45.0,
            },
        },
        "desk": {
            "shifts": {"day": {"start": "09:00", "end": "18:00", "headcount": 8}},
            "channels": {"phone": {"kind": "call", "share": 0.6, "handle_min": 4.5, "patience_min": 3.0}}
            | {"chat": {"kind": "message", "share": 0.4, "handle_min": 6.0}},
        },
        "alerts": {
            "work_piles_up": {"metric": "backlog_hours", "above": 8.0, "clear_below": 4.0, "tell": ["warehouse"]},
            "callers_wait": {"metric": "desk_wait_min", "above": 6.0, "severity": "info", "tell": ["service_desk"]},
        },
        "economics": {"currency": "TWD", "price_per_unit": 420.0, "margin_share": 0.35, "packaging_cost": 12.0},
        "targets": {
            "teams": {
                "marketing": {"net_contribution_per_order": 200.0, "satisfaction_mean": 4.5},
                "warehouse": {"service_level_ship": 0.95, "utilisation_packing": {"at_most": 0.9}},
                "night_shift": {"overtime_h": 100.0},
            }
        },
        "sources": {
            "demand.profile.per_day": "assumption: a shop of 200,000 orders a month; sweep 4000-9000",
            "demand.campaign.uplift": "State Post Bureau of China, peak days of 2023 and 2024; shops see more",
            "demand.campaign.uplift_cv": "assumption",
            "site.picking.per_line_min": "60-120 lines per hour by hand (Cisco-Eagle 2014)",
            "site.packing.setup_min": "25-30 orders per hour and packer (fcbco)",
            "site.labour.overtime_pay": "Labor Standards Act of Taiwan, article 24",
            "site.labour.monthly_cap_h": "Labor Standards Act of Taiwan, article 32",
            "carriers.blackcat.cost_per_parcel": "assumption, to be replaced by the contract",
            "carriers.blackcat.pickups.afternoon.time": "carrier cut-offs lie between 14:00 and 17:00 (trade press)",
            "desk.channels.phone.handle_min": "4.5 min per call (Gorgias)",
            "customers.bands": "Olist reviews 2017 by days late",
        },
    }
    return Scenario.model_validate({**given, **changes})


def make_plans() -> dict[str, Plan]:
    """Eight plans, the baseline first."""
    return {
        name: Plan.model_validate(
            {
                "name": name,
                "title": TITLES[name],
                "about": f"{TITLES[name]}: what it would bring.",
                "measures": MEASURES[name],
                "sources": {"measures.third_party.cost_per_order": "2.5-5 USD first item, incl. freight (trade press)"}
                if "third_party" in MEASURES[name]
                else {},
            }
        )
        for name in TITLES
    }


def make_ledger(scenario: Scenario, plan: Plan, rows: int = 300) -> Ledger:
    """A small ledger with every table filled; order numbers look like a shop's."""
    rng = np.random.default_rng(3)
    tables: dict[str, dict[str, np.ndarray]] = {}
    for table, columns in TABLES.items():
        count = rows if table == "orders" else 20
        tables[table] = {column.name: _made_up(column.dtype, column.coded, count, rng) for column in columns}
    orders = tables["orders"]
    orders["placed_min"] = np.sort(rng.uniform(0, 9000, rows))
    orders["due_ship_min"] = np.ceil((orders["placed_min"] + 600) / 1440) * 1440 + 1080
    orders["picked_up_min"][-5:] = np.nan
    orders["order_id"] = np.array([f"#{number + 1000}" for number in range(rows)], dtype=object)
    tables["alerts"]["measure"] = np.array(["agency"] * 20, dtype=object)
    tables["alerts"]["metric"] = np.array([""] * 20, dtype=object)
    tables["alerts"]["event"] = (np.arange(20) % len(EVENTS)).astype("i1")
    tables["charges"]["line"] = np.array(["setup"] * 20, dtype=object)
    tables["charges"]["measure"] = np.array(["agency"] * 20, dtype=object)
    return Ledger(
        scenario=scenario,
        plan=plan,
        seed=1,
        replication=0,
        tables=tables,
        categories={"carrier": tuple(scenario.carriers), "channel": ("phone", "chat"), "sku": ("tea", "cup")},
        notes={"rows_read": 3, "blank_rows": 0, "preset": "generic"},
    )


def _made_up(dtype: str, coded: bool, count: int, rng: np.random.Generator) -> np.ndarray:
    if coded:
        return rng.integers(0, 2, count).astype(dtype)
    if dtype == "O":
        return np.array(["x"] * count, dtype=object)
    if dtype == "?":
        return rng.random(count) < 0.8
    if dtype.startswith("i"):
        return rng.integers(1, 5, count).astype(dtype)
    return rng.uniform(0, 9000, count).astype(dtype)
