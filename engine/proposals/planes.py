"""Candidate planes: every direction of space, each as near to the tumours as the margin allows."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.proposals.scene import Scene
from engine.resection.plan import PlaneResection

DIRECTIONS: Final = 1_500
"""Neighbouring directions are then about 5 degrees apart."""
SPARE_MM: Final = 0.05
"""Beyond the margin asked for, so that rounding of coordinates does not eat it."""


def directions(count: int = DIRECTIONS) -> NDArray[np.float64]:
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


def clearing_planes(scene: Scene, normals: NDArray[np.float64], margin_mm: float) -> tuple[PlaneResection, ...]:
    """Per normal, the plane that takes every target with exactly this margin and as little else as possible.

    Args:
        scene: the case.
        normals: (n, 3) unit vectors towards the resected side.
        margin_mm: from voxel centres, mm.
    """
    lowest = (scene.hull_lps_mm @ normals.T).min(axis=0) - margin_mm - SPARE_MM
    # The point of the plane nearest to the liver's centre, where a person looks for the handle.
    points = scene.centre_lps_mm + normals * (lowest - normals @ scene.centre_lps_mm)[:, None]
    return tuple(
        PlaneResection(point_lps_mm=tuple(point), normal_lps=tuple(normal))
        for point, normal in zip(points.tolist(), normals.tolist(), strict=True)
    )


def resected_share(scene: Scene, normals: NDArray[np.float64], margin_mm: float) -> NDArray[np.float64]:
    """(n,) about which part of the liver each of `clearing_planes` takes, from the samples: to sort by, not to show."""
    lowest = (scene.hull_lps_mm @ normals.T).min(axis=0) - margin_mm - SPARE_MM
    share: NDArray[np.float64] = (scene.liver_lps_mm @ normals.T > lowest).mean(axis=0)
    return share
