"""What a mesh is cut with, whatever plan it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HalfSpace:
    """Everything on one side of a plane is cut off.

    Attributes:
        point_lps_mm: (3,) float64, a point of the plane.
        normal_lps: (3,) float64, unit length, points to what is cut off.
    """

    point_lps_mm: NDArray[np.float64]
    normal_lps: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosedSolid:
    """Everything inside a closed, manifold surface is cut off.

    Attributes:
        vertices_lps_mm: (n, 3) float64.
        faces: (m, 3) int64, counter-clockwise seen from outside.
    """

    vertices_lps_mm: NDArray[np.float64]
    faces: NDArray[np.int64]


CutShape: TypeAlias = HalfSpace | ClosedSolid
"""One resection as the cutter takes it; every `match` on it ends with `assert_never`."""
