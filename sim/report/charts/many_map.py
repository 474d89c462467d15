"""Plans against the jobs of a ``--multirun``: a row for each job, a column for each plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from sim.report.charts.canvas import INK, MUTED, PALE, WIDE, Chart, figure, finish, place, wrapped
from sim.report.formats import Formats
from sim.report.many.jobs import Job, Line

MOST_ROWS = 60
ROW, HEAD, FOOT = 0.42, 0.55, 0.12
LETTER = 0.068  # inches at 8 pt
LONGEST = 46  # letters of a job's name beside its row
SCALE = Normalize(-0.15, 1.0)  # the lightest field must not look empty


def jobs_chart(
    names: Sequence[str], lines: Sequence[Line], headings: Mapping[str, str], formats: Formats
) -> Chart | None:
    """The chart; nothing where nothing falls due.

    Parameters
    ----------
    names
        Of the jobs, by number.
    headings
        Of all plans of all jobs.
    """
    if not any(line.plan for line in lines):
        return None
    by_job: dict[int, tuple[Job, list[Line]]] = {}
    for line in lines:
        by_job.setdefault(line.job.number, (line.job, []))[1].append(line)
    rows = list(by_job.values())[:MOST_ROWS]
    texts = [wrapped(name, LONGEST // 2 if len(name) > LONGEST else LONGEST) for name in names[: len(rows)]]
    longest = max(len(part) for text in texts for part in text.split("\n"))
    left = min(3.4, 0.25 + longest * LETTER)
    width = min(WIDE - left - 0.1, 2.2 * len(headings))
    drawn = figure(WIDE, HEAD + ROW * len(rows) + FOOT)
    axes = place(drawn, left, HEAD, width, ROW * len(rows))
    axes.grid(visible=False)
    axes.set_facecolor(PALE)
    for spine in axes.spines.values():
        spine.set_visible(False)
    letters = max(6, int(width / len(headings) / LETTER))
    for row, (_, of_job) in enumerate(rows):
        for column, plan in enumerate(headings):
            _field(axes, column, row, plan, of_job, formats)
    axes.set_xlim(0, len(headings))
    axes.set_ylim(len(rows), 0)
    columns = [column + 0.5 for column in range(len(headings))]
    axes.set_xticks(columns, [wrapped(heading, letters) for heading in headings.values()])
    axes.xaxis.tick_top()
    axes.set_yticks([row + 0.5 for row in range(len(rows))], texts)
    axes.tick_params(length=0, labelcolor=INK)
    listed = formats.say("list.comma").join(headings.values())
    return finish(drawn, "jobs", formats.say("many.chart.alt", plans=listed))


def _field(axes: Axes, column: int, row: int, plan: str, lines: Sequence[Line], formats: Formats) -> None:
    say = formats.say
    stands = [line.plans[plan] for line in lines if plan in line.plans]
    if not stands:
        axes.text(column + 0.5, row + 0.5, say("many.chart.missing"), color=MUTED, fontsize=7, ha="center", va="center")
        return
    chosen = sum(line.plan == plan and line.chosen is not None and line.chosen.holds for line in lines)
    if lines[0].point:
        held = sum(stand.holds for stand in stands)
        value = held / len(stands)
        texts = [say("many.chart.times", met=held, of=len(stands))]
        texts += [say("many.chart.chosen", count=chosen)] if chosen else []
    else:
        (stand,) = stands
        value = stand.service.mean if stand.service.known else 0.0
        texts = [formats.share(stand.service.mean), say("many.chart.times", met=stand.met, of=stand.of)]
    colour = colormaps["Blues"](SCALE(value))
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.0))
    if chosen and not lines[0].point:
        for edge, wide in (("white", 4.5), (INK, 2.0)):
            inner = Rectangle((column + 0.025, row + 0.06), 0.95, 0.88, fill=False, edgecolor=edge, linewidth=wide)
            axes.add_patch(inner)
    dark = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2] < 0.5
    axes.text(
        column + 0.5, row + 0.5, "\n".join(texts), color="white" if dark else INK, fontsize=7.5, ha="center",
        va="center", linespacing=1.15,
    )  # fmt: skip
