"""The resection that every case starts with, so that the first picture shows a cut.

Cantlie's line runs from the gallbladder fossa to the inferior vena cava and divides the liver's halves. Where both
are known the plane goes through them and stands upright; otherwise it goes through the liver's centre, facing the
patient's right. It is a place to start from, not a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import GALLBLADDER, INFERIOR_VENA_CAVA, LIVER_VALUES
from engine.volume import LabelVolume
from streaming.protocol import PlaneResectionState, PointLps

FIRST_RESECTION_ID: Final = "resection-1"
_LEAST_DISTANCE_MM: Final = 20.0
"""Gallbladder and vena cava nearer to each other than this (seen from above) give no direction."""
_PLAUSIBLE_RIGHT_PART: Final = (0.3, 0.85)
"""The right half is about 60-65 % of a liver; a plane far from that missed Cantlie's line."""
_PATIENT_RIGHT: Final = np.array([-1.0, 0.0, 0.0])
_SUPERIOR: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstResection:
    """The resection, and in a few words how it was found."""

    resection: PlaneResectionState
    reason: str


def first_resection(labels: LabelVolume) -> FirstResection:
    """A plane that divides the liver into halves; its normal points to the patient's right, the side resected."""
    liver = _points_lps_mm(labels, LIVER_VALUES)
    if len(liver) == 0:
        middle = np.array([(n - 1) / 2 for n in labels.geometry.shape_kji[::-1]])
        return _plane(labels.geometry.lps_from_index(middle), _PATIENT_RIGHT, "the middle of the scan: no liver")
    centre = liver.mean(axis=0)
    normal = _normal_of_cantlie_plane(labels, liver)
    if normal is None:
        return _plane(centre, _PATIENT_RIGHT, "the centre of the liver")
    gallbladder = _points_lps_mm(labels, (GALLBLADDER,)).mean(axis=0)
    right_part = float(((liver - gallbladder) @ normal > 0).mean())
    if not _PLAUSIBLE_RIGHT_PART[0] <= right_part <= _PLAUSIBLE_RIGHT_PART[1]:
        return _plane(centre, _PATIENT_RIGHT, "the centre of the liver")
    # The point of the plane nearest to the liver's centre: that is where a person looks for the handle.
    nearest = centre - normal * float((centre - gallbladder) @ normal)
    return _plane(nearest, normal, "Cantlie's line, from gallbladder to vena cava")


def _normal_of_cantlie_plane(labels: LabelVolume, liver: NDArray[np.float64]) -> NDArray[np.float64] | None:
    gallbladder = _points_lps_mm(labels, (GALLBLADDER,))
    vena_cava = _points_lps_mm(labels, (INFERIOR_VENA_CAVA,))
    low, high = liver[:, 2].min(), liver[:, 2].max()
    behind_liver = vena_cava[(vena_cava[:, 2] >= low) & (vena_cava[:, 2] <= high)]
    if len(gallbladder) == 0 or len(behind_liver) == 0:
        return None
    line = gallbladder.mean(axis=0) - behind_liver.mean(axis=0)
    line[2] = 0.0
    if np.linalg.norm(line) < _LEAST_DISTANCE_MM:
        return None
    normal = np.cross(line, _SUPERIOR)
    normal *= np.sign(normal @ _PATIENT_RIGHT) or 1.0
    unit: NDArray[np.float64] = normal / np.linalg.norm(normal)
    return unit


def _points_lps_mm(labels: LabelVolume, values: tuple[int, ...]) -> NDArray[np.float64]:
    """(n, 3) centres of the voxels with one of the values, LPS mm; of a large structure every few voxels."""
    kji = np.argwhere(labels.mask_of(values))
    kji = kji[:: max(1, len(kji) // 200_000)]
    return labels.geometry.lps_from_index(kji[:, ::-1])


def _plane(point: NDArray[np.float64], normal: NDArray[np.float64], reason: str) -> FirstResection:
    resection = PlaneResectionState(
        resection_id=FIRST_RESECTION_ID, point_lps_mm=_triple(point, 2), normal_lps=_triple(normal, 6)
    )
    return FirstResection(resection=resection, reason=reason)


def _triple(values: NDArray[np.float64], digits: int) -> PointLps:
    x, y, z = (round(float(value), digits) for value in values)
    return (x, y, z)
