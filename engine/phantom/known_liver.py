"""A ball of a liver on any grid: volumes, margin and functional remnant of its cut follow from formulas.

Three axes at right angles, turned at random, divide it. The cut is the plane at `CUT_MM` along the first; what lies
beyond is resected. The second divides the portal territories, the third the hepatic ones, both through the centre,
so each halves whatever remains. The portal branch of one half and the vein of the other run through the resected
part before they come back, so the cut severs them: a quarter of the remnant keeps supply and drainage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.phantom.grid import centred_geometry
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume

RADIUS_MM: Final = 55.0
CUT_MM: Final = 12.0
TUMOUR_RADIUS_MM: Final = 8.0
MARGIN_MM: Final = 7.0
WEDGE_MARGIN_MM: Final = 9.0
_TUMOUR_ASIDE_MM: Final = (9.0, -7.0)
_AROUND_MM: Final = 4.0
_SEGMENT: Final = 6  # any but the caudate, which drains by itself


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownLiver:
    """A liver whose numbers are known.

    Attributes:
        labels: parenchyma and one tumour.
        trees: two portal branches on a trunk, two hepatic veins.
        liver_map: territories by formula.
        cut_point_lps_mm: on the plane of the cut.
        cut_normal_lps: to the resected side.
        tumour_centre_lps_mm: the tumour's middle; `TUMOUR_RADIUS_MM` is its radius.
    """

    labels: LabelVolume
    trees: VesselTrees
    liver_map: LiverMap
    cut_point_lps_mm: tuple[float, float, float]
    cut_normal_lps: tuple[float, float, float]
    tumour_centre_lps_mm: tuple[float, float, float]


def liver_ml() -> float:
    """Exact volume of the liver, ml."""
    return ball_ml(RADIUS_MM)


def ball_ml(radius_mm: float) -> float:
    """Exact volume of a ball, ml."""
    return 4.0 / 3.0 * float(np.pi) * radius_mm**3 / 1000.0


def resected_ml() -> float:
    """Exact volume beyond the cut, ml: a spherical cap of height h has pi h^2 (3 R - h) / 3."""
    height = RADIUS_MM - CUT_MM
    return float(np.pi) * height**2 * (3.0 * RADIUS_MM - height) / 3.0 / 1000.0


def functional_flr_percent() -> float:
    """Exact functional remnant of the total liver volume, %: a quarter of what remains."""
    return 25.0 * (liver_ml() - resected_ml()) / liver_ml()


def known_liver(spacing_ijk_mm: NDArray[np.float64], direction: NDArray[np.float64], seed: int) -> KnownLiver:
    """Draws the liver.

    Args:
        spacing_ijk_mm: (3,) voxel size along i, j, k.
        direction: (3, 3) columns are the unit axes of i, j, k in LPS.
        seed: of the axes, and of where in its voxel the centre lies.
    """
    from scipy.stats import special_ortho_group

    draw = np.random.default_rng(seed)
    axes = np.asarray(special_ortho_group.rvs(3, random_state=draw), dtype=np.float64)
    shape = np.ceil(2.0 * (RADIUS_MM + _AROUND_MM) / spacing_ijk_mm).astype(int)
    geometry = centred_geometry(
        shape_kji=(int(shape[2]), int(shape[1]), int(shape[0])), spacing_ijk_mm=spacing_ijk_mm, direction=direction
    )
    centre = (direction * spacing_ijk_mm) @ draw.uniform(-0.5, 0.5, 3)
    along = CUT_MM + MARGIN_MM + TUMOUR_RADIUS_MM
    tumour = centre + np.array([along, *_TUMOUR_ASIDE_MM]) @ axes
    labels, portal, hepatic = _drawn(geometry, centre, axes, tumour)
    inside = labels > 0
    whole = (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2]))
    return KnownLiver(
        labels=LabelVolume(labels=labels, geometry=geometry),
        trees=_trees(centre, axes),
        liver_map=LiverMap(
            box=whole,
            portal_branch=portal,
            hepatic_branch=hepatic,
            segment=np.where(inside, _SEGMENT, 0).astype(np.uint8),
            uncertain=np.zeros(labels.shape, dtype=np.uint8),
        ),
        cut_point_lps_mm=_triple(centre + CUT_MM * axes[0]),
        cut_normal_lps=_triple(axes[0]),
        tumour_centre_lps_mm=_triple(tumour),
    )


def _drawn(
    geometry: VolumeGeometry, centre: NDArray[np.float64], axes: NDArray[np.float64], tumour: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint16], NDArray[np.uint16]]:
    """Labels, portal branches and hepatic branches of every voxel, slice by slice: fine grids have many."""
    labels = np.zeros(geometry.shape_kji, dtype=np.uint8)
    portal, hepatic = (np.zeros(geometry.shape_kji, dtype=np.uint16) for _ in range(2))
    j, i = np.indices(geometry.shape_kji[1:])
    for k in range(geometry.shape_kji[0]):
        points = geometry.lps_from_index(np.stack([i, j, np.full_like(i, k)], axis=-1))
        inside = ((points - centre) ** 2).sum(axis=-1) <= RADIUS_MM**2
        labels[k][inside] = anatomy.PARENCHYMA
        labels[k][((points - tumour) ** 2).sum(axis=-1) <= TUMOUR_RADIUS_MM**2] = anatomy.FIRST_TUMOUR
        aside = (points - centre) @ axes[1:].T
        portal[k] = np.where(inside, np.where(aside[..., 0] >= 0.0, 2, 3), 0)
        hepatic[k] = np.where(inside, np.where(aside[..., 1] >= 0.0, 4, 5), 0)
    return labels, portal, hepatic


def _trees(centre: NDArray[np.float64], axes: NDArray[np.float64]) -> VesselTrees:
    """The trunk comes in on the remnant's side and ends beyond the cut; (along, portal side, hepatic side) mm."""
    out, beyond = RADIUS_MM + 8.0, CUT_MM + 8.0
    lines: tuple[tuple[VesselKind, int, str, tuple[tuple[float, float, float], ...], float], ...] = (
        ("portal", 0, "main", ((-out, 0.0, 0.0), (beyond, 0.0, 0.0)), 5.0),
        ("portal", 1, "right", ((-10.0, 0.0, 0.0), (-10.0, 30.0, 0.0)), 4.0),
        ("portal", 1, "left", ((beyond, 0.0, 0.0), (beyond, -15.0, 0.0), (-10.0, -30.0, 0.0)), 4.0),
        ("hepatic", 0, "right", ((-out, 0.0, 6.0), (-5.0, 0.0, 30.0)), 4.0),
        ("hepatic", 0, "left", ((out, 0.0, -4.0), (beyond, 0.0, -10.0), (-10.0, 0.0, -30.0)), 4.0),
    )
    return VesselTrees(
        branches=tuple(
            VesselBranch(
                number=number,
                kind=kind,
                parent=parent,
                points_lps_mm=centre + np.array(points) @ axes,
                radii_mm=np.full(len(points), radius),
                name=name,
            )
            for number, (kind, parent, name, points, radius) in enumerate(lines, start=1)
        )
    )


def _triple(point: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z
