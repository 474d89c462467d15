"""The documentation says what is so: generated parts, links, examples and commands."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import sim
from sim.cli import commands, main
from sim.experiment.laboratory import lab
from sim.experiment.laboratory.store import Store
from sim.intake.keeping import keep

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SHELLS = {"sh", "bash", "shell", "console", ""}
FORMS = {"template", "intake"}
PLACEHOLDERS = {"YYYY-MM-DD": "2026-03-09", "=PATH": "=orders.csv"}
_FENCE = re.compile(r"^```(?P<kind>[\w-]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"<!-- generated: .*?<!-- end of .*? -->", re.DOTALL)
_LINK = re.compile(r"(?:\]\(|src=\"|href=\")(?P<target>[^)\s\"]+)")
_FILE = re.compile(r"\A# (?P<path>my/(?P<kind>scenario|plan)/(?P<name>\w+)\.yaml)\n")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# --- generated parts ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def builder() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))  # it finds its neighbours as it does when it is run
        yield importlib.import_module("build_reference")


def test_generated_parts_are_up_to_date(builder: ModuleType) -> None:
    out_of_date = [name_of(page) for page in builder.stale()]
    assert out_of_date == [], "run: python docs/build_reference.py"


def test_every_part_is_used_and_every_kpi_and_column_is_told(builder: ModuleType) -> None:
    used = set(re.findall(r"<!-- generated: ([\w-]+) -->", "".join(map(text_of, builder.pages()))))
    assert used == set(builder.BLOCKS)
    from sim.indicators import KPIS
    from sim.ledger import TABLES

    kpis, ledger = text_of(DOCS / "reference/kpis.md"), text_of(DOCS / "reference/ledger.md")
    assert [name for name in KPIS if f"| `{name}` |" not in kpis] == []
    assert [column.name for columns in TABLES.values() for column in columns if f"`{column.name}`" not in ledger] == []


def test_a_stale_part_is_noticed_and_mended(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(
        "Before.\n<!-- generated: metrics -->\nstale text\n<!-- end of metrics -->\nAfter.\n", encoding="utf-8"
    )
    monkeypatch.setattr(builder, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    assert builder.main(["--check"]) == 1
    assert "stale text" in text_of(page)
    assert builder.main([]) == 0
    assert builder.main(["--check"]) == 0
    assert capsys.readouterr().out == "stale: docs/page.md\nwritten: docs/page.md\n"
    assert "stale text" not in text_of(page)
    assert "backlog_hours" in text_of(page)
    assert text_of(page).startswith("Before.\n")
    assert text_of(page).endswith("\nAfter.\n")


# --- links --------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", _FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for match in _LINK.finditer(_FENCE.sub("", text_of(page))):
        target = match["target"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One heading\n[a](#one-heading) [b](#another) [c](gone.md) [d](https://example.org)\n")
    assert broken_links(page) == ["#another", "gone.md"]


def test_every_page_is_on_the_map() -> None:
    listed = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+\.md)", text_of(DOCS / "README.md"))}
    assert [name_of(page) for page in DOCS.rglob("*.md") if page not in listed | {DOCS / "README.md"}] == []


# --- Python -------------------------------------------------------------------------------------------------------


def python_of(page: Path) -> list[str]:
    """The page's own examples; generated parts have tests of their own."""
    return [match["text"] for match in _FENCE.finditer(_GENERATED.sub("", text_of(page))) if match["kind"] == "python"]


@pytest.mark.parametrize("name", ["guides/python-api.md", "tutorials/textbook.md"])
def test_python_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "SERIAL_BELOW_S", 1e9)  # results do not depend on it, and workers cost a start each time
    namespace: dict[str, object] = {"__name__": "__main__"}
    blocks = python_of(DOCS / name)
    assert blocks
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"{name}, example {number}", "exec"), namespace)  # noqa: S102 - our own documentation


def test_every_public_name_has_an_example() -> None:
    examples = "\n".join(python_of(DOCS / "guides/python-api.md"))
    told = text_of(DOCS / "guides/python-api.md")
    missing = [name for name in sim.__all__ if not name.startswith("_") and f"sim.{name}" not in told]
    assert missing == []
    called = [name for name in sim.__all__ if name[0].islower() and f"sim.{name}(" not in examples]
    assert called == []


# --- commands -----------------------------------------------------------------------------------------------------


def commands_of(text: str) -> Iterator[str]:
    """Command lines that begin with ``surgesim``, in fenced or indented code."""
    fenced = [match["text"] for match in _FENCE.finditer(text) if match["kind"] in SHELLS]
    indented = [line[4:] for line in _FENCE.sub("", text).splitlines() if line.startswith("    ")]
    for block in [*fenced, "\n".join(indented)]:
        for line in block.replace("\\\n", " ").splitlines():
            command = line.strip().removeprefix("$ ")
            if command == "surgesim" or command.startswith("surgesim "):
                yield command


def all_commands() -> dict[str, Path]:
    """Each command once, with a page that shows it."""
    return {command: page for page in reversed(PAGES) if page.exists() for command in commands_of(text_of(page))}


def write_files(folder: Path) -> dict[str, tuple[str, str]]:
    """Write the files that pages show in full, ``# my/scenario/NAME.yaml`` in their first line; path -> kind, name."""
    found = {}
    for page in DOCS.rglob("*.md"):
        for match in _FENCE.finditer(text_of(page)):
            named = _FILE.match(match["text"])
            if match["kind"] == "yaml" and named is not None:
                file = folder / named["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(match["text"], encoding="utf-8")
                found[named["path"]] = (named["kind"], named["name"])
    return found


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    write_files(folder)
    Store(folder / "reports" / "store" / "mine")
    form = sim.write_template(folder / "form.xlsx", example="small_shop")
    for name in ("my_site", "try_out", "cookies"):  # made by the guide to the intake form, and by a tutorial
        keep(sim.read_intake(form, name), folder / "my")
    for mine, base in (("asked", "mid_autumn_stock"), ("my", "cookies")):  # what needs writes, and is copied from there
        prepared = folder / mine / "scenario" / "prepared.yaml"
        prepared.parent.mkdir(parents=True, exist_ok=True)
        prepared.write_text(f"# @package _global_\ndefaults: [{base}, _self_]\nname: prepared\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("command", "page"), all_commands().items(), ids=list(all_commands()))
def test_commands_compose(
    command: str,
    page: Path,
    workplace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Composed and validated as on the command line; comparisons and runs are not carried out."""
    done: list[str] = []
    monkeypatch.chdir(workplace)
    for perform in ("perform", "perform_alone"):
        monkeypatch.setattr(commands, perform, lambda name, cases, given: done.append(name))
    for placeholder, value in PLACEHOLDERS.items():
        command = command.replace(placeholder, value)
    words = shlex.split(command, comments=True)[1:]
    if words and words[0] in FORMS:
        monkeypatch.chdir(tmp_path)  # each writes files: begin with what it needs
    if words[:1] == ["intake"]:
        sim.write_template(words[1], example="small_shop")
    assert main(words) == 0, f"{name_of(page)}: {command}\n{capsys.readouterr().err}"
    if words and words[0] in FORMS:
        return  # does its work by itself
    only_prints = {"show", "list", "results", "help", "--help", "--version", "--cfg"} & set(words)
    assert only_prints or done


def test_a_wrong_command_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(commands, "perform", lambda name, cases, given: None)
    (command,) = commands_of("```sh\nsurgesim compare \\\n  demand.campain.uplift=3\n```\n")
    assert main(shlex.split(command)[1:]) == 2
    assert "did you mean 'campaign'" in capsys.readouterr().err


def test_files_shown_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = write_files(tmp_path)
    assert {kind for kind, _ in files.values()} == {"scenario", "plan"}
    for kind, name in files.values():
        load = sim.load_scenario if kind == "scenario" else sim.load_plan
        assert load(name, config_dir="my").name == name
