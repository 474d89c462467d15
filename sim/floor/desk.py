"""The service desk: contacts queue by channel, give up, come back.

A contact about a late order arises only if the order is still undelivered at its time. Calls outside opening hours are
lost and may repeat; messages wait. Agents are a :class:`Station` whose jobs are contacts. Measures may put a bot before
them, which takes part of first contacts, and have callers leave a number: those keep their place and never give up.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy

from sim.demand.contacts import ATTEMPTS
from sim.distributions import GRID
from sim.draws import Draws
from sim.floor.columns import plain
from sim.floor.events import CONTACT, DESK_DONE, GIVE_UP, REPEAT, Tick, call_at
from sim.floor.helpers import Bot, CallBack
from sim.floor.queues import Channels
from sim.floor.station import Station
from sim.floor.terms import Terms, ask_times
from sim.rules import responds
from sim.scenario.desk import Channel, Desk
from sim.scenario.scenario import Scenario

NAN = float("nan")
WAITING, ANSWERED, GAVE_UP, LOST, DEFLECTED, UNREACHED = range(6)  # codes of ledger.CONTACT_OUTCOMES
SERVING = 100  # being answered; becomes ANSWERED (or UNREACHED) when it ends


class Deadlines:
    """Times at which something is to happen to a number, one timer on the clock for the earliest of them."""

    def __init__(self, env: simpy.Environment, kind: int, handler: Callable[[int, float], None]) -> None:
        self._env = env
        self._kind = kind
        self._handler = handler
        self._heap: list[tuple[float, int]] = []
        self._next = float("inf")

    def add(self, time: float, number: int) -> None:
        """Have the handler called with (number, time) at a time."""
        heappush(self._heap, (time, number))
        if time < self._next:
            self._next = time
            call_at(self._env, time, self._kind, number, self._due)

    def _due(self, tick: Tick) -> None:
        heap, now = self._heap, tick.time
        if now != self._next:  # an earlier one was added after this timer was set, and has dealt with it
            return
        while heap and heap[0][0] <= now:
            self._handler(heappop(heap)[1], now)
        self._next = float("inf")
        if heap:
            self._next = heap[0][0]
            call_at(self._env, self._next, self._kind, heap[0][1], self._due)


class ServiceDesk:
    """Contacts and the agents who answer them.

    Parameters
    ----------
    undelivered
        (order, now) -> whether the customer still waits for it.
    dissuaded
        (order, late) -> share of contacts about it, after its due time or before, that offers and notices prevent.

    Attributes
    ----------
    bots, call_backs
        What measures have put before or beside the agents; the first that takes a contact counts.
    listeners
        Told (order, now) when an agent has answered a contact about an order.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        desk: Desk,
        draws: Draws,
        terms: Terms,
        undelivered: Callable[[int, float], bool],
        dissuaded: Callable[[int, bool], float],
    ) -> None:
        self._env = env
        self._draws = draws
        self._terms = terms
        self._undelivered = undelivered
        self._dissuaded = dissuaded
        self._horizon = scenario.horizon_min
        self._open_at = _opening(scenario, desk)
        self._channels = list(desk.channels.values())
        # Views that give plain Python numbers: contacts are few, a copy of all that may arise is not worth it.
        self._when = plain(draws.ask_min)
        self._order = plain(draws.ask_order)
        self._handle = plain(draws.ask_handle_min.ravel())
        self._patience = plain(draws.ask_patience_min.ravel())
        self._after = plain(draws.ask_after_min.ravel())
        self._again = plain(draws.ask_again_u.ravel())

        self.bots: list[Bot] = []
        self.call_backs: list[CallBack] = []
        self.listeners: list[Callable[[int, float], None]] = []
        self.called_back = bytearray()
        self.bot_cost: dict[int, float] = {}  # by contact
        self._unreached: set[int] = set()  # contacts whose call-back will reach nobody

        self.order_row: list[int] = []
        self.ask: list[int] = []
        self.attempt = bytearray()
        self.state = bytearray()
        self.channel = bytearray()
        self.arrived = array("d")
        self.gave_up = array("d")
        self.begin = array("d")
        self.end = array("d")
        self.agent = array("i")
        self._work = array("d")
        self.answered = self.abandoned = 0
        self._queue = Channels(self.state, WAITING, self.channel, len(self._channels))
        self.station = Station(
            env,
            kind=DESK_DONE,
            queue=self._queue,
            state=self.state,
            waiting=WAITING,
            serving=SERVING,
            work=self._work,
            begin=self.begin,
            end=self.end,
            worker=self.agent,
            on_done=self._answered,
        )
        self._give_up = Deadlines(env, GIVE_UP, self._gives_up)
        self._repeat = Deadlines(env, REPEAT, self._asks_again)
        self._asks: Sequence[int] = range(len(draws.ask_min))  # rows of the draws in the order of their times
        self._pointer = 0
        self._timer: Tick | None = None
        terms.on_change.append(self._terms_change)
        self._schedule_next()

    # --- contacts arise -------------------------------------------------------------------------------------

    def _schedule_next(self) -> None:
        """Set the timer for the next possible contact that is not moot already."""
        asks, when, now = self._asks, self._when, self._env.now
        count = len(asks)
        pointer = self._pointer
        while pointer < count and (time := when[asks[pointer]]) < self._horizon:
            order = self._order[asks[pointer]]
            if order < 0 or self._undelivered(order, time):
                self._pointer = pointer
                self._timer = call_at(self._env, max(time, now), CONTACT, asks[pointer], self._arises)
                return
            pointer += 1
        self._pointer, self._timer = pointer, None

    def _terms_change(self, first: int) -> None:
        """Contacts about an order move with its due time: sort those that are still ahead anew."""
        draws = self._draws
        ahead = np.sort(np.asarray(self._asks[self._pointer :], dtype=np.int64))
        when = draws.ask_min.copy()
        when[ahead] = ask_times(draws, ahead, draws.placed_min, self._terms.due_delivery_min)
        self._when = plain(when)
        self._asks = plain(ahead[np.argsort(when[ahead], kind="stable")])
        self._pointer = 0
        self._schedule_next()

    def _arises(self, tick: Tick) -> None:
        if tick is not self._timer:  # set before the contacts were sorted anew
            return
        ask = self._asks[self._pointer]
        draws = self._draws
        order = self._order[ask]
        self._pointer += 1
        self._schedule_next()
        if order >= 0 and not self._undelivered(order, tick.time):
            return
        if order >= 0:
            prevented = self._dissuaded(order, bool(draws.ask_late[ask]))
            if prevented and not responds(draws.ask_margin[ask], prevented):
                return
        self._arrive(ask, 0, tick.time)

    def _arrive(self, ask: int, attempt: int, now: float, *, missed: bool = False) -> None:
        """A contact comes in; `missed` if its customer has waited in vain for a call before."""
        contact = len(self.ask)
        row = ask * ATTEMPTS + attempt
        code = int(self._draws.ask_channel[ask])
        self.order_row.append(self._order[ask])
        self.ask.append(ask)
        self.attempt.append(attempt)
        self.channel.append(code)
        self.state.append(WAITING)
        self.arrived.append(now)
        self._work.append(self._handle[row])
        for column in (self.gave_up, self.begin, self.end):
            column.append(NAN)
        self.agent.append(-1)
        self.called_back.append(False)
        if attempt == 0 and self.bots and self._deflects(contact, now):
            return
        closed = self._channels[code].kind == "call" and not self._is_open(now)
        if closed and (missed or not self._leaves_number(contact, closed=True)):
            self.state[contact] = LOST
            self.gave_up[contact] = now
            self._maybe_again(contact, self._channels[code].repeat_share, now)
            return
        self.station.offer(contact, now)
        if self.state[contact] != WAITING or self.called_back[contact]:
            return
        if not missed and self._leaves_number(contact, closed=False):
            return
        if self._patience[row] != np.inf:
            self._give_up.add(now + self._patience[row], contact)

    def _deflects(self, contact: int, now: float) -> bool:
        """Whether a bot takes a contact; whom it does not help comes back to an agent."""
        ask = self.ask[contact]
        bot = next((each for each in self.bots if each.takes(self.channel[contact], self._draws.ask_bot_u[ask])), None)
        if bot is None:
            return False
        self.state[contact] = DEFLECTED
        self.end[contact] = now
        self.bot_cost[contact] = bot.measure.cost_per_contact
        if self._draws.ask_bot_fails_u[ask] < bot.measure.failure_share:
            slowness = bot.measure.return_after_min / self._channel_of(contact).repeat_after_min
            self._repeat.add(now + _rounded(self._after[ask * ATTEMPTS] * slowness), contact)
        return True

    def _leaves_number(self, contact: int, *, closed: bool) -> bool:
        """Whether a caller leaves a number instead of holding the line, or instead of finding nobody."""
        if not self.call_backs:
            return False
        code, u = self.channel[contact], float(self._draws.ask_callback_u[self.ask[contact]])
        others = self.station.waiting_jobs - (not closed)
        for each in self.call_backs:
            if each.accepted(code, others, u, closed=closed):
                self.called_back[contact] = True
                if each.unreached(u):
                    self._unreached.add(contact)
                    self._work[contact] = _rounded(each.measure.attempt_min)
                return True
        return False

    def _is_open(self, now: float) -> bool:
        day, minute = divmod(now, 1440.0)
        opened, closed = self._open_at[int(day)]
        return opened <= minute < closed

    # --- contacts end ---------------------------------------------------------------------------------------

    def _answered(self, contact: int, now: float) -> None:
        if contact in self._unreached:
            self.state[contact] = UNREACHED
            self._maybe_again(contact, 1.0, now)
            return
        self.state[contact] = ANSWERED
        self.answered += 1
        for listener in self.listeners:
            if self.order_row[contact] >= 0:
                listener(self.order_row[contact], now)
        self._maybe_again(contact, self._channel_of(contact).unresolved_share, now)

    def _gives_up(self, contact: int, now: float) -> None:
        if self.state[contact] == WAITING:
            self.state[contact] = GAVE_UP
            self.abandoned += 1
            self.gave_up[contact] = now
            self.station.forget()
            self._maybe_again(contact, self._channel_of(contact).repeat_share, now)

    def _channel_of(self, contact: int) -> Channel:
        return self._channels[self.channel[contact]]

    def _maybe_again(self, contact: int, share: float, now: float) -> None:
        attempt = self.attempt[contact]
        row = self.ask[contact] * ATTEMPTS + attempt
        if attempt + 1 < ATTEMPTS and self._again[row] < share:
            self._repeat.add(now + self._after[row], contact)

    def _asks_again(self, contact: int, now: float) -> None:
        order = self.order_row[contact]
        if order < 0 or self._undelivered(order, now):
            missed = self.state[contact] == UNREACHED
            self._arrive(self.ask[contact], self.attempt[contact] + 1, now, missed=missed)

    def longest_wait(self, now: float) -> float:
        """Minutes that the caller has waited that has waited longest; 0 when none waits."""
        callers = [each for each in self._queue.firsts() if self._channel_of(each).kind == "call"]
        return max((now - self.arrived[caller] for caller in callers), default=0.0)

    # --- for the ledger -------------------------------------------------------------------------------------

    def table(self) -> dict[str, Any]:
        """Columns of the contacts table; who is being answered at the horizon counts as answered."""
        outcome = np.frombuffer(bytes(self.state), dtype=np.int8).copy()
        begun = np.array(self.begin)
        in_vain = np.zeros(len(outcome), dtype=bool)
        in_vain[list(self._unreached)] = True
        outcome[outcome == SERVING] = np.where(in_vain, UNREACHED, ANSWERED)[outcome == SERVING]
        bot_cost = np.zeros(len(outcome))
        bot_cost[list(self.bot_cost)] = list(self.bot_cost.values())
        return {
            "order_row": np.asarray(self.order_row, dtype=np.int64),
            "channel": np.frombuffer(bytes(self.channel), dtype=np.int8),
            "attempt": np.frombuffer(bytes(self.attempt), dtype=np.int8),
            "arrived_min": np.array(self.arrived),
            "answered_min": begun,
            "ended_min": np.array(self.end),
            "gave_up_min": np.array(self.gave_up),
            "outcome": outcome,
            "agent": np.array(self.agent, dtype=np.int32),
            "called_back": np.frombuffer(bytes(self.called_back), dtype=np.bool_),
            "bot_cost": bot_cost,
        }


def _rounded(minutes: float) -> float:
    """Minutes on the grid that keeps sums exact."""
    return int(minutes * GRID + 0.5) / GRID


def _opening(scenario: Scenario, desk: Desk) -> list[tuple[float, float]]:
    """Opening and closing minute of each day; (0, 0) where it stays closed."""
    hours = (desk.open, desk.close)
    return [hours if scenario.weekday_of(day) in desk.weekdays else (0.0, 0.0) for day in range(scenario.days)]
