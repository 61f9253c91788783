"""Vessel trees, liver map and probabilities of a case as arrays in one compressed file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.case_manifest import AnatomyRecord, ProbabilityRecord
from engine.class_probability import ClassProbability
from engine.liver_map import LiverMap
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import VoxelBox

TREES_STEM: Final = "volumes/vessel_trees"
LIVER_MAP_STEM: Final = "volumes/liver_map"
PROBABILITY_STEM: Final = "volumes/probability"
_KINDS: Final[tuple[VesselKind, ...]] = ("portal", "hepatic")
_MAP_TYPES: Final = {"portal_branch": "uint16", "hepatic_branch": "uint16", "segment": "uint8", "uncertain": "uint8"}


def arrays_of_trees(trees: VesselTrees) -> dict[str, NDArray[Any]]:
    """What `trees_from_arrays` reads: one row a branch, and the points of all branches one after the other."""
    branches = trees.branches
    counts = [len(branch.points_lps_mm) for branch in branches]
    return {
        "kind": np.array([_KINDS.index(branch.kind) for branch in branches], dtype=np.uint8),
        "parent": np.array([branch.parent for branch in branches], dtype=np.uint16),
        "name": np.array([branch.name for branch in branches], dtype="U32"),
        "confidence": np.array([branch.confidence for branch in branches], dtype=np.float32),
        "bridged": np.array([branch.bridged for branch in branches], dtype=np.bool_),
        "end": np.cumsum(counts, dtype=np.int64),
        "points_lps_mm": np.concatenate([np.zeros((0, 3)), *(branch.points_lps_mm for branch in branches)]),
        "radii_mm": np.concatenate([np.zeros(0), *(branch.radii_mm for branch in branches)]),
    }


def trees_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> VesselTrees:
    """The trees that `arrays_of_trees` wrote.

    Raises:
        KeyError: an array is missing.
        ValueError: they do not fit together, or numbers are not finite.
    """
    points, radii, end = arrays["points_lps_mm"], arrays["radii_mm"], arrays["end"]
    if points.shape != (len(radii), 3) or not (np.isfinite(points).all() and np.isfinite(radii).all()):
        raise ValueError("centre lines are damaged")
    if len(end) and (end[-1] != len(radii) or (np.diff(end, prepend=0) < 2).any()):
        raise ValueError("branches do not fit their points")
    if (arrays["kind"] >= len(_KINDS)).any():
        raise ValueError("a branch belongs to no tree")
    branches = [
        VesselBranch(
            number=n + 1,
            kind=_KINDS[int(arrays["kind"][n])],
            parent=int(arrays["parent"][n]),
            points_lps_mm=points[end[n - 1] if n else 0 : end[n]],
            radii_mm=radii[end[n - 1] if n else 0 : end[n]],
            name=str(arrays["name"][n]),
            confidence=float(arrays["confidence"][n]),
            bridged=bool(arrays["bridged"][n]),
        )
        for n in range(len(end))
    ]
    return VesselTrees(branches=tuple(branches))


def arrays_of_liver_map(liver_map: LiverMap) -> dict[str, NDArray[Any]]:
    """The four arrays by name."""
    return {name: getattr(liver_map, name) for name in _MAP_TYPES}


def liver_map_from_arrays(arrays: Mapping[str, NDArray[Any]], record: AnatomyRecord) -> LiverMap:
    """The map that `arrays_of_liver_map` wrote.

    Raises:
        KeyError: an array is missing.
        ValueError: its type or shape is wrong.
    """
    if any(arrays[name].dtype != kind for name, kind in _MAP_TYPES.items()):
        raise ValueError("an array of the liver map has the wrong type")
    k, j, i = (slice(first, end) for first, end in record.box_kji)
    return LiverMap(
        box=(k, j, i),
        portal_branch=arrays["portal_branch"],
        hepatic_branch=arrays["hepatic_branch"],
        segment=arrays["segment"],
        uncertain=arrays["uncertain"],
    )


def probability_from_arrays(arrays: Mapping[str, NDArray[Any]], record: ProbabilityRecord) -> ClassProbability:
    """The probabilities of a case.

    Raises:
        KeyError: the array is missing.
        ValueError: its type or shape is wrong.
    """
    if arrays["values"].dtype != np.uint8:
        raise ValueError("probabilities are not 8 bits")
    return ClassProbability(classes=record.classes, values=arrays["values"], geometry=record.grid.geometry())


def record_of_box(box: VoxelBox) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(first, end) along k, j, i."""
    k, j, i = ((int(part.start), int(part.stop)) for part in box)
    return k, j, i


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of a compressed file; nothing is unpickled.

    Raises:
        ValueError: it is damaged.
        OSError: it cannot be read.
    """
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
