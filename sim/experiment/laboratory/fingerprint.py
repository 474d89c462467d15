"""Keys of what determines a result: two runs with the same keys give the same numbers, byte for byte.

A key is a hash of all that the model reads and of nothing else: titles, stories and sources move no number, and an
order file counts by its content, wherever it lies.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

_FOR_READERS = {"name", "title", "story", "about", "sources", "follows"}
LENGTH = 32  # hexadecimal digits kept: 128 bits


def digest(*parts: str | bytes) -> str:
    """Hash of some texts, in order; where one ends matters."""
    whole = sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode()
        whole.update(len(content).to_bytes(8, "little"))
        whole.update(content)
    return whole.hexdigest()[:LENGTH]


def scenario_key(scenario: Scenario) -> str:
    """Key of a scenario."""
    text = scenario.model_dump_json(by_alias=True, exclude=_FOR_READERS)
    if scenario.demand.file is None:
        return digest(text)
    path = Path(scenario.demand.file)
    status = path.stat()
    return digest(text.replace(scenario.demand.file, ""), _content(path, status.st_mtime_ns, status.st_size))


def plan_key(plan: Plan) -> str:
    """Key of a plan."""
    return digest(plan.model_dump_json(by_alias=True, exclude=_FOR_READERS))


@cache
def _content(path: Path, changed: int, size: int) -> str:
    """Hash of a file, read once per process while it stays as it is."""
    whole = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            whole.update(chunk)
    return whole.hexdigest()
