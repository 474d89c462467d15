"""Sentences on measures towards customers and at the service desk that bring no people."""

from __future__ import annotations

from collections.abc import Sequence

from sim.report.measure_words.words import Teller, Words
from sim.scenario.measures import (
    Announcement,
    Compensation,
    DeskCallback,
    FaqBot,
    ProactiveNotice,
    RecoveryOffer,
)


def _compensation(words: Words, measure: Compensation) -> list[str]:
    formats, say = words.formats, words.say
    sentences = [
        say(
            f"measure.offered.{measure.offer}",
            classes=_classes(words, measure.classes),
            when=_when(words, measure.after_due_h),
            value=formats.money(measure.value_cost),
        )
    ]
    if measure.offer != "gift":
        sentences.append(say("measure.redeemed", share=formats.share(measure.redemption_share)))
    if measure.offered == "on_request":
        sentences.append(say("measure.on_request"))
    for tier in measure.tiers:
        days, value = formats.duration(tier.days_late * 1440), formats.money(tier.value_cost)
        sentences.append(say("measure.tier", days=days, value=value))
    if measure.budget_cost is not None:
        sentences.append(say("measure.budget", amount=formats.money(measure.budget_cost)))
    sentences += _repeats(words, measure)
    return sentences + _effects(
        words,
        fewer_cancellations=measure.cancel_reduction_share,
        fewer_contacts=measure.contact_reduction_share,
        less_churn=measure.churn_reduction_share,
        better_score=measure.score_gain,
    )


def _repeats(words: Words, measure: Compensation) -> list[str]:
    if measure.repeat_every_h is None:
        return []
    formats, say = words.formats, words.say
    interval = formats.duration(measure.repeat_every_h * 60)
    if measure.most_repeats is None:
        sentences = [say("measure.repeats", interval=interval)]
    else:
        count = formats.number(measure.most_repeats)
        sentences = [say("measure.repeats_most", interval=interval, count=count)]
    if measure.repeat_churn_share > 0:
        sentences.append(say("measure.repeat_churn", share=formats.share(measure.repeat_churn_share)))
    return sentences


def _announcement(words: Words, measure: Announcement) -> list[str]:
    return [
        words.say("measure.announcement"),
        *_effects(
            words,
            fewer_cancellations=measure.cancel_reduction_share,
            fewer_contacts_all=measure.contact_reduction_share,
        ),
        *words.cost("setup", measure.setup_cost),
    ]


def _notice(words: Words, measure: ProactiveNotice) -> list[str]:
    classes, when = _classes(words, measure.classes), _when(words, measure.after_due_h)
    return [
        words.say("measure.notice", classes=classes, when=when),
        *_effects(
            words,
            fewer_cancellations=measure.cancel_reduction_share,
            fewer_contacts_all=measure.contact_reduction_share,
            better_score=measure.score_gain,
        ),
        *words.cost("message", measure.cost_per_notice),
    ]


def _recovery(words: Words, measure: RecoveryOffer) -> list[str]:
    formats = words.formats
    sentence = words.say(
        "measure.recovery",
        late=formats.duration(measure.late_by_h * 60),
        days=formats.duration(measure.valid_days * 1440),
        share=formats.share(measure.win_back_share),
        value=formats.money(measure.value_cost),
    )
    return [sentence, *words.cost("message", measure.cost_per_message)]


def _bot(words: Words, measure: FaqBot) -> list[str]:
    formats = words.formats
    sentence = words.say(
        "measure.bot",
        share=formats.share(measure.deflection_share),
        channels=words.listed(measure.channels) or words.say("measure.all_channels"),
        failed=formats.share(measure.failure_share),
        after=formats.duration(measure.return_after_min),
    )
    return [sentence, *words.cost("contact", measure.cost_per_contact), *words.cost("setup", measure.setup_cost)]


def _callback(words: Words, measure: DeskCallback) -> list[str]:
    formats, say = words.formats, words.say
    queue = (
        say("measure.callback_queue", count=formats.number(measure.queue_at_least))
        if measure.queue_at_least is not None
        else say("measure.callback_per_agent", count=formats.plain(measure.queue_per_agent or 0.0))
    )
    channels = words.listed(measure.channels) or say("measure.all_calls")
    sentences = [say("measure.callback", channels=channels, queue=queue, share=formats.share(measure.acceptance_share))]
    if measure.out_of_hours:
        sentences.append(say("measure.callback_hours"))
    if measure.unreached_share > 0:
        share, minutes = formats.share(measure.unreached_share), formats.duration(measure.attempt_min)
        sentences.append(say("measure.callback_unreached", share=share, minutes=minutes))
    return sentences


def _classes(words: Words, classes: Sequence[str]) -> str:
    return words.listed([words.say(f"class.{name}") for name in classes])


def _when(words: Words, after_due_h: float) -> str:
    key = "at" if after_due_h == 0 else "after" if after_due_h > 0 else "before"
    return words.say(f"measure.offer_{key}", lag=words.formats.duration(abs(after_due_h) * 60))


def _effects(words: Words, *, better_score: float = 0.0, **shares: float) -> list[str]:
    """What it is assumed to bring; nothing where it brings nothing."""
    formats, say = words.formats, words.say
    effects = [say(f"measure.effect.{name}", share=formats.share(share)) for name, share in shares.items() if share > 0]
    if better_score > 0:
        effects.append(say("measure.effect.better_score", points=formats.number(better_score, 1)))
    return [say("measure.effects", effects=words.listed(effects))] if effects else []


TELLERS: dict[type, Teller] = {
    Compensation: _compensation,
    Announcement: _announcement,
    ProactiveNotice: _notice,
    RecoveryOffer: _recovery,
    FaqBot: _bot,
    DeskCallback: _callback,
}
