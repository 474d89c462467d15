"""Sentences: the verdict, what breaks first, and what a plan does, in words and with figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

from sim.alerting import reviews_every_min
from sim.report.describe_customers import towards_customers
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.scenario.measures import (
    AddedPeople,
    AnyMeasure,
    BackupCarrier,
    BatchPicking,
    CarrierCapacity,
    CrossTraining,
    DemandMeasure,
    DeskReinforcement,
    ExtraPickups,
    ExtraShift,
    ExtraStorage,
    LongerPromise,
    Overflow3PL,
    Overtime,
    PauseCampaign,
    PurchaseLimit,
    SizedByHeads,
    StaggeredRelease,
    TemporaryStaff,
    Throttle,
    Trigger,
)
from sim.scenario.people import ShiftHours
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.types import WEEKDAYS, show_clock

if TYPE_CHECKING:
    from sim.experiment import Verdict


def headline(reading: Reading, formats: Formats) -> Markup:
    """Which plan to choose and why, in one sentence with its uncertainty."""
    verdict = reading.verdict
    if verdict is None or not math.isfinite(verdict.service_mean):
        return _without_verdict(reading, formats)
    alone = "alone_" if len(reading.plans) == 1 else ""
    return formats.say.html(
        f"verdict.sentence.{alone}{_ending(verdict, reading)}",
        plan=reading.heading(verdict.plan),
        service=formats.share(verdict.service_mean),
        low=formats.share(max(0.0, verdict.service_low)),
        high=formats.share(min(1.0, verdict.service_high)),
        target=formats.share(reading.scenario.targets.service_level_ship),
        met=formats.number(round(verdict.reach_share * verdict.fresh)),
        fresh=formats.number(verdict.fresh),
        why=_why(verdict, reading, formats),
        money=_money_clause(verdict, reading, formats),
    )


def _ending(verdict: Verdict, reading: Reading) -> str:
    """Whether the chosen plan holds, fails, or held in the comparison and slips on fresh replications."""
    if verdict.holds:
        return "holds"
    return "slips" if verdict.plan in reading.holding else "fails"


def _why(verdict: Verdict, reading: Reading, formats: Formats) -> str:
    """Whether it is the only plan that holds, or the one of several that earns most."""
    if not verdict.holds or verdict.plan not in reading.holding:
        return ""
    return formats.say.count("verdict.why", len(reading.holding))


def _without_verdict(reading: Reading, formats: Formats) -> Markup:
    """Nothing was promised, or one replication is too few to choose by."""
    say, plan = formats.say, reading.heading(reading.chosen)
    service = reading.estimate(reading.chosen, "service_level_ship")
    if not service.known:
        return say.html("verdict.sentence.nothing_due")
    if len(reading.plans) == 1:
        return say.html("verdict.sentence.once_alone", plan=plan, service=formats.share(service.mean))
    return say.html("verdict.sentence.once", plan=plan, service=formats.share(service.mean))


def _money_clause(verdict: Verdict, reading: Reading, formats: Formats) -> str:
    """What it brings or costs against the baseline; empty for the baseline itself."""
    if verdict.plan == reading.baseline or not math.isfinite(verdict.net_mean):
        return ""
    low, high = verdict.net_low, verdict.net_high
    key = "more" if low > 0 else "less" if high < 0 else "unclear"
    sign = -1 if key == "less" else 1
    edges = sorted((sign * low, sign * high))
    return formats.say(
        f"verdict.net.{key}",
        amount=formats.rough_money(sign * verdict.net_mean),
        range=formats.rough_range(*edges),
        baseline=reading.heading(reading.baseline),
    )


def certainty(reading: Reading, formats: Formats) -> str:
    """What the verdict rests on: fresh replications, the interval of its chance, the runner-up."""
    say, verdict = formats.say, reading.verdict
    if verdict is None:
        return ""
    sentences: list[str] = []
    if math.isfinite(verdict.reach_share):
        sentences.append(
            say.count(
                "verdict.reach",
                verdict.fresh,
                low=formats.share(verdict.reach_low, 0),
                high=formats.share(verdict.reach_high, 0),
                wanted=formats.share(reading.scenario.targets.probability, 0),
            )
        )
    sentences.append(say.count("verdict.other_figures", reading.comparison.replications))
    if verdict.runner_up is not None and verdict.runner_up in reading.plans:
        sentences.append(say("verdict.runner_up", plan=reading.heading(verdict.runner_up)))
    return " ".join(sentences)


def breaking(reading: Reading, formats: Formats) -> list[str]:
    """What gives way first without measures, and under the chosen plan: a sentence or two each."""
    plans = dict.fromkeys((reading.baseline, reading.chosen))
    return [_breaks(reading, plan, formats) for plan in plans]


def _breaks(reading: Reading, plan: str, formats: Formats) -> str:
    say, heading = formats.say, reading.heading(plan)
    limits, first = reading.limiting_hours(plan), reading.first_limit(plan)
    if not limits or first is None:
        worst = reading.worst_limit(plan)
        if worst is None:
            return say("breaks.nothing", plan=heading)
        resource, share = worst
        return say(
            "breaks.seldom",
            plan=heading,
            resource=say(f"resource_in_text.{resource}"),
            share=formats.share(share, 0),
        )
    longest, hours = max(limits.items(), key=lambda item: item[1])
    resource, hour = first
    return say(
        "breaks.waiting" if reading.scenario.promise is None else "breaks.first",
        plan=heading,
        time=formats.moment(reading.scenario.local_time(hour * 60)),
        resource=say(f"resource_in_text.{resource}"),
        longest=say(f"resource_in_text.{longest}"),
        hours=say.count("breaks.hours", hours),
    )


class MeasuresInWords:
    """Sentences on the measures of a plan.

    Parameters
    ----------
    scenario
        For dates.
    formats
        For numbers and texts.
    """

    def __init__(self, scenario: Scenario, formats: Formats) -> None:
        self.scenario, self.formats, self.say = scenario, formats, formats.say

    def plan(self, plan: Plan) -> list[tuple[str, str, str]]:
        """Label, what the measure does, and what its author says about it, for every measure."""
        return [(label, self.measure(measure), measure.about) for label, measure in plan.measures.items()]

    def measure(self, measure: AnyMeasure) -> str:
        """What it does, when, and what it costs."""
        sentences = [*self._effect(measure), *self._trigger(measure.trigger)]
        if measure.delay_h > 0:
            sentences.append(self.say("measure.delay", delay=self.formats.duration(measure.delay_h * 60)))
        return " ".join(sentences)

    def _effect(self, measure: AnyMeasure) -> list[str]:
        if isinstance(measure, Overtime):
            return self._overtime(measure)
        if isinstance(measure, Overflow3PL):
            return self._overflow(measure)
        if isinstance(measure, ExtraPickups):
            return self._pickups(measure)
        if isinstance(measure, BackupCarrier):
            return self._backup(measure)
        if isinstance(measure, CarrierCapacity):
            return self._capacity(measure)
        if isinstance(measure, ExtraStorage):
            return self._storage(measure)
        if isinstance(measure, DemandMeasure):
            return [*self._demand(measure), *self.cost("setup", measure.setup_cost)]
        if isinstance(measure, ExtraShift):
            return self._extra_shift(measure)
        if isinstance(measure, CrossTraining):
            return self._cross_training(measure)
        if isinstance(measure, BatchPicking):
            return self._batches(measure)
        if isinstance(measure, AddedPeople):
            return self._people(measure)
        return towards_customers(self, measure)

    def _demand(self, measure: DemandMeasure) -> list[str]:
        formats, say = self.formats, self.say
        if isinstance(measure, Throttle):
            spend, brought = formats.share(measure.share), formats.share(measure.ads_share)
            kept = formats.share(1 - measure.ads_share * (1 - measure.share))
            return [say("measure.throttle", spend=spend, brought=brought, kept=kept)]
        if isinstance(measure, PauseCampaign):
            still = [say("measure.still", share=formats.share(measure.still_share))] if measure.still_share > 0 else []
            return [say("measure.pause"), *still]
        if isinstance(measure, PurchaseLimit):
            limits = (("units", measure.units), ("lines", measure.lines))
            most = self.listed([say.count(f"measure.limit_{name}", most) for name, most in limits if most is not None])
            return [say("measure.limit", most=most), *self._loss("wanted_more", measure.leave_share)]
        if isinstance(measure, LongerPromise):
            classes = self.listed([say(f"class.{name}") for name in measure.classes])
            days = say.count("measure.working_days", measure.days)
            return [say("measure.longer", classes=classes, days=days), *self._loss("longer", measure.loss_share)]
        assert isinstance(measure, StaggeredRelease)
        begin = say("measure.opening") if measure.opens is None else self._moment(measure.opens)
        window, every = formats.duration(measure.window_h * 60), formats.duration(measure.every_h * 60)
        groups = formats.number(measure.groups)
        return [
            say("measure.staggered", window=window, begin=begin, groups=groups, every=every),
            *self._loss("wait", measure.loss_share),
        ]

    def _loss(self, why: str, share: float) -> list[str]:
        return [self.say(f"measure.loss.{why}", share=self.formats.share(share))] if share > 0 else []

    def _overtime(self, measure: Overtime) -> list[str]:
        stages = self.listed([self.say(f"stage_in_text.{stage}") for stage in measure.stages])
        hours = self.formats.duration(measure.hours * 60)
        if measure.share == 1:
            return [self.say("measure.overtime", stages=stages, hours=hours)]
        share = self.formats.share(measure.share)
        return [self.say("measure.overtime_share", share=share, stages=stages, hours=hours)]

    def _overflow(self, measure: Overflow3PL) -> list[str]:
        formats, say = self.formats, self.say
        limit = (
            say("measure.overflow_capacity", orders=formats.number(measure.daily_capacity))
            if measure.daily_capacity is not None
            else say("measure.overflow_capacity_share", share=formats.share(measure.daily_capacity_share or 0.0))
        )
        return [
            say(
                "measure.overflow",
                share=formats.share(measure.share),
                limit=limit,
                lead=formats.duration(measure.lead_time_h * 60),
                dispatch=show_clock(measure.dispatch),
                days=self._days(measure.dispatch_weekdays),
            ),
            *self.cost("order", measure.cost_per_order),
            *self.cost("line", measure.cost_per_line),
            *self.cost("setup", measure.setup_cost),
        ]

    def _carriers(self, names: list[str]) -> str:
        return self.listed(names) if names else self.say("measure.all_carriers")

    def _pickups(self, measure: ExtraPickups) -> list[str]:
        say = self.say
        carriers = self._carriers(measure.carriers)
        times = self.listed([show_clock(time) for time in measure.times])
        capacity = (
            say("measure.pickups_unlimited")
            if measure.capacity is None
            else say("measure.pickups_capacity", parcels=self.formats.number(measure.capacity))
        )
        sentence = say(
            "measure.pickups", carriers=carriers, times=times, days=self._days(measure.weekdays), capacity=capacity
        )
        return [sentence, *self.cost("pickup", measure.cost_per_pickup)]

    def _backup(self, measure: BackupCarrier) -> list[str]:
        say, formats = self.say, self.formats
        visits = [
            say("measure.backup_pickup", time=show_clock(pickup.time), days=self._days(pickup.weekdays))
            for pickup in measure.pickups.values()
        ]
        return [
            say(
                f"measure.backup_{'waiting' if measure.takes_waiting else 'packed'}",
                share=formats.share(measure.share),
                carriers=self._carriers(measure.replaces),
                visits=self.listed(visits),
                transit=formats.duration(measure.transit.mean_days * 1440),
            ),
            say(f"measure.backup_{'collects' if measure.cash_on_delivery else 'prepaid'}"),
            *(self.cost("cod", measure.cod_fee_cost) if measure.cash_on_delivery else []),
            *self.cost("parcel", measure.cost_per_parcel),
            *self.cost("pickup", measure.cost_per_pickup),
            *self.cost("setup", measure.setup_cost),
        ]

    def _capacity(self, measure: CarrierCapacity) -> list[str]:
        say = self.say
        sentence = say(
            "measure.capacity",
            limits=self.listed([say(f"measure.carrier_limit.{limit}") for limit in measure.of]),
            carriers=self._carriers(measure.carriers),
            share=self.formats.share(measure.capacity_share),
        )
        costs = [*self.cost("parcel_day", measure.cost_per_parcel_day), *self.cost("setup", measure.setup_cost)]
        return [sentence, *costs]

    def _storage(self, measure: ExtraStorage) -> list[str]:
        room = (
            self.say("measure.storage_parcels", parcels=self.formats.number(measure.parcels))
            if measure.parcels is not None
            else self.say("measure.storage_share", share=self.formats.share(measure.parcels_share or 0.0))
        )
        costs = [*self.cost("day", measure.cost_per_day), *self.cost("setup", measure.setup_cost)]
        return [self.say("measure.storage", room=room), *costs]

    def _people(self, measure: AddedPeople) -> list[str]:
        formats, say = self.formats, self.say
        if isinstance(measure, TemporaryStaff):
            where = self.listed([say(f"stage_in_text.{stage}") for stage in measure.stages])
            sentences = [
                say("measure.temporary", size=self._size(measure), where=where, hours=self._hours(measure.hours))
            ]
            sentences.append(
                say(
                    "measure.learning",
                    first=formats.share(measure.start_productivity),
                    full=formats.share(measure.full_productivity),
                    days=formats.duration(measure.learning_days * 1440),
                )
            )
            if measure.stay_days is not None:
                sentences.append(say.count("measure.stay", measure.stay_days))
        else:
            sentences = [say("measure.desk", size=self._size(measure), hours=self._hours(measure.hours))]
            if isinstance(measure, DeskReinforcement) and measure.productivity != 1:
                sentences.append(say("measure.speed", share=formats.share(measure.productivity)))
        if measure.wage_per_h_cost is not None:
            sentences.append(say("measure.wage", amount=formats.money(measure.wage_per_h_cost)))
        return [*sentences, *self.cost("head", measure.cost_per_head)]

    def _extra_shift(self, measure: ExtraShift) -> list[str]:
        say = self.say
        sentences = [
            say(
                f"measure.extra_shift_{measure.day}",
                size=self._size(measure),
                where=self.listed([say(f"stage_in_text.{stage}") for stage in measure.stages]),
                hours=self._hours(measure.hours),
            )
        ]
        if measure.productivity is not None:
            sentences.append(say("measure.standard_speed", share=self.formats.share(measure.productivity)))
        return sentences

    def _cross_training(self, measure: CrossTraining) -> list[str]:
        formats, say = self.formats, self.say
        moves = [
            say(
                "measure.move",
                own=say(f"stage_in_text.{move.from_}"),
                other=say(f"stage_in_text.{move.to}"),
                share=formats.share(move.productivity),
            )
            for move in measure.moves
        ]
        return [
            say(
                "measure.cross_training",
                share=formats.share(measure.share),
                moves=self.listed(moves),
                ratio=formats.plain(measure.when_ratio),
                every=formats.duration(reviews_every_min(measure.trigger, self.scenario.alerts)),
                switch=formats.duration(measure.switch_min),
            ),
            *self.cost("trained", measure.cost_per_head),
        ]

    def _batches(self, measure: BatchPicking) -> list[str]:
        formats, say = self.formats, self.say
        sentences = [say("measure.batches", size=formats.number(measure.batch_size))]
        for name, minutes in (("sort", measure.sort_min), ("pack_sort", measure.pack_sort_min)):
            if minutes > 0:
                sentences.append(say(f"measure.batches_{name}", time=formats.duration(minutes)))
        return [*sentences, *self.cost("setup", measure.setup_cost)]

    def _size(self, measure: SizedByHeads) -> str:
        if measure.headcount is not None:
            return self.say.count("measure.people", measure.headcount)
        return self.say("measure.people_share", share=self.formats.share(measure.headcount_share or 0.0))

    def _hours(self, hours: ShiftHours | None) -> str:
        if hours is None:
            return self.say("measure.with_the_shift")
        days = self._days(hours.weekdays)
        return self.say("measure.hours", start=show_clock(hours.start), end=show_clock(hours.end), days=days)

    def _trigger(self, trigger: Trigger) -> list[str]:
        say, formats = self.say, self.formats
        sentences: list[str] = []
        if trigger.when == "start":
            sentences.append(say("trigger.start"))
        elif trigger.when == "time":
            assert trigger.at is not None
            sentences.append(say("trigger.time", time=self._moment(trigger.at)))
        elif trigger.alert is not None:
            rule = self.scenario.alerts[trigger.alert]
            sentences.append(
                say(
                    "trigger.alert",
                    alert=trigger.alert,
                    metric=say(f"metric.{rule.metric}"),
                    unit=say(f"metric_unit.{rule.metric}"),
                    level=formats.plain(rule.above),
                    clear=formats.plain(rule.clear_level),
                    every=formats.duration(rule.review_every_min),
                )
            )
        else:
            assert trigger.above is not None
            sentences.append(
                say(
                    "trigger.metric",
                    metric=say(f"metric.{trigger.metric}"),
                    unit=say(f"metric_unit.{trigger.metric}"),
                    level=formats.plain(trigger.above),
                    clear=formats.plain(trigger.clear_level),
                    every=formats.duration(trigger.review_every_min),
                )
            )
        if trigger.until is not None:
            sentences.append(say("trigger.until", time=self._moment(trigger.until)))
        return sentences

    def _moment(self, moment: float | datetime) -> str:
        return self.formats.moment(self.scenario.local_time(self.scenario.minute(moment)))

    def _days(self, weekdays: Sequence[str]) -> str:
        """Which weekdays, as ``daily``, a range or a list."""
        names = self.say.words("date.weekdays")
        chosen = sorted({WEEKDAYS.index(day) for day in weekdays})
        if len(chosen) == 7:
            return self.say("measure.daily")
        if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
            return self.say("measure.day_range", first=names[chosen[0]], last=names[chosen[-1]])
        return self.listed([names[day] for day in chosen])

    def cost(self, per: str, amount: float) -> list[str]:
        """What something costs; nothing where it is free."""
        return [self.say(f"measure.cost.{per}", amount=self.formats.money(amount))] if amount > 0 else []

    def listed(self, parts: Sequence[str]) -> str:
        """Parts joined as in a sentence."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list.last", head=self.say("list.comma").join(parts[:-1]), last=parts[-1])
