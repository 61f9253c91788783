"""Puts both stages together in one label map on the scan's grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.segmentation.classes import LIVER_CLASSES, label_table
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.preprocess import box_of, cropped_geometry, voxels_around
from engine.tumours import number_tumours
from engine.volume import ScanVolume

_COARSE_LIVER = (anatomy.PARENCHYMA, anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS, anatomy.FIRST_TUMOUR)
_CYST_HU = (-15.0, 22.0)
_CYST_SPREAD_HU = 30.0
_SMALLEST_LESION_ML = 0.1


def organ_labels(coarse: ClassGrid, geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """(k, j, i) uint8 label values on the scan's grid; a coarse tumour has the first tumour's value."""
    return on_scan_grid(coarse, geometry, outside=anatomy.BACKGROUND, table=label_table(coarse.classes))


def paint_liver(labels: NDArray[np.uint8], scan: ScanVolume, coarse: ClassGrid, fine: ClassGrid) -> None:
    """Replaces the coarse liver of a label map by the fine one, in place.

    Where the fine outline leaves coarse liver out, the likeliest other organ takes the voxel.
    """
    part = voxels_around(box_of(np.ones(fine.geometry.shape_kji, dtype=bool), fine.geometry), scan.geometry)
    here = labels[part]
    geometry = cropped_geometry(scan.geometry, part)
    found = on_scan_grid(fine, geometry, outside=anatomy.BODY, table=label_table(fine.classes))
    dropped = (found == anatomy.BODY) & one_of(_COARSE_LIVER)[here]
    if dropped.any():
        others = organ_labels(without_liver(coarse, geometry), geometry)
        np.copyto(here, others, where=dropped)
    # The stump of a hepatic vein ends where the vena cava begins.
    found[(found == anatomy.HEPATIC_VEINS_EXTRAHEPATIC) & (here == anatomy.INFERIOR_VENA_CAVA)] = anatomy.BODY
    np.copyto(here, found, where=found != anatomy.BODY)
    number_lesions(here, scan.voxels_hu[part], geometry)


def without_liver(coarse: ClassGrid, geometry: VolumeGeometry) -> ClassGrid:
    """The coarse grid around another grid, with what lies in the liver taken out of the choice."""
    corners = box_of(np.ones(geometry.shape_kji, dtype=bool), geometry)
    part = voxels_around(corners, coarse.geometry)
    probability = coarse.probability[part].copy()
    for name in LIVER_CLASSES:
        if name in coarse.classes:
            probability[..., coarse.index(name)] = 0
    return ClassGrid(
        classes=coarse.classes,
        probability=probability,
        winner=probability.argmax(axis=-1).astype(np.uint8),
        geometry=cropped_geometry(coarse.geometry, part),
    )


def number_lesions(labels: NDArray[np.uint8], hu: NDArray[np.int16], geometry: VolumeGeometry) -> None:
    """Numbers the tumour voxels of a label map by size, in place; cysts are told apart, specks become parenchyma."""
    tumour = labels >= anatomy.FIRST_TUMOUR
    if not tumour.any():
        return
    labels[tumour] = anatomy.PARENCHYMA
    lesions = number_tumours(tumour, geometry, smallest_ml=_SMALLEST_LESION_ML, keep_largest=True)
    cysts = cyst_values(lesions, hu)
    is_cyst = one_of(cysts)[lesions]
    labels[is_cyst] = anatomy.LIVER_CYST
    if cysts:
        lesions = number_tumours((lesions > 0) & ~is_cyst, geometry, smallest_ml=_SMALLEST_LESION_ML, keep_largest=True)
    np.copyto(labels, lesions, where=lesions > 0)


def one_of(values: Sequence[int]) -> NDArray[np.bool_]:
    """(256,) which label values are among some: far quicker on a map than searching for them."""
    table = np.zeros(256, dtype=bool)
    table[list(values)] = True
    return table


def cyst_values(lesions: NDArray[np.uint8], hu: NDArray[np.int16]) -> list[int]:
    """Lesions that are as dark and even as water: values of `lesions`.

    Water lies at 0 HU and cysts below 20 HU in every phase, while metastases and tumours that enhance at all lie
    above (Mortele and Ros, RadioGraphics 2001). The median and quartiles keep partial volume at the border out.
    """
    found = []
    for value in np.unique(lesions[lesions > 0]).tolist():
        low, middle, high = np.percentile(hu[lesions == value], (25, 50, 75))
        if _CYST_HU[0] <= middle <= _CYST_HU[1] and high - low <= _CYST_SPREAD_HU:
            found.append(int(value))
    return found
