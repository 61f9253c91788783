"""How likely each Couinaud segment is in each place of the liver.

Planes by Couinaud 1957 as radiologists draw them (Bismuth 1982, World J Surg 6:3): the right one coronal through the
cava, the middle one (Cantlie's line) from the cava's left front wall to the gallbladder's bed, the left one sagittal
through the umbilical fissure; upper and lower parted at the height of the portal bifurcation, to the left a
little higher. Segment I lies around the front and left of the cava above the hilum. Veins bend the upright planes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.vessel_tree import VesselBranch, VesselTrees
from engine.vessels.couinaud.landmarks import Landmarks
from engine.vessels.couinaud.surface import BoundarySurface, plane_surface
from engine.vessels.naming import NamedBranch

_CANTLIE_DEGREES: Final = 42.0
"""Cantlie's line forwards from the right where no gallbladder tells (annotators' maps: median 40, spread 9)."""
_CANTLIE_RANGE_DEGREES: Final = (30.0, 60.0)
_CAVA_LEFT_WALL_MM: Final = 14.0
_LEFT_HIGHER_MM: Final = 15.0
"""How far the left portal vein lies above the bifurcation; set by hand, annotators part II from III 20 mm above."""
_SHARPNESS_MM: Final = 3.0
_PLANE_SPREAD_MM: Final = 10.0
_FROM_CAVA_MM: Final = 15.0
"""Nearer to the cava all veins run together and tell no plane."""

_MOUTH_FROM_CAVA_MM: Final = 25.0
_MOUTH_LOW, _MOUTH_HIGH = 0.1, 0.5
"""The main veins enter the cava in the upper half between hilum and dome."""

_CAUDATE_CENTRE_MM: Final = np.array([8.0, -17.0, 22.0])
_CAUDATE_RADII_MM: Final = np.array([24.0, 17.0, 34.0])

UP: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundaries:
    """The surfaces that part the segments.

    Attributes:
        right: front is positive: V and VIII against VI and VII.
        middle: left is positive: IV against V and VIII.
        left: left is positive: II and III against IV.
        landmarks: cava and hilum.
    """

    right: BoundarySurface
    middle: BoundarySurface
    left: BoundarySurface
    landmarks: Landmarks


def landmark_boundaries(landmarks: Landmarks) -> Boundaries:
    """The planes by landmarks alone."""
    x, y = landmarks.cava_xy_mm[0]
    cava = np.array([x, y, landmarks.middle_z_mm])
    angle = np.radians(_CANTLIE_DEGREES)
    bed = landmarks.gallbladder_lps_mm
    # Forwards and to the right: -x is the patient's right, -y is the front.
    line = np.array([-np.cos(angle), -np.sin(angle), 0.0])
    start = cava + _CAVA_LEFT_WALL_MM * landmarks.scale * np.array([np.sin(angle), -np.cos(angle), 0.0])
    if bed is not None:
        towards = np.degrees(np.arctan2(start[1] - bed[1], start[0] - bed[0]))
        angle = np.radians((np.clip(towards, *_CANTLIE_RANGE_DEGREES) + _CANTLIE_DEGREES) / 2)
        line = np.array([-np.cos(angle), -np.sin(angle), 0.0])
    return Boundaries(
        right=plane_surface(cava, np.array([-1.0, 0.0, 0.0]), UP, np.array([0.0, -1.0, 0.0])),
        middle=plane_surface(start, line, UP, np.array([-line[1], line[0], 0.0])),
        left=plane_surface(cava, np.array([0.0, -1.0, 0.0]), UP, np.array([1.0, 0.0, 0.0])),
        landmarks=landmarks,
    )


def bent_by_veins(boundaries: Boundaries, trees: VesselTrees, names: dict[int, NamedBranch]) -> Boundaries:
    """The boundaries after seeing the patient's own hepatic veins."""
    found = {}
    for name, surface in (("right", boundaries.right), ("middle", boundaries.middle)):
        points, lengths, trust = _stem(trees, names, name, boundaries.landmarks)
        found[name] = surface.through(points, lengths, trust)
    return Boundaries(
        right=found["right"], middle=found["middle"], left=boundaries.left, landmarks=boundaries.landmarks
    )


def segment_likelihood(boundaries: Boundaries, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 9) probability of each segment, values 1 to 9 of the catalogue, at n places; rows add up to 1."""
    landmarks = boundaries.landmarks
    front = _part(*boundaries.right.side(points_lps_mm))
    medial = _part(*boundaries.middle.side(points_lps_mm))
    lateral = _part(*boundaries.left.side(points_lps_mm))
    height = points_lps_mm[:, 2] - landmarks.hilum_z_mm
    high = _part(height, np.full(len(height), _PLANE_SPREAD_MM / 2))
    high_left = _part(height - _LEFT_HIGHER_MM, np.full(len(height), _PLANE_SPREAD_MM / 2))
    caudate = _caudate(landmarks, points_lps_mm)
    fourth = (1 - lateral) * medial
    right = (1 - lateral) * (1 - medial)
    parts = [
        lateral * high_left,
        lateral * (1 - high_left),
        fourth * high,
        fourth * (1 - high),
        right * front * (1 - high),
        right * (1 - front) * (1 - high),
        right * (1 - front) * high,
        right * front * high,
    ]
    return np.column_stack([caudate, *((1 - caudate) * part for part in parts)]).astype(np.float32)


def _part(side_mm: NDArray[np.float64], spread_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of the positive side of a boundary known to within a spread (logistic for the normal's integral)."""
    scale = np.hypot(spread_mm, _SHARPNESS_MM) * 0.588
    part: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(side_mm / scale, -30, 30)))
    return part


def _caudate(landmarks: Landmarks, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of segment I: an ellipsoid in front and to the left of the cava, above the hilum."""
    centre = np.empty_like(points_lps_mm)
    centre[:, :2] = landmarks.cava_at(points_lps_mm[:, 2]) + _CAUDATE_CENTRE_MM[:2] * landmarks.scale
    centre[:, 2] = landmarks.hilum_z_mm + _CAUDATE_CENTRE_MM[2] * landmarks.scale
    away = np.linalg.norm((points_lps_mm - centre) / (_CAUDATE_RADII_MM * landmarks.scale), axis=1)
    return _part((1.0 - away) * 20.0 * landmarks.scale, np.full(len(away), 4.0))


def _stem(
    trees: VesselTrees, names: dict[int, NamedBranch], name: str, landmarks: Landmarks
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """((n, 3) points, (n,) lengths in mm, trust) of a vein's stem: from its root along the widest child each time."""
    called = [branch for branch in trees.of_kind("hepatic") if names[branch.number].name == name]
    inside = {branch.number for branch in called}
    stems = [_walk(root, called) for root in called if root.parent not in inside]
    if not stems:
        return np.empty((0, 3)), np.empty(0), 0.0
    found = [_mouth_trust(path[0], landmarks) for path in stems]
    sizes = [sum(branch.length_mm * branch.calibre_mm for branch in path) for path in stems]
    best = int(np.argmax([size * trust for size, trust in zip(sizes, found, strict=True)]))
    stem = stems[best]
    middle = np.vstack([(b.points_lps_mm[1:] + b.points_lps_mm[:-1]) / 2 for b in stem])
    lengths = np.concatenate([np.linalg.norm(np.diff(b.points_lps_mm, axis=0), axis=1) for b in stem])
    away = np.linalg.norm(middle[:, :2] - landmarks.cava_at(middle[:, 2]), axis=1) > _FROM_CAVA_MM
    return middle[away], lengths[away], found[best] * min(b.confidence * names[b.number].confidence for b in stem)


def _mouth_trust(root: VesselBranch, landmarks: Landmarks) -> float:
    """How sure a vein is the main one of its name, 0 to 1, by where it starts: at the cava, high in the liver.

    A piece broken off a vein, or of the other tree, starts elsewhere and must not bend a boundary as much.
    """
    mouth = root.points_lps_mm[0]
    from_cava_mm = float(np.linalg.norm(mouth[:2] - landmarks.cava_at(mouth[2:])[0]))
    height = (mouth[2] - landmarks.hilum_z_mm) / max(1.0, landmarks.top_z_mm - landmarks.hilum_z_mm)
    near = np.exp(-max(0.0, from_cava_mm - _MOUTH_FROM_CAVA_MM) / _MOUTH_FROM_CAVA_MM)
    return float(near * np.clip((height - _MOUTH_LOW) / (_MOUTH_HIGH - _MOUTH_LOW), 0.1, 1.0))


def _walk(root: VesselBranch, called: list[VesselBranch]) -> list[VesselBranch]:
    path = [root]
    while True:
        children = [branch for branch in called if branch.parent == path[-1].number]
        if not children:
            return path
        path.append(max(children, key=lambda branch: branch.calibre_mm + 0.02 * branch.length_mm))
