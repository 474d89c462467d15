"""How fast the engine is: ``python -m benchmarks.engine [--orders 10000 100000 1000000] [--repeat 3]``.

Prints medians over the repeats, in microseconds of processor time per order: the full model (`double11`, scaled to
so many orders) with its memory, the reduced line against the textbook model in the same run, and the reduced line with
ever more orders waiting. Ratios between figures of one run mean something on any machine; the figures themselves only
on this one.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from collections.abc import Sequence

import numpy as np

import sim
from benchmarks import textbook
from benchmarks.common import (
    differing,
    happened,
    machine,
    median_of,
    memory_bytes,
    print_table,
    reduced,
    seconds,
    textbook_inputs,
)
from sim.demand.curve import order_curve
from sim.ledger import Ledger
from sim.scenario.measures import Trigger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock

PLAN = Plan(name="none")
# One measure each of ten shipped plans, of ten kinds, each set off by a metric of its own.
TEN = {
    "overtime": "backlog_hours",
    "temporary_staff": "backlog_days",
    "desk_reinforcement": "queue_desk_contacts",
    "extra_pickups": "queue_dock_parcels",
    "backup_carrier": "pickup_fill",
    "compensation": "overdue_orders",
    "proactive_notice": "at_risk_orders",
    "announcement": "oldest_order_h",
    "faq_bot": "desk_wait_min",
    "carrier_capacity": "backlog_orders",
}
REVIEW_MIN = 5.0
MICRO = 1e6
LINES_MEAN = 2.0
SKUS = 5_000
_GENERATED = {"count": SKUS, "on_hand_days": 30.0, "point_days": 14.0, "up_to_days": 28.0, "lot_size_days": 14.0}
_MODEL = {"volume_l": 1.0, "supply": {"lead_time_days": 3.0}}
STOCKS: dict[str, dict[str, object]] = {
    "no rule": {"assortment": {**_GENERATED, "model": _MODEL}},
    "(s, S)": {"assortment": {**_GENERATED, "rule": "s_S", "model": _MODEL}},
    "(R, Q)": {"assortment": {**_GENERATED, "rule": "R_Q", "model": _MODEL}},
    "(R, Q), gate, lots, backorders, returns": {
        "assortment": {**_GENERATED, "rule": "R_Q", "model": {**_MODEL, "shelf_life_days": 20}},
        "receiving": {"units_per_worker_h": 60.0, "workers": 40, "returns_per_worker_h": 10.0},
        "oversell": {"policy": "share", "share": 0.2},
        "returns": {"share": 0.05},
    },
}
WARM_UP_ORDERS = 2_000
# Hours in which the orders come, to a crew that needs 25 hours for them: the fewer, the more wait.
ARRIVAL_HOURS = (24, 16, 8, 4, 1)


def full(orders: int) -> Scenario:
    """The scenario `double11` at the scale at which about so many orders come; its uplift as planned."""
    certain = "demand.campaign.uplift_cv=0.0"
    original = sim.load_scenario("double11", overrides=[certain])
    expected = order_curve(original).expected(0.0, original.horizon_min)
    return sim.load_scenario("double11", overrides=[certain, f"scale={orders / expected!r}"])


def full_model(sizes: Sequence[int], repeat: int) -> None:
    """Sampling, simulation and KPIs of the full model, and the memory they take together."""
    time_parts(full(WARM_UP_ORDERS))
    rows = []
    for size in sizes:
        scenario = full(size)
        measured = [time_parts(scenario) for _ in range(repeat)]
        orders, *parts = median_of(measured)
        grown = memory_per_order(size)
        memory = "n/a" if grown is None else f"{grown:,.0f}"
        rows.append([f"{orders:,.0f}", *(f"{part:.2f}" for part in (*parts, sum(parts))), memory])
    head = ["orders", "sample", "simulate", "kpis", "sum", "peak memory growth, bytes/order"]
    print_table("Full model (double11, plan none), us per order", head, rows)


def ten_measures(scenario: Scenario) -> Plan:
    """Ten measures that are reviewed every five minutes, set off at about the backlog of two ordinary days."""
    two_days = 2 * scenario.demand.profile.per_day
    levels = {
        "backlog_hours": 8.0,
        "backlog_days": 2.0,
        "pickup_fill": 1.0,
        "oldest_order_h": 48.0,
        "desk_wait_min": 6.0,
    }
    measures = {}
    for name, metric in TEN.items():
        (label, measure), *_ = sim.load_plan(name).measures.items()
        trigger = Trigger(
            when="metric", metric=metric, above=levels.get(metric, two_days / 4), review_every_min=REVIEW_MIN
        )
        measures[label] = measure.model_copy(update={"trigger": trigger})
    return Plan(name="ten", currency="TWD", measures=measures)


def with_measures(sizes: Sequence[int], repeat: int) -> None:
    """The full model without measures and with ten that are reviewed every five minutes, one after the other."""
    rows = []
    for size in sizes:
        scenario = full(size)
        draws, ten = sim.sample(scenario), ten_measures(scenario)
        measured = []
        for _ in range(repeat):
            plain, _ = seconds(sim.simulate, scenario, PLAN, draws)
            busy, helped = seconds(sim.simulate, scenario, ten, draws)
            measured.append((MICRO * plain / len(draws), MICRO * busy / len(draws)))
        active = len(set(helped.column("alerts", "measure")))
        plain, busy = median_of(measured)
        reviews = int(scenario.horizon_min / REVIEW_MIN)
        rows.append(
            [f"{len(draws):,}", f"{reviews:,}", f"{active}", f"{plain:.2f}", f"{busy:.2f}", f"{busy / plain:.2f} x"]
        )
    head = ["orders", "reviews", "measures decided", "plan none", "ten measures", "ratio"]
    print_table("Ten measures with reviews every five minutes, us per order", head, rows)


def with_stock(orders: int, repeat: int) -> None:
    """The full model at two lines an order, without stock and with 5,000 SKUs under each reorder rule."""
    plain = full(orders)
    basket = plain.demand.basket.model_copy(update={"lines_mean": LINES_MEAN})
    plain = plain.model_copy(update={"demand": plain.demand.model_copy(update={"basket": basket})})
    cases = [(name, plain.model_copy(update={"stock": Stock.model_validate(given)})) for name, given in STOCKS.items()]
    draws = {name: sim.sample(scenario) for name, scenario in (("", plain), *cases)}
    measured = []
    for _ in range(repeat):
        row = [seconds(sim.simulate, plain, PLAN, draws[""])[0]]
        row += [seconds(sim.simulate, scenario, PLAN, draws[name])[0] for name, scenario in cases]
        measured.append(tuple(MICRO * spent / len(draws[""]) for spent in row))
    without, *busy = median_of(measured)
    rows = [["without stock", f"{without:.2f}", "", ""]]
    for (name, _), spent in zip(cases, busy, strict=True):
        rows.append([name, f"{spent:.2f}", f"{spent / without:.2f} x", f"{(spent - without) / without:.2f}"])
    head = ["stock", "simulate", "ratio", "added / plain"]
    print_table(f"Stock of {SKUS:,} SKUs, {len(draws['']):,} orders of two lines, us per order", head, rows)


def time_parts(scenario: Scenario) -> tuple[float, ...]:
    """Number of orders, and microseconds per order of sampling, simulation and KPIs."""
    sampling, draws = seconds(sim.sample, scenario)
    simulating, ledger = seconds(sim.simulate, scenario, PLAN, draws)
    counting, _ = seconds(sim.kpis, ledger)
    return len(draws), *(MICRO * part / len(draws) for part in (sampling, simulating, counting))


def memory_per_order(orders: int) -> float | None:
    """Peak memory growth in bytes per order, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.engine", "--memory-of", str(orders)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    grown: float | None = json.loads(answer.stdout)
    return grown


def measure_memory(orders: int) -> float | None:
    """The same, in this process; imports and caches are in place before the count begins."""
    time_parts(full(WARM_UP_ORDERS))
    scenario = full(orders)
    gc.collect()
    before = memory_bytes()
    count, *_ = time_parts(scenario)
    after = memory_bytes()
    return None if before is None or after is None else (after[1] - before[0]) / count


def against_textbook(sizes: Sequence[int], repeat: int) -> None:
    """The reduced line on the engine and on the textbook model, one after the other, with identical results."""
    rows = []
    for size in sizes:
        scenario = reduced(size)
        draws = sim.sample(scenario, seed=1)
        inputs = textbook_inputs(scenario, draws)
        measured = []
        for _ in range(repeat):
            engine_s, ledger = seconds(sim.simulate, scenario, PLAN, draws)
            lesson_s, times = seconds(textbook.run, *inputs, scenario.horizon_min)
            measured.append((MICRO * engine_s / len(draws), MICRO * lesson_s / len(draws)))
        unequal = differing(happened(ledger), times)
        engine, lesson = median_of(measured)
        same = "identical" if not unequal else f"DIFFER: {unequal}"
        rows.append([f"{len(draws):,}", f"{engine:.2f}", f"{lesson:.1f}", f"{lesson / engine:.1f} x", same])
    head = ["orders", "engine", "textbook SimPy", "ratio", "times of every order"]
    print_table("Reduced line (pick, pack, pickups, contacts), us per order", head, rows)


def backlogs(orders: int, repeat: int) -> None:
    """Time per order of the reduced line as more and more orders wait."""
    cases = []
    for hours in ARRIVAL_HOURS:
        scenario = reduced(orders, days_to_clear=25 / 24, arrival_h=hours, run_days=3, late_share=0.0)
        cases.append((scenario, sim.sample(scenario, seed=1)))
    depths, measured = [0] * len(cases), []
    for _ in range(repeat):  # one case after the other, so that a slow spell of the machine strikes all of them
        row = []
        for number, (scenario, draws) in enumerate(cases):
            spent, ledger = seconds(sim.simulate, scenario, PLAN, draws)
            row.append(MICRO * spent / len(draws))
            depths[number] = deepest_queue(ledger)
        measured.append(row)
    medians = median_of(measured)
    rows = [
        [f"{depth:,}", f"{hours}", f"{len(draws):,}", f"{median:.2f}"]
        for depth, hours, (_, draws), median in zip(depths, ARRIVAL_HOURS, cases, medians, strict=True)
    ]
    head = ["most waiting", "come within h", "orders", "simulate"]
    print_table("Growing backlog (the same orders, crew and work), us per order", head, rows)
    print(f"slowest / fastest: {max(medians) / min(medians):.2f}")


def deepest_queue(ledger: Ledger) -> int:
    """Most orders that waited for a picker at a time."""
    orders = ledger.tables["orders"]
    begun = np.sort(orders["pick_start_min"])
    waiting = np.arange(1, len(begun) + 1) - np.searchsorted(begun, orders["placed_min"], side="right")
    return int(waiting.max())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="full model")
    parser.add_argument("--textbook-orders", type=int, nargs="+", default=[10_000, 100_000], help="reduced line")
    parser.add_argument("--measured-orders", type=int, nargs="+", default=[100_000], help="with ten measures")
    parser.add_argument("--stock-orders", type=int, default=100_000, help="with stock")
    parser.add_argument("--backlog-orders", type=int, default=105_000, help="orders of the growing backlog")
    parser.add_argument("--repeat", type=int, default=3, help="repeats of which the median is printed")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.memory_of:
        print(json.dumps(measure_memory(given.memory_of)))
        return
    print(machine())
    full_model(given.orders, given.repeat)
    with_measures(given.measured_orders, given.repeat)
    with_stock(given.stock_orders, given.repeat)
    against_textbook(given.textbook_orders, given.repeat)
    backlogs(given.backlog_orders, given.repeat)


if __name__ == "__main__":
    main()
