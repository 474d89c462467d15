"""Sentences on measures on people: more hours, more hands, another way of working."""

from __future__ import annotations

from sim.alerting import reviews_every_min
from sim.report.measure_words.words import Teller, Words
from sim.scenario.measures import (
    AddedPeople,
    BatchPicking,
    CrossTraining,
    DeskReinforcement,
    ExtraShift,
    Overtime,
    TemporaryStaff,
)


def _overtime(words: Words, measure: Overtime) -> list[str]:
    stages = words.listed([words.say(f"stage_in_text.{stage}") for stage in measure.stages])
    hours = words.formats.duration(measure.hours * 60)
    if measure.share == 1:
        return [words.say("measure.overtime", stages=stages, hours=hours)]
    share = words.formats.share(measure.share)
    return [words.say("measure.overtime_share", share=share, stages=stages, hours=hours)]


def _temporary_staff(words: Words, measure: TemporaryStaff) -> list[str]:
    formats, say = words.formats, words.say
    where = words.listed([say(f"stage_in_text.{stage}") for stage in measure.stages])
    sentences = [
        say("measure.temporary", size=words.size(measure), where=where, hours=words.hours(measure.hours)),
        say(
            "measure.learning",
            first=formats.share(measure.start_productivity),
            full=formats.share(measure.full_productivity),
            days=formats.duration(measure.learning_days * 1440),
        ),
    ]
    if measure.stay_days is not None:
        sentences.append(say.count("measure.stay", measure.stay_days))
    return [*sentences, *_pay(words, measure)]


def _desk_reinforcement(words: Words, measure: DeskReinforcement) -> list[str]:
    sentences = [words.say("measure.desk", size=words.size(measure), hours=words.hours(measure.hours))]
    if measure.productivity != 1:
        sentences.append(words.say("measure.speed", share=words.formats.share(measure.productivity)))
    return [*sentences, *_pay(words, measure)]


def _pay(words: Words, measure: AddedPeople) -> list[str]:
    wage = measure.wage_per_h_cost
    sentences = [] if wage is None else [words.say("measure.wage", amount=words.formats.money(wage))]
    return [*sentences, *words.cost("head", measure.cost_per_head)]


def _extra_shift(words: Words, measure: ExtraShift) -> list[str]:
    say = words.say
    sentences = [
        say(
            f"measure.extra_shift_{measure.day}",
            size=words.size(measure),
            where=words.listed([say(f"stage_in_text.{stage}") for stage in measure.stages]),
            hours=words.hours(measure.hours),
        )
    ]
    if measure.productivity is not None:
        sentences.append(say("measure.standard_speed", share=words.formats.share(measure.productivity)))
    return sentences


def _cross_training(words: Words, measure: CrossTraining) -> list[str]:
    formats, say = words.formats, words.say
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
            moves=words.listed(moves),
            ratio=formats.plain(measure.when_ratio),
            every=formats.duration(reviews_every_min(measure.trigger, words.scenario.alerts)),
            switch=formats.duration(measure.switch_min),
        ),
        *words.cost("trained", measure.cost_per_head),
    ]


def _batches(words: Words, measure: BatchPicking) -> list[str]:
    formats, say = words.formats, words.say
    sentences = [say("measure.batches", size=formats.number(measure.batch_size))]
    for name, minutes in (("sort", measure.sort_min), ("pack_sort", measure.pack_sort_min)):
        if minutes > 0:
            sentences.append(say(f"measure.batches_{name}", time=formats.duration(minutes)))
    return [*sentences, *words.cost("setup", measure.setup_cost)]


TELLERS: dict[type, Teller] = {
    Overtime: _overtime,
    ExtraShift: _extra_shift,
    CrossTraining: _cross_training,
    BatchPicking: _batches,
    TemporaryStaff: _temporary_staff,
    DeskReinforcement: _desk_reinforcement,
}
