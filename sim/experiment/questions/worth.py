"""What one more of each resource brings: paired differences per unit, and what the resource itself is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.experiment.laboratory.lab import Lab, Variant
from sim.experiment.questions.families import adjust, in_order
from sim.experiment.questions.resources import Resource, Unavailable
from sim.statistics.intervals import paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
SERVICE, NET = "service_level_ship", "net_contribution"


def worth_of(
    lab: Lab, bases: Mapping[str, Floats], resources: Sequence[Resource], replications: int
) -> tuple[pd.DataFrame, list[Unavailable]]:
    """What one more of each resource brings, under every plan."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    unusable: list[Unavailable] = []
    usable: list[tuple[Resource, list[Variant]]] = []
    for each in resources:
        try:
            lab.check([each.values])
        except InputError as error:
            unusable.append(Unavailable(each.key, "; ".join(str(problem) for problem in error.problems)))
        else:
            usable.append((each, lab.variants(each.values)))
    lab.fill((variant, range(replications)) for _, variants in usable for variant in variants)
    for each, variants in usable:
        for variant in variants:
            own, base = lab.kpis(variant, range(replications)), bases[variant.plan]
            rows.append({**_of(each), "plan": variant.plan, **_brings(each, own, base, lab.store.names)})
    columns = "resource kind owner part added plan n gross gross_low gross_high own_cost net net_low net_high "
    columns += "service service_low service_high p_value"
    table = pd.DataFrame(rows, columns=columns.split())
    adjust(table, ["plan"], table["gross"])
    ordered = table.sort_values("gross", ascending=False, kind="stable")
    return in_order(ordered, {"plan": list(bases)}), unusable


def _of(resource: Resource) -> dict[str, Any]:
    return {
        "resource": resource.key,
        "kind": resource.kind,
        "owner": resource.owner,
        "part": resource.part,
        "added": resource.added,
    }


def _brings(resource: Resource, own: Floats, base: Floats, names: Sequence[str]) -> dict[str, Any]:
    """Differences per unit added; what the resource is paid is taken from its own cost line."""
    net, service = (paired(own[:, names.index(kpi)], base[:, names.index(kpi)]) for kpi in (NET, SERVICE))
    paid = np.zeros(len(own))
    if resource.cost_line:
        column = names.index(f"cost_{resource.cost_line}")
        paid = own[:, column] - base[:, column]
    before = np.round(base[:, names.index(NET)], 6)
    gross = paired(np.round(own[:, names.index(NET)] + paid, 6), before)  # what is left of wages is no benefit
    known = paid[~np.isnan(paid)]
    per = {
        "gross": gross.mean,
        "gross_low": gross.low,
        "gross_high": gross.high,
        "own_cost": float(known.mean()) if len(known) else float("nan"),
        "net": net.mean,
        "net_low": net.low,
        "net_high": net.high,
        "service": service.mean,
        "service_low": service.low,
        "service_high": service.high,
    }
    return {"n": net.n, **{name: value / resource.added for name, value in per.items()}, "p_value": gross.p_value}
