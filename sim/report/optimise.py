"""The page on an optimisation: the levels found, what they cost, what else was tried, and the plan to copy."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from markupsafe import Markup

from sim.definitions import KPIS
from sim.experiment.questions.levels import written
from sim.experiment.questions.optimum import Optimum, Trial
from sim.experiment.questions.select import shortly
from sim.report.charts.canvas import Chart
from sim.report.charts.optimisation import (
    MOST_LABELS,
    Dot,
    Scales,
    convergence_chart,
    front_chart,
    slice_chart,
)
from sim.report.experiment import ChartPart, Draft, Part, TablePart, TextPart, Tile
from sim.report.formats import Formats
from sim.report.promise import also_asked, promise_in_words
from sim.report.tables import Cell, Head, Row, Table
from sim.scenario.variation import PLAN, Variations

BESIDE = ("service_level_ship", "total_cost", "net_contribution")
MOST_ROWS = 40
FAR = 0.12  # of the chart, between two that are named


def headline(found: Optimum, formats: Formats) -> Markup:
    """The answer in a sentence."""
    say, shown = formats.say, found.shown
    if shown is None:
        return say.html("optimise.nothing")
    levels = formats.say("list.comma").join(shortly(shown.values))
    kpi = say(f"kpi.{found.objective}.label")
    if found.best is None:
        return say.html("optimise.none_kept", promise=_promise(found, shown, formats), levels=levels)
    if found.constraint is None:
        return say.html("optimise.headline", kpi=kpi, levels=levels)
    promise = _promise(found, shown, formats)
    if shown.variant is not None and found.kept(shown.variant)[2] < found.constraint.probability:
        return say.html("optimise.headline_slips", kpi=kpi, levels=levels, promise=promise)
    return say.html("optimise.headline_kept", kpi=kpi, levels=levels, promise=promise)


def certainty(found: Optimum, formats: Formats) -> str:
    """What fresh replications say, and what was searched."""
    say, shown = formats.say, found.shown
    if shown is None or shown.variant is None:
        return ""
    told = []
    if found.constraint is not None:
        kept, known, share, low, high = found.kept(shown.variant)
        short = share < found.constraint.probability
        told.append(
            say(
                "optimise.fresh_short" if short and found.best is not None else "optimise.fresh_kept",
                kept=kept,
                of=known,
                share=formats.share(found.constraint.probability),
                low=formats.share(low),
                high=formats.share(high),
            )
        )
    if found.exhausted:
        told.append(say("optimise.all_tried", count=formats.number(len(found.trials))))
    else:
        size = formats.number(found.space.size)
        told.append(say("optimise.some_tried", count=formats.number(len(found.trials)), size=size))
    return say("list.sentence").join(told)


def _promise(found: Optimum, trial: Trial, formats: Formats) -> str:
    required = found.constraint
    assert required is not None
    told = promise_in_words(required, trial.values, formats)
    return formats.say("optimise.promise", promise=told, share=formats.share(required.probability))


def _promised(found: Optimum) -> list[str]:
    """KPIs of the promise; without one what stands for service."""
    return [found.service_kpi] if found.constraint is None else [each.kpi for each in found.constraint.all]


def optimise_draft(found: Optimum, formats: Formats, overrides: Sequence[str] = ()) -> Draft:
    """What the page says; overrides are those of the scenario, for the command that tries the plan."""
    say = formats.say
    parts: list[Part] = []
    files: dict[str, str] = {}
    charts = _charts(found, formats.charts)
    if found.shown is not None:
        parts.append(_fresh(found, formats))
        text = plan_yaml(found)
        if text:
            name = f"{found.tuned}_tuned"
            files[f"plan/{name}.yaml"] = text
            parts.append(_plan(found, text, overrides, formats))
    if charts:
        blocks = [ChartPart(chart.name) for chart in charts]
        lead = [say("optimise.searched_lead", first=found.first, most=found.most), say("optimise.bars")]
        parts.append(Part("searched", say("optimise.searched"), say("optimise.searched_nav"), lead, blocks))
    parts.append(_trials(found, formats))
    kpis = tuple(dict.fromkeys([found.objective, *_promised(found), *BESIDE]))
    return Draft(
        title=say(
            "optimise.title", scenario=formats.heading(found.scenario), plan=formats.heading(found.plans[found.tuned])
        ),
        kicker=say("optimise.kicker"),
        headline=headline(found, formats),
        certainty=certainty(found, formats),
        tiles=_tiles(found, formats),
        parts=parts,
        charts=charts,
        tables={"trials": found.table(), "finalists": found.estimates(kpis)},
        files=files,
        facts=_facts(found, formats),
        kpis=kpis,
        manifest=_manifest(found),
    )


def _manifest(found: Optimum) -> dict[str, Any]:
    required = found.constraint
    return {
        "objective": found.objective,
        "constraint": None
        if required is None
        else {
            "kpi": required.kpi,
            "level": required.constraint.level,
            "probability": required.probability,
            **also_asked(required),
        },
        "levels": {axis.path: [axis.values[0], axis.values[-1], len(axis.values)] for axis in found.space.axes},
        "tuned_plan": found.tuned,
        "baseline": found.baseline,
        "trials": len(found.trials),
        "space": found.space.size,
        "exhausted": found.exhausted,
        "best": dict(found.best.values) if found.best is not None else None,
        "replications": [found.first, found.most],
        "fresh_replications": [found.fresh.start, found.fresh.stop],
    }


def _known(found: Optimum) -> list[str]:
    """KPIs told of the finalists: the objective, service, and money, where they were measured."""
    kpis = dict.fromkeys([found.objective, *_promised(found), *BESIDE])
    measured = {kpi: found.kpi(found.reference, kpi, found.fresh) for kpi in kpis}
    return [kpi for kpi, values in measured.items() if (values == values).any()]


def _tiles(found: Optimum, formats: Formats) -> list[Tile]:
    say, shown = formats.say, found.shown
    if shown is None or shown.variant is None:
        return []
    one = found.estimates([found.objective]).to_dict("records")[0]
    unit = KPIS[found.objective].unit
    value = formats.rough_money(one["mean"]) if unit == "currency" else formats.value(one["mean"], unit)
    gap = say("optimise.against", gap=_gap_text(one, formats)) if math.isfinite(one["difference"]) else ""
    tiles = [Tile(value, say(f"kpi.{found.objective}.label"), gap)]
    if found.constraint is not None:
        kept, known, share, low, high = found.kept(shown.variant)
        below = say("optimise.kept_below", low=formats.share(low), high=formats.share(high))
        tiles.append(Tile(formats.share(share), say("optimise.kept_in", kept=kept, of=known), below))
    below = say("optimise.of_points", size=formats.number(found.space.size))
    return [*tiles, Tile(formats.number(len(found.trials)), say("optimise.points_tried"), below)]


def _gap_text(one: Mapping[Any, Any], formats: Formats) -> str:
    unit = str(one["unit"])
    width = formats.half_width(one["difference_low"], one["difference_high"], unit)
    return f"{formats.signed(one['difference'], unit)} {width}".strip()


def _fresh(found: Optimum, formats: Formats) -> Part:
    say, kpis = formats.say, _known(found)
    table = {(one["part"], one["kpi"]): one for one in found.estimates(kpis).to_dict("records")}
    rows = []
    for part, variant in found.finalists.items():
        cells = []
        for kpi in kpis:
            one = table[part, kpi]
            width = formats.half_width(one["low"], one["high"], one["unit"])
            cells.append(Cell(formats.value(one["mean"], one["unit"]), width))
            if kpi == found.objective:
                none = not math.isfinite(one["difference"])
                cells.append(Cell(say("number.none") if none else _gap_text(one, formats)))
        if found.constraint is not None:
            kept, known, share, low, high = found.kept(variant)
            told = say("optimise.interval", low=formats.share(low), high=formats.share(high))
            cells.append(Cell(say("optimise.kept_of", kept=kept, of=known, share=formats.share(share)), told))
        plan = formats.heading(found.plans[variant.plan])
        rows.append(Row(say(f"optimise.part.{part}", plan=plan), tuple(cells), part == "tuned"))
    heads = [Head(say(f"kpi.{kpi}.label")) for kpi in kpis]
    heads.insert(1, Head(say("optimise.gap")))
    if found.constraint is not None:
        heads.append(Head(say("optimise.kept_head")))
    levels = _levels_table(found, formats)
    return Part(
        "fresh",
        say("optimise.fresh"),
        say("optimise.fresh_nav"),
        lead=[say("optimise.fresh_lead", count=len(found.fresh), currency=formats.currency)],
        blocks=[TablePart(say("optimise.plan_head"), Table(tuple(heads), tuple(rows))), levels],
    )


def _levels_table(found: Optimum, formats: Formats) -> TablePart:
    """Each level: as it stands, as it was found, and between what."""
    say, shown = formats.say, found.shown
    assert shown is not None
    before = written(found.scenario, found.plans[found.tuned], found.space)
    rows = []
    for axis in found.space.axes:
        low, high = axis.values[0], axis.values[-1]
        ends = say("optimise.interval", low=_plain(low, formats), high=_plain(high, formats))
        spread = ends if axis.ordered else say("list.comma").join(_plain(each, formats) for each in axis.values)
        cells = [
            Cell(_plain(before[axis.path], formats)),
            Cell(_plain(shown.values[axis.path], formats), mark="best"),
            Cell(spread),
        ]
        rows.append(Row(axis.path.replace(".", ".\u200b"), tuple(cells)))  # may break at its dots
    heads = (Head(say("optimise.before")), Head(say("optimise.after")), Head(say("optimise.between")))
    return TablePart(say("optimise.level"), Table(heads, tuple(rows)))


def _plain(value: Any, formats: Formats) -> str:
    if value is None:
        return formats.say("number.none")
    return formats.plain(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def plan_yaml(found: Optimum) -> str:
    """The plan with the levels found, as a file for a folder of one's own; empty where no level is the plan's."""
    shown = found.shown
    if shown is None:
        return ""
    lead = f"{PLAN}{found.tuned}."
    own = {path: value for path, value in shown.values.items() if path.startswith(lead)}
    if not own:
        return ""
    plan = Variations(found.scenario, found.plans).plan(found.tuned, shown.values)
    data = plan.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data.pop("sources", None)
    data |= {"name": f"{found.tuned}_tuned", "title": f"{plan.heading}, tuned"}
    before = written(found.scenario, found.plans[found.tuned], found.space)
    lines = ["# Levels found by surgesim optimise; the rest as in the plan it began with.", "#"]
    lines += [f"#   {path.removeprefix(lead)}: {value} (was {before[path]})" for path, value in own.items()]
    others = [f"{path}={value}" for path, value in shown.values.items() if path not in own]
    if others:
        lines += ["#", f"# Goes with: {' '.join(others)}"]
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join(lines) + "\n\n" + body


def _plan(found: Optimum, text: str, overrides: Sequence[str], formats: Formats) -> Part:
    say, shown = formats.say, found.shown
    assert shown is not None
    others = [f"{path}={value}" for path, value in shown.values.items() if not path.startswith(PLAN)]
    plans = ",".join(dict.fromkeys([found.baseline, found.tuned, f"{found.tuned}_tuned"]))
    words = ["surgesim", "compare", *overrides, f"plans=[{plans}]", *others, "--config-dir", "FOLDER"]
    return Part(
        "plan",
        say("optimise.plan"),
        say("optimise.plan_nav"),
        lead=[say("optimise.plan_lead", name=f"{found.tuned}_tuned")],
        blocks=[TextPart(text), TextPart(shlex.join(words))],
    )


def _charts(found: Optimum, formats: Formats) -> list[Chart]:
    known = [trial for trial in found.trials if trial.objective is not None and trial.service is not None]
    if len(known) < 2:
        return []
    say = formats.say
    front = found.front()
    shown = found.shown
    labelled = {trial.number for trial in _apart(front, shown)}
    dots = []
    for trial in known:
        assert trial.objective is not None
        assert trial.service is not None
        best = shown is not None and trial.number == shown.number
        name = say("list.comma").join(shortly(trial.values)) if best or trial.number in labelled else ""
        dots.append(
            Dot(
                name,
                "tuned" if best else trial.outcome,
                trial.number,
                (trial.objective.mean, trial.objective.low, trial.objective.high),
                (trial.service.mean, trial.service.low, trial.service.high),
                trial in front,
            )
        )
    required = found.constraint
    unit = KPIS[found.objective].unit
    cost = say(f"kpi.{found.objective}.label")
    scales = Scales(
        say("optimise.chart.money", kpi=cost, currency=formats.currency) if unit == "currency" else cost,
        say(f"kpi.{found.service_kpi}.label"),
        unit,
        KPIS[found.service_kpi].unit,
        required.level(found.trials[0].values) if required is not None else None,
    )
    levels: list[tuple[str, Sequence[float], Sequence[str]]] = []
    for axis in found.space.axes:
        numbers = axis.ordered
        values = [
            float(trial.values[axis.path]) if numbers else float(axis.values.index(trial.values[axis.path]))
            for trial in known
        ]
        levels.append((axis.path, values, [] if numbers else [str(each) for each in axis.values]))
    return [
        front_chart(dots, scales, formats),
        convergence_chart(dots, scales, formats, maximise=found.maximise),
        slice_chart(levels, dots, scales, formats),
    ]


def _apart(front: Sequence[Trial], shown: Trial | None) -> list[Trial]:
    """Some of the front that lie far enough from each other to be named in a chart."""
    spots = {
        trial.number: (trial.objective.mean, trial.service.mean)
        for trial in front
        if trial.objective is not None and trial.service is not None
    }
    widths = [max(each) - min(each) for each in zip(*spots.values(), strict=True)]
    picked = [trial for trial in front if shown is not None and trial.number == shown.number]
    for trial in (front[0], front[-1], *front):
        gaps = [
            max(abs(one - other) / width for one, other, width in zip(*pair, widths, strict=True) if width > 0)
            for pair in ((spots[trial.number], spots[each.number]) for each in picked)
            if pair[0] != pair[1]
        ]
        if trial not in picked and len(gaps) == len(picked) and min(gaps, default=1.0) > FAR:
            picked.append(trial)
    return picked[:MOST_LABELS]


def _trials(found: Optimum, formats: Formats) -> Part:
    say = formats.say
    sign = -1.0 if found.maximise else 1.0
    order = {"kept": 0, "dear": 1, "missed": 2, "hopeless": 3, "failed": 4, "impossible": 5}
    ranked = sorted(
        found.trials,
        key=lambda trial: (
            trial != found.best,
            order[trial.outcome],
            sign * trial.objective.mean if trial.objective is not None else math.inf,
            trial.number,
        ),
    )
    names = [words.partition("=")[0] for words in shortly(dict.fromkeys((axis.path for axis in found.space.axes), ""))]
    heads = [Head(name) for name in names]
    heads += [Head(say(f"kpi.{kpi}.label")) for kpi in dict.fromkeys([found.objective, found.service_kpi])]
    heads += [Head(say("optimise.kept_head")), Head(say("optimise.replications")), Head(say("optimise.became"))]
    rows = [_trial_row(found, trial, formats) for trial in ranked[:MOST_ROWS]]
    remarks = [say("optimise.trials_biased")]
    if len(ranked) > MOST_ROWS:
        remarks.append(say("optimise.more_trials", shown=MOST_ROWS, count=formats.number(len(ranked))))
    block = TablePart(say("optimise.trial"), Table(tuple(heads), tuple(rows)), sortable=True)
    return Part("trials", say("optimise.trials"), say("optimise.trials_nav"), blocks=[block], remarks=remarks)


def _trial_row(found: Optimum, trial: Trial, formats: Formats) -> Row:
    say = formats.say
    cells = [Cell(_plain(trial.values[axis.path], formats)) for axis in found.space.axes]
    pairs = {found.objective: trial.objective, found.service_kpi: trial.service}
    for kpi, one in pairs.items():
        unit = KPIS[kpi].unit
        if one is None:
            cells.append(Cell(say("number.none")))
        else:
            cells.append(Cell(formats.value(one.mean, unit), formats.half_width(one.low, one.high, unit)))
    share = formats.share(trial.kept / trial.n) if trial.n and found.constraint is not None else say("number.none")
    cells += [Cell(share), Cell(formats.number(trial.n)), Cell(say(f"optimise.outcome.{trial.outcome}"))]
    best = found.best is not None and trial.number == found.best.number
    return Row(formats.number(trial.number + 1), tuple(cells), best)


def _facts(found: Optimum, formats: Formats) -> list[tuple[str, str]]:
    say = formats.say
    how = say("optimise.how_all") if found.exhausted else say("optimise.how_text", count=len(found.trials))
    facts = []
    required = found.constraint
    if required is not None:
        aim = formats.share(required.probability + required.tolerance)
        facts.append(
            (say("optimise.aim"), say("optimise.aim_text", aim=aim, share=formats.share(required.probability)))
        )
    return [
        (say("optimise.how"), how),
        *facts,
        (say("optimise.steps"), say("optimise.steps_text", first=found.first, most=found.most)),
        (say("optimise.fresh_nav"), say("optimise.fresh_text", first=found.fresh.start, last=found.fresh.stop - 1)),
    ]
