"""Sales so far against the plan: what is learnt, what is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.planning.promote.figures import ConstantElasticity
from sim.planning.promote.mix import Mix, best_mix
from sim.planning.promote.offers import Window, price_offers
from sim.planning.promote.so_far import read_so_far, so_far
from tests.unit.promote_fixture import PLAIN, TODAY, in_days, pressed

WINDOW = Window(TODAY, date(2026, 3, 11))  # ten days
MIDDLE = date(2026, 3, 7)  # five have passed
UPLIFT = ConstantElasticity(2.0, 0.5, 4.0, "by hand")


def begun(skus: int = 3, depths: tuple[float, ...] = (0.2, 0.5)) -> Mix:
    """Goods that expire after the offers, ten a day, far too many."""
    state = pressed(on_hand=[2000] * skus, sales_per_day=[10.0] * skus, expiry=[in_days(13)] * skus)
    figures = replace(PLAIN, depths=depths, members_share=0.0)
    return best_mix(price_offers(state, WINDOW, figures, UPLIFT))


def test_sales_as_planned_change_nothing() -> None:
    mix = begun()
    assert mix.chosen.depth.tolist() == [0.5] * 3
    found = so_far(mix, dict.fromkeys(("S0", "S1", "S2"), 200.0), MIDDLE)  # ten a day, times four, five days
    assert found.table["state"].tolist() == ["as_planned"] * 3
    assert found.table["planned"].tolist() == [200.0] * 3
    assert found.table["change"].tolist() == ["none"] * 3
    assert found.table["on_hand"].tolist() == [1800.0] * 3
    assert found.uplift.elasticity == pytest.approx(2.0, abs=0.02)
    assert 0.5 < found.uplift.low < 2 < found.uplift.high < 4
    assert found.going_on == pytest.approx(found.mix.contribution)


def test_customers_who_hardly_answer_end_the_offers() -> None:
    found = so_far(begun(), dict.fromkeys(("S0", "S1", "S2"), 65.0), MIDDLE)
    assert found.table["state"].tolist() == ["behind"] * 3
    assert found.uplift.elasticity < 0.6
    assert found.table["change"].tolist() == ["end"] * 3
    assert found.going_on < 0
    assert found.mix.contribution == 0
    assert found.uplift.source == "sales so far, before: by hand"


def test_customers_who_answer_more_are_ahead() -> None:
    found = so_far(begun(), {"S0": 400.0, "S1": 420.0, "S2": 380.0}, MIDDLE)
    assert found.table["state"].tolist() == ["ahead"] * 3
    assert found.uplift.elasticity == pytest.approx(3.0, abs=0.05)  # eight times as many


def test_scatter_widens_what_is_learnt() -> None:
    even = so_far(begun(), dict.fromkeys(("S0", "S1", "S2"), 200.0), MIDDLE)
    wild = so_far(begun(), {"S0": 50.0, "S1": 150.0, "S2": 400.0}, MIDDLE)
    assert even.scatter == 1
    assert wild.scatter == pytest.approx((150**2 + 50**2 + 200**2) / 200 / 2, rel=0.05)
    assert wild.uplift.high - wild.uplift.low > 3 * (even.uplift.high - even.uplift.low)


def test_a_day_on_which_the_rest_is_gone() -> None:
    state = pressed(on_hand=[300], sales_per_day=[10.0], expiry=[in_days(13)])
    figures = replace(PLAIN, depths=(0.5,), members_share=0.0)
    mix = best_mix(price_offers(state, WINDOW, figures, UPLIFT))
    found = so_far(mix, {"S0": 200.0}, MIDDLE)  # forty a day, as planned: the rest lasts two days and a half
    assert found.table["state"].tolist() == ["as_planned"]
    assert found.table["sells_out"].tolist() == [date(2026, 3, 9)]


@pytest.mark.parametrize(
    ("sold", "today", "places"),
    [
        ({"S0": 1.0}, TODAY, ["today"]),
        ({"S0": 1.0}, date(2026, 3, 12), ["today"]),
        ({"S0": 2001.0, "X": 1.0}, MIDDLE, ["so_far", "so_far"]),
    ],
)
def test_what_does_not_go_with_the_plan_is_told_at_once(sold: dict[str, float], today: date, places: list[str]) -> None:
    with pytest.raises(InputError) as error:
        so_far(begun(), sold, today)
    assert [problem.place for problem in error.value.problems] == places


def test_sales_so_far_are_read_and_added_up(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("date,sku,units\n2026-03-02,A,3\n2026-03-03,A,4\n2026-03-03,B,0\n", encoding="utf-8")
    assert read_so_far(str(path)) == {"A": 7.0, "B": 0.0}
    path.write_text("sku,units\nA,$3\n,4\nB,-1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_so_far(str(path))
    assert [problem.place for problem in error.value.problems] == [f"sales.csv, row {row}" for row in (2, 3, 4)]
    path.write_text("code,pieces\nA,3\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_so_far(str(path))
    assert len(error.value.problems) == 2


def test_a_mix_without_offers_can_begin_some() -> None:
    mix = begun()
    nothing = replace(mix, rows=np.empty(0, dtype=np.intp))
    found = so_far(nothing, {}, MIDDLE)
    assert found.table["change"].tolist() == ["begin"] * 3
    assert found.uplift is UPLIFT
