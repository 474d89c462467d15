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
from shop_fixture import make_ledger, make_plans, make_scenario

from sim.costs import LINES
from sim.experiment.risk import risk_table
from sim.experiment.scorecard import scorecards
from sim.indicators import KPIS, RESOURCES
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

HOURS = 216
STOCK = (
    "rejected_share",
    "fill_rate",
    "backordered_share",
    "dropped_units",
    "short_sku_days",
    "written_off_units",
    "peak_storage_m3",
    "stock_end_units",
    "returned_share",
)
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
    "receiving_pay": 0.0,
    "production": 0.0,
    "storage_space": 0.0,
    "written_off_stock": 0.0,
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
    cost = {line: COST_LINES.get(line, 0.0) * orders * 25 for line in LINES}
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
    kpis |= dict.fromkeys(STOCK, float("nan"))  # there is none in this scenario
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
        for line in LINES:
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
        risk=risk_table(scenario, list(plans), baseline, _values(frame)),
        precision=None,
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
        "missed": (),
        "reach_share": 0.9667,
        "reach_low": 0.8278,
        "reach_high": 0.9992,
        "service_mean": 0.973,
        "service_low": 0.968,
        "service_high": 0.978,
        "fill_mean": float("nan"),
        "fill_low": float("nan"),
        "fill_high": float("nan"),
        "net_mean": 1_234_567.0,
        "net_low": 1_012_345.0,
        "net_high": 1_456_789.0,
        "fresh": 30,
        "runner_up": "temporary_staff",
    }
    return SimpleNamespace(**{**given, **changes})
