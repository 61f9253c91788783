"""What a person asks of a phantom."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from engine.geometry import VolumeGeometry
from engine.phantom.grid import centred_geometry

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomRecipe:
    """One synthetic patient and the grid it is scanned on. The anatomy depends on `seed` and `tumours` alone.

    Attributes:
        seed: the patient.
        shape_kji: voxels along k, j, i.
        spacing_ijk_mm: mm along i, j, k.
        direction: nine numbers, row by row, of the matrix whose columns are the unit axes of i, j, k in LPS.
        left_handed: store the slices the other way round, so that (i, j, k) is a left-handed frame.
        centre_lps_mm: where the middle of the grid lies; the default shows the whole liver.
        tumours: how many, 0 to 20.
        noise_hu: standard deviation of the scanner's noise.
    """

    seed: int = 5
    shape_kji: tuple[int, int, int] = (160, 280, 320)
    spacing_ijk_mm: tuple[float, float, float] = (1.2, 1.2, 1.8)
    direction: tuple[float, ...] = _IDENTITY
    left_handed: bool = False
    centre_lps_mm: tuple[float, float, float] = (0.0, 0.0, -8.0)
    tumours: int = 4
    noise_hu: float = 12.0

    def __post_init__(self) -> None:
        """Refuses what cannot be scanned."""
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, not {self.seed}")
        if min(self.shape_kji) < 1 or min(self.spacing_ijk_mm) <= 0:
            raise ValueError("shape and spacing must be positive")
        if not 0 <= self.tumours <= 20:
            raise ValueError(f"tumours must be 0 to 20, not {self.tumours}")
        axes = np.asarray(self.direction, dtype=np.float64)
        if axes.shape != (9,) or not np.allclose(axes.reshape(3, 3).T @ axes.reshape(3, 3), np.eye(3), atol=1e-6):
            raise ValueError("direction must be nine numbers of an orthonormal matrix")
        if self.noise_hu < 0:
            raise ValueError("noise_hu must not be negative")

    def geometry(self) -> VolumeGeometry:
        """The grid."""
        return centred_geometry(
            shape_kji=self.shape_kji,
            spacing_ijk_mm=self.spacing_ijk_mm,
            centre_lps_mm=self.centre_lps_mm,
            direction=np.asarray(self.direction).reshape(3, 3),
            left_handed=self.left_handed,
        )

    def as_json(self) -> dict[str, object]:
        """Plain values for truth.json."""
        return asdict(self)
