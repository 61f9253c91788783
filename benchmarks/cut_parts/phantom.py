"""A case for benchmarks of cuts: 512 x 512 x 300, a liver of 1.5 L, three tumours, two trees, eight labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.case import Case
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume, box_of

SHAPE_KJI = (300, 512, 512)
SPACING_MM = (0.7, 0.7, 1.0)
LIVER_AT = (-55.0, -10.0, 0.0)
LIVER_HALF = (92.0, 68.0, 57.0)
PORTAL = tuple(((-100.0 + 15 * n, -5.0 + 4 * n), (0.5 - 0.2 * n, 0.3)) for n in range(6))
HEPATIC = tuple(((-95.0 + 15 * n, -25.0 + 6 * n), (-0.4 + 0.15 * n, 0.4)) for n in range(6))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutCase:
    """What a benchmark of cuts works on.

    Attributes:
        name: for the table.
        labels: the label volume.
        trees: the vessel trees.
        liver_map: segments and territories.
        liver: vertices (n, 3) in LPS mm and triangles (m, 3) of the liver where its shape is known, else None.
    """

    name: str
    labels: LabelVolume
    trees: VesselTrees | None
    liver_map: LiverMap | None
    liver: tuple[NDArray[np.float64], NDArray[np.int64]] | None


def phantom_case(shape_kji: tuple[int, int, int] = SHAPE_KJI) -> CutCase:
    """The phantom; a smaller shape crops its rim."""
    geometry = VolumeGeometry.from_parts(shape_kji=shape_kji, spacing_ijk_mm=SPACING_MM)
    centre = np.array(shape_kji[::-1]) * SPACING_MM / 2.0
    k, j, i = np.ogrid[tuple(slice(0, n) for n in shape_kji)]
    x, y, z = (np.float32(at * step - c) for at, step, c in zip((i, j, k), SPACING_MM, centre, strict=True))
    labels = np.zeros(shape_kji, dtype=np.uint8)

    def solid(value: int, at: tuple[float, ...], half: tuple[float, ...]) -> None:
        labels[((x - at[0]) / half[0]) ** 2 + ((y - at[1]) / half[1]) ** 2 + ((z - at[2]) / half[2]) ** 2 <= 1.0] = (
            value
        )

    def tubes(value: int, lines: tuple[tuple[tuple[float, float], tuple[float, float]], ...]) -> None:
        for at, slope in lines:
            inside = (x - at[0] - slope[0] * z) ** 2 + (y - at[1] - slope[1] * z) ** 2 <= 16.0
            labels[inside & (labels == 1)] = value

    solid(1, LIVER_AT, LIVER_HALF)
    tubes(2, PORTAL)
    tubes(3, HEPATIC)
    for n, at in enumerate(((-90.0, -20.0, 10.0), (-40.0, 0.0, -15.0), (-60.0, 20.0, 25.0))):
        solid(101 + n, at, (12.0 + 4 * n,) * 3)
    solid(6, (95.0, 30.0, 20.0), (30.0, 25.0, 50.0))
    labels[np.broadcast_to((x + 15) ** 2 + (y - 62) ** 2 <= 121.0, shape_kji)] = 4
    vertices, triangles = icosphere(5)
    liver = vertices * LIVER_HALF + LIVER_AT + centre
    volume = LabelVolume(labels=labels, geometry=geometry)
    return CutCase(
        name=f"phantom {shape_kji[2]} x {shape_kji[1]} x {shape_kji[0]}",
        labels=volume,
        trees=_trees(centre),
        liver_map=_liver_map(volume, centre),
        liver=(liver, triangles),
    )


def prepared_case(path: Path) -> CutCase:
    """A case that `cantlie prepare` made."""
    case = Case.open(path)
    return CutCase(
        name=path.name, labels=case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map(), liver=None
    )


def _trees(centre: NDArray[np.float64]) -> VesselTrees:
    branches: list[VesselBranch] = []
    kinds: tuple[tuple[VesselKind, tuple[tuple[tuple[float, float], tuple[float, float]], ...]], ...]
    kinds = (("portal", PORTAL), ("hepatic", HEPATIC))
    for kind, lines in kinds:
        root = len(branches) + 1
        bottom = np.array([[at[0] - 60.0 * slope[0], at[1] - 60.0 * slope[1], -60.0] for at, slope in lines]) + centre
        branches.append(_branch(root, kind, 0, bottom[[0, -1]]))
        for number, (at, slope) in enumerate(lines):
            heights = np.linspace(-60.0, 60.0, 61)
            line = np.stack([at[0] + slope[0] * heights, at[1] + slope[1] * heights, heights], axis=1) + centre
            branches.append(_branch(root + 1 + number, kind, root, line))
    return VesselTrees(branches=tuple(branches))


def _branch(number: int, kind: VesselKind, parent: int, points: NDArray[np.float64]) -> VesselBranch:
    return VesselBranch(
        number=number, kind=kind, parent=parent, points_lps_mm=points, radii_mm=np.full(len(points), 4.0)
    )


def _liver_map(labels: LabelVolume, centre: NDArray[np.float64]) -> LiverMap:
    """Every liver voxel belongs to the nearest line of either kind, seen along the axis."""
    liver = labels.mask_of(LIVER_VALUES)
    box = box_of(liver)
    assert box is not None
    k, j, i = np.ogrid[box]
    x, y, z = (np.float32(at * step - c) for at, step, c in zip((i, j, k), SPACING_MM, centre, strict=True))
    nearest = []
    for lines in (PORTAL, HEPATIC):
        away = [(x - at[0] - slope[0] * z) ** 2 + (y - at[1] - slope[1] * z) ** 2 for at, slope in lines]
        nearest.append(np.argmin(away, axis=0).astype(np.uint16))
    inside = liver[box]
    return LiverMap(
        box=box,
        portal_branch=np.where(inside, nearest[0] + 2, 0).astype(np.uint16),
        hepatic_branch=np.where(inside, nearest[1] + 9, 0).astype(np.uint16),
        segment=np.where(inside, nearest[0] + 2, 0).astype(np.uint8),
        uncertain=np.zeros(inside.shape, dtype=np.uint8),
    )


def icosphere(halvings: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices on the unit sphere and triangles, outwards: 20 * 4^halvings of them."""
    golden = (1 + 5**0.5) / 2
    faces = "0 11 5 0 5 1 0 1 7 0 7 10 0 10 11 1 5 9 5 11 4 11 10 2 10 7 6 7 1 8 3 9 4 3 4 2 3 2 6 3 6 8 3 8 9 4 9 5"
    points = np.array(
        [
            *((-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0)),
            *((0, -1, golden), (0, 1, golden), (0, -1, -golden), (0, 1, -golden)),
            *((golden, 0, -1), (golden, 0, 1), (-golden, 0, -1), (-golden, 0, 1)),
        ]
    )
    triangles = np.array(f"{faces} 2 4 11 6 2 10 8 6 7 9 8 1".split(), dtype=np.int64).reshape(20, 3)
    for _ in range(halvings):
        edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        unique, number = np.unique(edges, axis=0, return_inverse=True)
        middle = number.reshape(-1, 3) + len(points)
        points = np.concatenate([points, points[unique].mean(axis=1)])
        (a, b, c), (ab, bc, ca) = triangles.T, middle.T
        triangles = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return points / np.linalg.norm(points, axis=1, keepdims=True), triangles
