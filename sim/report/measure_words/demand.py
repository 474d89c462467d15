"""Sentences on measures on demand: who is drawn in, how much they get, what they are promised, when they come."""

from __future__ import annotations

from sim.report.measure_words.words import Teller, Words
from sim.scenario.measures import LongerPromise, PauseCampaign, PurchaseLimit, StaggeredRelease, Throttle


def _throttle(words: Words, measure: Throttle) -> list[str]:
    formats = words.formats
    spend, brought = formats.share(measure.share), formats.share(measure.ads_share)
    kept = formats.share(1 - measure.ads_share * (1 - measure.share))
    sentence = words.say("measure.throttle", spend=spend, brought=brought, kept=kept)
    return [sentence, *words.cost("setup", measure.setup_cost)]


def _pause(words: Words, measure: PauseCampaign) -> list[str]:
    say, share = words.say, measure.still_share
    still = [say("measure.still", share=words.formats.share(share))] if share > 0 else []
    return [say("measure.pause"), *still, *words.cost("setup", measure.setup_cost)]


def _limit(words: Words, measure: PurchaseLimit) -> list[str]:
    say = words.say
    limits = (("units", measure.units), ("lines", measure.lines))
    most = words.listed([say.count(f"measure.limit_{name}", most) for name, most in limits if most is not None])
    lost = _loss(words, "wanted_more", measure.leave_share)
    return [say("measure.limit", most=most), *lost, *words.cost("setup", measure.setup_cost)]


def _longer(words: Words, measure: LongerPromise) -> list[str]:
    say = words.say
    classes = words.listed([say(f"class.{name}") for name in measure.classes])
    days = say.count("measure.working_days", measure.days)
    lost = _loss(words, "longer", measure.loss_share)
    return [say("measure.longer", classes=classes, days=days), *lost, *words.cost("setup", measure.setup_cost)]


def _staggered(words: Words, measure: StaggeredRelease) -> list[str]:
    formats, say = words.formats, words.say
    sentence = say(
        "measure.staggered",
        window=formats.duration(measure.window_h * 60),
        begin=say("measure.opening") if measure.opens is None else words.moment(measure.opens),
        groups=formats.number(measure.groups),
        every=formats.duration(measure.every_h * 60),
    )
    return [sentence, *_loss(words, "wait", measure.loss_share), *words.cost("setup", measure.setup_cost)]


def _loss(words: Words, why: str, share: float) -> list[str]:
    return [words.say(f"measure.loss.{why}", share=words.formats.share(share))] if share > 0 else []


TELLERS: dict[type, Teller] = {
    Throttle: _throttle,
    PauseCampaign: _pause,
    PurchaseLimit: _limit,
    LongerPromise: _longer,
    StaggeredRelease: _staggered,
}
