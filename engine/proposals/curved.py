"""Candidate curved surfaces: bowls under the tumours, as near to them as the margin allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.proposals.planes import SPARE_MM
from engine.proposals.scene import Scene
from engine.resection.plan import SurfaceResection

RISES_MM: Final = (0.0, 25.0, 50.0, 80.0)
"""How far the bowl rises towards the resected side at the rim of its patch, along either axis."""
TURNS_DEGREES: Final = (0.0, 45.0)
BEYOND_LIVER_MM: Final = 10.0
_SAMPLES: Final = 25
_MOST_RIM: Final = 300

_LINEAR: Final = np.array([-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0])
"""Cubic Bernstein coefficients of x on [-1, 1]."""
_SQUARE: Final = np.array([1.0, -1.0 / 3.0, -1.0 / 3.0, 1.0])
"""Those of x squared: a bicubic patch holds every paraboloid exactly."""


def bowls(scene: Scene, normal: NDArray[np.float64], margin_mm: float) -> Iterator[SurfaceResection]:
    """Paraboloids that open towards the resected side, each clearing all targets by the margin.

    Args:
        scene: the case.
        normal: (3,) unit vector towards the resected side.
        margin_mm: from voxel centres, mm.
    """
    rim = _thinned(np.concatenate([target.rim_lps_mm for target in scene.targets]))
    centre = scene.hull_lps_mm.mean(axis=0)
    for turn in TURNS_DEGREES:
        u_axis, v_axis = _axes(normal, turn)
        frame = np.stack([u_axis, v_axis, normal])
        reach = np.abs((scene.rim_lps_mm - centre) @ frame.T).max(axis=0)[:2] + BEYOND_LIVER_MM
        for rise_u in RISES_MM:
            for rise_v in RISES_MM:
                if turn and rise_u == rise_v:
                    continue  # a round bowl is the same at every turn
                if rise_u == rise_v == 0.0:
                    continue  # a plane
                rises = np.array([rise_u, rise_v])
                lowest = _lowest_mm((rim - centre) @ frame.T, reach, rises, margin_mm) - SPARE_MM
                try:
                    yield _surface(centre, frame, reach, rises, lowest)
                except PlanError:
                    continue  # folds over itself: no surface for a cut


def _lowest_mm(
    points: NDArray[np.float64], reach: NDArray[np.float64], rises: NDArray[np.float64], margin_mm: float
) -> float:
    """Height of the bowl's bottom at which no point of it is nearer to the tumours than the margin, mm.

    Args:
        points: (n, 3) tumour rim in the frame (u, v, height).
        reach: (2,) half size of the patch.
        rises: (2,) rise at the rim.
        margin_mm: mm.
    """
    low = points[:, :2].min(axis=0) - margin_mm
    high = points[:, :2].max(axis=0) + margin_mm
    u, v = (np.linspace(low[axis], high[axis], _SAMPLES) for axis in range(2))
    at = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1).reshape(-1, 2)
    # Between samples the bowl may come nearer by half a step at most.
    clear_mm = margin_mm + 0.5 * float(max(u[1] - u[0], v[1] - v[0]))
    height = (rises * (at / reach) ** 2).sum(axis=1)
    apart2 = ((points[:, None, :2] - at[None]) ** 2).sum(axis=2)
    needed = points[:, None, 2] - height[None] - np.sqrt(np.maximum(clear_mm**2 - apart2, 0.0))
    return float(needed[apart2 <= clear_mm**2].min())


def _surface(
    centre: NDArray[np.float64],
    frame: NDArray[np.float64],
    reach: NDArray[np.float64],
    rises: NDArray[np.float64],
    lowest_mm: float,
) -> SurfaceResection:
    heights = lowest_mm + rises[0] * _SQUARE[None, :] + rises[1] * _SQUARE[:, None]
    u, v = np.meshgrid(reach[0] * _LINEAR, reach[1] * _LINEAR)
    return SurfaceResection.from_net(centre + np.stack([u, v, heights], axis=-1) @ frame)


def _axes(normal: NDArray[np.float64], turn_degrees: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit axes u, v with u x v = normal; v as near to superior as it gets at turn 0."""
    up = np.array([0.0, 0.0, 1.0]) if abs(normal[2]) < 0.9 else np.array([0.0, -1.0, 0.0])
    u = np.cross(up, normal)
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    turn = math.radians(turn_degrees)
    return math.cos(turn) * u + math.sin(turn) * v, math.cos(turn) * v - math.sin(turn) * u


def _thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[:: max(1, len(points) // _MOST_RIM)]
