"""Where labels lie: one pass over a label volume finds the box and the voxels of every label."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.meshing.field import BoxedMask
from engine.meshing.marching.extract import padded_length

BYTES_A_WORD = 8
SLABS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelBoxes:
    """A label volume and where its labels lie.

    Attributes:
        labels: (k, j, i) uint8.
        bounds: (256, 7) first and last k, j and i of each label, and its voxels; label 0 is not looked at.
    """

    labels: NDArray[np.uint8]
    bounds: NDArray[np.int64]

    def mask_of(self, label_values: tuple[int, ...]) -> BoxedMask | None:
        """The voxels with one of the labels in their box, or None where there are none."""
        from engine.meshing.sampling.boxes.kernels import choose_labels

        bounds = self.bounds[list(label_values)]
        bounds = bounds[bounds[:, 6] > 0]
        if len(bounds) == 0:
            return None
        low, high = bounds[:, [0, 2, 4]].min(axis=0), bounds[:, [1, 3, 5]].max(axis=0) + 1
        shape = high - low + 2
        values = np.zeros((int(shape[0]), int(shape[1]), padded_length(int(shape[2]))), dtype=np.uint8)
        box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        values[1:-1, 1:-1, 1 : int(shape[2]) - 1] = self.labels[box]
        chosen = np.zeros(256, dtype=np.uint8)
        chosen[list(label_values)] = 255
        voxels = choose_labels(values.view(np.uint64), chosen)
        start, size = (low - 1).tolist(), shape.tolist()
        return BoxedMask(
            values=values,
            start_kji=(start[0], start[1], start[2]),
            shape_kji=(size[0], size[1], size[2]),
            voxels=int(voxels),
        )


def find_boxes(labels: NDArray[np.uint8], executor: Executor) -> LabelBoxes:
    """Looks at every voxel of (k, j, i) labels once, in slabs side by side."""
    cuts = np.linspace(0, len(labels), min(SLABS, len(labels)) + 1).astype(int)
    slabs = [labels[a:b] for a, b in pairwise(cuts)]
    found = np.stack(list(executor.map(_scan, slabs)))
    found[:, :, :2] += cuts[:-1, None, None]
    voxels = found[:, :, 6]
    absent = voxels == 0
    bounds = np.empty_like(found[0])
    for n in (0, 2, 4):
        bounds[:, n] = np.where(absent, np.iinfo(np.int64).max, found[:, :, n]).min(axis=0)
        bounds[:, n + 1] = np.where(absent, -1, found[:, :, n + 1]).max(axis=0)
    bounds[:, 6] = voxels.sum(axis=0)
    return LabelBoxes(labels=labels, bounds=bounds)


def _scan(slab: NDArray[np.uint8]) -> NDArray[np.int64]:
    from engine.meshing.sampling.boxes.kernels import scan_labels, scan_words

    whole = slab.shape[2] % BYTES_A_WORD == 0 and slab.flags.c_contiguous
    found: NDArray[np.int64] = scan_words(slab.view(np.uint64)) if whole else scan_labels(slab)
    return found
