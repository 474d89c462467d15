"""What a plan has to keep, and how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sim.scenario.types import Model

if TYPE_CHECKING:
    from sim.experiment.questions.constraint import Constraint


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
