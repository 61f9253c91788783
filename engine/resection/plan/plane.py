"""A plane as a resection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan.fields import Triple, finite_triple, json_triple, near_triple, object_with

PLANE_CURE: Final = 'Write {"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneResection:
    """A plane; the side its normal points to is resected.

    Attributes:
        point_lps_mm: a point on the plane, patient LPS mm.
        normal_lps: points to the resected side; any length but zero.

    Raises:
        PlanError: a component is not finite, the normal is zero or the point absurdly far away.
    """

    point_lps_mm: Triple
    normal_lps: Triple

    def __post_init__(self) -> None:
        """Refuses a plane that has no sides."""
        object.__setattr__(self, "point_lps_mm", finite_triple(self.point_lps_mm, "point_lps_mm"))
        object.__setattr__(self, "normal_lps", finite_triple(self.normal_lps, "normal_lps"))
        if not any(self.normal_lps):
            raise PlanError("The normal of a plane is zero.", cure="Give the direction of the side to resect.")
        near_triple(self.point_lps_mm, "point_lps_mm", "The point of a plane")

    @property
    def unit_normal_lps(self) -> NDArray[np.float64]:
        """(3,) normal of length one."""
        return unit_vector(self.normal_lps)

    @property
    def flipped(self) -> PlaneResection:
        """The same plane with the other side resected."""
        x, y, z = self.normal_lps
        return PlaneResection(point_lps_mm=self.point_lps_mm, normal_lps=(-x, -y, -z))

    def as_json(self) -> dict[str, object]:
        """The plane as `plan_from_json` reads it."""
        return {
            "kind": "plane",
            "point_lps_mm": list(self.point_lps_mm),
            "normal_lps": list(self.normal_lps),
        }


def plane_from_json(document: object, where: str) -> PlaneResection:
    """Reads a plane.

    Raises:
        PlanError: a field is missing, unknown or wrong.
    """
    fields = object_with(document, {"kind", "point_lps_mm", "normal_lps"}, where, PLANE_CURE)
    return PlaneResection(
        point_lps_mm=json_triple(fields["point_lps_mm"], "point_lps_mm"),
        normal_lps=json_triple(fields["normal_lps"], "normal_lps"),
    )


def unit_vector(vector: Triple) -> NDArray[np.float64]:
    """(3,) the vector at length one; it must not be zero."""
    return np.array(unit_triple(vector))


def unit_triple(vector: Triple) -> Triple:
    """The vector at length one; it must not be zero."""
    largest = max(map(abs, vector))  # first, so that 1e-200 and 1e200 do not under- or overflow
    x, y, z = (part / largest for part in vector)
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length
