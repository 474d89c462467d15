"""Keys of what determines a result: two runs with the same keys give the same numbers, byte for byte.

A key is a hash of all that the model reads and of nothing else: titles, stories and sources move no number, and a file
of orders, SKUs or durations counts by its content.
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
    """Key of a scenario: its figures, and the contents of the files that it names."""
    demand, stock = scenario.demand, scenario.stock
    named = (demand.file, demand.forecast, None if stock is None else stock.catalogue, *_durations(scenario))
    read = {name: "" for name in ("file", "forecast") if getattr(demand, name) is not None}
    if read:
        scenario = scenario.model_copy(update={"demand": demand.model_copy(update=read)})
    if stock is not None and stock.catalogue is not None:
        scenario = scenario.model_copy(update={"stock": stock.model_copy(update={"catalogue": ""})})
    text = scenario.model_dump_json(by_alias=True, exclude=_FOR_READERS)
    return digest(text, *(_content_of(Path(file).expanduser()) for file in named if file is not None))


def _durations(scenario: Scenario) -> list[str]:
    """Files of observed durations."""
    stages = (scenario.site.picking, scenario.site.packing)
    return [stage.service.file for stage in stages if stage is not None and stage.service.file is not None]


def plan_key(plan: Plan) -> str:
    """Key of a plan."""
    return digest(plan.model_dump_json(by_alias=True, exclude=_FOR_READERS))


def _content_of(path: Path) -> str:
    try:
        status = path.stat()
        return _content(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return ""  # whoever reads it for the run says what is wrong with it


@cache
def _content(path: Path, changed: int, size: int) -> str:
    """Hash of a file, read once per process while it stays as it is."""
    whole = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            whole.update(chunk)
    return whole.hexdigest()
