"""Every language says everything: no message is missing, fields and markup are the same, no page is half English."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
import string
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from openpyxl import load_workbook
from pydantic import BaseModel
from report_fixture import make_comparison, make_verdict
from shop_fixture import make_plans, make_scenario
from sweep_fixture import grid, lab_of, make_results

import sim
from sim.compute import Engine
from sim.errors import InputError
from sim.experiment import Comparison
from sim.experiment.laboratory.lab import Lab
from sim.experiment.questions.constraint import Constraint
from sim.experiment.questions.explain import explain_in
from sim.experiment.questions.optimise import optimise_in
from sim.experiment.questions.robust import robust_in
from sim.experiment.questions.select import select_in
from sim.planning.ceiling.question import Search, ceiling_in
from sim.planning.ceiling.shapes import Figures
from sim.planning.needs.question import needs_in
from sim.planning.needs.result import Needs
from sim.report.ceiling import ceiling_draft
from sim.report.charts import faces
from sim.report.experiment import Draft, write_experiment
from sim.report.explain import explanation_draft
from sim.report.folder import versions
from sim.report.formats import Formats
from sim.report.many import Job, write_jobs
from sim.report.messages import CATALOGUES, SOURCE, catalogue, languages
from sim.report.needs.page import needs_draft
from sim.report.optimise import optimise_draft
from sim.report.robust import robustness_draft
from sim.report.select import select_draft
from sim.report.sweep import sweep_draft
from sim.report.write import write_comparison, write_run
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.choices import DEAR, HELP, NONE, shop
from tests.small_needs import small

OTHERS = [language for language in languages() if language != SOURCE]
PARTS = sorted(path.name.removeprefix(SOURCE) for path in CATALOGUES.glob(f"{SOURCE}*.yaml"))
SHIPPED = Path(__file__).parents[2]
Leaves = dict[str, str | list[str]]


def leaves(tree: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{lead}{name}.")
        else:
            yield f"{lead}{name}", value


def part(language: str, ending: str) -> Leaves:
    path = CATALOGUES / f"{language}{ending}"
    assert path.exists(), f"{path.name} is missing: translate {SOURCE}{ending} (docs/guides/languages.md)"
    return dict(leaves(yaml.safe_load(path.read_text(encoding="utf-8"))))


def fields(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


# --- the catalogues -----------------------------------------------------------------------------------------------


def test_there_are_english_and_traditional_chinese() -> None:
    assert languages()[0] == "en"
    assert "zh_TW" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("ending", PARTS)
def test_no_message_is_missing_in_either(language: str, ending: str) -> None:
    own, english = part(language, ending), part(SOURCE, ending)
    assert english.keys() - own.keys() == set(), "not translated"
    assert own.keys() - english.keys() == set(), "no longer used"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("ending", PARTS)
def test_messages_have_the_same_fields_and_markup(language: str, ending: str) -> None:
    own, english = part(language, ending), part(SOURCE, ending)
    for key, text in english.items():
        if isinstance(text, list):
            assert len(own[key]) == len(text), key
            continue
        told, text = str(own[key]), str(text)
        assert fields(told) == fields(text), key
        assert sorted(re.findall(r"<[^>]+>", told)) == sorted(re.findall(r"<[^>]+>", text)), key
        assert bool(told) == bool(text) or key.startswith("list."), key


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_no_parts_that_english_has_not(language: str) -> None:
    assert sorted(path.name.removeprefix(language) for path in CATALOGUES.glob(f"{language}*.yaml")) == PARTS


@pytest.mark.parametrize("ending", PARTS)
def test_chinese_is_not_left_in_english(ending: str) -> None:
    """A message with a word in it has a Chinese one, unless it is a name or a sign in both languages."""
    left = {
        key: text
        for key, text in part("zh_TW", ending).items()
        if isinstance(text, str)
        and re.search(r"[a-z]{3}", re.sub(r"\{[^}]*\}|<[^>]*>", "", text))
        and not re.search(r"[\u4e00-\u9fff]", text)
    }
    assert left.keys() <= {"language.tag"}


def shipped_texts() -> set[str]:
    """Titles, stories and remarks of the scenarios and plans that come with surgesim."""
    found = set[str]()
    for folder in (SHIPPED / "scenarios", SHIPPED / "conf" / "plan"):
        for path in sorted(folder.glob("*.yaml")):
            for key, text in leaves_of_any(yaml.safe_load(path.read_text(encoding="utf-8"))):
                if key in {"title", "story", "about"}:
                    found.add(" ".join(text.split()))
    return found


def leaves_of_any(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from leaves_of_any(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from leaves_of_any(value, key)
    elif isinstance(node, str):
        yield key, node


def descriptions(schema: Any) -> Iterator[str]:
    """What the models say of their figures, as pages use it: up to the first semicolon."""
    if isinstance(schema, Mapping):
        if "unit" in schema and isinstance(schema.get("description"), str):
            yield schema["description"].split(";")[0].strip()
        for value in schema.values():
            yield from descriptions(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from descriptions(value)


def given(language: str) -> dict[str, str]:
    text = (CATALOGUES / "given" / f"{language}.yaml").read_text(encoding="utf-8")
    return {" ".join(english.split()): told for english, told in yaml.safe_load(text).items()}


@pytest.mark.parametrize("language", OTHERS)
def test_shipped_titles_and_figures_are_told_in_every_language_and_nothing_else_is(language: str) -> None:
    figures = {*descriptions(Scenario.model_json_schema()), *descriptions(Plan.model_json_schema())} - {""}
    wanted, told = shipped_texts() | figures, given(language)
    assert wanted - told.keys() == set(), "not translated"
    assert told.keys() - wanted == set(), "no longer used"


def test_a_title_of_ones_own_stays_as_it_is_and_line_breaks_make_no_difference() -> None:
    say = catalogue("zh_TW")
    assert say.given("Overtime") == "加班"
    assert say.given("Overtime until nine") == "Overtime until nine"
    assert say.given("Pickers and packers stay up to\nthree hours after their shift while the backlog is long.") != ""
    assert catalogue().given("Overtime") == "Overtime"


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"zh_tw.*there are en, zh_TW; did you mean 'zh_TW'\?"):
        catalogue("zh_tw")


# --- pages --------------------------------------------------------------------------------------------------------

# people, methods, formats and options that have no other name in Chinese, and choices as a file has them
NAMES = """
    TWD Asia Taipei surgesim compare config dir CSV SVG PNG Parquet PL NBER Holm Bonferroni Halperin Hoad
    Robinson Davies Clopper Pearson Marino Kim Nelson KN Wald Clark Yang Parzen Optuna Rockafellar Uryasev
    headcount factor generic lognormal Erlang McNemar Slack Teams
"""
FORMATS = Formats(catalogue("zh_TW"), "TWD")
CODE = re.compile(r"[\w./{}:\[\],=\u200b-]*[._={}][\w./{}:\[\],=\u200b-]*", re.ASCII)


def page_text(page: str) -> str:
    """What a reader sees on a page and on its charts, without what is set as code."""
    bare = re.sub(r"<(style|script|code|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
    charts = [base64.b64decode(each).decode() for each in re.findall(r"base64,([A-Za-z0-9+/=]+)", bare)]
    told = re.findall(r'\b(?:alt|aria-label|data-head)="([^"]*)"', bare)
    texts = [each for chart in charts for each in re.findall(r"<text[^>]*>([^<]*)</text>", chart)]
    return html.unescape("\n".join([re.sub(r"<[^>]*>", "\n", bare), *told, *texts]))


def names_in(*models: BaseModel) -> set[str]:
    """Words that users gave: titles, remarks and sources, and names of carriers, shifts, rules, measures."""
    found: set[str] = set()

    def look(node: Any, key: str = "") -> None:
        if isinstance(node, BaseModel):
            for name in type(node).model_fields:
                look(getattr(node, name), name)
        elif isinstance(node, Mapping):
            found.update(str(name) for name in node)
            for value in node.values():
                look(value, key)
        elif isinstance(node, str) and key in {"name", "title", "story", "about", "sources"}:
            found.add(node)

    for model in models:
        look(model)
    return {word for text in found for word in re.findall(r"[A-Za-z]+", text)}


def english_on(page: str, *models: BaseModel) -> list[str]:
    """Lines with English words that are neither names nor code."""
    allowed = {word.lower() for word in (*re.findall(r"\w+", NAMES), *names_in(*models))}
    for package in versions():
        page = page.replace(package, " ")
    return [
        line.strip()
        for line in page_text(page).splitlines()
        if {word for word in re.findall(r"[A-Za-z]{2,}", CODE.sub(" ", line)) if word.lower() not in allowed}
    ]


def in_chinese(folder: Path) -> str:
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hant-TW">' in page
    return page


@pytest.fixture(autouse=True)
def with_a_face(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has a Chinese face: texts of charts are text, whatever they are measured with."""
    monkeypatch.setattr("sim.report.charts.faces.has_letters", lambda _: True)


def test_a_comparison_has_no_english(tmp_path: Path) -> None:
    scenario, plans = make_scenario(), make_plans()
    comparison = make_comparison(plans, 6, scenario)
    comparison.verdict = make_verdict("combined", fresh=30, reach_share=0.9)
    write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={}, lang="zh_TW")
    assert english_on(in_chinese(tmp_path / "r"), scenario, *plans.values()) == []


def test_a_run_has_no_english(tmp_path: Path) -> None:
    scenario = sim.load_scenario("double11_storm", overrides=["scale=0.05"])
    ledger = sim.simulate(scenario, sim.load_plan("all_hands"), sim.sample(scenario, seed=1, replication=0))
    write_run(ledger, tmp_path / "r", command="", config={}, lang="zh_TW")
    assert english_on(in_chinese(tmp_path / "r"), ledger.scenario, ledger.plan) == []


@pytest.mark.parametrize("points", [grid(uplift=[2, 3, 6]), grid(uplift=[2, 4], pickers=[1, 2])])
def test_a_sweep_has_no_english(tmp_path: Path, points: list[dict[str, Any]]) -> None:
    results = make_results(points)
    write_experiment(sweep_draft(results, FORMATS, None), lab_of(results), tmp_path / "r", FORMATS, command="")
    assert english_on(in_chinese(tmp_path / "r"), results.scenario, *results.plans.values()) == []


LEVELS = {"plan.help.measures.helpers.headcount": [0, 4]}
PROMISE = Constraint(tolerance=0.15)
ASKED: dict[str, Callable[[Lab], Draft]] = {
    "select": lambda lab: select_draft(select_in(lab, constraint=PROMISE, indifference=1000.0, fresh=4), FORMATS),
    "optimise": lambda lab: optimise_draft(
        optimise_in(lab, LEVELS, constraint=PROMISE, trials=4, first=2, most=3, fresh=3), FORMATS
    ),
    "robust": lambda lab: robustness_draft(robust_in(lab, 3, fresh=2), FORMATS),
    "explain": lambda lab: explanation_draft(
        explain_in(lab, 3, first_look=2, figures={"site.picking.setup_min": [0.5, 8.0]}), FORMATS
    ),
}


@pytest.mark.parametrize("kind", ASKED)
def test_an_experiment_has_no_english(tmp_path: Path, kind: str) -> None:
    plans = {each.name: each for each in (NONE, HELP, DEAR)}
    lab = Lab(shop(), plans, 1, engine=Engine("serial"))
    write_experiment(ASKED[kind](lab), lab, tmp_path / "r", FORMATS, command="")
    assert english_on(in_chinese(tmp_path / "r"), lab.scenario, *plans.values()) == []


SHIPPED_TITLES = {"scenario": "Double 11", "none": "No measures", "help": "Temporary staff on call"}


def with_shipped_titles() -> Lab:
    """A laboratory whose scenario and plans are called as shipped ones are, so that pages have to translate them."""
    scenario = shop().model_copy(update={"title": SHIPPED_TITLES["scenario"]})
    plans = {each.name: each.model_copy(update={"title": SHIPPED_TITLES[each.name]}) for each in (NONE, HELP)}
    return Lab(scenario, plans, 1, engine=Engine("serial"))


def untitled(scenario: Scenario) -> Scenario:
    """A scenario without its title: what is left are names that stay as users gave them."""
    return scenario.model_copy(update={"title": ""})


SHAPES = ("as_planned", "longer", "members_first", "pre_orders")
LOOK: dict[str, Any] = {"points": 3, "replications": 3, "first": 2, "fresh": 3, "width": 0.4}
CEILINGS: dict[str, Search] = {
    "bracket": Search(low=1.0, high=12.0, worth=True, **LOOK),
    "shapes": Search(low=1.0, high=12.0, shapes=SHAPES, figures=Figures(pre_order_days=0.5, members_h=6.0), **LOOK),
    "too_small": Search(low=1.0, high=1.2, by="uplift", **LOOK),
    "too_big": Search(low=400.0, high=900.0, by="orders", **LOOK),
    "revenue": Search(by="revenue", **LOOK),
}


@pytest.mark.parametrize("search", CEILINGS.values(), ids=CEILINGS.keys())
def test_a_ceiling_has_no_english(tmp_path: Path, search: Search) -> None:
    lab = with_shipped_titles()
    found = ceiling_in(lab, search, constraint=PROMISE)
    write_experiment(ceiling_draft(found, FORMATS), lab, tmp_path / "r", FORMATS, command="")
    page = in_chinese(tmp_path / "r")
    assert english_on(page, untitled(lab.scenario)) == []
    assert "隨傳臨時人力" in page
    assert "雙 11" in page


STAMP = datetime(2026, 1, 2, tzinfo=UTC)
HARDER = {
    "promise": {"standard": {"ship_within_days": 1, "deliver_within_days": 2}, "hard_deadline": "2026-03-06T22:00"}
}
SLOW = {"share": 1.0, "pickups": {"evening": {"time": "17:30", "capacity": 120}}, "transit": {"mean_days": 4.0}}
NEVER = {"carriers": {"van": SLOW}, "targets": {"teams": {"carriers": {"carrier_on_time_share": 0.99}}}}


@pytest.fixture(scope="module")
def campaigns() -> dict[str, tuple[Needs, Lab]]:
    """Needs of small campaigns: proven ones, and some that nothing can serve."""
    window = {"measure_from": "2026-03-03", "measure_to": "2026-03-05", "run_on_h": 48.0}
    plans = {"none": Plan(name="none", title=SHIPPED_TITLES["none"])}
    found = {}
    for name, changes in {"proven": HARDER, "never": NEVER}.items():
        scenario = small(title=SHIPPED_TITLES["scenario"], window=window, **changes)
        lab = Lab(scenario, plans, 1, engine=Engine("serial"))
        found[name] = needs_in(lab, 10, fresh=20, probability=0.7), lab
    return found


@pytest.mark.parametrize("name", ["proven", "never"])
def test_what_a_campaign_needs_has_no_english(
    tmp_path: Path, campaigns: dict[str, tuple[Needs, Lab]], name: str
) -> None:
    found, lab = campaigns[name]
    assert (found.proof is None) == (name == "never")
    write_experiment(needs_draft(found, FORMATS, STAMP), lab, tmp_path / "r", FORMATS, command="")
    page = in_chinese(tmp_path / "r")
    assert english_on(page, untitled(lab.scenario)) == []
    assert "雙 11" in page
    told = (tmp_path / "r" / "message.txt").read_text(encoding="utf-8")
    assert english_on(told, untitled(lab.scenario)) == []


def test_the_files_of_needs_are_chinese_and_the_columns_of_tasks_are_not(
    tmp_path: Path, campaigns: dict[str, tuple[Needs, Lab]]
) -> None:
    found, lab = campaigns["proven"]
    files = needs_draft(found, FORMATS, STAMP).files
    book = load_workbook(io.BytesIO(cast("bytes", files["needs.xlsx"])))
    texts = [cell.value for page in book for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert english_on("\n".join([*book.sheetnames, *texts]), untitled(lab.scenario)) == []
    assert book.properties.title == "雙 11"
    head, *tasks = csv.reader(io.StringIO(cast("str", files["tasks.csv"])))
    assert head == ["title", "owner team", "due date", "notes"]
    assert tasks
    assert english_on("\n".join(text for row in tasks for text in row), untitled(lab.scenario)) == []
    calendar = cast("bytes", files["needs.ics"]).decode().replace("\r\n ", "")
    told = re.findall(r"^(?:SUMMARY|DESCRIPTION|CATEGORIES|X-WR-CALNAME):(.*)\r$", calendar, re.MULTILINE)
    assert len(told) > 3
    assert english_on("\n".join(told).replace("\\n", " "), untitled(lab.scenario)) == []


def test_the_combined_page_has_no_english(tmp_path: Path) -> None:
    results = make_results(grid(uplift=[2, 3, 6]))
    write_experiment(sweep_draft(results, FORMATS, None), lab_of(results), tmp_path / "0", FORMATS, command="")
    jobs = [Job(0, ("seed=1",), results.scenario, results.plans, tmp_path / "0")]
    write_jobs(jobs, tmp_path / "all", command="", what="sweep", lang="zh_TW")
    assert english_on(in_chinese(tmp_path / "all"), results.scenario, *results.plans.values()) == []


def test_english_is_seen_by_this_test() -> None:
    page = "<p>積壓 200 orders</p><p><code>work_piles_up</code> 淨貢獻（TWD）</p>"
    assert english_on(page) == ["積壓 200 orders"]


# --- charts -------------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A machine whose faces a test chooses."""
    monkeypatch.undo()  # has_letters is what is tested here
    own = SimpleNamespace(faces=["DejaVu Sans"])
    monkeypatch.setattr(faces, "machine_faces", lambda: own.faces)
    yield own
    faces.faces.cache_clear()
    faces.has_letters.cache_clear()


def test_without_a_chinese_face_charts_are_in_english_and_the_page_says_so(
    machine: SimpleNamespace, tmp_path: Path
) -> None:
    faces.faces.cache_clear()
    faces.has_letters.cache_clear()
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    comparison = make_comparison(plans, 4, make_scenario())
    write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={}, lang="zh_TW")
    page = in_chinese(tmp_path / "r")
    assert catalogue("zh_TW")("language.charts") in page
    assert "各方案並列比較" in page
    for chart in (tmp_path / "r" / "charts").glob("*.svg"):
        assert not re.search(r"[\u3000-\u9fff]", chart.read_text(encoding="utf-8")), chart.name
    assert "Overtime" in page, "named in tables as in the charts"
    assert "加班</th>" not in page


def test_with_one_nothing_is_said_and_titles_are_chinese(tmp_path: Path) -> None:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    comparison = make_comparison(plans, 4, make_scenario())
    write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={}, lang="zh_TW")
    page = in_chinese(tmp_path / "r")
    assert catalogue("zh_TW")("language.charts") not in page
    assert "加班" in (tmp_path / "r" / "charts" / "backlog.svg").read_text(encoding="utf-8")


def test_english_needs_no_face(machine: SimpleNamespace) -> None:
    formats = Formats(catalogue(), "TWD")
    assert formats.charts is formats


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], ("DejaVu Sans",)),
        (["Noto Sans CJK JP", "Noto Sans CJK TC", "Noto Sans CJK SC"], ("DejaVu Sans", "Noto Sans CJK TC")),
        (["Heiti TC", "PingFang TC"], ("DejaVu Sans", "PingFang TC")),
        (["WenQuanYi Zen Hei"], ("DejaVu Sans", "WenQuanYi Zen Hei")),
    ],
)
def test_the_face_of_taiwan_is_taken_where_there_are_several(
    machine: SimpleNamespace, there: list[str], expected: tuple[str, ...]
) -> None:
    machine.faces = there
    faces.faces.cache_clear()
    assert faces.faces() == expected


@pytest.mark.parametrize(
    ("text", "width", "lines", "expected"),
    [
        ("第三方倉儲分流", 8, 2, ["第三方倉", "儲分流"]),
        ("第三方倉儲分流與更多", 8, 2, ["第三方倉", "儲分流…"]),
        ("加班，客服", 4, 3, ["加", "班，", "客服"]),
        ("雙 11 倉儲 plan", 8, 3, ["雙 11 倉", "儲 plan"]),
        ("加班 overtime", 8, 3, ["加班", "overtime"]),
    ],
)
def test_chinese_breaks_anywhere_but_not_before_a_closing_sign_nor_in_a_word(
    text: str, width: int, lines: int, expected: list[str]
) -> None:
    assert faces.wrapped_wide(text, width, lines) == expected
