"""The contrast phase of a scan, told from the organs' mean values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.segmentation.grids import ClassGrid

_ORGANS: Final[Mapping[str, tuple[str, ...]]] = {
    "liver": ("liver",),
    "portal vein": ("portal_vein", "portal_vein_inside"),
    "vena cava": ("inferior_vena_cava",),
    "aorta": ("aorta",),
    "kidneys": ("left_kidney", "right_kidney"),
}
_THIN: Final = ("portal vein", "vena cava", "aorta")
_LEAST_VOXELS: Final = 15
_NATIVE_BLOOD_HU: Final = 90.0
"""Blood without contrast medium measures 30 to 60 HU, and native kidneys about 30 HU."""
_ARTERIAL_LEAD_HU: Final = 70.0
_ARTERIAL_AORTA_HU: Final = 180.0
"""In the portal-venous phase aorta and portal vein lie within some 40 HU of each other at 120 to 190 HU; in the
arterial phase the aorta stands at 250 HU and more, well above the portal vein."""
_FAINT_HU: Final = 20.0
_PLAUSIBLE_LIVER_HU: Final = (-30.0, 220.0)

_CONSEQUENCE: Final = (
    "Veins stand out from the liver in the portal-venous phase (about 70 s after the injection): here vessels and "
    "small tumours will be missed."
)


def contrast_warnings(coarse: ClassGrid, hu: NDArray[np.float32]) -> tuple[str, ...]:
    """Says if the scan is not portal-venous or its veins are faint, with the values that show it."""
    values = organ_values(coarse, hu)
    liver = values.get("liver")
    if liver is None:
        return ()
    evidence = ", ".join(f"{name} {value:.0f} HU" for name, value in values.items())
    if not _PLAUSIBLE_LIVER_HU[0] <= liver <= _PLAUSIBLE_LIVER_HU[1]:
        return (f"The values can hardly be Hounsfield units ({evidence}). Check how the scan was exported.",)
    portal, aorta = values.get("portal vein"), values.get("aorta")
    blood = [value for name, value in values.items() if name != "liver"]
    if blood and max(blood) < _NATIVE_BLOOD_HU:
        return (f"This looks like a scan without contrast medium: {evidence}. {_CONSEQUENCE}",)
    beside = portal if portal is not None else liver + _FAINT_HU
    if aorta is not None and aorta > _ARTERIAL_AORTA_HU and aorta - beside > _ARTERIAL_LEAD_HU:
        return (f"This looks like an arterial scan: {evidence}. {_CONSEQUENCE}",)
    if portal is not None and portal - liver < _FAINT_HU:
        return (f"The portal vein hardly stands out from the liver: {evidence}. {_CONSEQUENCE}",)
    return ()


def organ_values(coarse: ClassGrid, hu: NDArray[np.float32]) -> dict[str, float]:
    """Typical HU inside the organs that were found, away from their borders where they are thick enough.

    The median, but of thin vessels the upper quartile: what the coarse grid mixes in at their borders is darker.
    """
    from scipy import ndimage

    values = {}
    for name, classes in _ORGANS.items():
        mask = coarse.mask_of(classes)
        core = ndimage.binary_erosion(mask)
        chosen = core if core.sum() >= _LEAST_VOXELS else mask
        if chosen.sum() >= _LEAST_VOXELS:
            values[name] = float(np.percentile(hu[chosen], 75 if name in _THIN else 50))
    return values
