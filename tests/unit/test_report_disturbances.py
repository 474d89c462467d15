"""What goes wrong, in the report: the section in words, hatched windows in charts over time, alarms on the timeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.axes import Axes
from report_fixture import HOURS, make_comparison, make_ledger, make_plans, make_scenario

import sim
from sim.experiment import Comparison
from sim.ledger import DISTURBANCES, WARNINGS, Ledger
from sim.report import write_comparison, write_run
from sim.report.charts.canvas import figure, fitted, place, short, style
from sim.report.charts.clock import MOST_ROWS, Events, alarms_in, events_of, ribbon, shade
from sim.report.disturbances import Told, disturbances_in_words
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.report.spells import Spells, bands, spells_of, with_spells
from sim.report.tables import source_rows
from sim.report.write import draw_comparison
from sim.scenario.scenario import Scenario

FORMATS = Formats(catalogue(), "TWD")
NASTY = "<script>alert('1')</script>"
# the fixture's scenario starts on Saturday 8 November 2025 and runs for 216 hours
BELT = {"kind": "outage", "stages": ["picking", "packing"], "start": "2025-11-11T10:00", "hours": 4.0}
LATE = {"kind": "late_receipt", "share": 0.08, "from": "2025-11-11T08:00", "arrives": "2025-11-12", "late_h": 12.0}
CHANCE = {"kind": "outage", "stages": ["desk"], "mean_between_h": 60.0, "mean_hours": 1.5, "capacity_left_share": 0.5}
FLU = {"kind": "absence_wave", "first_day": "2025-11-11", "last_day": "2025-11-13", "absence_share": 0.15}
LORRY = {"kind": "carrier_failure", "carriers": ["store"], "start": "2025-11-12", "hours": 24.0}
Happened = tuple[str, str, str, float, float, float]  # label, kind, place, begin and end in minutes, size


def troubled(**disturbances: Any) -> Scenario:
    return make_scenario(disturbances=disturbances)


def ledger_of(scenario: Scenario, rows: list[Happened]) -> Ledger:
    """A ledger in which exactly these disturbances happened."""
    columns = list(zip(*rows, strict=True)) or [()] * 6
    table = {
        "label": np.array(columns[0], dtype=object),
        "kind": np.array([DISTURBANCES.index(str(kind)) for kind in columns[1]], dtype="i1"),
        "place": np.array(columns[2], dtype=object),
        **{name: np.array(columns[place], float) for place, name in ((3, "begin_min"), (4, "end_min"), (5, "size"))},
    }
    ledger = make_ledger(scenario, make_plans()["none"])
    return replace(ledger, tables={**ledger.tables, "disturbances": table})


def told(each: dict[str, Any], rows: list[Happened] | None = None) -> Told:
    """The one disturbance of a scenario, called "it", without no-break spaces."""
    scenario = troubled(it=each)
    ledger = None if rows is None else ledger_of(scenario, rows)
    (found,) = disturbances_in_words(scenario, ledger, FORMATS)
    texts = (found.kind, found.about, found.where, found.when, found.size)
    return Told(found.label, *(text.replace("\u00a0", " ") for text in texts))


@pytest.mark.parametrize(
    ("each", "where", "when", "size"),
    [
        (
            BELT,
            "picking and packing",
            "Tue 11 Nov, 10:00 to 14:00 (4 h)",
            "stands still, work in hand is finished first",
        ),
        (
            {**BELT, "stages": ["packing"], "capacity_left_share": 0.25, "stops_work_in_hand": True},
            "packing",
            "Tue 11 Nov, 10:00 to 14:00 (4 h)",
            "25 % of the capacity is left, work in hand is put down",
        ),
        ({**BELT, "stages": ["dock"]}, "the dock", "Tue 11 Nov, 10:00 to 14:00 (4 h)", "stands still"),
        (
            {**CHANCE, "from": "2025-11-11", "to": "2025-11-12T12:00"},
            "the service desk",
            "Tue 11 Nov, 00:00 to Wed 12 Nov, 12:00, at random: on average 1.5 h long, 2.5 days apart",
            "50 % of the capacity is left, work in hand is finished first",
        ),
        (
            FLU,
            "picking, packing and the service desk",
            "Tue 11 Nov to Thu 13 Nov",
            "15 % of those who would have come stay away",
        ),
        (
            {**FLU, "stages": ["packing"], "last_day": "2025-11-11", "regular_only": True},
            "packing",
            "Tue 11 Nov",
            "15 % of the regular staff who would have come stay away",
        ),
        (LORRY, "carrier store", "Wed 12 Nov, 00:00 to Thu 13 Nov, 00:00 (24 h)", "no pickup comes"),
        (
            {**LORRY, "carriers": [], "mode": "network", "factor": 1.5},
            "all carriers",
            "Wed 12 Nov, 00:00 to Thu 13 Nov, 00:00 (24 h)",
            "parcels take 1.5 times as long",
        ),
        (
            LATE,
            "orders",
            "Tue 11 Nov, 08:00 to Wed 12 Nov, 00:00, when the goods are due; on average they come 12 h after that",
            "8 % of them hold these goods and wait",
        ),
        (
            {**LATE, "late_h": 0.0},
            "orders",
            "Tue 11 Nov, 08:00 to Wed 12 Nov, 00:00, when the goods arrive",
            "8 % of them hold these goods and wait",
        ),
        (
            {"kind": "forecast_error", "factor": 1.3, "cv": 0.2},
            "orders of the campaign",
            "Tue 11 Nov, 00:00 to Wed 12 Nov, 00:00",
            "1.3 times as many as forecast, give or take 20 %",
        ),
        (
            {"kind": "forecast_error", "factor": 0.8, "applies_to": "all"},
            "all orders",
            "Sat 8 Nov, 00:00 to Mon 17 Nov, 00:00",
            "0.8 times as many as forecast",
        ),
        (
            {"kind": "second_wave", "start": "2025-11-13", "end": "2025-11-14", "uplift": 1.5, "uplift_cv": 0.1},
            "orders",
            "Thu 13 Nov, 00:00 to Fri 14 Nov, 00:00",
            "150 % of ordinary orders come on top, give or take 10 %",
        ),
    ],
)
def test_a_disturbance_is_told_where_when_and_how_much(each: dict[str, Any], where: str, when: str, size: str) -> None:
    found = told(each)
    assert (found.where, found.when, found.size) == (where, when, size)


def test_of_one_run_it_is_told_how_it_turned_out() -> None:
    times = [(float(start), float(start) + 60.0) for start in (600, 3000, 4440, 6000, 7000)]
    found = told(CHANCE, [("it", "outage", "desk", *span, 0.5) for span in times])
    assert found.when == (
        "Sat 8 Nov, 10:00 to 11:00; Mon 10 Nov, 02:00 to 03:00; Tue 11 Nov, 02:00 to 03:00; 2 more (5 h)"
    )
    assert told(CHANCE, []).when == "it did not happen"
    arrived = told(LATE, [("it", "late_receipt", "", 4800.0, 7000.0, 0.08)])
    assert arrived.when == "Tue 11 Nov, 08:00 to Wed 12 Nov, 20:40, when the goods arrive"
    wrong = told({"kind": "forecast_error", "factor": 1.3, "cv": 0.2}, [("it", "forecast_error", "", 4320, 5760, 1.42)])
    assert wrong.size == "1.42 times as many as forecast"
    wave = {"kind": "second_wave", "start": "2025-11-13", "end": "2025-11-14", "uplift": 1.5, "uplift_cv": 0.1}
    assert told(wave, [("it", "second_wave", "", 7200, 8640, 1.25)]).size == "125 % of ordinary orders come on top"


def test_what_chance_made_of_one_replication_is_told_apart_from_what_all_meet() -> None:
    scenario = troubled(belt=BELT, goods=LATE, desk=CHANCE)
    ledger = ledger_of(
        scenario,
        [
            ("desk", "outage", "desk", 120.0, 180.0, 0.5),
            ("goods", "late_receipt", "", 4800.0, 6000.0, 0.08),
            ("belt", "outage", "picking", 4920.0, 5160.0, 0.0),
            ("belt", "outage", "packing", 4920.0, 5160.0, 0.0),
        ],
    )
    belt, goods, desk = spells_of(scenario, ledger, one_run=False)
    assert (belt.sure, belt.drawn) == (((82.0, 86.0),), ())
    assert (goods.sure, goods.drawn) == (((80.0, 96.0),), ((96.0, 100.0),))
    assert (desk.sure, desk.drawn) == ((), ((2.0, 3.0),))
    once = spells_of(scenario, ledger, one_run=True)
    assert [each.sure for each in once] == [((82.0, 86.0),), ((80.0, 100.0),), ((2.0, 3.0),)]
    assert not any(each.drawn for each in once)


def test_spells_are_cut_to_the_run_and_left_out_where_nothing_happens() -> None:
    scenario = troubled(early={**LORRY, "start": "2025-11-07T12:00"}, late={**LORRY, "start": "2025-11-16T12:00"})
    assert [each.sure for each in spells_of(scenario, None, one_run=False)] == [((0.0, 12.0),), ((204.0, 216.0),)]
    assert spells_of(troubled(desk=CHANCE), ledger_of(troubled(desk=CHANCE), []), one_run=False) == ()


@pytest.mark.parametrize(
    ("places", "stages"),
    [
        ({"packing"}, {None, "packing"}),
        ({"release"}, {None, "picking", "packing"}),
        ({"store"}, {None}),
        (set(), {None, "picking", "packing", "desk"}),
    ],
)
def test_a_panel_of_a_stage_shows_what_hits_it(places: set[str], stages: set[str | None]) -> None:
    spells = Spells("it", frozenset(places), ((1.0, 2.0),))
    assert {stage for stage in (None, "picking", "packing", "desk") if spells.hits(stage)} == stages


def test_overlapping_spells_share_a_band_and_one_more_lies_on_it_where_two_act() -> None:
    # the last spell lasts the whole run of 50 hours; 30 to 40 is one band although two spells meet in it
    spans = [(10.0, 20.0), (15.0, 30.0), (15.0, 16.0), (30.0, 40.0), (45.0, 50.0), (0.0, 50.0)]
    one = [(10.0, 40.0, 1), (45.0, 50.0, 1)]
    assert bands(spans, 50.0, 1) == one
    assert bands(spans, 50.0, 4) == [*one, (15.0, 20.0, 2), (15.0, 16.0, 3)]
    assert bands([], 50.0, 3) == []


def panel(events: Events, stage: str | None) -> list[tuple[float, float, str]]:
    """Begin, end and hatch of the hatched bands in a panel."""
    with style():
        axes = place(figure(6, 4), 1, 1, 4, 2)
        shade(axes, events, stage)
    boxes: list[Any] = [box for box in axes.patches if box.get_hatch()]
    assert all(box.get_facecolor()[3] == 0 for box in boxes), "an SVG fades the hatch with its face"
    return [(box.get_x(), box.get_x() + box.get_width(), box.get_hatch()) for box in boxes]


def test_panels_are_hatched_while_something_goes_wrong_and_denser_where_more_does() -> None:
    events = events_of(troubled(belt=BELT, flu=FLU, lorry=LORRY, desk=CHANCE), None)
    assert panel(events, None) == [(72.0, 144.0, "//"), (82.0, 86.0, "////"), (96.0, 120.0, "////")]
    assert panel(events, "picking") == [(72.0, 144.0, "//"), (82.0, 86.0, "////")]
    assert panel(events, "desk") == [(72.0, 144.0, "//")]
    assert panel(events_of(make_scenario(), None), None) == []


def ribbon_of(events: Events) -> Axes:
    with style():
        axes = place(figure(6, 4), 1, 1, 4, 2)
        ribbon(axes, events, FORMATS)
    return axes


def test_the_ribbon_has_a_row_per_disturbance_and_the_last_row_holds_the_rest() -> None:
    many = {f"belt{number}": BELT for number in range(MOST_ROWS + 3)}
    for count, names in (
        (MOST_ROWS, list(many)[:MOST_ROWS]),
        (MOST_ROWS + 1, list(many)[: MOST_ROWS + 1]),
        (MOST_ROWS + 3, [*list(many)[:MOST_ROWS], "3 others"]),
    ):
        events = events_of(troubled(**dict(list(many.items())[:count])), None)
        rows = [label.get_text() for label in ribbon_of(events).get_yticklabels()]
        assert rows == ["measured", "campaign", *names]
        assert events.rows == len(rows)


def test_names_that_are_too_long_for_the_margin_are_cut() -> None:
    name = "the_conveyor_between_picking_and_packing"
    rows = [label.get_text() for label in ribbon_of(events_of(troubled(**{name: BELT}), None)).get_yticklabels()]
    assert rows[:2] == ["measured", "campaign"]
    assert rows[2].endswith("…")
    assert name.startswith(rows[2][:-1])
    assert 8 <= len(rows[2]) <= 20
    with style():
        axes = place(figure(6, 4), 1, 1, 4, 2)
        assert fitted(axes, name, 9.0, 8) == name
        assert not list(axes.texts)
    assert short(name, 12) == "the_conveyo…"


def test_the_charts_say_in_words_what_is_hatched() -> None:
    scenario = troubled(belt=BELT, goods=LATE)
    ledger = ledger_of(scenario, [("goods", "late_receipt", "", 4800.0, 6000.0, 0.08)])
    spells = spells_of(scenario, ledger, one_run=False)
    assert with_spells("Backlog.", scenario, spells, FORMATS) == (
        "Backlog. What goes wrong: belt, Tue 11 Nov, 10:00 to 14:00. goods, Tue 11 Nov, 08:00 to Wed 12 Nov, 00:00; "
        "Wed 12 Nov, 00:00 to 04:00 in replication 0."
    )
    assert with_spells("Backlog.", scenario, (), FORMATS) == "Backlog."


def compared(scenario: Scenario, rows: list[Happened]) -> SimpleNamespace:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    comparison = make_comparison(plans, replications=3, scenario=scenario)
    comparison.ledgers = {name: replace(ledger_of(scenario, rows), plan=plan) for name, plan in plans.items()}
    return comparison


def test_a_comparison_shows_what_goes_wrong_on_its_page_and_its_charts_over_time(tmp_path: Path) -> None:
    scenario = troubled(belt={**BELT, "about": NASTY}, goods=LATE)
    comparison = compared(scenario, [("goods", "late_receipt", "", 4800.0, 6000.0, 0.08)])
    text = write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={}).read_text("utf-8")
    section = text.split('<section id="disturbances"')[1].split("</section>")[0]
    assert "&lt;script&gt;" in section
    assert "<script" not in text
    assert '<a href="#disturbances">' in text
    assert text.count("Dashed boxes are what chance made of it") == 3
    for name in ("backlog", "bottlenecks", "staffing"):
        svg = (tmp_path / "r" / "charts" / f"{name}.svg").read_text("utf-8")
        for part in (">belt<", ">goods<", ">something goes wrong<", ">drawn, replication 0<"):
            assert part in svg, (name, part)
    assert text.count("What goes wrong: belt, Tue 11 Nov, 10:00 to 14:00.") == 3


def test_without_disturbances_nothing_of_it_is_shown(tmp_path: Path) -> None:
    comparison = compared(make_scenario(), [])
    text = write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={}).read_text("utf-8")
    assert 'id="disturbances"' not in text
    assert "goes wrong" not in text
    for chart in draw_comparison(Reading(cast("Comparison", comparison)), FORMATS).values():
        assert "goes wrong" not in chart.svg.decode()


def warned(ledger: Ledger, rows: list[tuple[float, str, str]]) -> Ledger:
    """The ledger with alarms of our own: minute, rule, event."""
    warnings = {
        "time_min": np.array([time for time, _, _ in rows]),
        "rule": np.array([rule for _, rule, _ in rows], dtype=object),
        "event": np.array([WARNINGS.index(event) for _, _, event in rows], dtype="i1"),
        "value": np.full(len(rows), 9.0),
        "level": np.full(len(rows), 8.0),
    }
    return replace(ledger, tables={**ledger.tables, "warnings": warnings})


def test_alarms_last_from_when_they_are_raised_until_cleared_or_to_the_end() -> None:
    ledger = warned(
        make_ledger(make_scenario(), make_plans()["none"]),
        [
            (600.0, "callers_wait", "raised"),
            (60.0, "work_piles_up", "raised"),
            (120.0, "work_piles_up", "cleared"),
            (180.0, "work_piles_up", "raised"),
        ],
    )
    piles, wait = alarms_in(ledger)
    assert (piles.rule, piles.on) == ("work_piles_up", ((1.0, 2.0), (3.0, float(HOURS))))
    assert (wait.rule, wait.on) == ("callers_wait", ((10.0, float(HOURS)),))
    assert alarms_in(warned(ledger, [])) == ()
    assert events_of(ledger.scenario, ledger, one_run=False).alarms == ()


@pytest.fixture(scope="module")
def run() -> Ledger:
    scenario = sim.load_scenario("double11_storm", overrides=["scale=0.05"])
    return sim.simulate(scenario, sim.load_plan("none"), sim.sample(scenario, seed=1, replication=0))


def test_the_page_of_a_run_shows_disturbances_and_alarms(run: Ledger, tmp_path: Path) -> None:
    ledger = warned(run, [(9000.0, "work_piles_up", "raised")])
    text = write_run(ledger, tmp_path / "r", command="", config=None).read_text("utf-8")
    section = text.split('<section id="disturbances"')[1].split("</section>")[0]
    for label in run.scenario.disturbances:
        assert f"<code>{label}</code>" in section
    svg = (tmp_path / "r" / "charts" / "timeline.svg").read_text("utf-8")
    for part in (">conveyor<", ">flu<", ">store_lorry<", ">best_seller<", ">work_piles_up<", ">something goes wrong<"):
        assert part in svg, part
    assert "replication 0<" not in svg
    assert "A diamond marks when an alert rule was raised" in text
    assert "What goes wrong: conveyor, Thu 12 Nov, 10:00 to 14:00." in text


def test_the_figures_of_disturbances_stand_in_the_table_of_sources(run: Ledger) -> None:
    rows = {row.path: row for row in source_rows(run.scenario, run.scenario.sources, FORMATS)}
    hours = rows["disturbances.conveyor.hours"]
    assert (hours.value, hours.assumed) == ("4\u00a0h", True)
    assert hours.sweep == "1 to 12"
    assert rows["disturbances.flu.absence_share"].value == "15\u00a0%"
    assert rows["disturbances.best_seller.late_h"].value == "12\u00a0h"
