"""What rows of the form become in a scenario, and how its problems find their cells."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.intake.output import ordinary_between
from sim.intake.scenario import Intake, read_intake
from sim.intake.writing import as_yaml, flow
from sim.scenario.library import read_yaml
from tests.intake_forms import Filled, problems_with


def taken(filled: Filled, folder: Path) -> Intake:
    return read_intake(filled.save(folder), "site")


def test_the_example_is_the_scenario_that_it_says(tmp_path: Path) -> None:
    found = taken(Filled(), tmp_path)
    scenario = found.scenario
    assert scenario.name == "site"
    assert scenario.window.run_on_h == 240.0  # ten days
    assert scenario.site.picking.shifts["day"].headcount == 2
    assert scenario.site.picking.wage_per_h_cost == 230.0
    assert scenario.site.picking.service.distribution == "lognormal"
    assert scenario.stock is not None
    tea = scenario.stock.skus["TEA-100G"]
    assert (tea.reorder.rule, tea.lots[0].units, tea.receipts[0].units) == ("R_Q", 400, 3000)
    assert scenario.carriers["Post"].pickups["evening"].capacity == 200
    assert scenario.desk is not None
    assert sum(scenario.desk.general.hour_shares) == 9  # one for each hour from 9 to 18
    assert [str(day) for day in scenario.promise.holidays] == ["2026-11-12"]  # type: ignore[union-attr]
    assert found.warnings == ()


def test_every_figure_has_a_cell_or_a_source(tmp_path: Path) -> None:
    found = taken(Filled(), tmp_path)
    known = {**found.cells, **found.sources}

    def leaves(value: Any, path: str) -> list[str]:
        if isinstance(value, dict) and value:
            return [each for key, inside in value.items() for each in leaves(inside, f"{path}.{key}".strip("."))]
        return [path]

    def told(path: str) -> bool:
        return any(path == each or path.startswith(f"{each}.") or each.startswith(f"{path}.") for each in known)

    without = [path for path in leaves(found.data, "") if not told(path)]
    assert without == ["name", "customers.patience.counted_from"]


def test_the_file_says_the_same_as_the_form(tmp_path: Path) -> None:
    filled = Filled()
    for name, at in (("yes", 0), ("1e5", 1), ("0123", 2)):
        for sheet in ("stock", "sales"):
            filled.put(sheet, "sku", name, at)
    for sheet in ("lots", "receipts"):
        filled.put(sheet, "sku", "1e5")
    filled.put("site", "title", 'Quotes "here": # and {there}')
    filled.put("zones", "name", "樓上 [B.2]")
    filled.put("stock", "zone", "樓上 [B.2]")
    found = taken(filled, tmp_path)
    path = tmp_path / "site.yaml"
    path.write_text(as_yaml(found), encoding="utf-8")
    assert read_yaml(path) == dict(found.data)
    loaded = sim.load_scenario(path)
    apart = {"sources", "follows"}
    assert loaded.model_dump(exclude=apart) == found.scenario.model_dump(exclude=apart)
    assert loaded.sources["economics.price_per_unit"] == found.cells["economics.price_per_unit"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("no", '"no"'), ("mon", "mon"), ("08:00", '"08:00"'), ("1", '"1"'), (1e-07, "1e-07"), ([], "[]"), (None, "null")],
)
def test_values_on_one_line(value: Any, text: str) -> None:
    assert flow(value) == text


# --- orders -------------------------------------------------------------------------------------------------------


def test_hours_become_a_profile(tmp_path: Path) -> None:
    filled = Filled()
    filled.empty("hourly")
    filled.put("hourly", "orders_mon", 70, 9)
    filled.put("hourly", "orders_mon", 30, 15)
    filled.put("hourly", "orders_sat", 40, 9)
    profile = taken(filled, tmp_path).scenario.demand.profile
    assert profile.per_day == 20.0  # 140 a week
    assert [profile.hour_shares[hour] for hour in (8, 9, 15)] == [0, 110, 30]
    assert profile.weekday_factors == [100, 0, 0, 0, 0, 40, 0]


def test_days_become_a_profile_where_there_are_no_hours(tmp_path: Path) -> None:
    filled = Filled()
    filled.empty("hourly")
    filled.empty("daily")
    for row, (day, orders) in enumerate([("2026-10-05", 300), ("2026-10-12", 340), ("2026-10-06", 200)]):
        filled.put("daily", "date", day, row)
        filled.put("daily", "orders", orders, row)
    found = taken(filled, tmp_path)
    # Monday 320, Tuesday 200, the others as their mean, 260
    assert found.scenario.demand.profile.weekday_factors == [320, 200, 260, 260, 260, 260, 260]
    assert found.scenario.demand.profile.per_day == 260.0
    assert any("has no wed, thu, fri, sat, sun: taken as a mean day" in str(each) for each in found.warnings)


def test_one_figure_is_enough(tmp_path: Path) -> None:
    filled = Filled()
    filled.empty("hourly")
    filled.empty("daily")
    filled.put("site", "orders_per_day", 250)
    found = taken(filled, tmp_path)
    assert found.scenario.demand.profile.per_day == 250
    assert "R Olist" in found.sources["demand.profile.hour_shares"]


def test_output_beyond_what_staffing_and_times_imply_is_told(tmp_path: Path) -> None:
    filled = Filled()
    # 2 packers x 8 h x 97 % / (1.7 + 2 x 0.2) min = 443 a day; 9 hours of 60 are 540
    for hour in range(9, 18):
        filled.put("hourly", "shipped_mon", 60, hour)
    told = [str(each) for each in taken(filled, tmp_path).warnings]
    assert len(told) == 1
    assert "on mon 540 parcels were shipped; staffing and times imply at most 443" in told[0]


def test_output_short_of_orders_and_capacity_is_told(tmp_path: Path) -> None:
    filled = Filled()
    for hour in range(9, 18):
        for day in ("mon", "tue", "wed", "thu", "fri", "sat"):
            filled.put("hourly", f"shipped_{day}", 20, hour)
    told = [str(each) for each in taken(filled, tmp_path).warnings]
    assert any("in a week 1,080 parcels were shipped; orders, staffing and times imply 2,086" in text for text in told)


def test_ordinary_orders_between_two_moments() -> None:
    hours = [0.0] * 24
    hours[10], hours[11] = 3.0, 1.0
    week = [1.0] * 7
    begin = datetime(2026, 11, 9)  # a Monday
    assert ordinary_between(100.0, hours, week, begin, datetime(2026, 11, 10)) == pytest.approx(100)
    assert ordinary_between(100.0, hours, week, datetime(2026, 11, 9, 10, 30), datetime(2026, 11, 9, 11, 30)) == (
        pytest.approx(75 / 2 + 25 / 2)
    )
    weekend = [0, 0, 0, 0, 0, 1, 1]
    assert ordinary_between(100.0, hours, weekend, begin, datetime(2026, 11, 16)) == pytest.approx(700)


# --- campaign -----------------------------------------------------------------------------------------------------


def test_orders_and_revenue_make_an_uplift(tmp_path: Path) -> None:
    """Three days from Wednesday to Friday have 3 x 316 ordinary orders, each of 2 x 1.2 units at 450."""
    found = {}
    for key, value in (("orders", 2844.0), ("revenue", 2844.0 * 2.4 * 450.0)):
        filled = Filled()
        filled.put("campaign", "uplift", None)
        filled.put("campaign", key, value)
        campaign = taken(filled, tmp_path).scenario.demand.campaign
        assert campaign is not None
        found[key] = campaign.uplift
    assert found == {"orders": pytest.approx(3.0), "revenue": pytest.approx(3.0)}


def test_a_campaign_has_one_size(tmp_path: Path) -> None:
    filled = Filled()
    cell = filled.put("campaign", "orders", 3000)
    assert problems_with(filled.save(tmp_path)) == [
        f"{cell}: fill in one of: Size: uplift, Size: orders, Size: revenue"
    ]


def test_no_campaign_no_carriers_no_desk_no_stock(tmp_path: Path) -> None:
    filled = Filled()
    for sheet in ("campaign", "carriers", "pickups", "desk", "channels", "stock", "lots", "receipts", "sales"):
        filled.empty(sheet)
    for sheet in ("zones", "packagings", "production"):
        filled.empty(sheet)
    for column in ("stage", "shift", "start", "end", "break_start", "break_min", "weekdays", "headcount", "wage"):
        filled.put("staffing", column, None, 2)
    filled.put("times", "staging_parcels", None)
    scenario = taken(filled, tmp_path).scenario
    assert scenario.demand.campaign is None
    assert scenario.desk is None
    assert scenario.stock is None
    assert scenario.carriers == {}


# --- stock --------------------------------------------------------------------------------------------------------


def test_sales_become_popularity_and_the_campaign_bends_it(tmp_path: Path) -> None:
    filled = Filled()
    for row, (usual, campaign) in enumerate([(200, 400), (100, 100), (100, None)]):
        filled.put("sales", "ordinary", usual, row)
        filled.put("sales", "campaign", campaign, row)
    stock = taken(filled, tmp_path).scenario.stock
    assert stock is not None
    # both that are given sell 500 against 300: 2 and 1 times as much, relative to that 5/3
    factors = [sku.campaign_factor for sku in stock.skus.values()]
    assert factors == [pytest.approx(1.2, rel=1e-5), pytest.approx(0.6, rel=1e-5), 1.0]
    assert [sku.popularity for sku in stock.skus.values()] == [200, 100, 100]


def test_listed_and_further_skus_share_one_scale(tmp_path: Path) -> None:
    filled = Filled()
    filled.put("site", "other_skus", 3)
    told = problems_with(filled.save(tmp_path))
    assert len(told) == 1
    assert f"{filled.name('site', 'other_skus_sales')}: must be filled in" in told[0]
    filled.put("site", "other_skus_sales", 110)
    stock = taken(filled, tmp_path).scenario.stock
    assert stock is not None
    # the others weigh 1 + 1/2 + 1/3 = 11/6 for 110 units a week: a unit a week weighs 1/60
    assert stock.skus["MUG-RED"].popularity == pytest.approx(240 / 60)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({("stock", "on_hand", 0): -5}, "Stock!C6 = -5: must be at least 0 (units)"),
        ({("stock", "sku", 1): "MUG-RED"}, "Stock!B7 = MUG-RED: stands here twice, first in Stock!B6"),
        ({("stock", "zone", 0): "mezanine"}, "is not on the sheet Zones; did you mean 'mezzanine'?"),
        ({("stock", "made_by", 2): "kiln"}, "Stock!T8 = kiln: is not on the sheet Own production; there are oven"),
        ({("stock", "up_to", 0): 100}, "s_S needs up_to"),
        ({("lots", "expires", 0): datetime(2026, 11, 1)}, "Lots!D6 = 2026-11-01: lies before the first day of the run"),
        ({("receipts", "expires", 0): datetime(2026, 11, 8)}, "lies before the receipt (2026-11-09, Receipts!C6)"),
        ({("receipts", "at", 0): datetime(2026, 11, 1)}, "count it as on hand"),
        ({("receipts", "sku", 0): "TEA"}, "Receipts!B6 = TEA: is not on the sheet Stock"),
        ({("sales", "sku", 0): "MUG-RDE"}, "Sales by SKU'!B6 = MUG-RDE: is not on the sheet Stock; did you mean"),
        ({("sales", "ordinary", 0): 0}, "needs some ordinary sales"),
        ({("zones", "name", 0): "standard"}, "is what there is without a row"),
    ],
)
def test_what_is_wrong_with_stock(tmp_path: Path, changes: dict[tuple[str, str, int], Any], told: str) -> None:
    filled = Filled()
    for (sheet, column, row), value in changes.items():
        filled.put(sheet, column, value, row)
    assert any(told in text for text in problems_with(filled.save(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({("staffing", "shift", 0): "early", ("staffing", "wage", 1): None}, None),
        ({("staffing", "stage", 1): "picking"}, "Staffing!C7 = day: stands here twice, first in Staffing!C6"),
        ({("staffing", "break_min", 0): None}, "Staffing!G6: must be filled in beside Staffing!F6"),
        ({("staffing", "end", 0): "08:00"}, "a shift ends after it starts"),
        ({("staffing", "end", 0): "23:00"}, "Staffing!D6"),
        ({("staffing", "first_day", 0): "2026-11-10", ("staffing", "last_day", 0): "2026-11-09"}, "Staffing!N6"),
        ({("carriers", "share", 0): 0.5}, "Carriers!D6:D7 = 105 %: the shares must add up to 100 %"),
        ({("carriers", "unclaimed_share", 0): 0.1}, "unclaimed_share [Carriers!O6] goes with kind [Carriers!C6]"),
        ({("pickups", "carrier", 2): "Post"}, "Carriers!B7 = Corner stores: has no pickup on the sheet Pickups"),
        ({("pickups", "time", 0): "24:30"}, "Pickups!D6 = 24:30: a clock time lies between 00:00 and 23:59"),
        ({("channels", "share", 0): 0.9}, "Channels!D6:D7 = 150 %: the shares must add up to 100 %"),
        ({("desk", "close", 0): "08:00"}, "'Service desk'!B"),
        ({("campaign", "end", 0): "2026-11-10"}, "lies after demand.campaign.start [Campaign!B5]"),
        ({("site", "measure_to", 0): "2026-11-01"}, "window.measure_to [Site!B12] lies after window.measure_from"),
        ({("site", "deliver_within_days", 0): 0}, "deliver_within_days [Site!B19] is at least"),
        ({("site", "timezone", 0): "Taipei"}, "Site!B7 = Taipei: not a time zone name"),
        ({("site", "currency", 0): "NT$"}, "Site!B8 = NT$: must match"),
        (
            {("times", "picking_setup_min", 0): None, ("times", "picking_line_min", 0): None},
            "how long does picking take",
        ),
        ({("holidays", "date", 1): "2026-11-12"}, "Holidays!B7 = 2026-11-12: stands here twice"),
        ({("hourly", "hour", 3): "02:00"}, "stands here twice, first in 'Hourly output'!B8"),
        ({("hourly", "hour", 3): "02:30"}, "an hour begins at a full one"),
    ],
)
def test_what_is_wrong_with_the_floor(
    tmp_path: Path, changes: dict[tuple[str, str, int], Any], told: str | None
) -> None:
    filled = Filled()
    for (sheet, column, row), value in changes.items():
        filled.put(sheet, column, value, row)
    found = problems_with(filled.save(tmp_path))
    if told is None:
        assert found == []
    else:
        assert any(told in text for text in found), found


def test_shares_rounded_by_hand_are_evened_out(tmp_path: Path) -> None:
    filled = Filled()
    filled.put("carriers", "share", 0.333, 0)
    filled.put("carriers", "share", 0.666, 1)
    carriers = taken(filled, tmp_path).scenario.carriers
    assert carriers["Post"].share == pytest.approx(1 / 3)
    assert sum(carrier.share for carrier in carriers.values()) == pytest.approx(1)


def test_a_cell_that_can_t_be_read_is_told_once(tmp_path: Path) -> None:
    filled = Filled()
    cells = [
        filled.put("carriers", "share", "half"),
        filled.put("staffing", "start", "early", 1),
        filled.put("channels", "handle_min", "long"),
        filled.put("campaign", "start", "soon"),
        filled.put("site", "measure_to", "later"),
    ]
    told = problems_with(filled.save(tmp_path))
    assert [text.split(" = ")[0] for text in told] == sorted(cells, key=[text.split(" = ")[0] for text in told].index)
    assert len(told) == len(cells)


def test_a_name_that_can_t_be_a_scenario_s(tmp_path: Path) -> None:
    path = Filled().save(tmp_path)
    for name in ("../x", "_x", "plan", ""):
        with pytest.raises(sim.InputError, match="a name is letters"):
            read_intake(path, name)


def test_skus_that_nobody_buys_are_told_together(tmp_path: Path) -> None:
    filled = Filled()
    for row in (1, 2):
        for column in ("sku", "ordinary", "campaign"):
            filled.put("sales", column, None, row)
    found = taken(filled, tmp_path)
    assert [str(each) for each in found.warnings] == [
        "Stock!B7 = TEA-100G: nobody buys it, nor 1 more: not on the sheet Sales by SKU"
    ]
    assert found.scenario.stock is not None
    assert [sku.popularity for sku in found.scenario.stock.skus.values()] == [240.0, 0.0, 0.0]
