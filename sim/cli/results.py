"""``surgesim results``: what is in a result store, exported or reported anew without simulating."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.cli import folders
from sim.cli.arguments import Arguments
from sim.cli.tables import table
from sim.errors import InputError, Problem, nearest
from sim.scenario.library import shown

if TYPE_CHECKING:
    from sim.experiment.laboratory.store import Store

HEADING = "the results can't be shown"
STORES = folders.REPORTS / "store"
_KEYS: Final = ("experiment", "export", "report", "report.lang")


def show_results(given: Arguments) -> None:
    """List a store; or export one of its experiments, or write its report anew.

    Raises
    ------
    InputError
        If the words can't be read, there is no store, or the experiment is unknown or not complete.
    """
    folder, asked = _read(given.overrides)
    from sim.experiment.laboratory.store import Store

    store = Store(folder if folder is not None else _newest(), read_only=True)
    if not asked:
        _list(store)
        return
    name, facts = _chosen(store, asked.get("experiment"))
    if "export" in asked:
        from sim.experiment.laboratory.tidy import from_facts, write

        path = Path(asked["export"]).expanduser()
        rows = write(path, store, from_facts(_ended(name, facts)["entries"]))
        print(f"{rows:,} runs written to {shown(path)}")
    if "report" in asked:
        lang = asked.get("report.lang", "en")
        print(f"Report:\n{shown(_report(store, name, _ended(name, facts), Path(asked['report']).expanduser(), lang))}")
    if asked.keys() == {"experiment"}:
        _tell(name, facts)


def _read(words: tuple[str, ...]) -> tuple[Path | None, dict[str, str]]:
    """The folder, if one is named, and what is asked of it."""
    asked: dict[str, str] = {}
    named: list[str] = []
    problems = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            named.append(word)
        elif key not in _KEYS or key in asked or not value:
            unknown = f"is none of its settings{nearest(key, _KEYS)}"
            wrong = "is given twice" if key in asked else "needs a value" if key in _KEYS else unknown
            problems.append(Problem(word, "", f"{wrong}; see: surgesim help results"))
        else:
            asked[key] = value
    if len(named) > 1:
        problems.append(Problem(" ".join(named), "", "name one folder"))
    if "report.lang" in asked:
        problems += _lang_problems(asked)
    if problems:
        raise InputError(problems, HEADING)
    return (Path(named[0]).expanduser() if named else None), asked


def _lang_problems(asked: Mapping[str, str]) -> list[Problem]:
    from sim.report.messages import languages, no_language

    lang = asked["report.lang"]
    if lang not in languages():
        return [Problem("report.lang", lang, no_language(lang))]
    return [] if "report" in asked else [Problem("report.lang", lang, "is of a report: give report=FOLDER too")]


def _newest() -> Path:
    """The store that was written to last, of those that commands make by themselves."""
    stores = [path.parent for path in STORES.glob("*/manifest.json")]
    if not stores:
        remedy = "holds no result store yet: name a folder, or run a sweep"
        raise InputError([Problem(str(STORES), "", remedy)], HEADING)
    return max(stores, key=lambda path: (path / "experiments").stat().st_mtime)


def _list(store: Store) -> None:
    runs, shards = store.size
    print(f"{shown(store.folder)}: {runs:,} runs in {shards:,} files, written by surgesim {store.code}\n")
    rows = [
        (name, _first(facts, "begun")[:16].replace("T", " "), _state(store, facts), _first(facts, "command"))
        for name, facts in store.experiments().items()
    ]
    if not rows:
        print("No experiment is recorded here.")
        return
    print(table(rows, header=("Experiment", "begun (UTC)", "runs", "command")))
    print("\nExport or report one: surgesim results FOLDER experiment=NAME export=runs.csv report=FOLDER")


def _state(store: Store, facts: Mapping[str, Any]) -> str:
    from sim.experiment.laboratory.tidy import from_facts

    if not facts.get("ended"):
        return "not finished"
    entries = from_facts(facts["entries"])
    wanted = sum(len(each.replications) for each in entries)
    missing = sum(len(store.missing(each.cell, each.replications)) for each in entries)
    return f"{wanted:,}" if not missing else f"{wanted - missing:,} of {wanted:,}"


def _first(facts: Mapping[str, Any], key: str) -> str:
    return str(facts.get(key) or "")


def _chosen(store: Store, name: str | None) -> tuple[str, dict[str, Any]]:
    there = store.experiments()
    if name is None and there:
        name = list(there)[-1]
    if name not in there:
        listed = f"; there are: {', '.join(there)}" if there else "; none is recorded here"
        raise InputError([Problem("experiment", str(name), f"is not in {shown(store.folder)}{listed}")], HEADING)
    return name, there[name]


def _ended(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    if not facts.get("ended"):
        remedy = f"was not finished; go on with it: {facts.get('command')}"
        raise InputError([Problem("experiment", name, remedy)], HEADING)
    return facts


def _tell(name: str, facts: Mapping[str, Any]) -> None:
    ended = facts.get("ended") or "not finished"
    rows = [("Experiment", name), ("Kind", facts["kind"]), ("Scenario", facts["title"]), ("Command", facts["command"])]
    rows += [("Begun", facts["begun"]), ("Ended", ended), ("Plans", ", ".join(facts["plans"]))]
    rows += [("Setting", f"{key}={value}") for key, value in facts["settings"].items() if value is not None]
    rows += [("Failed", failure) for failure in facts.get("failures", [])]
    print(table(rows))


def _report(store: Store, name: str, facts: dict[str, Any], folder: Path, lang: str) -> Path:
    """Ask again what was asked, with everything in the store."""
    from sim.cli.commands import experiment
    from sim.cli.settings import SETTINGS
    from sim.compute import Engine
    from sim.experiment.laboratory.lab import Lab
    from sim.scenario.building import Case
    from sim.scenario.plan import Plan
    from sim.scenario.scenario import Scenario
    from sim.version import code_key

    if store.code != code_key():
        remedy = f"was run by surgesim {store.code}, and this is {code_key()}: its report is made by that version"
        raise InputError([Problem("experiment", name, f"{remedy}; export=FILE works with any")], HEADING)
    unwritable = folders.problem_with(folder, chosen=True)
    if unwritable is not None:
        raise InputError([unwritable], HEADING)
    command = facts["kind"]
    case = Case(
        Scenario.model_validate(facts["scenario"]),
        {plan: Plan.model_validate(data) for plan, data in facts["plans"].items()},
        SETTINGS[command].model_validate({**facts["settings"], "out": str(folder), "report": {"lang": lang}}),
        facts["config"],
        tuple(facts["overrides"]),
    )
    question = importlib.import_module(f"sim.cli.commands.{command}")
    seed = facts["settings"]["seed"]
    lab = Lab(case.scenario, case.plans, seed, store=store, engine=Engine("serial"))
    result = question.ask(case, lab)
    return experiment.report(question, result, case, lab, folder, facts["command"], {})
