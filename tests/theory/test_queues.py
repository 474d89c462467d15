"""The engine against closed forms, in the steady state and in the limit of many orders.

Each replication gives one value of each figure; their mean is held against theory in units of its standard error.
Over all closed-form figures of this file together a right engine exceeds the bound less than once in 10,000
(Bonferroni, Student's t with the right degrees of freedom). Seeds are fixed, so the outcome is the same in every run;
the tests of closed forms also show that a model wrong by a few per cent would not pass.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import sim
from benchmarks.common import reduced
from sim.indicators import kpi_values
from sim.ledger import Ledger
from sim.scenario.demand import Campaign, Demand, Profile
from sim.scenario.people import Labour, Shift
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Picking, Site
from sim.scenario.types import Shape
from sim.series import hourly
from sim.theory import (
    AbandonmentFigures,
    QueueFigures,
    erlang_a,
    fluid_overload,
    mmc,
    pollaczek_khinchine,
)

REPLICATIONS = 30
RATE_PER_H = 600.0
# Four relaxation times of the slowest queue are 1,400 arrivals; the window crosses a midnight, where shifts change.
WINDOW = (
    "textbook.warmup_h=8.0",
    "textbook.horizon_h=26.0",
    "window.run_on_h=1.0",
    f"textbook.arrival_rate_per_h={RATE_PER_H}",
)

ERLANG_C = [(1, 0.5), (1, 0.8), (2, 0.7), (5, 0.8), (10, 0.85), (20, 0.9)]  # servers, utilisation
ERLANG_A = [(1, 0.6, 1.0), (3, 0.9, 0.5), (5, 1.3, 2.0), (20, 1.0, 1.0)]  # servers, load per server, patience / service
SERVICES = ["deterministic", "gamma_smooth", "gamma_rough", "lognormal", "empirical"]
SHAPES = {
    "deterministic": ("{distribution: deterministic}", 0.0),
    "gamma_smooth": ("{distribution: gamma, cv: 0.5}", 0.5),
    "gamma_rough": ("{distribution: gamma, cv: 1.5}", 1.5),
    "lognormal": ("{distribution: lognormal, cv: 1.0}", 1.0),
}
OBSERVED_MIN = np.array([0.02, 0.03, 0.03, 0.05, 0.06, 0.08, 0.1, 0.1, 0.15, 0.2])  # mean 0.082
ONE_SERVER = 0.7  # utilisation of M/G/1

FAMILY = 4 * (len(ERLANG_C) + len(ERLANG_A) + len(SERVICES))
BOUND = float(stats.t.ppf(1 - 1e-4 / (2 * FAMILY), REPLICATIONS - 1))

NOTHING_DONE = Plan(name="none")
Figures = dict[str, NDArray[np.float64]]


def simulated(scenario: Scenario, replication: int = 0, seed: int = 1) -> Ledger:
    return sim.simulate(scenario, NOTHING_DONE, sim.sample(scenario, seed=seed, replication=replication))


def errors(figures: Figures, theory: QueueFigures | AbandonmentFigures) -> dict[str, float]:
    """Distance of each mean from theory in standard errors."""
    return {
        name: (values.mean() - getattr(theory, name)) / (values.std(ddof=1) / np.sqrt(len(values)))
        for name, values in figures.items()
    }


def beyond(figures: Figures, theory: QueueFigures | AbandonmentFigures) -> dict[str, float]:
    """Figures whose distance exceeds the bound."""
    return {name: error for name, error in errors(figures, theory).items() if not abs(error) <= BOUND}


# ------------------------------------------------------------------------------------- one station: M/M/c, M/G/1


def picking_figures(seed: int, *overrides: str) -> Figures:
    """Figures of every replication of `textbook_mmc`, shape (replications,) each."""
    scenario = sim.load_scenario("textbook_mmc", overrides=[*WINDOW, *overrides])
    names = {
        "mean_wait_min": "mean_wait_picking_min",
        "waiting_probability": "wait_share_picking",
        "utilisation": "utilisation_picking",
        "mean_queue_length": "mean_queue_picking_orders",
    }
    rows = [kpi_values(simulated(scenario, replication, seed)) for replication in range(REPLICATIONS)]
    return {name: np.array([row[kpi] for row in rows]) for name, kpi in names.items()}


@lru_cache
def erlang_c_figures(servers: int, utilisation: float) -> Figures:
    service_min = 60 * servers * utilisation / RATE_PER_H
    seed = ERLANG_C.index((servers, utilisation)) + 1
    return picking_figures(seed, f"textbook.servers={servers}", f"textbook.mean_service_min={service_min!r}")


@pytest.mark.long
@pytest.mark.parametrize(("servers", "utilisation"), ERLANG_C)
def test_erlang_c(servers: int, utilisation: float) -> None:
    theory = mmc(RATE_PER_H, 60 * servers * utilisation / RATE_PER_H, servers)
    assert beyond(erlang_c_figures(servers, utilisation), theory) == {}


@pytest.mark.long
@pytest.mark.parametrize(("servers", "utilisation"), ERLANG_C)
def test_a_mean_service_wrong_by_three_per_cent_is_noticed(servers: int, utilisation: float) -> None:
    """The bounds are wide enough never to cry wolf; are they narrow enough to be of use?"""
    wrong = mmc(RATE_PER_H, 1.03 * 60 * servers * utilisation / RATE_PER_H, servers)
    assert "utilisation" in beyond(erlang_c_figures(servers, utilisation), wrong)


@pytest.mark.long
@pytest.mark.parametrize("name", SERVICES)
def test_pollaczek_khinchine(name: str, tmp_path: Path) -> None:
    if name == "empirical":
        file = tmp_path / "observed.csv"
        file.write_text("minutes\n" + "\n".join(map(str, OBSERVED_MIN)), encoding="utf-8")
        mean_min, cv = float(OBSERVED_MIN.mean()), float(OBSERVED_MIN.std() / OBSERVED_MIN.mean())
        shape = f"{{distribution: empirical, file: '{file.as_posix()}'}}"
        mean_given = "site.picking.setup_min=0.0"  # the file brings it
    else:
        mean_min = 60 * ONE_SERVER / RATE_PER_H
        shape, cv = SHAPES[name]
        mean_given = f"textbook.mean_service_min={mean_min!r}"
    seed = 100 + SERVICES.index(name)
    figures = picking_figures(seed, "textbook.servers=1", f"textbook.service={shape}", mean_given)
    assert beyond(figures, pollaczek_khinchine(RATE_PER_H, mean_min, cv)) == {}
    assert beyond(figures, pollaczek_khinchine(RATE_PER_H, 1.03 * mean_min, cv)) != {}


# ------------------------------------------------------------------------------------------- the desk: M/M/c+M


def desk_figures(seed: int, *overrides: str) -> Figures:
    """Figures of every replication of `textbook_desk`, over contacts made in the window."""
    scenario = sim.load_scenario("textbook_desk", overrides=[*WINDOW, *overrides])
    rows = []
    for replication in range(REPLICATIONS):
        ledger = simulated(scenario, replication, seed)
        kpis = kpi_values(ledger)
        contacts = ledger.tables["contacts"]
        arrived = contacts["arrived_min"]
        inside = (arrived >= scenario.measure_from_min) & (arrived < scenario.measure_to_min)
        wait = (np.fmin(contacts["answered_min"], contacts["gave_up_min"]) - arrived)[inside]
        rows.append((kpis["abandonment_share"], wait.mean(), np.mean(wait > 0), kpis["utilisation_desk"]))
    names = ("abandonment_share", "mean_wait_min", "waiting_probability", "utilisation")
    return dict(zip(names, np.array(rows).T, strict=True))


@pytest.mark.long
@pytest.mark.parametrize(("servers", "load_per_server", "patience"), ERLANG_A)
def test_erlang_a(servers: int, load_per_server: float, patience: float) -> None:
    service_min = 60 * servers * load_per_server / RATE_PER_H
    patience_min = patience * service_min
    figures = desk_figures(
        200 + servers,
        f"textbook.servers={servers}",
        f"textbook.mean_service_min={service_min!r}",
        f"textbook.mean_patience_min={patience_min!r}",
    )
    assert beyond(figures, erlang_a(RATE_PER_H, service_min, servers, patience_min)) == {}
    assert beyond(figures, erlang_a(RATE_PER_H, 1.03 * service_min, servers, patience_min)) != {}
    assert beyond(figures, erlang_a(RATE_PER_H, service_min, servers, 1.2 * patience_min)) != {}


# ---------------------------------------------------------------------------------------------------- arrivals


SHARES = [2.0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 5, 5, 5, 5, 5, 5, 6, 7, 8, 8, 6, 4]
FACTORS = [1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 0.5]
UPLIFT = 3.0


def profile_with_campaign() -> Scenario:
    """Four days, the third at three times the ordinary rate; the uplift is certain."""
    return Scenario(
        name="profile",
        window=Window(measure_from=0.0, measure_to=96.0),
        demand=Demand(
            profile=Profile(per_day=1000.0, hour_shares=SHARES, weekday_factors=FACTORS),
            campaign=Campaign(start=48.0, end=72.0, uplift=UPLIFT, uplift_cv=0.0),
        ),
        site=Site(picking=Picking(setup_min=1.0), labour=Labour(regime="none")),
    )


def test_counts_per_hour_are_poisson() -> None:
    """Means by hour, and scatter between replications, both by chi-square; too good a fit is as wrong as a bad one."""
    scenario = profile_with_campaign()
    day = np.array(FACTORS[:4]) / np.mean(FACTORS) * [1, 1, UPLIFT, 1]  # the default start is a Monday
    expected = (1000.0 * day[:, None] * np.array(SHARES) / np.sum(SHARES)).ravel()
    edges = np.arange(97) * 60.0
    counts = np.array(
        [np.histogram(sim.sample(scenario, seed=7, replication=k).placed_min, edges)[0] for k in range(REPLICATIONS)]
    )
    total = REPLICATIONS * expected
    of_means = float(np.sum((counts.sum(axis=0) - total) ** 2 / total))
    assert 0.001 < stats.chi2.sf(of_means, len(expected)) < 0.999
    of_scatter = float(np.sum((counts - expected) ** 2 / expected))
    assert 0.001 < stats.chi2.sf(of_scatter, counts.size) < 0.999
    wrong = 1.03 * total
    assert stats.chi2.sf(float(np.sum((counts.sum(axis=0) - wrong) ** 2 / wrong)), len(expected)) < 0.001


def test_arrivals_within_an_hour_are_uniform_and_independent() -> None:
    """Given the count, Poisson arrivals are uniform: minutes of the hour, and gaps that are exponential."""
    scenario = profile_with_campaign()
    placed = [sim.sample(scenario, seed=7, replication=k).placed_min for k in range(REPLICATIONS)]
    minute = np.histogram(np.concatenate(placed) % 60, 60, (0, 60))[0]
    assert 0.001 < stats.chisquare(minute).pvalue < 0.999
    noon = [times[(times >= 660) & (times < 720)] for times in placed]  # 11 to 12 on the first day
    gaps = np.concatenate([np.diff(times) * len(times) / 60 for times in noon])
    assert stats.kstest(gaps, "expon").pvalue > 0.001


# ------------------------------------------------------------------------------------------------- Little's law


def area(begin: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Area under the number present, from the sorted comings and goings; NaN never comes, or never goes."""
    times = np.concatenate([begin, end])
    steps = np.concatenate([np.ones(len(begin)), -np.ones(len(end))])
    known = ~np.isnan(times)
    order = np.argsort(times[known], kind="stable")
    times, number = times[known][order], np.cumsum(steps[known][order])
    return float(np.sum(number[:-1] * np.diff(times)))


def stages(ledger: Ledger) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Begin and end of every stay, by series of `hourly`."""
    orders: dict[str, Any] = dict(ledger.tables["orders"])
    contacts: dict[str, Any] = dict(ledger.tables["contacts"])
    unpicked = np.where(np.isnan(orders["pick_start_min"]), orders["cancelled_min"], orders["pick_start_min"])
    put_aside = orders["cancelled_min"] <= orders["pick_end_min"]  # cancelled while a picker had it
    picked = np.where(put_aside, np.nan, orders["pick_end_min"])
    given_up = np.where(np.isnan(picked), np.nan, orders["cancelled_min"])
    return {
        "backlog_orders": (orders["placed_min"], np.fmin(orders["picked_up_min"], orders["cancelled_min"])),
        "queue_picking": (orders["released_min"], unpicked),
        "busy_picking": (orders["pick_start_min"], orders["pick_end_min"]),
        "queue_packing": (picked, np.fmin(orders["pack_start_min"], given_up)),
        "busy_packing": (orders["pack_start_min"], orders["pack_end_min"]),
        "queue_dock": (orders["pack_end_min"], orders["picked_up_min"]),
        "queue_desk": (contacts["arrived_min"], np.fmin(contacts["answered_min"], contacts["gave_up_min"])),
        "busy_desk": (contacts["answered_min"], contacts["ended_min"]),
    }


@pytest.mark.parametrize("cancel_share", [0.0, 0.3])
def test_littles_law_is_exact_from_empty_to_empty(cancel_share: float) -> None:
    """L T = lambda T W on every stage: area under the number present = sum of the stays."""
    ledger = simulated(reduced(1500, cancel_share=cancel_share, capacity=200, run_days=5))
    series = hourly(ledger)
    assert series["backlog_orders"][-1] == series["queue_desk"][-1] == series["busy_desk"][-1] == 0
    for name, (begin, end) in stages(ledger).items():
        stays = float(np.nansum(end - begin))
        assert stays > 0
        assert area(begin, end) == pytest.approx(stays, rel=1e-9), name
        assert 60 * series[name].sum() == pytest.approx(stays, rel=1e-9), name


def test_littles_law_is_near_in_any_long_window() -> None:
    """Who straddles the edges of the window is all that parts L from lambda W."""
    overrides = [*WINDOW, "textbook.servers=5", "textbook.mean_service_min=0.4"]
    values = kpi_values(simulated(sim.load_scenario("textbook_mmc", overrides=overrides)))
    rate_per_min = values["orders_accepted"] / (18 * 60)
    expected = rate_per_min * values["mean_wait_picking_min"]
    assert values["mean_queue_picking_orders"] == pytest.approx(expected, rel=0.02)


# --------------------------------------------------------------------------------------------------- the fluid


CAPACITY_PER_H, BASE_PER_H, SURGE_PER_H = 120.0, 60.0, 300.0


def overload(scale: float) -> Scenario:
    """Four hours of surge at 2.5 times the capacity; the rest of the day half of it."""
    rates = [BASE_PER_H] * 8 + [SURGE_PER_H] * 4 + [BASE_PER_H] * 12
    return Scenario(
        name="overload",
        scale=scale,
        window=Window(measure_from=0.0, measure_to=28.0),
        demand=Demand(profile=Profile(per_day=sum(rates), hour_shares=rates)),
        site=Site(
            picking=Picking(
                setup_min=1.0,
                service=Shape(distribution="exponential"),
                shifts={"always": Shift(start=0.0, end=1440.0, headcount=2)},
                end_of_shift="hand_over",
            ),
            labour=Labour(regime="none"),
        ),
    )


def test_overload_converges_to_the_fluid() -> None:
    """Backlog / n approaches the fluid as n grows, at the rate of 1 / sqrt(n) that the central limit theorem says."""
    fluid = fluid_overload([0, 480, 720], [BASE_PER_H, SURGE_PER_H, BASE_PER_H], CAPACITY_PER_H)
    assert (fluid.peak_backlog, fluid.peak_min, fluid.clear_min) == (720, 720, 1440)
    grid = np.arange(0, 1680, 15.0)
    expected = np.interp(grid, fluid.time_min, fluid.backlog)
    distance = {}
    for scale in (1.0, 8.0, 64.0):
        orders = simulated(overload(scale)).tables["orders"]
        waiting = np.searchsorted(orders["placed_min"], grid) - np.searchsorted(np.sort(orders["pick_start_min"]), grid)
        distance[scale] = float(np.abs(waiting / scale - expected).max()) / fluid.peak_backlog
        orders_moved = 2 * np.sum([BASE_PER_H * 8, SURGE_PER_H * 4, BASE_PER_H * 12])  # arrivals and services
        assert distance[scale] < 5 * np.sqrt(orders_moved / scale) / fluid.peak_backlog
    assert distance[64.0] < 0.06
    assert distance[64.0] < distance[1.0] / 2
