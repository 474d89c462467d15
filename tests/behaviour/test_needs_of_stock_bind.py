"""Needs of stock that were proven: met, the target is not rejected on other draws; cut, it is met more rarely.

The floor has people to spare and parcels leave when they are packed, so that all that fails is what the shelves lack.
"""

from __future__ import annotations

from typing import Any

from sim.compute import Engine
from sim.experiment.laboratory.lab import Lab
from sim.planning.needs.closed import closed_form
from sim.planning.needs.proof import cuts, prove
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.targets import FILL, targets_of
from sim.planning.needs.tuning import Trials, tune
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.paired_shares import below_p_value, mcnemar_p_value
from tests.small_needs import SHIFT
from tests.small_stock_needs import STOCK, stocked

TUNING, FRESH = 30, 40
WANTED = 0.9


def ample() -> Scenario:
    """A shop that sells nothing but tea, hardly any of it left for the campaign; nobody ever waits on the floor."""
    crew: dict[str, Any] = {"setup_min": 1.0, "shifts": {"day": {**SHIFT, "headcount": 4}}}
    return stocked(
        {"skus": {"tea": {**STOCK["skus"]["tea"], "on_hand": 150}}, "production": {}, "storage": None},
        start="2026-03-06",
        window={"measure_from": "2026-03-09", "measure_to": "2026-03-12", "run_on_h": 24.0},
        demand={
            "profile": {"per_day": 40.0, "hour_shares": [0] * 8 + [1] * 12 + [0] * 4},
            "basket": {"lines_mean": 1.0, "units_per_line_mean": 1.0},
            "campaign": {"start": "2026-03-09", "end": "2026-03-12", "uplift": 3.0, "uplift_cv": 0.0},
        },
        site={"picking": crew, "packing": crew},
        carriers={},
        desk=None,
        targets={"fill_rate": 0.95, "probability": WANTED},
    )


def trials_of(seed: int) -> Trials:
    """Trials in which only what to buy is looked for."""
    shop = ample()
    found = closed_form(shop, targets_of(shop), WANTED).needs
    needs = [need for need in found if FILL in need.legs and need.kind == "bought"]
    lab = Lab(shop, {"none": Plan(name="none")}, seed, engine=Engine("serial"))
    return Trials(lab, "none", needs, targets_of(shop), planned_days(shop))


def test_stock_that_was_proven_holds_and_what_binds_of_it_binds() -> None:
    trials = trials_of(seed=1)
    tuned = tune(trials, range(TUNING), WANTED)
    assert tuned.holds
    amounts, proofs = prove(trials, tuned.amounts, WANTED, TUNING, FRESH)
    assert not proofs[-1].rejected
    binding = [cut for cut in cuts(trials, amounts, range(TUNING), proofs[-1].replications) if cut.binding]
    assert [cut.need.kind for cut in binding] == ["bought"]

    other = trials_of(seed=2)  # draws that neither the search nor the proof has seen
    held = other.success(amounts, range(FRESH))
    assert below_p_value(int(held.sum()), FRESH, WANTED) >= 0.01
    for cut in binding:
        assert sum(amounts[cut.need.key]) - sum(cut.amounts) == max(1, int(0.15 * sum(amounts[cut.need.key])))
        less = other.success({**amounts, cut.need.key: cut.amounts}, range(FRESH))
        lost, gained = int((held & ~less).sum()), int((~held & less).sum())
        assert mcnemar_p_value(lost, gained) < 0.01, cut.need.key
