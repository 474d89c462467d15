"""Sizes, brackets and the target of a ceiling in words."""

from __future__ import annotations

import math

from sim.definitions import KPIS
from sim.experiment.questions.constraint import Required
from sim.planning.ceiling.confirm import Ceiling
from sim.planning.ceiling.question import Ceilings
from sim.planning.ceiling.sizes import RESAMPLE
from sim.report.formats import Formats


class Words:
    """Sizes, plans and verdicts in words."""

    def __init__(self, found: Ceilings, formats: Formats) -> None:
        self.found = found
        self.formats = formats
        self.say = formats.say
        self.by = found.search.by
        self.named = "resample" if self.by == "uplift" and found.measure.path == RESAMPLE else self.by

    def heading(self, each: Ceiling) -> str:
        """Name of the plan."""
        return self.formats.heading(self.found.plans[each.course.plan])

    def shaped(self, name: str, shape: str) -> str:
        """A plan's or an axis's name with the shape of the campaign, where there are several."""
        if len(self.found.shapes) == 1:
            return name
        return self.say("list.clause").join([name, self.say(f"ceiling.shape.{shape}")])

    def planned(self, each: Ceiling, own: float) -> float:
        """A size of a shape in terms of the planned campaign."""
        return each.course.shape.size(own)

    def amount(self, size: float, by: str | None = None) -> str:
        """A size in a unit, without it."""
        unit = by or self.by
        value = self.found.measure.of(size, unit)  # type: ignore[arg-type]
        if not math.isfinite(value):
            return self.say("number.none")
        if unit == "revenue":
            return self.formats.rough_money(value)
        return self.formats.number(value, 2 if value < 100 else 0) if unit == "uplift" else self.formats.number(value)

    def number(self, size: float) -> str:
        """A size in the unit asked for, without it."""
        return self.amount(size)

    def size(self, size: float) -> str:
        """A size with its unit."""
        return self.say(f"ceiling.size.{self.named}", value=self.amount(size))

    def bracket(self, each: Ceiling, by: str | None = None) -> str:
        """Both ends; what is not there is a dash."""
        low, high = (self.amount(self.planned(each, size), by) for size in (each.low, each.high))
        return self.say("ceiling.to", low=low, high=high)

    def verdict(self, each: Ceiling) -> str:
        """Why there is no bracket."""
        end = self.found.ends[1] if each.verdict == "holds_to_the_largest" else self.found.ends[0]
        return self.say(f"ceiling.verdict.{each.verdict}", size=self.size(end))

    def short(self, each: Ceiling) -> str:
        """The same for a tile."""
        end = self.found.ends[1] if each.verdict == "holds_to_the_largest" else self.found.ends[0]
        return self.say(f"ceiling.short.{each.verdict}", size=self.amount(end))

    def target(self) -> str:
        """What has to be kept, and how surely."""
        required, say = self.found.required, self.say
        text = self._one_target(required)
        if self.found.also is not None:
            text = say("ceiling.targets", first=text, second=self._one_target(self.found.also))
        return say("ceiling.target_text", target=text, share=self.formats.share(required.probability, 0))

    def _one_target(self, required: Required) -> str:
        say = self.say
        level = self.formats.value(required.level({}), KPIS[required.kpi].unit)
        label = say(f"kpi.{required.kpi}.label")
        return say("ceiling.target_high" if required.high_is_good else "ceiling.target_low", kpi=label, level=level)

    def axis(self) -> str:
        """Label of the axis of sizes."""
        if self.named == "revenue":
            return self.say("ceiling.unit.revenue", currency=self.formats.currency)
        return self.say(f"ceiling.unit.{self.named}")
