"""The law on working hours as functions of numbers: normal hours, what may be worked, what hours pay; by regime."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.law import (
    LAW_RULES,
    Allowed,
    normal_hours,
    overtime_allowed,
    overtime_of,
    pay_hours,
    rostered_days,
    shift_allowed,
)
from sim.scenario.people import Labour

TAIWAN, US, NONE = Labour(), Labour(regime="us"), Labour(regime="none")


def own(**figures: Any) -> Labour:
    """A law that pays 1.5 times the wage for any overtime, and has no other rule."""
    return Labour(**{"regime": "own", "overtime_pay": [{"hours": 24.0, "multiplier": 1.5}], **figures})


# --- normal hours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "days", "per_head", "presence"),
    [
        (TAIWAN, 5, 5, 1.0),
        (TAIWAN, 6, 5, 5 / 6),
        (TAIWAN, 7, 5, 5 / 7),
        (TAIWAN, 3, 3, 1.0),
        (TAIWAN, 0, 0, 1.0),
        (US, 6, 5, 5 / 6),  # no rule: five days
        (Labour(days_off_per_week=1), 7, 6, 6 / 7),
        (Labour(days_off_per_week=0), 7, 7, 1.0),
    ],
)
def test_people_rotate_over_the_days_of_a_shift(law: Labour, days: int, per_head: int, presence: float) -> None:
    assert rostered_days(days, law) == (per_head, pytest.approx(presence))


@pytest.mark.parametrize(
    ("law", "shift_h", "days", "extra_h", "normal"),
    [
        (TAIWAN, 8.0, 5, 0.0, 8.0),
        (TAIWAN, 10.0, 5, 0.0, 8.0),  # article 30: the day
        (TAIWAN, 4.0, 5, 0.0, 8.0),  # a part-timer's ninth hour is overtime, the fifth is not
        (TAIWAN, 4.0, 5, 18.0, 6.0),  # 20 h on the roster and 18 beside it: two are left of the week
        (Labour(days_off_per_week=1), 8.0, 6, 0.0, 8 * 40 / 48),  # article 30: the week, spread over its days
        (US, 8.0, 5, 0.0, 8.0),
        (US, 10.0, 5, 0.0, 8.0),
        (US, 10.0, 4, 0.0, 10.0),  # no rule by the day
        (US, 8.0, 3, 0.0, 24.0),  # 16 hours are left of the week
        (US, 8.0, 3, 20.0, 8.0),
        (NONE, 14.0, 7, 0.0, inf),
        (own(), 10.0, 5, 0.0, 8.0),
        (own(normal_day_h=None), 10.0, 5, 0.0, inf),
    ],
)
def test_normal_hours_of_a_day(law: Labour, shift_h: float, days: int, extra_h: float, normal: float) -> None:
    assert normal_hours(law, shift_h=shift_h, days=days, week_extra_h=extra_h) == pytest.approx(normal)


@pytest.mark.parametrize(("shift_h", "days", "normal"), [(8.0, 5, 0.0), (4.0, 5, 20.0), (10.0, 5, 0.0)])
def test_a_day_off_has_the_normal_hours_that_the_week_leaves(shift_h: float, days: int, normal: float) -> None:
    assert normal_hours(US, shift_h=shift_h, days=days, rostered=False) == normal


# --- what may be worked -----------------------------------------------------------------------------------------

EIGHT = {"worked_h": 8.0, "normal_h": 8.0}


@pytest.mark.parametrize(
    ("law", "day", "allowed"),
    [
        (NONE, {"worked_h": 8.0, "normal_h": inf}, (5.0, "")),
        (US, EIGHT, (5.0, "")),
        (TAIWAN, EIGHT, (4.0, "daily_cap")),
        (Labour(daily_cap_h=None), EIGHT, (4.0, "unpriced_hours")),
        (Labour(daily_cap_h=None), {"worked_h": 10.0, "normal_h": 8.0}, (2.0, "unpriced_hours")),  # two are gone
        (Labour(daily_cap_h=None), {"worked_h": 4.0, "normal_h": 8.0}, (5.0, "")),  # four plain, one of four
        (TAIWAN, {"worked_h": 12.5, "normal_h": 8.0}, (0.0, "daily_cap")),  # never less than none
        (TAIWAN, {**EIGHT, "month_used_h": 43.5}, (2.5, "monthly_cap")),
        (TAIWAN, {**EIGHT, "month_used_h": 50.0}, (0.0, "monthly_cap")),
        (TAIWAN, {"worked_h": 4.0, "normal_h": 8.0, "month_used_h": 46.0}, (4.0, "monthly_cap")),  # the plain ones
        (TAIWAN, {**EIGHT, "hours_to_next_shift": 14.0}, (3.0, "rest_between_shifts")),
        (US, {**EIGHT, "hours_to_next_shift": 4.0}, (5.0, "")),  # no rule on rest
        (Labour(quarter_cap_h=138.0), {**EIGHT, "quarter_used_h": 137.0}, (1.0, "quarter_cap")),
        (own(daily_cap_h=10.0, monthly_cap_h=20.0), {**EIGHT, "month_used_h": 19.0}, (1.0, "monthly_cap")),
        (own(daily_cap_h=0.0), EIGHT, (0.0, "daily_cap")),
    ],
)
def test_the_tightest_rule_binds_a_stay(law: Labour, day: dict[str, float], allowed: tuple[float, str]) -> None:
    hours, rule = overtime_allowed(5.0, law, **day)
    assert (hours, rule) == (pytest.approx(allowed[0], abs=1e-12), allowed[1])


@pytest.mark.parametrize(
    ("law", "day", "allowed"),
    [
        (TAIWAN, {"day_type": "rest"}, (9.0, "")),
        (TAIWAN, {"day_type": "rest", "worked_h": 4.0}, (8.0, "daily_cap")),
        (Labour(daily_cap_h=None), {"day_type": "rest", "worked_h": 4.0}, (8.0, "unpriced_hours")),  # twelve in all
        (TAIWAN, {"day_type": "rest", "month_used_h": 40.0}, (6.0, "monthly_cap")),  # all hours count
        (TAIWAN, {"day_type": "rest", "normal_h": 8.0, "month_used_h": 46.0}, (0.0, "monthly_cap")),
        (TAIWAN, {"day_type": "holiday", "normal_h": 8.0, "month_used_h": 46.0}, (8.0, "monthly_cap")),  # beyond eight
        (TAIWAN, {"day_type": "rest", "days_in_week": 6.0}, (9.0, "")),
        (TAIWAN, {"day_type": "rest", "days_in_week": 6.5}, (0.0, "regular_leave")),
        (US, {"day_type": "rest", "days_in_week": 7.0}, (9.0, "")),  # no rule on days off
        (Labour(days_off_per_week=0), {"day_type": "rest", "days_in_week": 7.0}, (9.0, "")),
        (TAIWAN, {"day_type": "rest", "hours_since_last_shift": 10.5}, (0.0, "rest_between_shifts")),
        (TAIWAN, {"day_type": "rest", "hours_since_last_shift": 11.0}, (9.0, "")),
        (TAIWAN, {"day_type": "rest", "hours_to_next_shift": 10.0}, (8.0, "rest_between_shifts")),
        (TAIWAN, {"day_type": "working", **EIGHT}, (4.0, "daily_cap")),
        (own(), {"day_type": "rest", "hours_since_last_shift": 1.0}, (9.0, "")),
        (NONE, {"day_type": "rest", "normal_h": inf, "days_in_week": 7.0}, (9.0, "")),
    ],
)
def test_the_tightest_rule_binds_a_shift_beside_the_roster(
    law: Labour, day: dict[str, Any], allowed: tuple[float, str]
) -> None:
    hours, rule = shift_allowed(9.0, law, **day)
    assert (hours, rule) == (pytest.approx(allowed[0], abs=1e-12), allowed[1])


def test_every_rule_that_binds_has_a_known_name() -> None:
    tight = own(daily_cap_h=9.0, monthly_cap_h=9.0, quarter_cap_h=9.0, rest_between_shifts_h=9.0)
    for figures in ({"worked_h": 8.9}, {"month_used_h": 8.9}, {"quarter_used_h": 8.9}, {"hours_to_next_shift": 8.9}):
        allowed = overtime_allowed(9.5, tight, **{"worked_h": 0.0, "normal_h": 0.0, **figures})
        assert isinstance(allowed, Allowed)
        assert allowed.rule in LAW_RULES


# --- what hours pay ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "day_type", "normal_h", "begin_h", "end_h", "plain"),
    [
        (TAIWAN, "working", 8.0, 0.0, 7.0, 7.0),
        (TAIWAN, "working", 8.0, 0.0, 12.0, 8 + 2 * 4 / 3 + 2 * 5 / 3),
        (TAIWAN, "working", 8.0, 7.0, 9.0, 1 + 4 / 3),
        (TAIWAN, "rest", 8.0, 0.0, 1.0, 4 / 3),
        (TAIWAN, "rest", 8.0, 0.0, 8.0, 2 * 4 / 3 + 6 * 5 / 3),
        (TAIWAN, "rest", 8.0, 0.0, 12.0, 2 * 4 / 3 + 6 * 5 / 3 + 4 * 8 / 3),
        (TAIWAN, "rest", 8.0, 8.0, 9.0, 8 / 3),
        (TAIWAN, "holiday", 8.0, 0.0, 8.0, 16.0),
        (TAIWAN, "holiday", 8.0, 0.0, 10.0, 16 + 2 * 4 / 3),
        (US, "working", 8.0, 0.0, 10.0, 8 + 2 * 1.5),
        (US, "rest", 0.0, 0.0, 8.0, 12.0),
        (US, "rest", 20.0, 0.0, 8.0, 8.0),  # a part-timer's sixth day
        (US, "holiday", 8.0, 0.0, 8.0, 8.0),
        (NONE, "working", inf, 0.0, 14.0, 14.0),
        (NONE, "rest", inf, 0.0, 14.0, 14.0),
        (own(holiday_multiplier=3.0), "holiday", 8.0, 0.0, 9.0, 24 + 1.5),
        (own(rest_day_pay=[{"hours": 8.0, "multiplier": 2.0}]), "rest", 8.0, 0.0, 5.0, 10.0),
    ],
)
def test_hours_pay(law: Labour, day_type: Any, normal_h: float, begin_h: float, end_h: float, plain: float) -> None:
    assert pay_hours(law, day_type, normal_h, begin_h, end_h) == pytest.approx(plain)


hours = st.floats(0, 24)
multiples = st.lists(st.floats(1, 4), min_size=3, max_size=3)


@given(multiples, st.sampled_from(["working", "rest", "holiday"]), hours, hours, hours, hours)
def test_more_hours_never_pay_less(
    steps: list[float], day_type: Any, normal_h: float, begin_h: float, first_h: float, more_h: float
) -> None:
    law = own(overtime_pay=[{"hours": 2.0, "multiplier": each} for each in steps], holiday_multiplier=2.0)
    end_h = begin_h + first_h
    less, more = (pay_hours(law, day_type, normal_h, begin_h, end) for end in (end_h, end_h + more_h))
    assert more >= less + more_h - 1e-9  # at least the wage for each
    parts = less + pay_hours(law, day_type, normal_h, end_h, end_h + more_h)
    assert parts == pytest.approx(more)  # in parts as at once
    assert 0 <= overtime_of(law, day_type, normal_h, begin_h, end_h) <= first_h + 1e-9


@given(multiples, st.integers(0, 2), st.floats(0, 2), st.sampled_from(["working", "rest", "holiday"]), hours, hours)
def test_higher_multiples_never_pay_less(
    steps: list[float], which: int, rise: float, day_type: Any, normal_h: float, end_h: float
) -> None:
    def law(multipliers: list[float], holiday: float) -> Labour:
        pay = [{"hours": 2.0, "multiplier": each} for each in multipliers]
        return own(overtime_pay=pay, rest_day_pay=pay, holiday_multiplier=holiday)

    raised = [each + (rise if number == which else 0.0) for number, each in enumerate(steps)]
    less = pay_hours(law(steps, 1.5), day_type, normal_h, 0.0, end_h)
    assert pay_hours(law(raised, 1.5 + rise), day_type, normal_h, 0.0, end_h) >= less - 1e-9
