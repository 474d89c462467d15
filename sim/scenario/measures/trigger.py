"""What all measures share: a trigger that decides, a delay, and sizes given as a number or as a share.

Sizes are given either as a number or as a share of what the scenario has, so that one plan fits shops of
different size; the number wins nothing over the share: exactly one of them is given.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.alerts import CLEAR_RATIO, Level, Metric, ReviewInterval
from sim.scenario.types import Model, Moment, NonNegative, quantity


class Trigger(Model):
    """When a measure is decided: from the start, at a time, when a metric crosses a level, or with an alert."""

    when: Literal["start", "time", "metric", "alert"] = Field("start", description="what decides")
    at: Moment | None = Field(None, description="when: time. Local date-time, or hours from the start")
    metric: Metric | None = Field(None, description="when: metric. What is watched")
    above: Level | None = quantity(
        None, "of the metric", "when: metric. Decided at a review that finds the metric at or above it"
    )
    clear_below: NonNegative | None = quantity(
        None, "of the metric", "called off at a review that finds it below; default: 0.7 x above (hysteresis)"
    )
    alert: str | None = Field(
        None, description="when: alert. Name of one of the scenario's alert rules: its metric, levels and reviews"
    )
    review_every_min: ReviewInterval = quantity(60.0, "min", "time between reviews; an alert brings its own")
    at_least_h: NonNegative = quantity(
        0.0,
        "h",
        "it stays on so long once it has taken effect, even if the metric clears; 'until' ends it all the same",
    )
    until: Moment | None = Field(None, description="ends at the latest then")

    @model_validator(mode="after")
    def _complete(self) -> Trigger:
        if (self.when == "time") != (self.at is not None):
            raise ValueError("when: time needs 'at', and 'at' needs when: time")
        if (self.when == "metric") != (self.metric is not None) or (self.when == "metric") != (self.above is not None):
            raise ValueError("when: metric needs 'metric' and 'above', and they need when: metric")
        if self.at_least_h > 0 and self.when not in ("metric", "alert"):
            raise ValueError("at_least_h goes with when: metric or alert, which call a measure off")
        if (self.when == "alert") != (self.alert is not None):
            raise ValueError("when: alert needs 'alert', the name of an alert rule, and 'alert' needs when: alert")
        if self.clear_below is not None and (self.above is None or self.clear_below > self.above):
            raise ValueError("clear_below goes with 'above' and lies at or below it")
        return self

    @property
    def clear_level(self) -> float:
        """Level under which a decided measure is called off."""
        assert self.above is not None
        return CLEAR_RATIO * self.above if self.clear_below is None else self.clear_below


class Measure(Model):
    """What all measures share."""

    about: str = Field("", description="one line for the report")
    trigger: Trigger = Field(Trigger(), description="when it is decided")
    delay_h: NonNegative = quantity(
        0.0, "h", "from the decision to the effect; it goes ahead even if the metric recovers"
    )


def one_size(count: object, share: object, names: str) -> None:
    """Raise unless exactly one of two ways to give a size was used."""
    if (count is None) == (share is None):
        raise ValueError(f"give exactly one of {names}")
