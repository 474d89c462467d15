"""How well the statistics do: ``python -m benchmarks.statistics [--parts abc] [--experiments 1000] [--runs 100]``.

Prints (a) how often intervals of 95 % cover the truth, of normal and of skewed outputs; (b) how often the procedure KN
chooses the best of five systems and after how many runs, against procedures that fix their number after a first stage;
(c) how many replications it takes to tell two plans apart, with common random numbers and without, on three shipped
scenarios. Nothing here depends on the machine but for the last bits of exp and log; (a) is printed and not promised.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

import sim
from benchmarks.common import machine, print_table
from sim.indicators import kpi_values
from sim.statistics.intervals import mean_interval, t_quantile
from sim.statistics.observing import Floats
from sim.statistics.precision import Precision, stopping_point
from sim.statistics.quantiles import bootstrap_mean, quantile_interval
from sim.statistics.selection import FIRST_STAGE, select_best

REPLICATIONS = 30
QUANTILE = 0.9
PRECISION = Precision(relative=0.1, at_most=8000)
RESAMPLES = 999


# --- (a) coverage -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Output:
    """A figure of a replication whose true mean and quantile are known."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    mean: float
    quantile: float


def mostly_zero(rng: np.random.Generator, count: int) -> Floats:
    """Orders lost, say: none in four replications of five, otherwise exponential with mean five."""
    return np.where(rng.random(count) < 0.8, 0.0, rng.exponential(5.0, count))


OUTPUTS = (
    Output("normal, cv 0.3", lambda rng, n: rng.normal(10.0, 3.0, n), 10.0, float(stats.norm.ppf(QUANTILE, 10, 3))),
    Output("exponential", lambda rng, n: rng.exponential(1.0, n), 1.0, -math.log(1 - QUANTILE)),
    Output(
        "lognormal, cv 1.3",
        lambda rng, n: rng.lognormal(0.0, 1.0, n),
        math.exp(0.5),
        float(stats.lognorm.ppf(QUANTILE, 1.0)),
    ),
    Output("zero in 4 of 5", mostly_zero, 1.0, 5.0 * math.log(2.0)),  # half of what is not zero lies above
)


def coverage(experiments: int) -> None:
    """How often intervals cover, and where the stopping rule stops."""
    rows = []
    for output in OUTPUTS:
        rng = np.random.default_rng(1)
        covered, stops = np.zeros(4), []
        for _ in range(experiments):
            values = output.draw(rng, PRECISION.at_most)
            few = values[:REPLICATIONS]
            bootstrap = bootstrap_mean(few, resamples=RESAMPLES)
            order = quantile_interval(few, QUANTILE)
            stop = stopping_point(values, PRECISION)
            bounds = [
                (*mean_interval(few)[1:3], output.mean),
                (bootstrap.low, bootstrap.high, output.mean),
                (order.low, order.high, output.quantile),
                (stop.mean - stop.half_width, stop.mean + stop.half_width, output.mean),
            ]
            covered += [low <= truth <= high for low, high, truth in bounds]
            stops.append(stop.n)
        shares = covered / experiments
        rows.append([output.name, *(f"{share:.3f}" for share in shares), f"{np.mean(stops):.0f}"])
    head = ["output", "t", "bootstrap", f"{QUANTILE:.0%} quantile", "stopped at +-10 %", "replications there"]
    print_table(
        f"Share of 95 % intervals that cover the truth ({REPLICATIONS} replications, or until stopped)", head, rows
    )


# --- (b) selection ----------------------------------------------------------------------------------------------

SYSTEMS = ("best", "second", "third", "fourth", "last")
INDIFFERENCE, ALPHA, DEVIATION, SHARED = 1.0, 0.05, 3.0, 6.0
CASES = {"all others behind by 1": [0.0, -1, -1, -1, -1], "behind by 1, 2, 3, 4": [0.0, -1, -2, -3, -4]}


def clark_yang(outputs: Floats) -> tuple[int, int]:
    """Chosen system and replications of a two-stage procedure for common random numbers (Clark and Yang 1986)."""
    first = outputs[:FIRST_STAGE]
    count = outputs.shape[1]
    largest = max(float(np.var(first[:, i] - first[:, j], ddof=1)) for i in range(count) for j in range(i))
    t = float(t_quantile(1 - ALPHA / (count - 1), FIRST_STAGE - 1))
    n = max(FIRST_STAGE, math.ceil(t**2 * largest / INDIFFERENCE**2))
    return int(outputs[:n].mean(axis=0).argmax()), n * count


def rinott(outputs: Floats, constant: float) -> tuple[int, int]:
    """The same of Rinott's procedure (1978), which each system runs on its own; it is for independent outputs."""
    spread = outputs[:FIRST_STAGE].var(axis=0, ddof=1)
    n = np.maximum(FIRST_STAGE, np.ceil(constant**2 * spread / INDIFFERENCE**2)).astype(int)
    return int(np.argmax([outputs[:each, place].mean() for place, each in enumerate(n)])), int(n.sum())


def rinott_constant(systems: int, first_stage: int, alpha: float) -> float:
    """Rinott's h: the mean over Y of (mean over X of Phi(h / sqrt((n0 - 1)(1 / X + 1 / Y))))^(k - 1) is 1 - alpha.

    X and Y are chi-square with n0 - 1 degrees of freedom; both means are taken by quantiles at equal steps.
    """
    degrees = first_stage - 1
    inverse = 1 / stats.chi2.ppf((np.arange(2000) + 0.5) / 2000, degrees)

    def excess(h: float) -> float:
        pairs = special.ndtr(h / np.sqrt(degrees * (inverse[:, np.newaxis] + inverse)))
        return float((pairs.mean(axis=1) ** (systems - 1)).mean()) - (1 - alpha)

    return float(optimize.brentq(excess, 0.1, 20.0))


def selection(experiments: int) -> None:
    """KN against two procedures that fix the number of runs after a first stage."""
    constant = rinott_constant(len(SYSTEMS), FIRST_STAGE, ALPHA)
    rows = []
    for case, means in CASES.items():
        for shared in (0.0, SHARED):
            found = np.array([_race(seed, means, shared, constant) for seed in range(experiments)])
            right, runs = found[:, ::2].mean(axis=0), found[:, 1::2].mean(axis=0)
            cells = [f"{share:.3f} after {count:,.0f}" for share, count in zip(right, runs, strict=True)]
            rows.append([case, "shared" if shared else "own", *cells])
    head = ["means", "luck", "KN", "Clark and Yang", "Rinott"]
    print_table(
        f"P(best chosen), promised {1 - ALPHA:.2f}, and runs in all: five systems, deviation {DEVIATION:g} of "
        f"their own, {SHARED:g} shared; indifference {INDIFFERENCE:g}",
        head,
        rows,
    )


def _race(seed: int, means: Sequence[float], shared: float, constant: float) -> list[float]:
    rng = np.random.default_rng(seed)
    own = np.asarray(means) + DEVIATION * rng.standard_normal((6000, len(SYSTEMS)))
    outputs = own + shared * rng.standard_normal((6000, 1))
    apart = own + shared * rng.standard_normal((6000, len(SYSTEMS)))  # Rinott's needs other draws for each system

    def observe(systems: Sequence[str], start: int, stop: int) -> Floats:
        return outputs[start:stop, [SYSTEMS.index(system) for system in systems]]

    kn = select_best(observe, SYSTEMS, INDIFFERENCE, ALPHA, at_most=6000, batch=200)
    two_stage, two_stage_runs = clark_yang(outputs)
    alone, alone_runs = rinott(apart, constant)
    return [kn.best == "best", kn.observations, two_stage == 0, two_stage_runs, alone == 0, alone_runs]


# --- (c) common random numbers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two plans that lie close together on a scenario, and the figures they are compared by."""

    scenario: str
    scale: float
    plans: tuple[str, str]
    figures: tuple[str, ...]


SHIP, DELIVERY = ("net_contribution", "service_level_ship"), ("net_contribution", "service_level_delivery")
# Pairs that do nearly the same, and pairs of which one keeps the shop from breaking in surges where the other does not.
PAIRS = (
    Pair("double11", 0.1, ("extra_pickups", "on_alert"), SHIP),
    Pair("double11", 0.1, ("overtime", "extra_pickups"), SHIP),
    Pair("black_friday", 0.3, ("none", "overtime"), DELIVERY),
    Pair("black_friday", 0.3, ("backup_carrier", "none"), DELIVERY),
    Pair("mid_autumn", 1.0, ("overtime", "extra_shift"), SHIP),
    Pair("mid_autumn", 1.0, ("overflow_3pl", "overtime"), SHIP),
)


def common_random_numbers(runs: int) -> None:
    """Replications until the 95 % half-width is half of the difference, on the same draws and on different ones."""
    # The first plan on the draws of one seed, the second on the same ones, and on those of another seed.
    samples = [(pair, plan, runs, seed) for pair in PAIRS for plan, seed in zip((0, 1, 1), (1, 1, 2), strict=True)]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as workers:
        figures = list(workers.map(figures_of, *zip(*samples, strict=True)))
    rows = []
    for pair, one, same, other in zip(PAIRS, figures[::3], figures[1::3], figures[2::3], strict=True):
        for place, figure in enumerate(pair.figures):
            paired, apart = one[:, place] - same[:, place], one[:, place] - other[:, place]
            mean, low, high, _ = mean_interval(paired)
            unknown = low <= 0 <= high  # not even the sign of the difference is known
            needed = [
                "-" if unknown else f"{replications_needed(mean, float(each.std(ddof=1))):,}"
                for each in (paired, apart)
            ]
            rows.append(
                [
                    f"{pair.scenario} x {pair.scale:g}",
                    " - ".join(pair.plans),
                    figure,
                    f"{mean:,.4g} ({low:,.4g} .. {high:,.4g})",
                    f"{paired.std(ddof=1):,.3g}",
                    f"{apart.std(ddof=1):,.3g}",
                    *needed,
                    f"{apart.var(ddof=1) / paired.var(ddof=1):.1f} x",
                ]
            )
    head = ["scenario", "difference", "figure", f"over {runs} pairs (95 %)", "sd same", "sd apart"]
    print_table(
        "Replications until the half-width is half of the difference, on the same draws and on draws apart",
        [*head, "same", "apart", "variances"],
        rows,
    )


def figures_of(pair: Pair, which: int, runs: int, seed: int) -> Floats:
    """Figures of so many replications of one plan of the pair; shape (runs, figures)."""
    scenario = sim.load_scenario(pair.scenario, overrides=[f"scale={pair.scale:g}"])
    plan = sim.load_plan(pair.plans[which])
    rows = []
    for replication in range(runs):
        found = kpi_values(sim.simulate(scenario, plan, sim.sample(scenario, seed=seed, replication=replication)))
        rows.append([found[figure] for figure in pair.figures])
    return np.array(rows, dtype=float)


def replications_needed(difference: float, deviation: float) -> int:
    """Fewest replications whose t interval of 95 % is on each side no wider than half of the difference."""
    target = abs(difference) / 2
    n = max(2, math.ceil((1.959964 * deviation / target) ** 2))  # with a known deviation: never too many
    while float(t_quantile(0.975, n - 1)) * deviation / math.sqrt(n) > target:
        n += 1
    return n


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=1000, help="synthetic experiments of (a) and (b)")
    parser.add_argument("--runs", type=int, default=100, help="replications of each plan in (c)")
    parser.add_argument("--parts", default="abc", help="which parts: a, b, c or several of them")
    given = parser.parse_args(arguments)
    print(machine())
    if "a" in given.parts:
        coverage(given.experiments)
    if "b" in given.parts:
        selection(given.experiments)
    if "c" in given.parts:
        common_random_numbers(given.runs)


if __name__ == "__main__":
    main()
