"""Which tumours share a wedge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.proposals.scene import Target


def groupings(targets: Sequence[Target], most: int) -> tuple[tuple[tuple[Target, ...], ...], ...]:
    """Ways to divide the tumours into groups, by merging the nearest ones step by step.

    Args:
        targets: the tumours.
        most: groups at most.

    Returns:
        Groupings of `most` groups and fewer, down to half as many; the finest first.
    """
    groups: list[tuple[Target, ...]] = [(target,) for target in targets]
    found = []
    least = max(1, min(most, len(groups)) // 2)
    while True:
        if len(groups) <= most:
            found.append(tuple(groups))
        if len(groups) <= least:
            return tuple(found)
        first, second = _nearest_pair(groups)
        merged = groups[first] + groups[second]
        groups = [group for n, group in enumerate(groups) if n not in (first, second)] + [merged]


def _nearest_pair(groups: Sequence[tuple[Target, ...]]) -> tuple[int, int]:
    best, pair = np.inf, (0, 1)
    for one in range(len(groups)):
        for other in range(one + 1, len(groups)):
            distance = _gap_mm(groups[one], groups[other])
            if distance < best:
                best, pair = distance, (one, other)
    return pair


def _gap_mm(one: Sequence[Target], other: Sequence[Target]) -> float:
    """Smallest distance between voxel centres of the hulls, mm."""
    from scipy.spatial.distance import cdist

    return min(float(cdist(a.hull_lps_mm, b.hull_lps_mm).min()) for a in one for b in other)
