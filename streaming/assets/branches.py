"""The vessel branches of a case as a client lists, colours and picks them."""

from __future__ import annotations

import colorsys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.liver_map import LiverMap
from engine.territory_volumes import territory_volumes
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from streaming.protocol import BranchAsset, PointLps

LINE_TOLERANCE_MM: Final = 0.5
"""Centre lines are thinned by so much: half a voxel, and a fifth of the points."""

_PORTAL_TITLES: Final = {
    "main": "Main portal vein",
    "left": "Left portal vein",
    "right": "Right portal vein",
    "anterior": "Right anterior portal vein",
    "posterior": "Right posterior portal vein",
    "caudate": "Caudate portal branch",
}
_ROMAN: Final = {
    "segment_2": "II",
    "segment_3": "III",
    "segment_4": "IV",
    "segment_5": "V",
    "segment_6": "VI",
    "segment_7": "VII",
    "segment_8": "VIII",
}
_HEPATIC_TITLES: Final = {
    "right": "Right hepatic vein",
    "middle": "Middle hepatic vein",
    "left": "Left hepatic vein",
    "common_trunk": "Common trunk of middle and left hepatic vein",
    "inferior_right": "Inferior right hepatic vein",
    "caudate": "Caudate vein",
}
_BRIGHTNESS: Final[dict[VesselKind, tuple[float, float]]] = {"portal": (0.62, 0.86), "hepatic": (0.5, 0.72)}
"""Saturation and value of the colours: where both are shown, the trees differ in brightness as well."""


def branch_title(kind: VesselKind, name: str) -> str:
    """What a person reads; the names are those of `engine.vessel_tree`."""
    if kind == "hepatic":
        return _HEPATIC_TITLES.get(name, "Hepatic vein branch")
    if name.startswith("segment_"):
        return f"Portal branch of segment {_ROMAN.get(name, name.removeprefix('segment_'))}"
    return _PORTAL_TITLES.get(name, "Portal branch")


def branch_assets(trees: VesselTrees, liver_map: LiverMap, voxel_volume_ml: float) -> tuple[BranchAsset, ...]:
    """Every branch of both trees with the liver it serves, parents first."""
    volumes = territory_volumes(trees, liver_map, voxel_volume_ml)
    weights = np.array([one.with_tributaries_ml for one in volumes])
    hues = _hues(trees, weights)
    return tuple(
        BranchAsset(
            number=branch.number,
            tree=branch.kind,
            parent=branch.parent or None,
            name=branch.name,
            title=branch_title(branch.kind, branch.name),
            colour=_colour(branch.kind, hue),
            calibre_mm=round(branch.calibre_mm, 2),
            volume_ml=round(volume.own_ml, 3),
            territory_ml=round(volume.with_tributaries_ml, 3),
            confidence=round(branch.confidence, 3),
            is_bridged=branch.bridged,
            line_lps_mm=_line(branch),
        )
        for branch, volume, hue in zip(trees.branches, volumes, hues, strict=True)
    )


def _hues(trees: VesselTrees, weights: NDArray[np.float64]) -> list[float]:
    """Each branch takes the middle of its part of the colour circle, which its children divide by their territories.

    So neighbours in the tree look alike, and the two sides of a cut through a trunk do not.
    """
    parts: dict[int, tuple[float, float]] = {}
    taken: dict[tuple[int, VesselKind], float] = {}
    siblings: dict[tuple[int, VesselKind], float] = {}
    for branch, weight in zip(trees.branches, weights, strict=True):
        key = (branch.parent, branch.kind)
        siblings[key] = siblings.get(key, 0.0) + float(weight) + 1e-3
    for branch, weight in zip(trees.branches, weights, strict=True):
        key = (branch.parent, branch.kind)
        low, high = parts[branch.parent] if branch.parent else (0.0, 1.0)
        start = taken.get(key, low)
        width = (high - low) * (float(weight) + 1e-3) / siblings[key]
        taken[key] = start + width
        parts[branch.number] = (start, start + width)
    return [sum(parts[branch.number]) / 2 for branch in trees.branches]


def _colour(kind: VesselKind, hue: float) -> str:
    saturation, value = _BRIGHTNESS[kind]
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _line(branch: VesselBranch) -> tuple[PointLps, ...]:
    """The centre line thinned by Douglas and Peucker, to a tenth of a millimetre."""
    points = branch.points_lps_mm
    kept = np.zeros(len(points), dtype=bool)
    kept[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        offsets = _distances_mm(points[first + 1 : last], points[first], points[last])
        farthest = int(offsets.argmax())
        if offsets[farthest] > LINE_TOLERANCE_MM:
            middle = first + 1 + farthest
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return tuple((round(float(x), 1), round(float(y), 1), round(float(z), 1)) for x, y, z in points[kept])


def _distances_mm(
    points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) distance of each of the (n, 3) points to the stretch from start to end."""
    along = end - start
    squared = float(along @ along)
    place = np.clip((points - start) @ along / squared, 0.0, 1.0) if squared > 0 else np.zeros(len(points))
    distances: NDArray[np.float64] = np.linalg.norm(points - start - place[:, None] * along, axis=1)
    return distances
