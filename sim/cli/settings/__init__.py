"""The commands' own keys, beside those of the scenario: what ``conf/compare.yaml`` and its like declare."""

from __future__ import annotations

from typing import Final

from sim.cli.settings.choosing import OptimiseSettings, RobustSettings, SelectSettings
from sim.cli.settings.comparing import CompareSettings, ExplainSettings, SweepSettings
from sim.cli.settings.constraint import ConstraintSettings
from sim.cli.settings.forecasting import ForecastSettings
from sim.cli.settings.planning import CeilingSettings, NeedsSettings
from sim.cli.settings.precision import PrecisionSettings
from sim.cli.settings.shared import ExperimentSettings
from sim.cli.settings.watching import RunSettings, ShowSettings
from sim.scenario.types import Model

__all__ = [
    "SETTINGS",
    "CeilingSettings",
    "CompareSettings",
    "ConstraintSettings",
    "ExperimentSettings",
    "ExplainSettings",
    "ForecastSettings",
    "NeedsSettings",
    "OptimiseSettings",
    "PrecisionSettings",
    "RobustSettings",
    "RunSettings",
    "SelectSettings",
    "ShowSettings",
    "SweepSettings",
]

SETTINGS: Final[dict[str, type[Model]]] = {
    "ceiling": CeilingSettings,
    "compare": CompareSettings,
    "explain": ExplainSettings,
    "forecast": ForecastSettings,
    "needs": NeedsSettings,
    "robust": RobustSettings,
    "run": RunSettings,
    "select": SelectSettings,
    "optimise": OptimiseSettings,
    "sweep": SweepSettings,
    "show": ShowSettings,
}
