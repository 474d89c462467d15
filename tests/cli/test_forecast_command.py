"""``surgesim forecast``: its words, its page and its file; the forecast itself is tried in the tests of its room."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from cli_fixture import Ask, files_in

from sim.cli.commands import forecast as command
from sim.cli.settings import ForecastSettings
from sim.demand.forecast_file import read_forecast
from sim.forecasting.result import Forecast
from tests.ledgers import world
from tests.made_forecast import made_forecast

SCENARIO = ["scenario=steady", "start=2026-03-02", "window.measure_from=2026-03-03", "window.measure_to=2026-03-04"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ForecastSettings]:
    """What was asked for; a forecast made by hand is the answer."""
    found: list[ForecastSettings] = []

    def answer(settings: ForecastSettings) -> Forecast:
        found.append(settings)
        return made_forecast()

    monkeypatch.setattr(command, "forecast_of", answer)
    return found


def test_a_file_and_settings_give_a_page_and_a_file_that_a_scenario_reads(
    surgesim: Ask, here: Path, asked: list[ForecastSettings]
) -> None:
    answer = surgesim("forecast", "my orders, 2025.csv", "horizon=14", "country=TW", "out=found")
    assert (answer.code, answer.err) == (0, "")
    settings = asked[0]
    assert (settings.history, settings.horizon, settings.country) == ("my orders, 2025.csv", 14, "TW")
    assert {"index.html", "forecast.csv", "accuracy.csv", "manifest.json"} <= set(files_in(here / "found"))
    assert "about 1,600 orders come" in answer.out
    assert "surgesim compare scenario=NAME demand.forecast=found/forecast.csv" in answer.out
    page = (here / "found/index.html").read_text(encoding="utf-8")
    assert "surgesim forecast &#39;my orders, 2025.csv&#39; horizon=14 country=TW out=found" in page
    # paths of 80 and 120 a day: a Poisson number of orders accounts for 100 of their variance of 400
    demand = {"forecast": str(here / "found/forecast.csv")}
    scenario = world(start="2026-03-02", demand=demand)
    spread = 20 * (1 - 100 / 400) ** 0.5
    assert read_forecast(scenario).paths[:, 0] == pytest.approx([100 - spread, 100 + spread], abs=1e-3)


def test_the_other_language_and_the_usual_folder(surgesim: Ask, here: Path, asked: list[ForecastSettings]) -> None:
    answer = surgesim("forecast", "data/訂單 2025.csv.gz", "report.lang=zh_TW")
    assert (answer.code, answer.err) == (0, "")
    (page,) = here.glob("reports/forecast/訂單_2025/*/index.html")
    assert "未來的需求" in page.read_text(encoding="utf-8")
    assert "come, in 80 %" in answer.out  # the console speaks English


def test_several_values_are_several_forecasts(surgesim: Ask, here: Path, asked: list[ForecastSettings]) -> None:
    answer = surgesim("forecast", "orders.csv", "horizon=7,14", "--multirun", "out=found")
    assert (answer.code, answer.err) == (0, "")
    assert [settings.horizon for settings in asked] == [7, 14]
    assert (here / "found/1/forecast.csv").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name one file: surgesim forecast orders.csv"),
        (["a.csv", "b.csv"], "a.csv b.csv: name one file"),
        (["a.csv", "horison=5"], "horison = 5: unknown key; did you mean 'horizon'?"),
        (["a.csv", "horizon=0"], "horizon = 0"),
        (["a.csv", "paths=1", "gaps=guess"], "(2 problems)"),
        (["a.csv", "report.lang=de"], "report.lang = de"),
        (["a.csv", "--config-dir", "my"], "--config-dir: no such option"),
    ],
)
def test_words_that_are_wrong_are_told_and_nothing_is_done(
    surgesim: Ask, here: Path, asked: list[ForecastSettings], words: list[str], told: str
) -> None:
    answer = surgesim("forecast", *words)
    assert answer.code == 2
    assert told in answer.err
    assert not asked
    assert files_in(here) == []


def test_a_folder_that_is_there_is_not_written_over(surgesim: Ask, here: Path, asked: list[ForecastSettings]) -> None:
    (here / "found").mkdir()
    answer = surgesim("forecast", "a.csv", "out=found")
    assert answer.code == 2
    assert "exists already" in answer.err
    assert not asked


def test_a_comparison_follows_the_forecast(surgesim: Ask, here: Path, asked: list[ForecastSettings]) -> None:
    assert surgesim("forecast", "a.csv", "out=found").code == 0
    follow = ["demand.forecast=found/forecast.csv", "demand.campaign=null", "window.run_on_h=0.0"]
    answer = surgesim("run", *SCENARIO, *follow, "out=run")
    assert (answer.code, answer.err) == (0, "")
    assert "Forecast of ordinary orders: forecast.csv" in answer.out
    answer = surgesim("run", *SCENARIO, *follow, "window.measure_to=2026-03-20", "out=again")
    assert answer.code == 2
    assert "2026-03-16 to 2026-03-19 are missing" in answer.err


def test_from_counts_of_the_past_to_a_run(surgesim: Ask, here: Path) -> None:
    """Eight weeks of 100 orders a day and 200 on Sundays: so is what comes, and so many orders does a run have."""
    days = [date(2026, 1, 5) + timedelta(days=day) for day in range(56)]
    rows = [f"{day},{200 if day.weekday() == 6 else 100}" for day in days]
    (here / "counts.csv").write_text("\n".join(["date,orders", *rows]), encoding="utf-8")
    answer = surgesim("forecast", "counts.csv", "models=[regression]", "horizon=14", "out=found")
    assert (answer.code, answer.err) == (0, "")
    forecast = read_forecast(world(start="2026-03-02", demand={"forecast": str(here / "found/forecast.csv")}))
    assert forecast.mean == pytest.approx([*[100] * 6, 200] * 2, rel=0.03)
    follow = ["demand.forecast=found/forecast.csv", "demand.campaign=null", "window.run_on_h=0.0"]
    answer = surgesim("run", *SCENARIO, *follow, "out=run")
    assert (answer.code, answer.err) == (0, "")


def test_all_that_is_wrong_with_the_files_is_told_at_once(surgesim: Ask, here: Path) -> None:
    (here / "counts.csv").write_text("date,orders\n2026-01-05,NT$5\n2026-01-06,-2\n", encoding="utf-8")
    (here / "campaigns.csv").write_text(
        "name,type,depth,start,end\nA,discount,0.2,2026-01-01,2026-01-05\nB,discount,0.2,2026-01-04,2026-01-06\n",
        encoding="utf-8",
    )
    answer = surgesim("forecast", "counts.csv", "campaigns=campaigns.csv", "models=[prophecy]", "out=found")
    assert answer.code == 2
    for text in ("NT$5", "-2", "campaigns.csv", "prophecy"):
        assert text in answer.err, text
    assert not (here / "found").exists()
