"""A person's words on vessel branches: where they hold, and the anatomy that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.case_manifest import BranchWord
from engine.class_probability import ClassProbability
from engine.errors import LabelError
from engine.progress import Progress
from engine.vessel_tree import HEPATIC_NAMES, PORTAL_NAMES, VesselTrees
from engine.vessels import EdgeCorrection, SegmentOverride, VesselAnatomy, analyse
from engine.volume import LabelVolume, ScanVolume

_VESSELS: Final = (
    anatomy.PORTAL_VEIN,
    anatomy.PORTAL_VEIN_EXTRAHEPATIC,
    anatomy.HEPATIC_VEINS,
    anatomy.HEPATIC_VEINS_EXTRAHEPATIC,
)
_REACH_MM: Final = 5.0
"""A person points at a vessel within this; beyond it they meant something else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeardAnatomy:
    """The anatomy under a person's words.

    Attributes:
        anatomy: trees, names, territories, segments.
        labels: the given ones with vessel voxels put right; nothing else is painted.
        forgotten: words that hold no more, because the vessel they were about is gone.
    """

    anatomy: VesselAnatomy
    labels: LabelVolume
    forgotten: tuple[BranchWord, ...]


def check_words(words: Sequence[BranchWord]) -> None:
    """Raises a LabelError where a word names what there is not."""
    for word in words:
        names = {"portal": PORTAL_NAMES, "hepatic": HEPATIC_NAMES, "not_a_vessel": ()}[word.kind]
        if word.name and word.name not in names:
            cure = f"Names of {word.kind} branches: {', '.join(names)}." if names else "Leave the name out."
            raise LabelError(f"A {word.kind.replace('_', ' ')} branch cannot have that name.", cure=cure)


def words_beyond(labels: LabelVolume, trees: VesselTrees | None, words: Sequence[BranchWord]) -> tuple[BranchWord, ...]:
    """The words, and the same tree for all branches that leave a branch whose tree they change, no names for those.

    Args:
        labels: that the words are about.
        trees: as they are before.
        words: snapped.
    """
    said: list[BranchWord] = []
    for word in words:
        said.append(word)
        others = {"portal": "hepatic", "hepatic": "portal"}.get(word.kind)
        top = branch_at(trees, others, word.point_lps_mm) if trees is not None else 0
        below = {top} - {0}
        for branch in trees.branches if trees is not None else ():
            if branch.parent in below:
                below.add(branch.number)
                x, y, z = branch.points_lps_mm[len(branch.points_lps_mm) // 2].tolist()
                beyond = BranchWord(point_lps_mm=(x, y, z), kind=word.kind)
                if _nearest_vessel_lps(labels, np.asarray(beyond.point_lps_mm)) is not None:
                    said.extend(snapped_words(labels, [beyond]))
    # What was pointed at outweighs what follows from another word.
    return (*(word for word in said if word not in words), *words)


def branch_middle_lps_mm(trees: VesselTrees | None, number: int) -> tuple[float, float, float]:
    """The middle of a branch's centre line.

    Raises:
        LabelError: there is no such branch.
    """
    if trees is None or not 1 <= number <= len(trees.branches):
        raise LabelError("There is no branch of that number.", cure="`cantlie anatomy CASE --branches` lists them.")
    points = trees.branches[number - 1].points_lps_mm
    x, y, z = points[len(points) // 2].tolist()
    return x, y, z


def snapped_words(labels: LabelVolume, words: Sequence[BranchWord]) -> tuple[BranchWord, ...]:
    """The words, each at the centre of the vessel voxel nearest to where the person pointed.

    Raises:
        LabelError: no vessel is near one.
    """
    check_words(words)
    found = []
    for word in words:
        place = _nearest_vessel_lps(labels, np.asarray(word.point_lps_mm))
        if place is None:
            raise LabelError(
                f"There is no vessel within {_REACH_MM:g} mm of a point given.",
                cure="Point at a portal or hepatic vein; points are patient millimetres (LPS).",
            )
        x, y, z = place.tolist()
        found.append(word.model_copy(update={"point_lps_mm": (x, y, z)}))
    return tuple(found)


def heard_anatomy(
    labels: LabelVolume,
    words: Sequence[BranchWord],
    probability: ClassProbability | None = None,
    *,
    scan: ScanVolume | None = None,
    progress: Progress | None = None,
) -> HeardAnatomy:
    """The vessels followed with a person's words as hard constraints.

    Args:
        labels: the liver with its vessels.
        words: all that were ever said, snapped, later ones over earlier ones.
        probability: of the network, where there was one.
        scan: on the grid of the labels.
        progress: told fractions; may raise to stop.

    Raises:
        LabelError: the labels have no liver.
    """
    holding = [word for word in words if _is_vessel(labels, word)]
    corrections = [EdgeCorrection(point_lps_mm=word.point_lps_mm, kind=word.kind) for word in holding]
    # The labels count as looked at: one word must not turn over what the person left alone.
    found = analyse(labels, probability, scan=scan, corrections=corrections, progress=progress, looked_at=True)
    overrides = {
        number: SegmentOverride(branch=number, name=word.name)
        for word in holding
        if word.name and (number := branch_at(found.trees, word.kind, word.point_lps_mm))
    }
    if overrides:
        found = found.renamed(tuple(overrides.values()))
    was_vessel = labels.mask_of(_VESSELS)
    values = np.where(was_vessel, found.labels.labels, labels.labels)
    return HeardAnatomy(
        anatomy=found,
        labels=LabelVolume(labels=values, geometry=labels.geometry),
        forgotten=tuple(word for word in words if word not in holding),
    )


def _nearest_vessel_lps(labels: LabelVolume, point: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Centre of the vessel voxel nearest to a point, LPS mm; None beyond reach."""
    geometry = labels.geometry
    middle = geometry.index_from_lps(point)[::-1]
    reach = _REACH_MM / geometry.spacing_kji_mm
    low = np.maximum(0, np.ceil(middle - reach)).astype(int)
    high = np.minimum(labels.labels.shape, np.floor(middle + reach).astype(int) + 1)
    if (low >= high).any():
        return None
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    near = np.argwhere(np.isin(labels.labels[box], _VESSELS)) + low
    away = np.linalg.norm((near - middle) * geometry.spacing_kji_mm, axis=1)
    if not len(near) or away.min() > _REACH_MM:
        return None
    return np.asarray(geometry.lps_from_index(near[np.argmin(away)][::-1].astype(float)))


def _is_vessel(labels: LabelVolume, word: BranchWord) -> bool:
    i, j, k = np.rint(labels.geometry.index_from_lps(np.asarray(word.point_lps_mm))).astype(int).tolist()
    return int(labels.labels[k, j, i]) in _VESSELS


def branch_at(trees: VesselTrees, kind: str | None, point_lps_mm: tuple[float, float, float]) -> int:
    """Number of the branch of a tree whose wall is nearest to a point, 0 beyond reach or for no tree."""
    best, number = _REACH_MM, 0
    for branch in trees.branches:
        if branch.kind == kind:
            away = np.linalg.norm(branch.points_lps_mm - np.asarray(point_lps_mm), axis=1) - branch.radii_mm
            if away.min() < best:
                best, number = float(away.min()), branch.number
    return number
