"""The catalogue holds every text of the report and nothing else; values in it are escaped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from markupsafe import Markup

from sim import report
from sim.costs import LINES
from sim.demand.trace import read_orders
from sim.indicators import KPIS, RESOURCES
from sim.ledger import DISTURBANCES, EVENTS, SERVICE_CLASSES, STAGES
from sim.report.messages import Messages, catalogue
from sim.report.tables import PLAN_COLUMNS
from sim.scenario.alerts import METRICS, NEEDS, Severity
from sim.scenario.disturbances import Place
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

FOLDER = Path(report.__file__).parent
CALLS = ("html", "count", "words")


def _pattern(node: ast.expr) -> str | None:
    """A regular expression for the keys that an argument can name; nothing when it names none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[^.]+" for part in node.values]
        return "".join(parts)
    return None


def _is_say(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name == "say"


def _calls_in(source: str) -> Iterator[tuple[str, ast.expr]]:
    """Every call of the catalogue in a module: how (``""``, ``count``, ...) and its key."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if _is_say(node.func):
            yield "", node.args[0]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in CALLS and _is_say(node.func.value):
            yield node.func.attr, node.args[0]


def _keys(node: ast.expr) -> list[ast.expr]:
    """The expressions a key can be: both branches of a choice."""
    return [*_keys(node.body), *_keys(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def _used() -> Iterator[tuple[str, str]]:
    """Where, and a regular expression of keys used there."""
    for path in FOLDER.rglob("*.py"):
        for how, argument in _calls_in(path.read_text(encoding="utf-8")):
            for node in _keys(argument):
                pattern = _pattern(node)
                assert pattern is not None, f"{path.name}: the key {ast.unparse(node)} can't be checked; write it out"
                yield path.name, pattern + (r"\.(one|many)" if how == "count" else "")
    for path in (FOLDER / "templates").glob("*.j2"):
        text = path.read_text(encoding="utf-8")
        for how, key in re.findall(r"say(\.count)?\('([a-z_.]+)'", text):
            yield path.name, re.escape(key) + (r"\.(one|many)" if how else "")
        # heads of tables, written as a list
        for key in re.findall(r"'((?:run\.(?:alert|alarm|pickup)_|early\.)[a-z_]+)'", text):
            yield path.name, re.escape(key)


def test_every_key_used_exists() -> None:
    keys = catalogue().keys
    missing = {
        f"{where}: {pattern}" for where, pattern in _used() if not any(re.fullmatch(pattern, key) for key in keys)
    }
    assert not missing


def test_every_key_is_used() -> None:
    used = re.compile("|".join(sorted({f"(?:{pattern})" for _, pattern in _used()})))
    others = {key for key in catalogue().keys if not key.startswith("intake.")}  # the form has a test of its own
    assert not {key for key in others if not used.fullmatch(key)}


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("cost", LINES),
        ("resource", RESOURCES),
        ("resource_in_text", [name for name in RESOURCES if name != "none"]),
        ("stage", STAGES),
        ("stage_in_text", STAGES),
        ("class", SERVICE_CLASSES),
        ("metric", METRICS),
        ("metric_unit", METRICS),
        ("early.severity", get_args(Severity)),
        ("early.part", [*(part.replace(".", "_") for part in set(NEEDS.values())), "review"]),
        ("run.event", EVENTS),
        ("disturbances.kind", DISTURBANCES),
        ("disturbances.place", get_args(Place)),
        ("kpi_unit", {kpi.unit for kpi in KPIS.values()}),
    ],
)
def test_names_of_the_model_have_texts_and_no_others(section: str, names: list[str]) -> None:
    texts = {key.removeprefix(f"{section}.") for key in catalogue().keys if re.fullmatch(rf"{section}\.[^.]+", key)}
    assert texts == set(names)


def test_every_kpi_has_a_label_and_a_definition_and_no_other_has() -> None:
    keys = catalogue().keys
    assert {key.split(".")[1] for key in keys if key.startswith("kpi.")} == set(KPIS)
    assert not [kpi for kpi in KPIS if f"kpi.{kpi}.label" not in keys or f"kpi.{kpi}.about" not in keys]


@pytest.mark.parametrize("kpi", [kpi for members in PLAN_COLUMNS.values() for kpi in members])
def test_every_column_of_the_table_of_plans_has_a_head(kpi: str) -> None:
    assert catalogue()(f"kpi.{kpi}.short")


def units_of(schema: dict[str, Any]) -> set[str]:
    """Every unit in a JSON schema."""
    found = {schema["unit"]} if isinstance(schema.get("unit"), str) else set()
    for value in schema.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found |= units_of(item)
    return found


def test_every_unit_of_a_figure_has_a_text_and_no_other_has() -> None:
    units = units_of(Scenario.model_json_schema()) | units_of(Plan.model_json_schema())
    texts = {key.removeprefix("figure_unit.") for key in catalogue().keys if key.startswith("figure_unit.")}
    assert texts == units - {""}


def test_every_note_on_an_order_file_has_a_text(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,placed\n1,2026-03-02 10:00\n2,03/02/2026\n2,14/02/2026\n", encoding="utf-8")
    demand = {"file": str(file), "from": "2026-03-02", "to": "2026-03-02", "bad_rows": "skip"}
    notes = read_orders(Scenario.model_validate({"site": {"picking": {"setup_min": 1.0}}, "demand": demand})).notes
    texts = {key.removeprefix("note.") for key in catalogue().keys if key.startswith("note.")}
    texts = {text for text in texts if not text.startswith(("stock_", "forecast"))}  # see test_sku_files
    assert texts - {"date_order"} == set(notes) - {"date_order"}


def test_no_text_of_the_page_stands_in_a_template() -> None:
    for path in (FOLDER / "templates").glob("*.j2"):
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r"[A-Za-z]{2,}", bare), path.name


def test_values_are_escaped_in_html_and_the_catalogue_is_not() -> None:
    say = Messages("en", {"greeting": "Dear <b>{name}</b>"})
    assert say.html("greeting", name="<i>") == Markup("Dear <b>&lt;i&gt;</b>")
    assert say("greeting", name="<i>") == "Dear <b><i></b>"


def test_counts_choose_between_one_and_many() -> None:
    say = Messages("en", {"day": {"one": "one day", "many": "{count} days"}})
    assert [say.count("day", number) for number in (0, 1, 2)] == ["0 days", "one day", "2 days"]


def test_an_unknown_key_is_a_defect_and_not_a_gap_in_the_page() -> None:
    with pytest.raises(KeyError):
        catalogue()("no.such.key")
