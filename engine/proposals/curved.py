"""Candidate curved surfaces: bowls under the tumours, as near to them as the margin allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.proposals import forms, kernels
from engine.proposals.drafts import Draft, DraftBoard
from engine.proposals.planes import PlaneCut, around
from engine.proposals.scene import Scene
from engine.resection.plan import ResectionPlan, SurfaceResection

RISES_MM: Final = (0.0, 25.0, 50.0, 80.0)
"""How far the bowl rises towards the resected side at the rim of its patch, along either axis."""
HIGHEST_RISE_MM: Final = 120.0
TURNS_DEGREES: Final = (0.0, 45.0)
BENT_PLANES: Final = 6
"""Planes that bowls are bent from."""
ROUNDS: Final = ((8, 6.0, 16.0, 20.0), (8, 3.0, 8.0, 10.0), (6, 1.5, 4.0, 5.0))
"""The best bowls are changed: how many of them, tilt in degrees, rise in mm, turn in degrees."""
BEYOND_LIVER_MM: Final = 10.0
SPARE_MM: Final = 0.15
"""Beyond the margin asked for: margins are measured to triangles, which lie within 0.1 mm of the surface."""

_LINEAR: Final = np.array([-1.0, -1.0 / 3.0, 1.0 / 3.0, 1.0])
"""Cubic Bernstein coefficients of x on [-1, 1]."""
_SQUARE: Final = np.array([1.0, -1.0 / 3.0, -1.0 / 3.0, 1.0])
"""Those of x squared: a bicubic patch holds every paraboloid exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """Which way a bowl opens, and how.

    Attributes:
        normal: unit vector towards the resected side.
        turn_degrees: of its axes about the normal.
        rises_mm: at the rim of its patch, along either axis.
    """

    normal: tuple[float, float, float]
    turn_degrees: float
    rises_mm: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bowl:
    """A paraboloid that opens towards the resected side and clears all targets by the margin.

    Attributes:
        bend: which way it opens, and how.
        frame: (3, 3) rows u, v and the direction to the resected side.
        centre_lps_mm: (3,) where its axis goes through.
        reach_mm: (2,) half size of its patch.
        bottom_mm: its height over the centre.
        margin_mm: from voxel centres, mm.
    """

    bend: Bend
    frame: NDArray[np.float64]
    centre_lps_mm: NDArray[np.float64]
    reach_mm: NDArray[np.float64]
    bottom_mm: float
    margin_mm: float

    @property
    def form(self) -> NDArray[np.float64]:
        """(16,) as `kernels.take` reads it."""
        return forms.bowl(self.frame, self.centre_lps_mm, self.bend.rises_mm / self.reach_mm**2, self.bottom_mm)

    def plan(self) -> ResectionPlan:
        """The plan of this bowl.

        Raises:
            PlanError: it folds over itself.
        """
        heights = self.bottom_mm + self.bend.rises_mm[0] * _SQUARE[None, :] + self.bend.rises_mm[1] * _SQUARE[:, None]
        u, v = np.meshgrid(self.reach_mm[0] * _LINEAR, self.reach_mm[1] * _LINEAR)
        net = self.centre_lps_mm + np.stack([u, v, heights], axis=-1) @ self.frame
        return ResectionPlan(resections=(SurfaceResection.from_net(net),))


def bowl_drafts(board: DraftBoard, scene: Scene, planes: Sequence[Draft[PlaneCut]]) -> list[Draft[Bowl]]:
    """Bowls bent from the best planes of each margin, and the best of those changed a little, again and again.

    Args:
        board: rates them.
        scene: the case.
        planes: to start from.
    """
    found: list[Draft[Bowl]] = []
    for margin_mm in sorted({one.shape.margin_mm for one in planes}):
        starts = board.best([one for one in planes if one.shape.margin_mm == margin_mm], BENT_PLANES)
        first = [bend for one in starts for bend in _bends(one.shape.normal)]
        drafts = board.of_shapes("curved", clearing_bowls(scene, first, margin_mm))
        for most, tilt_degrees, rise_mm, turn_degrees in ROUNDS:
            bends = [
                bend
                for one in board.best(drafts, most)
                for bend in _changed(one.shape.bend, tilt_degrees, rise_mm, turn_degrees)
            ]
            drafts += board.of_shapes("curved", clearing_bowls(scene, bends, margin_mm))
        found += drafts
    return found


def clearing_bowls(scene: Scene, bends: Sequence[Bend], margin_mm: float) -> list[Bowl]:
    """Of each bend the bowl that takes every target with this margin and as little else as possible.

    What a bowl takes is convex, so that the corners of the targets' hulls tell for all of their voxels.
    """
    hull = np.ascontiguousarray(scene.hull_lps_mm)
    centre = hull.mean(axis=0)
    frames = _frames(bends)
    across = np.abs((scene.rim_lps_mm - centre) @ frames[:, :2].reshape(-1, 3).T).max(axis=0).reshape(-1, 2)
    reach = across + BEYOND_LIVER_MM
    curvatures = np.array([bend.rises_mm for bend in bends]).reshape(-1, 2) / reach**2
    bottoms = np.empty(len(bends))
    kernels.bowl_bottoms(hull, frames, centre, curvatures, margin_mm + SPARE_MM, bottoms)
    return [
        Bowl(
            bend=bend,
            frame=frames[n],
            centre_lps_mm=centre,
            reach_mm=reach[n],
            bottom_mm=float(bottoms[n]),
            margin_mm=margin_mm,
        )
        for n, bend in enumerate(bends)
    ]


def _bends(normal: NDArray[np.float64]) -> Iterator[Bend]:
    x, y, z = normal.tolist()
    for turn, rise_u, rise_v in product(TURNS_DEGREES, RISES_MM, RISES_MM):
        if rise_u == rise_v == 0.0 or (turn and rise_u == rise_v):
            continue  # a plane; a round bowl is the same at every turn
        yield Bend(normal=(x, y, z), turn_degrees=turn, rises_mm=(rise_u, rise_v))


def _changed(bend: Bend, tilt_degrees: float, rise_mm: float, turn_degrees: float) -> Iterator[Bend]:
    """The bend with one thing changed at a time."""
    for x, y, z in around(np.array(bend.normal), tilt_degrees).tolist():
        yield Bend(normal=(x, y, z), turn_degrees=bend.turn_degrees, rises_mm=bend.rises_mm)
    for turn in (-turn_degrees, turn_degrees):
        yield Bend(normal=bend.normal, turn_degrees=bend.turn_degrees + turn, rises_mm=bend.rises_mm)
    u, v = bend.rises_mm
    for rises in ((u - rise_mm, v), (u + rise_mm, v), (u, v - rise_mm), (u, v + rise_mm)):
        if min(rises) >= 0.0 and 0.0 < max(rises) <= HIGHEST_RISE_MM:
            yield Bend(normal=bend.normal, turn_degrees=bend.turn_degrees, rises_mm=rises)


def _frames(bends: Sequence[Bend]) -> NDArray[np.float64]:
    """(n, 3, 3) unit rows u, v, normal with u x v = normal; v as near to superior as it gets at turn 0."""
    normals = np.array([bend.normal for bend in bends]).reshape(-1, 3)
    turns = np.radians([bend.turn_degrees for bend in bends])[:, None]
    up = np.where(np.abs(normals[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[0.0, -1.0, 0.0]])
    u = np.cross(up, normals)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(normals, u)
    return np.stack([np.cos(turns) * u + np.sin(turns) * v, np.cos(turns) * v - np.sin(turns) * u, normals], axis=1)
