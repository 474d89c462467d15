"""Contacts that may arise: before an order's due time, after it, and general questions that are about no order.

Whether a contact about an order arises, when, on which channel and with what handle time belongs to the order, so every
plan meets the same customers at the desk too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.arrivals import Arrivals, thin
from sim.demand.curve import profile_curve
from sim.distributions import quantile, to_grid
from sim.scenario.desk import Channel, Desk
from sim.scenario.scenario import Scenario
from sim.streams import Stream

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Streams = Callable[[str], Stream]

ATTEMPTS = 3  # a contact and at most two repeats
PER_ATTEMPT = 4  # handle time, patience, readiness to repeat, delay


def possible_contacts(scenario: Scenario, arrivals: Arrivals, streams: Streams, due_delivery: Floats) -> dict[str, Any]:
    """Contacts that may arise: before the due time, after it, and general questions; sorted by time."""
    desk = scenario.desk or Desk(channels={"none": Channel(kind="message", share=1.0, handle_min=1.0)})
    parts = [_general_asks(scenario, desk, streams)]
    if scenario.promise is not None and scenario.desk is not None:
        asking = scenario.customers.asking
        u = arrivals.uniforms(streams("asking"), 4)
        early = u[:, 0] < asking.before_due_share
        when = arrivals.placed_min + u[:, 1] * np.maximum(due_delivery - arrivals.placed_min, 0)
        margin = u[:, 0] / max(asking.before_due_share, 1e-300)
        parts.append(_ask_part(desk, arrivals, streams, "contact before due", early, when, margin))
        late = u[:, 2] < asking.late_share
        when = due_delivery - np.log1p(-u[:, 3]) * asking.late_lag_h * 60
        margin = u[:, 2] / max(asking.late_share, 1e-300)
        parts.append(_ask_part(desk, arrivals, streams, "contact after due", late, when, margin, late=True))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    sooner = np.argsort(joined["ask_min"], kind="stable")
    return {name: values[sooner] for name, values in joined.items()}


def _ask_part(
    desk: Desk,
    arrivals: Arrivals,
    streams: Streams,
    name: str,
    rows: Bools,
    when: Floats,
    margin: Floats | None = None,
    late: bool = False,
) -> dict[str, Any]:
    """Possible contacts of some orders, or of nobody's in particular; `late` ones arise from lateness only."""
    count = int(rows.sum())
    helped = arrivals.uniforms(streams(f"{name}, helped"), 3, rows).astype(np.float32)
    return {
        "ask_order": np.flatnonzero(rows),
        "ask_min": to_grid(when[rows]),
        "ask_late": np.full(count, late),
        "ask_margin": (np.zeros(count) if margin is None else margin[rows]).astype(np.float32),
        "ask_bot_u": helped[:, 0],
        "ask_bot_fails_u": helped[:, 1],
        "ask_callback_u": helped[:, 2],
        **_attempts(desk, arrivals.uniforms(streams(name), 1 + PER_ATTEMPT * ATTEMPTS, rows)),
    }


def _attempts(desk: Desk, u: Floats) -> dict[str, Any]:
    """What each attempt of a contact is like; `u` has shape (m, 1 + 4 x ATTEMPTS)."""
    channels = list(desk.channels.values())
    bounds = np.cumsum([channel.share for channel in channels])
    code = np.minimum(np.searchsorted(bounds, u[:, 0], side="right"), len(bounds) - 1)
    luck = u[:, 1:].reshape(len(u), ATTEMPTS, PER_ATTEMPT)
    handle, after = np.empty(luck.shape[:2]), np.empty(luck.shape[:2])
    patience = np.full(luck.shape[:2], np.inf)
    for number, channel in enumerate(channels):
        own = code == number
        handle[own] = channel.handle_min * quantile(channel.handle, luck[own, :, 0])
        if channel.patience_min is not None:
            patience[own] = channel.patience_min * quantile(channel.patience, luck[own, :, 1])
        after[own] = channel.repeat_after_min * -np.log1p(-luck[own, :, 3])
    return {
        "ask_channel": code.astype(np.int8),
        "ask_handle_min": to_grid(handle),
        "ask_patience_min": to_grid(patience),
        "ask_after_min": to_grid(after),
        "ask_again_u": luck[:, :, 2].astype(np.float32),
    }


def _general_asks(scenario: Scenario, desk: Desk, streams: Streams) -> dict[str, Any]:
    arrivals = thin(profile_curve(scenario, desk.general), streams("general questions"), scenario)
    rows = np.ones(len(arrivals.placed_min), dtype=bool)
    part = _ask_part(desk, arrivals, streams, "contact general", rows, arrivals.placed_min)
    part["ask_order"] = np.full(len(rows), -1, dtype=np.int64)
    return part
