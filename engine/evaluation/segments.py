"""How far predicted Couinaud segments agree with a reference's."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.scores import SegmentScore
from engine.liver_map import SEGMENTS, LiverMap

TITLES: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def segments_one_to_eight(liver_map: LiverMap, shape_kji: tuple[int, int, int]) -> NDArray[np.uint8]:
    """(k, j, i) Couinaud 1 to 8 on the scan's grid, IVa and IVb both 4, 0 outside the liver."""
    table = np.zeros(256, dtype=np.uint8)
    for segment in SEGMENTS:
        table[segment.value] = TITLES.index(segment.title.rstrip("ab")) + 1
    whole = np.zeros(shape_kji, dtype=np.uint8)
    whole[liver_map.box] = table[liver_map.segment]
    return whole


def score_segments(predicted: NDArray[np.uint8], reference: NDArray[np.uint8]) -> SegmentScore | None:
    """Compares two (k, j, i) maps of 1 to 8; None where the reference names no voxel.

    The agreement counts voxels that both name: that the livers differ is the liver's own error. `covered` is the
    part of the reference's voxels that the prediction names.
    """
    pairs = np.bincount(reference.ravel().astype(np.int64) * 256 + predicted.ravel(), minlength=65536)
    table = pairs.reshape(256, 256)[:9, :9]
    named = int(table[1:].sum())
    if not named:
        return None
    both = int(table[1:, 1:].sum())
    ours, theirs = table[1:, 1:].sum(axis=0), table[1:, 1:].sum(axis=1)
    equal = np.diagonal(table)[1:]
    return SegmentScore(
        agreement=float(equal.sum() / both) if both else 0.0,
        covered=both / named,
        dice={
            title: 2.0 * float(equal[n]) / float(ours[n] + theirs[n]) if theirs[n] else None
            for n, title in enumerate(TITLES)
        },
    )
