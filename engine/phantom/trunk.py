"""The trunk of one patient: walls, diaphragm and liver as numbers that an implicit function reads.

All lengths are millimetres in the *standard* frame: LPS axes, origin in the middle of the body at the level
of the porta hepatis. `scale_*` maps it to the patient: patient = scale * standard, per axis.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class TrunkShape(NamedTuple):
    """Scalars of the implicit trunk; a NamedTuple so that compiled kernels read it by name."""

    scale_x: float
    scale_y: float
    scale_z: float
    fat_side_mm: float
    fat_front_mm: float
    fat_back_mm: float
    wall_mm: float
    right_dome_z: float
    left_dome_z: float
    dome_x: float
    visceral_x: float
    visceral_y: float
    visceral_z: float
    visceral_offset_mm: float
    visceral_curve: float
    lobe_centre_x: float
    lobe_centre_z: float
    lobe_half_x: float
    lobe_half_y: float
    lobe_half_z: float
    lobe_tilt: float
    edge_round_mm: float
    surface_noise_mm: float
    liver_hu: float
    spine_shift_y: float
    vertebra_phase: float

    @property
    def scale(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """(3,) patient mm per standard mm."""
        return np.array([self.scale_x, self.scale_y, self.scale_z])


def sample_trunk(random: np.random.Generator) -> TrunkShape:
    """Draws the build of one patient."""

    def around(middle: float, spread: float) -> float:
        return float(middle + spread * np.clip(random.normal(), -1.8, 1.8))

    build = around(0.97, 0.04)
    tilt, turn = around(0.0, 0.06), around(0.0, 0.07)
    normal = np.array([0.62 + tilt, 0.45 + turn, -0.58])
    normal /= np.linalg.norm(normal)
    fatness = float(np.exp(around(0.0, 0.38)))
    return TrunkShape(
        scale_x=build * around(1.0, 0.03),
        scale_y=build * around(1.0, 0.04),
        scale_z=around(1.0, 0.04),
        fat_side_mm=16.0 * fatness,
        fat_front_mm=13.0 * fatness,
        fat_back_mm=15.0 * fatness,
        wall_mm=around(14.0, 1.5),
        right_dome_z=around(98.0, 5.0),
        left_dome_z=around(84.0, 5.0),
        dome_x=around(66.0, 2.0),
        visceral_x=float(normal[0]),
        visceral_y=float(normal[1]),
        visceral_z=float(normal[2]),
        visceral_offset_mm=0.0,
        visceral_curve=around(0.0028, 0.0006),
        lobe_centre_x=around(-42.0, 4.0),
        lobe_centre_z=around(14.0, 4.0),
        lobe_half_x=around(112.0, 6.0),
        lobe_half_y=around(94.0, 4.0),
        lobe_half_z=around(92.0, 6.0),
        lobe_tilt=around(0.30, 0.08),
        edge_round_mm=around(9.0, 1.5),
        surface_noise_mm=around(1.6, 0.3),
        liver_hu=around(108.0, 7.0),
        spine_shift_y=around(0.0, 2.0),
        vertebra_phase=float(random.uniform(0.0, 32.0)),
    )


def hilum_standard_mm(trunk: TrunkShape) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(3,) the middle of the porta hepatis in the standard frame: it moves with the visceral surface."""
    normal = np.array([trunk.visceral_x, trunk.visceral_y, trunk.visceral_z])
    return np.array([-28.0, -8.0, 8.0]) + trunk.visceral_offset_mm * normal
