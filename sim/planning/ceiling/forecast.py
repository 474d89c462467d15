"""Whether a plan can tell that a campaign turned out otherwise than planned.

Where it can't, a campaign planned at 3 that turns out a fifth larger is the same to it as one planned at 3.6 that turns
out as planned, and the uncertainty of the size may be integrated over. A plan whose triggers watch the orders against
those that were planned can; for it the uncertainty is drawn in the runs.
"""

from __future__ import annotations

from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

METRIC = "orders_against_plan"


def sees_the_forecast(scenario: Scenario, plan: Plan) -> bool:
    """Whether a trigger of the plan watches the orders against the plan of demand, or an alert rule that does."""
    watching = {name for name, rule in scenario.alerts.items() if rule.metric == METRIC}
    triggers = [measure.trigger for measure in plan.measures.values()]
    return any(each.metric == METRIC or each.alert in watching for each in triggers)
