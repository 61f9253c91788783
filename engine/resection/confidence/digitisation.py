"""How far counting voxels by their centres is off for a shape that is known exactly.

Laid at random on the shape, a lattice of voxels counts its volume without bias; the variance is the sum of the
shape's squared Fourier transform over the lattice's dual without its origin (Kendall and Moran 1963, Geometrical
Probability; Matheron 1965). For a curved surface of area S that faces every way, the transform falls as
S / (8 pi^3 |xi|^4), which for cubes of side h gives 0.0666 S h^4: of a liver in 1 mm voxels a tenth of a millilitre.
A flat cut is another matter: where it runs along the lattice's planes, all its voxels err the same way, up to half a
layer. Both are written for any lattice, oblique and anisotropic ones too.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.resection.confidence import kernels

_REACH: Final = 8
"""Frequencies taken along each axis."""
_FLAT_REACH: Final = 5
"""Of a cut along the lattice the rest is a tenth of the variance, of any other less."""
_FACES_PER_AREA: Final = 1.5
"""Mean of |x| + |y| + |z| over all unit normals: faces of voxels overstate a surface that faces every way."""


def curved_variance_ml2(surface_mm2: float, geometry: VolumeGeometry) -> float:
    """Variance of the counted volume of a shape with a curved surface, ml2."""
    return surface_mm2 * curved_variance_per_area(geometry)


def curved_variance_per_area(geometry: VolumeGeometry) -> float:
    """Variance of a counted volume per mm2 of curved surface, ml2.

    The sum over the dual lattice is taken within a ball; what lies outside it is an integral.
    """
    square = _square(_dual(geometry, _REACH))
    limit = _REACH / float(geometry.spacing_ijk_mm.max())
    near = square[square <= limit**2]
    outside = geometry.voxel_volume_ml * 1000.0 * 4.0 * math.pi / limit
    return (float((1.0 / near**2).sum()) + outside) / (8.0 * math.pi**3) / 1e6


def flat_variances_ml2(
    areas_mm2: NDArray[np.float64], unit_normal_lps: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) variance of the counted volume on one side of a flat cut, for round cuts of (n,) areas, ml2.

    The transform of a disc, 2 J1(t) / t, is taken by its envelope (2 / t) sqrt(2 / (pi t)): a liver's outline is no
    circle, whose zeros it would share.

    Args:
        areas_mm2: not negative.
        unit_normal_lps: of the plane.
        frequencies: `flat_frequencies` of the grid.
    """
    found: NDArray[np.float64] = np.empty(len(areas_mm2))
    kernels.sum_flat(np.maximum(areas_mm2, 0.0), unit_normal_lps, frequencies, found)
    return found / 1e6


def flat_frequencies(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(n, 3) one of each pair of opposite vectors of the dual lattice that matter to a flat cut, per mm."""
    whole = _dual(geometry, _FLAT_REACH)
    return np.ascontiguousarray(whole[: len(whole) // 2])  # in the order of their steps: opposite from either end


def with_edge_ml2(flat_ml2: float, curved_ml2: float) -> float:
    """What a flat cut adds to the variance of a shape with a curved surface, ml2.

    Both meet in an edge and may err together there: the deviations add up at worst.
    """
    return flat_ml2 + 2.0 * math.sqrt(flat_ml2 * curved_ml2)


def surface_mm2(faces: NDArray[np.int64], geometry: VolumeGeometry) -> float:
    """Area of a surface from its voxel faces.

    Args:
        faces: (3,) faces across i, j, k.
        geometry: the grid.
    """
    i, j, k = geometry.lps_from_ijk[:3, :3].T
    areas = [np.linalg.norm(np.cross(*pair)) for pair in ((j, k), (k, i), (i, j))]
    return float(faces @ np.array(areas)) / _FACES_PER_AREA


def _dual(geometry: VolumeGeometry, reach: int) -> NDArray[np.float64]:
    """(n, 3) vectors of the dual lattice without its origin, per mm."""
    steps = np.arange(-reach, reach + 1)
    whole = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    found: NDArray[np.float64] = whole[np.abs(whole).sum(axis=1) > 0] @ geometry.ijk_from_lps[:3, :3]
    return found


def _square(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = (vectors**2).sum(axis=1)
    return found
