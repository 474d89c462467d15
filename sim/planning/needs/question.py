"""The question what a campaign needs, so that its targets are met with the stated probability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.compute import Engine
from sim.errors import InputError, Problem
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Lab, Progress
from sim.experiment.laboratory.store import Store
from sim.planning.needs.budget import budget_of
from sim.planning.needs.closed import Closed, closed_form
from sim.planning.needs.dates import Leads, key_dates
from sim.planning.needs.measured import LEDGERS, desk_table, parcels_and_dock, staff_hours
from sim.planning.needs.need import Amounts
from sim.planning.needs.proof import Cut, Proof, cuts, prove
from sim.planning.needs.result import Needs
from sim.planning.needs.stock_tables import production_and_shelves, stock_table
from sim.planning.needs.stretches import Length, planned_days
from sim.planning.needs.supply import Terms
from sim.planning.needs.targets import Target, target_problems, targets_of
from sim.planning.needs.tuning import Trials, Tuned, tune
from sim.planning.needs.values import values_of
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

HEADING = "the needs can't be worked out"
TUNING, FRESH = 60, 200
COMPARED = 50  # fresh replications in which the present roster is run too
NOBODY_PLANNED = Plan(name="none")


def needs(
    scenario: Scenario,
    plan: Plan | str = NOBODY_PLANNED,
    tuning: int = TUNING,
    seed: int = 1,
    *,
    fresh: int = FRESH,
    probability: float | None = None,
    desk_goal: float | None = None,
    carriers_goal: float | None = None,
    stock_goal: float | None = None,
    stretch: Length = "week",
    leads: Leads | None = None,
    terms: Terms | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Needs:
    """Work out what a campaign needs, tune it by simulation, and prove it on fresh replications.

    Parameters
    ----------
    scenario
        With a promise, and for every crew a shift whose hours can be worked, with nobody on it if need be.
    plan
        Its measures are in force all the time; default: none.
    tuning
        Replications of the search, >= 10.
    seed
        >= 0.
    fresh
        New replications of each attempt at a proof, >= 20.
    probability
        With which all targets have to be met at once; default: `targets.probability`.
    desk_goal, carriers_goal, stock_goal
        See :func:`sim.planning.needs.targets.targets_of`.
    stretch
        People are booked by the week or by the day.
    leads
        Days ahead at which things are booked.
    terms
        What is assumed about stock.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With everything that is wrong, before anything is run.
    """
    named = named_plans([plan])
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return needs_in(
            lab,
            tuning,
            fresh=fresh,
            probability=probability,
            desk_goal=desk_goal,
            carriers_goal=carriers_goal,
            stock_goal=stock_goal,
            stretch=stretch,
            leads=leads,
            terms=terms,
        )


def needs_in(
    lab: Lab,
    tuning: int = TUNING,
    *,
    fresh: int = FRESH,
    probability: float | None = None,
    desk_goal: float | None = None,
    carriers_goal: float | None = None,
    stock_goal: float | None = None,
    stretch: Length = "week",
    leads: Leads | None = None,
    terms: Terms | None = None,
) -> Needs:
    """The same in a laboratory that is there, with one plan; see :func:`needs`."""
    scenario, ahead = lab.scenario, leads or Leads()
    plan = checked(scenario, lab.plans, None, HEADING, seed=lab.seed)
    problems = problems_with(
        scenario, lab.plans, tuning, fresh=fresh, probability=probability, desk_goal=desk_goal,
        carriers_goal=carriers_goal, stock_goal=stock_goal, leads=ahead,
    )  # fmt: skip
    if problems:
        raise InputError(problems, HEADING)
    share = scenario.targets.probability if probability is None else probability
    targets = targets_of(scenario, desk_goal, carriers_goal, stock_goal)
    closed = closed_form(scenario, targets, share, stretch, terms)
    trials = Trials(lab, plan, closed.needs, targets, planned_days(scenario))
    search = range(tuning)
    tuned = tune(trials, search, share)
    amounts, proofs, found = _proven(trials, tuned, share, search, fresh)
    return _result(trials, closed, targets, share, ahead, tuned, amounts, proofs, found, search, fresh)


def _proven(
    trials: Trials, tuned: Tuned, share: float, search: range, fresh: int
) -> tuple[Amounts, list[Proof], list[Cut]]:
    """Proof and cuts, where the search found anything to prove."""
    if not tuned.holds:
        return tuned.amounts, [], []
    amounts, proofs = prove(trials, tuned.amounts, share, search.stop, fresh)
    if proofs[-1].rejected:
        return amounts, proofs, []
    return amounts, proofs, cuts(trials, amounts, search, proofs[-1].replications)


def _result(
    trials: Trials, closed: Closed, targets: list[Target], share: float, leads: Leads, tuned: Tuned, amounts: Amounts,
    proofs: list[Proof], found: list[Cut], search: range, fresh: int,
) -> Needs:  # fmt: skip
    lab, scenario = trials.lab, trials.lab.scenario
    stands_on = proofs[-1].replications if proofs else range(search.stop, search.stop + fresh)
    compared = stands_on[:COMPARED]
    variant = trials.variant(amounts)
    money = budget_of(trials, amounts, stands_on, compared, share)
    present = np.asarray(trials.by_target(trials.present(), compared).all(axis=1))
    looked_at = stands_on[:LEDGERS]
    parcels, dock = parcels_and_dock(lab, variant, looked_at, share)
    production, shelves = production_and_shelves(lab, variant, looked_at, share, closed.needs, amounts)
    return Needs(
        scenario=scenario,
        plan=lab.plans[trials.plan],
        seed=lab.seed,
        targets=targets,
        probability=share,
        leads=leads,
        needs=closed.needs,
        closed=closed,
        amounts=amounts,
        holds=tuned.holds,
        rounds=tuned.rounds,
        search=search,
        proofs=proofs,
        cuts=found,
        present_share=float(np.mean(present)),
        present_n=len(present),
        values=values_of(scenario, closed.needs, amounts, trials.days),
        staff_hours=staff_hours(scenario, closed.needs, amounts),
        desk=desk_table(scenario, closed, closed.needs, amounts),
        parcels=parcels,
        dock=dock,
        budget=money,
        stock=stock_table(closed.supply, closed.needs, amounts),
        production=production,
        shelves=shelves,
        dates=key_dates(scenario, closed.needs, amounts, closed.expected, leads, closed.supply),
        ledgers=len(looked_at),
        failures=tuple(lab.failures),
        ran=lab.ran,
    )


def problems_with(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    tuning: int,
    *,
    fresh: int,
    probability: float | None,
    desk_goal: float | None,
    carriers_goal: float | None,
    stock_goal: float | None,
    leads: Leads,
) -> list[Problem]:
    """All that is wrong with what is asked; empty when all of it can be done."""
    problems = target_problems(desk_goal, carriers_goal, stock_goal, probability) + leads.problems()
    if len(plans) > 1:
        names = ", ".join(plans)
        problems.append(Problem("plans", f"[{names}]", "needs are worked out with one plan in force: choose one"))
    for place, value, least in (("tuning", tuning, 10), ("fresh", fresh, 20)):
        if value < least:
            problems.append(Problem(place, repr(value), f"must be a whole number >= {least}"))
    if scenario.promise is None:
        problems.append(Problem("promise", "null", "nothing falls due in this scenario, so nothing is needed in time"))
    if probability is None and not 0 < scenario.targets.probability < 1:
        remedy = "must lie between 0 and 1, both excluded, to be proven; or give probability"
        problems.append(Problem("targets.probability", repr(scenario.targets.probability), remedy))
    problems += _unlisted(scenario, stock_goal)
    places = {"picking": "site.picking", "packing": "site.packing", "desk": "desk"}
    for stage, crew in scenario.crews.items():
        if not crew.shifts and stage != "desk":
            remedy = "give at least one shift, with nobody on it if need be: its hours are those that can be worked"
            problems.append(Problem(f"{places[stage]}.shifts", "{}", remedy))
        if crew.shifts and crew.absence_share >= 1:
            problems.append(Problem(f"{places[stage]}.absence_share", "1", "nobody ever comes: must be below 1"))
    return problems


def _unlisted(scenario: Scenario, stock_goal: float | None) -> list[Problem]:
    """SKUs whose figures can't be set one by one, where something is asked of the stock."""
    stock = scenario.stock
    if stock is None or stock_goal == 0:
        return []
    remedy = "needs of stock are found for SKUs listed in stock.skus: list them, or leave the goal out by stock_goal=0"
    given = (("stock.catalogue", stock.catalogue), ("stock.assortment", stock.assortment and "given"))
    return [Problem(place, str(value), remedy) for place, value in given if value]
