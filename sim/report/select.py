"""The page on a selection: which plan, how sure that is, what was dropped when, and how the best do on fresh runs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import ceil, isfinite
from typing import Any

import numpy as np
from markupsafe import Markup

from sim.definitions import KPIS
from sim.experiment.questions.chosen import Chosen, System
from sim.experiment.questions.select import shortly
from sim.report.charts.canvas import Chart
from sim.report.charts.selection import MOST_LINES, Lag, Stay, lag_chart, stay_chart
from sim.report.experiment import ChartPart, Draft, Part, TablePart, Tile
from sim.report.formats import Formats
from sim.report.promise import also_asked, promise_in_words
from sim.report.tables import Cell, Head, Row, Table
from sim.statistics.selection import boundary, variances_of_differences

BESIDE = ("service_level_ship", "total_cost", "net_contribution")  # told of the finalists whatever was asked
MOST_ROWS = 30


def named(chosen: Chosen, system: System, formats: Formats) -> str:
    """A system for readers: the plan's title, and the figures that tell it from its siblings."""
    return formats.say("list.comma").join([formats.heading(chosen.plans[system.plan]), *shortly(system.values)])


def amount(value: float, kpi: str, formats: Formats) -> str:
    """A difference of a KPI in a sentence, with its unit."""
    unit = KPIS[kpi].unit
    if unit == "currency":
        return formats.rough_money(value)
    if unit == "share":
        return formats.say("select.points", number=formats.number(value * 100, 2 if value < 0.01 else 1))
    if unit == "min":
        return formats.duration(value)
    number = formats.plain(value)
    return number if unit == "1-5" else f"{number} {formats.say(f'kpi_unit.{unit}')}"


def headline(chosen: Chosen, formats: Formats) -> Markup:
    """The answer in a sentence."""
    say = formats.say
    if chosen.best is None:
        assert chosen.constraint is not None
        first = chosen.finalists[0]
        assert chosen.screening is not None
        return say.html(
            "select.none_passed",
            promise=_promise(chosen, first, formats),
            share=formats.share(chosen.constraint.probability),
            nearest=named(chosen, first, formats),
        )
    name, kpi = named(chosen, chosen.best, formats), formats.say(f"kpi.{chosen.objective}.label")
    if len(chosen.systems) == 1:
        return say.html("select.only", system=name)
    if chosen.constraint is None:
        return say.html("select.headline", system=name, kpi=kpi)
    return say.html(
        "select.headline_kept",
        system=name,
        kpi=kpi,
        promise=_promise(chosen, chosen.best, formats),
        share=formats.share(chosen.constraint.probability),
    )


def certainty(chosen: Chosen, formats: Formats) -> str:
    """How sure it is."""
    say = formats.say
    sure, zone = formats.share(1 - chosen.alpha), amount(chosen.indifference, chosen.objective, formats)
    if not chosen.guaranteed:
        return say("select.capped", most=formats.number(chosen.at_most), share=sure)
    if chosen.best is None:
        return say("select.sure_none", share=sure, **_between(chosen, formats))
    if chosen.constraint is not None:
        return say("select.sure_kept", share=sure, zone=zone, **_between(chosen, formats))
    return say("select.sure", share=sure, zone=zone)


def _between(chosen: Chosen, formats: Formats) -> dict[str, str]:
    constraint = chosen.constraint
    assert constraint is not None
    low, high = constraint.probability - constraint.tolerance, constraint.probability + constraint.tolerance
    return {"low": formats.share(low), "high": formats.share(high)}


def _promise(chosen: Chosen, system: System, formats: Formats) -> str:
    """The promise in words: `Shipped on time at least 95 %`."""
    constraint = chosen.constraint
    assert constraint is not None
    return promise_in_words(constraint, system.values, formats)


def select_draft(chosen: Chosen, formats: Formats) -> Draft:
    """What the page says."""
    say = formats.say
    parts, charts = [_finalists(chosen, formats)], list[Chart]()
    if len(chosen.systems) > 1:
        part, charts = _dropped(chosen, formats)
        parts.append(part)
    parts.append(_limits(chosen, formats))
    constraint = chosen.constraint
    promised = [each.kpi for each in constraint.all] if constraint is not None else []
    kpis = tuple(dict.fromkeys([chosen.objective, *promised, *_told(chosen)]))
    return Draft(
        title=say("select.title", scenario=formats.heading(chosen.scenario)),
        kicker=say("select.kicker"),
        headline=headline(chosen, formats),
        certainty=certainty(chosen, formats),
        tiles=_tiles(chosen, formats),
        parts=parts,
        charts=charts,
        tables={"systems": chosen.table(), "finalists": chosen.estimates(kpis)},
        facts=_facts(chosen, formats),
        kpis=kpis,
        manifest=_manifest(chosen),
    )


def _manifest(chosen: Chosen) -> dict[str, object]:
    constraint = chosen.constraint
    return {
        "objective": chosen.objective,
        "indifference": chosen.indifference,
        "pilot_replications": chosen.pilot,
        "constraint": None
        if constraint is None
        else {
            "kpi": constraint.kpi,
            "level": constraint.constraint.level,
            "probability": constraint.probability,
            "tolerance": constraint.tolerance,
            **also_asked(constraint),
        },
        "alpha": chosen.alpha,
        "first_stage": chosen.first_stage,
        "at_most": chosen.at_most,
        "systems": {each.name: dict(each.values) for each in chosen.systems},
        "chosen": chosen.best.name if chosen.best is not None else None,
        "guaranteed": chosen.guaranteed,
        "replications": chosen.n,
        "fresh_replications": [chosen.fresh.start, chosen.fresh.stop],
        "observations": chosen.observations,
    }


def _told(chosen: Chosen) -> list[str]:
    """KPIs beside the objective that were measured."""
    first = chosen.finalists[0]
    also = [each.kpi for each in chosen.constraint.all[1:]] if chosen.constraint is not None else []
    known = [kpi for kpi in (*BESIDE, *also) if not np.isnan(chosen.kpi(first, kpi, chosen.fresh)).all()]
    return [kpi for kpi in known if kpi != chosen.objective]


def _tiles(chosen: Chosen, formats: Formats) -> list[Tile]:
    say = formats.say
    tiles = []
    first = chosen.finalists[0]
    unit = KPIS[chosen.objective].unit
    ours = chosen.estimates([chosen.objective]).to_dict("records")[0]
    tiles.append(
        Tile(
            formats.rough_money(ours["mean"]) if unit == "currency" else formats.value(ours["mean"], unit),
            say(f"kpi.{chosen.objective}.label"),
            say("select.fresh_below", width=formats.half_width(ours["low"], ours["high"], unit)),
        )
    )
    if chosen.constraint is not None:
        kept, known, share, low, high = chosen.kept(first)
        below = say("select.kept_below", low=formats.share(low), high=formats.share(high))
        tiles.append(Tile(formats.share(share), say("select.kept_in", kept=kept, of=known), below))
    runs = formats.number(chosen.observations)
    below = ""
    if chosen.equal_n is not None:
        below = say("select.runs_below", runs=formats.number(chosen.equal_n * len(chosen.systems)))
    tiles.append(Tile(runs, say("select.runs_decided"), below))
    return tiles


def _finalists(chosen: Chosen, formats: Formats) -> Part:
    say = formats.say
    kpis = [chosen.objective, *_told(chosen)]
    found = {(one["system"], one["kpi"]): one for one in chosen.estimates(kpis).to_dict("records")}
    rows = []
    for system in chosen.finalists:
        cells = []
        for kpi in kpis:
            one = found[system.name, kpi]
            width = formats.half_width(one["low"], one["high"], one["unit"])
            cells.append(Cell(formats.value(one["mean"], one["unit"]), width))
            if kpi == chosen.objective:
                cells.append(_gap(one, formats))
        if chosen.constraint is not None:
            kept, known, share, low, high = chosen.kept(system)
            told = say("select.interval", low=formats.share(low), high=formats.share(high))
            cells.append(Cell(say("select.kept_of", kept=kept, of=known, share=formats.share(share)), told))
        role = "runner_up" if system == chosen.runner_up else "baseline"
        if chosen.best is None and system is chosen.finalists[0]:
            role = "nearest"
        name = named(chosen, system, formats)
        if system != chosen.best:  # the winner has a mark of its own
            name = say("select.with_role", system=name, role=say(f"select.role.{role}"))
        rows.append(Row(name, tuple(cells), system == chosen.best))
    heads = [Head(say(f"kpi.{kpi}.label")) for kpi in kpis]
    heads.insert(1, Head(say("select.gap")))
    if chosen.constraint is not None:
        heads.append(Head(say("select.kept_head")))
    lead = say("select.fresh_lead", count=len(chosen.fresh), currency=formats.currency)
    return Part(
        "finalists",
        say("select.fresh"),
        say("select.fresh_nav"),
        lead=[lead],
        blocks=[TablePart(say("select.system"), Table(tuple(heads), tuple(rows)))],
        remarks=_upset(chosen, formats),
    )


def _gap(one: Mapping[Hashable, Any], formats: Formats) -> Cell:
    mean, low, high, unit = (one[key] for key in ("difference", "difference_low", "difference_high", "unit"))
    if not isfinite(mean):
        return Cell(formats.say("number.none"))
    return Cell(formats.signed(mean, unit), formats.half_width(low, high, unit))


def _upset(chosen: Chosen, formats: Formats) -> list[str]:
    """What to say if the fresh runs tell another story than the selection."""
    if chosen.best is None or chosen.runner_up is None:
        return []
    found = {one["system"]: one for one in chosen.estimates([chosen.objective]).to_dict("records")}
    gap = found[chosen.runner_up.name]
    sign = 1 if chosen.maximise else -1
    ends = sorted((sign * gap["difference_low"], sign * gap["difference_high"]))
    return [formats.say("select.upset", runner_up=named(chosen, chosen.runner_up, formats))] if ends[1] < 0 else []


def _dropped(chosen: Chosen, formats: Formats) -> tuple[Part, list[Chart]]:
    say = formats.say
    table = chosen.table()
    order = np.lexsort((-table["screened_n"], -table["raced_n"], table["outcome"] != "chosen"))
    records = table.to_dict("records")
    by_name = {system.name: system for system in chosen.systems}
    rows, stays = [], []
    for place in order:
        one = records[place]
        system = by_name[one["system"]]
        told = _outcome(chosen, one, by_name, formats)
        stays.append(
            Stay(
                named(chosen, system, formats),
                _outcome(chosen, one, by_name, formats.charts),
                int(one["screened_n"]),
                str(one["decision"]),
                int(one["raced_n"]),
                one["outcome"] == "chosen",
            )
        )
        cells = [Cell(told)]
        if chosen.constraint is not None:
            cells += [Cell(formats.number(one["screened_n"])), Cell(formats.share(one["kept_share"]))]
        unit = KPIS[chosen.objective].unit
        mean = formats.value(one["mean"], unit) if isfinite(one["mean"]) else say("number.none")
        cells += [Cell(formats.number(one["raced_n"])), Cell(mean)]
        rows.append(Row(named(chosen, system, formats), tuple(cells), one["outcome"] == "chosen"))
    heads = [Head(say("select.became"))]
    if chosen.constraint is not None:
        heads += [Head(say("select.screened_n")), Head(say("select.kept_share"))]
    heads += [Head(say("select.raced_n")), Head(say("select.mean_then", kpi=say(f"kpi.{chosen.objective}.label")))]
    charts = [stay_chart(stays[:MOST_ROWS], formats.charts)]
    lags = _lags(chosen, formats.charts)
    if lags:
        charts.append(lag_chart(lags, KPIS[chosen.objective].unit, formats.charts))
    blocks: list[TablePart | ChartPart] = [ChartPart(chart.name) for chart in charts]
    blocks.append(TablePart(say("select.system"), Table(tuple(heads), tuple(rows)), sortable=True))
    lead = [say("select.dropped_lead" if chosen.constraint is not None else "select.dropped_lead_alone")]
    if lags:
        lead.append(say("select.lag_lead"))
    remarks = [say("select.means_biased")]
    if len(stays) > MOST_ROWS:
        remarks.append(say("select.more_rows", shown=MOST_ROWS))
    return Part("dropped", say("select.dropped"), say("select.dropped_nav"), lead, blocks, remarks), charts


def _outcome(chosen: Chosen, one: Mapping[Hashable, Any], by_name: Mapping[str, System], formats: Formats) -> str:
    """What became of a plan."""
    by = by_name.get(one["beaten_by"])
    if chosen.best is None and one["decision"] == "undecided":
        return formats.say("select.outcome.undecided")
    return formats.say(f"select.outcome.{one['outcome']}", by=named(chosen, by, formats) if by is not None else "")


def _lags(chosen: Chosen, formats: Formats) -> list[Lag]:
    """The plans that stayed longest in the race, held against the one chosen."""
    selection = chosen.selection
    if chosen.best is None or selection is None or len(selection.means) < 2:
        return []
    others = [each for each in chosen.systems if each.name in selection.means and each.name != selection.best]
    others.sort(key=lambda each: -chosen.raced(each))
    error = chosen.alpha if chosen.constraint is None else chosen.alpha / 2
    _, h_squared = boundary(len(chosen.systems), chosen.first_stage, error)
    longest = ceil(1.25 * max(map(chosen.raced, others)))
    best, sign = chosen.outputs(chosen.best), 1.0 if chosen.maximise else -1.0
    found = []
    for system in others[:MOST_LINES]:
        own = chosen.outputs(system)
        pair = np.column_stack([best[: chosen.first_stage], own[: chosen.first_stage]])
        head_start = h_squared * variances_of_differences(pair)[0, 1] / chosen.indifference / 2
        allowed = np.maximum(0.0, head_start - chosen.indifference / 2 * np.arange(1, longest + 1))
        allowed[: chosen.first_stage - 1] = np.nan
        found.append(Lag(named(chosen, system, formats), sign * np.cumsum(best[: len(own)] - own), allowed))
    return found


def _limits(chosen: Chosen, formats: Formats) -> Part:
    say = formats.say
    remarks = [say("select.limit_model"), say("select.limit_normal")]
    if chosen.constraint is not None:
        remarks.append(say("select.limit_between", **_between(chosen, formats)))
    if not chosen.guaranteed:
        remarks.insert(0, say("select.limit_cap", most=formats.number(chosen.at_most)))
    return Part("limits", say("select.limits"), say("select.limits_nav"), remarks=remarks)


def _facts(chosen: Chosen, formats: Formats) -> list[tuple[str, str]]:
    say = formats.say
    zone = amount(chosen.indifference, chosen.objective, formats)
    if chosen.pilot:
        zone = say("select.zone_pilot", zone=zone, count=chosen.pilot)
    facts = [
        (say("select.how"), say("select.how_kept" if chosen.constraint is not None else "select.how_text")),
        (say("select.zone"), zone),
        (say("select.error"), formats.share(chosen.alpha)),
        (say("select.first_stage"), formats.number(chosen.first_stage)),
        (
            say("select.decided_on"),
            say(
                "select.decided_text",
                first=chosen.start,
                last=chosen.start + max(chosen.n, 1) - 1,
                runs=formats.number(chosen.observations),
            ),
        ),
        (say("select.fresh_nav"), say("select.fresh_text", first=chosen.fresh.start, last=chosen.fresh.stop - 1)),
    ]
    if chosen.equal_n is not None:
        runs = formats.number(chosen.equal_n * len(chosen.systems))
        told = say(
            "select.equal_kept" if chosen.constraint is not None else "select.equal_text",
            n=formats.number(chosen.equal_n),
            runs=runs,
        )
        facts.append((say("select.equal"), told))
    return facts
