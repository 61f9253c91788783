"""The frame of a bicubic Bezier surface, in which it is a height over a plane.

With the control points P[r][c], S(u, v) the surface, u along a row, v from row to row:

- the origin is the mean of the four corners; n the unit vector of u x v by the diagonals; e1 the mean direction of
  the rows at right angles to n; e2 = n x e1. A point has frame coordinates (x, y, z) along e1, e2, n.
- Q(u, v) is (x, y) of S(u, v), and h(u, v) its z.
- The parameters are not confined to the patch. With a = clip(u, 0, 1) and b = clip(v, 0, 1), beyond it
  E(u, v) = Q(a, b) + (u - a, v - b) mm and
  H(u, v) = h(a, b) + (u - a) h_x(a, b) + (v - b) h_y(a, b),
  where (h_x, h_y) is the slope of h over the plane at the edge: straight on, without a kink.
- The side of a point is f = z - H(E^-1(x, y)): its height above the surface seen along n, above zero is resected.

E has one inverse everywhere because its Jacobian matrix is a P-matrix everywhere (Gale and Nikaido 1965, Math Ann
159:81): x grows with u, y grows with v, and the patch keeps its orientation. `frame_of` refuses any other surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError

SMALLEST_EDGE_MM: Final = 1e-3
FLAT_MM: Final = 1e-9
"""A surface whose control points are all this near its frame's plane, per mm of its size, is that plane."""

_CURE: Final = (
    "Move the control points apart so that, seen along the cut's normal, rows and columns run on without turning back."
)
_DEEPEST: Final = 6
"""Halvings after which a Jacobian that may still reach zero counts as one that does."""

# Bezier coefficients of a product: B2[a] B3[b] = _MIX[a, b] B5[a + b], binomials over binomials.
_MIX: Final = np.array([[1, 3, 3, 1], [2, 6, 6, 2], [1, 3, 3, 1]]) / np.array(
    [[1, 5, 10, 10], [5, 10, 10, 5], [10, 10, 5, 1]]
)


def _product_table() -> NDArray[np.float64]:
    """(36, 144) Bezier coefficients of degree (5, 5) from products of one of (3, 2) with one of (2, 3)."""
    table = np.zeros((6, 6, 4, 3, 3, 4))
    for a in range(3):
        for b in range(4):
            for c in range(4):
                for d in range(3):
                    table[c + d, a + b, c, a, d, b] = _MIX[a, b] * _MIX[d, c]
    return table.reshape(36, 144)


_PRODUCTS: Final = _product_table()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurfaceFrame:
    """Where the surface lies and its control net there.

    Attributes:
        origin_lps_mm: (3,) mean of the corners.
        axes_lps: (3, 3) rows e1, e2, n; right-handed.
        net_mm: (4, 4, 3) control points [row v, column u] as x, y, z in the frame.
    """

    origin_lps_mm: NDArray[np.float64]
    axes_lps: NDArray[np.float64]
    net_mm: NDArray[np.float64]

    @property
    def normal_lps(self) -> NDArray[np.float64]:
        """(3,) unit normal; points to the resected side."""
        normal: NDArray[np.float64] = self.axes_lps[2]
        return normal

    @property
    def is_flat(self) -> bool:
        """Whether the surface is the plane through the origin with this normal."""
        size = float(np.abs(self.net_mm[..., :2]).max())
        return bool(np.abs(self.net_mm[..., 2]).max() <= FLAT_MM * size)

    def coordinates_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 3) frame coordinates x, y, z of LPS points."""
        return (points_lps_mm - self.origin_lps_mm) @ self.axes_lps.T

    def lps_mm(self, coordinates_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 3) LPS points of frame coordinates."""
        return coordinates_mm @ self.axes_lps + self.origin_lps_mm


def frame_of(net_lps_mm: NDArray[np.float64]) -> SurfaceFrame:
    """The frame of a (4, 4, 3) control net [row v, column u], LPS mm.

    Raises:
        PlanError: the surface is a point or a line, or folds over itself seen along its normal.
    """
    first, last = net_lps_mm[0, 0], net_lps_mm[3, 3]
    right, left = net_lps_mm[0, 3], net_lps_mm[3, 0]
    normal = np.cross(last - first, left - right)
    along = (right + last) - (first + left)
    length, area = float(np.linalg.norm(along)), float(np.linalg.norm(normal))
    if length < 2 * SMALLEST_EDGE_MM or area < 2 * SMALLEST_EDGE_MM * length:
        raise PlanError("The corners of the surface lie on one line or one point.", cure="Pull the corners apart.")
    normal = normal / area
    along = along - (along @ normal) * normal
    along = along / np.linalg.norm(along)
    axes = np.stack([along, np.cross(normal, along), normal])
    origin = (first + last + right + left) / 4.0
    net = (net_lps_mm - origin) @ axes.T
    _refuse_folds(net)
    return SurfaceFrame(origin_lps_mm=origin, axes_lps=axes, net_mm=net)


def _refuse_folds(net_mm: NDArray[np.float64]) -> None:
    """Refuses a net whose map (u, v) -> (x, y) has no P-matrix everywhere."""
    along_u = np.diff(net_mm[..., :2], axis=1)
    along_v = np.diff(net_mm[..., :2], axis=0)
    least_mm = SMALLEST_EDGE_MM
    if (turned := np.argwhere(along_u[..., 0] < least_mm)).size:
        row, column = turned[0]
        raise PlanError(f"Row {row} of the surface turns back after its point {column}.", cure=_CURE)
    if (turned := np.argwhere(along_v[..., 1] < least_mm)).size:
        row, column = turned[0]
        raise PlanError(f"Column {column} of the surface turns back after its point {row}.", cure=_CURE)
    if not _stays_positive(_jacobian_coefficients(along_u, along_v), least_mm**2):
        raise PlanError("The surface folds over itself.", cure=_CURE)


def _jacobian_coefficients(along_u: NDArray[np.float64], along_v: NDArray[np.float64]) -> NDArray[np.float64]:
    """(6, 6) Bezier coefficients [v, u] of the Jacobian determinant over 9, mm2.

    Args:
        along_u: (4, 3, 2) differences of neighbours in a row: degree 3 in v, 2 in u.
        along_v: (3, 4, 2) differences of neighbours in a column: degree 2 in v, 3 in u.
    """
    p, q = along_u.reshape(12, 1, 2), along_v.reshape(1, 12, 2)
    products = p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]
    return (_PRODUCTS @ products.ravel()).reshape(6, 6)


def _stays_positive(coefficients: NDArray[np.float64], least: float, depth: int = 0) -> bool:
    """Whether a Bezier polynomial of two variables is above `least` on the whole patch (by subdivision)."""
    if coefficients.min() > least:
        return True
    corners = coefficients[[0, 0, -1, -1], [0, -1, 0, -1]]
    if corners.min() <= least or depth == _DEEPEST:
        return False
    axis = depth % 2
    return all(_stays_positive(half, least, depth + 1) for half in _halves(coefficients, axis))


def _halves(coefficients: NDArray[np.float64], axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both halves along an axis by de Casteljau."""
    points = np.moveaxis(coefficients, axis, 0)
    low, high = [points[0]], [points[-1]]
    while len(points) > 1:
        points = (points[1:] + points[:-1]) / 2.0
        low.append(points[0])
        high.append(points[-1])
    return np.moveaxis(np.stack(low), 0, axis), np.moveaxis(np.stack(high[::-1]), 0, axis)
