"""How far every place in and around the liver is from the nearest tumour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.geometry import VolumeGeometry
from engine.resection.resectogram import kernels
from engine.volume import LabelVolume, box_of

_STEPS_PER_MM: Final = 100.0
_FARTHEST: Final = 32_000
_RIM_VOXELS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumourDistance:
    """Distances to the nearest tumour voxel's centre, as the margins of a plan are measured.

    Attributes:
        geometry: the scan's own grid, cropped to the liver and what of the tumours lies beyond it.
        hundredths_mm: (k, j, i) int16, 0 in a tumour, at most 320 mm.
    """

    geometry: VolumeGeometry
    hundredths_mm: NDArray[np.int16]

    @classmethod
    def of(cls, labels: LabelVolume) -> Self | None:
        """Measures every voxel; None without a tumour."""
        import edt

        present = np.zeros(256, dtype=bool)
        present[list(TUMOUR_VALUES)] = True
        tumours = present[labels.labels]
        if not tumours.any():
            return None
        box = box_of(tumours | labels.mask_of(LIVER_VALUES))
        assert box is not None
        low = [max(side.start - _RIM_VOXELS, 0) for side in box]
        high = [min(side.stop + _RIM_VOXELS, n) for side, n in zip(box, tumours.shape, strict=True)]
        cropped = tumours[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
        # The kernel needs two voxels along every axis; a volume of one slice is repeated.
        cropped = np.pad(cropped, [(0, max(0, 2 - n)) for n in cropped.shape], mode="edge")
        spacing = tuple(float(step) for step in labels.geometry.spacing_kji_mm)
        away = edt.edt(~cropped, anisotropy=spacing, parallel=1)
        hundredths = np.minimum(away * _STEPS_PER_MM + 0.5, _FARTHEST).astype(np.int16)
        start = (low[0], low[1], low[2])
        return cls(geometry=labels.geometry.cropped(start, cropped.shape), hundredths_mm=hundredths)

    @property
    def size_bytes(self) -> int:
        """Memory in bytes."""
        return self.hundredths_mm.nbytes

    def at_mm(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n,) distance of (n, 3) points, trilinear between voxel centres; NaN outside."""
        found = np.empty(len(points_lps_mm), dtype=np.float32)
        kernels.sample_distance(points_lps_mm, self.geometry.ijk_from_lps, self.hundredths_mm, found)
        return found
