"""A liver like a block, with the textbook's vessels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.anatomy import INFERIOR_VENA_CAVA, PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume

Row = tuple[VesselKind, int, tuple[tuple[float, float, float], ...], float]

# Patient LPS mm: -x right, -y front, +z up. The cava stands at x = 20, y = 50; the bifurcation at z = 0.
TEXTBOOK: tuple[Row, ...] = (
    ("portal", 0, ((25, 20, -25), (15, 15, -5)), 6),  # 1 main
    ("portal", 1, ((15, 15, -5), (25, 0, 3), (35, -20, 6)), 4.5),  # 2 left
    ("portal", 1, ((15, 15, -5), (-10, 20, 0)), 5),  # 3 right
    ("portal", 3, ((-10, 20, 0), (-25, 8, 2)), 4),  # 4 anterior
    ("portal", 3, ((-10, 20, 0), (-35, 50, 0)), 4),  # 5 posterior
    ("portal", 4, ((-25, 8, 2), (-45, 12, -35)), 3),  # 6 segment 5
    ("portal", 4, ((-25, 8, 2), (-45, 15, 45)), 3),  # 7 segment 8
    ("portal", 5, ((-35, 50, 0), (-60, 82, -40)), 3),  # 8 segment 6
    ("portal", 5, ((-35, 50, 0), (-60, 82, 42)), 3),  # 9 segment 7
    ("portal", 2, ((35, -20, 6), (68, -10, 40)), 3),  # 10 segment 2
    ("portal", 2, ((35, -20, 6), (70, -35, -15)), 3),  # 11 segment 3
    ("portal", 2, ((35, -20, 6), (2, -30, -5)), 3),  # 12 segment 4
    ("hepatic", 0, ((10, 50, 50), (-30, 50, 30), (-85, 50, -20)), 5),  # 13 right
    ("hepatic", 0, ((15, 38, 50), (-20, 5, 30), (-55, -30, -10)), 4),  # 14 middle
    ("hepatic", 0, ((25, 38, 50), (45, 5, 35), (75, -20, 10)), 4),  # 15 left
)


def trees_of(rows: tuple[Row, ...]) -> VesselTrees:
    """Trees of rows (kind, parent, corners of the centre line, radius in mm)."""
    branches = []
    for number, (kind, parent, corners, radius) in enumerate(rows, start=1):
        at = np.linspace(0, len(corners) - 1, 10 * len(corners))
        points = np.column_stack([np.interp(at, range(len(corners)), np.array(corners)[:, n]) for n in range(3)])
        branches.append(
            VesselBranch(
                number=number,
                kind=kind,
                parent=parent,
                points_lps_mm=points,
                radii_mm=np.full(len(points), float(radius)),
            )
        )
    return VesselTrees(branches=tuple(branches))


def block_liver(direction: tuple[float, float, float], with_cava: bool = True) -> LabelVolume:
    """A wedge of liver, x -100 to 90, y -50 to 90, z -60 to 65, thick on the right, thin on the left, with a cava.

    The grid's axes run along (1) or against (-1) the patient's; the anatomy is the same.
    """
    shape = (34, 54, 75)
    spacing = np.array([3.0, 3.0, 4.5])
    low = np.array([-116.0, -66.0, -78.0])
    origin = np.where(np.array(direction) > 0, low, low + spacing * (np.array(shape[::-1]) - 1))
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape, spacing_ijk_mm=spacing, origin_lps_mm=origin, direction=np.diag(direction)
    )
    points = geometry.lps_from_index(np.argwhere(np.ones(shape))[:, ::-1])
    x, y, z = points.T
    labels = np.zeros(len(points), dtype=np.uint8)
    thick = np.clip((130 - x) / 130, 0, 1)
    deep = np.maximum(thick, 0.7)
    liver = (np.abs(x + 5) < 95) & (y > -50) & (y < -50 + 140 * thick) & (z < 65) & (z > 65 - 125 * deep)
    labels[liver] = PARENCHYMA
    cava = np.hypot(x - 20, y - 50) < 11
    labels[cava & (z < 65)] = INFERIOR_VENA_CAVA if with_cava else 0
    return LabelVolume(labels=labels.reshape(shape), geometry=geometry)


@pytest.fixture(scope="session")
def textbook_trees() -> VesselTrees:
    """Trees of a liver without variants."""
    return trees_of(TEXTBOOK)


@pytest.fixture(scope="session")
def make_trees() -> Callable[[tuple[Row, ...]], VesselTrees]:
    """Makes trees of rows."""
    return trees_of


@pytest.fixture(scope="session")
def textbook_rows() -> tuple[Row, ...]:
    """The rows of the textbook's trees."""
    return TEXTBOOK


@pytest.fixture(scope="session")
def make_liver() -> Callable[..., LabelVolume]:
    """Makes the block liver on a grid."""
    return block_liver
