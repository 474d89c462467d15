"""A made-up comparison with the shape and the orders of magnitude of a real one, without running the engine.

An hourly fluid model (arrivals, picking, packing, pickups) gives each plan a plausible backlog; the other
figures follow from it by simple proportions. Nothing here is a result.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from alarm_fixture import make_early_warning

from sim.experiment.scorecard import scorecards
from sim.indicators import KPIS, RESOURCES
from sim.ledger import EVENTS, TABLES, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

HOURS = 216
COST_LINES = {
    "regular_pay": 1.0,
    "overtime_pay": 0.0,
    "temporary_pay": 0.0,
    "reinforcement_pay": 0.0,
    "extra_shift_pay": 0.0,
    "third_party": 0.0,
    "freight": 1.9,
    "pickups": 0.05,
    "packaging": 0.35,
    "compensation": 0.0,
    "messages": 0.0,
    "bot": 0.0,
    "refund_handling": 0.05,
    "storage": 0.04,
    "returns": 0.06,
    "write_off": 0.0,
    "advertising": 0.0,
    "setup": 0.0,
    "carrier_capacity": 0.0,
    "extra_storage": 0.0,
}

# plan -> (picking capacity, packing capacity, share to a third party, pickups a day, cost line it adds to)
POWERS: dict[str, tuple[float, float, float, int, str]] = {
    "none": (1.0, 1.0, 0.0, 2, "setup"),
    "overtime": (1.22, 1.22, 0.0, 2, "overtime_pay"),
    "temporary_staff": (1.35, 1.3, 0.0, 2, "temporary_pay"),
    "overflow_3pl": (1.0, 1.0, 0.35, 2, "third_party"),
    "compensation": (1.0, 1.0, 0.0, 2, "compensation"),
    "extra_pickups": (1.0, 1.0, 0.0, 4, "pickups"),
    "desk_reinforcement": (1.0, 1.0, 0.0, 2, "reinforcement_pay"),
    "combined": (1.45, 1.4, 0.3, 4, "third_party"),
}

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


def _arrivals(uplift: float) -> np.ndarray:
    hour = np.arange(HOURS)
    of_day = 0.35 + np.clip(np.sin((hour % 24 - 6) / 18 * np.pi), 0, None) + 0.8 * (np.abs(hour % 24 - 21) <= 1)
    rate = 6000 * of_day / of_day[:24].sum()
    campaign = (hour >= 72) & (hour < 96)
    rate = np.where(campaign, rate * uplift, rate)
    opening = (hour >= 72) & (hour < 75)
    return np.where(opening, rate + 6000 * uplift * np.array([0.2, 0.1, 0.05])[np.clip(hour - 72, 0, 2)], rate)


def _fluid(power: tuple[float, float, float, int, str], uplift: float) -> dict[str, np.ndarray]:
    pick_power, pack_power, away, visits, _ = power
    placed = _arrivals(uplift)
    hour = np.arange(HOURS)
    on_floor = placed * np.where(hour > 78, 1 - away, 1)
    day, evening = (hour % 24 >= 8) & (hour % 24 < 17), (hour % 24 >= 15) & (hour % 24 < 23)
    pickers, packers = 44 * day + 18 * evening, 44.0 * day
    if pick_power > 1:
        pickers = pickers + np.where((hour % 24 >= 17) & (hour % 24 < 21) & (hour >= 72), 16 * (pick_power - 1) * 3, 0)
        packers = packers + np.where((hour % 24 >= 17) & (hour % 24 < 21) & (hour >= 72), 16 * (pack_power - 1) * 3, 0)
    times = {2: (14, 18), 4: (11, 14, 18, 22)}[visits]
    queues = {name: np.zeros(HOURS) for name in ("picking", "packing", "dock", "desk")}
    busy = {name: np.zeros(HOURS) for name in ("picking", "packing", "desk")}
    shipped = np.zeros(HOURS)
    picking = packing = dock = 0.0
    for step in range(HOURS):
        picking += on_floor[step]
        picked = min(picking, pickers[step] * 60 / 2.26)
        picking -= picked
        packing += picked
        packed = min(packing, packers[step] * 60 / 2.1)
        packing -= packed
        dock += packed
        if step % 24 in times:
            shipped[step] = min(dock, 9000)
            dock -= shipped[step]
        queues["picking"][step], queues["packing"][step], queues["dock"][step] = picking, packing, dock
        busy["picking"][step], busy["packing"][step] = picked * 2.26 / 60, packed * 2.1 / 60
    agents = np.where((hour % 24 >= 9) & (hour % 24 < 18), 8.0, 0.0)
    asking = 0.004 * (picking + queues["picking"] + queues["packing"]) * 0.25 + 20
    queues["desk"] = np.clip(asking - agents * 10, 0, None)
    busy["desk"] = np.minimum(asking * 5 / 60, agents)
    backlog = queues["picking"] + queues["packing"] + queues["dock"]
    return {
        "hour": hour.astype(float),
        "backlog_orders": backlog,
        **{f"queue_{name}": queue for name, queue in queues.items()},
        "placed_per_h": placed,
        "shipped_per_h": shipped,
        "staffed_picking": pickers.astype(float),
        "busy_picking": busy["picking"],
        "staffed_packing": packers,
        "busy_packing": busy["packing"],
        "staffed_desk": agents,
        "busy_desk": busy["desk"],
        "load_picking": on_floor * 2.26 / 60,
        "load_packing": on_floor * 2.1 / 60,
        "load_desk": asking * 5 / 60,
    }


def _figures(plan: str, grid: dict[str, np.ndarray], luck: float) -> dict[str, float]:
    backlog = grid["backlog_orders"]
    orders = grid["placed_per_h"][48:120].sum()
    late = float(np.clip((backlog[72:150] - 6500).clip(0).sum() / 78 / 9000, 0, 0.9)) * (1 + 0.05 * luck)
    value = orders * 882
    cost = {line: weight * orders * 25 for line, weight in COST_LINES.items()}
    cost[POWERS[plan][4]] += {"none": 0.0, "compensation": 160_000.0, "combined": 620_000.0}.get(plan, 210_000.0)
    total = sum(cost.values())
    coupon = 0.6 if plan == "compensation" else 1.0
    agents = 0.5 if plan == "desk_reinforcement" else 1.0
    cancelled = 0.09 * late * coupon + 0.004
    revenue = value * (1 - cancelled)
    kpis = {
        "orders_accepted": orders,
        "orders_due": orders * 0.98,
        "service_level_ship": 1 - late,
        "service_level_delivery": 1 - min(0.95, late * 1.15 + 0.02),
        "tardiness_ship_p50_min": max(0.0, (late - 0.5) * 2500),
        "tardiness_ship_p90_min": late * 5200 * (late > 0.08),
        "tardiness_ship_p99_min": 300 + late * 7000,
        "peak_backlog_orders": backlog.max(),
        "clear_time_h": float(np.argmax(backlog[96:] < 6500) + 24) if late > 0 else 3.0,
        "deterred_share": 0.0,
        "cancelled_share": cancelled,
        "contacts_per_100_orders": 5 + 38 * late * coupon,
        "abandonment_share": min(0.6, 0.04 + 0.5 * late * agents),
        "satisfaction_mean": 4.7 - 2.1 * late + (0.15 if plan == "compensation" else 0),
        "utilisation_picking": grid["busy_picking"].sum() / grid["staffed_picking"].sum(),
        "utilisation_packing": grid["busy_packing"].sum() / grid["staffed_packing"].sum(),
        "utilisation_desk": 0.71,
        "mean_wait_picking_min": 90 + late * 3000,
        "mean_wait_packing_min": 30 + late * 400,
        "wait_share_picking": 0.6 + 0.4 * late,
        "mean_queue_picking_orders": 400 + late * 4000,
        "full_dock_h": 0.0,
        "contacts_lost_share": 0.12,
        "deflected_share": 0.0,
        "mean_wait_desk_min": 1.5 + 9 * late,
        "answered_in_time_share": 0.9 - late,
        "open_share": 0.0,
        "orders_per_staff_h": 14.0 - late,
        "carrier_on_time_share": 0.97,
        "no_show_share": 0.01,
        "pickup_fill_share": 0.7,
        "left_behind_parcels": 500 * late,
        "overtime_h": 412.0 if plan in ("overtime", "combined") else 0.0,
        "overtime_refused_h": 36.0 if plan == "overtime" else 0.0,
        "lost_share": 0.001,
        "total_cost": total,
        "revenue": revenue,
        "net_contribution": revenue * 0.35 - total,
        "net_contribution_per_order": (revenue * 0.35 - total) / orders,
        "lost_future_margin": late * orders * 14,
    }
    kpis |= {f"cost_{line}": amount for line, amount in cost.items()}
    return {kpi: kpis[kpi] for kpi in KPIS}


def unit_of(kpi: str) -> str:
    """Unit of a KPI."""
    return KPIS[kpi].unit


def _interval(values: np.ndarray, wide: float = 2.05) -> tuple[float, float, float]:
    mean, half = float(values.mean()), float(wide * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def _summary(runs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for plan, part in runs.groupby("plan", sort=False):
        for kpi in runs.columns[2:]:
            mean, low, high = _interval(part[kpi].to_numpy())
            row = {"plan": plan, "kpi": kpi, "unit": unit_of(kpi), "mean": mean, "low": low, "high": high}
            rows.append(row | {"n": len(part)})
    return pd.DataFrame(rows)


def _differences(runs: pd.DataFrame, baseline: str) -> pd.DataFrame:
    base = runs[runs["plan"] == baseline]
    rows = []
    for plan, part in runs.groupby("plan", sort=False):
        if plan == baseline:
            continue
        for kpi in runs.columns[2:]:
            gap = part[kpi].to_numpy() - base[kpi].to_numpy()
            mean, low, high = _interval(gap)
            _, wide_low, wide_high = _interval(gap, 2.9)
            apart = low > 0 or high < 0
            rows.append(
                {"plan": plan, "kpi": kpi, "unit": unit_of(kpi), "mean": mean, "low": low, "high": high, "n": len(part)}
                | {"p_value": 1e-5 if apart else 0.4, "p_holm": 7e-5 if apart else 1.0, "crn_factor": 6.4}
                | {"simultaneous_low": wide_low, "simultaneous_high": wide_high}
            )
    return pd.DataFrame(rows)


def _bottlenecks(grids: list[dict[str, np.ndarray]]) -> np.ndarray:
    shares = np.zeros((len(RESOURCES), HOURS))
    for grid in grids:
        waiting = np.stack([grid["queue_picking"], grid["queue_packing"], grid["queue_dock"] * 0.4])
        code = np.where(waiting.max(axis=0) > 1500, waiting.argmax(axis=0) + 1, 0)
        code = np.where((code == 0) & (grid["queue_desk"] > 25), 5, code)
        shares[code, np.arange(HOURS)] += 1 / len(grids)
    return shares


def _values(runs: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    parts = {str(plan): part for plan, part in runs.groupby("plan", sort=False)}
    return {(plan, kpi): part[kpi].to_numpy(float) for plan, part in parts.items() for kpi in KPIS}


def make_comparison(
    plans: dict[str, Plan] | None = None, replications: int = 12, scenario: Scenario | None = None
) -> SimpleNamespace:
    """Everything a Comparison has, made up."""
    plans = make_plans() if plans is None else plans
    scenario = make_scenario() if scenario is None else scenario
    rng = np.random.default_rng(7)
    uplifts = 4 * np.exp(rng.normal(-0.011, 0.15, replications))
    runs, series, shares, split, costs = [], [], [], [], []
    for plan in plans:
        power = POWERS.get(plan, POWERS["none"])
        key = plan if plan in POWERS else "none"
        grids = [_fluid(power, uplift) for uplift in uplifts]
        figures = [_figures(key, grid, luck) for grid, luck in zip(grids, rng.normal(size=replications), strict=True)]
        runs += [{"plan": plan, "replication": number} | row for number, row in enumerate(figures)]
        for name in grids[0]:
            if name == "hour":
                continue
            stack = np.stack([grid[name] for grid in grids])
            low, high = np.quantile(stack, [0.1, 0.9], axis=0)
            series.append(
                pd.DataFrame(
                    {"plan": plan, "series": name, "hour": np.arange(HOURS), "mean": stack.mean(axis=0)}
                    | {"low": low, "high": high}
                )
            )
        table = _bottlenecks(grids)
        for code, resource in enumerate(RESOURCES):
            shares.append(
                pd.DataFrame({"plan": plan, "hour": np.arange(HOURS), "resource": resource, "share": table[code]})
            )
        late = 1 - figures[0]["service_level_ship"]
        minutes = {"wait_release": 20 + 300 * late, "wait_picking": 90 + 2600 * late, "work_picking": 2.3}
        minutes |= {"wait_packing": 30 + 500 * late, "work_packing": 2.1, "wait_dock": 150.0, "transit": 2100.0}
        split += [{"plan": plan, "part": part, "mean": mean} for part, mean in minutes.items()]
        for line in COST_LINES:
            mean, low, high = _interval(np.array([row[f"cost_{line}"] for row in figures]))
            costs.append({"plan": plan, "line": line, "mean": mean, "low": low, "high": high})
    frame = pd.DataFrame(runs)
    baseline = next(iter(plans))
    best = "combined" if "combined" in plans else baseline
    return SimpleNamespace(
        scenario=scenario,
        plans=plans,
        baseline=baseline,
        seed=1,
        replications=replications,
        workers=2,
        per_replication=frame,
        summary=_summary(frame),
        differences=_differences(frame, baseline) if len(plans) > 1 else pd.DataFrame(),
        series=pd.concat(series, ignore_index=True),
        bottlenecks=pd.concat(shares, ignore_index=True),
        time_split=pd.DataFrame(split),
        costs=pd.DataFrame(costs),
        scorecards=scorecards(scenario, list(plans), _values(frame)),
        early_warning=make_early_warning(plans, scenario, replications),
        ledgers={name: make_ledger(scenario, plan) for name, plan in plans.items()},
        verdict=make_verdict(best, runner_up="temporary_staff" if "temporary_staff" in plans else None),
        timings={"replications_s": 21.4, "total_s": 25.3},
        notes={"orders_in_file": 12345, "preset": "generic"},
    )


def make_verdict(plan: str, **changes: Any) -> SimpleNamespace:
    """A verdict; keyword arguments replace its fields."""
    given: dict[str, Any] = {
        "plan": plan,
        "holds": True,
        "reach_share": 0.9667,
        "reach_low": 0.8278,
        "reach_high": 0.9992,
        "service_mean": 0.973,
        "service_low": 0.968,
        "service_high": 0.978,
        "net_mean": 1_234_567.0,
        "net_low": 1_012_345.0,
        "net_high": 1_456_789.0,
        "fresh": 30,
        "runner_up": "temporary_staff",
    }
    return SimpleNamespace(**{**given, **changes})


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
        categories={"carrier": tuple(scenario.carriers), "channel": ("phone", "chat")},
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
