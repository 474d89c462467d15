"""A made-up table of early warning: lower levels warn sooner and more often for nothing. Nothing here is a result."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.early_warning import LEVELS
from sim.experiment.alarms import COLUMNS
from sim.scenario.scenario import Scenario

NAN = float("nan")
TROUBLED_OF_TEN = 8


def make_early_warning(plans: Iterable[str], scenario: Scenario, replications: int) -> pd.DataFrame:
    """Every rule at every level, never raised at three times its own; nothing without a promise."""
    troubled = round(replications * TROUBLED_OF_TEN / 10)
    rows = [
        (plan, name, rule.metric, share * rule.above, share, replications, troubled, *_figures(share, troubled))
        for plan in plans
        for name, rule in scenario.alerts.items()
        for share in LEVELS
        if scenario.promise is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _figures(share: float, troubled: int) -> tuple[float, ...]:
    """raised_share, in_time_share, lead_h_p10, lead_h_p50, lead_h_p90, first_h_p50, false_per_run, on_share."""
    if share > 2:
        return 0.0, 0.0, NAN, NAN, NAN, NAN, 0.0, 0.0
    middle = 30.0 - 24.0 * share
    raised = 1.0 if share <= 1 else 1 / troubled
    in_time = raised if middle > 0 else 0.0
    return raised, in_time, middle - 10, middle, middle + 12, 96.0 - middle, max(0.0, 2.5 - 2 * share), 0.3 / share
