"""What a person asks of a proposed plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.errors import PlanError

USUAL_MARGIN_MM: Final = 10.0
"""The common planning default (see docs); a person may ask for another."""
WIDEST_MARGIN_MM: Final = 50.0
USUAL_REMNANT_PERCENT: Final = 20.0
"""The least in use for a healthy liver (20 to 25 %, Vauthey, PMC6422720); more after chemotherapy or in cirrhosis."""


LEAST_REMNANT_PERCENT: Final = 1.0
"""A cut that leaves less than this has taken the liver: no plan, whatever limit was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """Limits that every proposal keeps to.

    Attributes:
        margin_mm: least distance from the voxel centres of every target tumour to the cut.
        minimum_flr_percent: least future liver remnant, %; of the functional one where the case has vessel trees.
        spare_branches: numbers of vessel branches that may not be cut, nor anything between them and their root.
        tumours: names of the tumours to take out; None for all.

    Raises:
        PlanError: a limit makes no sense.
    """

    margin_mm: float = USUAL_MARGIN_MM
    minimum_flr_percent: float = USUAL_REMNANT_PERCENT
    spare_branches: tuple[int, ...] = ()
    tumours: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.margin_mm) and 0.0 <= self.margin_mm <= WIDEST_MARGIN_MM):
            raise PlanError(
                "The margin asked for makes no sense.", cure=f"Ask for 0 to {WIDEST_MARGIN_MM:.0f} mm of margin."
            )
        if not (math.isfinite(self.minimum_flr_percent) and 0.0 <= self.minimum_flr_percent < 100.0):
            raise PlanError("The remnant asked for makes no sense.", cure="Ask for 0 to less than 100 % of remnant.")

    @property
    def least_percent(self) -> float:
        """The least remnant of any plan, %."""
        return max(self.minimum_flr_percent, LEAST_REMNANT_PERCENT)
