"""Fills in the generated parts of the documentation: ``python docs/build_reference.py [--check]``.

A page holds hand-written text and, between ``<!-- generated: NAME -->`` and ``<!-- end of NAME -->``, what one of
:data:`BLOCKS` makes from the models, the intake form, the KPIs, the ledger's columns, the presets or a source file.
Without an option stale parts are written anew; with ``--check`` the stale pages are named and the exit code is 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reference_keys import (
    hours_keys,
    keys_of,
    kinds_of_measures,
    metric_table,
    move_keys,
    plan_keys,
    regime_table,
    scenario_keys,
    shape_keys,
    table,
    tier_keys,
)

from sim.demand.presets import PRESETS, ROLES, SYNONYMS
from sim.indicators import KPIS
from sim.intake.form import Column
from sim.intake.sheets import FORM
from sim.intake.words import Words, words_of
from sim.ledger import (
    CONTACT_OUTCOMES,
    DAY_TYPES,
    DISTURBANCES,
    EVENTS,
    OUTCOMES,
    REASONS,
    ROUTES,
    SERVICE_CLASSES,
    STAFF_KINDS,
    STAGES,
    TABLES,
    WARNINGS,
)
from sim.report.measure_book import entry, kinds
from sim.report.messages import catalogue
from sim.scenario.library import open_library
from sim.scenario.loader import load_plan

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
_PART = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n)(?P<text>.*?)(<!-- end of (?P=name) -->)", re.DOTALL)


# --- KPIs and ledger --------------------------------------------------------------------------------------------


def kpi_table() -> str:
    """All KPIs but the cost lines."""
    return _kpis(name for name in KPIS if not name.startswith("cost_"))


def cost_table() -> str:
    """The cost lines."""
    return _kpis(name for name in KPIS if name.startswith("cost_"))


def _kpis(names: Iterable[str]) -> str:
    rows = [
        (f"`{kpi.name}`", kpi.unit, kpi.about, kpi.denominator, kpi.better) for kpi in (KPIS[name] for name in names)
    ]
    return table(("name", "unit", "definition", "denominator", "better"), rows)


_CODES: dict[tuple[str, str], Sequence[str]] = {
    ("orders", "service_class"): SERVICE_CLASSES,
    ("orders", "route"): ROUTES,
    ("orders", "outcome"): OUTCOMES,
    ("orders", "end_reason"): REASONS,
    ("contacts", "outcome"): CONTACT_OUTCOMES,
    ("staffing", "kind"): STAFF_KINDS,
    ("staffing", "day_type"): DAY_TYPES,
    ("staffing", "stage"): STAGES,
    ("handovers", "stage"): STAGES,
    ("alerts", "event"): EVENTS,
    ("warnings", "event"): WARNINGS,
    ("disturbances", "kind"): DISTURBANCES,
}
_TYPES = {"f8": "float64", "f4": "float32", "i8": "int64", "i4": "int32", "i1": "int8", "?": "bool", "O": "text"}


def ledger_tables() -> str:
    """Columns of all tables of the ledger."""
    parts = []
    for name, columns in TABLES.items():
        rows = [
            (f"`{each.name}`", "category" if each.coded else _TYPES[each.dtype], each.unit, _about(name, each))
            for each in columns
        ]
        parts.append(f"## {name}\n\n{table(('column', 'type', 'unit', 'meaning'), rows)}")
    return "\n".join(parts)


def _about(table_name: str, column: Any) -> str:
    names = _CODES.get((table_name, column.name))
    if names is None or not column.coded:
        return str(column.about)
    return f"{column.about}: {', '.join(f'`{name}`' if name else '(empty)' for name in names)}"


# --- catalogue of measures ---------------------------------------------------------------------------------------


def measure_catalogue() -> str:
    """What each kind of measure is good for, and the shipped plans that use it."""
    users: dict[str, list[str]] = {}
    for name in open_library().names("plan"):
        for kind in dict.fromkeys(measure.kind for measure in load_plan(name).measures.values()):
            users.setdefault(kind, []).append(name)
    return "\n".join(_entry(kind, users.get(kind, [])) for kind in kinds())


def _entry(kind: str, plans: Sequence[str]) -> str:
    found = entry(kind, catalogue())
    rows = [
        ("helps", found.helps),
        ("backfires", found.backfires),
        ("costs", found.cost),
        ("shipped plans", ", ".join(f"[`{plan}`](plans.md)" for plan in plans) or "none"),
        ("formulas and keys", f"[`{kind}`](measures.md#{kind})"),
    ]
    return f"## {found.title}\n\n{found.what}\n\n{table(('', ''), rows)}"


# --- others -----------------------------------------------------------------------------------------------------


def role_table() -> str:
    """Roles of an order file's columns."""
    synonyms = {role: name for name, role in SYNONYMS.items()}
    rows = [
        (f"`{role}`" + (f" or `{synonyms[role]}`" if role in synonyms else ""), about) for role, about in ROLES.items()
    ]
    return table(("role", "what the column says"), rows)


def preset_table() -> str:
    """Presets and the columns that they expect."""
    rows = []
    for name, convention in PRESETS.items():
        columns = [
            f"{role}: {' or '.join(f'`{column}`' for column in names)}" for role, names in convention.columns.items()
        ]
        rows.append((f"`{name}`", "; ".join(columns)))
    return table(("preset", "role: column"), rows)


def form_sheets() -> str:
    """Sheets of the intake form with their figures, and where each goes."""
    words = words_of("en")
    parts = []
    for sheet in FORM:
        rows = [
            (
                words.heading(sheet, column) + (" *" if column.required else ""),
                _what(words, column),
                words.note(sheet, column).removesuffix("required").rstrip("; "),
                f"`{column.path.replace('{}', 'NAME')}`" if column.path else "",
            )
            for column in sheet.columns
        ]
        heads = ("heading", "cell", "meaning", "key of the scenario")
        parts.append(f"## {words.title(sheet)}\n\n{words.about(sheet)}\n\n{table(heads, rows)}")
    return "\n".join(parts)


def _what(words: Words, column: Column) -> str:
    if column.kind == "choice":
        return " or ".join(words.choice(key) for key in column.choices)
    return words.unit(column) or "number"


def textbook_source() -> str:
    """The textbook model in full."""
    source = (ROOT / "benchmarks" / "textbook.py").read_text(encoding="utf-8")
    return f"```python\n{source}```\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "kpis": kpi_table,
    "cost-lines": cost_table,
    "ledger-tables": ledger_tables,
    "scenario-keys": scenario_keys,
    "plan-keys": plan_keys,
    "metrics": metric_table,
    **{f"measure-{kind}": partial(keys_of, kind) for kind in kinds_of_measures()},
    "shift-hours": hours_keys,
    "tier": tier_keys,
    "move-keys": move_keys,
    "distributions": shape_keys,
    "regimes": regime_table,
    "roles": role_table,
    "presets": preset_table,
    "intake-form": form_sheets,
    "textbook-model": textbook_source,
    "catalogue": measure_catalogue,
}


def filled(text: str) -> str:
    """A page with its generated parts made anew.

    Raises
    ------
    KeyError
        If it asks for a part that nobody makes.
    """
    return _PART.sub(lambda match: f"{match[1]}\n{BLOCKS[match['name']]()}\n{match[4]}", text)


def pages() -> list[Path]:
    """All pages, sorted."""
    return sorted(DOCS.rglob("*.md"))


def stale() -> dict[Path, str]:
    """Pages whose generated parts are out of date, with what they should say."""
    found = {}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        anew = filled(text)
        if anew != text:
            found[page] = anew
    return found


def main(arguments: Sequence[str]) -> int:
    """Write stale pages, or only name them."""
    if set(arguments) - {"--check"}:
        sys.stderr.write("usage: python docs/build_reference.py [--check]\n")
        return 2
    check = "--check" in arguments
    out_of_date = stale()
    for page, text in out_of_date.items():
        sys.stdout.write(f"{'stale' if check else 'written'}: {page.relative_to(ROOT).as_posix()}\n")
        if not check:
            page.write_text(text, encoding="utf-8", newline="\n")
    return 1 if check and out_of_date else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
