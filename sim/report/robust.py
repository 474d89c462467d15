"""The page on plans in uncertain futures: which to choose, regret by future, expected against worst."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sim.definitions import KPIS
from sim.experiment.questions.explain import NET, SERVICE
from sim.experiment.questions.futures import WEIGHTS, Future
from sim.experiment.questions.robust import RULES, Robustness
from sim.report.charts.canvas import Chart, style
from sim.report.charts.expected import Stand, expected_chart
from sim.report.experiment import ChartPart, Draft, Part, TablePart, Tile
from sim.report.formats import Formats
from sim.report.tables import Cell, Head, Row, Table
from sim.scenario.problems import flow

if TYPE_CHECKING:
    import pandas as pd

SHADES = 4  # of regret, by equal steps up to the largest


def headline(found: Robustness, formats: Formats) -> Markup:
    """Which plan each rule chooses, by the first KPI; and where another KPI would choose another plan."""
    return formats.say.html("list.sentence").join([_by_first(found, formats), *_by_others(found, formats)])


def _by_others(found: Robustness, formats: Formats) -> Iterator[Markup]:
    first = {rule: found.choice(rule) for rule in RULES}
    for kpi in found.kpis[1:]:
        plans = {rule: found.choice(rule, kpi) for rule in RULES}
        named = dict.fromkeys(formats.heading(found.plans[plan]) for plan in plans.values() if plan is not None)
        if named and plans != first:
            label = _in_text(formats.say(f"kpi.{kpi}.label"))
            yield formats.say.html("robust.headline_other", kpi=label, plans=formats.say("list.comma").join(named))


def _by_first(found: Robustness, formats: Formats) -> Markup:
    say, kpi = formats.say, found.kpis[0]
    label = _in_text(say(f"kpi.{kpi}.label"))
    plans = {rule: found.choice(rule) for rule in RULES}
    named = {rule: formats.heading(found.plans[plan]) for rule, plan in plans.items() if plan is not None}
    if len(named) < len(RULES):
        return say.html("robust.headline_none", kpi=label)
    level = formats.share(1 - found.level, 0)
    if len(set(named.values())) == 1:
        return say.html("robust.headline_one", plan=named["expected"], kpi=label, share=level)
    return say.html(
        "robust.headline",
        kpi=label,
        minimax=named["minimax_regret"],
        expected=named["expected"],
        cvar=named["cvar"],
        share=level,
        regret=_by_rule(_scored(found, "minimax_regret", kpi), "minimax_regret", kpi, formats),
    )


def essence(found: Robustness, formats: Formats) -> list[str]:
    """Choices and regrets as lines for the console."""
    say, lines = formats.say, []
    for kpi in found.kpis:
        lines += ["", say(f"kpi.{kpi}.label")]
        for rule in RULES:
            plan, value = found.choice(rule, kpi), _scored(found, rule, kpi)
            chosen = say("robust.nobody") if plan is None else plan
            lines.append(f"  {say(f'robust.rule.{rule}')}: {chosen} ({_by_rule(value, rule, kpi, formats)})")
    for each in found.misfits:
        lines.append(say("robust.misfit", plan=each.plan, future=each.future, reason=each.reason))
    return lines


def robustness_draft(found: Robustness, formats: Formats) -> Draft:
    """What the page says."""
    say = formats.say
    with style():
        charts = list(_charts(found, formats.charts))
    drawn = {chart.name for chart in charts}
    parts = [_futures(found, formats), _choices(found, formats)]
    parts += [_regret(found, kpi, drawn, formats) for kpi in found.kpis]
    parts.append(_outcomes(found, formats))
    facts = [
        (say("method.replications"), say("robust.replications", n=found.replications, fresh=found.fresh)),
        (say("robust.how"), say("robust.how_text", share=formats.share(1 - found.level, 0))),
    ]
    return Draft(
        title=say("robust.title", scenario=formats.heading(found.scenario)),
        kicker=say("robust.kicker"),
        headline=headline(found, formats),
        certainty=say("robust.certainty"),
        tiles=_tiles(found, formats),
        parts=parts,
        charts=charts,
        tables={
            "futures": _futures_table(found),
            "outcomes": found.outcomes,
            "reached": found.reached,
            "regret": found.regret,
            "summary": found.summary,
            "choices": found.choices,
            "misfits": _misfit_table(found),
        },
        facts=facts,
        kpis=list(dict.fromkeys([*found.kpis, SERVICE, NET])),
        manifest={
            "baseline": found.baseline,
            "replications": found.replications,
            "fresh": found.fresh,
            "level": found.level,
            "futures": {each.name: {"figures": each.figures, "weight": each.weight} for each in found.futures},
        },
    )


def _tiles(found: Robustness, formats: Formats) -> list[Tile]:
    say, kpi = formats.say, found.kpis[0]
    tiles = []
    for rule in RULES:
        plan = found.choice(rule)
        value = _by_rule(_scored(found, rule, kpi), rule, kpi, formats)
        if plan is not None:
            tiles.append(Tile(value, say(f"robust.tile.{rule}"), formats.heading(found.plans[plan])))
    return tiles


def _scored(found: Robustness, rule: str, kpi: str) -> float:
    rows = found.choices[(found.choices["rule"] == rule) & (found.choices["kpi"] == kpi)]
    return float(rows["value"].iloc[0])


# --- futures ------------------------------------------------------------------------------------------------------


def name_of(future: Future, formats: Formats) -> str:
    """What a future is called: in the catalogue's words where it comes with every scenario."""
    if future.about:
        return formats.say.given(future.about)
    return formats.say(f"robust.future.{future.name}") if future.name in WEIGHTS else future.name.replace("_", " ")


def _futures(found: Robustness, formats: Formats) -> Part:
    say = formats.say
    rows = [
        Row(
            name_of(each, formats),
            (
                Cell(formats.share(each.weight)),
                Cell(_as_code(_other(each, say("list.semicolon"))) or say("robust.as_it_is"), mark="text"),
            ),
        )
        for each in found.futures
    ]
    table = Table((Head(say("robust.weight")), Head(say("robust.other"))), tuple(rows))
    remarks = [
        say(
            "robust.misfit",
            plan=formats.heading(found.plans[each.plan]),
            future=name_of(_by_name(found)[each.future], formats),
            reason=each.reason,
        )
        for each in found.misfits
    ]
    title = say("robust.futures_title")
    lead = [say("robust.futures_lead")]
    return Part("futures", title, title, lead, [TablePart(say("robust.future_head"), table, words=True)], remarks)


def _as_code(text: str) -> str:
    return Markup("<code>{}</code>").format(text) if text else ""


def _other(future: Future, between: str = "; ") -> str:
    return between.join(f"{path} = {flow(value)}" for path, value in future.figures.items())


def _by_name(found: Robustness) -> dict[str, Future]:
    return {each.name: each for each in found.futures}


def _futures_table(found: Robustness) -> pd.DataFrame:
    import pandas as pd

    rows = [(each.name, each.weight, _other(each)) for each in found.futures]
    return pd.DataFrame(rows, columns=["future", "weight", "figures"])


def _misfit_table(found: Robustness) -> pd.DataFrame:
    import pandas as pd

    rows = [(each.future, each.plan, each.reason) for each in found.misfits]
    return pd.DataFrame(rows, columns=["future", "plan", "reason"])


# --- choices ------------------------------------------------------------------------------------------------------


def _choices(found: Robustness, formats: Formats) -> Part:
    say = formats.say
    heads = [Head(say("robust.chosen")), Head(say("robust.goes_by"))]
    if found.fresh:
        heads.append(Head(say("robust.on_fresh", n=formats.number(found.fresh))))
    rows = []
    for _, each in found.choices.iterrows():
        kpi, plan = str(each["kpi"]), each["plan"]
        heading = formats.heading(found.plans[plan]) if isinstance(plan, str) else say("robust.nobody")
        named = str(each["rule"])
        cells = [Cell(heading), Cell(_by_rule(each["value"], named, kpi, formats))]
        if found.fresh:
            cells.append(Cell(_by_rule(each["fresh_value"], named, kpi, formats)))
        rule = say(f"robust.rule.{each['rule']}")
        rows.append(Row(say("robust.rule_on", rule=rule, kpi=_in_text(say(f"kpi.{kpi}.label"))), tuple(cells)))
    title = say("robust.choices_title")
    lead = [say("robust.choices_lead", share=formats.share(1 - found.level, 0))]
    blocks = [TablePart(say("robust.rule_head"), Table(tuple(heads), tuple(rows)))]
    return Part("choices", title, title, lead, blocks)


# --- regret -------------------------------------------------------------------------------------------------------


def _regret(found: Robustness, kpi: str, charts: set[str], formats: Formats) -> Part:
    say = formats.say
    label = say(f"kpi.{kpi}.label")
    heat = TablePart(say("robust.plan"), _heat_map(found, kpi, formats))
    over_all = TablePart(say("robust.plan"), _over_all(found, kpi, formats))
    name = f"expected_{kpi}"
    blocks: list[TablePart | ChartPart] = [heat]
    blocks += [ChartPart(name)] if name in charts else []
    lead = [say("robust.regret_lead", unit=_unit(kpi, formats, gap=True) or say(f"kpi_unit.{KPIS[kpi].unit}"))]
    title = say("robust.regret_title", kpi=label)
    remarks = [say("robust.over_all", share=formats.share(1 - found.level, 0))]
    return Part(f"regret_{kpi}", title, label, lead, [*blocks, over_all], remarks)


def _heat_map(found: Robustness, kpi: str, formats: Formats) -> Table:
    """Regret of each plan in each future: the number, a shade for its size, a star for the best."""
    say = formats.say
    part = found.regret[found.regret["kpi"] == kpi]
    rows = {(str(row["plan"]), str(row["future"])): row for _, row in part.iterrows()}
    largest = float(part["mean"].max())
    heads = [Head(name_of(each, formats), unit=formats.share(each.weight, 0)) for each in found.futures]
    choice = found.choice("minimax_regret", kpi)
    table = []
    for plan, model in found.plans.items():
        cells = []
        for each in found.futures:
            if (plan, each.name) not in rows:
                cells.append(Cell(say("number.none"), say("robust.not_applied")))
                continue
            row = rows[plan, each.name]
            low, high = float(row["low"]), float(row["high"])
            half = formats.half_width(low, high, KPIS[kpi].unit) if high > low else ""
            best = row["best"] == plan or (row["mean"] == 0 and low == high)  # as good in every draw
            cells.append(Cell(_gap(row["mean"], kpi, formats), half, "best" if best else _shade(row["mean"], largest)))
        table.append(Row(formats.heading(model), tuple(cells), chosen=plan == choice, baseline=plan == found.baseline))
    return Table(tuple(heads), tuple(table))


def _shade(regret: float, largest: float) -> str:
    if not math.isfinite(regret) or regret <= 0 or largest <= 0:
        return ""
    return f"shade{min(SHADES, max(1, math.ceil(SHADES * regret / largest - 1e-9)))}"


def _over_all(found: Robustness, kpi: str, formats: Formats) -> Table:
    say = formats.say
    rows = []
    columns = ("expected", "worst", "cvar", "expected_regret", "largest_regret", "cvar_regret")
    heads = tuple(
        Head(say(f"robust.column.{name}"), unit=_unit(kpi, formats, gap="regret" in name)) for name in columns
    )
    for _, each in found.summary[found.summary["kpi"] == kpi].iterrows():
        cells = [_cell(each, name, kpi, formats, _below(found, each, name, formats)) for name in columns]
        plan = str(each["plan"])
        rows.append(Row(formats.heading(found.plans[plan]), tuple(cells), baseline=plan == found.baseline))
    return Table(heads, tuple(rows))


def _cell(row: pd.Series[Any], name: str, kpi: str, formats: Formats, below: str) -> Cell:
    return Cell((_gap if "regret" in name else _amount)(row[name], kpi, formats), below)


def _below(found: Robustness, row: pd.Series[Any], name: str, formats: Formats) -> str:
    """What stands below a figure: the half-width of its interval, or the future it is of."""
    if name in {"expected", "expected_regret"}:
        low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
        return formats.half_width(low, high, str(row["unit"])) if high > low else ""
    if name == "largest_regret" and row[name] == 0:
        return ""
    future = row[{"worst": "worst_future", "largest_regret": "regret_future"}.get(name, "plan")]
    by_name = _by_name(found)
    return name_of(by_name[future], formats) if name in {"worst", "largest_regret"} and future in by_name else ""


def _charts(found: Robustness, formats: Formats) -> Iterator[Chart]:
    say = formats.say
    for kpi in found.kpis:
        rows = found.summary[(found.summary["kpi"] == kpi) & found.summary["eligible"]]
        stands = [
            Stand(
                formats.heading(found.plans[str(each["plan"])]),
                each["expected"],
                each["expected_low"],
                each["expected_high"],
                each["cvar"],
                each["worst"],
            )
            for _, each in rows.iterrows()
            if math.isfinite(each["expected"])
        ]
        if stands:
            unit, label = KPIS[kpi].unit, say(f"kpi.{kpi}.label")
            axis = formats.say("list.in_brackets", text=label, added=formats.currency) if unit == "currency" else label
            plans = formats.say("list.comma").join(each.name for each in stands)
            yield expected_chart(
                f"expected_{kpi}", stands, unit, axis, say("robust.alt", kpi=label, plans=plans), formats
            )


# --- outcomes -----------------------------------------------------------------------------------------------------


def _outcomes(found: Robustness, formats: Formats) -> Part:
    say = formats.say
    blocks: list[TablePart | ChartPart] = []
    for kpi in dict.fromkeys([*found.kpis, SERVICE, NET]):
        rows = found.outcomes[found.outcomes["kpi"] == kpi]
        if rows["n"].any():
            cells = {
                (str(each["plan"]), str(each["future"])): Cell(
                    formats.value(each["mean"], str(each["unit"])),
                    formats.half_width(each["low"], each["high"], str(each["unit"])),
                )
                for _, each in rows.iterrows()
            }
            blocks.append(TablePart(say(f"kpi.{kpi}.label"), _by_future(found, cells, formats)))
    met = {
        (str(each["plan"]), str(each["future"])): Cell(
            formats.share(each["share"], 0),
            say("plans.times", met=formats.number(round(each["share"] * each["n"])), of=formats.number(each["n"])),
            "holds" if each["share"] >= found.scenario.targets.probability else "",
        )
        for _, each in found.reached.iterrows()
        if each["n"]
    }
    if met:
        blocks.append(TablePart(say("plans.target_met"), _by_future(found, met, formats)))
    title = say("robust.outcomes_title")
    return Part("outcomes", title, title, [say("robust.outcomes_lead")], blocks)


def _by_future(found: Robustness, cells: Mapping[tuple[str, str], Cell], formats: Formats) -> Table:
    none = Cell(formats.say("number.none"))
    heads = tuple(Head(name_of(each, formats)) for each in found.futures)
    rows = [
        Row(
            formats.heading(model),
            tuple(cells.get((plan, each.name), none) for each in found.futures),
            baseline=plan == found.baseline,
        )
        for plan, model in found.plans.items()
    ]
    return Table(heads, tuple(rows))


# --- values -------------------------------------------------------------------------------------------------------


def _amount(value: float, kpi: str, formats: Formats) -> str:
    """A value of a KPI."""
    return formats.value(value, KPIS[kpi].unit) if math.isfinite(value) else formats.say("number.none")


def _gap(value: float, kpi: str, formats: Formats) -> str:
    """A difference of two values; shares in percentage points."""
    is_share = KPIS[kpi].unit == "share" and math.isfinite(value)
    return formats.number(value * 100, 1) if is_share else _amount(value, kpi, formats)


def _by_rule(value: float, rule: str, kpi: str, formats: Formats) -> str:
    """What a rule goes by, with its unit."""
    if rule != "minimax_regret":
        return _amount(value, kpi, formats)
    unit = formats.say("differences.points") if KPIS[kpi].unit == "share" else ""
    return f"{_gap(value, kpi, formats)} {unit}".strip()


def _unit(kpi: str, formats: Formats, *, gap: bool = False) -> str:
    points = formats.say("differences.points") if gap else ""
    return {"currency": formats.currency, "share": points}.get(KPIS[kpi].unit, "")


def _in_text(label: str) -> str:
    return label[:1].lower() + label[1:]
