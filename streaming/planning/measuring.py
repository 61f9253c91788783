"""What the measurements of a plan come to in one case. Call it off the event loop."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from engine.errors import PlanError
from engine.resection.measurements import Surveyor
from engine.resection.plan import Resection, ResectionPlan
from streaming.planning.engine_measurement import engine_measurement, measured_value, not_measured
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import Measured, MeasuredValue, MeasurementState, ResectionState

if TYPE_CHECKING:
    from engine.tumours import TumourMeasure
    from streaming.planning.planning_case import PlanningCase

_KEPT_AREAS = 32


class Measuring:
    """Counts measurements in one case; what did not change is not counted again.

    Args:
        opened: the case.
    """

    def __init__(self, opened: PlanningCase) -> None:
        self._opened = opened
        self._area_of = lru_cache(_KEPT_AREAS)(self._cut_area_mm2)
        self._surveyor = Surveyor(opened.trees, lambda: self._tumours, self._area_of)

    def values(
        self, revision: int, measurements: tuple[MeasurementState, ...], resections: tuple[ResectionState, ...]
    ) -> Measured:
        """All of them, each with its number or why it has none.

        Args:
            revision: of the plan they stand in.
            measurements: to count.
            resections: of that plan.
        """
        ids = [one.resection_id for one in resections]
        known = tuple(engine_resection(one) for one in resections)
        return Measured(revision=revision, values=tuple(self._value(one, ids, known) for one in measurements))

    def _value(self, state: MeasurementState, ids: list[str], resections: tuple[Resection, ...]) -> MeasuredValue:
        try:
            return measured_value(
                state.measurement_id, self._surveyor.measure(engine_measurement(state, ids), resections)
            )
        except PlanError as error:
            return not_measured(state, error)

    @cached_property
    def _tumours(self) -> tuple[TumourMeasure, ...]:
        from engine.tumours import measure_tumours

        return measure_tumours(self._opened.labels)

    def _cut_area_mm2(self, plan: ResectionPlan) -> float | None:
        return self._opened.evaluator.evaluate(plan).cut_area_mm2
