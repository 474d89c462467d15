"""surgesim: stress-test an e-commerce surge and compare contingency plans.

The names below are the public API; each is imported when it is first used, so that ``import sim`` is instant::

    import sim

    scenario = sim.load_scenario("double11", overrides=["demand.campaign.uplift=4"])
    plan = sim.load_plan("overtime")
    draws = sim.sample(scenario, seed=1, replication=0)
    ledger = sim.simulate(scenario, plan, draws)
    sim.kpis(ledger)
    result = sim.compare(scenario, plans=[sim.load_plan("none"), plan], replications=30, seed=1)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim.version import __version__

if TYPE_CHECKING:
    from sim.compute import Engine
    from sim.draws import sample
    from sim.errors import InputError, SurgesimError
    from sim.experiment.compare import Comparison, compare
    from sim.experiment.enough import Enough
    from sim.experiment.laboratory.design import points_of as design_points
    from sim.experiment.laboratory.store import Store
    from sim.experiment.questions.constraint import Constraint
    from sim.experiment.questions.explain import explain
    from sim.experiment.questions.optimise import optimise
    from sim.experiment.questions.robust import robust
    from sim.experiment.questions.select import select
    from sim.experiment.questions.sweep import sweep
    from sim.floor import simulate
    from sim.forecasting.question import forecast
    from sim.indicators import hourly, kpis
    from sim.intake.scenario import Intake, read_intake
    from sim.intake.template import write_template
    from sim.ledger import Ledger
    from sim.planning.ceiling.question import Search as CeilingSearch
    from sim.planning.ceiling.question import ceiling
    from sim.planning.needs.question import needs
    from sim.report import write_comparison as write_report
    from sim.scenario.loader import load_plan, load_scenario
    from sim.scenario.plan import Plan
    from sim.scenario.scenario import Scenario
    from sim.statistics.precision import Precision

__all__ = [
    "CeilingSearch",
    "Comparison",
    "Constraint",
    "Engine",
    "Enough",
    "InputError",
    "Intake",
    "Ledger",
    "Plan",
    "Precision",
    "Scenario",
    "Store",
    "SurgesimError",
    "__version__",
    "ceiling",
    "compare",
    "design_points",
    "explain",
    "forecast",
    "hourly",
    "kpis",
    "load_plan",
    "load_scenario",
    "needs",
    "optimise",
    "read_intake",
    "robust",
    "sample",
    "select",
    "simulate",
    "sweep",
    "write_report",
    "write_template",
]

# public name -> module, and the name in it where that differs
_HOMES: dict[str, tuple[str, str]] = {
    "CeilingSearch": ("sim.planning.ceiling.question", "Search"),
    "Comparison": ("sim.experiment", ""),
    "Constraint": ("sim.experiment.questions.constraint", ""),
    "Engine": ("sim.compute", ""),
    "Enough": ("sim.experiment", ""),
    "InputError": ("sim.errors", ""),
    "Intake": ("sim.intake.scenario", ""),
    "Ledger": ("sim.ledger", ""),
    "Plan": ("sim.scenario.plan", ""),
    "Precision": ("sim.experiment", ""),
    "Scenario": ("sim.scenario.scenario", ""),
    "Store": ("sim.experiment.laboratory.store", ""),
    "SurgesimError": ("sim.errors", ""),
    "ceiling": ("sim.planning.ceiling.question", ""),
    "compare": ("sim.experiment", ""),
    "design_points": ("sim.experiment.laboratory.design", "points_of"),
    "explain": ("sim.experiment.questions.explain", ""),
    "forecast": ("sim.forecasting.question", ""),
    "hourly": ("sim.indicators", ""),
    "kpis": ("sim.indicators", ""),
    "load_plan": ("sim.scenario.loader", ""),
    "load_scenario": ("sim.scenario.loader", ""),
    "needs": ("sim.planning.needs.question", ""),
    "optimise": ("sim.experiment.questions.optimise", ""),
    "read_intake": ("sim.intake.scenario", ""),
    "robust": ("sim.experiment.questions.robust", ""),
    "sample": ("sim.draws", ""),
    "select": ("sim.experiment.questions.select", ""),
    "simulate": ("sim.floor", ""),
    "sweep": ("sim.experiment.questions.sweep", ""),
    "write_report": ("sim.report", "write_comparison"),
    "write_template": ("sim.intake.template", ""),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    module, inner = _HOMES[name]
    value = getattr(importlib.import_module(module), inner or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
