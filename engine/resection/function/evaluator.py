"""Answers what a plan does to function at hand speed: a walk over both trees and a count by pairs of pieces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.function import kernels
from engine.resection.function.centre_lines import CentreLines, sampled_tree
from engine.resection.function.cut_branches import find_cut_branches
from engine.resection.function.pairs import TUMOUR, PairTable
from engine.resection.function.roots import find_roots
from engine.resection.function.severing import Severed, TreeTable, sever
from engine.resection.function.value import BranchVolume, FunctionalRemnant, KeptSide
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.rows import CutRows, RowWindow
from engine.resection.sides import Sides
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume


class FunctionEvaluator:
    """Tables over one liver; `evaluate` changes nothing and may run in several threads.

    Args:
        labels: the label volume.
        trees: portal and hepatic branches.
        liver_map: made from these labels and trees.

    Raises:
        LabelError: the scan is too large for the tables.
    """

    def __init__(self, labels: LabelVolume, trees: VesselTrees, liver_map: LiverMap) -> None:
        labels = LabelVolume(labels=np.ascontiguousarray(labels.labels), geometry=labels.geometry)
        self._trees = trees
        self._geometry = labels.geometry
        portal, hepatic = (sampled_tree(trees, kind, find_roots(trees, kind, labels)) for kind in ("portal", "hepatic"))
        self._table = PairTable.build(labels, liver_map, portal, hepatic)
        totals = _by_piece(self._table, portal.pieces, hepatic.pieces)
        self._portal, self._hepatic = (
            TreeTable.build(lines, labels, total) for lines, total in zip((portal, hepatic), totals, strict=True)
        )
        self._tumour_voxels = int(self._table.totals[(self._table.pairs[:, 2] & TUMOUR) > 0].sum())

    @property
    def geometry(self) -> VolumeGeometry:
        """The grid of the labels."""
        return self._geometry

    @property
    def window(self) -> RowWindow:
        """The rows that hold the liver: what `evaluate` wants to be told of a plan that is not all planes."""
        return self._table.window

    @property
    def table_bytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._table.size_bytes + self._portal.size_bytes + self._hepatic.size_bytes

    def evaluate(
        self,
        sides: Sides,
        rows: CutRows | None = None,
        *,
        details: bool = True,
        kept: KeptSide = "remnant",
        rejoined: frozenset[int] = frozenset(),
    ) -> FunctionalRemnant:
        """Tells how much of the kept liver stays supplied and drained.

        Args:
            sides: the plan on the labels' grid.
            rows: its rows, holding `window`; not needed where `sides.planes` tells all.
            details: whether to list the branches cut and what the remnant loses by branch.
            kept: what stays, or the specimen (a graft), which hangs on no source that it did not take along.
            rejoined: branches whose stump is joined to the circulation again, such as the portal branch of a graft
                or a reconstructed vein.

        Raises:
            PlanError: the plan is not all planes and `rows` is missing or does not hold the liver.
        """
        counts = self._kept_voxels(sides, rows, kept)
        again = np.zeros(len(self._trees.branches) + 1, dtype=np.bool_)
        again[[number for number in rejoined if 0 < number < len(again)]] = True
        portal, hepatic = (sever(tree, sides, kept, again) for tree in (self._portal, self._hepatic))
        sums = kernels.tally(
            counts,
            self._table.pairs,
            portal.reached[self._portal.lines.middle],
            hepatic.reached[self._hepatic.lines.middle],
            self._portal.unseen,
            self._hepatic.unseen,
            portal.lost,
            hepatic.lost,
        )
        answer = self._composed([int(n) for n in sums], kept, (portal, hepatic))
        return self._detailed(answer, portal, hepatic) if details else answer

    def _detailed(self, answer: FunctionalRemnant, portal: Severed, hepatic: Severed) -> FunctionalRemnant:
        ml = self._geometry.voxel_volume_ml
        cut = [
            one
            for tree, severed in ((self._portal, portal), (self._hepatic, hepatic))
            for one in find_cut_branches(self._trees, tree, severed, ml)
        ]
        return replace(
            answer,
            devascularised_by_branch=self._by_branch(self._portal.lines, portal.lost),
            congested_by_branch=self._by_branch(self._hepatic.lines, hepatic.lost),
            cut_branches=tuple(sorted(cut, key=lambda one: (-one.calibre_mm, one.branch, one.position_lps_mm))),
        )

    def _kept_voxels(self, sides: Sides, rows: CutRows | None, kept: KeptSide) -> NDArray[np.int64]:
        planes = sides.planes
        if planes is not None:
            left = self._table.count_remnant(planes)
            return left if kept == "remnant" else self._table.totals - left
        if rows is None or not rows.window.holds(self.window):
            raise PlanError(
                "The rows of a curved resection do not hold the liver.", cure="Ask `Sides.rows` for `window`."
            )
        taken = self._table.count_resected(rows)
        return taken if kept == "resected" else self._table.totals - taken

    def _composed(
        self,
        sums: list[int],
        kept: KeptSide,
        severed: tuple[Severed, Severed],
    ) -> FunctionalRemnant:
        ml = self._geometry.voxel_volume_ml
        fed, drained = self._portal.lines.pieces > 0, self._hepatic.lines.pieces > 0
        known = fed and drained
        total = self._table.voxels
        return FunctionalRemnant(
            side=kept,
            kept_ml=sums[0] * ml,
            devascularised_ml=sums[1] * ml if fed else None,
            congested_ml=sums[2] * ml if drained else None,
            both_ml=sums[3] * ml if known else None,
            functional_ml=sums[4] * ml if known else None,
            not_assigned_ml=sums[5] * ml,
            direct_ml=sums[6] * ml,
            unsure_ml=sums[7] * ml,
            unseen_ml=sums[8] * ml,
            flr=_flr(sums[4], total, ml, tumour_free=False) if known else None,
            flr_tumour_free=_flr(sums[4] - sums[10], total - self._tumour_voxels, ml, tumour_free=True)
            if known
            else None,
            severed_branches=(*severed[0].branches(self._portal), *severed[1].branches(self._hepatic)),
        )

    def _by_branch(self, lines: CentreLines, lost: NDArray[np.int64]) -> tuple[BranchVolume, ...]:
        if not lost.any():
            return ()
        voxels = np.bincount(lines.piece_branch, weights=lost, minlength=1)
        numbers = np.flatnonzero(voxels)
        order = numbers[np.argsort(-voxels[numbers], kind="stable")].tolist()
        ml = self._geometry.voxel_volume_ml
        return tuple(
            BranchVolume(branch=n, name=self._trees.branches[n - 1].name, ml=float(voxels[n]) * ml) for n in order
        )


def _flr(voxels: int, total: int, ml: float, *, tumour_free: bool) -> LiverRemnant | None:
    if total <= 0:
        return None
    return LiverRemnant(
        numerator="functional_remnant_volume_minus_tumour" if tumour_free else "functional_remnant_volume",
        denominator="total_liver_volume_minus_tumour" if tumour_free else "total_liver_volume",
        numerator_ml=voxels * ml,
        denominator_ml=total * ml,
    )


def _by_piece(table: PairTable, portal: int, hepatic: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(pieces,) liver voxels of each portal and of each hepatic piece."""
    found = []
    for column, pieces in ((0, portal), (1, hepatic)):
        voxels = np.zeros(pieces + 2, dtype=np.int64)
        np.add.at(voxels, table.pairs[:, column], table.totals)
        found.append(voxels[1 : pieces + 1])
    return found[0], found[1]
