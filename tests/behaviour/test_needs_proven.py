"""Needs that were proven: met, the target is not rejected on draws of another seed; cut, it is met more rarely."""

from __future__ import annotations

import numpy as np
import pytest

from sim.compute import Engine
from sim.experiment.laboratory.lab import Lab
from sim.planning.needs.question import needs_in
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.tuning import Trials
from sim.scenario.plan import Plan
from sim.statistics.paired_shares import below_p_value, mcnemar_p_value
from tests.small_needs import small

PLANS = {"none": Plan(name="none")}
UNTIL_ALL_LEFT = {"measure_from": "2026-03-03", "measure_to": "2026-03-07", "run_on_h": 48.0}
# Cutting what is called binding fails a fifth of the replications or more; on 90 others so few that the test below does
# not confirm it (four) happen once in 30,000. What fails two in 60 is not confirmed.
SEARCH, FRESH, OTHERS = 20, 60, 90


@pytest.mark.long
def test_needs_hold_on_fresh_replications_and_what_binds_binds() -> None:
    scenario = small(window=UNTIL_ALL_LEFT)
    engine = Engine("serial")
    found = needs_in(Lab(scenario, PLANS, 1, engine=engine), SEARCH, fresh=FRESH)
    assert found.proven
    assert found.present_share < 0.05  # there was something to find
    names = {each.need.owner for each in found.binding}
    assert {"picking", "packing", "desk", "van"} <= names

    # draws that nothing in the search or the proof has ever seen: those of another seed
    other = Trials(Lab(scenario, PLANS, 2, engine=engine), "none", found.needs, found.targets, planned_days(scenario))
    fresh = range(OTHERS)
    held = other.success(found.amounts, fresh)
    assert below_p_value(int(held.sum()), OTHERS, found.probability) >= 0.01
    for cut in found.binding:
        less = other.success({**found.amounts, cut.need.key: cut.amounts}, fresh)
        lost, gained = int((held & ~less).sum()), int((~held & less).sum())
        assert mcnemar_p_value(lost, gained) < 0.05, cut.need.key


def test_more_of_everything_never_fails_where_less_held() -> None:
    scenario = small()
    lab = Lab(scenario, PLANS, 3, engine=Engine("serial"))
    from sim.planning.needs.closed import closed_form
    from sim.planning.needs.targets import targets_of

    needs = closed_form(scenario, targets_of(scenario), 0.9).needs
    trials = Trials(lab, "none", needs, targets_of(scenario), planned_days(scenario))
    amounts = {each.key: each.closed for each in needs}
    more = {each.key: each.raised(each.raised(each.closed, 1.5), 1.5) for each in needs}
    less = {each.key: each.cut(each.closed) for each in needs}
    shares = [float(np.mean(trials.success(each, range(12)))) for each in (less, amounts, more)]
    assert shares == sorted(shares)
    assert shares[0] < shares[2] == 1.0
