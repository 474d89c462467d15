"""Stock as tables: quantities and dates by SKU, production and shelves by day.

Quantities follow from the closed form and the amounts that were found; production, space and the gate are those of some
of the fresh replications that the proof ran, simulated once more with their ledgers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import catalogue_of
from sim.experiment.laboratory.lab import Lab, Variant
from sim.ledger import MOVES, Ledger
from sim.planning.needs.load import DAY_MIN
from sim.planning.needs.measured import ledgers
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.stock import production_days
from sim.planning.needs.stocking import ahead, bought, levels
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.supply import LITRES_PER_M3, Supply
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
STOCK_COLUMNS = (
    *("sku", "line", "mean_units", "deviation_units", "fractile", "best_units", "safety_units", "there_units"),
    *("present_units", "needed_units", "gap_units", "baked_ahead_units", "needed_on", "order_by"),
    *("production_h", "production_days", "latest_start", "volume_m3"),
)
PRODUCTION_COLUMNS = ("line", "date", "units", "units_high", "hours", "hours_high", "hours_needed", "hours_present")
SHELVES_COLUMNS = (
    *("date", "m3", "m3_high", "capacity_m3"),
    *("received_units", "received_units_high", "gate_h", "gate_h_high", "gate_staffed_h"),
)


def stock_table(supply: Supply | None, needs: Sequence[Need], amounts: Amounts) -> pd.DataFrame:
    """Quantities and dates by SKU.

    Returns
    -------
    sku, line (empty: bought), demand of the planned days (mean, deviation), critical fractile, its quantity and what of
    it is safety stock, units there that can be sold on these days; of SKUs whose amounts were found: units there today
    (made: up to which it is made), needed, gap, those baked before the run, day on which they are needed, last day to
    order; hours and days that a line needs for the demand at the quantile, last day to begin; space of what is needed.
    """
    import pandas as pd

    if supply is None:
        return pd.DataFrame(columns=list(STOCK_COLUMNS))
    held = {name: (need, place) for need in needs if need.goods for place, name in enumerate(need.goods.skus)}
    hours = {need.owner: amounts[need.key][0] for need in needs if need.kind == "oven"}
    rows = []
    for code, name in enumerate(supply.catalogue.names):
        if supply.mean[code] > 0:
            rows.append({**_asked(supply, code), **_found(supply, held.get(name), name, code, amounts, hours)})
    return pd.DataFrame(rows, columns=list(STOCK_COLUMNS))


def _asked(supply: Supply, code: int) -> dict[str, Any]:
    return {
        "sku": supply.catalogue.names[code],
        "line": supply.catalogue.models[code].made_by or "",
        "mean_units": float(supply.mean[code]),
        "deviation_units": float(supply.deviation[code]),
        "fractile": float(supply.best.fractile[code]),
        "best_units": float(supply.best.units[code]),
        "safety_units": float(supply.best.safety_units[code]),
        "there_units": int(supply.there[code]),
        "needed_on": supply.needed_on,
    }


def _found(
    supply: Supply, held: tuple[Need, int] | None, name: str, code: int, amounts: Amounts, hours: Mapping[str, int]
) -> dict[str, Any]:
    """What was found for a SKU."""
    if held is None:
        return {}
    need, place = held
    amount, goods = amounts[need.key][0], need.goods
    assert goods is not None
    present = goods.there[place]
    if need.kind == "bought":
        more = int(bought(goods, amount)[place])
        dates: dict[str, Any] = {"order_by": supply.order_day(name) if more else None}
        needed = present + more
    else:
        needed = int(levels(goods, amount)[place])
        dates = _made(supply, need, code, amount, hours[need.owner])
        dates["baked_ahead_units"] = int(ahead(goods, amount, hours[need.owner])[place])
    volume = needed * float(supply.catalogue.volume_l[code]) / LITRES_PER_M3
    told = {"present_units": present, "needed_units": needed, "gap_units": needed - present, "volume_m3": volume}
    return {**told, **dates}


def _made(supply: Supply, need: Need, code: int, level: int, hours: int) -> dict[str, Any]:
    """Hours and days of the line for what is asked of a SKU beyond what is there, and when filling has to begin."""
    line = supply.stock.production[need.owner]
    work_h = max(0.0, float(supply.wanted[code]) - float(supply.there[code])) / line.units_per_h
    lacking, _, day = supply.start_of(need, level, hours)
    return {
        "production_h": work_h,
        "production_days": int(production_days(work_h, max(hours, 1))),
        "latest_start": day if lacking else None,
    }


def production_and_shelves(
    lab: Lab, variant: Variant, replications: range, probability: float, needs: Sequence[Need], amounts: Amounts
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the lines make, and how full shelves and gate are, from the first day of the run to the last planned one.

    Returns
    -------
    line, date, units made and put away that day, hours that making them takes (mean, and the quantile of the
    probability), hours needed and there today; and date, m3
    at the fullest hour, capacity, units put away, worker-hours that took, hours that are staffed.
    """
    import pandas as pd

    if lab.scenario.stock is None:
        return pd.DataFrame(columns=list(PRODUCTION_COLUMNS)), pd.DataFrame(columns=list(SHELVES_COLUMNS))
    days = range(planned_days(lab.scenario).stop)
    seen = [_Day(ledger, days) for ledger in ledgers(lab, variant, replications)]
    production = [
        row
        for name in lab.scenario.stock.production
        for row in _production(lab.scenario, name, np.stack([each.made[name] for each in seen]), probability, needs,
                               amounts)
    ]  # fmt: skip
    world = seen[0].scenario
    stock = world.stock
    assert stock is not None
    gate, high = stock.receiving, probability
    fullest, put_away, worked = (np.stack([getattr(each, name) for each in seen]) for name in ("m3", "units", "gate_h"))
    staffed = 0.0 if gate.units_per_worker_h is None else gate.workers * (gate.close - gate.open) / 60
    shelves = pd.DataFrame(
        {
            "date": [world.date_of(day) for day in days],
            "m3": fullest.mean(axis=0),
            "m3_high": np.quantile(fullest, high, axis=0),
            "capacity_m3": np.nan if stock.storage is None else stock.storage.capacity_m3,
            "received_units": put_away.mean(axis=0),
            "received_units_high": np.quantile(put_away, high, axis=0),
            "gate_h": worked.mean(axis=0),
            "gate_h_high": np.quantile(worked, high, axis=0),
            "gate_staffed_h": [staffed if world.weekday_of(day) in gate.weekdays else 0.0 for day in days],
        }
    )
    return pd.DataFrame(production, columns=list(PRODUCTION_COLUMNS)), shelves


class _Day:
    """What a replication made, held and received by day."""

    def __init__(self, ledger: Ledger, days: range) -> None:
        self.scenario = world = at_scale(ledger.scenario)
        stock = world.stock
        assert stock is not None
        moves, read = ledger.tables["stock_moves"], ledger.tables["stock_levels"]
        makers = np.array([sku.made_by or "" for sku in catalogue_of(world).models], dtype=object)
        produced = moves["kind"] == MOVES.index("production")
        came = produced | (moves["kind"] == MOVES.index("receipt"))
        self.made = {
            name: _by_day(moves["time_min"], moves["units"] * (produced & (makers[moves["sku"]] == name)), days)
            for name in stock.production
        }
        self.units = _by_day(moves["time_min"], moves["units"] * came, days)
        self.m3 = _most(read["time_min"], read["m3"], days)
        rate = stock.receiving.units_per_worker_h
        self.gate_h = np.zeros(len(days)) if rate is None else self.units / rate


def _by_day(time: Floats, values: Any, days: range) -> Floats:
    inside = (time >= days.start * DAY_MIN) & (time < days.stop * DAY_MIN)
    day = (time[inside] // DAY_MIN).astype(np.int64) - days.start
    return np.asarray(np.bincount(day, np.asarray(values, dtype=np.float64)[inside], len(days)), dtype=np.float64)


def _most(time: Floats, values: Floats, days: range) -> Floats:
    found = np.zeros(len(days))
    inside = (time >= days.start * DAY_MIN) & (time < days.stop * DAY_MIN)
    np.maximum.at(found, (time[inside] // DAY_MIN).astype(np.int64) - days.start, values[inside])
    return found


def _production(
    scenario: Scenario, name: str, made: Floats, probability: float, needs: Sequence[Need], amounts: Amounts
) -> Iterator[tuple[Any, ...]]:
    """A row for each day of a line; `made` has shape (replications, days)."""
    site = at_scale(scenario)
    assert site.stock is not None
    line = site.stock.production[name]
    needed = next((float(amounts[each.key][0]) for each in needs if each.key == f"oven.{name}"), line.hours_per_day)
    mean, high = made.mean(axis=0), np.quantile(made, probability, axis=0)
    for day in range(made.shape[1]):
        runs = scenario.weekday_of(day) in line.weekdays
        hours = (mean[day] / line.units_per_h, high[day] / line.units_per_h)
        told = (float(mean[day]), float(high[day]), *map(float, hours))
        yield name, scenario.date_of(day), *told, needed * runs, line.hours_per_day * runs
