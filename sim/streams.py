"""Named random streams: one purpose, one stream, random access by key.

Each stream has a key from ``SeedSequence`` over (seed, replication, name), so that adding a stream moves no other.
Within a stream, numbers belong to a pair of integers (a time block and a level block, a date and a shift, ...): the
Philox generator is positioned on them through the upper words of its counter, which makes access random and cheap.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np


def name_key(name: str) -> int:
    """Stable 63-bit integer of a name (Python's own hash differs from process to process)."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "little") >> 1


class Stream:
    """Random numbers of one purpose in one replication.

    Parameters
    ----------
    seed
        >= 0; the experiment's.
    replication
        >= 0; which one.
    name
        Purpose.
    """

    def __init__(self, seed: int, replication: int, name: str) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=(replication, name_key(name)))
        self._bits = np.random.Philox(key=sequence.generate_state(2, np.uint64))
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state

    def at(self, first: int, second: int = 0) -> np.random.Generator:
        """Position on a key of two integers >= 0; the same generator is returned each time, so use it at once."""
        state = self._state
        counter = state["state"]["counter"]
        counter[0] = counter[1] = 0
        counter[2] = first
        counter[3] = second
        state["buffer_pos"] = 4  # nothing buffered: the next draw starts at the counter
        state["has_uint32"] = 0
        self._bits.state = state
        return self._generator
