"""A bot and call-backs do exactly what they say.

One agent from 08:00 to 18:00 who takes ten minutes a contact; calls are taken at any time unless a test says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.floor.helpers import Bot, CallBack, codes_of
from sim.ledger import Ledger
from sim.scenario.fit import misfits
from sim.scenario.measures import DeskCallback, FaqBot, Trigger
from sim.scenario.scenario import Scenario
from sim.series import hourly
from tests.small_sites import (
    NAN,
    asks,
    assert_log,
    call,
    column,
    desk,
    message,
    names,
    plan,
    promise,
    run,
    shift,
    world,
)

TWO = {"phone": call(0.5), "mail": message(0.5)}


def shop(folder: Path, **figures: Any) -> Scenario:
    """Nobody's orders of interest, one agent."""
    return world(folder, [0], promise=promise(), desk=desk(**figures))


def answered(scenario: Scenario, measure: FaqBot | DeskCallback, times: list[float], **more: Any) -> Ledger:
    """General questions at some minutes."""
    return run(scenario, plan(tried=measure), **asks(scenario, [(-1, time) for time in times], **more))


# --- the bot ----------------------------------------------------------------------------------------------------


def test_a_bot_takes_part_of_first_contacts(tmp_path: Path) -> None:
    """At once and at any hour; the others find the agent free."""
    measure = FaqBot(deflection_share=0.3, cost_per_contact=2.0, setup_cost=90.0)
    ledger = answered(shop(tmp_path), measure, [300.0, 500.0, 501.0, 502.0], bot=[0.1, 0.2, 0.3, 0.9])
    assert_log(
        ledger,
        "contacts",
        outcome=["deflected", "deflected", "answered", "answered"],
        answered_min=[NAN, NAN, 501, 511],
        ended_min=[300, 500, 511, 521],
        bot_cost=[2, 2, 0, 0],
        agent=[-1, -1, *column(ledger, "agent", "contacts")[2:]],
    )
    kpis = sim.kpis(ledger)
    assert kpis[["deflected_share", "contacts_per_100_orders", "mean_wait_desk_min"]].tolist() == [0.5, 400, 4.5]
    assert kpis[["cost_bot", "cost_setup", "abandonment_share"]].tolist() == [4, 90, 0]
    assert hourly(ledger)["queue_desk"].sum() == pytest.approx(9 / 60)  # nobody whom the bot took waits


@pytest.mark.parametrize(("fails", "again"), [(0.1, [530.0]), (0.4, [])])
def test_whom_a_bot_does_not_help_comes_back_to_an_agent(tmp_path: Path, fails: float, again: list[float]) -> None:
    """The contact's own lag, 60 where the channel's mean is 60; the bot's mean is half of it."""
    measure = FaqBot(deflection_share=1.0, failure_share=0.2, return_after_min=30.0)
    ledger = answered(shop(tmp_path), measure, [500.0], bot_fails=[fails])
    assert_log(ledger, "contacts", arrived_min=[500.0, *again], attempt=[0, 1][: 1 + len(again)])
    assert names(ledger, "outcome", "contacts") == ["deflected", *("answered" for _ in again)]


def test_nobody_comes_back_about_an_order_that_has_arrived(tmp_path: Path) -> None:
    """Picked at 08:10; asked at 08:05, back at 08:35."""
    scenario = world(tmp_path, [480], promise=promise(), desk=desk())
    measure = FaqBot(deflection_share=1.0, failure_share=1.0)
    ledger = run(scenario, plan(bot=measure), **asks(scenario, [(0, 485.0)]))
    assert_log(ledger, "contacts", outcome=["deflected"])


def test_a_bot_stands_before_its_channels_while_it_is_active(tmp_path: Path) -> None:
    measure = FaqBot(channels=["mail"], deflection_share=1.0, trigger=Trigger(when="time", at=9.0, until=10.0))
    scenario = shop(tmp_path, channels=TWO)
    times = [500.0, 545.0, 550.0, 605.0]
    ledger = answered(scenario, measure, times, channel=[1, 1, 0, 1])
    assert names(ledger, "outcome", "contacts") == ["answered", "deflected", "answered", "answered"]


def test_a_bot_takes_calls_out_of_hours(tmp_path: Path) -> None:
    scenario = shop(tmp_path, open="09:00", close="17:00")
    ledger = answered(scenario, FaqBot(deflection_share=0.4), [500.0, 501.0], bot=[0.1, 0.6])
    assert names(ledger, "outcome", "contacts") == ["deflected", "lost"]


# --- call-backs -------------------------------------------------------------------------------------------------


def queued(folder: Path, measure: DeskCallback, **more: Any) -> Ledger:
    """Four callers within three minutes who hold the line for five."""
    scenario = shop(folder, channels={"phone": call(patience_min=5.0)})
    return answered(scenario, measure, [500.0, 501.0, 502.0, 503.0], **more)


def test_who_leaves_a_number_keeps_the_place_and_does_not_give_up(tmp_path: Path) -> None:
    """The first is served, the second finds nobody waiting; of the others, who find one and two, the third accepts."""
    ledger = queued(tmp_path, DeskCallback(queue_at_least=1, acceptance_share=0.5), callback=[0.1, 0.1, 0.1, 0.6])
    assert_log(
        ledger,
        "contacts",
        outcome=["answered", "abandoned", "answered", "abandoned"],
        called_back=[False, False, True, False],
        answered_min=[500, NAN, 510, NAN],
        gave_up_min=[NAN, 506, NAN, 508],
    )


@pytest.mark.parametrize(("level", "called"), [(0, [1, 1, 1]), (1, [0, 1, 1]), (2, [0, 0, 1]), (3, [0, 0, 0])])
def test_call_backs_are_offered_from_a_queue_on(tmp_path: Path, level: int, called: list[int]) -> None:
    """Finding none, one and two waiting; who is served at once leaves no number."""
    ledger = queued(tmp_path, DeskCallback(queue_at_least=level, acceptance_share=1.0))
    assert_log(ledger, "contacts", called_back=[False, *map(bool, called)])


def test_the_queue_may_be_counted_per_agent(tmp_path: Path) -> None:
    """Half of three agents is two, rounded half up: three are served, two find none and one waiting, the sixth two."""
    channels = {"phone": call(patience_min=5.0)}
    scenario = world(tmp_path, [0], promise=promise(), desk=desk(shift(3), channels=channels))
    measure = DeskCallback(queue_per_agent=0.5, acceptance_share=1.0)
    ledger = answered(scenario, measure, [500.0 + minute for minute in range(6)])
    assert_log(ledger, "contacts", called_back=[False] * 5 + [True])


def test_a_call_back_that_reaches_nobody_takes_time_and_comes_again(tmp_path: Path) -> None:
    """Left a number at 08:21, tried at 08:30 for two minutes; calls again an hour later, and holds the line then."""
    measure = DeskCallback(queue_at_least=0, acceptance_share=0.5, unreached_share=0.4, attempt_min=2.0)
    ledger = answered(shop(tmp_path), measure, [500.0, 501.0, 571.0], callback=[0.9, 0.1, 0.9])
    assert_log(
        ledger,
        "contacts",
        arrived_min=[500, 501, 571, 572],
        outcome=["answered", "unreached", "answered", "answered"],
        answered_min=[500, 510, 571, 581],
        ended_min=[510, 512, 581, 591],
        called_back=[False, True, False, False],
        attempt=[0, 0, 0, 1],
    )
    kpis = sim.kpis(ledger)
    assert kpis["mean_wait_desk_min"] == pytest.approx(9 / 3)
    assert kpis["utilisation_desk"] == pytest.approx(32 / 600)


@pytest.mark.parametrize(("open_to_it", "outcome"), [(True, "answered"), (False, "lost")])
def test_calls_out_of_hours_may_leave_a_number(tmp_path: Path, open_to_it: bool, outcome: str) -> None:
    """At 07:00, called at 08:00 when the agent comes."""
    scenario = shop(tmp_path, open="08:00", close="18:00")
    measure = DeskCallback(queue_at_least=0, acceptance_share=1.0, out_of_hours=open_to_it)
    ledger = answered(scenario, measure, [420.0])
    assert_log(ledger, "contacts", outcome=[outcome], answered_min=[480.0 if open_to_it else NAN])


def test_messages_are_not_called_back(tmp_path: Path) -> None:
    scenario = shop(tmp_path, channels=TWO)
    measure = DeskCallback(queue_at_least=0, acceptance_share=1.0)
    ledger = answered(scenario, measure, [500.0, 501.0, 502.0], channel=[0, 1, 0])
    assert_log(ledger, "contacts", called_back=[False, False, True])


def test_call_backs_end(tmp_path: Path) -> None:
    """Whoever left a number before is called all the same."""
    measure = DeskCallback(queue_at_least=0, acceptance_share=1.0, trigger=Trigger(until=501.5 / 60))
    ledger = queued(tmp_path, measure)
    assert_log(ledger, "contacts", called_back=[False, True, False, False], answered_min=[500, 510, NAN, NAN])


# --- what must never be, and what is refused ------------------------------------------------------------------------

_shares = st.floats(0.0, 1.0)


@given(low=_shares, high=_shares, u=_shares, waiting=st.integers(0, 3), closed=st.booleans())
def test_a_greater_share_includes_the_smaller(low: float, high: float, u: float, waiting: int, closed: bool) -> None:
    low, high = min(low, high), max(low, high)
    codes = frozenset({0})
    small, great = (Bot(FaqBot(deflection_share=share), codes) for share in (low, high))
    assert great.takes(0, u) or not small.takes(0, u)
    few, many = (CallBack(DeskCallback(queue_at_least=1, acceptance_share=share), codes, 1) for share in (low, high))
    assert many.accepted(0, waiting, u, closed=closed) or not few.accepted(0, waiting, u, closed=closed)


@pytest.mark.parametrize("measure", [FaqBot(deflection_share=1.0, setup_cost=5.0), DeskCallback(queue_at_least=0)])
def test_without_a_desk_they_do_nothing_and_are_refused(tmp_path: Path, measure: FaqBot | DeskCallback) -> None:
    scenario = world(tmp_path, [480])
    assert len(column(run(scenario, plan(tried=measure)), "cost", "charges")) == 0
    (problem,) = misfits(scenario, plan(tried=measure))
    assert problem.place == "plan.tried.measures.tried.kind"
    assert "has no service desk" in problem.remedy


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        (FaqBot(channels=["phnoe"]), "no such channel, it has: phone, mail; did you mean 'phone'?"),
        (DeskCallback(queue_at_least=1, channels=["mial"]), "no such channel, it has: phone, mail"),
        (
            DeskCallback(queue_at_least=1, channels=["mail"]),
            "messages are not called back; channels of calls are: phone",
        ),
    ],
)
def test_channels_that_do_not_fit_are_refused(tmp_path: Path, measure: FaqBot | DeskCallback, told: str) -> None:
    (problem,) = misfits(shop(tmp_path, channels=TWO), plan(tried=measure))
    assert problem.place == "plan.tried.measures.tried.channels"
    assert problem.given == measure.channels[0]
    assert told in problem.remedy


def test_call_backs_need_a_channel_of_calls(tmp_path: Path) -> None:
    scenario = shop(tmp_path, channels={"mail": message()})
    (problem,) = misfits(scenario, plan(tried=DeskCallback(queue_at_least=1)))
    assert "no channel of the service desk takes calls" in problem.remedy
    assert misfits(shop(tmp_path), plan(tried=DeskCallback(queue_at_least=1))) == []


@pytest.mark.parametrize("sizes", [{}, {"queue_at_least": 1, "queue_per_agent": 1.0}])
def test_a_call_back_has_one_size(sizes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one of queue_at_least, queue_per_agent"):
        DeskCallback.model_validate(sizes)


def test_codes_of_channels() -> None:
    assert codes_of([], TWO, ("call", "message")) == {0, 1}
    assert codes_of([], TWO, ("call",)) == {0}
    assert codes_of(["mail"], TWO, ("call", "message")) == {1}
    assert np.int8(1) in codes_of(["mail"], TWO, ("message",))  # as the draws hold them
