"""Small order files as a test writes them, and what is read from them or told about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.demand.trace import OrderFile, read_orders
from sim.errors import InputError
from sim.scenario.scenario import Scenario

HEADER = "order_id,placed,units,price\n"
SITE = {"picking": {"setup_min": 1.0}}
DAY = 1440.0


def scenario(path: Path | str, *, timezone: str = "Asia/Taipei", start: str | None = None, **demand: Any) -> Scenario:
    """A scenario that replays a file over 10-12 November 2025, unless told otherwise."""
    window = {"from": demand.pop("first", "2025-11-10"), "to": demand.pop("last", "2025-11-12")}
    made = {"timezone": timezone, "start": start, "site": SITE, "demand": {"file": str(path), **window, **demand}}
    return Scenario.model_validate(made)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write an order file and hand over its path."""

    def to_file(text: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


def read(path: Path, **settings: Any) -> OrderFile:
    """What is read from a file."""
    return read_orders(scenario(path, **settings))


def refused(path: Path | str, **settings: Any) -> str:
    """The text of the refusal."""
    with pytest.raises(InputError) as caught:
        read_orders(scenario(path, **settings))
    return str(caught.value)
