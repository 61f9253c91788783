"""What a person says about a branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.vessels.skeleton.value import VesselSkeleton

CorrectedKind = Literal["portal", "hepatic", "not_a_vessel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeCorrection:
    """A person's word on the branch nearest to a point; it holds whatever else speaks against it.

    Attributes:
        point_lps_mm: where the person pointed.
        kind: what the branch is.
    """

    point_lps_mm: tuple[float, float, float]
    kind: CorrectedKind


def corrected_pieces(skeleton: VesselSkeleton, correction: EdgeCorrection) -> NDArray[np.intp]:
    """The pieces of the link that lies nearest to where the person pointed, measured to the wall."""
    points = skeleton.path
    away = np.linalg.norm(skeleton.points_lps_mm[points] - correction.point_lps_mm, axis=1)
    piece_of = np.repeat(np.arange(skeleton.pieces), np.diff(skeleton.path_start))
    seen = skeleton.bridge[piece_of] == 0
    nearest = piece_of[seen][np.argmin((away - skeleton.radii_mm[points])[seen])]
    return np.flatnonzero(skeleton.link == skeleton.link[nearest])
