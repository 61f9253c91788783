"""Where the eye of a still stands: where a client's eye stands when it opens a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HALF_FIELD_RADIANS: Final = np.radians(14.0)
"""Half the vertical field of view (`headset_client/src/scene/desktop-view.ts`)."""
_EYE_FROM_FOCUS: Final = np.array([-0.72, -1.0, 0.28])
"""Patient's right, anterior, superior: HOME_DIRECTION of `headset_client/src/tools/view-camera.ts` in LPS."""
_FRAMING: Final = 1.02
_SUPERIOR: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StillView:
    """A pinhole camera.

    Attributes:
        eye_lps_mm: (3,) its place.
        view_from_lps: (3, 3) rotation; rows point right, up and back, towards who looks.
    """

    eye_lps_mm: NDArray[np.float64]
    view_from_lps: NDArray[np.float64]

    def on_screen(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3): right and up in halves of the picture's height from its middle, and the distance ahead, mm."""
        view = (points_lps_mm - self.eye_lps_mm) @ self.view_from_lps.T
        ahead = -view[:, 2]
        scale = np.tan(HALF_FIELD_RADIANS) * np.where(ahead > 0, ahead, 1.0)
        return np.stack([view[:, 0] / scale, view[:, 1] / scale, ahead], axis=1)

    def view_points(self, screen: NDArray[np.float64], ahead_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) places in the eye's own axes (right, up, back), mm.

        Args:
            screen: (n, 2) as `on_screen` gives them.
            ahead_mm: (n,) distances ahead.
        """
        across = screen * (np.tan(HALF_FIELD_RADIANS) * ahead_mm)[:, None]
        return np.concatenate([across, -ahead_mm[:, None]], axis=1)

    def lps_points(self, view_points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) LPS mm of places in the eye's own axes."""
        return view_points @ self.view_from_lps + self.eye_lps_mm


def home_view(bounds_lps_mm: NDArray[np.float64]) -> StillView:
    """The view a case opens with, in a window that is wider than high.

    Args:
        bounds_lps_mm: (2, 3) box around the liver.
    """
    low, high = bounds_lps_mm
    back = _EYE_FROM_FOCUS / np.linalg.norm(_EYE_FROM_FOCUS)
    right = np.cross(_SUPERIOR, back)
    right /= np.linalg.norm(right)
    distance = _FRAMING * float(np.linalg.norm(high - low)) / 2 / np.sin(HALF_FIELD_RADIANS)
    return StillView(
        eye_lps_mm=(low + high) / 2 + back * distance,
        view_from_lps=np.stack([right, np.cross(back, right), back]),
    )
