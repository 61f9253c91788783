"""Livers of a few thousand voxels with straight vessels, so that every number can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import INFERIOR_VENA_CAVA, PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.function import FunctionEvaluator
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.sides import Sides
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume

Point = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class ToyLiver:
    """A liver with its trees; map and labels on one grid."""

    labels: LabelVolume
    trees: VesselTrees
    liver_map: LiverMap

    def evaluator(self) -> FunctionEvaluator:
        return FunctionEvaluator(self.labels, self.trees, self.liver_map)

    def sides(self, *planes: tuple[Point, Point]) -> Sides:
        resections = tuple(PlaneResection(point_lps_mm=point, normal_lps=normal) for point, normal in planes)
        return Sides(ResectionPlan(resections=resections), self.labels.geometry)


def branch(
    number: int, kind: VesselKind, parent: int, *points: tuple[float, float, float], radius: float = 2.0, name: str = ""
) -> VesselBranch:
    return VesselBranch(
        number=number,
        kind=kind,
        parent=parent,
        points_lps_mm=np.array(points, dtype=np.float64),
        radii_mm=np.full(len(points), radius),
        name=name,
    )


def toy_liver(
    branches: list[VesselBranch],
    portal: NDArray[np.uint16],
    hepatic: NDArray[np.uint16],
    geometry: VolumeGeometry | None = None,
    labels: NDArray[np.uint8] | None = None,
    segment: NDArray[np.uint8] | None = None,
) -> ToyLiver:
    """A box of liver, 1 mm voxels from (0, 0, 0) on unless another grid is given."""
    shape = portal.shape
    geometry = geometry or VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=(1.0, 1.0, 1.0))
    whole = (slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2]))
    return ToyLiver(
        labels=LabelVolume(
            labels=np.full(shape, PARENCHYMA, dtype=np.uint8) if labels is None else labels, geometry=geometry
        ),
        trees=VesselTrees(branches=tuple(branches)),
        liver_map=LiverMap(
            box=whole,
            portal_branch=portal,
            hepatic_branch=hepatic,
            segment=np.full(shape, 2, dtype=np.uint8) if segment is None else segment,
            uncertain=np.zeros(shape, dtype=np.uint8),
        ),
    )


@pytest.fixture
def pipe() -> ToyLiver:
    """40 x 20 x 10 mm; the portal vein comes from the left end (x = 0), the hepatic vein leaves by the right end.

    Both run straight at y = 10, z = 5 in ten pieces of 4 mm, whose middles lie at x = 2, 6, ... 38. A voxel of
    x = 4n lies as near to two middles and belongs to the first of its tree's pieces.
    """
    shape = (10, 20, 40)
    return toy_liver(
        [
            branch(1, "portal", 0, (-20, 10, 5), (0, 10, 5), radius=5.0, name="main"),
            branch(2, "portal", 1, (0, 10, 5), (40, 10, 5), radius=4.0, name="left"),
            branch(3, "hepatic", 0, (60, 10, 5), (40, 10, 5), radius=5.0, name="middle"),
            branch(4, "hepatic", 3, (40, 10, 5), (0, 10, 5), radius=3.0, name="middle"),
        ],
        np.full(shape, 2, dtype=np.uint16),
        np.full(shape, 4, dtype=np.uint16),
    )


@pytest.fixture
def random_liver() -> Callable[[int], ToyLiver]:
    """Makes a liver with random trees on an oblique, anisotropic, perhaps left-handed grid, from a seed."""
    return _random_liver


def _random_liver(seed: int) -> ToyLiver:
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    spacing = rng.uniform(0.7, 2.5, 3)
    shape = (int(rng.integers(6, 10)), int(rng.integers(8, 14)), int(rng.integers(10, 16)))
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape, spacing_ijk_mm=spacing, direction=axes, origin_lps_mm=rng.normal(size=3) * 30.0
    )
    branches: list[VesselBranch] = []
    for kind in ("portal", "hepatic"):
        branches += _random_tree(rng, kind, len(branches), geometry)
    maps = []
    for kind in ("portal", "hepatic"):
        numbers = [0, *(b.number for b in branches if b.kind == kind)]
        blocks = rng.choice(numbers, size=[-(-n // 3) for n in shape])
        big = blocks.repeat(3, axis=0).repeat(3, axis=1).repeat(3, axis=2)
        maps.append(np.ascontiguousarray(big[: shape[0], : shape[1], : shape[2]]).astype(np.uint16))
    labels = rng.choice([0, 1, 1, 1, 1, 2, 3, 18, 101], size=shape).astype(np.uint8)
    labels[0, 0, 0] = INFERIOR_VENA_CAVA
    segment = rng.choice([1, 2, 3, 4], size=shape).astype(np.uint8)
    return toy_liver(branches, maps[0], maps[1], geometry, labels, segment)


def _random_tree(
    rng: np.random.Generator, kind: VesselKind, offset: int, geometry: VolumeGeometry
) -> list[VesselBranch]:
    size = np.array(geometry.shape_kji[::-1], dtype=np.float64)
    found: list[VesselBranch] = []
    for n in range(int(rng.integers(1, 7))):
        parent = int(rng.integers(0, n + 1))
        start = geometry.lps_from_index(rng.uniform(-0.3, 1.3, 3) * size)
        if parent:
            start = found[parent - 1].points_lps_mm[-1]
        ends = geometry.lps_from_index(rng.uniform(-0.2, 1.2, (int(rng.integers(1, 4)), 3)) * size)
        points = np.vstack([start, ends])
        found.append(
            VesselBranch(
                number=offset + n + 1,
                kind=kind,
                parent=offset + parent if parent else 0,
                points_lps_mm=points,
                radii_mm=rng.uniform(0.5, 4.0, len(points)),
                name=str(rng.choice(["main", "left", ""])) if kind == "portal" else "middle",
            )
        )
    return found
