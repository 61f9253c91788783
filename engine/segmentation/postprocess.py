"""Puts both stages together in one label map on the scan's grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.labelling import number_tumours
from engine.segmentation.classes import label_table
from engine.segmentation.fine import FINE_CLASSES
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.volume import LabelVolume, ScanVolume, box_of

_SIDES = (("right", "left"), ("front", "back"), ("lower", "upper"))
_CUT_FACE_ML = 0.5
_CYST_HU = (-15.0, 22.0)
_CYST_SPREAD_HU = 30.0
_SMALLEST_LESION_ML = 0.1


def organ_labels(coarse: ClassGrid, geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """(k, j, i) uint8 label values on the scan's grid; the liver is all parenchyma yet."""
    classes = on_scan_grid(coarse, geometry, outside=coarse.index("air"))
    labels: NDArray[np.uint8] = label_table(coarse.classes)[classes]
    return labels


def paint_liver(labels: NDArray[np.uint8], scan: ScanVolume, fine: ClassGrid) -> None:
    """Paints vessels, tumours and cysts into the liver of a label map, in place."""
    box = box_of(labels == anatomy.PARENCHYMA)
    if box is None:
        return
    start = (box[0].start, box[1].start, box[2].start)
    inside = labels[box]
    shape = (inside.shape[0], inside.shape[1], inside.shape[2])
    geometry = scan.geometry.cropped(start, shape)
    found = on_scan_grid(fine, geometry)
    found[inside != anatomy.PARENCHYMA] = 0
    inside[found == FINE_CLASSES.index("portal_vein")] = anatomy.PORTAL_VEIN
    inside[found == FINE_CLASSES.index("hepatic_veins")] = anatomy.HEPATIC_VEINS
    lesions = number_tumours(
        found == FINE_CLASSES.index("tumour"), geometry, smallest_ml=_SMALLEST_LESION_ML, keep_largest=True
    )
    cysts = cyst_values(lesions, scan.voxels_hu[box])
    is_cyst = np.isin(lesions, cysts) & (lesions > 0)
    inside[is_cyst] = anatomy.LIVER_CYST
    tumours = number_tumours((lesions > 0) & ~is_cyst, geometry, smallest_ml=_SMALLEST_LESION_ML, keep_largest=True)
    np.copyto(inside, tumours, where=tumours > 0)


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


def liver_warnings(labels: LabelVolume) -> tuple[str, ...]:
    """What a person should know about the liver: cut off by the scan, or of a doubtful size."""
    liver = labels.mask_of(anatomy.LIVER_VALUES)
    geometry = labels.geometry
    warnings = []
    for axis in range(3):
        direction = geometry.direction[:, 2 - axis]
        component = int(np.argmax(np.abs(direction)))
        towards_high = direction[component] > 0
        for end, face in ((0, liver.take(0, axis=axis)), (1, liver.take(-1, axis=axis))):
            if float(face.sum()) * geometry.voxel_volume_ml > _CUT_FACE_ML:
                side = _SIDES[component][end if towards_high else 1 - end]
                warnings.append(f"The liver is cut off at the {side} end of the scan; its volume is too small.")
    volume_ml = float(liver.sum()) * geometry.voxel_volume_ml
    if not 600 <= volume_ml <= 4000:
        warnings.append(f"The liver measures {volume_ml:.0f} mL, outside the usual 600 to 4000 mL. Check its outline.")
    return tuple(warnings)
