"""Small shops with stock, and what is wrong with theirs."""

from __future__ import annotations

from typing import Any

import pytest

from sim.demand.catalogue import catalogue_of
from sim.errors import InputError
from sim.scenario.scenario import Scenario
from tests.ledgers import world


def shop(*, demand: Any = None, scale: float = 1.0, site: Any = None, economics: Any = None, **stock: Any) -> Scenario:
    """Two days from Monday 2026-01-05 with the given stock."""
    given: dict[str, Any] = {"demand": demand or {"profile": {"per_day": 100.0}}, "scale": scale, "stock": stock}
    given |= {"site": site} if site else {}
    given |= {"economics": economics} if economics else {}
    return world(**given)


def unlisted(scenario: Scenario) -> list[str]:
    """What is wrong once the files are read."""
    with pytest.raises(InputError) as caught:
        catalogue_of(scenario)
    return [str(problem) for problem in caught.value.problems]
