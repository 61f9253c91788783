"""What plans are worth by samples: thousands of them in the time that a few are counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.proposals import kernels
from engine.proposals.lattice import Lattice
from engine.resection.function.centre_lines import CentreLines, sampled_tree
from engine.resection.function.pairs.pair_table import CAUDATE_SEGMENT
from engine.resection.function.roots import find_roots, near_labels
from engine.resection.function.severing import REACH_MM
from engine.volume import LabelVolume

if TYPE_CHECKING:
    from engine.liver_map import LiverMap
    from engine.proposals.scene import Scene
    from engine.vessel_tree import VesselTrees

_IN_REACH: Final = 1
_SPARED: Final = 2
_MOST_RIM: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """What n plans are worth by the samples.

    Attributes:
        remnant_percent: (n,) functional remnant; geometric without vessel trees.
        cut_area_mm2: (n,) area of the cut inside the liver; infinite where too little is left for it to matter.
        cut_calibre_mm: (n,) calibres of the vessels cut, added up.
        spoilt: (n,) whether a vessel to be spared is cut.
        margin_mm: (n,) no margin is larger than this.
    """

    remnant_percent: NDArray[np.float64]
    cut_area_mm2: NDArray[np.float64]
    cut_calibre_mm: NDArray[np.float64]
    spoilt: NDArray[np.bool_]
    margin_mm: NDArray[np.float64]


class Samples:
    """A lattice in the liver and the centre lines of its vessels.

    Args:
        scene: the case as the search sees it.
        labels: of the whole case.
        trees: its vessels, or None.
        liver_map: its territories, or None.
        spared: numbers of the branches that must not be cut.

    Attributes:
        count: how many of the samples, the first ones, stand for the liver.
        points_lps_mm: (n, 3) all of them.
    """

    def __init__(
        self,
        scene: Scene,
        labels: LabelVolume,
        trees: VesselTrees | None,
        liver_map: LiverMap | None,
        spared: frozenset[int],
    ) -> None:
        lattice = Lattice.of(scene.liver)
        self.count = lattice.inside
        self._lattice = lattice
        inside = lattice.points_lps_mm[: self.count]
        rim = np.concatenate([target.rim_lps_mm for target in scene.targets])
        self._away_mm = kernels.distances(inside, np.ascontiguousarray(rim[:: max(1, len(rim) // _MOST_RIM)]))
        self._deciding = np.full((self.count, 2), kernels.ALWAYS, dtype=np.int32)
        lines: tuple[CentreLines, ...] = ()
        if trees is not None and liver_map is not None:
            labels = LabelVolume(labels=np.ascontiguousarray(labels.labels), geometry=labels.geometry)
            portal = sampled_tree(trees, "portal", find_roots(trees, "portal", labels))
            hepatic = sampled_tree(trees, "hepatic", find_roots(trees, "hepatic", labels))
            lines = (portal, hepatic)
            if portal.pieces and hepatic.pieces:  # without one of the trees function is unknown: volume decides
                self._deciding = _deciding(inside, labels, liver_map, portal, hepatic)
        samples = np.concatenate([np.zeros((0, 3)), *(one.points_lps_mm for one in lines)])
        before = len(lines[0].parent) if lines else 0
        none = np.zeros(0, dtype=np.int32)
        self._parent = np.concatenate(
            [none, *(np.where(one.parent < 0, -1, one.parent + n * before) for n, one in enumerate(lines))]
        ).astype(np.int32)
        self._radii_mm = np.concatenate([np.zeros(0), *(one.radii_mm for one in lines)])
        self._flags = np.zeros(len(samples), dtype=np.uint8)
        if lines:
            in_reach = near_labels(samples, labels, LIVER_VALUES, REACH_MM)
            in_reach &= ~np.concatenate([one.trunk for one in lines])
            branch = np.concatenate([one.branch for one in lines])
            self._flags = (_IN_REACH * in_reach + _SPARED * np.isin(branch, sorted(spared))).astype(np.uint8)
        self.points_lps_mm = np.concatenate([lattice.points_lps_mm, samples])
        self._points = np.ascontiguousarray(self.points_lps_mm.T)

    def taken_by(self, forms: NDArray[np.float64]) -> NDArray[np.uint8]:
        """(n, samples) 1 where each of (n, 16) shapes takes a sample."""
        taken = np.empty((len(forms), self._points.shape[1]), dtype=np.uint8)
        kernels.take(np.ascontiguousarray(forms), self._points, taken)
        return taken

    def taken_by_territory(self, signed: NDArray[np.float64]) -> NDArray[np.uint8]:
        """(samples,) of a plan's function at the samples; no border where only the liver ends."""
        taken = (signed > 0.0).astype(np.uint8)
        taken[self.count : len(self._lattice.points_lps_mm)] = taken[self._lattice.home]
        return taken

    def rate(self, taken: NDArray[np.uint8], enough_percent: float = 0.0) -> Estimates:
        """What plans that take these (n, samples) are worth; without the area of those that leave less than enough."""
        found = np.empty((len(taken), 5))
        kernels.rate(
            np.ascontiguousarray(taken),
            self._deciding,
            self._away_mm,
            self._parent,
            self._radii_mm,
            self._flags,
            self._lattice.pairs,
            self._lattice.weights_mm2,
            enough_percent,
            found,
        )
        return Estimates(
            remnant_percent=found[:, 0],
            cut_area_mm2=found[:, 1],
            cut_calibre_mm=found[:, 2],
            spoilt=found[:, 3] > 0.0,
            margin_mm=found[:, 4],
        )


def _deciding(
    points: NDArray[np.float64], labels: LabelVolume, liver_map: LiverMap, portal: CentreLines, hepatic: CentreLines
) -> NDArray[np.int32]:
    """(n, 2) the samples that decide supply and drainage of each point, as `FunctionEvaluator` assigns voxels."""
    start = np.array([side.start for side in reversed(liver_map.box)])
    at = np.rint(labels.geometry.index_from_lps(points)).astype(np.int64) - start
    inside = ((at >= 0) & (at < liver_map.segment.shape[::-1])).all(axis=1)
    i, j, k = at[inside].T
    found = np.full((len(points), 2), kernels.OUTSIDE, dtype=np.int32)
    for column, (lines, numbers) in enumerate(((portal, liver_map.portal_branch), (hepatic, liver_map.hepatic_branch))):
        branch = np.zeros(len(points), dtype=np.int64)
        branch[inside] = numbers[k, j, i]
        nearest = np.empty(len(points), dtype=np.int32)
        kernels.nearest_samples(points, branch, lines.first_piece, lines.middle, lines.points_lps_mm, nearest)
        found[:, column] = np.where(nearest < 0, nearest, nearest + column * len(portal.parent))
    caudate = np.zeros(len(points), dtype=np.bool_)
    caudate[inside] = liver_map.segment[k, j, i] == CAUDATE_SEGMENT
    found[caudate, 1] = kernels.ALWAYS
    return found
