"""The commands' own keys, beside those of the scenario: what ``conf/compare.yaml`` and its like declare."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.compute import Kind
from sim.definitions import KPIS
from sim.errors import InconsistentError, Problem
from sim.scenario.types import Count, Day, Days, Flag, Model, Positive, PositiveCount, Share

if TYPE_CHECKING:
    from sim.experiment.enough import Enough
    from sim.experiment.questions.constraint import Constraint
    from sim.planning.ceiling.question import Search


class ReportSettings(Model):
    """How pages are written; results never hang on it."""

    lang: str = Field("en", description="language of the page: en or zh_TW")

    @field_validator("lang")
    @classmethod
    def _lang_known(cls, lang: str) -> str:
        from sim.report.messages import languages, no_language

        if lang not in languages():
            raise InconsistentError([Problem("", lang, no_language(lang))])
        return lang


class PageSettings(Model):
    """What all commands that write a page share."""

    report: ReportSettings = Field(default_factory=ReportSettings, description="how the page is written")


class ComputeSettings(PageSettings):
    """Where runs are computed: the settings that all commands with many runs share. The result never hangs on them."""

    workers: PositiveCount | None = Field(
        None, description="processes on this machine; null: as many as there are cores"
    )
    compute: Kind = Field(
        "local", description="processes on this machine, this process alone (to debug), or a Dask cluster"
    )
    scheduler: str | None = Field(
        None, min_length=1, description="address of a Dask scheduler; null: a cluster on this machine"
    )

    @model_validator(mode="after")
    def _scheduler_of_dask(self) -> Self:
        if self.scheduler is not None and self.compute != "dask":
            remedy = f"is used with compute=dask, and this is compute={self.compute}"
            raise InconsistentError([Problem("scheduler", self.scheduler, remedy)])
        return self


class ExperimentSettings(ComputeSettings):
    """What all commands that ask the laboratory share."""

    seed: Count = Field(1, description="of all random numbers")
    store: str | None = Field(
        None,
        min_length=1,
        description="folder of the result store; null: reports/store/VERSION; what is in it is not run again",
    )
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/COMMAND/SCENARIO/TIME")


class PrecisionSettings(Model):
    """How closely KPIs have to be known; ``precision=0.02`` is short for ``precision={relative:0.02}``."""

    kpis: tuple[str, ...] | None = Field(
        None, description="KPIs that decide; null: service_level_ship and net_contribution"
    )
    relative: Annotated[float, Field(strict=True, gt=0, lt=10)] | None = Field(
        0.05, description="half-width of the 95 % interval / mean; null: only the absolute ones count"
    )
    absolute: dict[str, Annotated[float, Field(strict=True, gt=0)]] = Field(
        default_factory=dict,
        description="half-width by KPI in its unit that is enough where it is the wider one, near zero; shares: 0.005",
    )
    at_least: Annotated[int, Field(strict=True, ge=3)] = Field(10, description="replications before the first look")
    at_most: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        1000, description="replications to give up at"
    )
    look_ahead: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        5, description="replications over which it has to stay narrow"
    )

    # checked field by field, so that a wrong name and a wrong number are told together

    @field_validator("kpis")
    @classmethod
    def _kpis_known(cls, kpis: tuple[str, ...] | None) -> tuple[str, ...] | None:
        from sim.experiment.enough import kpi_problems

        problems = [] if kpis is None else kpi_problems(kpis)
        if problems:
            raise InconsistentError([Problem("", each.given, each.remedy) for each in problems])
        return kpis

    @field_validator("absolute")
    @classmethod
    def _widths_wanted(cls, absolute: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        from sim.experiment.enough import JUDGED, width_problems

        if "kpis" not in info.data:  # refused itself
            return absolute
        problems = width_problems(info.data["kpis"] or JUDGED, absolute)
        if problems:
            places = [Problem(each.place.removeprefix("absolute."), each.given, each.remedy) for each in problems]
            raise InconsistentError(places)
        return absolute

    @field_validator("at_most")
    @classmethod
    def _room_to_look(cls, at_most: int, info: ValidationInfo) -> int:
        at_least = info.data.get("at_least", 0)
        if at_most < at_least:
            raise InconsistentError([Problem("", str(at_most), f"must be at least at_least = {at_least}")])
        return at_most

    @model_validator(mode="after")
    def _something_to_reach(self) -> Self:
        judged = self.enough().kpis if self.relative is None else ()
        lacking = [kpi for kpi in judged if kpi not in self.absolute and KPIS[kpi].unit != "share"]
        if lacking:
            remedy = "give a half-width, since there is no relative one"
            raise InconsistentError([Problem(f"absolute.{kpi}", "", remedy) for kpi in lacking])
        return self

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        return {"relative": data} if is_number else data

    def enough(self) -> Enough:
        """The rule to stop by."""
        from sim.experiment.enough import JUDGED, NARROW_SHARE, Enough
        from sim.statistics.precision import Precision

        common = NARROW_SHARE if self.relative is None else None  # used for shares alone; others have their own
        precision = Precision(
            relative=self.relative,
            absolute=common,
            at_least=self.at_least,
            at_most=self.at_most,
            look_ahead=self.look_ahead,
        )
        return Enough(self.kpis or JUDGED, precision, self.absolute)


class CompareSettings(ComputeSettings):
    """Settings of ``surgesim compare``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="draws of customers that every plan meets; not used with precision"
    )
    precision: PrecisionSettings | None = Field(
        None, description="take replications until the KPIs that decide are known this closely"
    )
    seed: Count = Field(1, description="of all random numbers")
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/compare/SCENARIO/TIME")


class SweepSettings(ExperimentSettings):
    """Settings of ``surgesim sweep``."""

    sweep: Any = Field(None, description="figures and their values, or a list of points")
    design: Literal["grid", "list", "latin"] | None = Field(
        None, description="null: list where a list is given, latin where points is, else grid"
    )
    points: PositiveCount | None = Field(None, description="points of a Latin hypercube")
    replications: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        10, description="draws of customers that every plan meets at every point; not used with precision"
    )
    precision: PrecisionSettings | None = Field(
        None, description="run each point until its KPIs are known this closely"
    )
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
    kpis: tuple[str, ...] | None = Field(None, description="KPIs on the page beside those that matter most")


class ConstraintSettings(Model):
    """What a plan has to keep, and how surely."""

    kpi: str = Field("service_level_ship", description="KPI that has to reach a level")
    level: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        None, description="in the KPI's unit; null: targets.service_level_ship, for service_level_ship alone"
    )
    probability: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="of reaching it; null: targets.probability"
    )
    tolerance: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="plans as near to the probability may be called either"
    )

    def made(self) -> Constraint:
        """The constraint.

        Raises
        ------
        InputError
            If the KPI is unknown or has no level.
        """
        from sim.experiment.questions.constraint import Constraint

        return Constraint(self.kpi, self.level, self.probability, self.tolerance)


class SelectSettings(ExperimentSettings):
    """Settings of ``surgesim select``."""

    sweep: Any = Field(None, description="figures and their values: variants of the plans to choose from too")
    objective: str = Field("net_contribution", description="KPI to be best in")
    indifference: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None,
        description="smallest difference that matters, in the objective's unit; null: 1 % of the baseline's revenue, "
        "for shares 0.01, else 5 % of the baseline's mean, by a pilot",
    )
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: nothing"
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="probability of a wrong choice that is accepted"
    )
    first_stage: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        10, description="replications from which variances are estimated"
    )
    at_most: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        1000, description="replications at which each stage gives up"
    )
    fresh: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="new replications of winner, runner-up and baseline"
    )
    baseline: str | None = Field(None, description="plan that the winner is held against; null: the first one")


class OptimiseSettings(ExperimentSettings):
    """Settings of ``surgesim optimise``."""

    levels: Any = Field(None, description="figures that may move, and between what")
    objective: str = Field("total_cost", description="KPI to be best in")
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: nothing"
    )
    trials: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(60, description="combinations to try")
    first: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        5, description="replications of every combination"
    )
    most: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        40, description="replications of one that stays promising"
    )
    fresh: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="new replications of the best, the plan as it stands, and the baseline"
    )
    baseline: str | None = Field(None, description="plan that all is held against; null: the first one")


class ExplainSettings(ExperimentSettings):
    """Settings of ``surgesim explain``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        20, description="draws of customers that every figure worth it, and every resource, meets"
    )
    first_look: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        5, description="draws that every figure meets; what can't be among the largest is not looked at again"
    )
    top: PositiveCount = Field(15, description="bars worth showing")
    kpis: tuple[str, ...] | None = Field(
        None, description="KPIs explained; null: service_level_ship and net_contribution"
    )
    figures: dict[str, Any] | None = Field(
        None, description="ranges of your own: {PATH:[LOW,HIGH]}, beside those that sources name or in place of them"
    )
    only: tuple[str, ...] | None = Field(None, description="paths: only figures below them; null: all")
    resources: Flag = Field(True, description="whether to ask what one more of each resource brings")
    of: str | None = Field(None, description="plan whose bars are shown; null: the one to be chosen")
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")


class RobustSettings(ExperimentSettings):
    """Settings of ``surgesim robust``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        20, description="draws of customers that every plan meets in every future"
    )
    fresh: Count | None = Field(None, description="further draws that what was chosen meets; null: as many; 0: none")
    futures: dict[str, Any] | None = Field(
        None, description="{NAME:{figures:{PATH:VALUE},weight:0.2}}; null: those that come with the scenario"
    )
    kpis: tuple[str, ...] | None = Field(
        None, description="what plans are chosen by; null: net_contribution and service_level_ship"
    )
    level: Annotated[float, Field(strict=True, ge=0, lt=1)] = Field(
        0.9, description="of the conditional value at risk: 0.9 looks at the worst tenth"
    )
    baseline: str | None = Field(None, description="plan that is marked as the baseline; null: the first one")


class MembersFirstSettings(Model):
    """What the shape members_first is like."""

    share: Annotated[float, Field(strict=True, gt=0, lt=1)] = Field(0.3, description="part of the campaign's orders")
    hours: Annotated[float, Field(strict=True, gt=0, le=1440)] = Field(24.0, description="before the opening")


class PreOrdersSettings(Model):
    """What the shape pre_orders is like."""

    share: Annotated[float, Field(strict=True, gt=0, lt=1)] = Field(0.3, description="part of the campaign's orders")
    days: Annotated[float, Field(strict=True, gt=0, le=60)] = Field(5.0, description="before the opening")


class CeilingSettings(ExperimentSettings):
    """Settings of ``surgesim ceiling``."""

    by: Literal["uplift", "orders", "revenue"] = Field(
        "uplift", description="what sizes are told in first; of an order file uplift is demand.resample"
    )
    low: Positive | None = Field(None, description="smallest size asked about, in that unit; null: uplift 1")
    high: Positive | None = Field(None, description="largest size asked about; null: 2.5 times what is planned")
    points: Annotated[int, Field(strict=True, ge=3, le=1000)] = Field(9, description="sizes of the coarse grid, about")
    width: Annotated[float, Field(strict=True, ge=0.001, le=1)] = Field(
        0.05, description="relative width of the bracket"
    )
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: the scenario's targets"
    )
    replications: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        8, description="draws of customers of the search, the same for all plans and sizes"
    )
    first: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        4, description="so many of them are looked at on the whole coarse grid"
    )
    fresh: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        10, description="new draws that confirm the bracket, where the uncertainty of the uplift is integrated over"
    )
    at_most: Annotated[int, Field(strict=True, ge=10, le=100_000)] = Field(
        120, description="draws at which the sequential test of an end gives up, where it is not"
    )
    alpha: Annotated[float, Field(strict=True, gt=0, lt=0.5)] = Field(
        0.05, description="probability of any wrong statement about the brackets that is accepted"
    )
    shapes: tuple[str, ...] = Field(
        ("as_planned",), description="time shapes: as_planned, longer, members_first, pre_orders"
    )
    longer: Annotated[float, Field(strict=True, gt=1, le=10)] = Field(
        2.0, description="of the shape longer: so many times as long, with the same sales"
    )
    members_first: MembersFirstSettings = Field(MembersFirstSettings(), description="of the shape members_first")
    pre_orders: PreOrdersSettings = Field(PreOrdersSettings(), description="of the shape pre_orders")
    binding: Flag = Field(True, description="whether to ask what binds at the ceiling, and what binds next")
    worth: Flag = Field(False, description="whether to ask what one more of each resource adds to the ceiling")
    of: str | None = Field(None, description="plan that is asked about; null: the one of the largest ceiling")
    only: tuple[str, ...] | None = Field(None, description="resources asked about; null: all")
    baseline: str | None = Field(None, description="plan that is marked as the baseline; null: the first one")

    def search(self) -> Search:
        """The same as the question has it."""
        from sim.planning.ceiling.question import Search
        from sim.planning.ceiling.shapes import Figures

        figures = Figures(
            longer=self.longer,
            members_share=self.members_first.share,
            members_h=self.members_first.hours,
            pre_order_share=self.pre_orders.share,
            pre_order_days=self.pre_orders.days,
        )
        own = {each.name for each in fields(Search)} - {"figures"}
        return Search(**{name: getattr(self, name) for name in own}, figures=figures)


class LeadSettings(Model):
    """Days ahead at which something has to be booked."""

    floor_days: Days = Field(14, description="temporary staff of the floor")
    desk_days: Days = Field(21, description="temporary agents")
    pickups_days: Days = Field(7, description="a larger or a further vehicle")
    contract_days: Days = Field(30, description="a carrier's daily cap or contracted network")
    site_days: Days = Field(21, description="packing tables, room on the dock and on the shelves")
    oven_days: Days = Field(14, description="bakers for further hours of a production line")


class NeedsSettings(ExperimentSettings):
    """Settings of ``surgesim needs``."""

    tuning: Annotated[int, Field(strict=True, ge=10, le=100_000)] = Field(60, description="replications of the search")
    fresh: Annotated[int, Field(strict=True, ge=20, le=100_000)] = Field(
        200, description="new replications of each attempt at a proof"
    )
    probability: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = Field(
        None, description="of meeting all targets at once; null: targets.probability"
    )
    desk_goal: Share | None = Field(
        None, description="share of calls answered in time; null: the scorecards' goal; 0: not asked for"
    )
    carriers_goal: Share | None = Field(
        None, description="share of parcels that carriers deliver in time; null: the scorecards' goal; 0: not asked for"
    )
    stock_goal: Share | None = Field(
        None,
        description="share of units supplied from stock; null: targets.fill_rate, or 0.97; 0: not asked for",
    )
    stretch: Literal["week", "day"] = Field("week", description="people are booked by the week, or by the day")
    leads: LeadSettings = Field(LeadSettings(), description="days ahead at which something has to be booked")
    leftover_share: Share = Field(
        0.2, description="of its cost what a unit loses that is left over and does not expire (critical fractile)"
    )
    receiving_days: Days = Field(1, description="working days of the gate from arrival to the shelf")
    today: Day | None = Field(None, description="date the calendar and the workbook are of; null: that of the report")


class RunSettings(PageSettings):
    """Settings of ``surgesim run``."""

    seed: Count = Field(1, description="of all random numbers")
    replication: Count = Field(0, description="which draw of customers")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/run/SCENARIO/TIME")


class ShowSettings(Model):
    """Settings of ``surgesim show``."""

    all: Flag = Field(False, description="show figures at their defaults too")


class ForecastSettings(PageSettings):
    """What ``surgesim forecast`` takes; the reader of the history, the calendar and the models check the rest."""

    history: str = Field(..., min_length=1, description="order file, or table of counts per day or week")
    horizon: PositiveCount | None = Field(None, description="days (or weeks) ahead; null: 28 days, or 8 weeks")
    country: str | None = Field(None, min_length=2, description="whose holidays count: two letters, such as TW")
    campaigns: str | None = Field(None, min_length=1, description="CSV of campaigns past and planned")
    outside: str | None = Field(None, min_length=1, description="CSV of figures from outside by date, horizon included")
    models: tuple[str, ...] | None = Field(None, description="models to choose from; null: all that are there")
    paths: Annotated[int, Field(strict=True, ge=2, le=1000)] = Field(200, description="sample paths")
    skus: Count = Field(0, description="of how many SKUs AutoETS may try its hand; 0: no forecast by SKU")
    budget_s: Positive = Field(60.0, description="seconds for the backtest")
    sku_budget_s: Positive = Field(30.0, description="seconds for AutoETS by SKU")
    preset: str = Field("", description="of an order file; empty: told by its columns")
    columns: dict[str, str] = Field({}, description="role: column of the file")
    measure: Literal["orders", "lines", "units"] = Field("orders", description="what of an order file is forecast")
    freq: Literal["", "D", "W"] = Field("", description="W: add days up to weeks; empty: as the file has it")
    gaps: Literal["refuse", "zero", "fill"] = Field("refuse", description="missing days of a table of counts")
    bad_rows: Literal["stop", "skip"] = Field("stop", description="what to do about rows that can't be read")
    week_ends: Flag = Field(False, description="dates of a weekly table are the last days of their weeks")
    since: Day | None = Field(None, description="first day to use")
    until: Day | None = Field(None, description="last day to use")
    timezone: str = Field("UTC", min_length=1, description="time zone whose midnights begin a day")
    file_timezone: str = Field("", description="time zone of times without an offset; empty: the same")
    seed: Count = Field(1, description="of the sample paths")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/forecast/FILE/TIME")


SETTINGS: Final[dict[str, type[Model]]] = {
    "ceiling": CeilingSettings,
    "compare": CompareSettings,
    "explain": ExplainSettings,
    "forecast": ForecastSettings,
    "needs": NeedsSettings,
    "robust": RobustSettings,
    "run": RunSettings,
    "select": SelectSettings,
    "optimise": OptimiseSettings,
    "sweep": SweepSettings,
    "show": ShowSettings,
}
