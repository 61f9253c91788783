"""Where the scan cuts the liver off, and whether its size can be right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.sentences import say
from engine.volume import LabelVolume, box_of

_SIDES: Final = (("right side", "left side"), ("front", "back"), ("bottom (feet)", "top (head)"))
"""Of LPS axes, where they are small and where they are large."""
_LEAST_CONTACT_CM2: Final = 2.0
_EDGE_MM: Final = 3.0
_STAIRS: Final = 1.5
"""Voxel faces count half as much again as the smooth surface they stand for: the mean of |x| + |y| + |z| on a ball."""
_USUAL_ML: Final = (600.0, 4000.0)


def edge_warnings(labels: LabelVolume) -> tuple[str, ...]:
    """Every side at which the scan ends within the liver, named by the patient, with how much is cut."""
    is_liver = np.isin(np.arange(256), anatomy.LIVER_VALUES)
    contacts = [
        (side, area) for side, area in _contacts(labels.labels, labels.geometry, is_liver) if area >= _LEAST_CONTACT_CM2
    ]
    if not contacts:
        return ()
    surface_cm2 = _surface_cm2(labels, is_liver)
    return tuple(
        say("case.cut_off", side, f"{area:.0f}", f"{100 * min(1.0, area / surface_cm2):.0f}") for side, area in contacts
    )


def size_warnings(labels: LabelVolume) -> tuple[str, ...]:
    """A liver of an unusual size."""
    counts = np.zeros(256, dtype=np.int64)
    kernels.count_values(labels.labels, counts)
    volume_ml = float(counts[list(anatomy.LIVER_VALUES)].sum()) * labels.geometry.voxel_volume_ml
    low, high = _USUAL_ML
    if low <= volume_ml <= high:
        return ()
    return (say("case.unusual_size", f"{volume_ml:.0f}", f"{low:.0f}", f"{high:.0f}"),)


def _contacts(
    labels: NDArray[np.uint8], geometry: VolumeGeometry, is_liver: NDArray[np.bool_]
) -> Iterator[tuple[str, float]]:
    """The side and the liver's contact area in cm2 for the six faces of the array."""
    spacing = geometry.spacing_kji_mm
    for axis in range(3):
        direction = geometry.direction[:, 2 - axis]
        component = int(np.argmax(np.abs(direction)))
        pixel_cm2 = float(np.prod(spacing) / spacing[axis]) / 100
        # Resampling to the network's grid may lose the last slices, so that some are looked at.
        depth = min(labels.shape[axis], 1 + int(_EDGE_MM / spacing[axis]))
        for at_high_end in (False, True):
            planes = range(labels.shape[axis] - depth, labels.shape[axis]) if at_high_end else range(depth)
            area = max(int(is_liver[labels.take(plane, axis=axis)].sum()) for plane in planes) * pixel_cm2
            yield _SIDES[component][int(at_high_end == (direction[component] > 0))], area


def _surface_cm2(labels: LabelVolume, is_liver: NDArray[np.bool_]) -> float:
    mask = is_liver[labels.labels]
    box = box_of(mask)
    assert box is not None  # there is a contact
    mask = np.pad(mask[box], 1)
    spacing = labels.geometry.spacing_kji_mm
    faces = [
        float((np.diff(mask.view(np.int8), axis=axis) != 0).sum()) * np.prod(spacing) / spacing[axis]
        for axis in range(3)
    ]
    return float(sum(faces)) / _STAIRS / 100
