"""Candidate planes: every direction of space, each as near to the tumours as the margin allows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.proposals import forms
from engine.proposals.drafts import Draft, DraftBoard
from engine.proposals.scene import Scene
from engine.resection.plan import PlaneResection, ResectionPlan

DIRECTIONS: Final = 600
"""Neighbouring directions are then about 8 degrees apart."""
TURNS_DEGREES: Final = (4.0, 2.0, 1.0)
"""The best planes are turned by these angles, one after the other."""
TURNED: Final = 8
"""Planes that are turned, each in six ways."""
SPARE_MM: Final = 0.05
"""Beyond the margin asked for, so that rounding of coordinates does not eat it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneCut:
    """A plane that takes every target with a margin and as little else as possible.

    Attributes:
        normal: (3,) unit vector towards the resected side.
        lowest_mm: product of the normal and any point of the plane, mm.
        centre_lps_mm: (3,) of the liver: the plane's point is the nearest to it, where a person looks for the handle.
        margin_mm: from voxel centres, mm.
    """

    normal: NDArray[np.float64]
    lowest_mm: float
    centre_lps_mm: NDArray[np.float64]
    margin_mm: float

    @property
    def form(self) -> NDArray[np.float64]:
        """(16,) as `kernels.take` reads it."""
        return forms.plane(self.normal, self.lowest_mm)

    def plan(self) -> ResectionPlan:
        """The plan of this plane."""
        point = self.centre_lps_mm + self.normal * (self.lowest_mm - self.normal @ self.centre_lps_mm)
        (x, y, z), (a, b, c) = point.tolist(), self.normal.tolist()
        return ResectionPlan(resections=(PlaneResection(point_lps_mm=(x, y, z), normal_lps=(a, b, c)),))


def plane_drafts(board: DraftBoard, scene: Scene, margins_mm: Iterable[float]) -> list[Draft[PlaneCut]]:
    """Planes in all directions, and the best of them turned further and further towards the best between.

    Args:
        board: rates them.
        scene: the case.
        margins_mm: to make planes for.
    """
    found: list[Draft[PlaneCut]] = []
    for margin_mm in margins_mm:
        drafts = board.of_shapes("plane", clearing_planes(scene, directions(DIRECTIONS), margin_mm))
        for angle_degrees in TURNS_DEGREES:
            normals = [around(one.shape.normal, angle_degrees) for one in board.best(drafts, TURNED)]
            drafts += board.of_shapes("plane", clearing_planes(scene, np.concatenate(normals), margin_mm))
        found += drafts
    return found


def clearing_planes(scene: Scene, normals: NDArray[np.float64], margin_mm: float) -> tuple[PlaneCut, ...]:
    """Per normal, the plane that takes every target with exactly this margin and as little else as possible.

    Args:
        scene: the case.
        normals: (n, 3) unit vectors towards the resected side.
        margin_mm: from voxel centres, mm.
    """
    lowest = (scene.hull_lps_mm @ normals.T).min(axis=0) - margin_mm - SPARE_MM
    return tuple(
        PlaneCut(normal=normal, lowest_mm=low, centre_lps_mm=scene.centre_lps_mm, margin_mm=margin_mm)
        for normal, low in zip(normals, lowest.tolist(), strict=True)
    )


def directions(count: int) -> NDArray[np.float64]:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice, Gonzalez 2010, Math Geosci 42:49)."""
    index = np.arange(count) + 0.5
    height = 1.0 - 2.0 * index / count
    turn = index * math.pi * (3.0 - math.sqrt(5.0))
    across = np.sqrt(1.0 - height**2)
    return np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)


def around(direction: NDArray[np.float64], angle_degrees: float, count: int = 6) -> NDArray[np.float64]:
    """(count, 3) unit vectors at an angle around a direction."""
    helper = np.eye(3)[int(np.argmin(np.abs(direction)))]
    one = np.cross(direction, helper)
    one /= np.linalg.norm(one)
    other = np.cross(direction, one)
    turn = np.arange(count) * (2.0 * math.pi / count)
    tilt = math.radians(angle_degrees)
    side = np.cos(turn)[:, None] * one + np.sin(turn)[:, None] * other
    tilted: NDArray[np.float64] = math.cos(tilt) * direction + math.sin(tilt) * side
    return tilted
