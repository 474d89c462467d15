"""What measures put before or beside the agents of the service desk: bots, and offers to be called back.

Each decision is a plain function of the contact's own numbers and of the queue it finds, so that a greater share of
contacts taken or called back includes the smaller one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.scenario.desk import Channel
from sim.scenario.measures import DeskCallback, FaqBot


def codes_of(names: Sequence[str], channels: dict[str, Channel], kinds: Sequence[str]) -> frozenset[int]:
    """Codes of the channels named, of all where none is, that are of one of some kinds."""
    return frozenset(
        code
        for code, (name, channel) in enumerate(channels.items())
        if channel.kind in kinds and (not names or name in names)
    )


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot at work on some channels."""

    measure: FaqBot
    codes: frozenset[int]

    def takes(self, code: int, bot_u: float) -> bool:
        """Whether it takes a first contact."""
        return code in self.codes and bot_u < self.measure.deflection_share


@dataclass(frozen=True, slots=True)
class CallBack:
    """An offer to be called back, on some channels, from a length of the queue on."""

    measure: DeskCallback
    codes: frozenset[int]
    queue_at_least: int

    def accepted(self, code: int, waiting: int, callback_u: float, *, closed: bool) -> bool:
        """Whether a caller is offered it, who finds so many waiting or a closed desk, and leaves a number."""
        offered = self.measure.out_of_hours if closed else waiting >= self.queue_at_least
        return code in self.codes and offered and callback_u < self.measure.acceptance_share

    def unreached(self, callback_u: float) -> bool:
        """Whether the call-back to somebody who left a number reaches nobody: the first of those who accept."""
        return callback_u < self.measure.acceptance_share * self.measure.unreached_share
