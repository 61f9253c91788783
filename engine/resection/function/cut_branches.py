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
    here = np.flatnonzero((before >= 0) & (blocked != blocked[np.maximum(before, 0)]))
    if not len(here):
        return []
    there = before[here]
    outer, inner = signed[here], signed[there]
    change = np.where(inner == outer, 1.0, inner - outer)
    part = np.where((outer > 0.0) != (inner > 0.0), inner / change, 1.0)
    points, radii = lines.points_lps_mm, lines.radii_mm
    positions = points[there] * (1.0 - part)[:, None] + points[here] * part[:, None]
    columns = (
        lines.branch[here].tolist(),
        positions.tolist(),
        (2.0 * (radii[there] * (1.0 - part) + radii[here] * part)).tolist(),
        (severed.reached[there] & ~severed.reached[here]).tolist(),
        tree.beyond[here].tolist(),
        lost[here].tolist(),
        tree.voxels[lines.piece_of[here]].tolist(),
    )
    found = []
    for number, (x, y, z), calibre_mm, severs, beyond, gone, piece in zip(*columns, strict=True):
        branch = trees.branches[number - 1]
        found.append(
            CutBranch(
                branch=branch.number,
                tree=lines.kind,
                name=branch.name,
                position_lps_mm=(x, y, z),
                calibre_mm=calibre_mm,
                severs=severs,
                territory_ml=beyond * voxel_volume_ml,
                remnant_lost_ml=gone * voxel_volume_ml,
                piece_ml=piece * voxel_volume_ml,
            )
        )
    return found
