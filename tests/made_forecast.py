"""A forecast made by hand, small enough to work out what a page has to say of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.forecasting.history import History
from sim.forecasting.notes import Note
from sim.forecasting.result import Forecast

FIRST_AHEAD = np.datetime64("2026-03-02")  # a Monday
MODELS = (("regression", 0.8, True), ("as_chosen_then", 0.9, False), ("seasonal_naive", 1.0, False))


def made_forecast(horizon: int = 14, behind: int = 56, **changes: Any) -> Forecast:
    """Days of 100 orders, 200 on Sundays; paths at 80 % and 120 % of that, and a campaign on the third day."""
    dates = FIRST_AHEAD - np.arange(behind, 0, -1)
    ahead = FIRST_AHEAD + np.arange(horizon)
    usual = np.where(_weekday(ahead) == 6, 200.0, 100.0)
    values = np.where(_weekday(dates) == 6, 200.0, 100.0)
    paths = np.outer([0.8, 1.2], usual)
    low, high = np.quantile(paths, (0.1, 0.9), axis=0)
    periods = pd.DataFrame(
        {
            "date": ahead, "mean": usual, "median": usual, "low_80": low, "high_80": high, "low_95": low - 1,
            "high_95": high + 1, "campaign": ["Spring sale" if day == 2 else "" for day in range(horizon)],
            "holiday": ["Holi" if day == 4 else "" for day in range(horizon)],
        }
    )  # fmt: skip
    backtest = pd.DataFrame(
        {
            "model": "regression", "origin": dates[-8], "date": dates[-7:], "step": range(1, 8),
            "actual": values[-7:], "median": 110.0, "low_80": 90.0, "high_80": 130.0, "low_95": 80.0, "high_95": 140.0,
        }
    )  # fmt: skip
    accuracy = pd.DataFrame(
        [
            {"model": name, "windows": 6, "n": 84, "mase": mase, "pinball": mase / 4, "coverage_80": 0.75,
             "coverage_95": 0.93, "bias": -0.021, "chosen": chosen}
            for name, mase, chosen in MODELS
        ]
    )  # fmt: skip
    effects = pd.DataFrame(
        [
            {"kind": "campaign", "name": "discount 20 %", "factor": 1.5, "low": 1.2, "high": 1.9, "seen": 3},
            {"kind": "weekday", "name": "Sunday", "factor": 2.0, "low": 1.8, "high": 2.2, "seen": 8},
            {"kind": "holiday", "name": "any", "factor": 0.9, "low": 0.7, "high": 1.2, "seen": 2},
        ]
    )
    given: dict[str, Any] = {
        "history": History("shop", "D", dates, values),
        "horizon": horizon,
        "model": "regression",
        "accuracy": accuracy,
        "backtest": backtest,
        "periods": periods,
        "paths": paths,
        "effects": effects,
        "notes": (Note("no_yearly_season", {"periods": behind, "unit": "days"}),),
    }
    return Forecast(**{**given, **changes})


def _weekday(days: Any) -> Any:
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
