"""What the measures of a plan do, in words and with figures; the sentences on each kind stand with its family."""

from __future__ import annotations

from sim.report.measure_words import carriers, customers, demand, people
from sim.report.measure_words.words import Teller, Words
from sim.scenario.measures import AnyMeasure
from sim.scenario.plan import Plan
from sim.scenario.scale import in_site_currency

_TELLERS: dict[type, Teller] = people.TELLERS | carriers.TELLERS | demand.TELLERS | customers.TELLERS


class MeasuresInWords(Words):
    """Sentences on the measures of a plan."""

    def plan(self, plan: Plan) -> list[tuple[str, str, str]]:
        """Label, what the measure does (prices in the site's currency), and what its author says about it."""
        priced = in_site_currency(plan, self.scenario)
        say = self.formats.say
        return [(label, self.measure(each), say.given(each.about)) for label, each in priced.measures.items()]

    def measure(self, measure: AnyMeasure) -> str:
        """What it does, when, and what it costs."""
        sentences = [*_TELLERS[type(measure)](self, measure), *self.trigger(measure.trigger)]
        if measure.delay_h > 0:
            sentences.append(self.say("measure.delay", delay=self.formats.duration(measure.delay_h * 60)))
        return self.say("list.sentence").join(sentences)


__all__ = ["MeasuresInWords"]
