"""The walls of wedges as surfaces to lay flat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from engine.resection.plan import Cone, Spheroid, WedgeResection
from engine.resection.resectogram.cut_surface import STEP_MM, ByFormula, CutSurface, around
from engine.resection.resectogram.view import CutView, view_from

_CELLS_PER_RADIUS: Final = 8
_FARTHEST_ANGLE: Final = 0.65 * math.pi
"""From the pole of a spheroid along x or y; farther round, towards the other pole, no picture is faithful."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConeCut(ByFormula):
    """The mantle of a cone, seen along its axis from the base.

    Attributes:
        view: its origin is the apex.
        step_mm: between lattice points.
        half_angle_rad: between axis and mantle.
        depth_mm: from apex to base; beyond it there is no mantle.
    """

    view: CutView
    step_mm: float
    half_angle_rad: float
    depth_mm: float

    @property
    def is_flat(self) -> bool:
        """A cone around its apex cannot lie flat without stretching."""
        return False

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """The base's square, as far as the box reaches."""
        base_mm = self.depth_mm * math.tan(self.half_angle_rad)
        return np.clip(around(self.view.xy_mm(corners_lps_mm)), -base_mm, base_mm)

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the mantle, continued beyond the base."""
        return self.view.lps_mm(xy_mm, np.linalg.norm(xy_mm, axis=1) / math.tan(self.half_angle_rad))

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Areas are true: the mantle is 1 / sin(half angle) times as large as its projection."""
        return xy_mm / math.sqrt(math.sin(self.half_angle_rad))

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """By projection along the axis."""
        return self.view.xy_mm(points_lps_mm)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HollowCut(ByFormula):
    """The wall of a spheroid, seen from its centre towards the liver.

    Attributes:
        view: its origin is the centre; the pole of the picture lies straight ahead.
        step_mm: between lattice points.
        axis_lps: (3,) unit axis of revolution.
        radius_across_mm: half axis across.
        radius_along_mm: half axis along.
    """

    view: CutView
    step_mm: float
    axis_lps: NDArray[np.float64]
    radius_across_mm: float
    radius_along_mm: float

    @property
    def is_flat(self) -> bool:
        """A spheroid never is."""
        return False

    @property
    def mean_radius_mm(self) -> float:
        """Turns angles from the pole into mm."""
        return (2.0 * self.radius_across_mm + self.radius_along_mm) / 3.0

    def reach_mm(self, corners_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ARG002
        """The wall but for what lies far behind the viewer."""
        edge_mm = _FARTHEST_ANGLE * self.mean_radius_mm
        return np.array([[-edge_mm, -edge_mm], [edge_mm, edge_mm]])

    def points_lps_mm(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the direction of (x, y) meets the wall."""
        away = np.linalg.norm(xy_mm, axis=1)
        angle = away / self.mean_radius_mm
        # sin(angle) / away, which is 1 / mean radius at the pole.
        sideways = np.sinc(angle / math.pi) / self.mean_radius_mm
        flat = xy_mm[:, :1] * self.view.right_lps + xy_mm[:, 1:] * self.view.up_lps
        direction = sideways[:, None] * flat - np.cos(angle)[:, None] * self.view.viewer_lps
        along = direction @ self.axis_lps
        across = np.sqrt(np.maximum(1.0 - along**2, 0.0))
        reach_mm = 1.0 / np.hypot(along / self.radius_along_mm, across / self.radius_across_mm)
        points: NDArray[np.float64] = self.view.origin_lps_mm + reach_mm[:, None] * direction
        return points

    def guess_uv(self, xy_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Areas of a sphere are true (Lambert's azimuthal projection)."""
        angle = np.linalg.norm(xy_mm, axis=-1, keepdims=True) / self.mean_radius_mm
        uv: NDArray[np.float64] = xy_mm * np.sinc(angle / (2.0 * math.pi))
        return uv

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """From the direction of each point."""
        offsets = points_lps_mm - self.view.origin_lps_mm
        sideways = np.stack([offsets @ self.view.right_lps, offsets @ self.view.up_lps], axis=1)
        length = np.linalg.norm(sideways, axis=1)
        angle = np.arctan2(length, -offsets @ self.view.viewer_lps)
        scale = np.divide(angle, length, out=np.zeros_like(length), where=length > 0.0)
        xy: NDArray[np.float64] = sideways * (scale * self.mean_radius_mm)[:, None]
        return xy


def wall_of(wedge: WedgeResection, liver_lps_mm: NDArray[np.float64]) -> CutSurface:
    """The wall of a wedge; a spheroid's is seen from its middle towards the liver's."""
    match wedge.shape:
        case Cone() as cone:
            angle = math.radians(cone.half_angle_degrees)
            step_mm = min(STEP_MM, cone.depth_mm * math.tan(angle) / _CELLS_PER_RADIUS)
            view = view_from(np.array(cone.apex_lps_mm), wedge.axis_lps)
            return ConeCut(view=view, step_mm=step_mm, half_angle_rad=angle, depth_mm=cone.depth_mm)
        case Spheroid() as spheroid:
            return _hollow(spheroid, wedge.axis_lps, liver_lps_mm)
        case _:
            assert_never(wedge.shape)


def _hollow(spheroid: Spheroid, axis_lps: NDArray[np.float64], liver_lps_mm: NDArray[np.float64]) -> HollowCut:
    """A spheroid seen from its middle towards the liver's: most of what remains lies there."""
    centre = np.array(spheroid.centre_lps_mm)
    away = centre - liver_lps_mm
    length = float(np.linalg.norm(away))
    viewer = away / length if length > 1e-6 else axis_lps
    smallest = min(spheroid.radius_across_mm, spheroid.radius_along_mm)
    return HollowCut(
        view=view_from(centre, viewer),
        step_mm=min(STEP_MM, smallest / _CELLS_PER_RADIUS * 2.0),
        axis_lps=axis_lps,
        radius_across_mm=spheroid.radius_across_mm,
        radius_along_mm=spheroid.radius_along_mm,
    )
