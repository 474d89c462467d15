"""The best mix of offers: each SKU in one at one depth or in none, within a budget and a capacity of extra orders.

    maximise   sum of contributions
    subject to a SKU stands in at most one offer; at most one threshold for the shop
               sum of budgets <= budget
               sum of extra orders a day <= capacity, on each day

Solved exactly as a mixed-integer programme (HiGHS), to a relative gap. Offers that lose, or bring next to nothing, are
left out, and so are depths that another depth of the same SKU beats in contribution at no more budget and no more
orders. With very many SKUs only those that could bring most are handed to the solver, and what the others could bring
is told.

Assumes that offers of different SKUs add up. All offers start on the same day, so that the first day has the most
extra orders and the capacity needs to be looked at on that day alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, SurgesimError
from sim.planning.promote.figures import Floats
from sim.planning.promote.offers import KINDS, Candidates
from sim.planning.promote.quiet import quiet

GAP = 1e-4  # relative, of the solver
MOST_SKUS = 10_000
MOST_S = 60.0  # of the solver


@dataclass(frozen=True, eq=False)
class Mix:
    """What was chosen.

    Attributes
    ----------
    candidates, rows
        Among which, and which rows of them.
    capacity, budget
        Within which; infinite: none.
    contribution, spent, orders_per_day
        Sums over the chosen: net, budget used, extra orders on the first day.
    left_out
        The most that SKUs which were not handed to the solver could have brought; 0 where all were.
    """

    candidates: Candidates
    rows: NDArray[np.intp]
    capacity: float
    budget: float
    contribution: float
    spent: float
    orders_per_day: float
    left_out: float = 0.0

    @property
    def chosen(self) -> Candidates:
        """The offers of the mix."""
        return self.candidates.take(self.rows)

    @property
    def sold_extra(self) -> Floats:
        """Units of each SKU of the stock file beyond its ordinary sales, shape (n,)."""
        chosen = self.chosen
        found = np.zeros(len(chosen.pressed.stock))
        has_sku = chosen.sku >= 0
        gone = np.where(_is_gift(chosen), chosen.amounts["gifts"], chosen.amounts["extra"] - chosen.amounts["pulled"])
        np.add.at(found, chosen.sku[has_sku], gone[has_sku])
        return found


def _is_gift(candidates: Candidates) -> NDArray[np.bool_]:
    return np.asarray(candidates.kind == KINDS.index("threshold_gift"))


def best_mix(
    candidates: Candidates,
    *,
    budget: float = np.inf,
    capacity: float = np.inf,
    most_skus: int = MOST_SKUS,
    gap: float = GAP,
) -> Mix:
    """Choose offers.

    Parameters
    ----------
    budget
        Money for discounts and gifts.
    capacity
        Extra orders a day.
    most_skus
        SKUs handed to the solver.
    gap
        How far from the best the answer may be, relative.

    Raises
    ------
    InputError
        If a limit is below zero or no number.
    """
    problems = [
        Problem(name, f"{value!r}", "must be a number >= 0")
        for name, value in (("budget", budget), ("capacity", capacity))
        if not value >= 0
    ]
    if problems:
        raise InputError(problems)
    net = candidates.amounts["contribution"]
    affordable = (candidates.amounts["budget"] <= budget) & (candidates.amounts["orders_per_day"] <= capacity)
    rows = np.flatnonzero((net > 0) & affordable & _worth_it(candidates))
    rows = rows[~_beaten(candidates, rows)]
    rows, left_out = _most_promising(candidates, rows, most_skus)
    if np.isinf(budget) and np.isinf(capacity):
        chosen = _best_of_each(candidates, rows)
    else:
        chosen = rows[_solved(candidates, rows, budget, capacity, gap)] if len(rows) else rows
    return Mix(
        candidates,
        chosen,
        capacity,
        budget,
        contribution=float(net[chosen].sum()),
        spent=float(candidates.amounts["budget"][chosen].sum()),
        orders_per_day=float(candidates.amounts["orders_per_day"][chosen].sum()),
        left_out=left_out,
    )


def _worth_it(candidates: Candidates) -> NDArray[np.bool_]:
    """Offers that sell at least a unit more and bring enough for the money that lies in their SKU."""
    capital = np.append(candidates.pressed.capital, 0.0)[candidates.sku]  # the last: of a discount on whole orders
    enough = candidates.amounts["contribution"] >= candidates.figures.least_share * capital
    return np.asarray(enough & (candidates.amounts["extra"] >= 1))


def _is_threshold(candidates: Candidates, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray(candidates.kind[rows] >= KINDS.index("threshold_gift"))


def _beaten(candidates: Candidates, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Rows than which one of the three next better ones of the same SKU costs no more and brings no more orders."""
    net, spent, orders = (candidates.amounts[name][rows] for name in ("contribution", "budget", "orders_per_day"))
    plain = ~_is_threshold(candidates, rows)
    order = np.lexsort((-net, candidates.sku[rows]))
    beaten = np.zeros(len(rows), dtype=bool)
    for step in (1, 2, 3):
        one, other = order[:-step], order[step:]
        same = (candidates.sku[rows][one] == candidates.sku[rows][other]) & plain[one] & plain[other]
        beaten[other] |= same & (spent[one] <= spent[other]) & (orders[one] <= orders[other])
    return beaten


def _most_promising(candidates: Candidates, rows: NDArray[np.intp], most: int) -> tuple[NDArray[np.intp], float]:
    plain = rows[~_is_threshold(candidates, rows)]
    best = np.zeros(len(candidates.pressed.stock))
    np.maximum.at(best, candidates.sku[plain], candidates.amounts["contribution"][plain])
    if np.count_nonzero(best) <= most:
        return rows, 0.0
    ranked = np.argsort(-best, kind="stable")
    kept = np.zeros(len(best), dtype=bool)
    kept[ranked[:most]] = True
    return rows[_is_threshold(candidates, rows) | kept[candidates.sku[rows]]], float(best[ranked[most:]].sum())


def _groups(candidates: Candidates, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (group, place in rows): groups of which one can be chosen: a SKU, or the shop's one threshold."""
    places = np.arange(len(rows))
    sku = candidates.sku[rows]
    has_sku = sku >= 0
    threshold = _is_threshold(candidates, rows)
    shop = len(candidates.pressed.stock)
    group = np.concatenate([sku[has_sku], np.full(int(threshold.sum()), shop)])
    return np.unique(group, return_inverse=True)[1].reshape(-1), np.concatenate([places[has_sku], places[threshold]])


def _best_of_each(candidates: Candidates, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Without limits: the best row of each SKU, and the best threshold unless its gift is worth more as it is."""
    net = candidates.amounts["contribution"]
    threshold = _is_threshold(candidates, rows)
    plain = rows[~threshold][np.argsort(-net[rows[~threshold]], kind="stable")]
    _, first = np.unique(candidates.sku[plain], return_index=True)
    chosen = plain[first]
    own = np.zeros(len(candidates.pressed.stock) + 1)  # the last: of a discount, which takes no SKU
    own[candidates.sku[chosen]] = net[chosen]
    gains = net[rows[threshold]] - own[candidates.sku[rows[threshold]]]
    if not len(gains) or gains.max() <= 0:
        return np.sort(chosen)
    best = rows[threshold][int(gains.argmax())]
    return np.sort(np.append(chosen[candidates.sku[chosen] != candidates.sku[best]], best))


def _solved(
    candidates: Candidates, rows: NDArray[np.intp], budget: float, capacity: float, gap: float
) -> NDArray[np.bool_]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    group, place = _groups(candidates, rows)
    one_each = csr_array((np.ones(len(group)), (group, place)), shape=(int(group.max()) + 1, len(rows)))
    limits = [LinearConstraint(one_each, -np.inf, 1.0)]
    for name, most in (("budget", budget), ("orders_per_day", capacity)):
        if np.isfinite(most):  # in parts of the limit: the solver's tolerances are absolute
            used = candidates.amounts[name][rows] / (most if most > 0 else 1.0)
            limits.append(LinearConstraint(used[None, :], -np.inf, 1.0 if most > 0 else 0.0))
    net = candidates.amounts["contribution"][rows]
    with quiet():
        found = milp(
            -net / net.max(),
            constraints=limits,
            integrality=np.ones(len(rows), dtype=np.int64),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": gap, "time_limit": MOST_S},
        )
    if found.x is None:
        raise SurgesimError(f"no mix of offers was found within {MOST_S:g} s: {found.message}")
    return np.asarray(found.x > 0.5)
