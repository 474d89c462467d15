"""Offers, pairs, thresholds and write-offs, each worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.planning.promote.figures import ConstantElasticity, Figures
from sim.planning.promote.offers import KINDS, Candidates, Window, price_offers, together
from sim.planning.promote.pairs import best_sellers, pairs
from sim.planning.promote.thresholds import _round, shop_margin, threshold_offers
from sim.planning.promote.writeoff import patience_days, salvage, worth_of_waiting, writeoff
from tests.unit.promote_fixture import PLAIN, TODAY, in_days, pressed, sold

TEN_DAYS = Window(TODAY, date(2026, 3, 11))
TWO = ConstantElasticity(2.0, 1.0, 3.0, "by hand")  # half the price sells four times as much


def offer(kind: str, figures: Figures = PLAIN, **columns: Any) -> dict[str, float]:
    """Amounts of the only offer of a kind."""
    found = price_offers(pressed(**columns), TEN_DAYS, figures, TWO)
    (row,) = np.flatnonzero(found.kind == KINDS.index(kind))
    return {name: float(values[row]) for name, values in found.amounts.items()} | {
        "low": float(found.low[row]),
        "high": float(found.high[row]),
        "days": float(found.days[row]),
    }


def test_a_clearance_of_dead_stock_by_hand() -> None:
    """Taken to sell a unit in 180 days: a 18th in ten days, four times that at half the price; worth nothing unsold."""
    found = offer("clearance", on_hand=10, sales_per_day=0.0)
    assert found["base"] == pytest.approx(1 / 18)
    assert found["sold"] == pytest.approx(4 / 18)
    assert found["extra"] == pytest.approx(3 / 18)
    assert found["own"] == pytest.approx(1 / 18)
    assert found["contribution"] == pytest.approx(3 / 18 * 5 - 1 / 18 * 5)
    assert found["budget"] == pytest.approx(4 / 18 * 5)


def test_a_near_expiry_deal_by_hand() -> None:
    """Five days left, ten units a day: 50 sold anyway at 10, all 200 at 5; the 150 more would have expired."""
    found = offer("near_expiry", on_hand=200, sales_per_day=10.0, expiry=in_days(8))
    assert found["days"] == 5
    assert (found["base"], found["sold"], found["extra"], found["own"]) == (50, 200, 150, 50)
    assert found["contribution"] == pytest.approx(150 * 5 - 50 * 5)
    assert found["lines_per_day"] == 30
    assert found["orders_per_day"] == 15
    assert found["low"] == pytest.approx(50 * 5 - 50 * 5)  # elasticity 1 doubles sales
    assert found["high"] == pytest.approx(500)  # all that lies there is sold, too


def test_stock_that_runs_out_sells_at_its_pace_while_it_lasts() -> None:
    """Ten a day times four, 100 there: gone in two days and a half, 30 more a day until then."""
    found = offer("near_expiry", on_hand=100, sales_per_day=10.0, expiry=in_days(8))
    assert (found["base"], found["extra"], found["lasts"], found["lines_per_day"]) == (50, 50, 2.5, 30)


def test_units_that_would_have_been_sold_before_the_deadline_cost_their_price() -> None:
    """20 days left, ten a day, 260 there: 60 too many. In ten days 100 sell anyway, 260 at half the price."""
    found = offer("near_expiry", on_hand=260, sales_per_day=10.0, expiry=in_days(23))
    assert found["extra"] == 160
    assert found["worth_unsold"] == pytest.approx(100 * 10)  # of the 160, 60 would have expired
    assert found["contribution"] == pytest.approx(160 * 5 - 100 * 5 - 1000)


def test_members_only_by_hand() -> None:
    """Half of ten a day sees half the price: 5 + 20 a day; of 50 sold to them anyway each loses 5."""
    found = offer("members_only", on_hand=1000, sales_per_day=10.0, expiry=in_days(13))
    assert found["base"] == 100
    assert found["sold"] == pytest.approx(250)
    assert found["own"] == pytest.approx(50)
    assert found["budget"] == pytest.approx(200 * 5)
    assert found["contribution"] == pytest.approx(150 * 5 - 50 * 5)


def test_cannibals_of_overstock_by_hand() -> None:
    """A fifth of the extra units comes from substitutes (margin 5), a tenth from later sales (10), the rest waits."""
    figures = replace(PLAIN, substitute_share=0.2, pulled_forward_share=0.1)
    found = offer("clearance", figures, on_hand=1000, sales_per_day=1.0)
    assert found["extra"] == 30
    assert found["substitute_loss"] == pytest.approx(6 * 5)
    assert found["pulled_loss"] == pytest.approx(3 * 10)
    assert found["worth_unsold"] == pytest.approx(27 * 10)  # nothing is lost by waiting here
    assert found["contribution"] == pytest.approx(30 * 5 - 10 * 5 - 30 - 30 - 270)


def test_handling_and_lines() -> None:
    figures = replace(PLAIN, order_cost=2.0, line_cost=1.0)
    found = price_offers(
        pressed(on_hand=200, sales_per_day=10.0, expiry=in_days(8)),
        TEN_DAYS,
        figures,
        TWO,
        units_per_line={"S0": 3.0},
    )
    assert found.amounts["lines_per_day"][0] == 10
    assert found.amounts["orders_per_day"][0] == 5
    assert found.amounts["handling"][0] == 5 * (5 * 2 + 10 * 1)
    assert found.amounts["contribution"][0] == pytest.approx(500 - 100)


def test_a_bundle_is_seen_by_those_who_buy_the_best_seller() -> None:
    sales = sold(*[[("S0", 1), ("TOP", 1)]] * 12, *[[("S0", 1)]] * 4, *[[("TOP", 1)]] * 4, *[[("X", 1)]] * 20)
    found = pairs(sales, ["S0"], [*best_sellers(sales, 1), "TOP"])
    (row,) = found[found["partner"] == "TOP"].to_dict("records")
    assert (row["together"], row["support"], row["confidence"], row["attach"]) == (12, 0.3, 0.75, 0.75)
    assert row["lift"] == pytest.approx(12 * 40 / (16 * 16))
    assert len(pairs(sales, ["S0"], ["TOP"], least_orders=13)) == 0
    offers = price_offers(pressed(on_hand=1000, sales_per_day=0.0), TEN_DAYS, PLAIN, TWO, bundles=found)
    (place,) = np.flatnonzero(offers.kind == KINDS.index("bundle"))
    assert offers.seen[place] == 0.75
    assert offers.partner[place] == "TOP"
    assert offers.amounts["orders_per_day"][place] == 0
    assert offers.take(np.array([place])).offers()[0].skus == ("S0", "TOP")
    few = price_offers(pressed(), TEN_DAYS, replace(PLAIN, least_lift=2.0), TWO, bundles=found)
    assert not (few.kind == KINDS.index("bundle")).any()


def test_pairs_count_an_order_once_and_leave_long_orders_out() -> None:
    sales = sold(*[[("A", 1), ("A", 2), ("B", 1)]] * 10, [("A", 1), ("B", 1), ("C", 1)])
    (row,) = pairs(sales, ["A"], ["B", "A"]).to_dict("records")
    assert row["together"] == 11
    (row,) = pairs(sales, ["A"], ["B"], most_lines=2).to_dict("records")
    assert row["together"] == 10


def test_an_offer_says_why() -> None:
    found = price_offers(pressed(on_hand=200, sales_per_day=10.0, expiry=in_days(8)), TEN_DAYS, PLAIN, TWO)
    (one, _) = found.offers()
    assert one.key == "near_expiry:S0:50%"
    assert (one.start, one.end) == (TODAY, date(2026, 3, 6))
    assert one.reason["pressure"] == "near_expiry"
    assert one.reason["expiry"] == in_days(8)
    assert (one.reason["days_left"], one.reason["on_hand"], one.reason["excess"]) == (5.0, 200.0, 150.0)
    assert one.reason["elasticity_source"] == "by hand"
    assert one.cannibalised_units == 50


def test_what_can_not_be_sold_in_time_has_no_offer() -> None:
    assert len(price_offers(pressed(expiry=in_days(3)), TEN_DAYS, PLAIN, TWO)) == 0
    assert len(price_offers(pressed(on_hand=50), TEN_DAYS, PLAIN, TWO)) == 0  # healthy


def test_a_fitted_model_takes_the_place_of_the_default() -> None:
    class Fitted:
        kind, elasticity, low, high, source = "clearance", 1.0, 1.0, 1.0, "twelve promotions"

    found = price_offers(pressed(on_hand=200, sales_per_day=10.0, expiry=in_days(8)), TEN_DAYS, PLAIN, Fitted())
    assert found.amounts["extra"][0] == 50
    assert found.offers()[0].reason["elasticity_source"] == "twelve promotions"


# --- thresholds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "level"), [(13, 15), (265, 300), (2650, 3000), (50, 50), (0.13, 0.15)])
def test_thresholds_are_round(value: float, level: float) -> None:
    assert _round(value) == pytest.approx(level)


def test_thresholds_by_hand() -> None:
    """Ten orders in ten days: 4 of 30, 4 of 40 (in reach of 50), 2 of 100; margin a half; half of the 4 stretch."""
    sales = sold(*[[("X", 3)]] * 4, *[[("X", 4)]] * 4, *[[("X", 10)]] * 2)
    figures = replace(
        PLAIN,
        threshold_quantiles=(0.79,),
        stretch_share=0.5,
        stretch_range=(0.0, 1.0),
        threshold_depths=(0.2,),
        gift_worth=(0.1, 0.16),
    )
    state = pressed(on_hand=[3, 500], sales_per_day=[0.0, 1.0], price=[8.0, 10.0], cost=[4.0, 5.0])
    assert shop_margin(state) == 0.5
    found = threshold_offers(state, TEN_DAYS, sales, figures, TWO)
    assert set(found.threshold) == {50.0}  # up from 46.6, between 40 and 100
    discount = found.kind == KINDS.index("threshold_discount")
    gain = 2 * 10 * 0.5  # two orders stretched by 10
    assert found.amounts["contribution"][discount] == pytest.approx([gain - 0.2 * (2 * 100 + 2 * 50)])
    assert found.low[discount] == pytest.approx([20 - 0.2 * 400])  # all four: it costs more than it brings
    assert found.high[discount] == pytest.approx([0 - 0.2 * 200])
    gift = np.flatnonzero(~discount)
    assert found.sku[gift].tolist() == [0]  # the other is priced above 0.16 of the threshold
    assert found.amounts["gifts"][gift] == pytest.approx([3])  # of four orders that reach it
    assert found.amounts["contribution"][gift] == pytest.approx([gain * 3 / 4])
    assert found.days[gift] == pytest.approx([7.5])
    assert len(together([price_offers(state, TEN_DAYS, figures, TWO), found])) == 8 - 2


# --- write-offs ----------------------------------------------------------------------------------------------------


def test_what_a_unit_is_worth_that_waits() -> None:
    figures = replace(PLAIN, holding_share=0.2, obsolete_share=0.5, liquidation_share=0.1)
    price, cost, now = np.array([10.0]), np.array([5.0]), np.array([0.5])
    assert worth_of_waiting(price, cost, now, np.array([365.0]), figures)[0] == pytest.approx(5 + 0.25 - 1)
    assert worth_of_waiting(price, cost, now, np.array([np.inf]), figures)[0] == 0.5  # got rid of now
    days = patience_days(price, cost, now, figures)
    at_end = 10 * 0.5 ** (days / 365) + 0.5 * (1 - 0.5 ** (days / 365)) - days / 365
    assert at_end[0] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("columns", "figures", "advice", "kept", "gone", "money"),
    [
        ({"on_hand": 10, "sales_per_day": 0.0}, {"liquidation_share": 0.2}, "liquidate", 0, 10, 10.0),
        ({"on_hand": 10, "sales_per_day": 0.0}, {"donation_share": 0.2}, "donate", 0, 10, 10.0),
        (
            {"on_hand": 100, "expiry": in_days(-1)},
            {"liquidation_share": 0.2, "disposal_share": 0.1},
            "dispose",
            0,
            100,
            -50,
        ),
        ({"on_hand": 60, "season_end": in_days(10)}, {"liquidation_share": 0.2}, "keep", 50, 0, 0.0),
        ({"on_hand": 200}, {}, "keep", 140, 0, 0.0),
    ],
)
def test_what_to_do_with_what_is_left(
    columns: dict[str, Any], figures: dict[str, float], advice: str, kept: float, gone: float, money: float
) -> None:
    state = pressed(**columns)
    (row,) = writeoff(state, replace(PLAIN, **figures), np.zeros(1)).to_dict("records")
    assert (row["advice"], row["kept"], row["gone"]) == (advice, kept, gone)
    assert row["money"] == pytest.approx(money)
    assert row["written_off"] == gone * 5


def test_units_whose_buyers_come_too_late_go_and_those_sold_by_offers_do_not_count() -> None:
    figures = replace(PLAIN, obsolete_share=0.5, holding_share=0.2, liquidation_share=0.1)
    state = pressed(on_hand=1000)
    patience = patience_days(np.array([10.0]), np.array([5.0]), np.array([0.5]), figures)[0]
    (row,) = writeoff(state, figures, np.array([40.0])).to_dict("records")
    assert row["units"] == 900
    assert row["gone"] == np.floor(960 - patience)
    assert row["kept"] + row["gone"] == 900


def test_litres_cost_money_to_destroy() -> None:
    state = pressed(expiry=in_days(0), volume=2.0)
    worth, way = salvage(state.stock, replace(PLAIN, disposal_per_litre=0.25), state.days_left)
    assert (worth[0], way[0]) == (-0.5, 3)


# --- what is asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "place"),
    [
        ({"depths": (0.1, 1.0)}, "figures.depths"),
        ({"members_share": 1.5}, "figures.members_share"),
        ({"order_cost": -1.0}, "figures.order_cost"),
        ({"substitute_share": 0.6, "pulled_forward_share": 0.6}, "figures.substitute_share"),
    ],
)
def test_figures_out_of_range_are_refused(figures: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as error:
        Figures(**figures)
    assert error.value.problems[0].place.startswith(place)


def test_an_interval_that_does_not_hold_its_elasticity_is_refused() -> None:
    with pytest.raises(InputError):
        ConstantElasticity(2.0, 2.5, 3.0)
    with pytest.raises(InputError):
        Window(TODAY, date(2026, 3, 1))


def test_another_elasticity_moves_prices_and_no_thresholds() -> None:
    state = pressed(on_hand=[200, 3], sales_per_day=[10.0, 0.0], expiry=[in_days(8), "NaT"], price=[10.0, 8.0])
    sales = sold(*[[("X", 3)]] * 4, *[[("X", 4)]] * 4, *[[("X", 10)]] * 2)
    every: Candidates = together(
        [price_offers(state, TEN_DAYS, PLAIN, TWO), threshold_offers(state, TEN_DAYS, sales, PLAIN)]
    )
    other = every.at(1.0)
    assert other["extra"][0] == 50
    prices = every.kind < KINDS.index("threshold_gift")
    assert (other["contribution"][~prices] == every.amounts["contribution"][~prices]).all()
    again = every.at(2.0)
    assert all(np.allclose(again[name], every.amounts[name]) for name in again)
