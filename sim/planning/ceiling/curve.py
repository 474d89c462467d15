"""From the size of a campaign to what comes of it: how surely the target is met, service, cost and net contribution.

At a planned size a KPI is what it is expected to be over all that the size may turn out to be: integrated over the luck
of the uplift where runs have exact sizes, on straight lines over the logarithm of the size between those that were run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.planning.ceiling.confirm import Ceiling
from sim.planning.ceiling.soundings import Course, Soundings
from sim.statistics.crossings import interpolated, share
from sim.statistics.intervals import mean_interval, paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
NET = "net_contribution"
CURVE_KPIS = ("service_level_ship", "revenue", "total_cost", NET)
CENTRAL = 0.9  # of the luck has to lie within the sizes that a replication was run at


def shares_table(soundings: Soundings, found: Sequence[Ceiling], sizes: Floats, replications: range) -> pd.DataFrame:
    """How surely the target is met at each size, by the search.

    Parameters
    ----------
    sizes
        Of the planned campaign, shape (k,).

    Returns
    -------
    shape, plan, size, orders, revenue, n, share, low, high: 95 % t interval over replications.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for each in found:
        course = each.course
        patterns = soundings.patterns(course, replications)
        own = np.array([course.shape.own(size) for size in sizes])
        values = share(patterns, own, course.luck) if patterns else np.empty((0, len(sizes)))
        for place, size in enumerate(sizes):
            mean, low, high, n = mean_interval(values[:, place])
            bounds = (max(0.0, low), min(1.0, high)) if n > 1 else (float("nan"),) * 2
            rows.append({**place_of(course, size), "n": n, "share": mean, "low": bounds[0], "high": bounds[1]})
    return pd.DataFrame(rows)


def curve_table(soundings: Soundings, found: Sequence[Ceiling], sizes: Floats, replications: range) -> pd.DataFrame:
    """What comes of each size.

    Returns
    -------
    shape, plan, size, orders, revenue, kpi, unit, n, mean, low, high, lost, lost_low, lost_high: 95 % t intervals over
    replications. `lost` is the net contribution at the best of the sizes minus that at this one, paired; NaN for other
    KPIs.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    also = [soundings.also.kpi] if soundings.also is not None else []
    kpis = list(dict.fromkeys([soundings.required.kpi, *also, *CURVE_KPIS]))
    for each in found:
        values = _values(soundings, each.course, sizes, replications, kpis)
        net = values[:, :, kpis.index(NET)]
        best = _best(net)
        for place, size in enumerate(sizes):
            for column, kpi in enumerate(kpis):
                mean, low, high, n = mean_interval(values[:, place, column])
                row = {**place_of(each.course, size), "kpi": kpi, "unit": KPIS[kpi].unit, "n": n}
                lost = paired(net[:, best], net[:, place]) if kpi == NET and best is not None else None
                gap = (lost.mean, lost.low, lost.high) if lost is not None else (float("nan"),) * 3
                row |= {"mean": mean, "low": low, "high": high}
                rows.append({**row, "lost": gap[0], "lost_low": gap[1], "lost_high": gap[2]})
    return pd.DataFrame(rows)


def place_of(course: Course, size: float) -> dict[str, Any]:
    """Columns that say what a row is of."""
    measure = course.shape.measure
    return {
        "shape": course.shape.name,
        "plan": course.plan,
        "size": size,
        "orders": measure.of(size, "orders"),
        "revenue": measure.of(size, "revenue"),
    }


def _best(net: Floats) -> int | None:
    """Size of the best mean among those that every replication was run around, or that most were."""
    counts = np.count_nonzero(~np.isnan(net), axis=0)
    if not len(counts) or counts.max() < 2:
        return None
    usable = counts >= 2
    means = np.array([np.nanmean(column) if ok else -np.inf for column, ok in zip(net.T, usable, strict=True)])
    return int(means.argmax())


def _values(soundings: Soundings, course: Course, sizes: Floats, replications: range, kpis: Sequence[str]) -> Floats:
    """KPIs at planned sizes; shape (replications, sizes, KPIs), NaN where a replication was not run around there."""
    columns = [soundings.lab.store.names.index(kpi) for kpi in kpis]
    found = np.full((len(replications), len(sizes), len(kpis)), np.nan)
    luck = course.luck
    nodes = luck.nodes()
    narrow, wide = (luck.quantile(0.5 - CENTRAL / 2), luck.quantile(0.5 + CENTRAL / 2)) if luck.cv else (1.0, 1.0)
    for number, replication in enumerate(replications):
        known, rows = soundings.kpis(course, replication)
        if not len(known):
            continue
        ends = course.ladder.sizes[[0, -1]]
        for place, size in enumerate(sizes):
            own = course.shape.own(size)
            low, high = max(own * narrow, ends[0]), min(own * wide, ends[1])
            if known[0] <= low * (1 + 1e-9) and known[-1] >= high * (1 - 1e-9):
                found[number, place] = interpolated(known, rows[:, columns], own * nodes).mean(axis=0)
    return found
