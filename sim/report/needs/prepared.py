"""The scenario with the needs met, as a file that extends the one that was asked about: ``scenario/prepared.yaml``.

The report's folder is thereby a folder of scenarios: ``--config-dir FOLDER`` finds it. The file holds what the command
line had set and what the needs set, and nothing else; figures are those that were proven. Where the command line took
something away, which no file that extends another can do, the scenario is written out as a whole.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from sim.planning.needs.result import Needs
from sim.planning.needs.stretches import planned_days
from sim.report.formats import Formats
from sim.report.needs.words import targets_in_words
from sim.scenario.variation import Values, Variations, written

NAME = "prepared"
PLACE = f"scenario/{NAME}.yaml"


def prepared_text(found: Needs, formats: Formats, command: str, made_on: date, given: Values | None) -> str:
    """The file.

    Parameters
    ----------
    command
        That asked for the needs.
    given
        Figures of the scenario that the command line had set, by dotted path; None: not known, or some taken away.
    """
    title = formats.say("needs_stock.prepared.title", scenario=found.scenario.heading)
    data: dict[str, Any] = {"defaults": [found.scenario.name, "_self_"], "title": title}
    if given is None:
        world = Variations(found.scenario, {}).world(found.values)
        data = {**written(world, "json"), "name": NAME, "title": title}
    else:
        data = merged(data, merged(nested(given), nested(found.values)))
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000)
    head = "\n".join(f"# {' '.join(line.split())}" for line in _head(found, formats, command, made_on))
    return f"{head}\n\n{body}"


def nested(values: Values) -> dict[str, Any]:
    """Figures by dotted path as mappings in mappings, as a file has them."""
    found: dict[str, Any] = {}
    for path, value in values.items():
        inner = value
        for step in reversed(path.split(".")):
            inner = {step: inner}
        found = merged(found, inner)
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Two mappings merged key by key, the second one's values in place of the first one's."""
    both = dict(old)
    for key, value in new.items():
        before = both.get(key)
        both[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return both


def _head(found: Needs, formats: Formats, command: str, made_on: date) -> list[str]:
    say, days, proof = formats.say, planned_days(found.scenario), found.proof
    lines = [
        say("needs_stock.prepared.head", scenario=found.scenario.heading),
        say("needs_stock.prepared.command", command=command),
        say(
            "needs_stock.prepared.made",
            date=made_on.isoformat(),
            first=found.scenario.date_of(days.start).isoformat(),
            last=found.scenario.date_of(days.stop - 1).isoformat(),
        ),
        say(
            "needs_stock.prepared.targets",
            share=formats.share(found.probability, 0),
            targets=targets_in_words(found, formats),
        ),
    ]
    if proof is None:
        lines.append(say("needs_stock.prepared.proof_none"))
    else:
        verdict = say("needs.proof_rejected") if proof.rejected else say("needs.proof_held")
        first, last = str(proof.replications.start), str(proof.replications.stop - 1)
        lines.append(
            say(
                "needs_stock.prepared.proof",
                successes=formats.number(proof.successes),
                n=formats.number(proof.n),
                first=first,
                last=last,
                seed=str(found.seed),
                p=formats.number(proof.p_value, 4),
                verdict=verdict,
            )
        )
    both = ["surgesim", "compare", "--multirun", f"scenario={found.scenario.name},{NAME}", f"plans=[{found.plan.name}]"]
    lines.append(say("needs_stock.prepared.compare", command=shlex.join([*both, "--config-dir"]) + " FOLDER"))
    return lines
