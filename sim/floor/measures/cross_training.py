"""Cross-training: at reviews, trained workers go where more work waits per worker, and come back."""

from __future__ import annotations

from dataclasses import dataclass

from sim.alerting import reviews_every_min
from sim.floor.events import REVIEW, at
from sim.floor.measures.control import Floor, Process, Setup
from sim.floor.posts import Post, Worker
from sim.rules import next_review, workers_to_move
from sim.scenario.measures import CrossTraining
from sim.scenario.scale import scaled_count


@dataclass(frozen=True)
class _Way:
    """A move that is possible: from a stage to a post, and the speed there."""

    home: str
    post: Post
    productivity: float


class CrossTrainingControl:
    """While active, balances each pair of stages at every review, in the order in which the moves are written.

    The work that waits at a stage is taken as the orders (contacts) in its queue times their mean work in the run.
    """

    def __init__(self, floor: Floor, label: str, measure: CrossTraining, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._number = number
        self._every_min = reviews_every_min(measure.trigger, floor.scenario.alerts)
        self._turn = 0
        has = floor.crews.has
        self._ways = [
            _Way(move.from_, floor.crews.post(move.to), move.productivity)
            for move in measure.moves
            if has(move.from_) and has(move.to)
        ]
        self._setup = Setup(floor, label, measure.cost_per_head * self._trained_heads())

    def start(self, now: float) -> None:
        """Train (once), and look at the stages at once and at each review."""
        self._setup.pay(now)
        self._turn += 1
        self._floor.env.process(self._review(self._turn))

    def stop(self, now: float) -> None:
        """Everybody goes back to their own stage."""
        self._turn += 1
        homes = {way.home for way in self._ways}
        for slot, worker in self._floor.roster.posts.workers.items():
            if worker.home.stage in homes and worker.stage != worker.home.stage:
                self._send_home(slot, worker, now)

    def _trained_heads(self) -> int:
        crews = self._floor.crews
        homes = dict.fromkeys(way.home for way in self._ways)
        return sum(scaled_count(count, self._measure.share) for home in homes for count in crews.headcounts(home))

    def _review(self, turn: int) -> Process:
        env = self._floor.env
        while turn == self._turn:
            for way in self._ways:
                self._balance(way, env.now, back=True)
            for way in self._ways:
                self._balance(way, env.now, back=False)
            yield at(env, next_review(env.now, self._every_min), REVIEW, self._number)

    def _balance(self, way: _Way, now: float, *, back: bool) -> None:
        """Fetch workers back, or send some; first all are fetched back who can be, so that crews don't swap places."""
        own, other = way.home, way.post.stage
        heads = {own: 0, other: 0}
        trained: list[tuple[int, Worker]] = []
        away: list[tuple[int, Worker]] = []
        for slot, worker in self._floor.roster.posts.at_work(now):
            if worker.stage not in heads:
                continue
            heads[worker.stage] += 1
            if worker.home.stage == own and worker.regular:
                if worker.stage == other:
                    away.append((slot, worker))
                elif worker.rank < scaled_count(worker.team, self._measure.share):
                    trained.append((slot, worker))
        count = workers_to_move(
            (self._waiting_min(own), self._waiting_min(other)),
            (heads[own], heads[other]),
            trained=0 if back else min(len(trained), max(0, way.post.station.places - heads[other])),
            away=len(away) if back else 0,
            ratio=self._measure.when_ratio,
            least_min=self._every_min,
        )
        for slot, _ in trained[: max(0, count)]:
            self._floor.roster.posts.move(slot, way.post, way.productivity, self._measure.switch_min, now)
        for slot, worker in away[: max(0, -count)]:
            self._send_home(slot, worker, now)

    def _waiting_min(self, stage: str) -> float:
        return self._floor.line.stations[stage].waiting_jobs * self._floor.gauges.mean_work_min[stage]

    def _send_home(self, slot: int, worker: Worker, now: float) -> None:
        self._floor.roster.posts.move(slot, worker.home, worker.home_speed, self._measure.switch_min, now)
