"""The ceiling of a shipped scenario against every size of a fine grid; and why its luck may be integrated over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.compute import Engine
from sim.draws import sample
from sim.experiment.laboratory.lab import Lab
from sim.experiment.questions.constraint import Constraint
from sim.planning.ceiling.question import Search, ceiling_in
from sim.planning.ceiling.soundings import Soundings
from sim.statistics.crossings import share, stretches


def test_a_campaign_that_turns_out_larger_is_one_planned_larger() -> None:
    """To the byte: the same orders, with the same attributes, so that the luck may be integrated over."""
    planned = sim.load_scenario("double11", overrides=["scale=0.05", "demand.campaign.uplift=4.0"])
    for replication in range(3):
        drawn = sample(planned, 1, replication)
        assert drawn.uplift_luck != 1
        larger = [f"demand.campaign.uplift={4.0 * drawn.uplift_luck!r}", "demand.campaign.uplift_cv=0.0"]
        exact = sample(sim.load_scenario("double11", overrides=["scale=0.05", *larger]), 1, replication)
        for name in ("placed_min", "units", "due_ship_min", "pick_work_min", "ask_min", "by_campaign"):
            np.testing.assert_array_equal(getattr(drawn, name), getattr(exact, name), err_msg=name)


@pytest.mark.long
def test_the_ceiling_of_mid_autumn_agrees_with_brute_force_over_a_fine_grid() -> None:
    scenario = sim.load_scenario("mid_autumn", overrides=["scale=0.1"])
    plans = {name: sim.load_plan(name) for name in ("none", "warehouse_asked")}
    search = Search(low=2.5, high=9.0, points=6, width=0.1, replications=5, first=3, fresh=5, binding=False)
    with Engine("local") as engine:
        lab = Lab(scenario, plans, 1, engine=engine)
        found = ceiling_in(lab, search)
        everywhere = Soundings(lab, Constraint().required(scenario))
        for each in found.found:
            course = replace(each.course)
            rungs = range(course.ladder.rungs)
            everywhere.look((course, number, rung) for number in range(5) for rung in rungs)
            patterns = everywhere.patterns(course, range(5))
            assert all(len(pattern.sizes) == len(rungs) for pattern in patterns)
            sizes = np.geomspace(2.5, 9.0, 500)
            (whole,) = stretches(sizes, share(patterns, sizes, course.luck).mean(axis=0), 0.9)
            assert each.verdict == "bracket"
            assert each.low <= whole.last <= each.high, course.plan
            assert each.estimate == pytest.approx(whole.last, rel=0.05), course.plan
    low = {each.course.plan: each.low for each in found.found}
    assert low["warehouse_asked"] > 1.3 * low["none"]
