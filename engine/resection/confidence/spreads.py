"""How far the outlines of the liver and its tumours may be off, as the network tells it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES, is_tumour, structure_named
from engine.class_probability import ClassProbability
from engine.resection.confidence import kernels
from engine.resection.confidence.outline import OutlineSpread
from engine.volume import LabelVolume


def outline_spreads(
    array: NDArray[np.uint8], probability: ClassProbability, labels: LabelVolume
) -> dict[str, OutlineSpread]:
    """Of the liver and of every tumour, as far as the network told its classes."""
    from scipy import ndimage

    own, scan = probability.geometry, labels.geometry
    at = np.empty(own.shape_kji, dtype=np.uint8)
    kernels.labels_at(array, np.ascontiguousarray(scan.ijk_from_lps @ own.lps_from_ijk), at)
    found = {}
    if "other" in probability.classes:
        inside = 255 - probability.of("other")
        found["liver"] = OutlineSpread.build(inside, np.isin(at, LIVER_VALUES), own, scan)
    drawn = np.isin(at, TUMOUR_VALUES)
    if "tumour" in probability.classes and drawn.any():
        chance = probability.of("tumour")
        nearest = ndimage.distance_transform_edt(
            ~drawn, sampling=own.spacing_kji_mm.tolist(), return_distances=False, return_indices=True
        )
        which = at[tuple(nearest)]
        for value in np.unique(at[drawn]).tolist():
            name = structure_named(f"tumour_{value - TUMOUR_VALUES[0] + 1:02d}")
            assert is_tumour(name)
            found[name.name] = OutlineSpread.build(chance, at == value, own, scan, which == value)
    return found
