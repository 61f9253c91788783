"""Where blood enters the portal tree and leaves the hepatic veins, and what is joined to neither by anything seen.

A portal tree is joined to the portal trunk where its root lies outside the liver, or is called "main"; where no tree
is, the longest one is taken to be (the scan or its labels end at the hilum). A hepatic vein is joined to the vena
cava where its root lies within `CONFLUENCE_MM` of it or outside the liver; without a vena cava every vein is taken to
be joined. What is left are fragments: vessels whose way to the root the labels do not show. They are linked straight
to the nearest centre line of their tree, and every volume that rests on such a link is reported as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import INFERIOR_VENA_CAVA, LIVER_VALUES
from engine.resection.function import kernels
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume

CONFLUENCE_MM: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roots:
    """The roots of one tree.

    Attributes:
        sources: branch numbers that are joined to the trunk or the vena cava.
        fragments: branch numbers of roots that are not.
    """

    sources: frozenset[int]
    fragments: frozenset[int]
    _labels: LabelVolume

    def samples_outside(self, points_lps_mm: NDArray[np.float64]) -> int:
        """How many of the (n, 3) points lie before the first that is in the liver."""
        inside = near_labels(points_lps_mm, self._labels, LIVER_VALUES, 0.0)
        return int(np.argmax(inside)) if inside.any() else len(inside)


def find_roots(trees: VesselTrees, kind: VesselKind, labels: LabelVolume) -> Roots:
    """Tells the roots of a tree that blood is known to pass from those of fragments."""
    roots = [branch for branch in trees.of_kind(kind) if branch.parent == 0]
    if not roots:
        return Roots(sources=frozenset(), fragments=frozenset(), _labels=labels)
    first = np.array([branch.points_lps_mm[0] for branch in roots])
    joined = ~near_labels(first, labels, LIVER_VALUES, 0.0)
    if kind == "portal":
        joined |= np.array([branch.name == "main" for branch in roots])
        if not joined.any():
            lengths = _tree_lengths_mm(trees, kind)
            joined[int(np.argmax([lengths[branch.number] for branch in roots]))] = True
    else:
        at_cava = near_labels(first, labels, (INFERIOR_VENA_CAVA,), CONFLUENCE_MM)
        joined |= at_cava if at_cava.any() else True
    numbers = np.array([branch.number for branch in roots])
    return Roots(
        sources=frozenset(numbers[joined].tolist()), fragments=frozenset(numbers[~joined].tolist()), _labels=labels
    )


def near_labels(
    points_lps_mm: NDArray[np.float64], labels: LabelVolume, values: tuple[int, ...], reach_mm: float
) -> NDArray[np.bool_]:
    """(n,) whether the voxel a point lies in, or one whose centre lies within `reach_mm` of it, has such a label."""
    wanted = np.zeros(256, dtype=np.bool_)
    wanted[list(values)] = True
    geometry = labels.geometry
    found: NDArray[np.bool_] = kernels.near_values(
        np.ascontiguousarray(geometry.index_from_lps(points_lps_mm)),
        np.ascontiguousarray(geometry.lps_from_ijk[:3, :3]),
        np.array([np.linalg.norm(row) for row in geometry.ijk_from_lps[:3, :3]]) * reach_mm,
        labels.labels,
        wanted,
        reach_mm,
    )
    return found


def _tree_lengths_mm(trees: VesselTrees, kind: VesselKind) -> dict[int, float]:
    """Length of the whole tree by the number of its root."""
    root_of: dict[int, int] = {}
    lengths: dict[int, float] = {}
    branch: VesselBranch
    for branch in trees.of_kind(kind):
        root = root_of[branch.parent] if branch.parent else branch.number
        root_of[branch.number] = root
        lengths[root] = lengths.get(root, 0.0) + branch.length_mm
    return lengths
