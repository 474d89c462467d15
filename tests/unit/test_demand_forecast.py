"""A forecast in a scenario: expected orders by day and path, one path a replication, and what a bad file is told.

The run starts on Monday 2026-01-05. Files have one column a sample path; figures are worked out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from sim.demand.curve import order_curve, ordinary_curve, ordinary_orders, planned_curve
from sim.demand.forecast_file import doubt_of, luck_of, ordinary_per_day, path_at, read_forecast
from sim.draws import Draws, sample
from sim.errors import InputError
from sim.experiment.laboratory.fingerprint import scenario_key
from sim.floor import simulate
from sim.planning.needs.load import luck_at
from sim.planning.needs.turnout import Turnout, doubts_of, turnout_at
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.page import notes_in_words
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.series import bottleneck
from tests.ledgers import MONDAY, world
from tests.small_sites import promise

DAY = 1440.0
FIRST = date.fromisoformat(MONDAY)
LOW, HIGH = (720.0, 1440.0), (1440.0, 4320.0)  # orders of two days on each of two paths
EVENING = [1.0] * 18 + [3.0] * 6


def forecast_file(
    folder: Path,
    paths: Sequence[Sequence[float]] = (LOW, HIGH),
    first: date = FIRST,
    campaigns: Mapping[int, str] | None = None,
    name: str = "forecast.csv",
) -> str:
    """A forecast file; each path gives the orders of its days."""
    rows = [
        ",".join(["date", "mean", "low_80", "high_80", "campaign", *(f"path_{n}" for n in range(1, len(paths) + 1))])
    ]
    for day, values in enumerate(zip(*paths, strict=True)):
        figures = [sum(values) / len(values), min(values), max(values)]
        head = f"{first + timedelta(days=day)}," + ",".join(f"{value:g}" for value in figures)
        rows.append(f"{head},{(campaigns or {}).get(day, '')}," + ",".join(f"{value:g}" for value in values))
    file = folder / name
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(file)


def shop(file: str, *, days: float = 2.0, world_too: Mapping[str, Any] | None = None, **demand: Any) -> Scenario:
    """A run from Monday whose days follow a forecast."""
    return world(window={"measure_to": 24.0 * days}, demand={"forecast": file, **demand}, **(world_too or {}))


def daily(scenario: Scenario, path: int | None = None) -> list[float]:
    curve = order_curve(scenario, path=path)
    return [curve.expected(DAY * day, DAY * (day + 1)) for day in range(scenario.days)]


# --- expected orders ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "expected"), [(None, [1080, 2880]), (0, [720, 1440]), (1, [1440, 4320])])
def test_each_day_has_the_orders_of_the_file_on_the_path_that_comes_true(
    tmp_path: Path, path: int | None, expected: list[float]
) -> None:
    assert daily(shop(forecast_file(tmp_path)), path) == pytest.approx(expected)


def test_planned_is_the_mean_whatever_comes_true(tmp_path: Path) -> None:
    scenario = shop(forecast_file(tmp_path))
    assert planned_curve(scenario).expected(0, 2 * DAY) == pytest.approx(1080 + 2880)
    assert ordinary_orders(scenario, 24.0, 48.0) == pytest.approx(2880)


def test_the_level_is_the_forecasts_and_the_hours_are_the_profiles(tmp_path: Path) -> None:
    profile = {"per_day": 5.0, "weekday_factors": [9.0, *[1.0] * 6], "trend_per_week": 0.5, "hour_shares": EVENING}
    curve = ordinary_curve(shop(forecast_file(tmp_path), profile=profile), 0)
    assert curve.expected(0, 60) == pytest.approx(720 / 36)
    assert curve.expected(18 * 60, 19 * 60) == pytest.approx(3 * 720 / 36)
    assert curve.expected(0, DAY) == pytest.approx(720)


def test_a_campaign_multiplies_on_top_and_scale_multiplies_all(tmp_path: Path) -> None:
    campaign = {"start": 24.0, "end": 36.0, "uplift": 3.0}
    scenario = shop(forecast_file(tmp_path), campaign=campaign)
    assert daily(scenario, 1) == pytest.approx([1440, 4320 / 2 * 3 + 4320 / 2])
    smaller = scenario.model_copy(update={"scale": 0.1})
    assert daily(smaller, 1) == pytest.approx([144, 864])
    assert ordinary_per_day(smaller) == pytest.approx((1080 + 2880) / 2)
    assert sample(smaller).notes["forecast_per_day"] == pytest.approx((108 + 288) / 2)


def test_a_campaign_that_is_over_later_needs_its_days_in_the_file(tmp_path: Path) -> None:
    file = forecast_file(tmp_path, [(10, 20, 30), (20, 30, 40)])
    scenario = shop(file, campaign={"start": 24.0, "end": 72.0, "uplift": 2.0})
    assert daily(scenario) == pytest.approx([15, 50])  # twice the orders of its two days, one of them in the run
    with pytest.raises(InputError, match=r"the run and its campaign needs 2026-01-05 to 2026-01-08: 2026-01-08 is"):
        daily(shop(file, campaign={"start": 24.0, "end": 96.0, "uplift": 2.0}))


def test_an_ordinary_day_is_one_without_a_campaign_of_the_file(tmp_path: Path) -> None:
    file = forecast_file(tmp_path, campaigns={1: "Spring sale"})
    assert ordinary_per_day(shop(file)) == pytest.approx(1080)
    every = forecast_file(tmp_path, campaigns={0: "A", 1: "A"}, name="every.csv")
    assert ordinary_per_day(shop(every)) == pytest.approx(1980)


# --- one path a replication -----------------------------------------------------------------------------------------


def test_a_uniform_chooses_a_path_and_all_are_equally_likely(tmp_path: Path) -> None:
    scenario = shop(forecast_file(tmp_path, [(1, 1), (2, 2), (3, 3), (6, 6)]))
    assert [path_at(scenario, u) for u in (0.0, 0.24, 0.25, 0.5, 0.999)] == [0, 0, 1, 2, 3]
    assert [luck_of(scenario, path) for path in range(4)] == pytest.approx([1 / 3, 2 / 3, 1, 2])


def test_replications_draw_their_path_and_every_plan_meets_it(tmp_path: Path) -> None:
    scenario = shop(forecast_file(tmp_path))
    paths = [sample(scenario, 1, k).forecast_path for k in range(40)]
    assert 8 <= sum(path == 1 for path in paths) <= 32  # half of 40, give or take four standard deviations
    assert paths == [sample(scenario, 1, k).forecast_path for k in range(40)]
    draws = sample(scenario, 1, 3)
    ledgers = [simulate(scenario, plan, draws) for plan in (Plan(), Plan(name="other"))]
    assert {ledger.notes["forecast_path"] for ledger in ledgers} == {
        draws.forecast_path + 1 if draws.forecast_path is not None else None
    }


def arrays(draws: Draws) -> dict[str, Any]:
    return {name: value for name, value in vars(draws).items() if isinstance(value, np.ndarray)}


def test_the_path_moves_no_other_luck(tmp_path: Path) -> None:
    """A forecast that says on all its paths what the profile says brings the same customers."""
    profile = {"per_day": 1440.0, "hour_shares": EVENING}
    plain = world(demand={"profile": profile, "campaign": {"start": 6.0, "end": 30.0, "uplift": 2.0, "uplift_cv": 0.4}})
    demand = plain.demand.model_copy(update={"forecast": forecast_file(tmp_path, [(1440, 1440)] * 2)})
    same = plain.model_copy(update={"demand": demand})
    before, after = (sample(each, 5, 2) for each in (plain, same))
    assert (before.forecast_path, after.forecast_path) != (None, None)
    assert before.uplift_luck == after.uplift_luck
    for name, values in arrays(before).items():
        np.testing.assert_array_equal(values, arrays(after)[name], err_msg=name)


def test_a_lower_path_keeps_its_customers_on_a_higher_one(tmp_path: Path) -> None:
    low = sample(shop(forecast_file(tmp_path, [LOW] * 2, name="low.csv")), 1, 0)
    high = sample(shop(forecast_file(tmp_path, [HIGH] * 2, name="high.csv")), 1, 0)
    assert 0 < len(low) < len(high)
    assert set(low.placed_min.tolist()) <= set(high.placed_min.tolist())


def test_totals_of_days_scatter_as_the_paths_do_and_hang_together(tmp_path: Path) -> None:
    """Paths of 400 and 1,200 orders on both days: variance 400² of the doubt and 800 of chance; they hang together."""
    scenario = shop(forecast_file(tmp_path, [(400, 400), (1200, 1200)]))
    totals = np.array([np.histogram(sample(scenario, 1, k).placed_min, [0, DAY, 2 * DAY])[0] for k in range(200)])
    # Standard errors over 200 replications: 28 of the mean, about 5 of the deviation (a coin's is near its maximum)
    assert totals.mean(axis=0) == pytest.approx([800, 800], abs=4 * 28)
    assert totals.std(axis=0) == pytest.approx([(400**2 + 800) ** 0.5] * 2, abs=20)
    assert np.corrcoef(totals.T)[0, 1] > 0.98  # 160,000 of 160,800


def test_orders_of_the_campaign_are_those_above_the_path(tmp_path: Path) -> None:
    """On a path of 1,000 a day whose campaign doubles a day, half the orders of that day come because of it."""
    file = forecast_file(tmp_path, [(1000, 1000), (1000, 1000)])
    draws = sample(shop(file, campaign={"start": 24.0, "end": 48.0, "uplift": 2.0}))
    day = draws.placed_min >= DAY
    assert not draws.by_campaign[~day].any()
    assert draws.by_campaign[day].sum() == pytest.approx(1000, abs=4 * 1000**0.5)
    assert draws.by_campaign[day].mean() == pytest.approx(0.5, abs=4 * (0.25 / day.sum()) ** 0.5)


def test_a_run_tells_of_the_path_it_kept(tmp_path: Path) -> None:
    scenario = shop(forecast_file(tmp_path))
    ledger = simulate(scenario, Plan(), sample(scenario, 1, 0))
    path = sample(scenario, 1, 0).forecast_path
    luck = [2160 / 3960, 5760 / 3960][path if path is not None else 9]
    assert ledger.notes["forecast_luck"] == pytest.approx(luck)
    assert len(bottleneck(ledger)) == 48  # its bottlenecks ask what an ordinary day has
    told = notes_in_words(ledger.remarks, Formats(catalogue(), "TWD"))
    assert told[:2] == [
        "Forecast of ordinary orders: forecast.csv",
        "Its sample paths, one drawn for each replication: 2",
    ]
    assert any(text.endswith(f"mean: {luck:.2f}") for text in told)
    assert notes_in_words(ledger.remarks, Formats(catalogue("zh_TW"), "TWD"))
    assert set(ledger.notes) == {
        key.removeprefix("note.") for key in catalogue().keys if key.startswith("note.forecast")
    }


# --- the file against the scenario ----------------------------------------------------------------------------------


def test_warm_up_before_the_file_repeats_the_first_ordinary_same_weekday(tmp_path: Path) -> None:
    """The file begins on Wednesday with a campaign; Monday and Tuesday before it are the next ones, Sunday too."""
    wednesday = FIRST + timedelta(days=2)
    paths = [tuple(float(10 * day + path) for day in range(14)) for path in (0, 2)]
    file = forecast_file(tmp_path, paths, wednesday, campaigns={0: "Sale", 6: "Sale"})
    scenario = world(
        start=FIRST - timedelta(days=1), window={"measure_from": 72.0, "measure_to": 96.0}, demand={"forecast": file}
    )
    # Sunday and Monday are rows 4 and 5; the first Tuesday, row 6, is a campaign day, the next row 13; then row 0.
    assert daily(scenario, 0) == pytest.approx([40, 50, 130, 0])
    assert sample(scenario).notes["forecast_days_repeated"] == 3


def test_a_weekday_that_the_file_lacks_is_not_made_up(tmp_path: Path) -> None:
    file = forecast_file(tmp_path, [(1, 1), (2, 2)], FIRST + timedelta(days=1))
    scenario = world(window={"measure_from": 24.0, "measure_to": 72.0}, demand={"forecast": file})
    with pytest.raises(InputError, match="2026-01-05 is missing"):
        daily(scenario)


@pytest.mark.parametrize(
    ("first", "days", "missing"),
    [
        (1, 9, "2026-01-05 is missing"),  # measured from the start: nothing is warm-up
        (0, 2, "2026-01-07 is missing"),
        (1, 1, "2026-01-05 and 2026-01-07 are missing"),
        (30, 9, "2026-01-05 to 2026-01-07 are missing"),
    ],
)
def test_days_that_the_file_lacks_are_named(tmp_path: Path, first: int, days: int, missing: str) -> None:
    file = forecast_file(tmp_path, [[1.0] * days] * 2, FIRST + timedelta(days=first))
    with pytest.raises(InputError, match=f"the run needs 2026-01-05 to 2026-01-07: {missing}"):
        sample(shop(file, days=3))


def test_a_campaign_that_is_in_the_figures_already_is_not_counted_twice(tmp_path: Path) -> None:
    file = forecast_file(tmp_path, campaigns={1: "Spring sale"})
    wave = {"kind": "second_wave", "start": 30.0, "end": 36.0, "uplift": 2.0}
    scenario = shop(
        file, campaign={"start": 20.0, "end": 30.0, "uplift": 2.0}, world_too={"disturbances": {"again": wave}}
    )
    with pytest.raises(InputError) as refused:
        sample(scenario)
    assert [problem.place for problem in refused.value.problems] == ["demand.campaign", "disturbances.again"]
    assert "'Spring sale' (2026-01-06)" in refused.value.problems[0].remedy
    assert len(sample(shop(file, campaign={"start": 12.0, "end": 24.0, "uplift": 2.0})))


def test_a_forecast_and_an_order_file_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match=r"give demand\.file or demand\.forecast"):
        world(demand={"forecast": "a.csv", "file": "b.csv", "from": MONDAY, "to": MONDAY})


# --- bad files ------------------------------------------------------------------------------------------------------

HEADER = "date,mean,campaign,path_1,path_2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["forecast.csv: empty: a header and a row for each day are needed"]),
        (HEADER, ["forecast.csv: 0 rows below the header"]),
        ("date;mean;path_1;path_2\n", ["line 1, column 1 = 'date;mean;path_1;path_2': one column only"]),
        (
            "day,mean,path_1,path_3,mean\n2026-01-05,1,1,1,1\n",
            ["column 1 = 'day': no column of a forecast", "column 5 = 'mean': is there twice",
             "column date: is missing", "numbered from 1 to 2 without gaps"],
        ),
        ("date,mean,path_1\n2026-01-05,1,1\n", ["column path_1 ... = '1': needs 2 to 1,000 sample paths"]),
        (f"{HEADER}\n2026-01-05,1,,1\n", ["forecast.csv, line 2: 4 cells where the header has 5"]),
        (
            f"{HEADER}\n05/01/2026,1,,1,1\n2026-01-06,NT$1,,1,-1\n2026-01-08,,,1_0,nan\n2026-01-08,9,,1e12,1\n",
            ["line 2, column date = '05/01/2026': no date: write YYYY-MM-DD",
             "line 4, column date = '2026-01-08': does not follow",
             "line 5, column date = '2026-01-08': is there twice",
             "line 3, column mean = 'NT$1': no number", "line 3, column path_2 = '-1': orders are 0 or more",
             "line 4, column mean: is empty", "line 4, column path_1 = '1_0': no number",
             "line 4, column path_2 = 'nan': no number", "line 5, column path_1 = '1e12': more than 1,000,000,000"],
        ),
        (f"{HEADER}\n2026-01-05,100,,1,2\n", ["line 2, column mean = '100': all its paths lie from 1 to 2"]),
        (f'{HEADER}\n2026-01-05,1,"a,1,1\n', ["no CSV: unexpected end of data"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_told_at_once_by_line_and_column(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    file = tmp_path / "forecast.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"the forecast forecast\.csv can't be used") as refused:
        read_forecast(shop(str(file)))
    shown = [str(problem) for problem in refused.value.problems]
    for text in told:
        assert any(text in each for each in shown), (text, shown)
    assert len(shown) == len(told)


def test_files_that_are_no_text_or_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04....")
    (tmp_path / "latin.csv").write_bytes("date,mean\né".encode("latin-1"))
    for name, told in (("book.xlsx", "an Excel workbook"), ("latin.csv", "line 2 = byte 0xe9: not UTF-8"),
                       ("lati.csv", "no such file; did you mean 'latin.csv'")):  # fmt: skip
        with pytest.raises(InputError, match=told):
            read_forecast(shop(str(tmp_path / name)))


def test_many_bad_cells_are_counted(tmp_path: Path) -> None:
    rows = [f"{FIRST + timedelta(days=day)},x,,1,1" for day in range(25)]
    (tmp_path / "f.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_forecast(shop(str(tmp_path / "f.csv")))
    assert len(refused.value.problems) == 21
    assert refused.value.problems[-1].place == "and 5 more"


def test_a_byte_order_mark_blank_lines_and_capitals_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffDate, Mean ,path_2,Path_1\r\n\r\n2026-01-05,3,4,2\r\n2026-01-06,3,5,1\r\n"
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    assert daily(shop(str(tmp_path / "f.csv")), 0) == pytest.approx([2, 1])


# --- stored results and planning ------------------------------------------------------------------------------------


def test_stored_results_go_by_the_content_of_the_file(tmp_path: Path) -> None:
    file = forecast_file(tmp_path)
    before = scenario_key(shop(file))
    elsewhere = forecast_file(tmp_path, name="other.csv")
    assert scenario_key(shop(elsewhere)) == before
    forecast_file(tmp_path, [LOW, (1440.0, 4321.0)])
    assert scenario_key(shop(file)) != before
    assert scenario_key(world()) != before


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    scenario = shop(forecast_file(tmp_path))
    assert daily(scenario, 0) == pytest.approx(list(LOW))
    forecast_file(tmp_path, [(1.0, 2.5), (3.0, 4.5)])
    assert daily(scenario, 0) == pytest.approx([1, 2.5])


def test_needs_plan_for_both_doubts_in_proportion_to_their_variances(tmp_path: Path) -> None:
    """Paths of 600 and 1,400 orders on the planned days: 0.4 of the mean. An uplift as uncertain shares half each."""
    file = forecast_file(tmp_path, [(300, 300), (700, 700)])
    due = {"promise": promise(by="23:00")}
    campaign = {"start": 24.0, "end": 36.0, "uplift": 3.0, "uplift_cv": 0.4}
    scenario = shop(file, campaign=campaign, world_too=due)
    assert doubt_of(scenario, range(0, 2)) == pytest.approx(0.4)
    assert doubts_of(scenario) == pytest.approx((0.4, 0.4))
    spread = np.log1p(0.16) ** 0.5
    each = np.exp(1.6448536 * spread / 2**0.5 - spread**2 / 2)
    assert turnout_at(scenario, 0.95) == Turnout(pytest.approx(each), pytest.approx(each))
    sure = shop(file, world_too=due)
    assert turnout_at(sure, 0.95) == Turnout(1.0, pytest.approx(luck_at(0.4, 0.95)))
    plain = world(demand={"campaign": {"start": 24.0, "end": 36.0, "uplift_cv": 0.4}})
    assert turnout_at(plain, 0.95) == Turnout(luck_at(0.4, 0.95), 1.0)
