"""What vessels look like from the joints where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.vessels.skeleton.value import VesselSkeleton

_BRIDGE_TIE = 0.4
_LOOK_MM = 6.0


def link_runs(skeleton: VesselSkeleton) -> dict[int, tuple[int, int]]:
    """First and last piece of each link; the pieces of a link stand one after the other."""
    starts = np.flatnonzero(np.diff(skeleton.link, prepend=-1))
    stops = np.append(starts[1:], skeleton.pieces) - 1
    return {int(skeleton.link[a]): (int(a), int(b)) for a, b in zip(starts, stops, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What a vessel looks like from one of its joints outwards: direction, neck, calibre, and whether it was seen."""

    direction: NDArray[np.float64]
    neck_mm: float
    calibre_mm: float
    founded: float

    @classmethod
    def along(
        cls, skeleton: VesselSkeleton, runs: dict[int, tuple[int, int]], piece: int, vertex: int, *, from_first: bool
    ) -> Look:
        """Looks from `vertex` along the link of `piece`, beyond the joint's lumen."""
        first, last = runs[int(skeleton.link[piece])]
        if from_first:
            points = skeleton.path[skeleton.path_start[piece] : skeleton.path_start[last + 1]]
        else:
            points = skeleton.path[skeleton.path_start[first] : skeleton.path_start[piece + 1]][::-1]
        place, radii = skeleton.points_lps_mm[points], skeleton.radii_mm[points]
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))])
        lumen = float(skeleton.radii_mm[vertex])
        near = (along >= min(0.7 * lumen, 0.5 * along[-1])) & (along <= lumen + _LOOK_MM)
        shown = np.flatnonzero(near) if near.any() else np.array([len(points) - 1])
        way = place[shown[-1]] - place[shown[0]] if len(shown) > 1 else place[-1] - place[0]
        return cls(
            direction=way / max(float(np.linalg.norm(way)), 1e-6),
            neck_mm=float(radii[shown].min()),
            calibre_mm=float(np.median(radii[shown])),
            founded=_BRIDGE_TIE * float(skeleton.bridge[piece]) or 1.0,
        )
