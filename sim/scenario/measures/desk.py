"""Measures at the service desk that are no people: a bot that answers, numbers that are called back.

A bot that answers wrongly and a call-back that reaches nobody send the customer back to the queue; both can make the
desk's day worse, and that is shown.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.measures.trigger import Measure, one_size
from sim.scenario.types import Count, Flag, NamedOnce, NonNegative, Positive, Share, quantity


class FaqBot(Measure):
    """A bot (or a page of answers) takes part of first contacts, at any hour; some of them come back to an agent."""

    kind: Literal["faq_bot"] = "faq_bot"
    channels: NamedOnce[str] = Field([], description="names of the desk's channels; empty: all of them")
    deflection_share: Share = quantity(0.0, "share", "part of first contacts that it takes")
    failure_share: Share = quantity(0.0, "share", "part of those that it does not help: they come back to an agent")
    return_after_min: Positive = quantity(30.0, "min", "mean time until they do (exponential)")
    cost_per_contact: NonNegative = quantity(0.0, "currency", "per contact that it takes")
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)


class DeskCallback(Measure):
    """Callers may leave a number instead of holding the line; they keep their place and do not give up."""

    kind: Literal["desk_callback"] = "desk_callback"
    channels: NamedOnce[str] = Field([], description="names of the desk's channels of calls; empty: all of them")
    queue_at_least: Count | None = quantity(
        None, "contacts", "offered to a caller who finds so many waiting", scales=True
    )
    queue_per_agent: NonNegative | None = quantity(
        None, "contacts", "the same per agent of the largest shift, rounded half up"
    )
    out_of_hours: Flag = Field(False, description="whether calls outside opening hours may leave a number too")
    acceptance_share: Share = quantity(0.0, "share", "part of those callers who leave a number")
    unreached_share: Share = quantity(0.0, "share", "part of call-backs that reach nobody: the customer calls again")
    attempt_min: NonNegative = quantity(1.0, "min", "an agent's time for a call-back that reaches nobody")

    @model_validator(mode="after")
    def _size(self) -> DeskCallback:
        one_size(self.queue_at_least, self.queue_per_agent, "queue_at_least, queue_per_agent")
        return self
