"""How large a tumour is: volume, longest axial diameter with its ends, the diameter across it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.tumours.diameters import Diameter, longest_in_planes
from engine.volume import LabelVolume, VoxelBox

MOST_TILT_DEG: Final = 15.0
"""Slices tilted less against the axial plane are measured as they were taken, as a reader does."""

_SUPERIOR = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumourMeasure:
    """One tumour's size.

    Attributes:
        name: "tumour_01" ...
        label_value: its value in the label map.
        volume_ml: voxels times the voxel volume.
        equivalent_diameter_mm: diameter of the ball of that volume.
        longest_axial: the longest diameter in one axial plane, and its ends.
        perpendicular_axial: the longest diameter across it in the same plane, and its ends.
        centre_lps_mm: (3,) mean of its voxels.
        cut_off: whether it reaches the scan's edge, so that every size is a least size.
    """

    name: str
    label_value: int
    volume_ml: float
    equivalent_diameter_mm: float
    longest_axial: Diameter
    perpendicular_axial: Diameter
    centre_lps_mm: NDArray[np.float64]
    cut_off: bool

    def as_json(self) -> dict[str, object]:
        """All fields by name; mm, ml, points in LPS mm."""
        return {
            "name": self.name,
            "volume_ml": self.volume_ml,
            "longest_axial_mm": self.longest_axial.length_mm,
            "longest_axial_ends_lps_mm": self.longest_axial.ends_lps_mm.tolist(),
            "perpendicular_axial_mm": self.perpendicular_axial.length_mm,
            "equivalent_diameter_mm": self.equivalent_diameter_mm,
            "centre_lps_mm": self.centre_lps_mm.tolist(),
            "cut_off": self.cut_off,
        }


def length_uncertainty_mm(geometry: VolumeGeometry) -> float:
    """By how much a diameter may be off: the larger voxel side in the planes that it is measured in, mm."""
    axis = axial_axis(geometry)
    if axis is None:
        return float(geometry.spacing_ijk_mm.max())
    return float(np.delete(geometry.spacing_kji_mm, axis).max())


def measure_tumours(labels: LabelVolume) -> tuple[TumourMeasure, ...]:
    """Measures every tumour of a label map, in the order of their numbers.

    The planes of measurement are the scan's own slices (whichever array axis they are stacked along) where those
    are tilted by up to 15 degrees against the patient's axial plane; from a scan tilted further the tumour is
    resampled onto true axial planes first.
    """
    from scipy import ndimage

    geometry = labels.geometry
    tumours = np.where(labels.labels >= anatomy.FIRST_TUMOUR, labels.labels, np.uint8(0))
    boxes: list[VoxelBox | None] = ndimage.find_objects(tumours)
    measures = []
    for value in anatomy.TUMOUR_VALUES:
        box = boxes[value - 1] if value <= len(boxes) else None
        if box is None:
            continue
        mask = tumours[box] == value
        start = (box[0].start, box[1].start, box[2].start)
        part = geometry.cropped(start, (mask.shape[0], mask.shape[1], mask.shape[2]))
        cut_off = any(
            side.start == 0 or side.stop == extent for side, extent in zip(box, geometry.shape_kji, strict=True)
        )
        measures.append(_measure(mask, part, value, cut_off=cut_off))
    return tuple(measures)


def axial_axis(geometry: VolumeGeometry) -> int | None:
    """The array axis that near-axial planes are stacked along, or None where every plane is tilted too far."""
    columns = geometry.direction.T[::-1]  # unit axes of k, j, i
    normals = np.stack([np.cross(columns[(axis + 1) % 3], columns[(axis + 2) % 3]) for axis in range(3)])
    tilts = np.abs(normals @ _SUPERIOR) / np.linalg.norm(normals, axis=1)
    axis = int(tilts.argmax())
    return axis if tilts[axis] >= math.cos(math.radians(MOST_TILT_DEG)) else None


def _measure(mask: NDArray[np.bool_], geometry: VolumeGeometry, value: int, *, cut_off: bool) -> TumourMeasure:
    volume_ml = float(np.count_nonzero(mask)) * geometry.voxel_volume_ml
    centre = geometry.lps_from_index(np.argwhere(mask).mean(axis=0)[::-1])
    axis = axial_axis(geometry)
    if axis is None:
        mask, geometry = _on_axial_planes(mask, geometry)
        axis = 0
    planar = longest_in_planes(mask, geometry, axis)
    return TumourMeasure(
        name=anatomy.tumour(value - anatomy.FIRST_TUMOUR + 1).name,
        label_value=value,
        volume_ml=volume_ml,
        equivalent_diameter_mm=float(np.cbrt(6000.0 * volume_ml / np.pi)),
        longest_axial=planar.longest,
        perpendicular_axial=planar.perpendicular,
        centre_lps_mm=centre,
        cut_off=cut_off,
    )


def _on_axial_planes(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> tuple[NDArray[np.bool_], VolumeGeometry]:
    """The mask on an isotropic grid along LPS axes at the finest step of its own grid."""
    from scipy import ndimage

    nk, nj, ni = mask.shape
    corners = geometry.lps_from_index([(i, j, k) for i in (-1, ni) for j in (-1, nj) for k in (-1, nk)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    step = float(geometry.spacing_ijk_mm.min())
    count = np.ceil((high - low) / step).astype(int) + 1
    axial = VolumeGeometry.from_parts(
        shape_kji=(int(count[2]), int(count[1]), int(count[0])), spacing_ijk_mm=(step,) * 3, origin_lps_mm=low
    )
    to_kji = (geometry.ijk_from_lps @ axial.lps_from_ijk)[:3]
    share = ndimage.affine_transform(
        np.pad(mask, 1).astype(np.float32),
        to_kji[::-1, 2::-1],
        offset=to_kji[::-1, 3] + 1.0,
        output_shape=axial.shape_kji,
        order=1,
    )
    # A mask of one voxel may fall between the planes; its nearest sample stands for it.
    return share >= min(0.5, float(share.max())), axial
