"""Sentences on measures outside the floor: a third party's warehouse, carriers, room."""

from __future__ import annotations

from sim.report.measure_words.words import Teller, Words
from sim.scenario.measures import BackupCarrier, CarrierCapacity, ExtraPickups, ExtraStorage, Overflow3PL
from sim.scenario.types import show_clock


def _overflow(words: Words, measure: Overflow3PL) -> list[str]:
    formats, say = words.formats, words.say
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
            days=words.days(measure.dispatch_weekdays),
        ),
        *words.cost("order", measure.cost_per_order),
        *words.cost("line", measure.cost_per_line),
        *words.cost("setup", measure.setup_cost),
    ]


def _pickups(words: Words, measure: ExtraPickups) -> list[str]:
    say = words.say
    carriers = _carriers(words, measure.carriers)
    times = words.listed([show_clock(time) for time in measure.times])
    capacity = (
        say("measure.pickups_unlimited")
        if measure.capacity is None
        else say("measure.pickups_capacity", parcels=words.formats.number(measure.capacity))
    )
    sentence = say(
        "measure.pickups", carriers=carriers, times=times, days=words.days(measure.weekdays), capacity=capacity
    )
    return [sentence, *words.cost("pickup", measure.cost_per_pickup)]


def _backup(words: Words, measure: BackupCarrier) -> list[str]:
    say, formats = words.say, words.formats
    visits = [
        say("measure.backup_pickup", time=show_clock(pickup.time), days=words.days(pickup.weekdays))
        for pickup in measure.pickups.values()
    ]
    return [
        say(
            f"measure.backup_{'waiting' if measure.takes_waiting else 'packed'}",
            share=formats.share(measure.share),
            carriers=_carriers(words, measure.replaces),
            visits=words.listed(visits),
            transit=formats.duration(measure.transit.mean_days * 1440),
        ),
        say(f"measure.backup_{'collects' if measure.cash_on_delivery else 'prepaid'}"),
        *(words.cost("cod", measure.cod_fee_cost) if measure.cash_on_delivery else []),
        *words.cost("parcel", measure.cost_per_parcel),
        *words.cost("pickup", measure.cost_per_pickup),
        *words.cost("setup", measure.setup_cost),
    ]


def _capacity(words: Words, measure: CarrierCapacity) -> list[str]:
    say = words.say
    sentence = say(
        "measure.capacity",
        limits=words.listed([say(f"measure.carrier_limit.{limit}") for limit in measure.of]),
        carriers=_carriers(words, measure.carriers),
        share=words.formats.share(measure.capacity_share),
    )
    costs = [*words.cost("parcel_day", measure.cost_per_parcel_day), *words.cost("setup", measure.setup_cost)]
    return [sentence, *costs]


def _storage(words: Words, measure: ExtraStorage) -> list[str]:
    room = (
        words.say("measure.storage_parcels", parcels=words.formats.number(measure.parcels))
        if measure.parcels is not None
        else words.say("measure.storage_share", share=words.formats.share(measure.parcels_share or 0.0))
    )
    costs = [*words.cost("day", measure.cost_per_day), *words.cost("setup", measure.setup_cost)]
    return [words.say("measure.storage", room=room), *costs]


def _carriers(words: Words, names: list[str]) -> str:
    return words.listed(names) if names else words.say("measure.all_carriers")


TELLERS: dict[type, Teller] = {
    Overflow3PL: _overflow,
    ExtraPickups: _pickups,
    BackupCarrier: _backup,
    CarrierCapacity: _capacity,
    ExtraStorage: _storage,
}
