"""What the commands that ask the laboratory have in common: the store, the workers, the record, the report.

The record says in the store what was asked. Asking the same again, with everything in the store, is how a report is
made anew without simulating.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sim.cli import folders
from sim.cli.progress import bar
from sim.cli.settings import ExperimentSettings
from sim.scenario.building import Case
from sim.scenario.library import shown
from sim.scenario.variation import written

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.laboratory.store import Store
    from sim.report.experiment import Draft
    from sim.report.formats import Formats

# what moves no result: it is another on another machine, or for another reader
_OF_THE_MACHINE = {"workers", "compute", "scheduler", "store", "out", "report"}
R = TypeVar("R")


class Question(Protocol[R]):
    """A module of this folder that asks the laboratory."""

    def ask(self, case: Case[Any], lab: Lab) -> R:
        """Do the work."""

    def draft(self, result: R, case: Case[Any], lab: Lab, formats: Formats) -> Draft:
        """What the page says."""

    def tell(self, result: R, formats: Formats) -> None:
        """Print the essence."""


def perform(command: str, question: Question[Any], case: Case[Any], folder: Path, line: str) -> Path:
    """Ask, write the report, print the essence; the page's path."""
    begun = perf_counter()
    from sim.compute import Engine
    from sim.experiment.laboratory.lab import Lab

    settings: ExperimentSettings = case.settings
    with (
        Engine(settings.compute, workers=settings.workers, scheduler=settings.scheduler) as engine,
        bar("simulating", of=case.plans, counted="runs") as progress,
    ):
        store = store_of(settings)
        lab = Lab(case.scenario, case.plans, settings.seed, store=store, engine=engine, progress=progress)
        record = Record(store, command, case, line)
        record.write()
        result = question.ask(case, lab)
        record.write(lab)
        progress.say("writing the report")
        spent = {"work_s": perf_counter() - begun}
        index = report(question, result, case, lab, folder, line, spent)
    question.tell(result, formats_of(case))
    _tell_store(lab)
    return index


def store_of(settings: ExperimentSettings) -> Store:
    """The store asked for, or this version's own."""
    from sim.experiment.laboratory.store import Store
    from sim.version import code_key

    if settings.store is not None:
        return Store(Path(settings.store).expanduser())
    return Store(folders.REPORTS / "store" / code_key())


def report(
    question: Question[Any],
    result: Any,
    case: Case[Any],
    lab: Lab,
    folder: Path,
    line: str,
    durations: Mapping[str, float],
) -> Path:
    """Write the report; the page's path."""
    from sim.report.experiment import write_experiment

    formats = formats_of(case, case.settings.report.lang)
    draft = question.draft(result, case, lab, formats)
    return folders.write(
        folder,
        lambda free: write_experiment(draft, lab, free, formats, command=line, config=case.config, durations=durations),
        chosen=case.settings.out is not None,
    )


def formats_of(case: Case[Any], lang: str = "en") -> Formats:
    """Writers of values in the scenario's currency: of the page in its language, of the console in English."""
    from sim.report.formats import Formats
    from sim.report.messages import catalogue

    return Formats(catalogue(lang), case.scenario.economics.currency)


class Record:
    """What was asked, written down in the store: at the start, and again with all its runs at the end."""

    def __init__(self, store: Store, command: str, case: Case[Any], line: str) -> None:
        from sim.experiment.laboratory.fingerprint import digest, plan_key, scenario_key

        settings = case.settings.model_dump(mode="json")
        asked = {name: value for name, value in settings.items() if name not in _OF_THE_MACHINE}
        plans = [f"{name} {plan_key(plan)}" for name, plan in case.plans.items()]
        self.name = digest(command, scenario_key(case.scenario), *plans, repr(asked))[:12]
        self._store = store
        self._facts = {
            "kind": command,
            "title": case.scenario.heading,
            "command": line,
            "begun": _now(),
            "ended": None,
            "settings": asked,
            "scenario": written(case.scenario, "json"),
            "plans": {name: written(plan, "json") for name, plan in case.plans.items()},
            "config": case.config,
            "overrides": list(case.overrides),
        }

    def write(self, lab: Lab | None = None) -> None:
        """Write it down; with the laboratory when the work is done."""
        if lab is None:
            self._store.record(self.name, self._facts)
            return
        from sim.experiment.laboratory.tidy import as_facts, entries_of

        failures = [f"{each.plan} replication {each.replication} {dict(each.values)}" for each in lab.failures]
        done = {"ended": _now(), "failures": failures, "entries": as_facts(entries_of(lab.asked.values()))}
        self._store.record(self.name, {**self._facts, **done})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _tell_store(lab: Lab) -> None:
    runs = sum(len(each.replications) for each in lab.asked.values())
    found = f"{max(0, runs - lab.ran):,} found in the result store {shown(lab.store.folder)}"
    print(f"\n{runs:,} runs: {lab.ran:,} computed now, {found}")
    for each in lab.failures:
        figures = " ".join(f"{path}={value}" for path, value in each.values.items())
        print(
            f"Failed three times and left out: plan {each.plan}, replication {each.replication}, seed {each.seed}"
            f"{', ' + figures if figures else ''}: {each.error.strip().splitlines()[-1]}"
        )
