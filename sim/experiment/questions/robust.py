"""Plans in uncertain futures: what each would cost us to have chosen, in every future and in the worst.

The regret of a plan in a future is what the best plan there would have brought beyond it (Savage 1951), on the same
draws, so that it is a paired difference. The best plan is the one of the best mean in that future: whoever decides may
come to know the future, but not the draw of customers, so that a single draw can favour a plan of positive regret.

Three ways to choose: the smallest regret in the worst future (minimax regret, which uses no weights), the best weighted
mean, and the best mean of the worst tenth of all draws of all futures (conditional value at risk, Rockafellar &
Uryasev 2002). What was chosen is looked at again on fresh draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine
from sim.definitions import KPIS
from sim.errors import InputError, Problem
from sim.experiment.choice import FILL, reached
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Failed, Lab, Progress, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.explain import NET, SERVICE, unknown_kpis
from sim.experiment.questions.futures import Future, Misfit, fitting, futures_of
from sim.experiment.scorecard import kpi_interval
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Variations
from sim.statistics.intervals import exact_share, mean_interval
from sim.statistics.risk import cvar

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
OBJECTIVES = (NET, SERVICE)
Rule = Literal["minimax_regret", "expected", "cvar"]
RULES: tuple[Rule, ...] = ("minimax_regret", "expected", "cvar")
HEADING = "the futures can't be compared"
LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class Robustness:
    """What was found; tables are tidy DataFrames.

    Attributes
    ----------
    scenario, plans, baseline, seed, replications, fresh, kpis, level
        What was asked; `fresh` further replications stand behind what is said of the choices.
    futures
        With weights that add up to 1.
    misfits
        Plans that can't be applied in a future; they are not to be chosen.
    outcomes
        future, plan, kpi, unit, n, mean, low, high: 95 % t interval.
    reached
        future, plan, n, share, low, high: how often the targets were met, exact 95 % interval.
    regret
        future, plan, kpi, unit, best, n, mean, low, high, largest: mean of what `best` brings beyond the plan, paired,
        with its 95 % t interval; 0 for the best plan itself. `largest`: in a single replication.
    summary
        plan, kpi, unit, eligible, expected, expected_low, expected_high, worst, worst_future, cvar, expected_regret,
        expected_regret_low, expected_regret_high, largest_regret, regret_future, cvar_regret: over all futures.
        `expected`: weighted, with a t interval over replications (the same draws in all futures). `worst`: mean in the
        worst future. `cvar`: mean of the worst ``1 - level`` of all replications of all futures by weight; of regret
        likewise. NaN for a plan that can't be applied in every future.
    choices
        rule, kpi, plan, value, fresh_value: the plan chosen by each rule and what it is chosen by (largest regret,
        expected, CVaR), with the same figure on fresh replications; `plan` is None where no plan can be applied in
        every future.
    failures
        Runs that failed three times and are missing.
    ran
        Runs computed for it; all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    baseline: str
    seed: int
    replications: int
    fresh: int
    kpis: tuple[str, ...]
    level: float
    futures: Sequence[Future]
    misfits: Sequence[Misfit]
    outcomes: pd.DataFrame
    reached: pd.DataFrame
    regret: pd.DataFrame
    summary: pd.DataFrame
    choices: pd.DataFrame
    failures: Sequence[Failed] = ()
    ran: int = 0

    def choice(self, rule: Rule, kpi: str | None = None) -> str | None:
        """The plan that a rule chooses by a KPI (default: the first)."""
        rows = self.choices[(self.choices["rule"] == rule) & (self.choices["kpi"] == (kpi or self.kpis[0]))]
        plan = rows["plan"].iloc[0]
        return str(plan) if isinstance(plan, str) else None


def robust(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    replications: int = 20,
    seed: int = 1,
    *,
    futures: Mapping[str, Any] | None = None,
    kpis: Sequence[str] = OBJECTIVES,
    level: float = LEVEL,
    fresh: int | None = None,
    baseline: str | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Robustness:
    """Hold plans against each other in several futures.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones.
    replications
        >= 2, of every plan in every future, on the same draws.
    seed
        >= 0.
    futures
        Name -> ``{figures: {PATH: VALUE}, weight: 0.2}``, see :mod:`sim.experiment.questions.futures`; default:
        those that come with the scenario.
    kpis
        What plans are chosen by, each of it alone; the first one is the headline's.
    level
        Of the conditional value at risk, in [0, 1).
    fresh
        Further replications of what was chosen; default: as many. 0: none.
    baseline
        Plan that is marked as such; default: the first.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem of every future, before anything is run.
    """
    named = named_plans(plans)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return robust_in(lab, replications, futures=futures, kpis=kpis, level=level, fresh=fresh, baseline=baseline)


def robust_in(
    lab: Lab,
    replications: int = 20,
    *,
    futures: Mapping[str, Any] | None = None,
    kpis: Sequence[str] = OBJECTIVES,
    level: float = LEVEL,
    fresh: int | None = None,
    baseline: str | None = None,
) -> Robustness:
    """The same in a laboratory that is there; see :func:`robust`."""
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, seed=lab.seed)
    problems = problems_with(
        lab.scenario, lab.plans, replications, futures=futures, kpis=kpis, level=level, fresh=fresh
    )
    if problems:
        raise InputError(problems, HEADING)
    ways = futures_of(lab.scenario, futures)
    refused = fitting(lab.scenario, lab.plans, ways)
    world = _Worlds(lab, ways, refused)
    world.fill(world.variants, range(replications))
    names = tuple(kpis)
    judged = {kpi: _Judged(world, kpi, range(replications), level) for kpi in names}
    again = replications if fresh is None else fresh
    choices = _choices(world, judged, range(replications, replications + again))
    return Robustness(
        scenario=lab.scenario,
        plans=lab.plans,
        baseline=reference,
        seed=lab.seed,
        replications=replications,
        fresh=again,
        kpis=names,
        level=level,
        futures=ways,
        misfits=refused,
        outcomes=_outcomes(world, names, range(replications)),
        reached=_reached(world, range(replications)),
        regret=_regret(judged),
        summary=_summary(judged),
        choices=choices,
        failures=tuple(lab.failures),
        ran=lab.ran,
    )


def problems_with(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    replications: int,
    *,
    futures: Mapping[str, Any] | None,
    kpis: Sequence[str],
    level: float,
    fresh: int | None,
) -> list[Problem]:
    """All that is wrong with what is asked, see :func:`robust`; empty when all of it can be done."""
    problems = list(unknown_kpis(kpis))
    problems += [
        Problem("kpis", kpi, "neither much nor little of it is good in itself: name a KPI that plans can be chosen by")
        for kpi in kpis
        if kpi in KPIS and not KPIS[kpi].better
    ]
    if replications < 2:
        problems.append(Problem("replications", repr(replications), "must be a whole number >= 2"))
    if fresh is not None and fresh < 0:
        problems.append(Problem("fresh", repr(fresh), "must be a whole number >= 0"))
    if not 0 <= level < 1:
        problems.append(Problem("level", repr(level), "must lie between 0 and 1, 1 excluded"))
    try:
        fitting(scenario, plans, futures_of(scenario, futures))
    except InputError as error:
        problems += error.problems
    return problems


# --- values -------------------------------------------------------------------------------------------------------

Key = tuple[str, str]  # future, plan


class _Worlds:
    """Every plan in every future in which it can be applied."""

    def __init__(self, lab: Lab, futures: Sequence[Future], refused: Sequence[Misfit]) -> None:
        self.lab = lab
        self.futures = list(futures)
        unfit = {(each.future, each.plan) for each in refused}
        self.variants: dict[Key, Variant] = {}
        for future in futures:
            plans = [name for name in lab.plans if (future.name, name) not in unfit]
            for variant in lab.variants(future.figures, plans):
                self.variants[future.name, variant.plan] = variant
        self.eligible = [plan for plan in lab.plans if all((way.name, plan) in self.variants for way in futures)]

    def fill(self, keys: Iterable[Key], replications: range) -> None:
        self.lab.fill((self.variants[key], replications) for key in keys)

    def kpi(self, key: Key, name: str, replications: range) -> Floats:
        values: Floats = self.lab.kpis(self.variants[key], replications)[:, self.lab.store.names.index(name)]
        return values


class _Judged:
    """Plans by one KPI on some replications: values, regret, and what they come to over all futures.

    Parameters
    ----------
    best
        Best plan by future, where that was decided before; default: by these replications.
    plans
        Those to be looked at; default: all.
    """

    def __init__(
        self,
        world: _Worlds,
        kpi: str,
        replications: range,
        level: float,
        *,
        best: Mapping[str, str | None] | None = None,
        plans: Sequence[str] | None = None,
    ) -> None:
        self.kpi, self.level, self.futures = kpi, level, world.futures
        self.sign = 1.0 if KPIS[kpi].better == "high" else -1.0
        self.keys = [key for key in world.variants if plans is None or key[1] in plans]
        self.eligible = [plan for plan in world.eligible if plans is None or plan in plans]
        self.values = {key: world.kpi(key, kpi, replications) for key in self.keys}
        self.best = dict(best) if best is not None else {way.name: self._best(way.name) for way in world.futures}
        self.regret = {key: self._regret(world, key, replications) for key in self.keys}

    def _best(self, future: str) -> str | None:
        """Plan of the best mean in a future, the first of them; None where nothing was measured."""
        means = {key[1]: self.sign * _mean(self.values[key]) for key in self.keys if key[0] == future}
        known = {plan: mean for plan, mean in means.items() if not np.isnan(mean)}
        return max(known, key=lambda plan: known[plan]) if known else None

    def _regret(self, world: _Worlds, key: Key, replications: range) -> Floats:
        best = self.best[key[0]]
        if best is None:
            return np.full(len(replications), np.nan)
        return self.sign * (world.kpi((key[0], best), self.kpi, replications) - self.values[key])

    def summary(self, plan: str) -> dict[str, Any]:
        """What a plan comes to over all futures; NaN for one that can't be applied in all of them."""
        nan = float("nan")
        columns = "expected expected_low expected_high worst worst_future cvar expected_regret expected_regret_low "
        columns += "expected_regret_high largest_regret regret_future cvar_regret"
        found: dict[str, Any] = dict.fromkeys(columns.split(), nan)
        found["worst_future"] = found["regret_future"] = None
        if plan not in self.eligible:
            return found
        values = {way.name: self.values[way.name, plan] for way in self.futures}
        regret = {way.name: self.regret[way.name, plan] for way in self.futures}
        found["expected"], found["expected_low"], found["expected_high"], _ = self._weighted(values)
        found["expected_regret"], found["expected_regret_low"], found["expected_regret_high"], _ = self._weighted(
            regret
        )
        by_future = {name: self.sign * _mean(each) for name, each in values.items()}
        if not any(np.isnan(list(by_future.values()))):
            found["worst_future"] = min(by_future, key=lambda name: by_future[name])
            found["worst"] = self.sign * by_future[found["worst_future"]]
            mean_regret = {name: _mean(each) for name, each in regret.items()}
            found["regret_future"] = max(mean_regret, key=lambda name: mean_regret[name])
            found["largest_regret"] = mean_regret[found["regret_future"]]
        found["cvar"] = -self.sign * self._cvar({name: -self.sign * each for name, each in values.items()})
        found["cvar_regret"] = self._cvar(regret)
        return found

    def _weighted(self, values: Mapping[str, Floats]) -> tuple[float, float, float, int]:
        """Weighted mean over futures with its interval: replications of all futures have the same draws."""
        total: Floats = np.sum([way.weight * values[way.name] for way in self.futures], axis=0)
        return mean_interval(total)

    def _cvar(self, losses: Mapping[str, Floats]) -> float:
        """CVaR over all replications of all futures; a future keeps its weight where a replication is missing."""
        weights = []
        for way in self.futures:
            known = ~np.isnan(losses[way.name])
            weights.append(np.where(known, way.weight / max(1, int(known.sum())), 0.0))
        return cvar(np.concatenate([losses[way.name] for way in self.futures]), np.concatenate(weights), self.level)

    def chosen(self, rule: Rule) -> str | None:
        """The plan to choose by a rule, the first of the best; None where there is none."""
        scores = {plan: self.score(rule, plan) for plan in self.eligible}
        known = {plan: score for plan, score in scores.items() if not np.isnan(score)}
        if not known:
            return None
        sign = -1.0 if rule == "minimax_regret" else self.sign
        return max(known, key=lambda plan: sign * known[plan])

    def score(self, rule: Rule, plan: str) -> float:
        """What a rule goes by."""
        return float(self.summary(plan)["largest_regret" if rule == "minimax_regret" else rule])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


# --- tables -------------------------------------------------------------------------------------------------------


def _choices(world: _Worlds, judged: Mapping[str, _Judged], fresh: range) -> pd.DataFrame:
    """What each rule chooses, and how that does on fresh replications against the plans that were best before."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for kpi, each in judged.items():
        chosen = {rule: each.chosen(rule) for rule in RULES}
        plans = list(dict.fromkeys(plan for plan in chosen.values() if plan is not None))
        again = _again(world, each, plans, fresh) if len(fresh) and plans else None
        for rule, plan in chosen.items():
            value = each.score(rule, plan) if plan is not None else float("nan")
            later = again.score(rule, plan) if again is not None and plan is not None else float("nan")
            rows.append({"rule": rule, "kpi": kpi, "plan": plan, "value": value, "fresh_value": later})
    return pd.DataFrame(rows)


def _again(world: _Worlds, before: _Judged, plans: Sequence[str], fresh: range) -> _Judged:
    wanted = [(way.name, plan) for way in world.futures for plan in plans]
    wanted += [(future, best) for future, best in before.best.items() if best is not None]
    world.fill(dict.fromkeys(wanted), fresh)
    return _Judged(world, before.kpi, fresh, before.level, best=before.best, plans=plans)


def _outcomes(world: _Worlds, kpis: Sequence[str], replications: range) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for future, plan in world.variants:
        for kpi in dict.fromkeys([*kpis, SERVICE, NET]):
            mean, low, high, n = kpi_interval(kpi, world.kpi((future, plan), kpi, replications))
            rows.append((future, plan, kpi, KPIS[kpi].unit, n, mean, low, high))
    return pd.DataFrame(rows, columns=["future", "plan", "kpi", "unit", "n", "mean", "low", "high"])


def _reached(world: _Worlds, replications: range) -> pd.DataFrame:
    import pandas as pd

    rows = []
    base = Variations(world.lab.scenario, world.lab.plans)
    targets = {way.name: base.world(way.figures).targets for way in world.futures}
    for future, plan in world.variants:
        level, fill_rate = (world.kpi((future, plan), kpi, replications) for kpi in (SERVICE, FILL))
        met = reached(targets[future], level, fill_rate)
        rows.append((future, plan, len(met), *exact_share(int(met.sum()), len(met))))
    return pd.DataFrame(rows, columns=["future", "plan", "n", "share", "low", "high"])


def _regret(judged: Mapping[str, _Judged]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([row for kpi, each in judged.items() for row in _regrets(kpi, each)])


def _regrets(kpi: str, judged: _Judged) -> Iterator[dict[str, Any]]:
    for key, values in judged.regret.items():
        mean, low, high, n = mean_interval(values)
        where = {"future": key[0], "plan": key[1], "kpi": kpi, "unit": KPIS[kpi].unit, "best": judged.best[key[0]]}
        largest = float(np.nanmax(values)) if n else float("nan")
        yield {**where, "n": n, "mean": mean, "low": low, "high": high, "largest": largest}


def _summary(judged: Mapping[str, _Judged]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {"plan": plan, "kpi": kpi, "unit": KPIS[kpi].unit, "eligible": plan in each.eligible, **each.summary(plan)}
        for kpi, each in judged.items()
        for plan in dict.fromkeys(key[1] for key in each.keys)
    ]
    return pd.DataFrame(rows)
