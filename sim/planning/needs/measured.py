"""What happens when the needs are met: people and agents by the hour, parcels by visit, the dock, by simulation.

People by the hour follow from what is booked. Parcels and the dock are those of some of the fresh replications that the
proof ran, simulated once more with their ledgers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.draws import sample
from sim.experiment.laboratory.lab import Lab, Variant
from sim.floor import simulate
from sim.ledger import Ledger
from sim.planning.needs.closed import Closed
from sim.planning.needs.load import BIN_MIN, DAY_MIN
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.staffing import coverage
from sim.planning.needs.stretches import patterns_of, planned_days, present_on
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from sim.scenario.types import show_clock
from sim.scenario.variation import Variations

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
LEDGERS = 20  # fresh replications looked at in full


def heads_by_bin(scenario: Scenario, needs: Sequence[Need], amounts: Amounts, stage: str) -> tuple[Floats, Floats]:
    """People of a stage at work by half-hour on the planned days: needed, and on the present roster."""
    site, days = at_scale(scenario), planned_days(scenario)
    bins = scenario.days * 48
    needed, present = np.zeros(bins), np.zeros(bins)
    for need in needs:
        if need.owner == stage and need.stretch is not None:
            for pattern, count in zip(need.patterns, amounts[need.key], strict=True):
                needed += count * coverage(pattern.work(site, need.stretch.days), bins)
    crew = site.crews[stage]
    for pattern in patterns_of(crew):
        for day in days:
            present += present_on(site, crew, pattern, day) * coverage(pattern.work(site, range(day, day + 1)), bins)
    return needed, present


def staff_hours(scenario: Scenario, needs: Sequence[Need], amounts: Amounts) -> pd.DataFrame:
    """Staff-hours by role and hour.

    Returns
    -------
    role, date, hour (0-23), needed_h, present_h, gap_h; hours in which nobody is needed or there are left out.
    """
    import pandas as pd

    rows = []
    for stage in scenario.crews:
        needed, present = (each.reshape(-1, 2).mean(axis=1) for each in heads_by_bin(scenario, needs, amounts, stage))
        for hour in np.flatnonzero((needed > 0) | (present > 0)).tolist():
            date = scenario.date_of(hour // 24)
            rows.append((stage, date, hour % 24, needed[hour], present[hour], needed[hour] - present[hour]))
    return pd.DataFrame(rows, columns=["role", "date", "hour", "needed_h", "present_h", "gap_h"])


def desk_table(scenario: Scenario, closed: Closed, needs: Sequence[Need], amounts: Amounts) -> pd.DataFrame:
    """The desk by half-hour.

    Returns
    -------
    date, time, calls, messages (expected), agents_to_answer (closed form), agents (booked), present, gap.
    """
    import pandas as pd

    columns = ["date", "time", "calls", "messages", "agents_to_answer", "agents", "present", "gap"]
    if closed.contacts is None:
        return pd.DataFrame(columns=columns)
    booked, present = heads_by_bin(scenario, needs, amounts, "desk")
    rows = []
    days = planned_days(scenario)
    for place in range(days.start * 48, days.stop * 48):
        calls, to_answer = closed.contacts.calls[place], closed.agents[place]
        if max(calls, booked[place], present[place]) > 0:
            day, minute = divmod(place * BIN_MIN, DAY_MIN)
            told = (calls, closed.contacts.messages[place], to_answer, booked[place], present[place])
            rows.append((scenario.date_of(int(day)), show_clock(minute), *told, booked[place] - present[place]))
    return pd.DataFrame(rows, columns=columns)


def ledgers(lab: Lab, variant: Variant, replications: range) -> Iterator[Ledger]:
    """Ledgers of a variant, one at a time."""
    variations = Variations(lab.scenario, lab.plans)
    world, plan = variations.world(variant.values), variations.plan(variant.plan, variant.values)
    for replication in replications:
        yield simulate(world, plan, sample(world, lab.seed, replication))


def parcels_and_dock(
    lab: Lab, variant: Variant, replications: range, probability: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parcels by carrier and visit, and the most parcels on the dock.

    Returns
    -------
    carrier, date, time, parcels (mean), parcels_high (quantile of the probability), capacity, fill_share; and date,
    parcels, parcels_high, room: the fullest moment of each day.
    """
    import pandas as pd

    scenario = lab.scenario
    days = planned_days(scenario)
    taken: list[Floats] = []
    peaks: list[Floats] = []
    visits: pd.DataFrame | None = None
    room = None
    for ledger in ledgers(lab, variant, replications):
        rows = ledger.tables["pickups"]
        own = (rows["planned_min"] >= days.start * DAY_MIN) & (rows["planned_min"] < days.stop * DAY_MIN)
        own &= ~rows["extra"]
        order = np.lexsort((rows["planned_min"][own], rows["carrier"][own]))
        taken.append(rows["taken"][own][order].astype(np.float64))
        peaks.append(dock_peaks(ledger, days))
        room = at_scale(ledger.scenario).site.staging_parcels
        if visits is None:
            names = ledger.names_of("pickups", "carrier")
            carriers = [names[code] for code in rows["carrier"][own][order]]
            moments = [scenario.local_time(float(each)) for each in rows["planned_min"][own][order]]
            visits = pd.DataFrame(
                {
                    "carrier": carriers,
                    "date": [each.date() for each in moments],
                    "time": [f"{each:%H:%M}" for each in moments],
                }
            )
            visits["capacity"] = rows["capacity"][own][order]
    columns = ["carrier", "date", "time", "parcels", "parcels_high", "capacity", "fill_share"]
    if visits is None or not len(visits):
        parcels = pd.DataFrame(columns=columns)
    else:
        found = np.stack(taken)
        visits["parcels"], visits["parcels_high"] = found.mean(axis=0), np.quantile(found, probability, axis=0)
        visits["fill_share"] = visits["parcels_high"] / visits["capacity"]
        parcels = visits[columns]
    high = np.stack(peaks)
    dock = pd.DataFrame(
        {
            "date": [scenario.date_of(day) for day in days],
            "parcels": high.mean(axis=0),
            "parcels_high": np.quantile(high, probability, axis=0),
            "room": np.nan if room is None else float(room),
        }
    )
    return parcels, dock


def dock_peaks(ledger: Ledger, days: range) -> Floats:
    """Most parcels that are packed and not picked up at one time, by day, shape (days,)."""
    orders = ledger.tables["orders"]
    rows = (orders["route"] == 0) & ~np.isnan(ledger.packed_min)
    packed = np.sort(ledger.packed_min[rows])
    gone = np.sort(np.where(np.isnan(orders["picked_up_min"][rows]), np.inf, orders["picked_up_min"][rows]))
    # the dock is fullest when a parcel is put there, or as the day begins
    level = np.arange(1, len(packed) + 1) - np.searchsorted(gone, packed, side="right")
    begins = np.arange(days.start, days.stop) * DAY_MIN
    at_begin = np.searchsorted(packed, begins) - np.searchsorted(gone, begins, side="right")
    day = np.floor(packed / DAY_MIN).astype(np.int64) - days.start
    peaks: Floats = np.maximum(at_begin, 0).astype(np.float64)
    inside = (day >= 0) & (day < len(days))
    np.maximum.at(peaks, day[inside], level[inside])
    return peaks
