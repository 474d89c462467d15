"""Tasks as CSV with the columns that Asana, Trello and Monday import, and a short text for Slack or Teams.

The names of the columns are English in every language, as those of all CSV files are: an import that was set up once
goes on whatever the language of the page. What stands in them is in the language of the page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sim.files import harmless
from sim.planning.needs.result import Needs
from sim.report.formats import Formats
from sim.report.needs.words import as_moment, count_of, events, gaps, name_of, records, team_in_words, when_of

COLUMNS = ("title", "owner team", "due date", "notes")
MOST_LINES = 6  # of the message, of gaps and of dates each


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done by a day."""

    title: str
    team: str
    due: date
    notes: str


def tasks_of(found: Needs, formats: Formats) -> list[Task]:
    """What is to be booked, and the last safe order time to be announced when the campaign opens."""
    tasks = []
    told = events(found, formats)
    opens = next((each.day for each in found.dates if each.event == "opens"), None)
    for each, event in zip(found.dates, told, strict=True):
        if each.need:  # booked, ordered, baked
            tasks.append(Task(event.title, team_in_words(each.team, formats), each.day, event.about))
        elif each.event == "last_order":
            title = formats.say("needs.task_announce", moment=when_of(each.moment, formats))
            due = min(opens, each.day) if opens is not None else each.day
            tasks.append(Task(title, team_in_words(each.team, formats), due, event.about))
    tasks += _gate(found, formats)
    return sorted(tasks, key=lambda task: (task.due, task.title))


def _gate(found: Needs, formats: Formats) -> Iterator[Task]:
    """The gate, for the day on which most comes."""
    say, need = formats.say, next((each for each in found.needs if each.kind == "gate"), None)
    if need is None or not len(found.shelves):
        return
    top: Any = next(records(found.shelves.nlargest(1, "gate_h_high")))
    title = say(
        "needs_stock.task.gate",
        date=formats.day(as_moment(top.date)),
        count=formats.number(float(top.received_units_high)),
        hours=formats.number(float(top.gate_h_high), 1),
    )
    staffed = formats.number(float(top.gate_staffed_h))
    notes = say("needs_stock.task.gate_notes", share=formats.share(found.probability, 0), staffed=staffed)
    due = top.date - timedelta(days=found.leads.of(need))
    yield Task(title, team_in_words("warehouse", formats), due, notes)


def task_heads(formats: Formats) -> list[str]:
    """Names of the columns."""
    say = formats.say
    return [say("needs.file.title"), say("needs.file.team"), say("needs.file.due"), say("needs.file.notes")]


def tasks_csv(tasks: Sequence[Task]) -> str:
    """The file: dates as YYYY-MM-DD, texts that no spreadsheet takes for formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for task in tasks:
        notes = " ".join(task.notes.split())
        writer.writerow([harmless(task.title), harmless(task.team), task.due.isoformat(), harmless(notes)])
    return text.getvalue()


def message(found: Needs, formats: Formats) -> str:
    """A short text for Slack or Teams: how sure, what is missing, the first dates, the cost."""
    say = formats.say
    lines = [say("needs.message.head", scenario=formats.heading(found.scenario)), _how_sure(found, formats)]
    lacking = gaps(found)
    lines += [
        say(
            "needs.message.gap",
            name=name_of(found, need, formats),
            needed=count_of(need, found.total(need), formats),
            present=formats.number(sum(need.present)),
        )
        for need, _ in lacking[:MOST_LINES]
    ]
    if not lacking:
        lines.append(say("needs.message.none"))
    if len(lacking) > MOST_LINES:
        lines.append(say("needs.message.more", count=len(lacking) - MOST_LINES))
    told = tasks_of(found, formats)[:MOST_LINES]
    if told:
        lines.append(say("needs.message.first"))
        lines += [
            say("needs.message.date", date=formats.day(datetime(each.due.year, each.due.month, each.due.day)),
                title=each.title)
            for each in told
        ]  # fmt: skip
    total = found.budget.iloc[-1]
    more = float(total["difference"])
    cost, gap = formats.rough_money(float(total["needed"])), formats.rough_money(abs(more))
    lines.append(say("needs.message.cost_less" if more < 0 else "needs.message.cost", cost=cost, gap=gap))
    return "\n".join(lines) + "\n"


def _how_sure(found: Needs, formats: Formats) -> str:
    say, proof = formats.say, found.proof
    asked, present = formats.share(found.probability, 0), formats.share(found.present_share, 0)
    if proof is None:
        return say("needs.message.never", asked=asked, present=present)
    told = {"share": formats.share(proof.share), "n": formats.number(proof.n), "asked": asked, "present": present}
    return say("needs.message.unproven", **told) if proof.rejected else say("needs.message.proven", **told)
