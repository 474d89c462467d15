"""Forecasting a history: choose a model by backtest, then say what comes, with paths of possible futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.errors import InputError, Problem
from sim.forecasting.accuracy import QUANTILES
from sim.forecasting.backtest import Backtest, backtest
from sim.forecasting.calendar import Campaign, holidays_of, read_campaigns, read_outside
from sim.forecasting.choice import accuracy_table, backtest_table, choose
from sim.forecasting.effects import Fit, explain
from sim.forecasting.history import UNITS, Floats, History, weekdays
from sim.forecasting.models import EXTRA, NAIVE, chosen_models, has_library, points
from sim.forecasting.notes import Note
from sim.forecasting.paths import FEWEST_WINDOWS, around, draw
from sim.forecasting.reading import Reading, read_history, too_short
from sim.forecasting.result import Forecast
from sim.forecasting.surroundings import Surroundings, key_of

if TYPE_CHECKING:
    import pandas as pd

HORIZONS = {"D": 28, "W": 8}
LONGEST = 730
PATHS = 200
DRAWN = 2000
BUDGET_S = 60.0
FAR = 4.0  # robust standard deviations beyond which a day is said to be unexplained
NAMED = 8
T = TypeVar("T")
HEADING = "the demand can't be forecast so"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def forecast(
    history: History | str | Path,
    horizon: int | None = None,
    *,
    how: Reading | None = None,
    country: str | None = None,
    holidays: Mapping[date, Sequence[str]] | None = None,
    campaigns: Sequence[Campaign] | str | Path = (),
    outside: str | Path | Mapping[str, Floats] | None = None,
    models: Sequence[str] | None = None,
    paths: int = PATHS,
    seed: int = 1,
    budget_s: float = BUDGET_S,
    skus: int = 0,
    sku_budget_s: float = 30.0,
) -> Forecast:
    """Forecast demand, with its doubt.

    Parameters
    ----------
    history
        One, or an order file, or a table of counts per day or week.
    horizon
        Days (or weeks) ahead, up to 730; default 28 days or 8 weeks.
    how
        How the file is read.
    country
        Whose holidays count: two letters, such as TW; needs the extra ``forecast``.
    holidays
        Further ones by day, or instead.
    campaigns
        Past and planned ones, or a CSV of them.
    outside
        Figures by date: a CSV, or arrays that cover history and horizon.
    models
        Names; default: all but AutoARIMA, which takes seconds a fit.
    paths
        Possible futures, 2 to 1000.
    seed
        Of their drawing, >= 0.
    budget_s
        Seconds for the backtest; with less, fewer windows are tested.
    skus
        Of how many SKUs, the best-selling first, AutoETS may try its hand; 0: no forecast by SKU.
    sku_budget_s
        Seconds for it; all other SKUs are forecast by Croston or naive.

    Raises
    ------
    InputError
        With every problem of every file and argument at once.
    """
    problems = _wrong(horizon, paths, seed, budget_s, skus)
    past = _collected(problems, lambda: _history(history, how, skus))
    known = _collected(problems, lambda: _campaigns(campaigns))
    names = _collected(problems, lambda: chosen_models(models))
    ahead = horizon or (HORIZONS[past.freq] if past is not None else 1)
    days = _collected(problems, lambda: _holidays(country, holidays, past, ahead))
    figures = _collected(problems, lambda: _outside(outside, past, ahead))
    if problems or past is None or known is None or names is None or days is None or figures is None:
        raise InputError(problems, HEADING)
    surroundings = Surroundings(past.first, past.step, days, known, figures)
    tested = backtest(past, surroundings, names, ahead, budget_s=budget_s, seed=seed)
    settings = {
        "horizon": ahead,
        "country": country or "",
        "models": list(names),
        "paths": paths,
        "seed": seed,
        "budget_s": budget_s,
        "skus": skus,
        "sku_budget_s": sku_budget_s,
    }
    made = _made(past, surroundings, tested, names, ahead, paths, seed, settings)
    if not skus or past.by_sku is None:
        return made
    from sim.forecasting.by_sku import forecast_by_sku

    table, notes = forecast_by_sku(past, ahead, most=skus, budget_s=sku_budget_s)
    return replace(made, by_sku=table, notes=(*made.notes, *notes))


def _wrong(horizon: int | None, paths: int, seed: int, budget_s: float, skus: int) -> list[Problem]:
    problems = []
    if horizon is not None and not 1 <= horizon <= LONGEST:
        problems.append(Problem("horizon", str(horizon), f"from 1 to {LONGEST} periods ahead"))
    if not 2 <= paths <= 1000:
        problems.append(Problem("paths", str(paths), "from 2 to 1000"))
    if seed < 0:
        problems.append(Problem("seed", str(seed), "0 or above"))
    if not budget_s > 0:
        problems.append(Problem("budget_s", str(budget_s), "seconds, above 0"))
    if skus < 0:
        problems.append(Problem("skus", str(skus), "0 or above"))
    return problems


def _collected(problems: list[Problem], make: Callable[[], T]) -> T | None:
    try:
        return make()
    except InputError as error:
        problems += error.problems
        return None


def _history(history: History | str | Path, how: Reading | None, skus: int) -> History:
    if isinstance(history, History):
        problems = too_short(history)
        if skus and history.by_sku is None:
            problems.append(Problem("skus", str(skus), "the history does not say what was sold"))
        if problems:
            raise InputError(problems, HEADING)
        return history
    return read_history(history, replace(how or Reading(), by_sku=True) if skus else how)


def _campaigns(campaigns: Sequence[Campaign] | str | Path) -> tuple[Campaign, ...]:
    return read_campaigns(campaigns) if isinstance(campaigns, str | Path) else tuple(campaigns)


def _holidays(
    country: str | None, further: Mapping[date, Sequence[str]] | None, past: History | None, horizon: int
) -> dict[date, tuple[str, ...]]:
    days = {day: tuple(names) for day, names in (further or {}).items()}
    if country:
        first, last = (date.today(),) * 2 if past is None else (past.first, past.last)
        ahead = last.year + 1 + horizon * (past.step if past else 1) // 365
        for day, names in holidays_of(country, range(first.year, ahead + 1)).items():
            days[day] = (*days.get(day, ()), *names)
    return days


def _outside(
    outside: str | Path | Mapping[str, Floats] | None, past: History | None, horizon: int
) -> dict[str, Floats]:
    if outside is None or past is None:
        return {}
    if isinstance(outside, str | Path):
        return read_outside(outside, past, horizon)
    size = len(past) + horizon
    problems = [
        Problem(f"outside {name}", f"{len(values)} figures", f"{size} are needed: history and horizon, all finite")
        for name, values in outside.items()
        if len(values) != size or not np.isfinite(values).all()
    ]
    if problems:
        raise InputError(problems, HEADING)
    return {name: np.asarray(values, dtype=np.float64) for name, values in outside.items()}


def _made(
    past: History,
    surroundings: Surroundings,
    tested: Backtest,
    names: Sequence[str],
    horizon: int,
    count: int,
    seed: int,
    settings: Mapping[str, Any],
) -> Forecast:
    model = choose(tested)
    planned, strange = _planned(surroundings, past)
    if model == NAIVE:  # it knows of no campaigns
        planned, strange = [], [*planned, *strange]
    kept = tuple(each for each in surroundings.campaigns if each not in strange)
    surroundings = replace(surroundings, campaigns=kept)
    fit = explain(past, surroundings, horizon)
    made = points(fit, names, horizon, tested.failed)
    model = model if model in made else NAIVE
    errors = tested.errors(model, list(range(len(tested.windows))))
    drawn = around(made[model], draw(errors, horizon, DRAWN, np.random.default_rng([seed, len(past)])))
    mean = drawn.mean(axis=0)
    chosen = drawn[np.argsort(drawn.sum(axis=1), kind="stable")]
    chosen = chosen[((np.arange(count) + 0.5) * DRAWN / count).astype(int)]
    shrink = np.divide(mean, chosen.mean(axis=0), out=np.ones(horizon), where=chosen.mean(axis=0) > 0)
    return Forecast(
        history=past,
        horizon=horizon,
        model=model,
        accuracy=accuracy_table(tested, model),
        backtest=backtest_table(tested),
        periods=_periods(past, surroundings, horizon, planned, made[model], mean, drawn),
        paths=np.random.default_rng([seed, 1]).permutation(chosen * shrink),
        effects=_effects(fit),
        campaigns=surroundings.campaigns + tuple(strange),
        notes=_notes(past, tested, fit, surroundings, model, planned, strange, settings),
        settings=settings,
    )


def _planned(surroundings: Surroundings, past: History) -> tuple[list[Campaign], list[Campaign]]:
    """Campaigns ahead that the history knows the type of, and those that it doesn't."""
    end = past.ahead(1)[0].astype("datetime64[D]").astype(object)
    seen = {key_of(each) for each in surroundings.campaigns if past.first <= each.end and each.start < end}
    ahead = [each for each in surroundings.campaigns if each.end >= end]
    return [each for each in ahead if key_of(each) in seen], [each for each in ahead if key_of(each) not in seen]


def _periods(
    past: History,
    surroundings: Surroundings,
    horizon: int,
    planned: Sequence[Campaign],
    median: Floats,
    mean: Floats,
    drawn: Floats,
) -> pd.DataFrame:
    import pandas as pd

    dates = past.ahead(horizon)
    low_95, low_80, _, high_80, high_95 = np.quantile(drawn, QUANTILES, axis=0)
    return pd.DataFrame(
        {
            "date": dates.astype("datetime64[s]"),
            "mean": mean,
            "median": median,
            "low_80": low_80,
            "high_80": high_80,
            "low_95": low_95,
            "high_95": high_95,
            "campaign": surroundings.campaign_names(dates, planned),
            "holiday": ["; ".join(names) for names in surroundings.holiday_names(dates)],
        }
    )


def _effects(fit: Fit) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    if fit.history.freq == "D":
        days = weekdays(fit.history.dates)
        levels = {day: float(fit.weekly[days == day][0]) for day in sorted(set(days[fit.open].tolist()))}
        middle = float(np.mean(list(levels.values())))
        for day, level in levels.items():
            factor = float(np.exp(level - middle))
            seen = int((fit.used & (days == day)).sum())
            error = fit.spread / np.sqrt(max(seen, 1))
            rows.append(_effect("weekday", WEEKDAYS[day], level - middle, error, seen) | {"factor": factor})
    for column, coefficient, error, seen in fit.effects:
        rows.append(_effect(column.kind, column.name or "any", coefficient, error, seen))
    return pd.DataFrame(rows, columns=["kind", "name", "factor", "low", "high", "seen"])


def _effect(kind: str, name: str, coefficient: float, error: float, seen: int) -> dict[str, Any]:
    factors = np.exp(coefficient + np.array([0.0, -1.96, 1.96]) * error).tolist()
    return {"kind": kind, "name": name, **dict(zip(("factor", "low", "high"), factors, strict=True)), "seen": seen}


def _notes(
    past: History,
    tested: Backtest,
    fit: Fit,
    surroundings: Surroundings,
    model: str,
    planned: Sequence[Campaign],
    strange: Sequence[Campaign],
    settings: Mapping[str, Any],
) -> tuple[Note, ...]:
    unit = UNITS[past.freq]
    first, last = str(past.first), str(past.last)
    notes = [Note("file", {"file": past.name, "periods": len(past), "unit": unit, "first": first, "last": last})]
    notes += past.notes
    if past.closed_weekdays:
        notes.append(Note("closed_weekdays", {"weekdays": ", ".join(WEEKDAYS[day] for day in past.closed_weekdays)}))
    shut = past.dates[fit.open & ~fit.used]
    if len(shut):
        notes.append(Note("closed_days", {"count": len(shut), "days": _named([str(day) for day in shut])}))
    if len(past) * past.step < 2 * 364:
        notes.append(Note("no_yearly_season", {"periods": len(past), "unit": unit}))
    if not has_library():
        lost = "no AutoETS, AutoTheta and MSTL; own models only"
        notes.append(Note("no_library", {"library": "statsforecast", "remedy": EXTRA, "lost": lost}))
    notes += [Note("model_failed", {"model": name, "reason": why}) for name, why in tested.failed.items()]
    if len(tested.windows) < tested.wanted:
        notes.append(Note("budget", {"done": len(tested.windows), "wanted": tested.wanted}))
    if len(tested.scored()) < FEWEST_WINDOWS or len(tested.before(tested.windows[-1].end)) < FEWEST_WINDOWS:
        notes.append(Note("few_windows", {"windows": len(tested.windows)}))
    if tested.tested < settings["horizon"]:
        notes.append(Note("short_backtest", {"tested": tested.tested, "unit": unit}))
    if model == NAIVE:
        notes.append(Note("naive_best"))
    if strange:
        notes.append(Note("unknown_campaigns", {"names": _named([each.name for each in strange])}))
    deepest = _deepest(past, surroundings.campaigns, planned)
    if deepest:
        notes.append(Note("beyond_known_depth", {"names": _named(deepest)}))
    far = past.dates[np.abs(fit.left) > FAR * fit.spread]
    if len(far):
        notes.append(Note("unexplained_days", {"days": _named([str(day) for day in far])}))
    if past.freq == "W":
        notes.append(Note("spread"))
    if past.measure != "orders":
        notes.append(Note("not_orders", {"measure": past.measure}))
    return tuple(notes)


def _deepest(past: History, campaigns: Sequence[Campaign], planned: Sequence[Campaign]) -> list[str]:
    """Names of planned campaigns that take more off the price than any of their type has."""
    depths: dict[str, float] = {}
    for each in campaigns:
        if past.first <= each.end and each.start <= past.last:
            depths[key_of(each)] = max(depths.get(key_of(each), 0.0), each.depth)
    return [each.name for each in planned if each.depth > depths.get(key_of(each), each.depth)]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
