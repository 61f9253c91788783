"""A curved surface as a resection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan.fields import Triple, json_triple, json_type, near_triple, object_with
from engine.resection.surface.frame import SurfaceFrame, frame_of

SURFACE_CURE: Final = 'Write {"kind": "surface", "control_points_lps_mm": [[x, y, z], ... 16 points, row by row]}.'
_NAME: Final = "control_points_lps_mm"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceResection:
    """A bicubic Bezier surface, continued beyond its edges; the side its frame's normal points to is resected.

    With P[r][c] the control point 4 r + c, u runs along a row (c) and v from row to row (r). The frame's normal is
    the unit vector of (P[3][3] - P[0][0]) x (P[3][0] - P[0][3]), which is u x v; so turning the order of the points
    in every row round swaps the sides. What the function is inside and beyond the patch: `surface.frame`.

    Attributes:
        control_points_lps_mm: 16 points, row by row, patient LPS mm.

    Raises:
        PlanError: not 16 finite points, or the surface has no sides because it folds over itself seen along its
            normal.
    """

    control_points_lps_mm: tuple[Triple, ...]

    def __post_init__(self) -> None:
        """Refuses a surface that has no sides."""
        count = len(self.control_points_lps_mm)
        if count != 16:
            raise PlanError(f"A surface has {count} control points, not 16.", cure=SURFACE_CURE)
        points = tuple(
            near_triple(point, f"{_NAME}[{number}]", "A control point")
            for number, point in enumerate(self.control_points_lps_mm)
        )
        object.__setattr__(self, "control_points_lps_mm", points)
        _cached_frame(points)

    @classmethod
    def from_net(cls, net_lps_mm: NDArray[np.float64]) -> SurfaceResection:
        """Of a (4, 4, 3) control net [row v, column u], LPS mm."""
        points = np.asarray(net_lps_mm, dtype=np.float64).reshape(16, 3)
        return cls(control_points_lps_mm=tuple((float(x), float(y), float(z)) for x, y, z in points))

    @property
    def control_net_lps_mm(self) -> NDArray[np.float64]:
        """(4, 4, 3) control points [row v, column u], LPS mm."""
        return np.array(self.control_points_lps_mm, dtype=np.float64).reshape(4, 4, 3)

    @property
    def frame(self) -> SurfaceFrame:
        """The frame in which the surface is a height over a plane."""
        return _cached_frame(self.control_points_lps_mm)

    @property
    def flipped(self) -> SurfaceResection:
        """The same surface with the other side resected."""
        return SurfaceResection.from_net(self.control_net_lps_mm[:, ::-1])

    def as_json(self) -> dict[str, object]:
        """The surface as `plan_from_json` reads it."""
        return {"kind": "surface", _NAME: [list(point) for point in self.control_points_lps_mm]}


@lru_cache(maxsize=256)
def _cached_frame(points_lps_mm: tuple[Triple, ...]) -> SurfaceFrame:
    return frame_of(np.array(points_lps_mm, dtype=np.float64).reshape(4, 4, 3))


def surface_from_json(document: object, where: str) -> SurfaceResection:
    """Reads a surface.

    Raises:
        PlanError: a field is missing, unknown or wrong.
    """
    fields = object_with(document, {"kind", _NAME}, where, SURFACE_CURE)
    points = fields[_NAME]
    if not isinstance(points, list):
        raise PlanError(f"{_NAME} is {json_type(points)}, not a list of 16 points.", cure=SURFACE_CURE)
    if len(points) != 16:
        raise PlanError(f"{_NAME} has {len(points)} points, not 16.", cure=SURFACE_CURE)
    return SurfaceResection(control_points_lps_mm=_triples(points))


def _triples(points: Sequence[object]) -> tuple[Triple, ...]:
    return tuple(json_triple(point, f"{_NAME}[{number}]") for number, point in enumerate(points))
