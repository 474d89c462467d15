"""How closely KPIs have to be known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.definitions import KPIS
from sim.errors import InconsistentError, Problem
from sim.scenario.types import Model

if TYPE_CHECKING:
    from sim.experiment.enough import Enough


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
