"""Why a plan does as it does: which assumptions move its KPIs, and what one more of each resource would bring.

One figure at a time is set to each end of its range, all else as it stands, on the same draws (Howard 1988, "Decision
Analysis: Practice and Promise", the tornado): the bar of a figure spans what its two ends change, and its whiskers
are intervals of paired differences. Figures that act together are not seen this way; a sweep shows those.

The value of a resource is what one more of it changes, measured in the same way; with the model as it is and not as a
linear programme, so that it holds for one more and not for ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine
from sim.definitions import KPIS, no_kpi
from sim.errors import InputError, Problem, nearest
from sim.experiment.choice import FILL, margin, merit, reached
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Failed, Lab, Progress, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.assumptions import ENDS, HEADING, Assumption, End, LeftOut, assumptions_of, values_at
from sim.experiment.questions.families import adjust, in_order
from sim.experiment.questions.resources import Unavailable, resources_of
from sim.experiment.questions.worth import worth_of
from sim.scenario.economics import Targets
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values, Variations
from sim.statistics.intervals import Difference, paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
EXPLAINED = ("service_level_ship", "net_contribution")
SERVICE, NET = EXPLAINED
FEWEST = 2  # replications: an interval needs so many
JUDGED_BY = ("service_level_ship", "fill_rate", "probability")  # of the targets


@dataclass(frozen=True, eq=False)
class Explanation:
    """What was found; tables are tidy DataFrames.

    Attributes
    ----------
    scenario, plans, baseline, of, seed, replications, first_look
        What was asked; `of` is the plan whose bars are shown first.
    kpis
        KPIs explained, in order.
    top
        How many bars are worth showing.
    choice
        Plan that was to be chosen with all figures as they stand; None with one plan.
    effects
        path, end, value, plan, kpi, unit, n, base, mean, difference, low, high, p_value, p_holm, clear, choice: one row
        for each end, plan and KPI. `difference`: KPI with the figure at that end minus KPI as it stands, paired over n
        replications, with its 95 % t interval. `p_holm`: adjusted over all ends tried for that plan and KPI (Holm
        1979), `clear` where it is below 0.05. `choice`: plan to be chosen there.
    bars
        path, about, unit, base, low_value, high_value, plan, kpi, kpi_unit, n, at_low, at_high, swing, clear, inert,
        changes_choice: one row for each figure, plan and KPI; KPIs and plans in the order asked, the largest
        swing first. `at_low`, `at_high`:
        differences at the ends (NaN where one was refused); `swing`: from the lowest to the highest of them and zero;
        `inert`: every replication came out exactly as it stands; `changes_choice`: another plan is to be chosen at
        one of the ends.
    resources
        resource, kind, owner, part, added, plan, n, gross, gross_low, gross_high, own_cost, net, net_low, net_high,
        service, service_low, service_high, p_value, p_holm, clear: what one more of each brings over the whole run,
        site currency and share, largest gross first within each plan. `own_cost`: what it is itself paid (wages,
        visits); `gross`: net contribution before that; `net`: after it; intervals 95 %, paired; `clear`: `gross` is
        told from nothing, adjusted over all resources of the plan.
    left_out
        path, end, value, kind, reason: figures and resources that were not tried.
    failures
        Runs that failed three times and are missing.
    ran
        Runs computed for it; all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    baseline: str
    of: str
    seed: int
    replications: int
    first_look: int
    kpis: tuple[str, ...]
    top: int
    choice: str | None
    effects: pd.DataFrame
    bars: pd.DataFrame
    resources: pd.DataFrame
    left_out: pd.DataFrame
    failures: Sequence[Failed] = ()
    ran: int = 0

    def shown(self, kpi: str, plan: str | None = None) -> pd.DataFrame:
        """Bars of a plan (default: `of`) that are told from nothing, the largest `top` of them."""
        bars = self.bars
        mine = bars[(bars["plan"] == (plan or self.of)) & (bars["kpi"] == kpi) & bars["clear"]]
        return mine.head(self.top)


def explain(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    replications: int = 20,
    seed: int = 1,
    *,
    kpis: Sequence[str] = EXPLAINED,
    figures: Mapping[str, Any] | None = None,
    only: Sequence[str] = (),
    top: int = 15,
    first_look: int = 5,
    resources: bool = True,
    baseline: str | None = None,
    of: str | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Which assumptions move the KPIs of plans, and what one more of each resource brings.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones. Their figures with a range are tried too.
    replications
        >= 2, of every figure that is worth them and of every resource.
    seed
        >= 0.
    kpis
        KPIs to be explained.
    figures
        Path -> ``[low, high]``, beside the ranges that sources name or in place of them.
    only
        Paths: only what lies below one of them.
    top
        How many bars are worth showing. A figure whose effect can't be one of them by the first look, and that
        changes no choice, is not looked at again.
    first_look
        Replications of every figure, >= 2.
    resources
        Whether to ask for one more of each resource.
    baseline
        Plan that the choice is held against; default: the first.
    of
        Plan whose bars matter; default: the one to be chosen.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem, before anything is run.
    """
    named = named_plans(plans)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return explain_in(
            lab,
            replications,
            kpis=kpis,
            figures=figures,
            only=only,
            top=top,
            first_look=first_look,
            resources=resources,
            baseline=baseline,
            of=of,
        )


def explain_in(
    lab: Lab,
    replications: int = 20,
    *,
    kpis: Sequence[str] = EXPLAINED,
    figures: Mapping[str, Any] | None = None,
    only: Sequence[str] = (),
    top: int = 15,
    first_look: int = 5,
    resources: bool = True,
    baseline: str | None = None,
    of: str | None = None,
) -> Explanation:
    """The same in a laboratory that is there; see :func:`explain`."""
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, seed=lab.seed)
    problems = _wrong(lab.plans, replications, kpis, top, first_look, of)
    base = Variations(lab.scenario, lab.plans)
    tried, left = _assumptions(base, figures, only, problems)
    if problems:
        raise InputError(problems, HEADING)
    first = min(first_look, replications)
    there = _Bases(lab, replications)
    choice = there.choice(replications, {})
    mine = of or choice or list(lab.plans)[-1]
    points = [_Point(lab, each, end, values_at(base, each, end)) for each in tried for end in each.ends]
    lab.fill((variant, range(first)) for point in points for variant in point.to_run)
    again = _worth_another_look(there, points, first, tuple(kpis), mine, top) if first < replications else set()
    more = [point for point in points if point.assumption.path in again]
    lab.fill((variant, range(replications)) for point in more for variant in point.to_run)
    effects = _effects(there, points, dict.fromkeys(again, replications), first, tuple(kpis))
    found, refused = resources_of(lab.scenario) if resources else ([], [])
    bases = {plan: there.kpis(plan, replications) for plan in lab.plans}
    worth, unusable = worth_of(lab, bases, found, replications)
    return Explanation(
        scenario=lab.scenario,
        plans=lab.plans,
        baseline=reference,
        of=mine,
        seed=lab.seed,
        replications=replications,
        first_look=first,
        kpis=tuple(kpis),
        top=top,
        choice=choice,
        effects=effects,
        bars=_bars(effects, tried, there),
        resources=worth,
        left_out=_left_out(left, [*refused, *unusable]),
        failures=tuple(lab.failures),
        ran=lab.ran,
    )


def problems_with(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    replications: int,
    *,
    kpis: Sequence[str],
    figures: Mapping[str, Any] | None,
    only: Sequence[str],
    top: int,
    first_look: int,
    of: str | None,
) -> list[Problem]:
    """All that is wrong with what is asked, see :func:`explain`; empty when all of it can be done."""
    problems = _wrong(plans, replications, kpis, top, first_look, of)
    _assumptions(Variations(scenario, plans), figures, only, problems)
    return problems


def _assumptions(
    base: Variations, figures: Mapping[str, Any] | None, only: Sequence[str], problems: list[Problem]
) -> tuple[list[Assumption], list[LeftOut]]:
    """What to try and what not; problems with it are added to those already found."""
    try:
        return assumptions_of(base, figures, only)
    except InputError as error:
        problems += error.problems
        return [], []


def _wrong(
    plans: Mapping[str, Plan], replications: int, kpis: Sequence[str], top: int, first_look: int, of: str | None
) -> list[Problem]:
    problems = list(unknown_kpis(kpis))
    counts = {"replications": (replications, FEWEST), "first_look": (first_look, FEWEST), "top": (top, 1)}
    problems += [
        Problem(place, repr(value), f"must be a whole number >= {least}")
        for place, (value, least) in counts.items()
        if value < least
    ]
    if of is not None and of not in plans:
        problems.append(Problem("of", of, f"must be one of the plans: {', '.join(plans)}{nearest(of, plans)}"))
    return problems


def unknown_kpis(kpis: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a choice of KPIs."""
    if not kpis:
        yield Problem("kpis", "[]", "name at least one KPI; see docs/reference/kpis.md")
    for name in kpis:
        if name not in KPIS:
            yield Problem("kpis", name, no_kpi(name))


# --- points, and what they are held against -----------------------------------------------------------------------


class _Bases:
    """Every plan with all figures as they stand."""

    def __init__(self, lab: Lab, replications: int) -> None:
        self.lab = lab
        self.variants = {each.plan: each for each in lab.variants({})}
        lab.fill((variant, range(replications)) for variant in self.variants.values())
        self.names = lab.store.names

    def kpis(self, plan: str, n: int) -> Floats:
        """KPIs of a plan; shape (n, KPIs)."""
        return self.lab.kpis(self.variants[plan], range(n))

    def choice(self, n: int, values: Values, at: Mapping[str, Floats] | None = None) -> str | None:
        """The plan to choose by n replications at a point (default: as it stands); None with one plan."""
        kpis = at if at is not None else {plan: self.kpis(plan, n) for plan in self.variants}
        targets = self.lab.scenario.targets
        there = {name: values[f"targets.{name}"] for name in JUDGED_BY if f"targets.{name}" in values}
        return chosen(kpis, self.names, targets.model_copy(update=there)) if len(kpis) > 1 else None


def chosen(kpis: Mapping[str, Floats], names: Sequence[str], targets: Targets) -> str:
    """The plan to choose: of those that hold, the one that earns most; where none holds, the surest.

    Parameters
    ----------
    kpis
        By plan; shape (replications, KPIs).
    names
        Of the KPIs in the columns.
    targets
        A plan holds if it reaches them in so large a share of replications as `targets.probability` asks for; see
        :func:`sim.experiment.choice.reached`. Where nothing falls due every plan holds.
    """
    ranked = []
    for plan, values in kpis.items():
        level, fill_rate, net = (values[:, names.index(kpi)] for kpi in (SERVICE, FILL, NET))
        met = reached(targets, level, fill_rate)
        share = float(met.mean()) if len(met) else 1.0
        holds = share >= targets.probability
        over = margin(targets, _mean(level), _mean(fill_rate) if not np.isnan(fill_rate).all() else float("nan"))
        ranked.append((merit(share, _mean(net), over, holds=holds), plan))
    return max(ranked, key=lambda each: each[0])[1]


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("-inf")


class _Point:
    """A figure at one end of its range."""

    def __init__(self, lab: Lab, assumption: Assumption, end: End, values: Values) -> None:
        self.assumption = assumption
        self.end = end
        self.values = values
        self.variants: list[Variant] = lab.variants(self.values)

    @property
    def to_run(self) -> list[Variant]:
        """Those that differ from what stands: a plan's own figure touches no other plan."""
        path = self.assumption.path
        return [each for each in self.variants if not path.startswith(PLAN) or path.startswith(f"{PLAN}{each.plan}.")]

    def kpis(self, lab: Lab, n: int) -> dict[str, Floats]:
        """KPIs by plan; shape (n, KPIs)."""
        return {variant.plan: lab.kpis(variant, range(n)) for variant in self.variants}


def _worth_another_look(
    there: _Bases, points: Sequence[_Point], first: int, kpis: tuple[str, ...], plan: str, top: int
) -> set[str]:
    """Figures whose swing may be one of the largest, or that change the choice, by the first replications."""
    paths: set[str] = set()
    base = there.kpis(plan, first)
    before = there.choice(first, {})
    reach: dict[str, dict[str, float]] = {kpi: {} for kpi in kpis}
    swing: dict[str, dict[str, float]] = {kpi: {} for kpi in kpis}
    for point in points:
        path, found = point.assumption.path, point.kpis(there.lab, first)
        if there.choice(first, point.values, found) != before:
            paths.add(path)
        for kpi in kpis:
            column = there.names.index(kpi)
            gap = paired(found[plan][:, column], base[:, column])
            size = abs(gap.mean) if gap.n else 0.0
            half = (gap.high - gap.low) / 2 if gap.n > 1 else 0.0
            reach[kpi][path] = reach[kpi].get(path, 0.0) + size + half
            swing[kpi][path] = max(swing[kpi].get(path, 0.0), size)
    for kpi in kpis:
        largest = sorted(swing[kpi].values(), reverse=True)
        bar = largest[min(top, len(largest)) - 1] if largest else 0.0
        paths |= {path for path, size in reach[kpi].items() if size > 0 and size >= bar}
    return paths


# --- tables -------------------------------------------------------------------------------------------------------


def _effects(
    there: _Bases, points: Sequence[_Point], counts: Mapping[str, int], first: int, kpis: tuple[str, ...]
) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for point in points:
        path = point.assumption.path
        n = counts.get(path, first)
        found = point.kpis(there.lab, n)
        choice = there.choice(n, point.values, found)
        for plan in (variant.plan for variant in point.to_run):
            own = found[plan]
            base = there.kpis(plan, n)
            for kpi in kpis:
                column = there.names.index(kpi)
                gap = paired(own[:, column], base[:, column])
                where = {"path": path, "end": point.end, "value": point.assumption.ends[point.end], "plan": plan}
                rows.append({**where, "kpi": kpi, **_row(gap, own[:, column], base[:, column]), "choice": choice})
    table = pd.DataFrame(rows)
    adjust(table, ["plan", "kpi"], table["difference"])
    table.insert(5, "unit", [KPIS[kpi].unit for kpi in table["kpi"]])
    return table


def _row(gap: Difference, own: Floats, base: Floats) -> dict[str, Any]:
    both = ~(np.isnan(own) | np.isnan(base))
    return {
        "n": gap.n,
        "base": float(base[both].mean()) if gap.n else float("nan"),
        "mean": float(own[both].mean()) if gap.n else float("nan"),
        "difference": gap.mean,
        "low": gap.low,
        "high": gap.high,
        "p_value": gap.p_value,
    }


def _bars(effects: pd.DataFrame, tried: Sequence[Assumption], there: _Bases) -> pd.DataFrame:
    import pandas as pd

    by_path = {each.path: each for each in tried}
    choices = {n: there.choice(n, {}) for n in set(effects["n"]) if n}
    rows = []
    for (path, plan, kpi), part in effects.groupby(["path", "plan", "kpi"], sort=False):
        figure = by_path[str(path)]
        at = {end: part.loc[part["end"] == end, "difference"] for end in ENDS}
        changes = {end: float(found.iloc[0]) if len(found) else float("nan") for end, found in at.items()}
        known = [0.0, *(change for change in changes.values() if not np.isnan(change))]
        n = int(part["n"].min())
        rows.append(
            {
                "path": path,
                "about": figure.about,
                "unit": figure.unit,
                "base": figure.base,
                "low_value": figure.ends.get("low"),
                "high_value": figure.ends.get("high"),
                "plan": plan,
                "kpi": kpi,
                "kpi_unit": KPIS[str(kpi)].unit,
                "n": n,
                "at_low": changes["low"],
                "at_high": changes["high"],
                "swing": max(known) - min(known),
                "clear": bool(part["clear"].any()),
                "inert": bool(n and ((part["difference"] == 0) & (part["low"] == part["high"])).all()),
                "changes_choice": bool(n and (part["choice"] != choices[n]).any() and choices[n] is not None),
            }
        )
    table = pd.DataFrame(rows).sort_values("swing", ascending=False, kind="stable")
    return in_order(table, {"kpi": list(dict.fromkeys(effects["kpi"])), "plan": list(there.variants)})


def _left_out(left: Sequence[LeftOut], resources: Sequence[Unavailable]) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[str, str, Any, str, str]] = [
        (each.path, each.end, each.value, each.kind, each.reason) for each in left
    ]
    rows += [(each.key, "", None, "resource", each.reason) for each in resources]
    return pd.DataFrame(rows, columns=["path", "end", "value", "kind", "reason"])
