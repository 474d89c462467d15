"""Closed forms of queueing theory, used to check the simulation and to teach with it.

Every queue here has Poisson arrivals at a constant rate, identical servers, one line served first come first
served, unlimited room, and is looked at in the steady state. Rates are per hour and durations in minutes, as in
the knobs of the ``textbook_*`` scenarios; offered load is in erlangs (arrival rate times mean service time).
The fluid model treats orders as a liquid: no chance, only rates that change from time to time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import UnstableQueueError

MINUTES_PER_HOUR = 60.0
# Beyond this many standard deviations from its mode the queue of Erlang A holds less than rounding error.
_TAIL_DEVIATIONS = 10.0
_TAIL_STATES = 100
_TAIL_LOG = 45.0


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Steady state of a queue in which everybody waits until served.

    Parameters
    ----------
    mean_wait_min
        Mean time from arrival to the beginning of service, over all arrivals, in minutes.
    waiting_probability
        Probability that an arrival finds no server free, in [0, 1].
    utilisation
        Busy time / available time of the servers, in [0, 1).
    mean_queue_length
        Time-average number waiting, those in service left out.
    """

    mean_wait_min: float
    waiting_probability: float
    utilisation: float
    mean_queue_length: float


@dataclass(frozen=True, slots=True)
class AbandonmentFigures:
    """Steady state of a queue whose customers give up.

    Parameters
    ----------
    abandonment_share
        Arrivals that leave unserved / all arrivals, in [0, 1].
    mean_wait_min
        Mean time in the queue over all arrivals, those who gave up included, in minutes.
    waiting_probability
        Probability that an arrival finds no server free, in [0, 1].
    utilisation
        Busy time / available time of the servers, in [0, 1].
    mean_queue_length
        Time-average number waiting.
    """

    abandonment_share: float
    mean_wait_min: float
    waiting_probability: float
    utilisation: float
    mean_queue_length: float


@dataclass(frozen=True, slots=True)
class FluidOverload:
    """Backlog of the fluid model over time.

    Parameters
    ----------
    time_min, backlog
        Corners of the piecewise linear backlog, shape (corners,): minutes and orders.
    peak_backlog, peak_min
        Largest backlog and the first time it is reached; infinite when the last stretch is overloaded.
    clear_min
        First time after the peak at which the backlog is zero; infinite when it never is.
    """

    time_min: NDArray[np.float64]
    backlog: NDArray[np.float64]
    peak_backlog: float
    peak_min: float
    clear_min: float

    @property
    def time_to_clear_min(self) -> float:
        """Minutes from the peak until the backlog is gone."""
        return self.clear_min - self.peak_min if math.isfinite(self.clear_min) else math.inf


def offered_load(arrival_rate_per_h: float, mean_service_min: float) -> float:
    """Work that arrives per unit of time, in erlangs (servers needed if none were ever idle).

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, > 0.
    mean_service_min
        Mean service time in minutes, > 0.

    Returns
    -------
    Erlangs.

    Raises
    ------
    ValueError
        If a parameter lies outside its range.
    """
    _must(arrival_rate_per_h > 0, "arrival_rate_per_h", arrival_rate_per_h, "> 0")
    _must(mean_service_min > 0, "mean_service_min", mean_service_min, "> 0")
    return arrival_rate_per_h * mean_service_min / MINUTES_PER_HOUR


def little(arrival_rate_per_h: float, mean_time_min: float) -> float:
    """Mean number present, from the rate of arrivals and the mean time each stays: L = lambda W.

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, >= 0.
    mean_time_min
        Mean time from arrival to leaving, in minutes, >= 0.

    Returns
    -------
    Time-average number present.

    References
    ----------
    Little (1961), A proof for the queuing formula L = lambda W, Operations Research 9(3), 383-387
    """
    return arrival_rate_per_h * mean_time_min / MINUTES_PER_HOUR


def erlang_b(load: float, servers: int) -> float:
    """Probability that an arrival is turned away in M/M/c/c (no room to wait).

    Parameters
    ----------
    load
        Offered load in erlangs, >= 0; may exceed `servers`.
    servers
        Parallel servers, >= 0.

    Returns
    -------
    Dimensionless, in [0, 1].

    Raises
    ------
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Gross et al. (2008), Fundamentals of Queueing Theory, chapter 2 (Erlang's loss formula)
    """
    _must(load >= 0, "load", load, ">= 0")
    _must(servers >= 0, "servers", servers, ">= 0")
    blocked = 1.0
    for count in range(1, servers + 1):  # a ratio of two sums that would overflow if they were formed
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability that an arrival waits in M/M/c.

    Parameters
    ----------
    load
        Offered load lambda * E[S], in erlangs; must be below `servers`.
    servers
        Parallel servers, >= 1.

    Returns
    -------
    Dimensionless, in [0, 1].

    Raises
    ------
    UnstableQueueError
        If load >= servers.
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Gross et al. (2008), Fundamentals of Queueing Theory, eq. 2.34
    """
    _must(servers >= 1, "servers", servers, ">= 1")
    if load >= servers:
        raise UnstableQueueError(f"load(={load:g}) must be < servers(={servers}): the queue would grow without end")
    blocked = erlang_b(load, servers)
    return servers * blocked / (servers - load * (1.0 - blocked))


def mmc(arrival_rate_per_h: float, mean_service_min: float, servers: int) -> QueueFigures:
    """Steady state of M/M/c: exponential service by `servers` parallel servers.

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, > 0.
    mean_service_min
        Mean service time in minutes, > 0.
    servers
        Parallel servers, >= 1.

    Returns
    -------
    Mean wait, waiting probability, utilisation and mean queue length.

    Raises
    ------
    UnstableQueueError
        If the offered load is not below `servers`.
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Gross et al. (2008), Fundamentals of Queueing Theory, chapter 2 (multiserver queues)
    """
    return allen_cunneen(arrival_rate_per_h, mean_service_min, servers, service_cv=1.0)


def pollaczek_khinchine(arrival_rate_per_h: float, mean_service_min: float, service_cv: float) -> QueueFigures:
    """Steady state of M/G/1: one server, any service time with a finite variance.

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, > 0.
    mean_service_min
        Mean service time in minutes, > 0.
    service_cv
        Standard deviation of the service time / its mean, >= 0.

    Returns
    -------
    Mean wait, waiting probability, utilisation and mean queue length.

    Raises
    ------
    UnstableQueueError
        If the offered load is not below 1.
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Gross et al. (2008), Fundamentals of Queueing Theory, chapter 5 (Pollaczek-Khintchine formula)
    """
    return allen_cunneen(arrival_rate_per_h, mean_service_min, 1, service_cv=service_cv)


def allen_cunneen(
    arrival_rate_per_h: float,
    mean_service_min: float,
    servers: int,
    *,
    arrival_cv: float = 1.0,
    service_cv: float = 1.0,
) -> QueueFigures:
    """Steady state of G/G/c, approximately; exact for M/M/c and M/G/1.

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, > 0.
    mean_service_min
        Mean service time in minutes, > 0.
    servers
        Parallel servers, >= 1.
    arrival_cv, service_cv
        Standard deviation / mean of the times between arrivals and of the service times, >= 0.

    Returns
    -------
    Mean wait, waiting probability, utilisation and mean queue length.

    Raises
    ------
    UnstableQueueError
        If the offered load is not below `servers`.
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Allen (1990), Probability, Statistics, and Queueing Theory, 2nd ed., chapter 5
    """
    _must(arrival_cv >= 0, "arrival_cv", arrival_cv, ">= 0")
    _must(service_cv >= 0, "service_cv", service_cv, ">= 0")
    load = offered_load(arrival_rate_per_h, mean_service_min)
    waiting = erlang_c(load, servers)
    variability = (arrival_cv**2 + service_cv**2) / 2.0
    wait = waiting * mean_service_min / (servers - load) * variability
    return QueueFigures(wait, waiting, load / servers, little(arrival_rate_per_h, wait))


def erlang_a(
    arrival_rate_per_h: float, mean_service_min: float, servers: int, mean_patience_min: float
) -> AbandonmentFigures:
    """Steady state of M/M/c+M: exponential service, and customers whose patience in the queue is exponential.

    Stable at any load, as the impatient leave. Weights of the states are kept as logarithms relative to the
    likeliest one, so that neither many servers nor long patience overflows.

    Parameters
    ----------
    arrival_rate_per_h
        Arrivals per hour, > 0.
    mean_service_min
        Mean service time in minutes, > 0.
    servers
        Parallel servers, >= 1.
    mean_patience_min
        Mean patience in minutes, >= 0; zero gives Erlang B, infinity gives Erlang C.

    Returns
    -------
    Abandonment share, mean wait, waiting probability, utilisation and mean queue length.

    Raises
    ------
    UnstableQueueError
        If patience is infinite and the offered load is not below `servers`.
    ValueError
        If a parameter lies outside its range.

    References
    ----------
    Garnett, Mandelbaum and Reiman (2002), Designing a call center with impatient customers,
    Manufacturing & Service Operations Management 4(3), 208-227
    """
    load = offered_load(arrival_rate_per_h, mean_service_min)
    _must(servers >= 1, "servers", servers, ">= 1")
    _must(mean_patience_min >= 0, "mean_patience_min", mean_patience_min, ">= 0")
    if mean_patience_min == 0:
        blocked = erlang_b(load, servers)
        return AbandonmentFigures(blocked, 0.0, blocked, load * (1.0 - blocked) / servers, 0.0)
    if math.isinf(mean_patience_min):
        patient = mmc(arrival_rate_per_h, mean_service_min, servers)
        return AbandonmentFigures(
            0.0, patient.mean_wait_min, patient.waiting_probability, patient.utilisation, patient.mean_queue_length
        )
    leaving = mean_service_min / mean_patience_min  # rate of giving up against rate of service
    probability = _impatient_states(load, servers, leaving)
    waiting = float(probability[servers:].sum())
    queue = float(np.dot(np.arange(probability.size - servers), probability[servers:]))
    abandoned = queue * leaving / load
    wait = queue / arrival_rate_per_h * MINUTES_PER_HOUR
    return AbandonmentFigures(abandoned, wait, waiting, load * (1.0 - abandoned) / servers, queue)


def _impatient_states(load: float, servers: int, leaving: float) -> NDArray[np.float64]:
    """Probability of 0, 1, 2, ... customers present in M/M/c+M, cut where nothing is left to add."""
    queue_mode = max(0.0, (load - servers) / leaving)
    longest = queue_mode + _TAIL_DEVIATIONS * math.sqrt(max(load, servers) / leaving) + _TAIL_STATES
    if load < servers:  # the queue is also shorter than the geometric one of Erlang C
        longest = min(longest, _TAIL_STATES + _TAIL_LOG / math.log(servers / load))
    states = np.arange(1, servers + math.ceil(longest) + 1, dtype=np.float64)
    departures = np.minimum(states, servers) + leaving * np.maximum(states - servers, 0.0)
    log_weight = np.concatenate(([0.0], np.cumsum(np.log(load / departures))))
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def fluid_overload(
    starts_min: ArrayLike, rate_per_h: ArrayLike, capacity_per_h: ArrayLike, *, backlog: float = 0.0
) -> FluidOverload:
    """Backlog when orders flow in at one rate and out at another: exact, piecewise linear.

    Parameters
    ----------
    starts_min
        When each stretch begins, shape (stretches,), rising; the last one never ends.
    rate_per_h
        Orders per hour that arrive in each stretch, shape (stretches,), >= 0.
    capacity_per_h
        Orders per hour that can leave, one figure or shape (stretches,), >= 0.
    backlog
        Orders waiting at the start, >= 0.

    Returns
    -------
    Peak, time to clear, and the corners of the curve.

    Raises
    ------
    ValueError
        If the stretches do not rise or a figure is negative.

    References
    ----------
    Newell (1982), Applications of Queueing Theory, 2nd ed., chapter 2
    """
    starts = np.atleast_1d(np.asarray(starts_min, dtype=np.float64))
    rates = np.broadcast_to(np.asarray(rate_per_h, dtype=np.float64), starts.shape)
    capacities = np.broadcast_to(np.asarray(capacity_per_h, dtype=np.float64), starts.shape)
    _must(bool(np.all(np.diff(starts) > 0)), "starts_min", starts_min, "rising")
    _must(bool(np.all(rates >= 0)), "rate_per_h", rate_per_h, ">= 0")
    _must(bool(np.all(capacities >= 0)), "capacity_per_h", capacity_per_h, ">= 0")
    _must(backlog >= 0, "backlog", backlog, ">= 0")
    slopes = (rates - capacities) / MINUTES_PER_HOUR
    times, levels = _corners(starts, slopes, float(backlog))
    return _fluid_figures(np.array(times), np.array(levels), float(slopes[-1]))


def _corners(starts: NDArray[np.float64], slopes: NDArray[np.float64], level: float) -> tuple[list[float], list[float]]:
    """Times and heights at which the backlog changes its slope, the moment it runs empty for good included."""
    times, levels = [float(starts[0])], [level]
    ends = [*starts[1:].tolist(), math.inf]
    for start, end, slope in zip(starts.tolist(), ends, slopes.tolist(), strict=True):
        empty = start - level / slope if slope < 0 and level > 0 else math.inf
        if empty < end:
            times.append(empty)
            levels.append(0.0)
            level = 0.0
        elif math.isfinite(end):
            level = max(0.0, level + slope * (end - start))
        if math.isfinite(end):
            times.append(end)
            levels.append(level)
    return times, levels


def _fluid_figures(times: NDArray[np.float64], levels: NDArray[np.float64], last_slope: float) -> FluidOverload:
    """Peak and clearing time of a backlog that goes on with `last_slope` after its last corner."""
    if last_slope > 0:
        return FluidOverload(times, levels, math.inf, math.inf, math.inf)
    top = int(np.argmax(levels))
    empty = np.flatnonzero(levels[top:] <= 1e-12 * levels[top])  # a corner may miss zero by rounding
    clear = float(times[top + empty[0]]) if empty.size else math.inf
    return FluidOverload(times, levels, float(levels[top]), float(times[top]), clear)


def _must(holds: bool, name: str, value: Any, rule: str) -> None:
    if not holds:
        raise ValueError(f"{name}(={value}) must be {rule}")
