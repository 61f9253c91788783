"""A tube: a smooth chain of tapered capsules, from which every hollow, long or round organ is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Room = Literal["abdomen", "abdomen_or_liver", "trunk", "lungs"]
"""Where an organ may be painted: over abdominal tissue, over the liver too, anywhere in the body, in lungs only."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tube:
    """One organ (or bone) as capsules with a wall, a content and a halo of fat.

    Attributes:
        name: what it is.
        capsules_mm: (n, 8) start x, y, z, radius, end x, y, z, radius.
        tissues: tissue codes of (wall, content, gas).
        wall_hu: intensity of the wall (of everything when `wall_mm` is 0).
        content_hu: intensity inside the wall.
        wall_mm: thickness of the wall, 0 for a solid organ.
        halo_mm: fat that keeps the neighbours away.
        bumps_mm: amplitude of the irregular surface.
        texture_hu: amplitude of the grain inside.
        gas_above_y_mm: content in front of this LPS y is gas (the patient lies on the back), None for none.
        stretch: (3,) how much longer the cross-section is along x, y, z.
        room: what it may be painted over.
    """

    name: str
    capsules_mm: NDArray[np.float64]
    tissues: tuple[int, int, int]
    wall_hu: float
    content_hu: float = 0.0
    wall_mm: float = 0.0
    halo_mm: float = 0.0
    bumps_mm: float = 0.0
    texture_hu: float = 4.0
    gas_above_y_mm: float | None = None
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    room: Room = "abdomen"

    def scaled(self, scale: NDArray[np.float64]) -> Tube:
        """The tube in patient mm: positions by each axis' scale, radii by their mean."""
        capsules = self.capsules_mm.copy()
        capsules[:, 0:3] *= scale
        capsules[:, 4:7] *= scale
        capsules[:, [3, 7]] *= float(scale.mean())
        gas = None if self.gas_above_y_mm is None else self.gas_above_y_mm * float(scale[1])
        return replace(self, capsules_mm=capsules, gas_above_y_mm=gas)


def smooth_path(points: ArrayLike, *, step_mm: float = 6.0) -> NDArray[np.float64]:
    """(m, d) a centripetal-free Catmull-Rom curve through (n, d) control points; columns past 3 ride along.

    Args:
        points: control points; the first three columns are a position in mm, a fourth may hold a radius.
        step_mm: about how far apart the returned points lie.
    """
    control = np.asarray(points, dtype=np.float64)
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    pieces = []
    for p0, p1, p2, p3 in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        count = max(1, int(np.ceil(np.linalg.norm((p2 - p1)[:3]) / step_mm)))
        t = (np.arange(count) / count)[:, None]
        cubic = (2 * p1) + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        pieces.append(0.5 * cubic)
    return np.vstack([*pieces, control[-1:]])


def capsules_along(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n - 1, 8) capsules between consecutive rows (x, y, z, radius)."""
    return np.hstack([path[:-1, :4], path[1:, :4]])


def tube_through(points: ArrayLike, *, step_mm: float = 6.0) -> NDArray[np.float64]:
    """(m, 8) capsules along the smooth curve through rows (x, y, z, radius)."""
    return capsules_along(smooth_path(points, step_mm=step_mm))


def solid(code: int) -> tuple[int, int, int]:
    """`Tube.tissues` of something that is the same all through."""
    return (code, code, code)


def jittered(random: np.random.Generator, rows: list[list[float]], spread_mm: float) -> NDArray[np.float64]:
    """(n, 4) rows (x, y, z, radius) with the whole path shifted, each point a little, and all radii scaled."""
    points = np.array(rows)
    points[:, :3] += random.normal(0.0, spread_mm, 3).clip(-2 * spread_mm, 2 * spread_mm)
    points[:, :3] += random.normal(0.0, spread_mm * 0.3, (len(rows), 3))
    points[:, 3] *= random.uniform(0.94, 1.06)
    return points
