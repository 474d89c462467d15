"""What was found: needs with their gaps and proofs, and everything that follows from them, as tidy tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.laboratory.lab import Failed
from sim.planning.needs.closed import Closed
from sim.planning.needs.dates import KeyDate, Leads
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.proof import Cut, Proof
from sim.planning.needs.stretches import day_named
from sim.planning.needs.targets import Target
from sim.planning.needs.tuning import Raised
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Needs:
    """What a campaign needs.

    Attributes
    ----------
    scenario, plan, seed
        What was asked about; `plan` is in force all the time.
    targets, probability
        What has to be met at once, and how surely.
    leads
        Days ahead at which things are booked.
    needs
        What is needed, in the order of the way of an order.
    closed
        By closed form, with the load behind it.
    amounts
        Of each need by key: those that were proven, or the last ones that were tried.
    holds
        Whether the targets held on the draws of the search with as much as was tried; if not nothing is proven.
    rounds
        How raising from the closed form went.
    search
        Replications of the search.
    proofs
        Attempts at proving it on fresh replications, the last one counts; empty where `holds` is false.
    cuts
        What cutting each need does.
    present_share, present_n
        How often the present roster and carriers meet all targets, on so many fresh replications.
    values
        What to set in the scenario so that the needs are met.
    staff_hours, desk, parcels, dock, budget
        Tables, see :mod:`sim.planning.needs.measured` and :mod:`sim.planning.needs.budget`.
    stock, production, shelves
        Tables, see :mod:`sim.planning.needs.stock_tables`; without rows where the scenario has no stock.
    dates
        Key dates, in order.
    ledgers
        Replications behind parcels and dock.
    failures, ran
        Runs that failed three times; runs computed for it.
    """

    scenario: Scenario
    plan: Plan
    seed: int
    targets: Sequence[Target]
    probability: float
    leads: Leads
    needs: Sequence[Need]
    closed: Closed
    amounts: Amounts
    holds: bool
    rounds: Sequence[Raised]
    search: range
    proofs: Sequence[Proof]
    cuts: Sequence[Cut]
    present_share: float
    present_n: int
    values: Values
    staff_hours: pd.DataFrame
    desk: pd.DataFrame
    parcels: pd.DataFrame
    dock: pd.DataFrame
    budget: pd.DataFrame
    stock: pd.DataFrame
    production: pd.DataFrame
    shelves: pd.DataFrame
    dates: Sequence[KeyDate]
    ledgers: int
    failures: Sequence[Failed] = ()
    ran: int = 0

    @property
    def proof(self) -> Proof | None:
        """The attempt that counts."""
        return self.proofs[-1] if self.proofs else None

    @property
    def proven(self) -> bool:
        """Whether the target is not rejected with the needs met."""
        return self.proof is not None and not self.proof.rejected

    @property
    def binding(self) -> list[Cut]:
        """Cuts of the needs that bind, those first whose cut leaves least."""
        return sorted((each for each in self.cuts if each.binding), key=lambda each: each.share)

    def total(self, need: Need) -> int:
        """Amount of a need over all its hours."""
        return sum(self.amounts[need.key])

    def named(self, key: str) -> Need:
        """A need by its key."""
        return next(each for each in self.needs if each.key == key)

    def table(self) -> pd.DataFrame:
        """Needs as a tidy table.

        Returns
        -------
        need, kind, owner, part, hours, first_day, last_day, closed_form, needed, present, gap, price (of one more), and
        of the whole need: binding, cut_to, cut_n (replications it was run on), cut_share (success rate), lost, gained,
        p_value, p_holm; NaN where the cut was not tried. Staff needs have a row for each pattern of hours.
        """
        import pandas as pd

        by_key = {each.need.key: each for each in self.cuts}
        rows = [row for need in self.needs for row in self._rows(need, by_key.get(need.key))]
        return pd.DataFrame(rows)

    def _rows(self, need: Need, cut: Cut | None) -> list[dict[str, Any]]:
        nan = float("nan")
        days = (None, None) if need.stretch is None else day_named(need.stretch, self.scenario)
        hours = [pattern.hours for pattern in need.patterns] or [""]
        amounts = self.amounts[need.key]
        found = []
        for place, each in enumerate(hours):
            found.append(
                {
                    "need": need.key,
                    "kind": need.kind,
                    "owner": need.owner,
                    "part": need.part,
                    "hours": each,
                    "first_day": days[0],
                    "last_day": days[1],
                    "closed_form": need.closed[place],
                    "needed": amounts[place],
                    "present": need.present[place],
                    "gap": amounts[place] - need.present[place],
                    "price": need.price[place],
                    "binding": cut is not None and cut.binding,
                    "cut_to": nan if cut is None else float(sum(cut.amounts)),
                    "cut_n": nan if cut is None or not cut.tried else float(cut.n),
                    "cut_share": nan if cut is None else cut.share,
                    "lost": nan if cut is None or not cut.tried else float(cut.lost),
                    "gained": nan if cut is None or not cut.tried else float(cut.gained),
                    "p_value": nan if cut is None else cut.p_value,
                    "p_holm": nan if cut is None else cut.p_holm,
                }
            )
        return found
