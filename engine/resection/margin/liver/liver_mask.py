"""The liver's voxels, a bit each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES
from engine.volume import LabelVolume, box_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiverMask:
    """The liver with all that lies in it, so small that it stays at hand while a cut surface asks for it.

    Attributes:
        bits: (k, j, i / 8) of the liver's box, lowest bit first.
        box_from_lps: (3, 4) indices i, j, k in the box, plus a half, from LPS mm.
        columns: voxels of a row of the box.
    """

    bits: NDArray[np.uint8]
    box_from_lps: NDArray[np.float64]
    columns: int

    @classmethod
    def of(cls, labels: LabelVolume) -> Self:
        """Of a label volume; without a liver nothing is in it."""
        liver = labels.mask_of(LIVER_VALUES)
        box = box_of(liver) or (slice(0, 0), slice(0, 0), slice(0, 0))
        k, j, i = box
        box_from_lps = np.array(labels.geometry.ijk_from_lps[:3])
        box_from_lps[:, 3] += 0.5 - np.array([i.start, j.start, k.start])
        bits = np.packbits(liver[box], axis=2, bitorder="little")
        return cls(bits=np.ascontiguousarray(bits), box_from_lps=box_from_lps, columns=i.stop - i.start)

    @property
    def size_bytes(self) -> int:
        """Memory of the bits in bytes."""
        return self.bits.nbytes
