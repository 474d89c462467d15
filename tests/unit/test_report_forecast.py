"""The page on a forecast says what the forecast says; its figures are worked out by hand in tests.made_forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.forecasting.notes import TEXTS, Note
from sim.forecasting.result import Forecast
from sim.report.charts.forecast import apart
from sim.report.forecast import essence, headline, write_forecast
from sim.report.formats import Formats
from sim.report.messages import catalogue
from tests.made_forecast import made_forecast

ENGLISH = Formats(catalogue(), "")


def page_of(folder: Path, lang: str = "en", **changes: object) -> str:
    index = write_forecast(made_forecast(**changes), folder / "found", lang=lang, command="surgesim forecast a.csv")
    return index.read_text(encoding="utf-8").replace("\u00a0", " ")


def told(found: Forecast) -> list[str]:
    return [line.replace("\u00a0", " ") for line in essence(found, ENGLISH)]


def test_the_headline_is_the_total_with_its_interval() -> None:
    """14 days of 100 and two Sundays of 200: 1,600; paths at 1,280 and 1,920, their 10 % and 90 % quantiles between."""
    text = str(headline(made_forecast(), ENGLISH))
    assert "about <strong>1,600 orders</strong> come, in 80 % of the possible futures between 1,344 and 1,856" in text
    assert text.startswith("From Mon 2 Mar to Sun 15 Mar")


def test_accuracy_is_that_of_the_procedure_not_of_the_model_it_chose() -> None:
    first, note = told(made_forecast())
    assert "In 6 windows" in first
    assert "10 % less wrong than repeating the last season. Its 80 % intervals held 75 %" in first
    assert note.startswith("56 days of history are less than two years")


def test_a_procedure_that_is_no_better_is_not_praised() -> None:
    accuracy = made_forecast().accuracy
    accuracy.loc[accuracy["model"] == "as_chosen_then", "mase"] = 1.25
    assert "25 % more wrong" in told(made_forecast(accuracy=accuracy))[0]
    accuracy.loc[:, "mase"] = np.nan
    assert "too short" in told(made_forecast(accuracy=accuracy))[0]


@pytest.mark.parametrize(
    ("model", "mase", "why"),
    [
        ("regression", 0.8, "20 % less than that of “The last season again”"),
        ("seasonal_naive", 1.0, "no other model had a smaller error"),
        ("regression", 1.5, "over all windows of the backtest it had the smallest mean error"),
        ("regression", np.nan, "without a comparison"),
    ],
)
def test_why_a_model_was_chosen(tmp_path: Path, model: str, mase: float, why: str) -> None:
    accuracy = made_forecast().accuracy
    accuracy.loc[accuracy["model"] == "regression", "mase"] = mase
    assert why in page_of(tmp_path, model=model, accuracy=accuracy)


def test_the_page_has_days_effects_and_the_way_into_a_scenario(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    days = "within 2026-03-02 to 2026-03-15"
    use = "surgesim compare scenario=NAME demand.forecast=forecast.csv"
    for text in ("Spring sale", "Holi", "+50.0", "+20.0 … +90.0", "a holiday in general", "=null", days, use):
        assert text in page, text
    assert "By SKU" not in page


def test_skus_are_shown_by_what_they_sold(tmp_path: Path) -> None:
    skus = pd.DataFrame(
        [
            {
                "sku": "<A>",
                "model": "croston",
                "units_per_day": 1.5,
                "total": 21.0,
                "low_80": 10.0,
                "high_80": 30.0,
                "sold": 9,
            }
        ]
    )
    page = page_of(tmp_path, by_sku=skus)
    assert "&lt;A&gt;" in page
    assert "Croston, for rare sales" in page
    assert (tmp_path / "found/by_sku.csv").is_file()


def test_long_forecasts_show_their_first_days(tmp_path: Path) -> None:
    page = page_of(tmp_path, horizon=40)
    assert "Further rows: 5;" in page
    assert "Fri 10 Apr" not in page.partition("How good such forecasts were")[0].partition("Sun 5 Apr")[2]


def test_what_is_no_count_of_orders_is_said_so(tmp_path: Path) -> None:
    found = made_forecast()
    history = type(found.history)("shop", "D", found.history.dates, found.history.values, "units")
    page = page_of(tmp_path, history=history)
    assert "(units)" in page
    assert "divide it by the mean per order first" in page


def test_the_chinese_page_is_chinese(tmp_path: Path) -> None:
    page = page_of(tmp_path, lang="zh_TW")
    for text in ("1,600 筆訂單", "重複上一季節", "週日", "一般假日"):
        assert text in page, text


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_every_note_of_a_forecast_has_a_text_with_its_figures(language: str) -> None:
    say = catalogue(language)
    texts = {key.removeprefix("forecast.note.") for key in say.keys if key.startswith("forecast.note.")}
    assert texts == set(TEXTS)
    for key, text in TEXTS.items():
        fields = {name: f"[{name}]" for name in text.replace("{", "}").split("}")[1::2]}
        written = say(f"forecast.note.{key}", **fields)
        assert str(Note(key, fields))
        assert [name for name in fields if f"[{name}]" not in written] == []


def test_what_the_reader_of_orders_left_out_is_told_in_its_own_words() -> None:
    found = made_forecast(notes=(Note("reader", {"key": "bad_rows_skipped", "value": 1234}),))
    assert told(found)[1] == "Bad rows left out: 1,234"


def test_words_in_notes_are_said_in_the_language_of_the_page(tmp_path: Path) -> None:
    notes = (
        Note("closed_weekdays", {"weekdays": "Saturday, Sunday"}),
        Note("gaps", {"count": 2, "unit": "days", "which": "2026-01-05", "how": "taken for nothing sold"}),
    )
    assert told(made_forecast(notes=notes))[1].startswith("No orders on Saturday, Sunday: taken for closed")
    page = page_of(tmp_path, lang="zh_TW", notes=notes)
    assert "星期六、星期日 沒有訂單" in page
    assert "缺少 2 天（2026-01-05）：視為當日沒有銷售。" in page


def test_windows_that_do_not_overlap_are_counted_from_the_last() -> None:
    """Windows of three days that begin on days 0, 2, 3 and 6: from the last, 6 to 8, 3 to 5, and then 0 to 2."""
    rows = [
        {"origin": first, "date": np.datetime64("2026-03-01") + first + day}
        for first in (0, 2, 3, 6)
        for day in range(3)
    ]
    assert apart(pd.DataFrame(rows)) == [0, 3, 6]
