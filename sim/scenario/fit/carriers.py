"""Measures on carriers and space need the carriers that they name, and limits that they can raise."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem, nearest
from sim.scenario.measures import BackupCarrier, CarrierCapacity, ExtraPickups, ExtraStorage
from sim.scenario.measures.carriers import Limit
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario


def carrier_misfits(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """Problems of all measures on carriers and space of a plan."""
    yield from _unknown_carriers(scenario, plan)
    yield from _backup_carriers(scenario, plan)
    yield from _nothing_to_add_to(scenario, plan)


def _place(plan: Plan, label: str, field: str = "") -> str:
    return f"plan.{plan.name}.measures.{label}{field and '.'}{field}"


def _unknown_carriers(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    for label, measure in plan.measures.items():
        if isinstance(measure, ExtraPickups | CarrierCapacity):
            field, named = "carriers", measure.carriers
        elif isinstance(measure, BackupCarrier):
            field, named = "replaces", measure.replaces
        else:
            continue
        for name in sorted(set(named) - set(scenario.carriers)):
            known = ", ".join(scenario.carriers) or "none"
            remedy = f"the scenario '{scenario.name}' has no such carrier, it has: {known}"
            yield Problem(_place(plan, label, field), name, remedy + nearest(name, scenario.carriers))


def _backup_carriers(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """Backup carriers go by their label, and together take over no more than there is."""
    for label in plan.backup_carriers:
        if label in (*scenario.carriers, "3pl"):
            remedy = "goes by its label, and another carrier has that name already: give the measure another label"
            yield Problem(_place(plan, label), label, remedy)
    for name in scenario.carriers:
        shares = {
            label: backup.share
            for label, backup in plan.backup_carriers.items()
            if not backup.replaces or name in backup.replaces
        }
        if sum(shares.values()) > 1 + 1e-9:
            *_, last = shares
            remedy = (
                f"{', '.join(shares)} together take over {sum(shares.values()):g} of the parcels of '{name}': "
                "their shares add up to at most 1"
            )
            yield Problem(_place(plan, last, "share"), f"{shares[last]:g}", remedy)


def _nothing_to_add_to(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """What raises a limit needs one."""
    for label, measure in plan.measures.items():
        if isinstance(measure, ExtraStorage) and scenario.site.staging_parcels is None:
            remedy = f"the scenario '{scenario.name}' has room for any number of parcels: say in "
            remedy += "site.staging_parcels how many its dock holds, or leave the measure out"
            yield Problem(_place(plan, label), "", remedy)
        if isinstance(measure, CarrierCapacity) and not any(
            _limits(scenario, name, limit) for name in measure.carriers or scenario.carriers for limit in measure.of
        ):
            remedy = f"no carrier that it names has such a limit in the scenario '{scenario.name}': "
            remedy += "give one (capacity of a pickup, daily_parcel_cap, contracted_per_day), or leave the measure out"
            yield Problem(_place(plan, label, "of"), ", ".join(measure.of), remedy)


def _limits(scenario: Scenario, name: str, limit: Limit) -> bool:
    """Whether a carrier (an unknown one is told of elsewhere) has a limit."""
    carrier = scenario.carriers.get(name)
    if carrier is None:
        return True
    if limit == "pickups":
        return any(pickup.capacity is not None for pickup in carrier.pickups.values())
    return (carrier.daily_parcel_cap if limit == "daily_cap" else carrier.contracted_per_day) is not None
