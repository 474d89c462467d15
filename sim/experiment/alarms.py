"""Early warning over replications: a table of levels against lead time and false alarms, to choose levels by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.early_warning import LEVELS
from sim.experiment.runner import Outcome
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

COLUMNS = (
    "plan",
    "rule",
    "metric",
    "level",
    "share_of_level",
    "replications",
    "troubled",
    "raised_share",
    "in_time_share",
    "lead_h_p10",
    "lead_h_p50",
    "lead_h_p90",
    "first_h_p50",
    "false_per_run",
    "on_share",
)


def early_warning(by_plan: Mapping[str, Sequence[Outcome]], scenario: Scenario) -> pd.DataFrame:
    """One row per plan, alert rule and level tried; nothing where there is nothing to read.

    Returns
    -------
    Columns as in :data:`COLUMNS`. `troubled` counts the replications with a troubled day; `raised_share` and
    `in_time_share` are parts of them: an alarm that was true, and one that came before the first late order. Lead times
    are quantiles over the troubled replications with a true alarm, in hours; `false_per_run` and `on_share` (part of
    the readings at which the alarm was on) are means over all.
    """
    import pandas as pd

    rows = []
    for plan, outcomes in by_plan.items():
        figures = np.stack([each.early_warning for each in outcomes])
        troubled = np.array([each.troubled for each in outcomes], dtype=bool)
        for code, (name, rule) in enumerate(scenario.alerts.items()):
            for number, share in enumerate(LEVELS):
                own = figures[:, code, number]
                if not np.isnan(own[:, 2]).all():
                    rows.append((plan, name, rule.metric, share * rule.above, share, *_row(own, troubled)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(figures: Floats, troubled: NDArray[np.bool_]) -> tuple[float, ...]:
    first, lead, _, false, on = figures.T
    known = lead[troubled & ~np.isnan(lead)]
    trouble = int(troubled.sum())
    raised = len(known) / trouble if trouble else float("nan")
    in_time = int(np.count_nonzero(known > 0)) / trouble if trouble else float("nan")
    seen = first[~np.isnan(first)]
    return (
        len(first),
        trouble,
        raised,
        in_time,
        *(_quantiles(known, (0.1, 0.5, 0.9))),
        float(np.quantile(seen, 0.5, method="lower")) / 60 if len(seen) else float("nan"),  # a time that was
        float(np.mean(false)),
        float(np.mean(on)),
    )


def _quantiles(values: Floats, probabilities: Sequence[float]) -> list[float]:
    if not len(values):
        return [float("nan")] * len(probabilities)
    return [float(each) for each in np.quantile(values, probabilities)]
