"""What was found as plain data, for machines: ``needs.json``."""

from __future__ import annotations

import math
from typing import Any

from sim.planning.needs.result import Needs


def facts_of(found: Needs) -> dict[str, Any]:
    """Needs, proof and what to set to have them; dates as ISO texts, what is not known as null."""
    proof = found.proof
    table = found.table().astype(object)
    return {
        "scenario": found.scenario.name,
        "plan": found.plan.name,
        "seed": found.seed,
        "probability": found.probability,
        "targets": {each.kpi: each.level for each in found.targets},
        "holds": found.holds,
        "proven": found.proven,
        "present_share": _known(found.present_share),
        "proof": None
        if proof is None
        else {
            "first_replication": proof.replications.start,
            "replications": proof.n,
            "successes": proof.successes,
            "share": proof.share,
            "interval_95": [proof.low, proof.high],
            "lower_bound_99": proof.bound,
            "p_value": proof.p_value,
            "rejected": proof.rejected,
        },
        "needs": [{name: _known(value) for name, value in row.items()} for row in table.to_dict("records")],
        "stock": [{name: _known(value) for name, value in row.items()} for row in _rows(found)],
        "binding": [each.need.key for each in found.binding],
        "dates": [
            {"event": each.event, "moment": each.moment.isoformat(), "team": each.team, "need": each.need,
             "missing": each.missing, "skus": list(each.skus)}
            for each in found.dates
        ],
        "values": dict(found.values),
    }  # fmt: skip


def _rows(found: Needs) -> list[dict[str, Any]]:
    """SKUs with their dates as texts."""
    rows = found.stock.astype(object).to_dict("records")
    return [
        {str(name): value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in rows
    ]


def _known(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
