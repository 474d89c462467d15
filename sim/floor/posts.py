"""Where the workers of a shift are: at their own stage, or at another one that they were sent to.

A worker who is sent elsewhere finishes the job in hand first, is lost for the minutes of the way, and works on at the
other stage until sent back or until the shift (and its overtime) is over. Breaks stay those of the own shift; what
falls into a break costs no working time. Work in hand at the end is dealt with as at the stage where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import simpy

from sim.distributions import GRID
from sim.floor.events import ROSTER, Tick, call_at
from sim.floor.station import Station
from sim.ledger import STAGES

_ARRIVE = 2 * len(STAGES)  # at the same instant behind all who leave and come


@dataclass(frozen=True)
class Post:
    """A place to work.

    Attributes
    ----------
    hand_over
        Whether work in hand at the end of a shift is handed over there.
    """

    stage: str
    station: Station
    hand_over: bool


@dataclass
class Worker:
    """A slot from its coming until it goes home.

    Attributes
    ----------
    regular
        Whether it belongs to the own crew's roster.
    rank, team
        Its number among those of the shift who came, and how many came.
    speed
        Against a standard worker at its post, in regular hours.
    fatigue
        Factor on that in overtime.
    until
        End of the current stretch of work.
    going
        Where it is to go once it is free, its speed there, and minutes on the way.
    on_the_way
        It has left one post and not yet come to the next.
    """

    home: Post
    home_speed: float
    regular: bool
    rank: int
    team: int
    post: Post
    speed: float
    fatigue: float = 1.0
    until: float = -float("inf")
    going: tuple[Post, float, float] | None = None
    on_the_way: bool = False

    @property
    def pace(self) -> float:
        """Speed now."""
        return self.speed * self.fatigue

    @property
    def stage(self) -> str:
        """Where it works, or will as soon as it is free."""
        return (self.going[0] if self.going is not None else self.post).stage


class Posts:
    """All slots between their coming and their going home.

    Parameters
    ----------
    left_late
        Told (slot, now) when one leaves after its time.
    moved
        Told (slot, now) when one goes on at another post before the end of its stretch.
    """

    def __init__(
        self,
        env: simpy.Environment,
        horizon: float,
        left_late: Callable[[int, float], None],
        moved: Callable[[int, float], None],
    ) -> None:
        self._env = env
        self._horizon = horizon
        self._left_late = left_late
        self._moved = moved
        self.workers: dict[int, Worker] = {}

    # --- a shift comes, pauses, stays, goes ------------------------------------------------------------------

    def begin(self, crew: Mapping[int, float], home: Post, *, regular: bool) -> None:
        """A shift begins: slots by their speed."""
        for rank, (slot, speed) in enumerate(crew.items()):
            self.workers[slot] = Worker(home, speed, regular, rank, len(crew), home, speed)

    def come(self, slots: Iterable[int], until: float, now: float) -> list[int]:
        """Slots come to work, or return from a break; those who never stopped are handed back."""
        still_busy = []
        for slot in slots:
            self.workers[slot].until = until
        for post, paces in self._by_post(slots):
            still_busy += post.station.come(paces, until, now, self._left_late)
        self._call_away_again(still_busy)
        return still_busy

    def stay(self, slots: Iterable[int], until: float, fatigue: float) -> None:
        """Slots that are here stay longer."""
        for slot in slots:
            self.workers[slot].until = until
            self.workers[slot].fatigue = fatigue
        for post, paces in self._by_post(slots):
            post.station.stay(paces, until, self._left_late)
        self._call_away_again(slots)

    def pause(self, slots: Iterable[int], now: float) -> None:
        """A break: busy ones finish what they have in hand."""
        for post, paces in self._by_post(slots):
            post.station.go(list(paces), now, hand_over=False)

    def end(self, slots: Iterable[int], now: float) -> None:
        """Slots go home."""
        for post, paces in self._by_post(slots):
            post.station.go(list(paces), now, post.hand_over)
        for slot in slots:
            del self.workers[slot]

    def _by_post(self, slots: Iterable[int]) -> Iterator[tuple[Post, dict[int, float]]]:
        """Slots with their pace, post by post; without those who are on the way."""
        groups: dict[str, tuple[Post, dict[int, float]]] = {}
        for slot in slots:
            worker = self.workers[slot]
            if not worker.on_the_way:
                groups.setdefault(worker.post.stage, (worker.post, {}))[1][slot] = worker.pace
        yield from groups.values()

    def _call_away_again(self, slots: Iterable[int]) -> None:
        """Who is to leave and still has the same job in hand was told to stay at work in the meantime."""
        for slot in slots:
            worker = self.workers[slot]
            if worker.going is not None and not worker.on_the_way:
                worker.post.station.call_away(slot, self._free)

    # --- from one stage to another ---------------------------------------------------------------------------

    def at_work(self, now: float) -> Iterator[tuple[int, Worker]]:
        """Slots inside a stretch of work, those on the way included."""
        return ((slot, worker) for slot, worker in self.workers.items() if now < worker.until)

    def move(self, slot: int, post: Post, speed: float, minutes: float, now: float) -> None:
        """Send a slot to a post, or back; at once, or when it has nothing in hand."""
        worker = self.workers[slot]
        if post.stage == worker.post.stage and not worker.on_the_way:
            worker.going = None
            post.station.stay({slot: worker.pace}, worker.until, self._left_late)
            return
        worker.going = (post, speed, round(minutes * GRID) / GRID)
        if not worker.on_the_way and worker.post.station.call_away(slot, self._free):
            self._depart(slot, worker, now)

    def _free(self, slot: int, now: float) -> None:
        """A slot that was called away has nothing in hand any more."""
        worker = self.workers.get(slot)
        if worker is None or now >= worker.until:
            self._left_late(slot, now)
        if worker is not None and now < self._horizon:
            self._depart(slot, worker, now)

    def _depart(self, slot: int, worker: Worker, now: float) -> None:
        assert worker.going is not None
        worker.post, worker.speed, minutes = worker.going
        worker.going = None
        if now >= worker.until:
            return  # in a break: it comes to the new post after it
        self._moved(slot, now)
        if minutes == 0:
            worker.post.station.come({slot: worker.pace}, worker.until, now, self._left_late)
        else:
            worker.on_the_way = True
            call_at(self._env, now + minutes, ROSTER, _ARRIVE + slot, self._arrive)

    def _arrive(self, tick: Tick) -> None:
        slot, now = tick.who - _ARRIVE, tick.time
        worker = self.workers.get(slot)
        if worker is None:
            return
        worker.on_the_way = False
        if worker.stage == worker.post.stage:
            worker.going = None
        if worker.going is not None:
            self._depart(slot, worker, now)
        elif now < worker.until:
            worker.post.station.come({slot: worker.pace}, worker.until, now, self._left_late)
