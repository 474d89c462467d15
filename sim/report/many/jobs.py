"""What the single reports of a ``--multirun`` found, read from their folders.

A comparison chose its plan in a verdict on fresh replications; a sweep chose one at each of its points. Both become
lines: one of a comparison, one for each point of a sweep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiment.choice import FILL, NET, SERVICE, Span, margin, merit, reached
from sim.scenario.economics import Targets
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import exact_share

if TYPE_CHECKING:
    import pandas as pd

MANIFEST, VERDICT = "manifest.json", "verdict"


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a ``--multirun``.

    Parameters
    ----------
    number
        From 0.
    overrides
        As the user wrote them, those that all jobs share too.
    scenario, plans
        What it was about.
    folder
        Of its report.
    """

    number: int
    overrides: tuple[str, ...]
    scenario: Scenario
    plans: Mapping[str, Plan]
    folder: Path


@dataclass(frozen=True, slots=True)
class Stand:
    """How a plan does in a line.

    Attributes
    ----------
    service
        Service level.
    met, of
        Replications in which the target was met, and in which anything fell due.
    reach
        Their share with its exact interval.
    gap
        Net contribution against the baseline, paired; NaN for the baseline.
    holds
        Whether the target was met often enough.
    net
        Net contribution.
    supplied
        Mean share of units supplied from stock, where the line was chosen by it; else NaN.
    """

    service: Span
    met: int
    of: int
    reach: Span
    gap: Span
    holds: bool
    net: float
    supplied: float = nan


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison, or a point of a sweep.

    Attributes
    ----------
    job
        Whose.
    point
        Number of the point and its figures in words; empty in a comparison.
    plans
        By name.
    plan
        The one to choose, or the one that comes closest; None where nothing falls due.
    chosen
        What the choice rests on: of a comparison its fresh replications, else the same as in `plans`.
    baseline
        Plan that the others are held against.
    """

    job: Job
    point: str
    plans: Mapping[str, Stand]
    plan: str | None
    chosen: Stand | None
    baseline: str


def lines_of(job: Job) -> tuple[list[Line], pd.DataFrame]:
    """Lines of a job, and a table of all its plans (and points) for the combined CSV."""
    manifest = json.loads((job.folder / MANIFEST).read_text(encoding="utf-8"))
    if (job.folder / "points.csv").is_file():
        return _of_sweep(job, str(manifest["baseline"]))
    return _of_comparison(job, manifest)


def _of_comparison(job: Job, manifest: Mapping[str, Any]) -> tuple[list[Line], pd.DataFrame]:
    import pandas as pd

    runs = pd.read_parquet(job.folder / "replications.parquet")
    summary = pd.read_csv(job.folder / "summary.csv").set_index(["plan", "kpi"])
    path = job.folder / "differences.csv"
    differences = pd.read_csv(path).set_index(["plan", "kpi"]) if len(job.plans) > 1 else None
    baseline = str(manifest["baseline"])
    stands = {}
    for name in job.plans:
        own = runs.loc[runs["plan"] == name]
        kept = reached(job.scenario.targets, own[SERVICE].to_numpy(float), own[FILL].to_numpy(float))
        gap = _span(differences.loc[(name, NET)]) if differences is not None and name != baseline else Span()
        net = _span(summary.loc[(name, NET)]).mean
        stands[name] = _stand(job, _span(summary.loc[(name, SERVICE)]), int(kept.sum()), len(kept), gap, net)
    verdict = manifest.get(VERDICT)
    plan = None if verdict is None else str(verdict["plan"])
    chosen = _fresh(verdict, stands[plan].net) if verdict is not None and plan is not None else None
    rows = [_row("", each, stand, each == plan) for each, stand in stands.items()]
    return [Line(job, "", stands, plan, chosen, baseline)], pd.DataFrame(rows)


def _fresh(verdict: Mapping[str, Any], net: float) -> Stand:
    """What a verdict says of its plan."""
    spans = {
        name: Span(*(_number(verdict[f"{name}_{end}"]) for end in (middle, "low", "high")))
        for name, middle in (("service", "mean"), ("reach", "share"), ("net", "mean"))
    }
    fresh = int(verdict["fresh"])
    met = round(spans["reach"].mean * fresh) if spans["reach"].known else 0
    return Stand(spans["service"], met, fresh, spans["reach"], spans["net"], bool(verdict["holds"]), net)


def _of_sweep(job: Job, baseline: str) -> tuple[list[Line], pd.DataFrame]:
    import pandas as pd

    table = pd.read_csv(job.folder / "points.csv", keep_default_na=False, na_values=[""])
    figures = list(table.columns[1 : table.columns.get_loc("plan")])
    lines, rows = [], []
    for point, part in table.groupby("point", sort=True):
        where = ", ".join(f"{path}={part[path].iloc[0]}" for path in figures if not pd.isna(part[path].iloc[0]))
        stands = {str(row["plan"]): _of_row(row) for row in part.to_dict("records")}
        judged = {plan: stand for plan, stand in stands.items() if stand.of}
        best = max(judged, key=lambda name: _merit(judged[name], job.scenario.targets), default=None)
        chosen = judged[best] if best is not None else None
        lines.append(Line(job, f"{point}: {where}", stands, best, chosen, baseline))
        rows += [_row(f"{point}: {where}", each, stand, each == best) for each, stand in stands.items()]
    return lines, pd.DataFrame(rows)


def _merit(stand: Stand, targets: Targets) -> tuple[bool, float, float, float]:
    over = margin(targets, stand.service.mean, stand.supplied)
    return merit(stand.reach.mean, stand.net, over, holds=stand.holds)


def _of_row(row: Mapping[Any, Any]) -> Stand:
    def span(mean: str, name: str) -> Span:
        return Span(*(_number(row[key]) for key in (mean, f"{name}_low", f"{name}_high")))

    return Stand(
        span(SERVICE, SERVICE),
        int(row["met"]),
        int(row["of"]),
        span("met_share", "met"),
        span(f"{NET}_difference", f"{NET}_difference"),
        bool(row["holds"]),
        _number(row[NET]),
        _number(row.get(FILL)),
    )


def _stand(job: Job, service: Span, met: int, of: int, gap: Span, net: float) -> Stand:
    reach = Span(*exact_share(met, of))
    holds = bool(of) and reach.mean >= job.scenario.targets.probability
    return Stand(service, met, of, reach, gap, holds, net)


def _span(row: Any) -> Span:
    return Span(_number(row["mean"]), _number(row["low"]), _number(row["high"]))


def _number(value: Any) -> float:
    number = nan if value is None else float(value)
    return number if isfinite(number) else nan


def _row(point: str, plan: str, stand: Stand, chosen: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"point": point, "plan": plan, "chosen": chosen and stand.holds, "holds": stand.holds}
    row |= {"met": stand.met, "of": stand.of}
    named = (("met_share", stand.reach), (SERVICE, stand.service), (f"{NET}_difference", stand.gap))
    for name, span in named:
        row |= {name: span.mean, f"{name}_low": span.low, f"{name}_high": span.high}
    return {**row, NET: stand.net}


def labels(jobs: Sequence[Job]) -> list[str]:
    """What tells jobs apart: their overrides, without those that all of them share."""
    shared = set(jobs[0].overrides).intersection(*(job.overrides for job in jobs)) if jobs else set()
    return [" ".join(each for each in job.overrides if each not in shared) or job.scenario.heading for job in jobs]
