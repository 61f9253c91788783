"""How a person looks at a cut: from the resected side, head up where that is possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SUPERIOR: Final = np.array([0.0, 0.0, 1.0])
_ANTERIOR: Final = np.array([0.0, -1.0, 0.0])
_NEARLY_AXIAL: Final = 0.35
"""Below this sine of the angle between the line of sight and the body's axis, up is anterior as in an axial slice."""
_NAMED: Final = 0.42
"""A side of the body is named where the direction has at least this part of it: within 65 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutView:
    """A frame to look at a cut; right x up = towards the viewer.

    Attributes:
        origin_lps_mm: (3,) where x and y are 0.
        right_lps: (3,) unit vector along x.
        up_lps: (3,) unit vector along y.
        viewer_lps: (3,) unit vector towards the viewer, who stands on the resected side.
    """

    origin_lps_mm: NDArray[np.float64]
    right_lps: NDArray[np.float64]
    up_lps: NDArray[np.float64]
    viewer_lps: NDArray[np.float64]

    def lps_mm(self, xy_mm: NDArray[np.float64], height_mm: NDArray[np.float64] | float = 0.0) -> NDArray[np.float64]:
        """(n, 3) points of (n, 2) x, y at a height towards the viewer."""
        flat = xy_mm[:, :1] * self.right_lps + xy_mm[:, 1:] * self.up_lps
        points: NDArray[np.float64] = self.origin_lps_mm + flat + np.asarray(height_mm)[..., None] * self.viewer_lps
        return points

    def xy_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) x, y of (n, 3) points."""
        return (points_lps_mm - self.origin_lps_mm) @ np.stack([self.right_lps, self.up_lps], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLetters:
    """Which side of the patient each edge of the picture faces, one or two letters of L, R, A, P, S, I."""

    left: str
    right: str
    top: str
    bottom: str


def view_from(origin_lps_mm: NDArray[np.float64], viewer_lps: NDArray[np.float64]) -> CutView:
    """The view along a direction: superior is up, or anterior where one looks along the body.

    Args:
        origin_lps_mm: (3,).
        viewer_lps: (3,) unit vector towards the viewer.
    """
    up = _SUPERIOR - (_SUPERIOR @ viewer_lps) * viewer_lps
    if np.linalg.norm(up) < _NEARLY_AXIAL:
        up = _ANTERIOR - (_ANTERIOR @ viewer_lps) * viewer_lps
    up = up / np.linalg.norm(up)
    return CutView(
        origin_lps_mm=origin_lps_mm, right_lps=np.cross(up, viewer_lps), up_lps=up, viewer_lps=np.array(viewer_lps)
    )


def edge_letters(view: CutView) -> EdgeLetters:
    """Letters for the four edges."""
    return EdgeLetters(
        left=letters_of(-view.right_lps),
        right=letters_of(view.right_lps),
        top=letters_of(view.up_lps),
        bottom=letters_of(-view.up_lps),
    )


def letters_of(direction_lps: NDArray[np.float64]) -> str:
    """The sides of the patient a unit vector points to, the main one first; at most two."""
    names = ("RL", "AP", "IS")
    order = np.argsort(-np.abs(direction_lps))[:2]
    named = [axis for n, axis in enumerate(order) if n == 0 or abs(direction_lps[axis]) >= _NAMED]
    return "".join(names[axis][int(direction_lps[axis] > 0)] for axis in named)
