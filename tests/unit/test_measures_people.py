"""Extra shifts, cross-trained workers and batches, to the minute.

Orders take ten minutes to pick and five to pack at standard speed, unless a test says otherwise. Day 0 is a Monday.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import sim
from sim.ledger import Ledger
from sim.rules import workers_to_move
from sim.scenario.fit import misfits
from sim.scenario.measures import BatchPicking, CrossTraining, ExtraShift, Move, Overtime, TemporaryStaff, Trigger
from sim.scenario.people import Break, Labour, ShiftHours, Skill
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.small_sites import (
    DAY,
    MONDAY,
    assert_log,
    column,
    desk,
    packing,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    world,
)

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def slots(ledger: Ledger) -> list[int]:
    """Slots of all who came: pickers day by day, then packers, then agents."""
    return np.unique(column(ledger, "slot", "staffing")).tolist()


def who(ledger: Ledger, name: str) -> list[int]:
    """Who served each order, as a place in the list of slots; -1: nobody."""
    return [slots(ledger).index(slot) if slot >= 0 else -1 for slot in column(ledger, name)]


def rows_of(ledger: Ledger, number: int) -> Any:
    """Rows of the staffing table of one who came."""
    rows = ledger.staffing[ledger.staffing["slot"] == slots(ledger)[number]]
    return rows.sort_values("start_min", kind="stable")


def stretches(ledger: Ledger, number: int) -> list[tuple[str, str, float, float]]:
    """Where somebody was: kind, stage, start, end as rostered."""
    rows = rows_of(ledger, number)
    return list(zip(rows["kind"], rows["stage"], rows["start_min"], rows["end_min"], strict=True))


def kind_of(ledger: Ledger, kind: str) -> dict[str, list[Any]]:
    rows = ledger.staffing[ledger.staffing["kind"] == kind]
    return {name: rows[name].tolist() for name in rows.columns}


# --- extra shift ------------------------------------------------------------------------------------------------


def extra(start: str = "08:00", end: str = "12:00", **more: Any) -> ExtraShift:
    """One picker for four hours; on hours of which days unless more is given."""
    hours = ShiftHours(start=start, end=end, **{key: more.pop(key) for key in ("weekdays", "breaks") if key in more})
    return ExtraShift(**{"stages": ["picking"], "headcount": 1, "hours": hours, **more})


def week(tmp_path: Path, days: int = 8, **more: Any) -> Scenario:
    """Three pickers from Monday to Friday, and one late picker on Saturdays too, from a Monday on."""
    crews = shift(3, weekdays=WORKDAYS), shift(1, "18:00", "20:00", weekdays=[*WORKDAYS, "sat"])
    pick = picking(*crews, wage_per_h_cost=60.0, **more)
    return world(tmp_path, [480], days=days, site=site(pick=pick))


def test_the_crew_comes_on_its_days_off(tmp_path: Path) -> None:
    """Saturday and Sunday, though another shift works on Saturdays."""
    rows = kind_of(run(week(tmp_path), plan(more=extra())), "extra")
    assert rows["start_min"] == [5 * DAY + 480, 6 * DAY + 480]
    assert rows["cost"] == [240, 240]


@pytest.mark.parametrize("day", ["rest", "working"])
def test_who_comes_for_a_season_comes_in_the_season_only(tmp_path: Path, day: Any) -> None:
    """From the second Monday to its Friday: no day off in it."""
    season = {"first_day": MONDAY + timedelta(days=7), "last_day": MONDAY + timedelta(days=11)}
    pick = picking(shift(3, weekdays=WORKDAYS, **season), shift(1))
    scenario = world(tmp_path, [480], days=14, site=site(pick=pick))
    rows = kind_of(run(scenario, plan(more=extra("18:00", "20:00", day=day))), "extra")
    assert rows["day"] == ([] if day == "rest" else [7, 8, 9, 10, 11])


def test_a_second_crew_comes_on_working_days(tmp_path: Path) -> None:
    """Two thirds of three people."""
    measure = extra("18:00", "22:00", headcount=None, headcount_share=0.67, day="working")
    rows = kind_of(run(week(tmp_path), plan(more=measure)), "extra")
    assert rows["day"] == [day for day in (0, 1, 2, 3, 4, 7) for _ in range(2)]


def test_an_extra_shift_has_a_cost_line_of_its_own(tmp_path: Path) -> None:
    scenario = week(tmp_path)
    none, with_extra = (sim.kpis(run(scenario, chosen)) for chosen in (None, plan(more=extra())))
    assert with_extra["cost_extra_shift_pay"] == 480
    assert with_extra["total_cost"] == none["total_cost"] + 480


def test_an_extra_shift_has_breaks(tmp_path: Path) -> None:
    measure = extra(end="13:00", breaks=[Break(start="10:00", minutes=60.0)], weekdays=["sun"])
    rows = kind_of(run(week(tmp_path), plan(more=measure)), "extra")
    assert (rows["start_min"], rows["end_min"]) == (
        [6 * DAY + 480, 6 * DAY + 660],
        [6 * DAY + 600, 6 * DAY + 780],
    )


@pytest.mark.parametrize(
    ("trigger", "delay_h", "days"),
    [
        (Trigger(), 5 * 24 + 8.0, [5, 6]),  # in effect at the very minute of Saturday's shift
        (Trigger(), 5 * 24 + 8.1, [6]),
        (Trigger(until=5 * 24 + 9.0), 0.0, [5]),  # called off while Saturday's shift is at work
        (Trigger(until=5 * 24 + 8.0), 0.0, [5]),
        (Trigger(until=5 * 24 + 7.0), 0.0, []),
    ],
)
def test_extra_shifts_that_begin_while_it_is_on_are_worked(
    tmp_path: Path, trigger: Trigger, delay_h: float, days: list[int]
) -> None:
    rows = kind_of(run(week(tmp_path), plan(more=extra(trigger=trigger, delay_h=delay_h))), "extra")
    assert rows["day"] == days
    assert rows["end_min"] == [day * DAY + 720 for day in days]


@pytest.mark.parametrize(("own", "expected"), [(None, [0.3, 0.6, 0.6]), (0.9, [0.9] * 3)])
def test_speeds_are_the_crews_unless_given(tmp_path: Path, own: float | None, expected: list[float]) -> None:
    """A third at half speed, times a shift's 0.6."""
    crew = shift(3, weekdays=WORKDAYS, productivity=0.6)
    pick = picking(crew, skill_mix=[Skill(share=1 / 3, productivity=0.5)])
    scenario = world(tmp_path, [480], days=6, site=site(pick=pick))
    rows = kind_of(run(scenario, plan(more=extra(headcount=3, productivity=own))), "extra")
    assert rows["productivity"] == expected


def test_people_of_two_extra_shifts_have_luck_of_their_own(tmp_path: Path) -> None:
    scenario = week(tmp_path, days=6, absence_share=0.5)
    luck = {("picking", name): np.full((7, 3), 0.9) for name in ("shift_0", "shift_1")}
    luck["picking", "extra_shift"] = np.tile([0.3, 0.6], (7, 1))
    rows = kind_of(run(scenario, plan(one=extra(), other=extra("13:00", "14:00")), absence_u=luck), "extra")
    assert rows["absent"] == [True, False]
    assert rows["cost"] == [0, 60]


def test_a_crew_that_works_all_week_has_no_day_off(tmp_path: Path) -> None:
    assert kind_of(run(world(tmp_path, [480], days=7), plan(more=extra())), "extra")["slot"] == []


@pytest.mark.parametrize(
    ("measure", "place", "says"),
    [
        (extra(weekdays=["fri", "sat"]), "hours.weekdays = [fri]", "'shift_0' of picking is worked then"),
        (extra(weekdays=["sat"], day="working"), "hours.weekdays = [sat]", "is not worked then"),
        (extra("20:00", "33:00"), "hours", "still work"),  # Sunday night into Monday's shift at 08:00
        (extra(headcount=4), "headcount = 4", "has 3 people"),
        (extra(stages=["desk"]), "stages = [desk]", "no such stage"),
        (BatchPicking(batch_size=2), "batch_size = 2", "already picks up to 3"),
        (CrossTraining(moves=[Move(from_="picking", to="desk")]), "moves[0].to = desk", "it has: picking"),
        (extra("20:00", "32:00"), "", ""),
        (extra(headcount=3), "", ""),
        (extra(headcount=4, day="working"), "", ""),
        (BatchPicking(batch_size=3), "", ""),
    ],
)
def test_contradictions_with_the_scenario_are_refused(tmp_path: Path, measure: Any, place: str, says: str) -> None:
    found = misfits(week(tmp_path, batch_size=3), plan(m=measure))
    assert len(found) == bool(place)
    for problem in found:
        assert str(problem).startswith(f"plan.tried.measures.m.{place}")
        assert says in str(problem)


def test_people_whom_memory_has_no_room_for_are_refused(tmp_path: Path) -> None:
    # On 8 days at a thousand times the scale; a share is one of the larger shift of 3
    crowd = week(tmp_path).model_copy(update={"scale": 1000.0})
    for measure, problem in (
        (extra(headcount=625, day="working"), None),
        (
            extra(headcount=626, day="working"),
            "headcount = 626: asks for up to 5,008,000 worker-days, at most 5,000,000",
        ),
    ):
        found = [str(each) for each in misfits(crowd, plan(m=measure))]
        assert found == ([f"plan.tried.measures.m.{problem}: see also scale"] if problem else [])
    share = TemporaryStaff(headcount_share=10.0, stages=["picking"])
    assert misfits(crowd, plan(m=share)) == []
    (found_too,) = misfits(crowd.model_copy(update={"scale": 30_000.0}), plan(m=share))
    assert "up to 7,200,000 worker-days" in found_too.remedy


def test_contradictions_in_a_plan_are_refused() -> None:
    def training(own: Any, other: Any) -> CrossTraining:
        return CrossTraining(moves=[Move(from_=own, to=other)])

    with pytest.raises(ValidationError, match="'one' and 'two' both move the crew of picking"):
        plan(one=training("picking", "packing"), two=training("picking", "desk"))
    plan(one=training("picking", "packing"), two=training("packing", "picking"))
    with pytest.raises(ValidationError, match="from one stage to another"):
        Move(from_="desk", to="desk")
    with pytest.raises(ValidationError, match="named once"):
        CrossTraining(moves=[Move(from_="desk", to="picking")] * 2)
    with pytest.raises(ValidationError, match="at most the whole crew"):
        extra(headcount=None, headcount_share=1.1)


# --- the rule of cross-training ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "workers", "trained", "away", "moved"),
    [
        ((0, 600), (4, 1), 3, 0, 3),  # 600 waiting for one: with four hands 150 each, one stays
        ((0, 600), (4, 1), 2, 0, 2),  # no more than are trained
        ((300, 600), (3, 3), 2, 0, 1),  # 100 against 200: one more there makes 150 each
        ((301, 600), (3, 3), 2, 0, 0),  # less than twice
        ((0, 60), (4, 1), 3, 0, 0),  # done before the next review
        ((0, 61), (4, 1), 3, 0, 3),
        ((0, 600), (1, 1), 1, 0, 0),  # the last one stays
        ((0, 600), (0, 0), 0, 0, 0),
        ((0, 600), (2, 0), 2, 0, 1),  # nobody is there at all
        ((600, 300), (2, 4), 2, 3, -2),  # 300 against 75: two back make 150 each
        ((600, 0), (2, 4), 2, 3, -3),
        ((10, 0), (2, 1), 2, 1, -1),  # however little: they have nothing to do there
        ((0, 0), (2, 1), 2, 1, 0),
    ],
)
def test_as_many_move_as_bring_the_loads_closest(
    work: tuple[float, float], workers: tuple[int, int], trained: int, away: int, moved: int
) -> None:
    assert workers_to_move(work, workers, trained=trained, away=away, ratio=2.0, least_min=60.0) == moved


# --- cross-training at work -------------------------------------------------------------------------------------


def training(**more: Any) -> CrossTraining:
    """All pickers can pack as fast as a packer, a way of no time; reviewed every quarter of an hour from 08:15."""
    usual = {"moves": [Move(from_="picking", to="packing", productivity=1.0)], "share": 1.0, "switch_min": 0.0}
    trigger = {"trigger": Trigger(when="time", at=8.25, review_every_min=15.0)}
    return CrossTraining(**{**usual, **trigger, **more})


def line(tmp_path: Path, *, pickers: Any = None, orders: int = 8, days: int = 1, law: Labour | None = None) -> Scenario:
    """Two pickers at a minute an order, a packer at twenty: the queue is at packing at once."""
    pick = picking(pickers or shift(2), setup_min=1.0, wage_per_h_cost=60.0)
    pack = packing(shift(1), setup_min=20.0, wage_per_h_cost=60.0)
    places = site(pick=pick, pack=pack, labour=law or Labour(regime="none"))
    return world(tmp_path, [480.0] * orders, days=days, site=places)


def test_an_idle_worker_goes_at_once(tmp_path: Path) -> None:
    """At 08:15 seven wait (140 min of one packer's work) and nobody picks: one of two pickers goes, one stays."""
    ledger = run(line(tmp_path), plan(cross=training()))
    assert stretches(ledger, 0) == [
        ("regular", "picking", 480, 495),
        ("regular", "packing", 495, 1080),
    ]
    assert stretches(ledger, 1) == [("regular", "picking", 480, 1080)]
    assert_log(ledger, pack_start_min=[481, 495, 501, 515, 521, 535, 541, 555])
    assert who(ledger, "packer") == [2, 0, 2, 0, 2, 0, 2, 0]


def test_the_way_takes_time_and_strangers_are_slower(tmp_path: Path) -> None:
    measure = training(moves=[Move(from_="picking", to="packing", productivity=0.5)], switch_min=4.0)
    ledger = run(line(tmp_path), plan(cross=measure))
    assert stretches(ledger, 0)[1] == ("regular", "packing", 495, 1080)  # paid on the way as well
    assert_log(ledger, pack_start_min=[481, 499, 501, 521, 539, 541, 561, 579])
    assert who(ledger, "packer") == [2, 0, 2, 2, 0, 2, 2, 0]


def test_pay_and_utilisation_count_each_stretch_where_it_was(tmp_path: Path) -> None:
    scenario = line(tmp_path)
    none, moved = run(scenario), run(scenario, plan(cross=training(cost_per_head=50.0)))
    assert column(moved, "paid_h", "staffing").sum() == column(none, "paid_h", "staffing").sum()
    assert sim.kpis(moved)["cost_regular_pay"] == sim.kpis(none)["cost_regular_pay"]
    assert sim.kpis(moved)["cost_setup"] == 100
    # Two pickers from 08:00 and one until 08:15 only; packing: one all day, one from 08:15. Eight orders are done.
    assert sim.kpis(moved)["utilisation_picking"] == pytest.approx(8 / (600 + 15))
    assert sim.kpis(moved)["utilisation_packing"] == pytest.approx(160 / (600 + 585))


def test_training_is_paid_for_the_share_of_every_shift(tmp_path: Path) -> None:
    """Half of three (1.5, rounded half up) and of one: three heads, once, though decided twice."""
    pick = picking(shift(3), shift(1, "18:00", "20:00"))
    scenario = world(tmp_path, [480], days=2, site=site(pick=pick, pack=packing()))
    again = Trigger(when="metric", metric="orders_per_h", above=0.0, clear_below=0.0)
    ledger = run(scenario, plan(cross=training(share=0.5, cost_per_head=50.0, trigger=again)))
    assert_log(ledger, "charges", line=["setup"], cost=[150])


def test_a_job_in_hand_is_finished_first(tmp_path: Path) -> None:
    """Both pick for half an hour from 08:10 on; sent at 08:15, the first goes at 08:40."""
    pick = picking(shift(2), setup_min=30.0)
    pack = packing(shift(1), setup_min=20.0)
    scenario = world(tmp_path, [480.0] * 5 + [490.0] * 2, site=site(pick=pick, pack=pack))
    work = {"pick_work_min": [1.0] * 5 + [30.0] * 2, "pack_work_min": [20.0] * 7}
    ledger = run(scenario, plan(cross=training()), **work)
    assert stretches(ledger, 0) == [("regular", "picking", 480, 520), ("regular", "packing", 520, 1080)]
    assert stretches(ledger, 1) == [("regular", "picking", 480, 1080)]
    assert_log(ledger, pick_end_min=[481, 481, 482, 482, 483, 520, 520])
    assert who(ledger, "packer") == [2, 2, 0, 2, 0, 2, 0]


@pytest.mark.parametrize(("work", "leaves", "overrun"), [(40.0, 530, 10), (75.0, 565, 45)])
def test_a_job_that_runs_into_the_break(tmp_path: Path, work: float, leaves: float, overrun: float) -> None:
    """Break from 08:40 to 09:10. Done within it: at packing from 09:10 on. Done after it: from then on."""
    resting = shift(2, breaks=[Break(start="08:40", minutes=30.0)])
    pack = packing(shift(1), setup_min=60.0)
    scenario = world(tmp_path, [480.0] * 5 + [490.0] * 2, site=site(pick=picking(resting), pack=pack))
    ledger = run(scenario, plan(cross=training()), pick_work_min=[1.0] * 5 + [work] * 2, pack_work_min=[60.0] * 7)
    rows = rows_of(ledger, 0)
    assert rows["overrun_min"].tolist()[0] == min(overrun, 30)
    rest = [("regular", "packing", 550, 1080)]
    if leaves > 550:
        rest = [("regular", "picking", 550, 565), ("regular", "packing", 565, 1080)]
    assert stretches(ledger, 0) == [("regular", "picking", 480, 520), *rest]
    assert column(ledger, "pack_start_min")[np.equal(who(ledger, "packer"), 0)].min() == max(leaves, 550)


def test_a_job_that_runs_into_the_end_of_the_shift(tmp_path: Path) -> None:
    """Nobody begins anew elsewhere after hours: the job is finished, its overrun paid, and they go home."""
    short = shift(2, "08:00", "08:40")
    scenario = world(tmp_path, [480.0] * 5 + [490.0] * 2, site=site(pick=picking(short), pack=packing(setup_min=60.0)))
    ledger = run(scenario, plan(cross=training()), pick_work_min=[1.0] * 5 + [40.0] * 2, pack_work_min=[60.0] * 7)
    assert stretches(ledger, 0) == [("regular", "picking", 480, 520)]
    assert column(ledger, "overrun_min", "staffing").tolist() == [10, 10, 0]


def test_who_is_on_the_way_when_the_break_begins_comes_after_it(tmp_path: Path) -> None:
    """Sent at 08:15, twenty minutes on the way, break from 08:20 to 08:30: there at 08:35."""
    resting = shift(2, breaks=[Break(start="08:20", minutes=10.0)])
    ledger = run(line(tmp_path, pickers=resting), plan(cross=training(switch_min=20.0)))
    assert stretches(ledger, 0) == [
        ("regular", "picking", 480, 495),
        ("regular", "packing", 495, 500),
        ("regular", "packing", 510, 1080),
    ]
    assert column(ledger, "pack_start_min")[np.equal(who(ledger, "packer"), 0)].tolist()[0] == 515


def test_a_move_in_overtime_is_paid_as_overtime_went_on(tmp_path: Path) -> None:
    """Three hours from 08:40, sent at 10:15: two hours at 4/3 and one at 5/3, here or there; as tired there as here."""
    pick = picking(shift(2, "08:00", "08:40"), setup_min=1.0, wage_per_h_cost=60.0, overtime_productivity=0.5)
    pack = packing(shift(1, "08:00", "12:30"), setup_min=20.0)
    law = Labour(normal_day_h=2 / 3)  # the shift is a whole day's normal hours
    scenario = world(tmp_path, [480.0] * 12, site=site(pick=pick, pack=pack, labour=law))
    late = Trigger(when="time", at=10.25, review_every_min=15.0)
    stay = Overtime(stages=["picking"], hours=3.0)
    none, moved = (run(scenario, plan(stay=stay, **more)) for more in ({}, {"cross": training(trigger=late)}))
    assert stretches(moved, 0)[1:] == [("overtime", "picking", 520, 615), ("overtime", "packing", 615, 700)]
    for ledger in (none, moved):
        own = rows_of(ledger, 0)
        assert own["cost"][own["kind"] == "overtime"].sum() == pytest.approx(60 * (2 * 4 / 3 + 5 / 3))
    theirs = np.equal(who(moved, "packer"), 0)
    assert (column(moved, "pack_end_min") - column(moved, "pack_start_min"))[theirs].tolist() == [40, 40]
    assert sim.kpis(moved)["overtime_h"] == sim.kpis(none)["overtime_h"]


def test_they_come_back_when_it_has_turned(tmp_path: Path) -> None:
    """Packing is through at 09:41; at ten many orders wait to be picked: back at that review, in three minutes."""
    pick = picking(shift(2), setup_min=10.0)
    scenario = world(tmp_path, [480.0] * 8 + [599.0] * 20, site=site(pick=pick, pack=packing(setup_min=20.0)))
    work = {"pick_work_min": [1.0] * 8 + [10.0] * 20, "pack_work_min": [20.0] * 28}
    ledger = run(scenario, plan(cross=training(switch_min=3.0)), **work)
    assert stretches(ledger, 0)[:3] == [
        ("regular", "picking", 480, 495),
        ("regular", "packing", 495, 600),
        ("regular", "picking", 600, stretches(ledger, 0)[2][3]),
    ]
    assert column(ledger, "pick_start_min")[np.equal(who(ledger, "picker"), 0)].tolist()[4] == 603


def test_they_go_back_when_it_ends(tmp_path: Path) -> None:
    """Until 08:30: the order begun at 08:15 is packed by 08:35 first."""
    until = Trigger(when="time", at=8.25, review_every_min=15.0, until=8.5)
    ledger = run(line(tmp_path), plan(cross=training(trigger=until)))
    assert stretches(ledger, 0) == [
        ("regular", "picking", 480, 495),
        ("regular", "packing", 495, 515),
        ("regular", "picking", 515, 1080),
    ]


def test_everybody_begins_the_next_day_at_home(tmp_path: Path) -> None:
    ledger = run(line(tmp_path, days=2), plan(cross=training()))
    assert stretches(ledger, 3) == [("regular", "picking", DAY + 480, DAY + 1080)]


@pytest.mark.parametrize(("share", "goes"), [(0.5, [0]), (0.25, [0]), (0.2, [])])
def test_only_who_is_trained_goes(tmp_path: Path, share: float, goes: list[int]) -> None:
    """Of two: half of them is one, a quarter is half a head, rounded up; a fifth is nobody."""
    ledger = run(line(tmp_path), plan(cross=training(share=share)))
    assert [slot for slot in (0, 1) if len(stretches(ledger, slot)) > 1] == goes


def test_agents_help_on_the_floor(tmp_path: Path) -> None:
    pack = packing(shift(1), setup_min=20.0)
    scenario = world(
        tmp_path, [480.0] * 8, site=site(pick=picking(setup_min=1.0), pack=pack), desk=desk(shift(2)), promise=promise()
    )
    measure = training(moves=[Move(from_="desk", to="packing", productivity=1.0)])
    ledger = run(scenario, plan(cross=measure))
    assert stretches(ledger, 2) == [("regular", "desk", 480, 495), ("regular", "packing", 495, 1080)]


def test_a_missing_stage_moves_nobody(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480]), plan(cross=training(cost_per_head=50.0)))
    assert column(ledger, "cost", "charges").tolist() == []


# --- batch picking ----------------------------------------------------------------------------------------------


def batching(**more: Any) -> BatchPicking:
    """Up to three, half a minute of sorting at picking."""
    return BatchPicking(**{"batch_size": 3, "sort_min": 0.5, **more})


def walks(tmp_path: Path, orders: list[tuple[float, int]], *, pack: bool = False, **more: Any) -> Scenario:
    """A walk of five minutes, a minute a line."""
    pick = picking(setup_min=5.0, per_line_min=1.0, **more)
    return world(tmp_path, orders, site=site(pick=pick, pack=packing() if pack else None))


def test_batches_from_the_start(tmp_path: Path) -> None:
    """The first is taken alone; then three of 1 + 2 + 3 lines on one walk of 5 min, and 2 x 0.5 min of sorting."""
    ledger = run(walks(tmp_path, [(480, 1), (481, 1), (482, 2), (483, 3), (484, 1)]), plan(carts=batching()))
    assert_log(ledger, pick_start_min=[480, 486, 486, 486, 498], pick_end_min=[486, 498, 498, 498, 504])
    assert sim.kpis(ledger)["utilisation_picking"] == pytest.approx(24 / 600)  # one walk is one stretch


def test_packing_takes_longer_for_who_was_picked_with_others(tmp_path: Path) -> None:
    scenario = walks(tmp_path, [(480, 1), (481, 1), (482, 1), (483, 1), (600, 1)], pack=True)
    ledger = run(scenario, plan(carts=batching(pack_sort_min=0.75)))
    spent = column(ledger, "pack_end_min") - column(ledger, "pack_start_min")
    assert spent.tolist() == [5, 5.75, 5.75, 5.75, 5]


def test_batches_begin_and_end_with_the_measure(tmp_path: Path) -> None:
    """From 08:07:30 until 08:18:45; a walk that has begun is finished, and the carts are paid once."""
    orders = [(480.0, 1)] * 8
    times = Trigger(when="time", at=8.125, until=8.3125)
    ledger = run(walks(tmp_path, orders), plan(carts=batching(trigger=times, sort_min=0.0, setup_cost=70.0)))
    assert_log(
        ledger,
        pick_start_min=[480, 486, 492, 492, 492, 500, 506, 512],
        pick_end_min=[486, 492, 500, 500, 500, 506, 512, 518],
    )
    assert_log(ledger, "charges", time_min=[487.5], line=["setup"], cost=[70])


def test_the_larger_size_counts_with_its_own_sorting(tmp_path: Path) -> None:
    """The scenario takes two; a plan of two measures three (until 08:07), and four, then two again."""
    scenario = walks(tmp_path, [(480.0, 1)] * 11, batch_size=2, batch_sort_min=1.0)
    small = batching(trigger=Trigger(until=8.4))
    large = batching(batch_size=4, sort_min=0.25, trigger=Trigger(until=8.2))
    ledger = run(scenario, plan(small=small, large=large))
    # Alone (5 + 1); four (5 + 4 + 0.75); three (5 + 3 + 1); two (5 + 2 + 1); the last
    ends = [486] + [495.75] * 4 + [504.75] * 3 + [512.75] * 2 + [518.75]
    assert_log(ledger, pick_end_min=ends)


def test_until_it_begins_it_changes_nothing(tmp_path: Path) -> None:
    """To the byte, with speeds, overtime, hand-overs and breaks of all sorts."""
    scenario = sim.load_scenario("double11", overrides=["scale=0.1", "site.picking.end_of_shift=hand_over"])
    draws = sim.sample(scenario, seed=1)
    stay = sim.load_plan("overtime").measures["floor"]
    never = batching(trigger=Trigger(when="time", at=1e4))
    plain, waiting = (
        sim.simulate(scenario, Plan(measures={"stay": stay, **more}), draws) for more in ({}, {"carts": never})
    )
    for table in plain.tables:
        for name in plain.tables[table]:
            assert plain.column(table, name).tobytes() == waiting.column(table, name).tobytes(), (table, name)
