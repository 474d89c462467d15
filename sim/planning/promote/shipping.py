"""What of a mix of offers can be shipped: offers are cut back until the simulated warehouse keeps its targets.

The mix is best within a capacity of extra orders a day; the capacity is found by bisection over the whole range, from
none to what a planner who does not ask the warehouse would choose. All mixes meet the same draws. Then smaller
capacities are looked at, too, because a full warehouse is dear. The best of those that held by its simulated net
contribution is confirmed on replications that the search has not seen (Wald's test of the chance constraint); if it is
not borne out, the next best is tried. All tests share one error (Bonferroni).

The net contribution of a mix, against no offers, is what the offers bring (their own reckoning, the mean over what the
elasticity may be, without cost of handling) and what they cause in the warehouse, paired on the same draws: the
difference of the simulated net contributions less the margin that the simulation books for the extra orders, which is
that of ordinary ones. What is left is what it costs to ship them, and margin lost where orders are cancelled.

Lines that are added to orders that come anyway are not simulated, orders are. Money is told at full size: that of a
scenario at a smaller scale is divided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sim.compute import Engine
from sim.demand.curve import planned_curve
from sim.errors import InputError, Problem
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Failed, Lab, Progress, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Constraint, Required
from sim.planning.promote.demand import dealt, demand_problems, extra_by_day, ordinary_paths, with_offers
from sim.planning.promote.figures import Floats
from sim.planning.promote.mix import Mix, best_mix
from sim.planning.promote.offers import Candidates
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.feasibility import screen
from sim.statistics.intervals import exact_share, mean_interval

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["all_ships", "cut_back", "not_even_without"]
HEADING: Final = "offers can't be checked against the warehouse"
PARTS: Final = (1.0, 0.95, 0.9, 0.8, 0.65, 0.5, 0.25, 0.0)  # of the capacity that was found
NET = "net_contribution"


@dataclass(frozen=True, slots=True)
class Search:
    """How the capacity is looked for.

    Parameters
    ----------
    replications
        Of the search.
    width
        Where bisection stops: relative to what would be chosen without asking.
    fresh
        New replications that figures are told from.
    at_most
        Replications at which the confirmation gives up.
    alpha
        Probability of any wrong confirmation that is accepted.
    """

    replications: int = 20
    width: float = 0.02
    fresh: int = 40
    at_most: int = 400
    alpha: float = 0.05

    def __post_init__(self) -> None:
        checks = [
            ("replications", self.replications, self.replications >= 3, "must be a whole number >= 3"),
            ("width", self.width, 0.001 <= self.width <= 0.5, "must lie between 0.001 and 0.5"),
            ("fresh", self.fresh, self.fresh >= 3, "must be a whole number >= 3"),
            ("at_most", self.at_most, self.at_most >= 10, "must be a whole number >= 10"),
            ("alpha", self.alpha, 0 < self.alpha < 0.5, "must lie between 0 and 0.5, both excluded"),
        ]
        problems = [Problem(name, f"{value}", remedy) for name, value, is_right, remedy in checks if not is_right]
        if problems:
            raise InputError(problems, HEADING)


@dataclass(frozen=True, eq=False)
class Shipped:
    """What was found; tables are tidy DataFrames.

    Attributes
    ----------
    scenario, plan, seed, required, search
        What was asked.
    verdict
        Whether all that a planner would choose without asking ships, or it was cut back; or targets are missed even
        without offers.
    mix
        What to offer.
    unchecked
        What a planner who does not ask the warehouse would choose.
    confirmed
        Whether fresh replications bear out that the targets are kept often enough with the mix.
    tested
        Replications that this took.
    table
        choice (``nothing``, ``unchecked``, ``shipped``), offers, capacity, orders_per_day (extra, first day), spent,
        reckoned (contribution by the offers' own sums), kept, kept_low, kept_high (share of replications that keep the
        targets, 95 % exact), then for the KPIs asked for and the money `X`, `X_low`, `X_high`: of fresh replications,
        95 % t. `net`: against no offers, paired.
    steps
        capacity, orders_per_day, reckoned, kept, net: what the search looked at, in order.
    days
        date, ordinary, unchecked, shipped: expected orders of each day of the run, at full size.
    hours
        date, hour, ordinary, shipped: of each hour of the offers' days.
    failures
        Runs that failed three times.
    """

    scenario: Scenario
    plan: str
    seed: int
    required: tuple[Required, ...]
    search: Search
    verdict: Verdict
    mix: Mix
    unchecked: Mix
    confirmed: bool
    tested: int
    table: pd.DataFrame
    steps: pd.DataFrame
    days: pd.DataFrame
    hours: pd.DataFrame
    failures: Sequence[Failed] = ()


def shipping(
    scenario: Scenario,
    candidates: Candidates,
    plan: Plan | str = "none",
    search: Search | None = None,
    seed: int = 1,
    *,
    budget: float = np.inf,
    most: float | None = None,
    constraint: Constraint | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Shipped:
    """Choose offers that can be shipped.

    Parameters
    ----------
    scenario
        With a profile or a forecast of its demand, and no campaign of its own; the offers' days are measured.
    candidates
        Offers that could be made.
    plan
        Contingency plan of the warehouse.
    search
        How it is looked for.
    seed
        >= 0.
    budget
        Money for discounts and gifts.
    most
        Extra orders a day beyond which nobody wants to go; None: as many as ship.
    constraint
        What has to be kept, and how surely; default: the scenario's targets.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem of what is asked, before anything is run.
    """
    named = named_plans([plan])
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return shipping_in(lab, candidates, search, budget=budget, most=most, constraint=constraint)


def shipping_in(
    lab: Lab,
    candidates: Candidates,
    search: Search | None = None,
    *,
    budget: float = np.inf,
    most: float | None = None,
    constraint: Constraint | None = None,
    folder: Path | None = None,
) -> Shipped:
    """The same in a laboratory that is there, under its first plan; forecast files go to `folder` and stay there."""
    asked, kept = search or Search(), constraint or Constraint()
    plan = checked(lab.scenario, lab.plans, None, HEADING, seed=lab.seed)
    problems = demand_problems(lab.scenario, candidates)
    if problems:
        raise InputError(problems, HEADING)
    also = kept.also(lab.scenario)
    required = (kept.required(lab.scenario), *(() if also is None else (also,)))
    limits = (budget, np.inf if most is None else most)
    if folder is not None:
        return _Inquiry(lab, plan, candidates, required, asked, limits, folder).answer()
    with TemporaryDirectory(prefix="surgesim-offers-") as made:
        return _Inquiry(lab, plan, candidates, required, asked, limits, Path(made)).answer()


@dataclass(frozen=True, eq=False)
class _Try:
    """A mix and the variant of the scenario that has its demand."""

    mix: Mix
    variant: Variant
    reckoned: float  # the mean over what the elasticity may be, without handling


class _Inquiry:
    """One question: mixes by capacity, each simulated as often as anybody asked."""

    def __init__(
        self,
        lab: Lab,
        plan: str,
        candidates: Candidates,
        required: tuple[Required, ...],
        search: Search,
        limits: tuple[float, float],
        folder: Path,
    ) -> None:
        self.lab, self.plan, self.candidates, self.required = lab, plan, candidates, required
        self.search, self.folder = search, folder
        self.budget, self.most = limits
        self.names = list(lab.store.names)
        self.tries: dict[bytes, _Try] = {}
        self.rows: list[dict[str, float]] = []
        self.seen = range(search.replications)
        self.fresh = range(search.replications, search.replications + search.fresh)
        nothing = Mix(candidates, np.empty(0, dtype=np.intp), 0.0, self.budget, 0.0, 0.0, 0.0)
        self.nothing = self._tried(nothing)

    # --- runs ----------------------------------------------------------------------------------------------------

    def _tried(self, mix: Mix) -> _Try:
        key = mix.rows.tobytes()
        if key not in self.tries:
            path = self.folder / f"offers-{len(self.tries):03d}.csv"
            with_offers(self.lab.scenario, mix.chosen, path)
            (variant,) = self.lab.variants({"demand.forecast": str(path)}, [self.plan])
            self.tries[key] = _Try(mix, variant, self._reckoned(mix))
        return self.tries[key]

    def _reckoned(self, mix: Mix) -> float:
        if not len(mix.rows):
            return 0.0
        chosen, paths = mix.chosen, len(ordinary_paths(self.lab.scenario))
        found = [chosen.at(float(each)) for each in dealt(self.lab.scenario, chosen.uplift, paths)]
        return float(np.mean([np.sum(each["contribution"] + each["handling"]) for each in found]))

    def within(self, capacity: float) -> _Try:
        """The best mix within a capacity."""
        return self._tried(best_mix(self.candidates, budget=self.budget, capacity=capacity))

    def kpis(self, one: _Try, replications: range) -> Floats:
        """Shape (replications, KPIs)."""
        self.lab.fill([(one.variant, replications)])
        return self.lab.kpis(one.variant, replications)

    def kept(self, one: _Try, replications: range) -> Floats:
        """1 where a replication keeps all that is asked, else 0; one that failed does not."""
        found = self.kpis(one, replications)
        answers = [
            np.nan_to_num(each.kept(found[:, self.names.index(each.kpi)], one.variant.values)) for each in self.required
        ]
        return np.asarray(np.min(answers, axis=0))

    def net(self, one: _Try, replications: range) -> Floats:
        """Net contribution against no offers in each replication, see the head of the module."""
        base, found = self.kpis(self.nothing, replications), self.kpis(one, replications)
        net, accepted = self.names.index(NET), self.names.index("orders_accepted")
        more = found[:, net] - base[:, net] - (found[:, accepted] - base[:, accepted]) * self._booked(base)
        return np.asarray(one.reckoned + more / self.lab.scenario.scale)

    def _booked(self, base: Floats) -> float:
        """Margin that the simulation books for an ordinary order that is shipped."""
        columns = {name: base[:, self.names.index(name)] for name in ("revenue", "orders_accepted")}
        gone = sum(base[:, self.names.index(f"{name}_share")] for name in ("cancelled", "lost", "open"))
        shipped = float(np.nansum(columns["orders_accepted"] * (1 - gone)))
        margin = self.lab.scenario.economics.margin_share
        return margin * float(np.nansum(columns["revenue"])) / shipped if shipped > 0 else 0.0

    # --- search --------------------------------------------------------------------------------------------------

    def holds(self, one: _Try) -> bool:
        """Whether the replications of the search keep the targets often enough."""
        share = float(self.kept(one, self.seen).mean())
        net = float(np.nanmean(self.net(one, self.seen)))
        mix = one.mix
        row = {"capacity": mix.capacity, "orders_per_day": mix.orders_per_day, "reckoned": one.reckoned}
        self.rows.append({**row, "kept": share, "net": net})
        return share >= self.required[0].probability

    def answer(self) -> Shipped:
        """Search, choose, confirm, and tell."""
        unchecked = self.within(self.most)
        top = unchecked.mix.orders_per_day
        if self.holds(unchecked):
            capacity = top
        elif not self.holds(self.nothing):
            return self._told("not_even_without", self.nothing, unchecked, False, 0)
        else:
            capacity = self._bisected(top)
        chosen, confirmed, tested = self._confirmed(self._by_net(unchecked, capacity, top))
        verdict: Verdict = "all_ships" if chosen is unchecked else "cut_back"
        return self._told(verdict, chosen, unchecked, confirmed, tested)

    def _bisected(self, top: float) -> float:
        low, high = 0.0, top
        while high - low > self.search.width * top:
            middle = (low + high) / 2
            low, high = (middle, high) if self.holds(self.within(middle)) else (low, middle)
        return low

    def _by_net(self, unchecked: _Try, capacity: float, top: float) -> list[_Try]:
        """Mixes at parts of the capacity that hold in the search, the best simulated net contribution first."""
        found = [unchecked if part * capacity >= top else self.within(part * capacity) for part in PARTS]
        found = [each for each in dict.fromkeys([*found, self.nothing]) if self.holds(each)]
        return sorted(found, key=lambda each: -float(np.nanmean(self.net(each, self.seen))))

    def _confirmed(self, ranked: Sequence[_Try]) -> tuple[_Try, bool, int]:
        """The first that fresh replications bear out; nothing where none is."""
        required = self.required[0]
        tested = 0
        for each in ranked:
            answer = screen(
                self._observer(each),
                ["mix"],
                required.probability,
                required.tolerance,
                self.search.alpha / len(ranked),
                at_most=self.search.at_most,
                start=self.fresh.start,
            )
            tested = max(tested, answer.n["mix"])
            if answer.feasible:
                return each, True, tested
        return self.nothing, False, tested

    def _observer(self, one: _Try) -> Any:
        def observe(_: Sequence[str], first: int, stop: int) -> Floats:
            return self.kept(one, range(first, stop))[:, None]

        return observe

    # --- tables --------------------------------------------------------------------------------------------------

    def _told(self, verdict: Verdict, chosen: _Try, unchecked: _Try, confirmed: bool, tested: int) -> Shipped:
        import pandas as pd

        choices = {"nothing": self.nothing, "unchecked": unchecked, "shipped": chosen}
        return Shipped(
            scenario=self.lab.scenario,
            plan=self.plan,
            seed=self.lab.seed,
            required=self.required,
            search=self.search,
            verdict=verdict,
            mix=chosen.mix,
            unchecked=unchecked.mix,
            confirmed=confirmed,
            tested=tested,
            table=pd.DataFrame([self._row(name, each) for name, each in choices.items()]),
            steps=pd.DataFrame(self.rows).drop_duplicates(ignore_index=True),
            days=self._days(unchecked, chosen),
            hours=self._hours(chosen),
            failures=tuple(self.lab.failures),
        )

    def _row(self, name: str, one: _Try) -> dict[str, Any]:
        found, kept, net = self.kpis(one, self.fresh), self.kept(one, self.fresh), self.net(one, self.fresh)
        share, low, high = exact_share(int(kept.sum()), len(kept))
        mix = one.mix
        row: dict[str, Any] = {"choice": name, "offers": len(mix.rows), "capacity": mix.capacity}
        row |= {"orders_per_day": mix.orders_per_day, "spent": mix.spent, "reckoned": one.reckoned}
        row |= {"kept": share, "kept_low": low, "kept_high": high}
        kpis = dict.fromkeys([*(each.kpi for each in self.required), "orders_accepted", "peak_backlog_orders"])
        columns: Mapping[str, Floats] = {kpi: found[:, self.names.index(kpi)] for kpi in kpis} | {"net": net}
        for column, values in columns.items():
            mean, below, above, _ = mean_interval(values)
            row |= {column: mean, f"{column}_low": below, f"{column}_high": above}
        return row

    def _days(self, unchecked: _Try, chosen: _Try) -> pd.DataFrame:
        import pandas as pd

        scenario = self.lab.scenario
        ordinary = ordinary_paths(scenario).mean(axis=0)
        columns: dict[str, Iterable[Any]] = {"date": [scenario.date_of(day) for day in range(scenario.days)]}
        columns |= {"ordinary": ordinary, "unchecked": ordinary + extra_by_day(scenario, unchecked.mix.chosen)}
        return pd.DataFrame({**columns, "shipped": ordinary + extra_by_day(scenario, chosen.mix.chosen)})

    def _hours(self, chosen: _Try) -> pd.DataFrame:
        """Days of the offers by the hours of ordinary orders."""
        import pandas as pd

        scenario, window = self.lab.scenario, self.candidates.window
        curve = planned_curve(scenario)
        first = (window.start - scenario.first_day).days
        ordinary, extra = ordinary_paths(scenario).mean(axis=0), extra_by_day(scenario, chosen.mix.chosen)
        rows = []
        for day in range(first, first + window.days):
            hourly = np.array(
                [curve.expected(1440.0 * day + 60 * hour, 1440.0 * day + 60 * hour + 60) for hour in range(24)]
            )
            shares = hourly / hourly.sum() if hourly.sum() > 0 else np.full(24, 1 / 24)
            for hour in range(24):
                now, more = ordinary[day] * shares[hour], extra[day] * shares[hour]
                rows.append({"date": scenario.date_of(day), "hour": hour, "ordinary": now, "shipped": now + more})
        return pd.DataFrame(rows)
