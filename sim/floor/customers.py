"""Customers who cancel, and offers that keep them.

Each customer's deadline, firmness and readiness are drawn with the order; an offer, a notice or an announcement only
ever lowers the chance of a response. An offer that is repeated lowers nothing further and costs future spend.
Deadlines are sorted beforehand, so one timer at the head of the list serves all of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.columns import plain
from sim.floor.events import CANCEL, Tick, call_at
from sim.floor.terms import Terms, cancel_times
from sim.rules import combined, responds
from sim.scenario.measures import Announcement, ProactiveNotice, RecoveryOffer, Tier
from sim.scenario.scenario import Scenario

Rows = NDArray[np.int64]
MOST_COUNTED = 127  # apologies to one customer that the ledger can count


class Offers:
    """What customers were offered and told, by order; no memory is taken up before the first offer.

    Attributes
    ----------
    any
        Whether anybody has been offered or told anything yet.
    cost, gift_cost, message_cost
        Of offers redeemed, of gifts put into parcels, of messages; site currency.
    apologies
        Offers made, the first and the repeated ones.
    loyalty_saved, loyalty_lost
        Part of the lost future spend that is saved; future spend that repeated apologies cost.
    gifts_for
        Of some orders those for which a gift is there; who gets none is offered nothing. None: there are always enough.
    """

    def __init__(self, draws: Draws) -> None:
        count = len(draws)
        self._draws = draws
        self.any = False
        self.offered_min = np.broadcast_to(np.float64(np.nan), count)
        self.cost = self.gift_cost = self.message_cost = np.broadcast_to(np.float64(0), count)
        nothing = np.broadcast_to(np.float32(0), count)
        self.cancel_cut = self.late_contact_cut = self.contact_cut = nothing
        self.loyalty_saved = self.loyalty_lost = self.score_gain = nothing
        self.apologies = np.broadcast_to(np.int8(0), count)
        self.gifts_for: Callable[[Rows], Rows] | None = None
        self._given: set[int] = set()
        self._announced: list[Announcement] = []
        self._cancel_cut_of_all = self._contact_cut_of_all = 0.0

    # --- what is done for customers -------------------------------------------------------------------------

    def offer(self, orders: NDArray[np.int64], terms: Tier, now: float, *, gift: bool = False) -> None:
        """Offer something to the customers of some orders."""
        orders = self._with_gift(orders) if gift else orders
        self._first(orders, now)
        self._count(orders)
        self._pay(orders, terms, gift)
        self._respond(
            orders,
            cancel_cut=terms.cancel_reduction_share,
            late_contact_cut=terms.contact_reduction_share,
            loyalty_saved=terms.churn_reduction_share,
        )
        self._please(orders, terms.score_gain or 0.0)

    def raise_offer(self, orders: NDArray[np.int64], below: Tier, terms: Tier, *, gift: bool = False) -> None:
        """Put a greater offer in the place of a smaller one that was made before."""
        if gift and self.gifts_for is not None:  # the greater gift is the same unit, and worth more
            orders = orders[[order in self._given for order in orders.tolist()]]
        self._pay(orders, below, gift, sign=-1.0)
        self._pay(orders, terms, gift)
        self._respond(
            orders,
            cancel_cut=_further(below.cancel_reduction_share, terms.cancel_reduction_share),
            late_contact_cut=_further(below.contact_reduction_share, terms.contact_reduction_share),
            loyalty_saved=_further(below.churn_reduction_share, terms.churn_reduction_share),
        )
        self._please(orders, terms.score_gain or 0.0)

    def repeat(self, orders: NDArray[np.int64], terms: Tier, churn_share: float, *, gift: bool = False) -> None:
        """Offer the same again to customers who still wait: it costs again, and they believe it less."""
        orders = self._with_gift(orders) if gift else orders
        self._count(orders)
        self._pay(orders, terms, gift)
        self._own("loyalty_lost")
        self.loyalty_lost[orders] = np.minimum(1.0, self.loyalty_lost[orders] + churn_share)

    def tell(self, orders: NDArray[np.int64], notice: ProactiveNotice) -> None:
        """Send a message to the customers of some orders."""
        self._message(orders, notice.cost_per_notice)
        self._respond(orders, cancel_cut=notice.cancel_reduction_share, contact_cut=notice.contact_reduction_share)
        self._please(orders, notice.score_gain)

    def win_back(self, orders: NDArray[np.int64], measure: RecoveryOffer, now: float) -> None:
        """Write to disappointed customers; those who come back cost what they were offered, and are not lost."""
        self._message(orders, measure.cost_per_message)
        self._first(orders, now)
        back = orders[self._draws.return_u[orders] < measure.win_back_share]
        self._own("cost")
        self.cost[back] += measure.value_cost
        self._respond(back, loyalty_saved=1.0)
        if self.loyalty_lost.flags.writeable:
            self.loyalty_lost[back] = 0.0

    def announce(self, announcement: Announcement) -> None:
        """Tell everybody, until it is taken down."""
        self._announced.append(announcement)
        self._sum_up()

    def take_down(self, announcement: Announcement) -> None:
        """An announcement ends."""
        self._announced.remove(announcement)
        self._sum_up()

    # --- how they respond -----------------------------------------------------------------------------------

    def cancellations_prevented(self, order: int) -> float:
        """Part of would-be cancellations of customers like this one that does not come now."""
        cut = float(self.cancel_cut[order]) if self.any else 0.0
        return float(combined(cut, self._cancel_cut_of_all)) if self._announced else cut

    def contacts_prevented(self, order: int, late: bool) -> float:
        """The same of contacts about the order, after its due time or before it."""
        cut = float(self.contact_cut[order]) if self.any else 0.0
        if late and self.any:
            cut = float(combined(cut, float(self.late_contact_cut[order])))
        return float(combined(cut, self._contact_cut_of_all)) if self._announced else cut

    # --- columns --------------------------------------------------------------------------------------------

    def _with_gift(self, orders: Rows) -> Rows:
        """Those of some orders for which there is a gift."""
        if self.gifts_for is None:
            return orders
        given = self.gifts_for(orders)
        self._given.update(given.tolist())
        return given

    def _own(self, name: str) -> None:
        """Give a column memory of its own."""
        self.any = True
        if not getattr(self, name).flags.writeable:
            setattr(self, name, getattr(self, name).copy())

    def _first(self, orders: NDArray[np.int64], now: float) -> None:
        self._own("offered_min")
        self.offered_min[orders[np.isnan(self.offered_min[orders])]] = now

    def _count(self, orders: NDArray[np.int64]) -> None:
        self._own("apologies")
        self.apologies[orders] += self.apologies[orders] < MOST_COUNTED

    def _pay(self, orders: NDArray[np.int64], terms: Tier, gift: bool, sign: float = 1.0) -> None:
        if gift:
            self._own("gift_cost")
            self.gift_cost[orders] += sign * terms.value_cost
            return
        self._own("cost")
        redeemed = self._draws.redeem_u[orders] < (terms.redemption_share or 0.0)
        self.cost[orders] += np.where(redeemed, sign * terms.value_cost, 0.0)

    def _message(self, orders: NDArray[np.int64], cost: float) -> None:
        self._own("message_cost")
        self.message_cost[orders] += cost

    def _respond(self, orders: NDArray[np.int64], **shares: float | None) -> None:
        for name, share in shares.items():
            if share:
                self._own(name)
                column = getattr(self, name)
                column[orders] = combined(column[orders], share)

    def _please(self, orders: NDArray[np.int64], score_gain: float) -> None:
        if score_gain:
            self._own("score_gain")
            self.score_gain[orders] = np.maximum(self.score_gain[orders], score_gain)

    def _sum_up(self) -> None:
        self._cancel_cut_of_all = self._contact_cut_of_all = 0.0
        for each in self._announced:
            self._cancel_cut_of_all = combined(self._cancel_cut_of_all, each.cancel_reduction_share)
            self._contact_cut_of_all = combined(self._contact_cut_of_all, each.contact_reduction_share)


def _further(below: float | None, above: float | None) -> float:
    """Share that, combined with the one below, gives the one above."""
    low, high = below or 0.0, above or 0.0
    return 0.0 if low >= 1.0 else 1.0 - (1.0 - high) / (1.0 - low)


class Cancellations:
    """Customers whose patience ends while their order still waits.

    Parameters
    ----------
    settled
        order -> whether it can't be cancelled any more, now or later.
    cancel
        Called with (order, now) when a customer cancels.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        terms: Terms,
        offers: Offers,
        settled: Callable[[int], bool],
        cancel: Callable[[int, float], None],
    ) -> None:
        self._env = env
        self._scenario = scenario
        self._draws = draws
        self._terms = terms
        self._offers = offers
        self._settled = settled
        self._cancel = cancel
        self._when = plain(draws.cancel_min)
        self._order = plain(draws.cancel_order)
        self._margin = plain(draws.cancel_margin)
        self._count = int(np.searchsorted(draws.cancel_min, scenario.horizon_min))
        self._pointer = 0
        self._rows: NDArray[np.int64] | None = None  # of the draws, once they stand in another order
        self._timer: Tick | None = None
        terms.on_change.append(self._terms_change)
        self._schedule_next()

    def _schedule_next(self) -> None:
        """Set the timer for the next customer whose order is not beyond cancelling."""
        pointer, order, settled = self._pointer, self._order, self._settled
        while pointer < self._count and settled(order[pointer]):
            pointer += 1
        self._pointer = pointer
        if pointer < self._count:
            self._timer = call_at(self._env, max(self._when[pointer], self._env.now), CANCEL, order[pointer], self._due)

    def _terms_change(self, first: int) -> None:
        """Deadlines move with the due times that they are counted from: sort those that are still ahead anew."""
        draws = self._draws
        rows = np.arange(len(draws.cancel_min)) if self._rows is None else self._rows
        rows = rows[self._pointer :]
        when = cancel_times(self._scenario, draws, rows, draws.placed_min, self._terms.due_ship_min)
        sooner = np.lexsort((draws.cancel_order[rows], when))
        self._rows, when = rows[sooner], when[sooner]
        self._when = plain(when)
        self._order = plain(draws.cancel_order[self._rows])
        self._margin = plain(draws.cancel_margin[self._rows])
        self._count = int(np.searchsorted(when, self._scenario.horizon_min))
        self._pointer = 0
        self._timer = None
        self._schedule_next()

    def _due(self, tick: Tick) -> None:
        if tick is not self._timer:  # set before the deadlines were sorted anew
            return
        row = self._pointer
        order = self._order[row]
        self._pointer += 1
        if not self._settled(order) and responds(self._margin[row], self._offers.cancellations_prevented(order)):
            self._cancel(order, tick.time)
        self._schedule_next()
