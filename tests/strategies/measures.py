"""Strategies of plans: every kind of measure with every kind of trigger."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from sim.scenario.alerts import METRICS as METRIC_NAMES
from sim.scenario.carriers import Transit
from sim.scenario.measures import (
    Announcement,
    AnyMeasure,
    BackupCarrier,
    BatchPicking,
    CarrierCapacity,
    Compensation,
    CrossTraining,
    DeskCallback,
    DeskReinforcement,
    ExtraPickups,
    ExtraShift,
    ExtraStorage,
    FaqBot,
    LongerPromise,
    Move,
    Overflow3PL,
    Overtime,
    PauseCampaign,
    ProactiveNotice,
    PurchaseLimit,
    RecoveryOffer,
    StaggeredRelease,
    TemporaryStaff,
    Throttle,
    Tier,
    Trigger,
)
from sim.scenario.people import ShiftHours
from sim.scenario.plan import Plan
from tests.strategies.worlds import (
    ALARMS,
    WEEKDAYS,
    clocks,
    hours,
    minutes,
    pickups,
    shapes,
    shares,
    shift_times,
)


@st.composite
def triggers(draw: st.DrawFn) -> Trigger:
    """From the start, at a time, by any metric or by an alert rule; with or without an end."""
    when = draw(st.sampled_from(["start", "time", "metric", "metric", "alert"]))
    figures: dict[str, Any] = {
        "when": when,
        "until": draw(st.sampled_from([None, None, 6.0, 30.0])),
        "review_every_min": draw(st.sampled_from([15.0, 60.0, 97.5])),
    }
    if when == "time":
        figures["at"] = draw(st.sampled_from([0.0, 9.0, 20.1]))
    if when == "alert":
        figures["alert"] = draw(st.sampled_from(ALARMS))
    if when == "metric":
        figures["metric"] = draw(st.sampled_from(sorted(METRIC_NAMES)))
        figures["above"] = draw(st.sampled_from([0.0, 0.5, 3.0, 20.0]))
        figures["clear_below"] = draw(st.sampled_from([None, 0.0]))
    return Trigger(**figures)


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """What measures that bring people share."""
    return {
        **draw(st.sampled_from([{"headcount": 0}, {"headcount": 2}, {"headcount_share": 0.6}])),
        "hours": draw(st.none() | shift_times().map(lambda times: ShiftHours(**times))),
        "wage_per_h_cost": draw(st.sampled_from([None, 250.0])),
        "cost_per_head": 100.0,
    }


OFFER_TIMES = [-5.0, 0.0, 2.0]
CLASSES = [["standard"], ["standard", "express"]]


@st.composite
def compensations(draw: st.DrawFn, when: dict[str, Any]) -> Compensation:
    """Offers of every sort; tiers only add to what is offered below them."""
    offered = draw(st.sampled_from(["proactive", "proactive", "on_request"]))
    redeemed = draw(shares)
    tiers = [
        Tier(days_late=0.1, value_cost=90.0, redemption_share=min(1.0, redeemed + 0.3)),
        Tier(days_late=0.5, value_cost=200.0, cancel_reduction_share=1.0, churn_reduction_share=1.0, score_gain=4.0),
    ]
    repeats = {"repeat_every_h": 1.0, "most_repeats": draw(st.sampled_from([None, 1, 3])), "repeat_churn_share": 0.4}
    return Compensation(
        **when,
        classes=draw(st.sampled_from(CLASSES)),
        offer=draw(st.sampled_from(["coupon", "free_shipping", "gift"])),
        offered=offered,
        after_due_h=draw(st.sampled_from(OFFER_TIMES)),
        value_cost=80.0,
        redemption_share=redeemed,
        cancel_reduction_share=draw(shares),
        contact_reduction_share=draw(shares),
        churn_reduction_share=draw(shares),
        score_gain=0.5,
        tiers=tiers[: draw(st.integers(0, 2))],
        budget_cost=draw(st.sampled_from([None, None, 0.0, 250.0])),
        **(repeats if offered == "proactive" and draw(st.booleans()) else {}),
    )


@st.composite
def desk_helpers(draw: st.DrawFn, when: dict[str, Any]) -> AnyMeasure:
    """A bot or call-backs; where there is no desk they do nothing."""
    if draw(st.booleans()):
        return FaqBot(
            **when,
            deflection_share=draw(shares),
            failure_share=draw(shares),
            return_after_min=draw(st.sampled_from([0.5, 30.0])),
            cost_per_contact=3.0,
            setup_cost=100.0,
        )
    return DeskCallback(
        **when,
        **draw(st.sampled_from([{"queue_at_least": 0}, {"queue_at_least": 2}, {"queue_per_agent": 0.5}])),
        out_of_hours=draw(st.booleans()),
        acceptance_share=draw(shares),
        unreached_share=draw(shares),
        attempt_min=draw(st.sampled_from([0.0, 1.3])),
    )


@st.composite
def told(draw: st.DrawFn, when: dict[str, Any]) -> AnyMeasure:
    """What customers are told: everybody, the late ones, the lost ones."""
    reductions = {"contact_reduction_share": draw(shares), "cancel_reduction_share": draw(shares)}
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return Announcement(**when, **reductions, setup_cost=100.0)
    if kind == 1:
        return ProactiveNotice(
            **when,
            **reductions,
            classes=draw(st.sampled_from(CLASSES)),
            after_due_h=draw(st.sampled_from(OFFER_TIMES)),
            cost_per_notice=1.0,
            score_gain=0.3,
        )
    return RecoveryOffer(
        **when,
        late_by_h=draw(hours),
        valid_days=draw(st.sampled_from([1, 3])),
        win_back_share=draw(shares),
        value_cost=50.0,
        cost_per_message=0.5,
    )


@st.composite
def demand_measures(draw: st.DrawFn, kind: int, when: dict[str, Any]) -> AnyMeasure:
    """A measure on demand, by its number."""
    if kind == 0:
        return Throttle(**when, share=draw(shares), ads_share=draw(shares), setup_cost=10.0)
    if kind == 1:
        return PauseCampaign(**when, still_share=draw(shares))
    if kind == 2:
        limits = draw(st.sampled_from([{"units": 1}, {"units": 3}, {"lines": 2}, {"units": 4, "lines": 1}]))
        return PurchaseLimit(**when, **limits, leave_share=draw(shares))
    if kind == 3:
        classes = draw(st.sampled_from([["standard"], ["express"], ["standard", "express"]]))
        return LongerPromise(**when, days=draw(st.integers(1, 3)), classes=classes, loss_share=draw(shares))
    return StaggeredRelease(
        opens=draw(st.sampled_from([None, 2.5, 9.0])),
        window_h=draw(st.sampled_from([1.0, 7.3, 24.0])),
        groups=draw(st.sampled_from([2, 5])),
        every_h=draw(st.sampled_from([0.5, 7.3, 20.0])),
        loss_share=draw(shares),
        setup_cost=10.0,
    )


@st.composite
def extra_shifts(draw: st.DrawFn, when: dict[str, Any]) -> ExtraShift:
    """On days off or on working days, beside whatever the crews do."""
    return ExtraShift(
        **when,
        stages=draw(st.sampled_from([["picking"], ["picking", "packing", "desk"]])),
        **draw(st.sampled_from([{"headcount": 2}, {"headcount_share": 0.6}])),
        hours=ShiftHours(**draw(shift_times())),
        day=draw(st.sampled_from(["rest", "working"])),
        productivity=draw(st.sampled_from([None, 0.7])),
    )


@st.composite
def cross_trainings(draw: st.DrawFn, when: dict[str, Any]) -> CrossTraining:
    """Any ways between the stages, whether the scenario has them or not."""
    stages_of_site = ["picking", "packing", "desk"]
    ways = [(own, other) for own in stages_of_site for other in stages_of_site if own != other]
    chosen = draw(st.just(ways) | st.lists(st.sampled_from(ways), min_size=1, max_size=3, unique=True))
    pace = draw(st.sampled_from([0.8, 0.3, 1.5]))
    return CrossTraining(
        **when,
        moves=[Move(from_=own, to=other, productivity=pace) for own, other in chosen],
        share=draw(shares),
        when_ratio=draw(st.sampled_from([1.0, 2.0])),
        switch_min=draw(st.sampled_from([0.0, 5.0, 7.3, 90.0])),
        cost_per_head=100.0,
    )


@st.composite
def batches(draw: st.DrawFn, when: dict[str, Any]) -> BatchPicking:
    """Batches of two, or of more than are ever waiting."""
    return BatchPicking(
        **when,
        batch_size=draw(st.sampled_from([2, 5, 100])),
        sort_min=draw(st.sampled_from([0.0, 0.4])),
        pack_sort_min=draw(st.sampled_from([0.0, 0.7])),
        setup_cost=500.0,
    )


@st.composite
def measures(draw: st.DrawFn) -> AnyMeasure:
    """Any measure."""
    when = {"trigger": draw(triggers()), "delay_h": draw(hours)}
    kind = draw(st.integers(0, 18))
    if kind > 15:
        return draw([extra_shifts, cross_trainings, batches][kind - 16](when))
    if kind > 10:
        return draw(demand_measures(kind - 11, when))
    if kind == 0:
        stages_asked = draw(
            st.lists(st.sampled_from(["picking", "packing", "desk"]), min_size=1, max_size=3, unique=True)
        )
        return Overtime(**when, stages=stages_asked, hours=draw(st.sampled_from([0.5, 2.0, 5.0])), share=draw(shares))
    if kind == 1:
        return Overflow3PL(
            **when,
            share=draw(shares),
            **draw(st.sampled_from([{"daily_capacity": 4}, {"daily_capacity_share": 0.5}])),
            dispatch=draw(clocks),
            dispatch_weekdays=draw(WEEKDAYS),
            lead_time_h=draw(hours),
            transit=Transit(mean_days=0.5, service=draw(shapes)),
            cost_per_order=90.0,
            cost_per_line=10.0,
            setup_cost=1000.0,
        )
    if kind == 2:
        return draw(compensations(when))
    if kind == 3:
        return ExtraPickups(
            **when,
            times=draw(st.lists(clocks, min_size=1, max_size=2)),
            weekdays=draw(WEEKDAYS),
            capacity=draw(st.sampled_from([None, 0, 3])),
            cost_per_pickup=200.0,
        )
    if kind == 4:
        return DeskReinforcement(**when, **draw(people()), productivity=0.9)
    if kind == 5:
        return BackupCarrier(
            **when,
            replaces=draw(st.sampled_from([[], ["red"], ["blue"]])),
            share=draw(shares),
            takes_waiting=draw(st.booleans()),
            cash_on_delivery=draw(st.booleans()),
            pickups=draw(pickups()),
            cutoff_min=draw(minutes),
            no_show_share=draw(st.sampled_from([0.0, 0.0, 0.4])),
            transit=Transit(mean_days=0.5, service=draw(shapes)),
            contracted_per_day=draw(st.sampled_from([None, 8.0])),
            cost_per_parcel=95.0,
            cost_per_pickup=200.0,
            cod_fee_cost=25.0,
            setup_cost=1000.0,
        )
    if kind == 6:
        return CarrierCapacity(
            **when,
            carriers=draw(st.sampled_from([[], ["red"]])),
            of=draw(st.sampled_from([["pickups", "daily_cap", "network"], ["pickups"], ["daily_cap"], ["network"]])),
            capacity_share=draw(st.sampled_from([0.1, 0.5, 2.0])),
            cost_per_parcel_day=3.0,
        )
    if kind == 7:
        size = draw(st.sampled_from([{"parcels": 0}, {"parcels": 4}, {"parcels_share": 0.5}]))
        return ExtraStorage(**when, **size, cost_per_day=300.0, setup_cost=1000.0)
    if kind == 8:
        return draw(desk_helpers(when))
    if kind == 9:
        return draw(told(when))
    return TemporaryStaff(
        **when,
        **draw(people()),
        stages=draw(st.sampled_from([["picking"], ["picking", "packing"]])),
        absence_share=draw(st.sampled_from([None, 0.0, 0.5])),
        stay_days=draw(st.sampled_from([None, 1, 2])),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to four measures, those left out that contradict earlier ones."""
    plan = Plan(name="tried")
    for number, each in enumerate(draw(st.lists(measures(), min_size=draw(st.integers(0, 2)), max_size=4))):
        try:
            plan = Plan(name="tried", measures={**plan.measures, f"measure_{number}": each})
        except ValidationError:
            continue
    return plan
