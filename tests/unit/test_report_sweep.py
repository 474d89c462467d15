"""The report on a sweep: the answer in words, tables, charts, and the page as a whole."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shop_fixture import make_scenario
from sweep_fixture import FORMATS, PACKERS, PICKERS, UPLIFT, grid, lab_of, make_results, plans_named, surge

from sim.experiment.choice import standings
from sim.experiment.enough import Enough
from sim.experiment.laboratory.design import points_of
from sim.experiment.questions.results import Results, Unsettled
from sim.report.charts.canvas import style
from sim.report.charts.sweep_curves import broken, side_by_side
from sim.report.charts.sweep_maps import frame_of
from sim.report.experiment import write_experiment
from sim.report.sweep import SweepReading, certainty, console, headline, sweep_draft
from sim.report.sweep.tables import MOST_ROWS, figures_table, points_table, tally_table, unsettled_table, window
from sim.scenario.plan import Plan

NASTY = "<script>alert('1')</script> & 5 $"


def read(results: Results, kpis: list[str] | None = None) -> SweepReading:
    return SweepReading(results, FORMATS, kpis)


def said(results: Results) -> str:
    return headline(read(results)).striptags().replace("\u00a0", " ")


# --- the choice ---------------------------------------------------------------------------------------------------


def test_of_plans_that_hold_the_one_that_earns_most_and_else_the_one_that_comes_closest() -> None:
    reading = read(make_results(grid(uplift=[2, 3, 4, 5])))
    assert reading.winners == ["none", "overtime", "temporary", None]
    assert reading.chosen[3] == "temporary"
    assert (reading.held, dict(reading.wins)) == (3, {"none": 1, "overtime": 1, "temporary": 1})
    assert [reading.holds_at(plan) for plan in reading.plans] == [1, 2, 3]


def test_figures_of_a_plan_by_hand() -> None:
    none, overtime, _ = standings(make_results(grid(uplift=[3]), replications=4), 0, [])
    # 1 above its strength: 0.99 - 0.3, and 0.002 more in replications 1 and 3
    assert none.service.mean == pytest.approx(0.691)
    assert (none.met, none.of, none.reach.mean, none.holds, none.runs) == (0, 4, 0.0, False, 4)
    assert np.isnan(none.kpis["net_contribution"].gap.mean), "the baseline against itself"
    # (1 - x)^4 = 0.025
    assert none.reach.high == pytest.approx(1 - 0.025**0.25)
    assert (overtime.met, overtime.holds) == (4, True)
    assert overtime.kpis["net_contribution"].gap.mean == -1_000.0
    assert overtime.kpis["service_level_ship"].gap.mean == pytest.approx(0.3)


def test_a_target_that_is_swept_is_the_points_own() -> None:
    points = [{UPLIFT: 2, "targets.service_level_ship": target} for target in (0.95, 0.999)]
    assert read(make_results(points)).winners == ["none", None]
    nested = [{UPLIFT: 2, "targets": {"service_level_ship": target}} for target in (0.95, 0.999)]
    assert read(make_results(nested)).winners == ["none", None]


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (grid(uplift=[1, 2]), "None is the plan to choose at all 2 points. Some plan holds up to the largest "
         "campaign.uplift tried, 2."),
        (grid(uplift=[2, 3]), "A plan holds at all 2 points: choose None at campaign.uplift 2 and Overtime at 3. "
         "Some plan holds up to the largest campaign.uplift tried, 3."),
        (grid(uplift=[1, 2, 3, 5, 6]), "A plan holds at 3 of 5 points: choose None at campaign.uplift 1 to 2 and "
         "Overtime at 3; nothing does at 5 to 6. The campaign may go up to campaign.uplift 3; at 5 nothing holds."),
        (grid(uplift=[5, 6]), "No plan holds at any of the 2 points: Temporary comes closest (at campaign.uplift 5), "
         "but ships only 69.1 % of orders on time and meets the target in 0 of 4 surges."),
        (grid(uplift=[3]), "Choose Overtime (campaign.uplift 3): it ships 99.1 % of orders on time and meets the "
         "target in 4 of 4 surges."),
        (grid(uplift=[6]), "No plan holds (campaign.uplift 6): Temporary comes closest, but ships only 39.1 % of "
         "orders on time and meets the target in 0 of 4 surges."),
        (grid(uplift=[2, 4, 6], pickers=[1, 1.5]), "A plan holds at 5 of 6 points: choose None at 2, Overtime at 1 and "
         "Temporary at 2; at one nothing does. The campaign may go up to campaign.uplift 4 whatever the other figures "
         "are, and up to 6 at best (“Temporary” with picking.headcount_factor 1.5)."),
        (grid(uplift=[2, 3], pickers=[1, 1.5]), "A plan holds at all 4 points: choose None at 3 and Overtime at 1. "
         "Some plan holds up to the largest campaign.uplift tried, 3, whatever the other figures are."),
        (grid(uplift=[6, 9], pickers=[1, 1.5]), "A plan holds at 1 of 4 points: choose Temporary at 1; at 3 nothing "
         "does. No campaign.uplift is safe whatever the other figures are; at best the campaign may go up to 6 "
         "(“Temporary” with picking.headcount_factor 1.5)."),
        (grid(discipline=["fifo", "shortest"]), "Overtime is the plan to choose at all 2 points."),
    ],
)  # fmt: skip
def test_the_answer_in_words(points: list[dict[str, Any]], expected: str) -> None:
    assert said(make_results(points)) == expected


def test_a_plan_that_holds_again_further_on_is_not_called_safe() -> None:
    def lucky(values: Any, plan: str, replication: int) -> dict[str, float]:
        return surge({UPLIFT: 2} if values[UPLIFT] == 6 else values, plan, replication)

    assert said(make_results(grid(uplift=[2, 5, 6]), lucky)) == (
        "A plan holds at 2 of 3 points: choose None at campaign.uplift 2, 6; nothing does at 5. campaign.uplift 6 is "
        "the largest at which something holds, but at a smaller one nothing does: take more replications before you "
        "trust it."
    )


def test_where_nothing_falls_due_there_is_no_plan_to_choose() -> None:
    results = make_results(grid(uplift=[2, 3]), lambda *_: {"net_contribution": 5.0, "utilisation_picking": 0.5})
    assert said(results).startswith("Nothing falls due at any of the 2 points")
    reading = read(results)
    assert reading.kpis == ("utilisation_picking", "net_contribution")
    assert certainty(reading) == "Every plan met the same 4 surges at every point."


@pytest.mark.parametrize(
    ("replications", "expected"),
    [
        (4, "Every plan met the same 4 surges at every point. That is few: a plan that meets the target in all of 4 is "
         "only known to do so with a probability of 40 % or more (95 %), and 90 % is asked for."),
        (40, "Every plan met the same 40 surges at every point. Plans were chosen"),
        ([40, 60], "Every plan met the same surges, 40 to 60 of them at a point. Plans were chosen"),
        (1, "Every plan met one surge at every point. One surge is too few to choose by: add replications."),
    ],
)  # fmt: skip
def test_how_sure_it_is(replications: int | list[int], expected: str) -> None:
    text = certainty(read(make_results(grid(uplift=[2, 3]), replications=replications)))
    assert text.replace("\u00a0", " ").startswith(
        "A plan holds where it ships 95 % of orders on time with a probability of 90 % or more; of those that hold, "
        f"the one that earns most is chosen. {expected}"
    )


def test_what_did_not_settle_is_said_and_listed_the_farthest_off_first() -> None:
    enough = Enough()
    near = Unsettled(1, "overtime", "net_contribution", True, 110.0, 100.0, 12)
    far = Unsettled(0, "none", "service_level_ship", False, 0.05, 0.005, 12)
    results = make_results(grid(uplift=[2, 3]), unsettled=[near, far], enough=enough, replications=12)
    text = certainty(read(results)).replace("\u00a0", " ")
    assert "2 figures at 2 points did not get there within 1,000 replications (see below)." in text
    rows = unsettled_table(read(results)).rows
    assert [row.name for row in rows] == ["None", "Overtime"]
    assert [cell.text for cell in rows[0].cells] == ["0", "campaign.uplift 2", "Shipped on time", "±5.0", "±0.5", "12"]
    assert rows[1].cells[2].text == "Net contribution, difference"
    settled = certainty(read(make_results(grid(uplift=[2, 3]), enough=enough)))
    assert "Shipped on time, Net contribution. All of them were." in settled


def test_a_failed_run_is_left_out_and_counted() -> None:
    results = make_results(grid(uplift=[2, 3]), failed={(1, "overtime", 2)})
    assert "One run failed and is left out." in certainty(read(results))
    assert read(results).standing(1, "overtime").runs == 3
    assert (read(results).standing(1, "overtime").met, read(results).standing(1, "overtime").of) == (3, 3)


# --- tables -------------------------------------------------------------------------------------------------------


def test_rows_of_points_and_plans_with_what_they_are_sorted_by() -> None:
    reading = read(make_results(grid(uplift=[2, 3])))
    rows, left_out = window(reading)
    assert (len(rows), left_out) == (6, "")
    table = points_table(reading, rows)
    names = ["Point", "campaign.\u200buplift", "Target met", "Shipped on time", "against “None”", "Net contribution"]
    assert [head.text for head in table.heads] == [*names, "against “None”", "Surges"]
    row = table.rows[4]
    assert (row.name, row.chosen, row.baseline) == ("Overtime", True, False)
    point, uplift, met, service, gap, net, net_gap, runs = row.cells
    assert (point.text, uplift.text, runs.text) == ("1", "3", "4")
    assert (met.text.replace("\u00a0", " "), met.mark, met.sort) == ("100 %", "holds", 1.0)
    assert met.below.replace("\u00a0", " ") == "40 % to 100 %"
    assert service.sort == pytest.approx(0.991)
    assert (gap.text, gap.mark) == ("+30.0", "better")
    assert (net.text, net_gap.text, net_gap.mark) == ("29,050", "−1,000", "worse")
    baseline = table.rows[3].cells[4]
    assert (baseline.text, baseline.sort) == ("–", None), "no difference: last however it is sorted"


def test_how_often_each_plan_holds() -> None:
    rows = tally_table(read(make_results(grid(uplift=[2, 3, 4, 5])))).rows
    texts = {row.name: [cell.text.replace("\u00a0", " ") for cell in row.cells] for row in rows}
    assert texts["Overtime"] == ["2 of 4", "1 of 4", "39.1 %", "99.1 %"]


@pytest.mark.parametrize(
    ("count", "shown", "told"),
    [(100, 300, ""), (101, 101, "all 303 rows are in points.csv"), (301, MOST_ROWS, "300 of 301 points are shown")],
)
def test_of_many_rows_the_chosen_plans_and_of_too_many_some(count: int, shown: int, told: str) -> None:
    reading = read(make_results([{UPLIFT: 1 + each / 100} for each in range(count)], replications=2))
    rows, left_out = window(reading)
    assert len(rows) == shown
    assert told in left_out
    assert rows[0][0] == 0
    assert rows[-1][0] == count - 1, "from the first point to the last"


def test_what_was_varied_with_its_value_without_the_sweep() -> None:
    points = [{UPLIFT: each, "targets.probability": 0.5 + each / 100} for each in range(1, 12)]
    rows = {row.name: [cell.text.replace("\u00a0", " ") for cell in row.cells] for row in
            figures_table(read(make_results(points, replications=2))).rows}  # fmt: skip
    assert rows[UPLIFT] == ["campaign.uplift", "1 to 11 (11 values)", "4", ""]
    assert rows["targets.probability"] == ["targets.probability", "51 % to 61 % (11 values)", "90 %", ""]


def test_the_console_has_a_row_for_each_point() -> None:
    heads, rows, left_out = console(read(make_results(grid(uplift=[2, 6]))))
    assert heads == ("Point", "campaign.uplift", "Plan", "Target met", "Shipped on time", "Net contribution")
    assert [row[:4] for row in rows] == [
        ("0", "2", "none", "4 of 4"),
        ("1", "6", "nothing holds, nearest: temporary", "0 of 4"),
    ]
    assert left_out == 0


def test_figures_are_called_by_as_much_of_their_path_as_tells_them_apart() -> None:
    paths = {PICKERS: 1, PACKERS: 1, UPLIFT: 3, "plan.overtime.measures.floor.hours": 2, "scale": 0.5}
    labels = read(make_results([paths])).space.labels
    assert list(labels.values()) == [
        "picking.headcount_factor", "packing.headcount_factor", "campaign.uplift", "floor.hours of overtime", "scale",
    ]  # fmt: skip
    nested = read(make_results([{"site": {"picking": {"headcount_factor": each}}} for each in (1, 2)]))
    assert [axis.path for axis in nested.space.axes] == [PICKERS]


# --- charts -------------------------------------------------------------------------------------------------------

FOUR = [{**point, "promise.standard.ship_within_days": days} for days in (0, 1) for point in
        grid(uplift=[2, 3], pickers=[1, 2], packers=[1, 2])]  # fmt: skip
LATIN = points_of({UPLIFT: [2.0, 5.0], PICKERS: [0.8, 1.5], PACKERS: [0.8, 1.5]}, points=20)


@pytest.mark.parametrize(
    ("points", "shape", "charts"),
    [
        (grid(uplift=[3]), "single", ["plans"]),
        (grid(uplift=[2, 3, 4]), "line", ["lines_service_level_ship", "lines_net_contribution"]),
        (grid(discipline=["fifo", "shortest"]), "line", ["lines_service_level_ship", "lines_net_contribution"]),
        (grid(uplift=[2, 3], pickers=[1, 2]), "map", ["choice", "maps_service_level_ship", "maps_net_contribution"]),
        (grid(uplift=[2, 3], discipline=["fifo", "shortest"]), "map", ["choice", "maps_service_level_ship",
         "maps_net_contribution"]),
        (grid(uplift=[2, 3], pickers=[1, 2], packers=[1, 2, 3]), "map", ["choice", "maps_service_level_ship",
         "maps_net_contribution"]),
        (FOUR, "map", ["choice", "maps_service_level_ship", "maps_net_contribution"]),
        (LATIN, "scatter", ["choices", "scatter_service_level_ship", "scatter_net_contribution"]),
        ([{UPLIFT: 3}, {PICKERS: 2}], "table", []),
    ],
)  # fmt: skip
def test_charts_that_suit_the_points(points: list[dict[str, Any]], shape: str, charts: list[str]) -> None:
    results = make_results(points)
    draft = sweep_draft(results, FORMATS, None)  # warnings of matplotlib are errors here
    assert read(results).space.shape == shape
    assert [chart.name for chart in draft.charts] == charts
    named = [block.name for part in draft.parts for block in part.blocks if hasattr(block, "name")]
    assert named == charts, "every chart stands in a part"


def test_one_replication_draws_without_intervals() -> None:
    for points in (grid(uplift=[2, 3]), grid(uplift=[3]), grid(uplift=[2, 3], pickers=[1, 2]), LATIN):
        assert sweep_draft(make_results(points, replications=1), FORMATS, None).charts


def test_a_map_has_the_demand_across_and_fixes_what_has_no_room() -> None:
    axes = read(make_results([{**point, "targets.probability": share} for share in (0.8, 0.9, 0.95) for point in
                              grid(pickers=[1, 2, 3], uplift=[2, 3], packers=[1, 2])])).space.axes  # fmt: skip
    frame = frame_of(axes)
    assert (frame.x.path, frame.y.path) == (UPLIFT, PICKERS)
    assert frame.third is not None
    assert frame.third.path == PACKERS
    ((fixed, number),) = frame.fixed
    assert (fixed.path, fixed.values[number]) == ("targets.probability", 0.9), "as the scenario has it"


def test_every_field_of_the_map_of_choices_is_named_and_what_fails_is_hatched() -> None:
    (choice, *_) = sweep_draft(make_results(grid(uplift=[2, 5], pickers=[1, 2])), FORMATS, None).charts
    text = choice.svg.decode()
    assert text.count(">4/4<") == 3
    assert ">(Temporary)<" in text
    assert "nothing holds" in text


def test_which_figure_matters_most_over_scattered_points() -> None:
    draft = sweep_draft(make_results(LATIN), FORMATS, None)
    (part,) = [part for part in draft.parts if part.name == "ranks"]
    assert part.lead[0].startswith("For the orders shipped on time, campaign.uplift matters most (−")


def test_marks_on_each_other_stand_side_by_side() -> None:
    found = side_by_side([(0.0, 1.0), (10.0, 1.0), (0.0, 1.0), (0.0, 2.0)])
    assert found.tolist() == [[-0.125, 1.0], [10.0, 1.0], [0.125, 1.0], [0.0, 2.0]]
    alone = [(0.0, 1.0), (1.0, 1.0)]
    assert side_by_side(alone).tolist() == [list(each) for each in alone]


def test_names_of_figures_break_where_they_may() -> None:
    assert broken("picking.headcount_factor (share)", 12) == "picking.\nheadcount_\nfactor\n(share)"
    assert broken("uplift", 3) == "uplift"


# --- the page -----------------------------------------------------------------------------------------------------


def write(results: Results, folder: Path) -> str:
    draft = sweep_draft(results, FORMATS, None)
    index = write_experiment(draft, lab_of(results), folder, FORMATS, command="surgesim sweep")
    return index.read_text(encoding="utf-8")


def test_the_page_is_whole_without_its_script_and_asks_nothing_of_the_net(tmp_path: Path) -> None:
    page = write(make_results(grid(uplift=[2, 3], pickers=[1, 2])), tmp_path / "report")
    assert page.count('<table class="figures sortable">') == 1
    assert page.count("<script>") == 1
    assert "<button" not in re.sub(r"<script>.*</script>", "", page, flags=re.DOTALL), "heads are plain without it"
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "index.html", "manifest.json", "charts", "points.csv", "runs.parquet",
    }  # fmt: skip
    with (tmp_path / "report" / "points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert [row["plan"] for row in rows if row["chosen"] == "True"] == ["none", "none", "overtime", "none"]
    assert float(rows[1]["net_contribution_difference"]) == -1000.0


def test_names_are_escaped(tmp_path: Path) -> None:
    plans = {"a": Plan(name="a", title=NASTY), "b": Plan(name="b", title="Second <b>")}
    scenario = make_scenario(title=NASTY, story=NASTY)
    results = make_results(
        [{UPLIFT: 2, "title": NASTY}, {UPLIFT: 3, "title": "<i>"}], lambda v, p, r: surge(v, "none", r), plans=plans,
        scenario=scenario,
    )  # fmt: skip
    page = write(results, tmp_path / "report")
    assert "<script>alert" not in page
    assert "<i>" not in page
    assert page.count("&lt;script&gt;alert") > 5


def test_a_failed_run_is_named_on_the_page(tmp_path: Path) -> None:
    page = write(make_results(grid(uplift=[2, 3]), failed={(1, "overtime", 2)}), tmp_path / "report")
    assert "Plan “overtime”, replication 2, seed 1, demand.campaign.uplift=3: failed three times" in page


def test_a_thousand_points_make_a_page_of_bearable_size(tmp_path: Path) -> None:
    points = [{UPLIFT: 1 + x / 10, PICKERS: 1 + y / 10} for x in range(40) for y in range(25)]
    page = write(make_results(points, replications=2), tmp_path / "report")
    assert len(page) < 3_000_000


def test_style_leaves_matplotlib_as_it_was() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with style():
        pass
    assert dict(mpl.rcParams) == before


def test_plans_are_named_for_readers() -> None:
    assert plans_named("Overtime")["overtime"].heading == "Overtime"
