"""Forecasting: nothing leaks, figures by hand, paths that agree with intervals, bad input told at once."""

from __future__ import annotations

import csv
import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import InputError
from sim.forecasting.accuracy import coverage, mase, pinball, seasonal_scale
from sim.forecasting.backtest import backtest, origins
from sim.forecasting.by_sku import croston_rates, forecast_by_sku, naive_rates
from sim.forecasting.calendar import Campaign, holidays_of, read_campaigns, read_outside
from sim.forecasting.choice import accuracy_table, choose
from sim.forecasting.effects import explain
from sim.forecasting.history import History, SkuHistory
from sim.forecasting.models import NAIVE, REGRESSION, chosen_models, points
from sim.forecasting.paths import Errors, draw
from sim.forecasting.reading import Reading, read_history
from sim.forecasting.surroundings import Surroundings
from sim.forecasting.uplift import UpliftModel, fit_uplift

START = np.datetime64("2025-01-06")  # a Monday
OWN = (NAIVE, REGRESSION)
WEEK = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.7, 0.9])
with_library = pytest.mark.skipif(importlib.util.find_spec("statsforecast") is None, reason="needs surgesim[forecast]")


def history(days: int = 140, *, seed: int = 1, level: float = 100.0, noise: float = 0.1) -> History:
    chance = np.random.default_rng(seed)
    logs = np.log(level * np.resize(WEEK, days)) + chance.normal(0, noise, days)
    return History("made", "D", START + np.arange(days), np.round(np.exp(logs)))


def surroundings(past: History, **known: Any) -> Surroundings:
    return Surroundings(past.first, past.step, **known)


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


def test_accuracy_by_hand() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0])
    assert seasonal_scale(values, 2) == 3.0  # |4 - 1| and |5 - 2|
    assert seasonal_scale(values, 4) == pytest.approx(4 / 3)  # no longer than a season: one step
    assert mase(np.array([10.0, 20.0]), np.array([13.0, 14.0]), 3.0) == 1.5
    assert pinball(np.array([10.0, 10.0]), np.array([6.0, 20.0]), 0.9) == pytest.approx((0.9 * 4 + 0.1 * 10) / 2)
    assert coverage(np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 2.0), np.full(4, 3.5)) == 0.5


@pytest.mark.parametrize("models", [OWN, pytest.param(("auto_ets", "auto_theta", "mstl"), marks=with_library)])
def test_nothing_of_the_test_window_leaks(models: tuple[str, ...]) -> None:
    past = history(112)
    changed = past.values.copy()
    changed[84:] = np.random.default_rng(9).integers(0, 5000, 28)
    other = History("made", "D", past.dates, changed)
    country = {date(2025, 2, 3): ("One",), date(2025, 4, 7): ("One",)}
    for end in (70, 84):
        made = [
            points(explain(each.until(end), surroundings(each, holidays=country), 28), models, 28, {})
            for each in (past, other)
        ]
        for name in models:
            assert made[0][name].tolist() == made[1][name].tolist()


def test_the_backtest_sees_only_what_was_before() -> None:
    past = history(140)
    changed = past.values.copy()
    changed[119:] *= 7
    one, two = (
        backtest(each, surroundings(each), OWN, 14) for each in (past, History("made", "D", past.dates, changed))
    )
    for place, (before, after) in enumerate(zip(one.windows, two.windows, strict=True)):
        assert before.end == after.end
        if before.end > 119:
            continue
        assert before.scale == after.scale
        for name in one.models:
            assert before.points[name].tolist() == after.points[name].tolist()
            if (place, name) in one.quantiles:
                assert one.quantiles[place, name].tolist() == two.quantiles[place, name].tolist()
        assert choose(one, one.before(before.end)) == choose(two, two.before(before.end))
    assert one.windows[-1].actual.tolist() != two.windows[-1].actual.tolist()


@pytest.mark.parametrize(("length", "freq", "horizon"), [(21, "D", 28), (60, "D", 28), (400, "D", 28), (143, "W", 8)])
def test_windows_lie_within_the_history(length: int, freq: str, horizon: int) -> None:
    tested, ends = origins(length, freq, horizon)
    assert 1 <= tested <= horizon
    assert ends == sorted(set(ends))
    assert min(ends) >= 14 if freq == "D" else min(ends) >= 104
    assert max(ends) + tested == length


def test_a_regular_shop_is_forecast_better_than_by_naive() -> None:
    found = backtest(history(), surroundings(history()), OWN, 14)
    chosen = choose(found)
    table = accuracy_table(found, chosen).set_index("model")
    assert chosen == REGRESSION
    assert table.loc[REGRESSION, "mase"] < 0.85 * table.loc[NAIVE, "mase"]  # one error in place of two


def test_what_naive_does_as_well_is_left_to_it() -> None:
    walk = np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.3, 23)))
    past = History("made", "D", START + np.arange(161), np.round(np.repeat(walk, 7) * 100 * np.resize(WEEK, 161)))
    found = backtest(past, surroundings(past), OWN, 7)
    errors = accuracy_table(found, "").set_index("model")["mase"]
    assert choose(found) == (NAIVE if errors[NAIVE] <= errors[REGRESSION] else REGRESSION)


def test_paths_agree_with_intervals_and_are_correlated_over_days() -> None:
    made = sim.forecast(history(), 14, models=[REGRESSION], paths=1000)
    low, high = np.quantile(made.paths, (0.1, 0.9), axis=0)
    width = (made.periods["high_80"] - made.periods["low_80"]).to_numpy()
    assert np.abs(low - made.periods["low_80"]).max() < 0.1 * width.min()
    assert np.abs(high - made.periods["high_80"]).max() < 0.1 * width.min()
    assert made.paths.mean(axis=0) == pytest.approx(made.periods["mean"].to_numpy())


def test_levels_stay_with_a_path() -> None:
    levels = np.repeat(np.linspace(-0.5, 0.5, 11)[:, None], 28, axis=1)
    noise = np.random.default_rng(1).normal(0, 0.05, levels.shape)
    drawn = draw(Errors(levels + noise, 11.0, 7), 28, 4000, np.random.default_rng(2))
    assert np.corrcoef(drawn[:, 0], drawn[:, 27])[0, 1] > 0.9
    independent = draw(Errors(noise, 11.0, 7), 28, 4000, np.random.default_rng(2))
    assert np.corrcoef(independent[:, 0], independent[:, 27])[0, 1] < 0.3


def test_doubt_grows_beyond_what_could_be_tested() -> None:
    levels = np.repeat(np.linspace(-0.5, 0.5, 11)[:, None], 7, axis=1)
    drawn = draw(Errors(levels, 11.0, 7), 28, 20000, np.random.default_rng(2))
    assert drawn[:, 27].std() / drawn[:, 6].std() == pytest.approx(2.0, rel=0.05)  # sqrt(28 / 7)


def test_expected_orders_are_paths_without_the_chance_of_orders() -> None:
    made = sim.forecast(history(level=20.0, noise=0.3), 7, models=[REGRESSION], paths=1000)
    mean, spread = made.paths.mean(axis=0), made.paths.var(axis=0)
    assert made.expected.mean(axis=0) == pytest.approx(mean)
    assert made.expected.var(axis=0) == pytest.approx(np.maximum(0, spread - mean))
    assert (made.expected >= 0).all()


def test_the_file_is_as_scenarios_read_it(tmp_path: Path) -> None:
    past = history()
    sale = [Campaign("sale", "discount", 0.2, date(2025, 3, 3), date(2025, 3, 5))]
    sale.append(Campaign("next", "discount", 0.2, date(2025, 5, 27), date(2025, 5, 28)))
    made = sim.forecast(past, 10, models=[REGRESSION], paths=5, campaigns=sale)
    with made.write(tmp_path / "out").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["date", "mean", "low_80", "high_80", "campaign", *(f"path_{n}" for n in range(1, 6))]
    assert [row[0] for row in rows[1:]] == [str(day) for day in past.ahead(10)]
    assert [row[4] for row in rows[1:]] == ["", "next", "next", *[""] * 7]
    assert min(float(cell) for row in rows[1:] for cell in row[5:]) >= 0
    assert (tmp_path / "out" / "accuracy.csv").is_file()


def test_a_weekly_forecast_is_spread_over_its_days(tmp_path: Path) -> None:
    past = History("made", "W", START + 7 * np.arange(40), np.full(40, 700.0) + np.arange(40) % 3)
    made = sim.forecast(past, 2, models=[REGRESSION], paths=3)
    daily = made.daily
    assert len(daily) == 14
    assert daily["mean"].to_numpy().reshape(2, 7).sum(axis=1) == pytest.approx(made.periods["mean"].to_numpy())
    assert len(made.write_file(tmp_path / "f.csv").read_text().splitlines()) == 15


def test_campaigns_bring_what_they_brought() -> None:
    past = history(noise=0.05)
    values = past.values.copy()
    factor = (1 - 0.3) ** -2.0
    campaigns = []
    for week in (4, 8, 12, 16):
        start = date(2025, 1, 6).toordinal() + 7 * week
        values[7 * week : 7 * week + 3] *= factor
        campaigns.append(Campaign(f"c{week}", "sale", 0.3, date.fromordinal(start), date.fromordinal(start + 2)))
    fit = explain(replace(past, values=values), surroundings(past, campaigns=tuple(campaigns)), 7)
    (column, elasticity, error, seen), *_ = fit.effects
    assert (column.kind, seen) == ("campaign", 12)
    assert abs(elasticity - 2.0) < 3 * error + 0.1


def test_campaigns_of_an_unknown_type_are_not_in_the_figures() -> None:
    gift = Campaign("first gift", "gift", 0.0, date(2025, 5, 27), date(2025, 5, 28))
    made = sim.forecast(history(), 10, models=[REGRESSION], campaigns=[gift])
    assert set(made.periods["campaign"]) == {""}
    assert any(note.key == "unknown_campaigns" and "first gift" in str(note) for note in made.notes)


def test_closed_weekdays_and_days_are_no_small_demand() -> None:
    past = history(140)
    values = past.values.copy()
    values[5::7] = 0.0  # Saturdays
    values[30] = 0.0  # a Wednesday, shut
    made = sim.forecast(replace(past, values=values), 14, models=[REGRESSION])
    assert made.periods["mean"].to_numpy()[5::7].tolist() == [0.0, 0.0]
    open_days = np.delete(made.periods["median"].to_numpy(), [5, 12])
    assert open_days == pytest.approx(np.delete(np.resize(100 * WEEK, 14), [5, 12]), rel=0.15)
    assert {"closed_weekdays", "closed_days"} <= {note.key for note in made.notes}


def test_the_same_seed_gives_the_same_futures() -> None:
    one, two, other = (sim.forecast(history(), 7, models=[REGRESSION], seed=seed) for seed in (1, 1, 2))
    assert one.paths.tolist() == two.paths.tolist()
    assert one.paths.tolist() != other.paths.tolist()


def test_without_the_library_own_models_do(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "statsforecast" else find(name))
    monkeypatch.setitem(__import__("sys").modules, "statsforecast", None)
    made = sim.forecast(history(), 7)
    assert set(made.accuracy["model"]) == {NAIVE, REGRESSION, "as_chosen_then"}
    assert any(note.key == "no_library" for note in made.notes)
    with pytest.raises(InputError, match=r"surgesim\[forecast\]"):
        chosen_models(["auto_ets"])


def test_croston_by_hand() -> None:
    units = np.array([[0.0, 4.0, 0.0, 0.0, 6.0, 0.0], [0.0] * 6])
    size, gap = 4 + 0.2 * 2, 2 + 0.2 * 1
    assert croston_rates(units, 0.2).tolist() == pytest.approx([0.9 * size / gap, 0.0])
    assert naive_rates(units).tolist() == pytest.approx([10 / 6, 0.0])


def test_intermittent_skus_get_what_they_sell() -> None:
    from scipy.sparse import csr_array

    chance = np.random.default_rng(4)
    units = chance.binomial(1, 0.1, (300, 210)) * 3.0
    names = tuple(f"s{n}" for n in range(300))
    past = History("made", "D", START + np.arange(210), units.sum(axis=0), by_sku=SkuHistory(names, csr_array(units)))
    table, notes = forecast_by_sku(past, 28, most=0)
    assert table["total"].mean() == pytest.approx(0.3 * 28, rel=0.1)
    after = chance.binomial(28, 0.1, 300) * 3.0
    assert 0.65 < coverage(after, table["low_80"].to_numpy(), table["high_80"].to_numpy()) < 0.97
    assert [note.key for note in notes] == ["sku_budget", "sku_sum"]


@with_library
def test_the_time_for_skus_is_kept() -> None:
    from scipy.sparse import csr_array

    units = np.random.default_rng(5).poisson(5.0, (6, 84)).astype(float)
    sold = SkuHistory(tuple("abcdef"), csr_array(units))
    past = History("made", "D", START + np.arange(84), units.sum(axis=0), by_sku=sold)
    ticks = iter(range(1000))  # each look at the clock is a second later
    table, _ = forecast_by_sku(past, 7, most=6, budget_s=3.0, clock=lambda: float(next(ticks)))
    assert 1 <= (table["model"] == "auto_ets").sum() < 6


def test_a_table_of_counts_with_everything_wrong_says_so_at_once(tmp_path: Path) -> None:
    text = "date,orders\n2025-01-01,5\n2025-01-02,-3\n2025-01-02,4\n2025-01-05,$7\n2025-02-30,1\n"
    text += "2025-01-06,x\n2025-01-01,6\n2025-01-09,4\n"
    with pytest.raises(InputError) as error:
        read_history(written(tmp_path, text))
    for part in (
        "below zero",
        "currency sign",
        "no such day",
        "is no number",
        "already in row 2",
        "gaps=zero",
        "at least 21",
        "skip",
    ):
        assert part in told(error)


def test_missing_days_are_mended_as_one_says(tmp_path: Path) -> None:
    days = [day for day in range(28) if day != 15]
    text = "date,orders\n" + "".join(f"{START + day},{day}\n" for day in days)
    path = written(tmp_path, text)
    assert read_history(path, Reading(gaps="zero")).values[15] == 0
    assert read_history(path, Reading(gaps="fill")).values[15] == 15  # the mean of days 8 and 22
    with pytest.raises(InputError, match="2025-01-21"):
        read_history(path)


def test_an_order_file_is_told_by_its_columns(tmp_path: Path) -> None:
    rows = "".join(f"{day}-{n},{START + day},{'ab'[n]},2\n" for day in range(28) for n in (0, 1) if day != 3)
    path = written(tmp_path, "order_id,placed,sku,units\n" + rows)
    found = read_history(path, Reading(by_sku=True))
    assert found.values.tolist() == [2, 2, 2, 0, *[2] * 24]
    assert found.by_sku is not None
    assert found.by_sku.units.sum() == 2 * 54
    weeks = read_history(written(tmp_path, "order_id,placed,sku,units\n" + rows * 1 + _more()), Reading(freq="W"))
    assert (weeks.freq, weeks.values[0]) == ("W", 12.0)


def _more() -> str:
    return "".join(f"m{day},{START + day},a,1\n" for day in range(28, 91))


def test_stores_are_added_up_and_days_may_be_weeks(tmp_path: Path) -> None:
    rows = "".join(f"{s},{START + 7 * week},{100 + s}\n" for week in range(14) for s in (1, 2))
    found = read_history(written(tmp_path, "Store,Date,Weekly_Sales\n" + rows), Reading(week_ends=True))
    assert (found.freq, found.measure, found.values[0]) == ("W", "weekly_sales", 203.0)
    assert found.first == date(2024, 12, 31)


def test_a_calendar_with_everything_wrong_says_so_at_once(tmp_path: Path) -> None:
    text = "name,type,depth,start,end\na,sale,20%,2025-03-01,2025-03-05\nb,sale,0.2,2025-03-04,2025-03-06\n"
    text += "a,sale,1.5,2025-04-01,2025-04-02\nd,,0.1,soon,2025-04-02\ne,gift,,2025-05-09,2025-05-02\n"
    with pytest.raises(InputError) as error:
        read_campaigns(written(tmp_path, text))
    for part in ("overlaps 'a'", "below 1", "type is empty", "no day", "ends before"):
        assert part in told(error)


def test_figures_from_outside_must_cover_the_days_ahead(tmp_path: Path) -> None:
    past = history(28)
    rows = "".join(f"{START + day},{day}\n" for day in range(30))
    path = written(tmp_path, "date,ads\n" + rows)
    assert read_outside(path, past, 2)["ads"].tolist() == list(range(30))
    with pytest.raises(InputError, match="1 missing"):
        read_outside(path, past, 3)


def test_everything_wrong_with_a_question_is_told_at_once(tmp_path: Path) -> None:
    calendar = written(tmp_path, "name,type\n", "c.csv")
    with pytest.raises(InputError) as error:
        sim.forecast(history(10), 0, campaigns=calendar, models=["regresion"], paths=1)
    for part in ("at least 21", "horizon", "column depth", "did you mean 'regression'", "paths"):
        assert part in told(error)


def test_lunar_holidays_of_taiwan() -> None:
    pytest.importorskip("holidays")
    days = holidays_of("TW", [2026])
    assert "Chinese New Year" in days[date(2026, 2, 17)]
    assert days[date(2026, 9, 25)] == ("Mid-Autumn Festival",)
    with pytest.raises(InputError, match="no such country"):
        holidays_of("XX", [2026])


def test_uplift_by_hand() -> None:
    model = UpliftModel("sale (price)", 2.0, 1.0, 3.0, "made up")
    assert model.factor(0.5) == pytest.approx(4.0)
    assert model.factor(0.5, model.low) == pytest.approx(2.0)
    assert UpliftModel("gift", np.log(1.5), 0.0, 1.0, "made up", priced=False).factor(0.0) == pytest.approx(1.5)


def test_a_campaign_seen_once_is_no_ground_for_an_uplift() -> None:
    once = [Campaign("once", "sale", 0.2, date(2025, 3, 3), date(2025, 3, 4))]
    with pytest.raises(InputError, match="3 or more days"):
        fit_uplift(history(), once)


@pytest.mark.long
@pytest.mark.parametrize("wander", [0.0, 0.01])
def test_uplift_recovers_the_truth_about_as_often_as_it_says(wander: float) -> None:
    truth, held = 1.8, []
    for seed in range(200):
        chance = np.random.default_rng(1000 + seed)
        past = history(280, seed=seed, noise=0.12)
        values = past.values * np.exp(np.cumsum(chance.normal(0, wander, 280)))
        campaigns = []
        for place, week in enumerate(sorted(chance.choice(np.arange(3, 38), 8, replace=False).tolist())):
            depth, days = float(chance.choice([0.1, 0.2, 0.3])), slice(7 * week + 2, 7 * week + 5)
            values[days] *= (1 - depth) ** -truth
            start, end = (date.fromordinal(date(2025, 1, 6).toordinal() + 7 * week + day) for day in (2, 4))
            campaigns.append(Campaign(f"c{place}", "sale", depth, start, end))
        (found,) = fit_uplift(replace(past, values=np.round(values)), campaigns)
        held.append(found.low <= truth <= found.high)
    assert 0.88 <= np.mean(held) <= 0.99  # 0.95, within four standard errors of two hundred trials


@pytest.mark.long
@pytest.mark.parametrize("noise", [0.05, 0.25])
def test_intervals_hold_as_often_as_they_say(noise: float) -> None:
    held = []
    for seed in range(40):
        whole = history(196, seed=seed, noise=noise)
        drift = np.exp(np.cumsum(np.random.default_rng(100 + seed).normal(0, 0.02, 196)))
        whole = replace(whole, values=np.round(whole.values * drift))
        made = sim.forecast(whole.until(168), 28, models=[REGRESSION], seed=seed)
        held.append(coverage(whole.values[168:], *(made.periods[key].to_numpy() for key in ("low_80", "high_80"))))
    assert 0.72 < np.mean(held) < 0.9  # 0.8, with the doubt of forty histories
