"""The story of the cookie shop: from its form to the campaign, prepared and unprepared, on the same draws.

Prepared means here what `surgesim needs` begins with: its closed form. Searching and proving takes too long for a test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import sim
from sim.intake.keeping import keep
from sim.planning.needs.closed import closed_form
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.targets import targets_of
from sim.planning.needs.values import values_of
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Variations

REPLICATIONS = 3
SMALL = ["scale=0.2", "demand.campaign.uplift_cv=0.0"]  # as forecast: few draws suffice
LAST_YEAR = "demand.campaign.uplift=2.6"
NOBODY = Plan(name="none")


def shop(folder: Path, *overrides: str) -> Scenario:
    return sim.load_scenario("cookies", [*SMALL, *overrides], config_dir=folder)


def prepared(scenario: Scenario) -> Scenario:
    """The same demand, and what the closed form asks for."""
    needs = closed_form(scenario, targets_of(scenario), scenario.targets.probability).needs
    values = values_of(scenario, needs, {need.key: need.closed for need in needs}, planned_days(scenario))
    return Variations(scenario, {"none": NOBODY}).world(values)


@cache
def story() -> dict[str, pd.DataFrame]:
    """KPIs of the three campaigns, one row per replication."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        form = sim.write_template(folder / "cookies.xlsx", example="cookie_shop")
        keep(sim.read_intake(form, "cookies"), folder / "my")
        worlds = {"unprepared": shop(folder / "my"), "last_year": shop(folder / "my", LAST_YEAR)}
    worlds["prepared"] = prepared(worlds["unprepared"])
    return {
        name: pd.DataFrame(
            [sim.kpis(sim.simulate(world, NOBODY, sim.sample(world, 7, number))) for number in range(REPLICATIONS)]
        )
        for name, world in worlds.items()
    }


def test_the_prepared_shop_sells_half_as_much_again_as_last_year() -> None:
    found = story()
    more = found["prepared"]["orders_accepted"] / found["last_year"]["orders_accepted"]
    assert more.between(1.4, 1.6).all()
    assert (found["prepared"]["revenue"] > 1.4 * found["last_year"]["revenue"]).all()


def test_its_customers_are_more_content_than_those_of_the_unprepared_one() -> None:
    found = story()
    ready, unready = found["prepared"], found["unprepared"]
    assert (ready["orders_accepted"] == unready["orders_accepted"]).all()  # the same demand
    assert (ready["satisfaction_mean"] > unready["satisfaction_mean"]).all()
    assert (ready["service_level_ship"] > unready["service_level_ship"] + 0.03).all()
    assert (ready["service_level_delivery"] > unready["service_level_delivery"]).all()
    assert (ready["fill_rate"] > unready["fill_rate"] + 0.1).all()
    assert (ready["satisfaction_mean"] >= found["last_year"]["satisfaction_mean"] - 0.02).all()
