"""The closed forms themselves: published figures, identities between them, and their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.errors import UnstableQueueError
from sim.theory import (
    allen_cunneen,
    erlang_a,
    erlang_b,
    erlang_c,
    fluid_overload,
    little,
    mmc,
    offered_load,
    pollaczek_khinchine,
)

# ------------------------------------------------------------------------------------------- published figures


@pytest.mark.parametrize(
    ("load", "servers", "blocked"),
    [
        # Printed traffic tables, e.g. ITU-D Teletraffic Engineering Handbook; loads to three figures, hence 1 %
        (4.46, 10, 0.01),
        (12.0, 20, 0.01),
        (37.9, 50, 0.01),
        (84.1, 100, 0.01),
        (8.108, 15, 0.01),  # the worked example of Westbay's Erlang B calculator
    ],
)
def test_erlang_b_agrees_with_printed_tables(load: float, servers: int, blocked: float) -> None:
    assert erlang_b(load, servers) == pytest.approx(blocked, rel=0.025)


def test_mmc_agrees_with_the_eye_clinic() -> None:
    """Gross et al. (2008), chapter 2: 6 patients an hour, 20 minutes each, 3 doctors: Lq = 8/9, rho = 2/3."""
    clinic = mmc(6.0, 20.0, 3)
    assert clinic.mean_queue_length == pytest.approx(8 / 9)
    assert clinic.mean_wait_min == pytest.approx(60 * 8 / 54)
    assert clinic.waiting_probability == pytest.approx(4 / 9)
    assert clinic.utilisation == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("servers", "queue", "wait_h", "utilisation"), [(1, 4 / 3, 2 / 3, 2 / 3), (2, 1 / 12, 1 / 24, 1 / 3)]
)
def test_mmc_agrees_with_the_county_hospital(servers: int, queue: float, wait_h: float, utilisation: float) -> None:
    """Hillier and Lieberman, Introduction to Operations Research, queueing chapter: lambda 2, mu 3 an hour."""
    ward = mmc(2.0, 20.0, servers)
    assert ward.mean_queue_length == pytest.approx(queue)
    assert ward.mean_wait_min == pytest.approx(60 * wait_h)
    assert ward.utilisation == pytest.approx(utilisation)


def test_erlang_a_agrees_with_garnett_mandelbaum_reiman() -> None:
    """Garnett et al. (2002), introduction: 50 agents, 48 calls a minute of 1 minute, patience 2 minutes.

    3.1 % abandon, mean wait 3.7 s, agents busy 93 %; without abandonment 20.8 s and 96 %.
    """
    impatient = erlang_a(48 * 60, 1.0, 50, 2.0)
    assert round(100 * impatient.abandonment_share, 1) == 3.1
    assert round(60 * impatient.mean_wait_min, 1) == 3.7
    assert round(100 * impatient.utilisation) == 93
    patient = mmc(48 * 60, 1.0, 50)
    assert round(60 * patient.mean_wait_min, 1) == 20.8
    assert round(100 * patient.utilisation) == 96


# ------------------------------------------------------------------------------------------------- sums by hand


@pytest.mark.parametrize(("load", "servers"), [(0.3, 1), (2.0, 3), (7.5, 8), (15.0, 10), (0.0, 4)])
def test_erlang_b_is_the_ratio_of_sums(load: float, servers: int) -> None:
    terms = [load**count / math.factorial(count) for count in range(servers + 1)]
    assert erlang_b(load, servers) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


@pytest.mark.parametrize(("load", "servers"), [(0.3, 1), (2.0, 3), (7.5, 8)])
def test_erlang_c_is_the_ratio_of_sums(load: float, servers: int) -> None:
    below = sum(load**count / math.factorial(count) for count in range(servers))
    tail = load**servers / math.factorial(servers) * servers / (servers - load)
    assert erlang_c(load, servers) == pytest.approx(tail / (below + tail), rel=1e-12)


@pytest.mark.parametrize("patience_min", [0.2, 3.0, 40.0])
@pytest.mark.parametrize(("rate", "service_min", "servers"), [(30.0, 5.0, 3), (60.0, 4.0, 3), (5.0, 6.0, 1)])
def test_erlang_a_balances_its_flows(rate: float, service_min: float, servers: int, patience_min: float) -> None:
    """Every state's flow up equals the flow down; the chain solved here as a dense linear system."""
    size = 400
    up = np.full(size - 1, rate / 60)
    count = np.arange(1, size)
    down = np.minimum(count, servers) / service_min + np.maximum(count - servers, 0) / patience_min
    generator = np.diag(up, 1) + np.diag(down, -1)
    generator -= np.diag(generator.sum(axis=1))
    equations = np.vstack([generator.T, np.ones(size)])
    states = np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0]
    queue = float(np.maximum(np.arange(size) - servers, 0) @ states)
    figures = erlang_a(rate, service_min, servers, patience_min)
    assert figures.mean_queue_length == pytest.approx(queue, rel=1e-8)
    assert figures.waiting_probability == pytest.approx(states[servers:].sum(), rel=1e-8)
    assert figures.abandonment_share == pytest.approx(queue / patience_min / (rate / 60), rel=1e-8)
    assert figures.mean_wait_min == pytest.approx(queue / (rate / 60), rel=1e-8)
    assert figures.utilisation == pytest.approx(np.minimum(np.arange(size), servers) @ states / servers, rel=1e-8)


# --------------------------------------------------------------------------------------- identities and limits


@pytest.mark.parametrize("utilisation", [0.1, 0.5, 0.9, 0.99])
def test_one_exponential_server(utilisation: float) -> None:
    queue = mmc(60.0 * utilisation, 1.0, 1)
    assert queue.waiting_probability == pytest.approx(utilisation)
    assert queue.mean_queue_length == pytest.approx(utilisation**2 / (1 - utilisation))
    assert queue == pollaczek_khinchine(60.0 * utilisation, 1.0, 1.0)


def test_deterministic_service_halves_the_wait() -> None:
    assert pollaczek_khinchine(48.0, 1.0, 0.0).mean_wait_min == pytest.approx(mmc(48.0, 1.0, 1).mean_wait_min / 2)


def test_pollaczek_khinchine_from_the_second_moment() -> None:
    rate_per_min, mean, cv = 0.7, 1.2, 2.0
    second_moment = mean**2 * (1 + cv**2)
    wait = rate_per_min * second_moment / (2 * (1 - rate_per_min * mean))
    assert pollaczek_khinchine(60 * rate_per_min, mean, cv).mean_wait_min == pytest.approx(wait)


def test_allen_cunneen_scales_erlang_c_by_variability() -> None:
    exact = mmc(100.0, 5.0, 10)
    smooth = allen_cunneen(100.0, 5.0, 10, arrival_cv=0.0, service_cv=0.5)
    assert smooth.mean_wait_min == pytest.approx(exact.mean_wait_min * 0.125)
    assert allen_cunneen(100.0, 5.0, 10) == exact


@pytest.mark.parametrize(("rate", "service_min", "servers"), [(9.0, 5.0, 1), (100.0, 5.0, 10), (2820.0, 1.0, 50)])
def test_erlang_a_becomes_erlang_c_as_patience_grows(rate: float, service_min: float, servers: int) -> None:
    patient = mmc(rate, service_min, servers)
    nearly = erlang_a(rate, service_min, servers, 1e9)
    assert nearly.mean_wait_min == pytest.approx(patient.mean_wait_min, rel=1e-5)
    assert nearly.waiting_probability == pytest.approx(patient.waiting_probability, rel=1e-5)
    assert nearly.abandonment_share == pytest.approx(0, abs=1e-7)
    assert erlang_a(rate, service_min, servers, math.inf).mean_wait_min == patient.mean_wait_min


@pytest.mark.parametrize(("rate", "service_min", "servers"), [(9.0, 5.0, 1), (300.0, 5.0, 10), (2820.0, 1.0, 50)])
def test_erlang_a_becomes_erlang_b_as_patience_vanishes(rate: float, service_min: float, servers: int) -> None:
    blocked = erlang_b(offered_load(rate, service_min), servers)
    assert erlang_a(rate, service_min, servers, 1e-9).abandonment_share == pytest.approx(blocked, rel=1e-6)
    assert erlang_a(rate, service_min, servers, 0.0).abandonment_share == blocked


def test_overloaded_desk_loses_what_it_cannot_serve() -> None:
    """Fluid limit: with many servers 1 - 1/rho of the callers give up, after waiting that share of patience."""
    figures = erlang_a(60.0 * 2e4, 1.0, 10_000, 5.0)
    assert figures.abandonment_share == pytest.approx(0.5, rel=1e-6)
    assert figures.mean_wait_min == pytest.approx(2.5, rel=1e-6)
    assert figures.waiting_probability == pytest.approx(1.0)


def test_equal_rates_of_service_and_giving_up_make_a_poisson_queue() -> None:
    """With patience as long as service, M/M/c+M is M/M/infinity: the number present is Poisson."""
    load, servers = 6.0, 5
    figures = erlang_a(60 * load, 1.0, servers, 1.0)
    poisson = [math.exp(-load) * load**count / math.factorial(count) for count in range(60)]
    queue = sum((count - servers) * share for count, share in enumerate(poisson) if count > servers)
    assert figures.waiting_probability == pytest.approx(sum(poisson[servers:]), rel=1e-12)
    assert figures.mean_queue_length == pytest.approx(queue, rel=1e-12)


@pytest.mark.parametrize("servers", [1_000, 100_000])
def test_many_servers_do_not_overflow(servers: int) -> None:
    busy = servers - math.sqrt(servers)  # the quality-and-efficiency regime: beta = 1
    halfin_whitt = 1 / (1 + math.sqrt(2 * math.pi) * 0.8413447460685429 * math.exp(0.5))
    assert erlang_c(busy, servers) == pytest.approx(halfin_whitt, rel=0.02)
    assert erlang_b(2.0 * servers, servers) == pytest.approx(0.5, rel=2 / servers)
    figures = erlang_a(60 * busy, 1.0, servers, 3.0)
    assert 0 < figures.abandonment_share < 0.1
    assert figures.abandonment_share == pytest.approx(figures.mean_wait_min / 3.0, rel=1e-9)


def test_little_gives_the_queue_length() -> None:
    queue = mmc(100.0, 5.0, 10)
    assert little(100.0, queue.mean_wait_min) == pytest.approx(queue.mean_queue_length)
    assert little(100.0, 0.0) == 0


# ---------------------------------------------------------------------------------------------------- the fluid


def test_fluid_backlog_of_one_surge() -> None:
    """Two hours of 300 an hour against 100: 400 wait at the end, gone after 400 / (100 - 20) = 5 hours."""
    surge = fluid_overload([0, 60, 180], [50, 300, 20], 100)
    assert (surge.peak_backlog, surge.peak_min) == (400, 180)
    assert surge.clear_min == 180 + 300
    assert surge.time_to_clear_min == 300
    np.testing.assert_array_equal(surge.time_min, [0, 60, 180, 480])
    np.testing.assert_array_equal(surge.backlog, [0, 0, 400, 0])


def test_fluid_backlog_of_two_peaks_with_a_change_of_capacity() -> None:
    surge = fluid_overload([0, 60, 120, 180], [160, 60, 200, 10], [100, 100, 150, 70], backlog=10)
    np.testing.assert_allclose(surge.time_min, [0, 60, 120, 180, 260])
    np.testing.assert_allclose(surge.backlog, [10, 70, 30, 80, 0])
    assert (surge.peak_backlog, surge.peak_min, surge.clear_min) == pytest.approx((80, 180, 260))


def test_fluid_that_runs_empty_between_two_peaks_clears_after_the_first() -> None:
    surge = fluid_overload([0, 60, 240, 300], [200, 50, 150, 0], 100)
    assert (surge.peak_backlog, surge.clear_min) == (100, 180)
    np.testing.assert_allclose(surge.time_min, [0, 60, 180, 240, 300, 330])
    np.testing.assert_allclose(surge.backlog, [0, 100, 0, 0, 50, 0])


def test_fluid_without_end() -> None:
    growing = fluid_overload([0], [101], 100)
    assert math.isinf(growing.peak_backlog)
    assert math.isinf(growing.time_to_clear_min)
    standing = fluid_overload([0, 60], [200, 100], 100)
    assert standing.peak_backlog == 100
    assert math.isinf(standing.clear_min)


def test_fluid_that_never_queues() -> None:
    idle = fluid_overload([0, 60], [10, 20], 100)
    assert (idle.peak_backlog, idle.time_to_clear_min) == (0, 0)


# ------------------------------------------------------------------------------------------------------- errors


def test_unstable_queues_are_refused() -> None:
    with pytest.raises(UnstableQueueError, match=r"load\(=3\) must be < servers\(=3\)"):
        erlang_c(3.0, 3)
    with pytest.raises(UnstableQueueError):
        mmc(60.0, 1.0, 1)
    with pytest.raises(UnstableQueueError):
        pollaczek_khinchine(61.0, 1.0, 0.0)
    with pytest.raises(UnstableQueueError):
        erlang_a(60.0, 1.0, 1, math.inf)


def test_senseless_figures_are_refused() -> None:
    with pytest.raises(ValueError, match=r"servers\(=0\) must be >= 1"):
        erlang_c(0.5, 0)
    with pytest.raises(ValueError, match=r"servers\(=0\) must be >= 1"):
        erlang_a(10.0, 1.0, 0, 1.0)
    with pytest.raises(ValueError, match=r"load\(=-1\) must be >= 0"):
        erlang_b(-1, 2)
    with pytest.raises(ValueError, match=r"mean_service_min\(=0\) must be > 0"):
        mmc(1.0, 0, 2)
    with pytest.raises(ValueError, match=r"service_cv\(=-1\) must be >= 0"):
        pollaczek_khinchine(1.0, 1.0, -1)
    with pytest.raises(ValueError, match=r"mean_patience_min\(=-2\) must be >= 0"):
        erlang_a(1.0, 1.0, 1, -2)
    with pytest.raises(ValueError, match="starts_min"):
        fluid_overload([0, 0], [1, 1], 1)
    with pytest.raises(ValueError, match="rate_per_h"):
        fluid_overload([0], [-1], 1)
