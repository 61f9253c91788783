"""Where the cut goes through centre lines, how wide the vessels are there, what hangs on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.resection.function.centre_lines import CentreLines
from engine.resection.function.value import CutBranch
from engine.vessel_tree import VesselTrees


def find_cut_branches(
    trees: VesselTrees,
    lines: CentreLines,
    signed: NDArray[np.float64],
    blocked: NDArray[np.bool_],
    reached: NDArray[np.bool_],
    beyond_ml: NDArray[np.float64],
) -> list[CutBranch]:
    """The crossings of one tree, in the order of its samples.

    The place between two samples is found by the signs' own values: exact for planes, within half a step otherwise.
    A vessel that comes from beyond the hand's reach straight into what is resected is cut at the first sample in
    reach.

    Args:
        trees: both trees.
        lines: samples of the tree.
        signed: (n,) the plan's function at the samples.
        blocked: (n,) whether a sample is gone from the kept side.
        reached: (n,) whether it hangs on a source.
        beyond_ml: (n, 2) ml at and beyond each sample: all liver, and kept liver that lost its way.
    """
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
                severs=bool(reached[there] and not reached[here]),
                territory_ml=float(beyond_ml[here, 0]),
                remnant_lost_ml=float(beyond_ml[here, 1]),
            )
        )
    return found
