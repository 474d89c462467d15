"""Compare plans on the same draws: summaries, paired differences, and a verdict on fresh replications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine, Kind
from sim.costs import LINES
from sim.draws import sample
from sim.experiment.alarms import early_warning
from sim.experiment.choice import FILL, SERVICE, margin, merit, missed, reached
from sim.experiment.enough import Enough
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.risk import risk_table
from sim.experiment.rounds import Settled, first_round, until_enough
from sim.experiment.runner import Outcome, Progress, outcome_of, run
from sim.experiment.scorecard import kpi_interval, scorecards
from sim.floor import simulate
from sim.indicators import KPIS, RESOURCES
from sim.ledger import Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import exact_share, holm, mean_interval, paired, simultaneous

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
BAND = (0.1, 0.9)  # quantiles over replications that bands show
FEWEST_FRESH = 5


@dataclass(frozen=True)
class Verdict:
    """Which plan to choose, re-estimated on replications that had no part in choosing it.

    Attributes
    ----------
    plan, runner_up
        The plan chosen, and the next best of those judged by the same rule (None if there is no other).
    holds
        Whether it reaches the targets with the probability asked for.
    missed
        KPIs whose own target it reaches too seldom; see :func:`sim.experiment.choice.missed`.
    reach_share, reach_low, reach_high
        Share of fresh replications in which it reached the targets, with its exact 95 % interval.
    service_mean, service_low, service_high
        Service level (shipped by the due time), 95 % t interval.
    fill_mean, fill_low, fill_high
        Share of units supplied from stock, 95 % t interval; NaN where the targets do not ask for it.
    net_mean, net_low, net_high
        Net contribution against the baseline, paired, site currency; zero for the baseline itself.
    fresh
        Number of fresh replications.
    """

    plan: str
    runner_up: str | None
    holds: bool
    missed: tuple[str, ...]
    reach_share: float
    reach_low: float
    reach_high: float
    service_mean: float
    service_low: float
    service_high: float
    fill_mean: float
    fill_low: float
    fill_high: float
    net_mean: float
    net_low: float
    net_high: float
    fresh: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """Result of :func:`compare`; tables are tidy DataFrames.

    Attributes
    ----------
    scenario, plans, baseline, seed, replications, workers
        What was compared; plans by name, in the order given.
    per_replication
        plan, replication, and every KPI in its own unit.
    summary
        plan, kpi, unit, mean, low, high, n: 95 % interval over n replications: t, or bootstrap for quantiles within a
        run (:func:`sim.experiment.scorecard.kpi_interval`).
    differences
        plan, kpi, unit, mean, low, high, n, p_value, p_holm, simultaneous_low, simultaneous_high, crn_factor: plan
        minus baseline, paired. `crn_factor` is the variance of independent draws over that of the paired ones.
    series
        plan, series, hour, mean, low, high: hours from the start; quantiles 0.1 and 0.9 over replications.
    bottlenecks
        plan, hour, resource, share: share of replications in which it held up most; shares of zero are left out.
    time_split
        plan, part, mean: minutes per shipped order.
    costs
        plan, line, mean, low, high: site currency, 95 % t interval.
    early_warning
        plan, rule, metric, level, share_of_level, replications, troubled, raised_share, in_time_share, lead_h_p10,
        lead_h_p50, lead_h_p90, first_h_p50, false_per_run, on_share: how each alert rule would have done at several
        levels, over replications; see :mod:`sim.early_warning`.
    scorecards
        team, kpi, unit, direction, target, plan, mean, low, high, n, met, met_share, met_low, met_high: each team's
        KPIs against `targets.teams`; see :func:`sim.experiment.scorecard.scorecards`.
    risk
        plan, figure, kpi, unit, probability, value, low, high, n, count, low_rank, high_rank, confidence, method:
        quantiles over replications and probabilities of events; see :func:`sim.experiment.risk.risk_table`.
    ledgers
        Ledger of replication 0 by plan.
    verdict
        None where nothing falls due, or one replication is too few to choose by.
    timings
        Seconds by name.
    notes
        Name -> count or text: what was left out of an order file, and the like.
    precision
        How `replications` was found and how closely its figures are known; None where it was given.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    baseline: str
    seed: int
    replications: int
    workers: int
    per_replication: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame
    series: pd.DataFrame
    bottlenecks: pd.DataFrame
    time_split: pd.DataFrame
    costs: pd.DataFrame
    early_warning: pd.DataFrame
    scorecards: pd.DataFrame
    risk: pd.DataFrame
    ledgers: Mapping[str, Ledger]
    verdict: Verdict | None
    timings: Mapping[str, float]
    notes: Mapping[str, Any] = field(default_factory=dict)
    precision: Settled | None = None


def compare(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    replications: int = 30,
    seed: int = 1,
    *,
    baseline: str | None = None,
    enough: Enough | None = None,
    workers: int | None = None,
    compute: Kind = "local",
    scheduler: str | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Simulate several plans on the same customers and compare them.

    Parameters
    ----------
    scenario
        From :func:`sim.load_scenario`, or built in Python.
    plans
        Plans, or names of shipped ones.
    replications
        >= 1; intervals need 2, and about 30 are a good start. Not used with `enough`.
    seed
        >= 0.
    baseline
        Name of the plan that the others are held against; default: the first.
    enough
        Take replications until its KPIs are known this closely, the same number for all plans; the verdict's fresh ones
        come after those that had a part in the decision.
    workers
        Processes; default: as many as there are cores. The result is the same for any number.
    compute, scheduler
        `local` (processes on this machine), `serial` (this process), or `dask` with the address of its scheduler
        (default: a cluster on this machine). The result is the same.
    engine
        Workers that are there already, in place of these three; it stays the caller's to close.
    progress
        Told (replications done, replications in all as far as is known by then).

    Raises
    ------
    InputError
        If there is no plan, a name is given twice or unknown, a number is out of range, or Dask can't be used.
    SurgesimError
        If a run failed three times, naming it with how to run it alone.
    """
    named = named_plans(plans)
    reference = checked(
        scenario, named, baseline, "the comparison can't be run", replications=replications, seed=seed, workers=workers
    )
    with workplace(engine, workers, compute, scheduler) as at_work:
        return _compare(scenario, named, reference, replications, seed, enough, at_work, progress)


def _compare(
    scenario: Scenario,
    named: Mapping[str, Plan],
    reference: str,
    replications: int,
    seed: int,
    enough: Enough | None,
    engine: Engine,
    progress: Progress | None,
) -> Comparison:
    started = perf_counter()
    if enough is not None:
        replications = first_round(enough)  # the least there can be; more as it turns out
    fresh = _fresh(replications)
    total = replications + fresh

    def report(done: int, _: int = 0) -> None:
        if progress is not None:
            progress(done, max(done, total))

    ledgers, first = _first_replication(scenario, named, seed)
    each = perf_counter() - started
    report(1)

    def more(numbers: range) -> list[Outcome]:
        nonlocal total
        total = max(total, numbers.stop + _fresh(numbers.stop))
        return run(
            scenario,
            named,
            seed,
            numbers,
            engine=engine,
            progress=lambda done, _: report(numbers.start + done),
            seconds_each=each,
        )

    settled = None
    if enough is None:
        outcomes, counted = [*first, *more(range(1, replications))], replications
    else:
        outcomes, settled = until_enough(first, more, list(named), reference, enough)
        replications, counted = settled.replications, settled.looked_at
    fresh = _fresh(replications)
    ran, total = len(outcomes) // len(named), counted + fresh
    table = _Table([each for each in outcomes if each.replication < replications], named, replications)
    timings = {"replications_s": perf_counter() - started}
    choice, runner_up = _choose(table, scenario)
    verdict = None
    if fresh and choice is not None:
        finalists = {name: named[name] for name in dict.fromkeys([choice, reference])}
        # what a round ran beyond the decision had no part in it and need not be run again
        spare = [each for each in outcomes if counted <= each.replication < total and each.plan in finalists]
        again = run(
            scenario,
            finalists,
            seed,
            range(min(max(ran, counted), total), total),
            engine=engine,
            progress=lambda done, _: report(max(ran, counted) + done),
            seconds_each=each * len(finalists) / len(named),
        )
        verdict = _verdict(_Table([*spare, *again], finalists, fresh), scenario, choice, runner_up, reference)
    report(total)
    timings["total_s"] = perf_counter() - started
    return Comparison(
        scenario=scenario,
        plans=named,
        baseline=reference,
        seed=seed,
        replications=replications,
        workers=engine.workers,
        per_replication=table.per_replication(),
        summary=table.summary(),
        differences=table.differences(reference),
        series=table.series(),
        bottlenecks=table.bottlenecks(),
        time_split=table.time_split(),
        costs=table.costs(),
        early_warning=early_warning(table.by_plan, scenario),
        scorecards=scorecards(scenario, table.plans, table.kpi),
        risk=risk_table(scenario, table.plans, reference, table.kpi),
        ledgers=ledgers,
        verdict=verdict,
        timings=timings,
        notes=next(iter(ledgers.values())).remarks,
        precision=settled,
    )


def _fresh(replications: int) -> int:
    """Replications for the verdict alone; none where one replication is too few to choose by."""
    return max(FEWEST_FRESH, replications // 2) if replications > 1 else 0


def _first_replication(
    scenario: Scenario, plans: Mapping[str, Plan], seed: int
) -> tuple[dict[str, Ledger], list[Outcome]]:
    """Replication 0 is run here and its ledgers are kept: they are what a reader can look into."""
    draws = sample(scenario, seed, 0)
    ledgers = {name: simulate(scenario, plan, draws) for name, plan in plans.items()}
    return ledgers, [outcome_of(name, ledger) for name, ledger in ledgers.items()]


class _Table:
    """Outcomes as arrays by plan, and the tables made of them."""

    def __init__(self, outcomes: list[Outcome], plans: Mapping[str, Plan], replications: int) -> None:
        self.plans = list(plans)
        self.replications = replications
        self.by_plan = {name: [each for each in outcomes if each.plan == name] for name in self.plans}
        self.kpi = {
            (name, kpi): np.array([each.kpis[kpi] for each in rows])
            for name, rows in self.by_plan.items()
            for kpi in KPIS
        }

    def per_replication(self) -> pd.DataFrame:
        """One row per plan and replication."""
        import pandas as pd

        rows = [
            {"plan": each.plan, "replication": each.replication, **each.kpis}
            for outcomes in self.by_plan.values()
            for each in outcomes
        ]
        return pd.DataFrame(rows)

    def summary(self) -> pd.DataFrame:
        """Mean and 95 % interval of each KPI under each plan."""
        import pandas as pd

        rows = []
        for (name, kpi), values in self.kpi.items():
            mean, low, high, n = kpi_interval(kpi, values)
            rows.append((name, kpi, KPIS[kpi].unit, mean, low, high, n))
        return pd.DataFrame(rows, columns=["plan", "kpi", "unit", "mean", "low", "high", "n"])

    def differences(self, baseline: str) -> pd.DataFrame:
        """Paired differences against the baseline; the family is every row whose difference varies."""
        import pandas as pd

        keys = [(name, kpi) for name in self.plans if name != baseline for kpi in KPIS]
        found = [paired(self.kpi[name, kpi], self.kpi[baseline, kpi]) for name, kpi in keys]
        varies = np.array([each.n > 1 and each.deviation > 0 for each in found], dtype=bool)
        p_values = np.array([each.p_value for each in found], dtype=np.float64)
        adjusted = p_values.copy()
        adjusted[varies] = holm(p_values[varies])
        rows = []
        for (name, kpi), each, p_holm in zip(keys, found, adjusted, strict=True):
            bounds = simultaneous(each, int(varies.sum()))
            rows.append(
                (
                    name,
                    kpi,
                    KPIS[kpi].unit,
                    each.mean,
                    each.low,
                    each.high,
                    each.n,
                    each.p_value,
                    p_holm,
                    *bounds,
                    each.crn_factor,
                )
            )
        columns = "plan kpi unit mean low high n p_value p_holm simultaneous_low simultaneous_high crn_factor"
        return pd.DataFrame(rows, columns=columns.split())

    def series(self) -> pd.DataFrame:
        """Hourly series: mean and 10-90 % band over replications."""
        import pandas as pd

        parts = []
        for name, outcomes in self.by_plan.items():
            for series in outcomes[0].series:
                if series == "hour":
                    continue
                stack = np.stack([each.series[series] for each in outcomes])
                low, high = np.quantile(stack, BAND, axis=0)
                columns = {"hour": np.arange(stack.shape[1]), "mean": stack.mean(axis=0), "low": low, "high": high}
                part = pd.DataFrame(columns)
                part.insert(0, "series", series)
                part.insert(0, "plan", name)
                parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def bottlenecks(self) -> pd.DataFrame:
        """Share of replications in which a resource held up most, by hour; shares of zero are left out."""
        import pandas as pd

        parts = []
        for name, outcomes in self.by_plan.items():
            stack = np.stack([each.bottleneck for each in outcomes])
            for code, resource in enumerate(RESOURCES):
                share = (stack == code).mean(axis=0)
                hour = np.flatnonzero(share > 0)
                parts.append(pd.DataFrame({"plan": name, "hour": hour, "resource": resource, "share": share[hour]}))
        return pd.concat(parts, ignore_index=True)

    def time_split(self) -> pd.DataFrame:
        """Mean minutes per shipped order by part of its way."""
        import pandas as pd

        rows = []
        for name, outcomes in self.by_plan.items():
            for part in outcomes[0].time_split:
                values = np.array([each.time_split[part] for each in outcomes])
                rows.append((name, part, mean_interval(values)[0]))
        return pd.DataFrame(rows, columns=["plan", "part", "mean"])

    def costs(self) -> pd.DataFrame:
        """Cost lines with their intervals."""
        import pandas as pd

        rows = [
            (name, line, *mean_interval(self.kpi[name, f"cost_{line}"])[:3]) for name in self.plans for line in LINES
        ]
        return pd.DataFrame(rows, columns=["plan", "line", "mean", "low", "high"])

    def reached(self, name: str, scenario: Scenario) -> Floats:
        """Whether the targets were reached, per replication; empty where nothing fell due."""
        return reached(scenario.targets, self.kpi[name, SERVICE], self.kpi[name, FILL])


def _choose(table: _Table, scenario: Scenario) -> tuple[str | None, str | None]:
    """The plan to choose, and the next best: of those that hold, the one that earns most; else the surest one."""
    ranked = []
    for name in table.plans:
        reached = table.reached(name, scenario)
        if not len(reached):
            return None, None
        share = float(reached.mean())
        holds = share >= scenario.targets.probability
        net = float(np.nanmean(table.kpi[name, "net_contribution"]))
        service, fill_rate = (mean_interval(table.kpi[name, kpi])[0] for kpi in (SERVICE, FILL))
        over = margin(scenario.targets, service, fill_rate)
        ranked.append((merit(share, net, over, holds=holds), name))
    ranked.sort(key=lambda item: item[0], reverse=True)
    return ranked[0][1], ranked[1][1] if len(ranked) > 1 else None


def _verdict(table: _Table, scenario: Scenario, choice: str, runner_up: str | None, baseline: str) -> Verdict:
    reached = table.reached(choice, scenario)
    share, low, high = exact_share(int(reached.sum()), len(reached))
    service = kpi_interval(SERVICE, table.kpi[choice, SERVICE])
    asked = scenario.targets.fill_rate is not None
    fill = kpi_interval(FILL, table.kpi[choice, FILL]) if asked else (nan, nan, nan, 0)
    net = paired(table.kpi[choice, "net_contribution"], table.kpi[baseline, "net_contribution"])
    return Verdict(
        plan=choice,
        runner_up=runner_up,
        holds=bool(share >= scenario.targets.probability),
        missed=missed(scenario.targets, table.kpi[choice, SERVICE], table.kpi[choice, FILL]),
        reach_share=share,
        reach_low=low,
        reach_high=high,
        service_mean=service[0],
        service_low=service[1],
        service_high=service[2],
        fill_mean=fill[0],
        fill_low=fill[1],
        fill_high=fill[2],
        net_mean=net.mean,
        net_low=net.low,
        net_high=net.high,
        fresh=len(reached),
    )
