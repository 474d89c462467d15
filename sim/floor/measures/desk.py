"""Controls at the service desk that bring no people: a bot before the agents, call-backs beside the queue."""

from __future__ import annotations

from sim.floor.helpers import Bot, CallBack, codes_of
from sim.floor.measures.control import Floor, Setup
from sim.scenario.measures import DeskCallback, FaqBot
from sim.scenario.scale import scaled_count


class BotControl:
    """While active, a bot takes part of first contacts."""

    def __init__(self, floor: Floor, label: str, measure: FaqBot, number: int) -> None:
        desk = floor.scenario.desk
        channels = desk.channels if desk is not None else {}
        self._desk = floor.line.desk
        self._bot = Bot(measure, codes_of(measure.channels, channels, ("call", "message")))
        self._setup = Setup(floor, label, measure.setup_cost)

    def start(self, now: float) -> None:
        """It takes contacts from now on; set-up is paid the first time."""
        if self._desk is not None:
            self._desk.bots.append(self._bot)
            self._setup.pay(now)

    def stop(self, now: float) -> None:
        """It takes no more; whom it did not help still comes back."""
        if self._desk is not None:
            self._desk.bots.remove(self._bot)


class CallBackControl:
    """While active, callers may leave a number."""

    def __init__(self, floor: Floor, label: str, measure: DeskCallback, number: int) -> None:
        desk = floor.scenario.desk
        self._desk = floor.line.desk
        at_least = measure.queue_at_least
        if at_least is None:
            agents = floor.crews.largest_shift("desk").headcount if floor.crews.has("desk") else 0
            at_least = scaled_count(agents, measure.queue_per_agent or 0.0)
        codes = codes_of(measure.channels, desk.channels if desk is not None else {}, ("call",))
        self._call_back = CallBack(measure, codes, at_least)

    def start(self, now: float) -> None:
        """Offer it from now on."""
        if self._desk is not None:
            self._desk.call_backs.append(self._call_back)

    def stop(self, now: float) -> None:
        """No longer; who left a number is still called."""
        if self._desk is not None:
            self._desk.call_backs.remove(self._call_back)
