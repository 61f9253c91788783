"""Where the cut goes through centre lines, how wide the vessels are there, what hangs on them."""

from __future__ import annotations

import numpy as np

from engine.resection.function import kernels
from engine.resection.function.severing import Severed, TreeTable
from engine.resection.function.value import CutBranch
from engine.vessel_tree import VesselTrees


def find_cut_branches(trees: VesselTrees, tree: TreeTable, severed: Severed, voxel_volume_ml: float) -> list[CutBranch]:
    """The crossings of one tree, in the order of its samples.

    The place between two samples is found by the signs' own values: exact for planes, within half a step otherwise.
    A vessel that comes from beyond the hand's reach straight into what is resected is cut at the first sample in
    reach.

    Args:
        trees: both trees.
        tree: the one looked at.
        severed: the same under the plan, after the tally.
        voxel_volume_ml: of the labels' grid.
    """
    lines, signed, blocked = tree.lines, severed.signed, severed.blocked
    lost = kernels.sum_beyond(lines.parent, lines.middle, severed.lost)
    before = lines.parent
    crossing = np.flatnonzero((before >= 0) & (blocked != blocked[np.maximum(before, 0)]))
    found = []
    for here in crossing.tolist():
        there = int(before[here])
        part = 1.0
        if (signed[here] > 0.0) != (signed[there] > 0.0):
            part = float(signed[there] / (signed[there] - signed[here]))
        x, y, z = (lines.points_lps_mm[there] * (1.0 - part) + lines.points_lps_mm[here] * part).tolist()
        branch = trees.branches[int(lines.branch[here]) - 1]
        found.append(
            CutBranch(
                branch=branch.number,
                tree=lines.kind,
                name=branch.name,
                position_lps_mm=(x, y, z),
                calibre_mm=float(2.0 * (lines.radii_mm[there] * (1.0 - part) + lines.radii_mm[here] * part)),
                severs=bool(severed.reached[there] and not severed.reached[here]),
                territory_ml=int(tree.beyond[here]) * voxel_volume_ml,
                remnant_lost_ml=int(lost[here]) * voxel_volume_ml,
                piece_ml=int(tree.voxels[lines.piece_at(here)]) * voxel_volume_ml,
            )
        )
    return found
