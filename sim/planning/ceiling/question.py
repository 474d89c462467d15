"""From capacity to campaign: the largest one that meets the targets with a stated probability, per plan and shape.

The search looks at all plans on the same draws, asks each replication separately up to which size it holds, and
integrates the uncertainty of the uplift out. What it finds is a bracket, which fresh replications have to bear out; see
:mod:`sim.planning.ceiling.soundings` and :mod:`sim.planning.ceiling.confirm`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.compute import Engine
from sim.errors import InputError, Problem, nearest
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Failed, Lab, Progress
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Constraint, Required
from sim.planning.ceiling.binding import Binding, bindings
from sim.planning.ceiling.confirm import Ceiling, Terms, bracketed, confirmed
from sim.planning.ceiling.curve import curve_table, place_of, shares_table
from sim.planning.ceiling.forecast import sees_the_forecast
from sim.planning.ceiling.shapes import AS_PLANNED, Figures, Shape, shapes_of
from sim.planning.ceiling.sizes import BYS, HEADING, UP_TO, By, Measure, ladder
from sim.planning.ceiling.soundings import Course, Soundings
from sim.planning.ceiling.worth import Asked, worth_problems, worth_table
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Search:
    """How a ceiling is looked for.

    Parameters
    ----------
    by
        What sizes are told in first: uplift, orders or revenue.
    low, high
        Range of sizes in that unit; None: from the ordinary orders of the campaign's hours (for an order file: a
        quarter of it) to 2.5 times the planned size.
    points
        About how many sizes the coarse grid has.
    width
        Relative width of the bracket.
    replications
        Of the search; the first `first` of them on the whole coarse grid.
    fresh
        New replications that confirm the bracket where the uncertainty of the size is integrated over.
    at_most
        Replications at which the sequential test gives up, where nothing is.
    alpha
        Probability of any wrong statement about a bracket that is accepted.
    shapes, figures
        Time shapes asked for, and what they are like.
    worth
        Whether to ask what one more of each resource adds to the ceiling.
    of
        Plan that is asked about; None: the one of the largest ceiling.
    only
        Resources, by key or by the first part of it; None: all.
    binding
        Whether to ask what binds and what binds next.
    """

    by: By = "uplift"
    low: float | None = None
    high: float | None = None
    points: int = 7
    width: float = 0.05
    replications: int = 8
    first: int = 4
    fresh: int = 10
    at_most: int = 120
    alpha: float = 0.05
    shapes: tuple[str, ...] = (AS_PLANNED,)
    figures: Figures = field(default_factory=Figures)
    worth: bool = False
    of: str | None = None
    only: tuple[str, ...] | None = None
    binding: bool = True


@dataclass(frozen=True, eq=False)
class Ceilings:
    """What was found; tables are tidy DataFrames.

    Attributes
    ----------
    scenario, plans, baseline, seed, required, also, search, measure, shapes
        What was asked; `also` has to be kept in the same surges as `required`, None: nothing else.
    found
        A ceiling per shape and plan, sizes in the shape's own terms; :attr:`ceilings` has them as a table.
    ceilings
        shape, plan, verdict, probability, low, high, estimate (uplift, or `resample`), orders_low, orders_high,
        revenue_low, revenue_high, low_confirmed, high_confirmed, low_share, high_share, replications, fresh,
        integrated, islands.
    stretches
        shape, plan, number, first, last, first_orders, last_orders: all sizes at which the search reaches the
        probability, to the end of the range.
    shares
        See :func:`sim.planning.ceiling.curve.shares_table`.
    curve
        See :func:`sim.planning.ceiling.curve.curve_table`.
    binding
        See :func:`sim.planning.ceiling.binding.bindings`.
    worth
        See :func:`sim.planning.ceiling.worth.worth_table`; empty where it was not asked for.
    worth_of
        Plan that it is of; empty where it was not asked for.
    unusable
        Resources of which no more can be had, and why.
    failures
        Runs that failed three times and are missing.
    ran
        Runs computed for it; all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    baseline: str
    seed: int
    required: Required
    also: Required | None
    search: Search
    measure: Measure
    shapes: Sequence[Shape]
    ends: tuple[float, float]
    found: Sequence[Ceiling]
    ceilings: pd.DataFrame
    stretches: pd.DataFrame
    shares: pd.DataFrame
    curve: pd.DataFrame
    binding: pd.DataFrame
    worth: pd.DataFrame
    worth_of: str = ""
    unusable: Sequence[tuple[str, str]] = ()
    failures: Sequence[Failed] = ()
    ran: int = 0

    def ceiling(self, plan: str, shape: str = AS_PLANNED) -> Ceiling:
        """What was found of a plan and a shape."""
        return next(each for each in self.found if (each.course.plan, each.course.shape.name) == (plan, shape))


def ceiling(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    search: Search | None = None,
    seed: int = 1,
    *,
    constraint: Constraint | None = None,
    baseline: str | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Ceilings:
    """Find the largest campaign that meets the targets with a stated probability, per plan.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones.
    search
        How it is looked for; default: as :class:`Search` has it.
    seed
        >= 0.
    constraint
        What has to be kept, and how surely; default: `targets.service_level_ship` with `targets.probability`, and with
        stock `targets.fill_rate` in the same surges, where that is given.
    baseline
        Plan that is marked as such; default: the first.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem of what is asked, before anything is run.
    """
    named = named_plans(plans)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return ceiling_in(lab, search, constraint=constraint, baseline=baseline)


def ceiling_in(
    lab: Lab, search: Search | None = None, *, constraint: Constraint | None = None, baseline: str | None = None
) -> Ceilings:
    """The same in a laboratory that is there; see :func:`ceiling`."""
    asked, kept = search or Search(), constraint or Constraint()
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, seed=lab.seed)
    problems = problems_with(lab.scenario, lab.plans, asked, kept)
    if problems:
        raise InputError(problems, HEADING)
    required = kept.required(lab.scenario)
    also = kept.also(lab.scenario)
    soundings = Soundings(lab, required, also)
    shapes = shapes_of(lab.scenario, asked.shapes, asked.figures)
    ends = range_of(shapes[0].measure, asked)
    courses = [_course(lab, plan, shape, asked, required, ends) for shape in shapes for plan in lab.plans]
    lab.check([course.values(rung) for course in courses for rung in (0, course.ladder.rungs - 1)])
    seen = range(asked.replications)
    soundings.sound(courses, seen, asked.first)
    brackets = [
        bracketed(soundings, course, seen, required.probability, _own_ends(course.shape, ends)) for course in courses
    ]
    terms = Terms(required.probability, required.tolerance, asked.alpha, asked.fresh, asked.at_most)
    found = confirmed(soundings, brackets, asked.replications, terms)
    bound = bindings(soundings, found) if asked.binding else []
    chosen = asked.of or _largest(found)
    worth = Asked(chosen, asked.only, seen) if asked.worth and chosen else None
    sizes = _sizes(ends, found, asked.points)
    table, unusable = worth_table(soundings, found, worth, _own_ends)
    return Ceilings(
        scenario=lab.scenario,
        plans=lab.plans,
        baseline=reference,
        seed=lab.seed,
        required=required,
        also=also,
        search=asked,
        measure=shapes[0].measure,
        shapes=shapes,
        ends=ends,
        found=found,
        ceilings=_ceilings(found, required.probability, asked.replications),
        stretches=_stretches(found),
        shares=shares_table(soundings, found, sizes, seen),
        curve=curve_table(soundings, found, sizes, seen),
        binding=_binding(bound),
        worth=table,
        worth_of=worth.plan if worth is not None else "",
        unusable=unusable,
        failures=tuple(lab.failures),
        ran=lab.ran,
    )


# --- what is asked -------------------------------------------------------------------------------------------------


def problems_with(
    scenario: Scenario, plans: Mapping[str, Plan], search: Search, constraint: Constraint
) -> list[Problem]:
    """All that is wrong with what is asked, see :func:`ceiling`; empty when all of it can be done."""
    problems = _number_problems(search)
    if search.of is not None and search.of not in plans:
        problems.append(
            Problem("of", search.of, f"is not among the plans: {', '.join(plans)}{nearest(search.of, plans)}")
        )
    if search.only is not None and search.worth:
        problems += worth_problems(scenario, search.only)
    try:
        constraint.required(scenario)
    except InputError as error:
        problems += error.problems
    try:
        measure = shapes_of(scenario, search.shapes, search.figures)[0].measure
    except InputError as error:
        return problems + list(error.problems)
    low, high = range_of(measure, search)
    if not 0 < low < high:
        given = f"{measure.of(low, search.by):g} to {measure.of(high, search.by):g}"
        problems.append(Problem("low, high", given, "sizes run from a low one above 0 to a higher one"))
    return problems


def _number_problems(search: Search) -> list[Problem]:
    checks = [
        ("by", search.by, search.by in BYS, f"must be one of {', '.join(BYS)}"),
        ("points", search.points, 3 <= search.points <= 1000, "must be a whole number from 3 to 1000"),
        ("width", search.width, 0.001 <= search.width <= 1, "must lie between 0.001 and 1"),
        ("replications", search.replications, search.replications >= 3, "must be a whole number >= 3"),
        ("first", search.first, 2 <= search.first <= search.replications, "must lie between 2 and replications"),
        ("fresh", search.fresh, search.fresh >= 3, "must be a whole number >= 3"),
        ("at_most", search.at_most, search.at_most >= 10, "must be a whole number >= 10"),
        ("alpha", search.alpha, 0 < search.alpha < 0.5, "must lie between 0 and 0.5, both excluded"),
    ]
    figures = search.figures
    checks += [
        ("longer", figures.longer, 1 < figures.longer <= 10, "must be more than 1 and at most 10 times as long"),
        ("members.share", figures.members_share, 0 < figures.members_share < 1, "must lie between 0 and 1"),
        ("members.hours", figures.members_h, 0 < figures.members_h <= 24 * 60, "must lie between 0 and 1440 h"),
        ("pre_orders.share", figures.pre_order_share, 0 < figures.pre_order_share < 1, "must lie between 0 and 1"),
        ("pre_orders.days", figures.pre_order_days, 0 < figures.pre_order_days <= 60, "must lie between 0 and 60 days"),
    ]
    return [Problem(place, f"{given}", remedy) for place, given, is_right, remedy in checks if not is_right]


def range_of(measure: Measure, search: Search) -> tuple[float, float]:
    """Smallest and largest size that is asked about, as an uplift (or `resample`)."""
    least = 1.0 if measure.path.endswith("uplift") else 0.25
    low = least if search.low is None else measure.size(search.low, search.by)
    high = max(UP_TO * measure.planned, 2 * low) if search.high is None else measure.size(search.high, search.by)
    return low, high


def _own_ends(shape: Shape, ends: tuple[float, float]) -> tuple[float, float]:
    return shape.own(ends[0]), shape.own(ends[1])


def _course(lab: Lab, plan: str, shape: Shape, search: Search, required: Required, ends: tuple[float, float]) -> Course:
    """A course with a ladder that reaches as far as the size may turn out, but for half of what may go wrong above.

    Below, a size that is not on the ladder is taken to be as the smallest that is, which asks for a longer reach.
    """
    integrated = not sees_the_forecast(lab.scenario, lab.plans[plan])
    low, high = _own_ends(shape, ends)
    plain = Course(plan, shape, ladder(low, high, search.width, search.points), integrated)
    if plain.luck.cv == 0:
        return plain
    wrong = 1 - required.probability
    reach = low * plain.luck.quantile(wrong / 10), high * plain.luck.quantile(1 - wrong / 2)
    return replace(plain, ladder=ladder(*reach, search.width, search.points))


def _largest(found: Sequence[Ceiling]) -> str | None:
    """Plan of the largest ceiling of the first shape, or of one that holds at all sizes tried."""
    shape = found[0].course.shape.name
    known = [each for each in found if each.course.shape.name == shape and each.verdict == "bracket"]
    return max(known, key=lambda each: each.low).course.plan if known else None


# --- tables --------------------------------------------------------------------------------------------------------


def _sizes(ends: tuple[float, float], found: Sequence[Ceiling], points: int) -> np.ndarray:
    """Sizes of the curve: equal ratios over the range, what is planned, and the ends of brackets."""
    grid = list(np.geomspace(*ends, 2 * points + 1))
    shape = found[0].course.shape
    own = [shape.measure.planned]
    own += [each.course.shape.size(size) for each in found for size in (each.low, each.high) if not np.isnan(size)]
    return np.unique([*grid, *(round(size, 6) for size in own if ends[0] <= size <= ends[1])])


def _ceilings(found: Sequence[Ceiling], probability: float, replications: int) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for each in found:
        shape, measure = each.course.shape, each.course.shape.measure
        low, high, estimate = (shape.size(size) for size in (each.low, each.high, each.estimate))
        units = {
            f"{unit}_{name}": measure.of(size, unit)
            for unit in ("orders", "revenue")
            for name, size in (("low", low), ("high", high))
        }
        rows.append(
            {
                "shape": shape.name,
                "plan": each.course.plan,
                "verdict": each.verdict,
                "probability": probability,
                "low": low,
                "high": high,
                "estimate": estimate,
                **units,
                "low_confirmed": each.low_confirmed,
                "high_confirmed": each.high_confirmed,
                "low_share": each.low_share,
                "high_share": each.high_share,
                "replications": replications,
                "fresh": each.fresh,
                "integrated": each.course.luck.cv > 0,
                "islands": len(each.islands),
            }
        )
    return pd.DataFrame(rows)


def _stretches(found: Sequence[Ceiling]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for each in found:
        shape = each.course.shape
        for number, stretch in enumerate(each.stretches, 1):
            first, last = shape.size(stretch.first), shape.size(stretch.last)
            orders = shape.measure.of(first, "orders"), shape.measure.of(last, "orders")
            rows.append((shape.name, each.course.plan, number, first, last, *orders))
    columns = ["shape", "plan", "number", "first", "last", "first_orders", "last_orders"]
    return pd.DataFrame(rows, columns=columns)


def _binding(found: Sequence[Binding]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for each in found:
        first = {
            name: value for name, value in place_of(each.course, float("nan")).items() if name in {"shape", "plan"}
        }
        rows.append({**first, **each.facts})
    columns = ["shape", "plan", "step", "resource", "share", "hours", "looked_at", "breaks_at", "breaks_at_orders"]
    return pd.DataFrame(rows, columns=columns)
