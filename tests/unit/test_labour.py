"""The law on working hours in runs, by hand arithmetic: what is worked, what is refused by which rule, what is paid.

People work from 08:00 to 17:00 with an hour's lunch (eight hours) at 60 an hour, Monday to Friday, unless a test says
otherwise. The run starts on Monday, 5 January 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import sim.floor
from sim.errors import InputError
from sim.floor.roster import EXTRA, Call
from sim.ledger import Ledger
from sim.scenario.measures import Overtime, TemporaryStaff
from sim.scenario.people import Break, Labour, Shift, ShiftHours
from sim.scenario.scenario import Scenario
from tests.refusals import refused as refusal_of
from tests.small_sites import DAY, MONDAY, demand, desk, picking, plan, promise, run, shift, site, world

TAIWAN, US, NONE = Labour(), Labour(regime="us"), Labour(regime="none")
LONG = {"daily_cap_h": None, "rest_between_shifts_h": None}
WORKWEEK = ["mon", "tue", "wed", "thu", "fri"]
LUNCH = [Break(start="12:00", minutes=60.0)]
WAGE = 60.0
SIX_DAYS = [*WORKWEEK, "sat"]


def own(**figures: Any) -> Labour:
    """A law that pays 1.5 times the wage for any overtime, and has no other rule."""
    return Labour(**{"regime": "own", "overtime_pay": [{"hours": 24.0, "multiplier": 1.5}], **figures})


# --- hours of a run ---------------------------------------------------------------------------------------------


def week(start: str = "08:00", end: str = "17:00", headcount: int = 1, **more: Any) -> Shift:
    return shift(headcount, start, end, **{"weekdays": WORKWEEK, "breaks": LUNCH, **more})


def worked(
    folder: Path, law: Labour, *shifts: Shift, days: int = 1, start: date = MONDAY, stay: float = 0.0, **more: Any
) -> Ledger:
    """The ledger of pickers with nothing to do, some of them asked to stay."""
    orders = demand(folder, [1e-3], days=days, start=start)
    pick = picking(*(shifts or (week(),)), wage_per_h_cost=WAGE, setup_min=0.01)
    scenario = world(folder, [], demand=orders, site=site(pick=pick, labour=law), **more)
    return run(scenario, plan(stay=Overtime(hours=stay)) if stay else None)


def paid(ledger: Ledger, *kinds: str) -> tuple[float, float, float]:
    """Hours paid, those of them that are overtime, and their cost in hours' wages."""
    rows = ledger.staffing[ledger.staffing["kind"].isin(kinds or ("regular", "overtime", "extra"))]
    return rows["paid_h"].sum(), rows["overtime_h"].sum(), rows["cost"].sum() / WAGE


def refusals(ledger: Ledger) -> list[tuple[str, str, float]]:
    """Measure, rule and worker-hours of each refusal."""
    rows = ledger.alerts[ledger.alerts["event"] == "refused"]
    return list(zip(rows["measure"], rows["metric"], rows["value"], strict=True))


def test_a_part_timer_who_stays_works_normal_hours(tmp_path: Path) -> None:
    """Four hours and three more: seven plain ones."""
    ledger = worked(tmp_path, TAIWAN, week("08:00", "12:00", breaks=[]), stay=3.0)
    assert paid(ledger) == pytest.approx((7, 0, 7))


def test_a_part_timer_who_stays_long_works_overtime_from_the_ninth_hour(tmp_path: Path) -> None:
    ledger = worked(tmp_path, Labour(rest_between_shifts_h=None), week("08:00", "12:00", breaks=[]), stay=7.0)
    assert paid(ledger) == pytest.approx((11, 3, 8 + 2 * 4 / 3 + 5 / 3))


def test_a_long_shift_has_its_overtime_on_the_roster(tmp_path: Path) -> None:
    """Ten hours: two at 4/3; a stay goes on with the third hour of overtime."""
    ledger = worked(tmp_path, TAIWAN, week("08:00", "19:00"), stay=1.0)
    assert paid(ledger, "regular") == pytest.approx((10, 2, 8 + 2 * 4 / 3))
    assert paid(ledger, "overtime") == pytest.approx((1, 1, 5 / 3))


def test_overtime_on_the_roster_uses_up_hours_of_the_month(tmp_path: Path) -> None:
    """Two hours on each of two days; of the five that are left of the month, one is left for Tuesday's stay."""
    law = Labour(month_used_h=41.0)
    ledger = worked(tmp_path, law, week("08:00", "19:00"), days=2, stay=1.0)
    assert ledger.staffing.loc[ledger.staffing["kind"] == "overtime", "day"].tolist() == [0]
    assert refusals(ledger) == [("stay", "monthly_cap", 1.0)]


def test_six_days_a_week_are_worked_five_days_each(tmp_path: Path) -> None:
    """Six persons share five places: nobody has more than 40 hours, and 5/6 of what is asked counts for each head."""
    crew = week(weekdays=SIX_DAYS)
    assert paid(worked(tmp_path, US, crew, days=7)) == pytest.approx((48, 0, 48))
    law = Labour(month_used_h=43.0)  # three hours a head are left: 3.6 of a place, two on Monday, 4/3 on Tuesday
    ledger = worked(tmp_path, law, crew, days=2, stay=2.0)
    assert refusals(ledger) == [("stay", "monthly_cap", pytest.approx(2 - 4 / 3))]


@pytest.mark.parametrize(
    ("law", "crew", "expected"),
    [
        (US, week("08:00", "19:00"), (50, 10, 40 + 10 * 1.5)),  # five days of ten hours
        (US, week("08:00", "19:00", weekdays=WORKWEEK[:4]), (40, 0, 40)),  # four
        (US, week("08:00", "12:00", breaks=[]), (20, 0, 20)),
        (
            own(normal_week_h=44.0, normal_day_h=None, days_off_per_week=1),
            week(weekdays=SIX_DAYS),
            (48, 4, 50),
        ),
        (NONE, week("08:00", "19:00"), (50, 0, 50)),
    ],
)
def test_hours_of_a_week(tmp_path: Path, law: Labour, crew: Shift, expected: tuple[float, float, float]) -> None:
    assert paid(worked(tmp_path, law, crew, days=7)) == pytest.approx(expected)


def test_a_part_timer_fills_the_week_with_plain_hours_first(tmp_path: Path) -> None:
    """Twenty hours on the roster; from Monday on five more a day: the last five of 45 are overtime."""
    ledger = worked(tmp_path, US, week("08:00", "12:00", breaks=[]), days=7, stay=5.0)
    assert paid(ledger) == pytest.approx((45, 5, 40 + 5 * 1.5))


def test_a_week_begins_on_monday(tmp_path: Path) -> None:
    """Friday's stay is in one week, Monday's in the next; each has four hours left."""
    law = own(normal_day_h=None, normal_week_h=24.0)
    crew = week("08:00", "12:00", breaks=[])
    ledger = worked(tmp_path, law, crew, days=4, start=date(2026, 1, 9), stay=5.0)
    assert paid(ledger, "overtime") == pytest.approx((10, 2, 8 + 2 * 1.5))


def test_three_months_count_together(tmp_path: Path) -> None:
    """From Friday, 30 January: 40 + 95 of 138 h. In February half of the 95, November's, no longer counts."""
    law = Labour(monthly_cap_h=54.0, quarter_cap_h=138.0, month_used_h=40.0, quarter_used_h=95.0)
    ledger = worked(tmp_path, law, days=4, start=date(2026, 1, 30), stay=4.0)
    assert paid(ledger, "overtime")[0] == pytest.approx(3 + 4)  # Friday three by the quarter, Monday four by the day
    assert refusals(ledger)[0] == ("stay", "quarter_cap", pytest.approx(1.0))


def test_caps_of_three_months_are_refilled_as_months_go_by(tmp_path: Path) -> None:
    law = Labour(regime="own", overtime_pay=[{"hours": 4.0, "multiplier": 1.5}], quarter_cap_h=5.0, quarter_used_h=8.0)
    ledger = worked(tmp_path, law, days=4, start=date(2026, 1, 30), stay=2.0)
    # January: 8 of 5 h are used, nothing is left; February: the 4 of December count, one is left
    assert refusals(ledger) == [("stay", "quarter_cap", 2.0), ("stay", "quarter_cap", 1.0)]


def test_rosters_on_a_public_holiday_pay_double(tmp_path: Path) -> None:
    law = Labour(holidays=["2026-01-05"])
    ledger = worked(tmp_path, law, days=2, stay=1.0)
    monday = ledger.staffing["day"] == 0
    assert ledger.staffing.loc[monday, "cost"].sum() / WAGE == pytest.approx(16 + 4 / 3)
    assert ledger.staffing.loc[~monday, "cost"].sum() / WAGE == pytest.approx(8 + 4 / 3)
    assert ledger.staffing.loc[monday, "day_type"].unique().tolist() == ["holiday"]


# --- added people -----------------------------------------------------------------------------------------------


def with_agency(folder: Path, law: Labour, end: str) -> Ledger:
    hours = ShiftHours(start="08:00", end=end)
    agency = TemporaryStaff(stages=["picking"], headcount=2, hours=hours, wage_per_h_cost=WAGE)
    return run(world(folder, [480], site=site(pick=picking(week()), labour=law)), plan(agency=agency))


@pytest.mark.parametrize(
    ("law", "end", "each", "gone"),
    [
        (TAIWAN, "18:00", 8 + 2 * 4 / 3, []),
        (US, "18:00", 8 + 2 * 1.5, []),  # five days of ten hours
        (Labour(holidays=[MONDAY]), "17:00", 16 + 4 / 3, []),
        (TAIWAN, "21:00", 8 + 2 * 4 / 3 + 2 * 5 / 3, [("agency", "daily_cap", 2.0)]),  # twelve of thirteen hours
        (NONE, "21:00", 13.0, []),
    ],
)
def test_added_people_work_under_the_same_law(
    tmp_path: Path, law: Labour, end: str, each: float, gone: list[Any]
) -> None:
    ledger = with_agency(tmp_path, law, end)
    assert paid(ledger, "temporary")[2] == pytest.approx(2 * each)
    assert refusals(ledger) == gone


# --- shifts beside the roster -----------------------------------------------------------------------------------

Beside = Callable[..., Ledger]


def extra(
    day: int, start_h: float, end_h: float, day_type: Any = "rest", heads: int = 1, stage: str = "picking"
) -> Any:
    """A call of a crew beside its roster."""
    begin = day * DAY
    call = Call(
        day=day,
        stretches=((begin + start_h * 60, begin + end_h * 60),),
        speeds=(1.0,) * heads,
        absent=0,
        kind=EXTRA,
        wage_per_h=WAGE,
        crew="shift_0",
        day_type=day_type,
        label="more",
    )
    return "picking", call


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beside:
    """A week in which crews are called beside their roster."""

    def run_with(law: Labour, *calls: Any, crew: Shift | None = None, **more: Any) -> Ledger:
        install = sim.floor.install

        def install_and_call(floor: Any, chosen: Any) -> None:
            install(floor, chosen)
            for stage, call in calls:
                floor.crews.call(stage, call)

        with monkeypatch.context() as patch:
            patch.setattr(sim.floor, "install", install_and_call)
            return worked(tmp_path, law, crew or week(), **{"days": 8, **more})

    return run_with


def test_a_rest_day_pays_its_own_steps_and_fills_the_month(beside: Beside) -> None:
    """Eight hours on Saturday: 2 x 4/3 + 6 x 5/3; of ten hours of the month two are left for next Monday."""
    ledger = beside(Labour(month_used_h=36.0), extra(5, 8, 16), extra(7, 18, 21, "working"))
    assert paid(ledger, "extra") == pytest.approx((10, 10, 2 * 4 / 3 + 6 * 5 / 3 + 2 * 4 / 3))
    assert refusals(ledger) == [("more", "monthly_cap", pytest.approx(1.0))]
    assert sim.kpis(ledger)["overtime_refused_h"] == pytest.approx(1.0)
    assert sim.kpis(ledger)["cost_extra_shift_pay"] == pytest.approx(WAGE * (4 * 4 / 3 + 6 * 5 / 3))


def test_a_crew_works_one_of_its_days_off_and_not_the_other(beside: Beside) -> None:
    ledger = beside(TAIWAN, extra(5, 8, 12), extra(6, 8, 12))
    assert paid(ledger, "extra")[0] == 4
    assert refusals(ledger) == [("more", "regular_leave", 4.0)]


def test_half_a_crew_comes_on_each_day_off(beside: Beside) -> None:
    """Two of four on Saturday, the other two on Sunday: everybody keeps a day."""
    ledger = beside(TAIWAN, extra(5, 8, 12, heads=2), extra(6, 8, 12, heads=2), crew=week(headcount=4))
    assert paid(ledger, "extra")[0] == 16
    assert refusals(ledger) == []


def test_other_laws_know_no_leave_day(beside: Beside) -> None:
    """Both days are beyond 40 hours."""
    ledger = beside(US, extra(5, 8, 12), extra(6, 8, 12))
    assert paid(ledger, "extra") == pytest.approx((8, 8, 12))
    assert refusals(ledger) == []


def test_half_of_a_crew_counts_half_per_head(beside: Beside) -> None:
    """Two of four come for four hours: two a head; of four that were left, two are left for Monday's three."""
    calls = extra(5, 8, 12, heads=2), extra(7, 18, 21, "working", heads=4)
    ledger = beside(Labour(month_used_h=42.0), *calls, crew=week(headcount=4))
    assert refusals(ledger) == [("more", "monthly_cap", pytest.approx(4.0))]


def test_a_second_shift_is_overtime_of_the_same_day(beside: Beside) -> None:
    """Nine to twelve hours are allowed, and eleven hours of rest until 08:00 bind first: until 21:00."""
    ledger = beside(TAIWAN, extra(0, 18, 23, "working"))
    assert paid(ledger, "extra") == pytest.approx((3, 3, 2 * 4 / 3 + 5 / 3))
    assert refusals(ledger) == [("more", "rest_between_shifts", pytest.approx(2.0))]
    rows = ledger.staffing[ledger.staffing["kind"] == "extra"]
    assert rows[["start_min", "end_min", "crew"]].to_numpy().tolist() == [[1080, 1260, "shift_0"]]


def test_a_second_shift_keeps_the_daily_cap(beside: Beside) -> None:
    ledger = beside(Labour(rest_between_shifts_h=None), extra(0, 18, 23, "working"))
    assert refusals(ledger) == [("more", "daily_cap", pytest.approx(1.0))]


def test_who_stays_after_a_shift_before_it_has_worked_both(beside: Beside) -> None:
    """Two hours before the shift and two after it make twelve; the third is refused."""
    law = Labour(rest_between_shifts_h=None)
    ledger = beside(law, extra(0, 5, 7, "working"), days=1, stay=3.0)
    assert paid(ledger, "extra") == pytest.approx((2, 2, 2 * 4 / 3))
    assert paid(ledger, "overtime") == pytest.approx((2, 2, 2 * 5 / 3))
    assert refusals(ledger) == [("stay", "daily_cap", pytest.approx(1.0))]


def test_who_went_home_late_does_not_come_early(beside: Beside) -> None:
    """Friday's stay ends at 20:00: Saturday 06:00 is ten hours later."""
    ledger = beside(TAIWAN, extra(5, 6, 12), extra(5, 7, 12), stay=3.0)
    assert refusals(ledger)[0] == ("more", "rest_between_shifts", 6.0)
    assert paid(ledger, "extra")[0] == 5


def test_a_part_timers_day_off_is_paid_by_the_law_of_the_place(beside: Beside) -> None:
    """Four hours a day: plain in the United States, by the steps of a rest day in Taiwan."""
    part_time = week("08:00", "12:00", breaks=[])
    assert paid(beside(US, extra(5, 8, 12), crew=part_time), "extra") == pytest.approx((4, 0, 4))
    assert paid(beside(TAIWAN, extra(5, 8, 12), crew=part_time), "extra") == pytest.approx(
        (4, 4, 2 * 4 / 3 + 2 * 5 / 3)
    )


def test_a_second_shift_on_a_public_holiday(beside: Beside) -> None:
    """Eight rostered hours are double; the two after them are overtime like any other."""
    ledger = beside(Labour(holidays=[MONDAY]), extra(0, 18, 20, "holiday"), days=1)
    assert paid(ledger, "regular")[2] == pytest.approx(16)
    assert paid(ledger, "extra") == pytest.approx((2, 2, 2 * 4 / 3))


def test_absent_people_of_an_extra_shift_are_not_paid(beside: Beside) -> None:
    stage, call = extra(5, 8, 12)
    call = Call(**{**call.__dict__, "absent": 1})
    rows = beside(TAIWAN, (stage, call), crew=week(headcount=2)).staffing
    rows = rows[rows["kind"] == "extra"]
    assert sorted(rows["absent"]) == [False, True]
    assert rows.loc[rows["absent"], "cost"].sum() == 0


# --- rosters that break the law ---------------------------------------------------------------------------------

NIGHT = shift(1, "14:00", "30:00")


def rostered(law: Labour, *shifts: Shift) -> dict[str, Any]:
    return {"window": {"measure_to": 24.0}, "site": site(pick=picking(*shifts), labour=law)}


@pytest.mark.parametrize(
    ("law", "crew", "complaint"),
    [
        (TAIWAN, week("08:00", "22:00"), "13 h of work where the law (daily_cap_h) allows 12 a day"),
        (
            TAIWAN,
            NIGHT,
            "8 h until it starts again the next day where the law (rest_",
        ),
        (Labour(**LONG), week("08:00", "22:00"), "13 h of work where the law (normal_day_h, overtime_pay) has a price"),
        (own(rest_between_shifts_h=12.0), week("08:00", "21:00"), "11 h until it starts again the next day"),
    ],
)
def test_a_roster_that_breaks_the_law_is_refused(law: Labour, crew: Shift, complaint: str) -> None:
    text = refusal_of(Scenario, **rostered(law, crew))
    assert "site.picking.shifts.shift_0 = " in text
    assert complaint in text


@pytest.mark.parametrize(
    ("law", "crew"),
    [
        (NONE, shift(1, "00:00", "24:00")),
        (own(), shift(1, "00:00", "24:00")),
        (TAIWAN, week("08:00", "21:00")),  # twelve hours
        (TAIWAN, shift(1, "08:00", "17:00", breaks=LUNCH)),  # seven days: people rotate
        (TAIWAN, shift(1, "18:00", "30:00", weekdays=["mon", "wed", "fri"])),
        (TAIWAN, shift(1, "18:00", "32:00", breaks=[Break(start="23:00", minutes=120.0)], weekdays=["mon", "wed"])),
    ],
)
def test_a_roster_within_the_law_is_taken(law: Labour, crew: Shift) -> None:
    assert Scenario.model_validate(rostered(law, crew)).site.labour == law


def test_all_shifts_are_told_at_once_with_all_else() -> None:
    given = rostered(TAIWAN, week("08:00", "22:00"), week(), NIGHT)
    given |= {"desk": desk(shift(1, "00:00", "24:00")), "promise": promise(), "window": {"measure_to": -1.0}}
    text = refusal_of(Scenario, **given)
    for place in ("site.picking.shifts.shift_0", "site.picking.shifts.shift_2", "desk.shifts.shift_0"):
        assert text.count(place) == 1
    assert "shift_1" not in text
    assert "window.measure_to lies after" in text


def test_the_command_line_names_the_shift_its_times_and_the_remedy() -> None:
    with pytest.raises(InputError) as told:
        sim.load_scenario("double11", overrides=["site.picking.shifts.early.end='22:00'"])
    (problem,) = told.value.problems
    assert problem.place.split()[0] == "site.picking.shifts.early"
    assert problem.given == "08:00 to 22:00"
    assert "13 h of work" in problem.remedy
    assert "shorten it, or change site.labour" in problem.remedy
