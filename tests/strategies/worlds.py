"""Strategies of scenarios: sites, carriers, customers, demand, what goes wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from sim.scenario.alerts import METRICS as METRIC_NAMES
from sim.scenario.alerts import AlertRule
from sim.scenario.carriers import Carrier, Pickup, Transit, TransitSpell
from sim.scenario.customers import Asking, Customers, Patience, ScoreBand
from sim.scenario.demand import Basket, Campaign, Demand, Edge, Profile, Spike
from sim.scenario.desk import Channel, Desk
from sim.scenario.disturbances import (
    AbsenceWave,
    AnyDisturbance,
    CarrierFailure,
    ForecastError,
    LateReceipt,
    Outage,
    SecondWave,
)
from sim.scenario.economics import Economics
from sim.scenario.people import EVERY_DAY, Break, Labour, Shift, Skill
from sim.scenario.promise import Promise, RequestedDate, ServiceClass
from sim.scenario.roster_law import roster_problems
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Picking, Release, Site, Stage
from sim.scenario.stock import Stock
from sim.scenario.types import Shape

Strategy = st.SearchStrategy[Any]

START = date(2026, 1, 29)  # a Thursday; the third day is a Saturday, the fourth lies in another month
CARRIERS = ("red", "blue")
ALARMS = ("early", "late")  # every scenario has them, so that any plan may follow them
WEEKDAYS = st.sampled_from([*4 * [EVERY_DAY], ["thu", "fri", "sun"], ["fri"]])

shapes = st.sampled_from(
    [
        Shape(),
        Shape(distribution="exponential"),
        Shape(distribution="lognormal", cv=0.7),
        Shape(distribution="gamma", cv=1.5),
    ]
)
minutes = st.sampled_from([0.0, 0.5, 1.0, 7.3, 15.0, 60.0])
shares = st.sampled_from([0.5, 0.0, 0.1, 1.0])
hours = st.sampled_from([0.0, 0.25, 1.0, 7.3, 24.0])
clocks = st.sampled_from(["00:00", "06:00", "08:00", "09:00:20", "12:00", "16:00", "18:00", "21:37", "23:59"])
# Beyond midnight too: a night shift ends at 30:00.
SHIFT_STARTS = [480.0, 360.0, 540.0 + 1 / 3, 0.0, 960.0, 1320.0, 1500.0]
SHIFT_LENGTHS = [480.0, 600.0, 240.0, 60.0, 1440.0]


@st.composite
def shift_times(draw: st.DrawFn) -> dict[str, Any]:
    """Start, end and breaks of a shift of at most a day; sometimes two breaks follow each other at once."""
    start = draw(st.sampled_from(SHIFT_STARTS))
    end = min(start + draw(st.sampled_from(SHIFT_LENGTHS)), 2880.0)
    breaks, free = [], start
    for _ in range(draw(st.integers(0, 2))):
        begin = free + draw(st.sampled_from([0.0, 30.0, 47.5]))
        length = draw(st.sampled_from([5.0, 20.1, 60.0]))
        if begin + length <= end:
            breaks.append(Break(start=begin, minutes=length))
            free = begin + length
    return {"start": start, "end": end, "breaks": breaks}


@st.composite
def shifts(draw: st.DrawFn) -> dict[str, Shift]:
    """Up to three shifts, which may overlap, be empty, or stop being worked on some day."""
    made = {}
    for name in draw(st.sampled_from([*3 * [["early"], ["early", "late"]], ["early", "late", "night"], []])):
        made[name] = Shift(
            **draw(shift_times()),
            headcount=draw(st.sampled_from([2, 1, 3, 4, 2, 1, 0])),
            weekdays=draw(WEEKDAYS),
            first_day=draw(st.sampled_from([*5 * [None], START + timedelta(days=1)])),
            last_day=draw(st.sampled_from([*5 * [None], START + timedelta(days=2)])),
            productivity=draw(st.sampled_from([1.0, 1.0, 0.7, 1.3])),
        )
    return made


@st.composite
def crews(draw: st.DrawFn) -> dict[str, Any]:
    """What all crews share."""
    return {
        "shifts": draw(shifts()),
        "headcount_factor": draw(st.sampled_from([1.0, 1.0, 1.5, 0.5])),
        "wage_per_h_cost": draw(st.sampled_from([0.0, 200.0])),
        "absence_share": draw(st.sampled_from([*5 * [0.0], 0.3, 0.3, 1.0])),
        "skill_mix": draw(st.sampled_from([[], [Skill(share=0.5, productivity=0.6)]])),
        "overtime_productivity": draw(st.sampled_from([1.0, 0.8])),
        "end_of_shift": draw(st.sampled_from(["finish", "hand_over"])),
    }


@st.composite
def stages(draw: st.DrawFn) -> dict[str, Any]:
    """A stage: crew, work, discipline, places."""
    return {
        **draw(crews()),
        "setup_min": draw(st.sampled_from([4.0, 0.5, 12.0, 30.0, 200.0])),
        "per_line_min": draw(st.sampled_from([0.0, 1.0])),
        "per_unit_min": draw(st.sampled_from([0.0, 0.3])),
        "service": draw(shapes),
        "discipline": draw(st.sampled_from(["fifo", "express_first", "earliest_due", "shortest"])),
        "stations": draw(st.sampled_from([None, None, 1, 2])),
    }


@st.composite
def sites(draw: st.DrawFn, *, carried: bool) -> Site:
    """Release, picking, packing or none, room on the dock where parcels wait for carriers, law."""
    waves = draw(st.sampled_from([[], [], ["00:00"], ["08:00", "12:00", "21:37"]]))
    batch = {"batch_size": draw(st.sampled_from([1, 1, 3])), "batch_sort_min": draw(st.sampled_from([0.0, 0.4]))}
    pack = draw(st.none() | stages().map(lambda figures: Stage(**figures)))
    rooms = [None, None, 1, 3, 8] if carried and pack is not None else [None]
    return Site(
        staging_parcels=draw(st.sampled_from(rooms)),
        release=Release(mode="waves" if waves else "continuous", times=waves),
        picking=Picking(**draw(stages()), **batch),
        packing=pack,
        labour=draw(
            st.sampled_from(
                [
                    Labour(),
                    Labour(regime="us"),
                    Labour(regime="none"),
                    Labour(month_used_h=44.5, rest_between_shifts_h=None),
                    Labour(month_used_h=50.0, monthly_cap_h=54.0, quarter_cap_h=60.0, quarter_used_h=6.0),
                    Labour(holidays=[START + timedelta(days=1)], normal_day_h=4.0),
                    Labour(regime="us", normal_week_h=12.0, holidays=[START], holiday_multiplier=1.5),
                ]
            )
        ),
    )


@st.composite
def pickups(draw: st.DrawFn) -> dict[str, Pickup]:
    """One to three pickups; two may come at the same time."""
    return {
        name: Pickup(time=draw(clocks), weekdays=draw(WEEKDAYS), capacity=draw(st.sampled_from([None, 10, None, 2, 0])))
        for name in draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True))
    }


@st.composite
def carriers(draw: st.DrawFn) -> dict[str, Carrier]:
    """None, one or two carriers."""
    split = draw(st.sampled_from([[1.0], [0.3, 0.7], []]))
    return {
        name: Carrier(
            **draw(st.sampled_from([{"kind": "home"}, {"kind": "store", "unclaimed_share": 0.5}])),
            share=share,
            pickups=draw(pickups()),
            cutoff_min=draw(minutes),
            no_show_share=draw(st.sampled_from([0.0, 0.0, 0.0, 0.4])),
            daily_parcel_cap=draw(st.sampled_from([None, None, 5])),
            transit=Transit(mean_days=draw(st.sampled_from([0.0, 0.2, 2.0])), service=draw(shapes)),
            contracted_per_day=draw(st.sampled_from([None, 8.0])),
            cost_per_parcel=draw(st.sampled_from([0.0, 60.0])),
            cost_per_pickup=draw(st.sampled_from([0.0, 300.0])),
            cod_share=draw(shares),
            cod_fee_cost=20.0,
            unclaimed_after_days=draw(st.sampled_from([0.0, 0.5])),
            return_cost=50.0,
        )
        for name, share in zip(CARRIERS, split, strict=False)
    }


@st.composite
def promises(draw: st.DrawFn) -> Promise | None:
    """None, or due times; some lie at the very minute of the last order that they hold for."""
    if draw(st.integers(0, 4)) == 0:
        return None
    ship = draw(st.integers(0, 1))
    cutoff, ship_by, deliver_by = draw(
        st.sampled_from(
            [("14:00", "18:00", "21:00"), ("00:00", "12:00", "00:00"), ("12:00", "12:00", "12:00"), 3 * ("24:00",)]
        )
    )
    return Promise(
        order_cutoff=cutoff,
        ship_by=ship_by,
        deliver_by=deliver_by,
        working_weekdays=draw(st.sampled_from([EVERY_DAY, ["mon", "tue", "wed", "thu", "fri"]])),
        holidays=draw(st.sampled_from([[], [START + timedelta(days=1)]])),
        standard=ServiceClass(ship_within_days=ship, deliver_within_days=ship + draw(st.integers(0, 1))),
        express=ServiceClass(ship_within_days=0, deliver_within_days=draw(st.integers(0, 1))),
        express_share=draw(shares),
        requested_date=RequestedDate(share=draw(shares), days_ahead_min=1, days_ahead_max=2),
        hard_deadline=draw(st.sampled_from([None, None, 30.0, 41.3])),
    )


@st.composite
def customers(draw: st.DrawFn, *, promised: bool) -> Customers:
    """Patience, questions, scores."""
    origins = ["placed", "due_ship"] if promised else ["placed"]
    return Customers(
        patience=Patience(
            share=draw(st.sampled_from([0.3, 0.0, 0.3, 1.0])),
            counted_from=draw(st.sampled_from(origins)),
            mean_h=draw(st.sampled_from([30.0, 10.0, 0.2])),
            service=draw(shapes),
        ),
        asking=Asking(
            before_due_share=draw(shares), late_share=draw(shares), late_lag_h=draw(st.sampled_from([0.1, 5.0]))
        ),
        bands=draw(
            st.sampled_from(
                [
                    [ScoreBand(score=5.0)],
                    [ScoreBand(up_to_days=0.0, score=4.3), ScoreBand(score=2.0, churn_share=0.5)],
                ]
            )
        ),
    )


@st.composite
def desks(draw: st.DrawFn) -> Desk | None:
    """None, or one or two channels."""
    if draw(st.integers(0, 2)) == 0:
        return None
    split = draw(st.sampled_from([[1.0], [0.4, 0.6]]))
    channels = {
        name: Channel(
            kind=draw(st.sampled_from(["call", "message"])),
            share=share,
            handle_min=draw(st.sampled_from([0.5, 4.0, 40.0])),
            handle=draw(shapes),
            patience_min=draw(st.sampled_from([None, 0.5, 20.0])),
            patience=draw(shapes),
            repeat_share=draw(shares),
            unresolved_share=draw(shares),
            repeat_after_min=draw(st.sampled_from([0.5, 60.0])),
        )
        for name, share in zip(("phone", "mail"), split, strict=False)
    }
    opening = draw(st.sampled_from([("00:00", "24:00"), ("09:00", "18:00")]))
    return Desk(
        **draw(crews()),
        open=opening[0],
        close=opening[1],
        weekdays=draw(WEEKDAYS),
        channels=channels,
        general=Profile(per_day=draw(st.sampled_from([0.0, 20.0]))),
    )


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    """A profile, with or without a campaign."""
    campaign = Campaign(
        start=draw(st.sampled_from([2.5, 20.0])),
        end=draw(st.sampled_from([26.0, 40.0])),
        uplift=draw(st.sampled_from([0.0, 2.0, 5.0])),
        uplift_cv=draw(st.sampled_from([0.0, 0.5])),
        opening=Spike(hours=draw(hours), weight=4.0),
        teaser=Edge(hours=draw(hours), factor=0.5),
        aftermath=Edge(hours=draw(hours), factor=0.0),
    )
    return Demand(
        profile=Profile(
            per_day=draw(st.sampled_from([40.0, 80.0, 40.0, 80.0, 15.0, 0.0])),
            hour_shares=draw(st.sampled_from([[1.0] * 24, [0.0] * 8 + [1.0] * 10 + [0.0] * 6])),
            weekday_factors=draw(st.sampled_from([[1.0] * 7, [1.0, 1.0, 1.0, 2.0, 1.0, 0.0, 0.0]])),
        ),
        campaign=draw(st.sampled_from([None, campaign])),
        basket=Basket(lines_mean=draw(st.sampled_from([1.0, 2.5])), units_per_line_mean=1.2),
    )


@st.composite
def disturbed(draw: st.DrawFn, parts: dict[str, Any]) -> dict[str, AnyDisturbance]:
    """Up to three disturbances that the parts of a scenario can have; they may overlap and coincide with shifts."""
    crewed = ["picking", *(["packing"] if parts["site"].packing else []), *(["desk"] if parts["desk"] else [])]
    kinds = [
        *3 * ["station"],
        "gate",
        "absence",
        "receipt",
        "error",
        "wave",
        *(2 * ["carrier"] if parts["carriers"] else []),
    ]
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=3)) if draw(st.booleans()) else []
    return {f"trouble_{number}": draw(one_disturbance(kind, crewed, parts)) for number, kind in enumerate(chosen)}


@st.composite
def one_disturbance(draw: st.DrawFn, kind: str, crewed: list[str], parts: dict[str, Any]) -> AnyDisturbance:
    """A disturbance of one kind."""
    start, length = draw(st.sampled_from([0.0, 8.0, 9.5, 12.0, 16.0, 21.7])), draw(st.sampled_from([0.25, 4.0, 13.3]))
    planned = {"start": start, "hours": length}
    drawn = {"mean_between_h": 5.0, "mean_hours": 0.7, **draw(st.sampled_from([{}, {"from": 2.0, "to": 20.0}]))}
    if kind == "station":
        return Outage(
            **draw(st.sampled_from([planned, planned, drawn])),
            stages=draw(st.lists(st.sampled_from(crewed), min_size=1, unique=True)),
            capacity_left_share=draw(st.sampled_from([0.0, 0.0, 0.5, 0.3])),
            stops_work_in_hand=draw(st.booleans()),
        )
    if kind == "gate":
        gates = ["release", *(["dock"] if parts["carriers"] else [])]
        stages = draw(st.lists(st.sampled_from(gates), min_size=1, unique=True))
        return Outage(**draw(st.sampled_from([planned, drawn])), stages=stages)
    if kind == "absence":
        return AbsenceWave(
            first_day=START,
            last_day=START + timedelta(days=draw(st.integers(0, 1))),
            absence_share=draw(shares),
            regular_only=draw(st.booleans()),
        )
    if kind == "carrier":
        network = {"mode": "network", "factor": 2.5, "capacity_factor": draw(st.sampled_from([0.0, 0.5, 1.0]))}
        return CarrierFailure(**planned, **draw(st.sampled_from([{}, network])))
    if kind == "receipt":
        late = draw(st.sampled_from([0.0, 10.0]))
        return LateReceipt(share=draw(shares), **{"from": 1.0}, arrives=draw(st.sampled_from([8.0, 20.1])), late_h=late)
    if kind == "error":
        return ForecastError(applies_to="all", factor=draw(st.sampled_from([0.5, 1.7])), cv=draw(shares))
    return SecondWave(start=start, end=start + length, uplift=draw(shares), opening=Spike(hours=0.5, weight=3.0))


@st.composite
def alarms(draw: st.DrawFn) -> dict[str, AlertRule]:
    """Rules on any metrics, whether the scenario has data for them or not."""
    return {
        name: AlertRule(
            metric=draw(st.sampled_from(sorted(METRIC_NAMES))),
            above=draw(st.sampled_from([0.0, 0.5, 3.0, 20.0])),
            clear_below=draw(st.sampled_from([None, 0.0])),
            review_every_min=draw(st.sampled_from([15.0, 60.0, 97.5])),
        )
        for name in ALARMS
    }


@st.composite
def skus(draw: st.DrawFn) -> dict[str, Any]:
    """Figures of a SKU of which there is about as much as is asked for."""
    rule = draw(st.sampled_from(["none", "s_S", "R_Q"]))
    return {
        "on_hand": draw(st.sampled_from([0, 3, 20, 500])),
        "lots": draw(st.sampled_from([[], [{"units": 6, "expires": START}]])),
        "at_3pl": draw(st.sampled_from([0, 15])),
        "receipts": draw(st.sampled_from([[], [{"at": 20.0, "units": 12}, {"at": 26.5, "units": 40}]])),
        "corrections": draw(st.sampled_from([[], [{"at": 13.0, "units": -4}, {"at": 30.0, "units": 2}]])),
        "reorder": {"rule": rule, "point": 4, "up_to": 12, "lot_size": 7},
        "supply": {"lead_time_days": 0.4, "late_share": 0.3, "late_days": 0.5},
        "made_by": draw(st.sampled_from([None, None, "oven"])),
        "shelf_life_days": draw(st.sampled_from([None, 1])),
        "safety_stock": draw(st.sampled_from([0, 2])),
        "volume_l": draw(st.sampled_from([0.0, 10.0])),
    }


@st.composite
def stocks(draw: st.DrawFn) -> Stock:
    """A stock of three SKUs and a gift, with everything that can go wrong with it."""
    named = {name: draw(skus()) for name in ("tea", "cup", "cake")}
    pace = draw(st.sampled_from([None, 20.0, 200.0]))
    return Stock.model_validate(
        {
            "skus": named | {"sweet": {"popularity": 0.0, "on_hand": 9}},
            "gift": draw(st.sampled_from([None, "sweet"])),
            "production": {"oven": {"hours_per_day": 5.0, "units_per_h": 4.0, "weekdays": draw(WEEKDAYS)}},
            "receiving": {
                "weekdays": draw(WEEKDAYS),
                "units_per_worker_h": pace,
                "returns_per_worker_h": draw(st.sampled_from([None, 6.0])),
                "wage_per_h_cost": 150.0,
            },
            "storage": draw(st.sampled_from([None, {"capacity_m3": 1.0, "cost_per_m3_day": 10.0}])),
            "oversell": {
                "policy": draw(st.sampled_from(["none", "share", "unlimited"])),
                "share": 0.5,
                "sold_out": draw(st.sampled_from(["drop_line", "reject_order"])),
                "ship": draw(st.sampled_from(["hold", "split"])),
            },
            "returns": {"share": draw(shares), "after_days": 0.5, "resaleable_share": draw(shares)},
            "third_party": draw(st.sampled_from(["site", "placed"])),
        }
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A small world of two to four days; where its rosters are too long for the law, the law gives way."""
    due = draw(promises())
    vans = draw(carriers())
    place, service = draw(sites(carried=bool(vans))), draw(desks())
    crews = (crew for crew in (place.picking, place.packing, service) if crew is not None)
    if any(roster_problems("", crew, place.labour) for crew in crews):
        loose = {"daily_cap_h": None, "rest_between_shifts_h": None, "normal_day_h": None}
        place = place.model_copy(update={"labour": place.labour.model_copy(update=loose)})
    parts = {"site": place, "carriers": vans, "demand": draw(demands()), "desk": service}
    measured_h = draw(st.sampled_from([24.0, 31.7, 48.0]))
    return Scenario(
        name="small",
        start=START,
        scale=draw(st.sampled_from([1.0, 1.0, 0.5, 2.0])),
        window=Window(measure_from=draw(st.sampled_from([0.0, 5.0])), measure_to=measured_h, run_on_h=draw(hours)),
        **parts,
        disturbances=draw(disturbed(parts)),
        promise=due,
        stock=draw(st.one_of(st.none(), stocks())),
        alerts=draw(alarms()),
        transit_calendar=draw(
            st.sampled_from([[], [TransitSpell(first_day=START, last_day=START + timedelta(days=1), factor=1.5)]])
        ),
        customers=draw(customers(promised=due is not None)),
        economics=Economics(
            price_per_unit=100.0,
            margin_share=0.3,
            packaging_cost=10.0,
            refund_handling_cost=15.0,
            worthless_writeoff_share=0.5,
            future_margin_cost=40.0,
            storage_per_order_day_cost=2.0,
        ),
    )
