"""Tissues of the training label maps: the class each one is taught as and the Hounsfield values it may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

COARSE_CLASSES: Final = (
    "other",
    "liver",
    "spleen",
    "left_kidney",
    "right_kidney",
    "gallbladder",
    "stomach",
    "pancreas",
    "duodenum",
    "aorta",
    "inferior_vena_cava",
    "portal_vein",
    "bones",
    "lungs",
    "bowel",
)


FINE_CLASSES: Final = ("other", "liver", "portal_vein", "hepatic_veins", "tumour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """A kind of tissue.

    Attributes:
        name: what it is.
        value: its value in a training label map.
        taught_as: index into `COARSE_CLASSES`.
        hu_low: lowest mean Hounsfield value over native, arterial, portal-venous and late scans.
        hu_high: highest mean Hounsfield value.
        texture_hu: largest standard deviation of its own texture (noise comes on top).
    """

    name: str
    value: int
    taught_as: int
    hu_low: float
    hu_high: float
    texture_hu: float = 8.0


def _tissue(name: str, value: int, taught_as: int, low: float, high: float, texture: float = 8.0) -> Tissue:
    return Tissue(name=name, value=value, taught_as=taught_as, hu_low=low, hu_high=high, texture_hu=texture)


# Ranges span the phases of abdominal CT (native to late venous) and fatty to iron-loaded livers; they are wider
# than any one atlas because the network has to meet scanners nobody chose.
TISSUES: Final[tuple[Tissue, ...]] = (
    _tissue("air", 0, 0, -1010, -950, 3),
    _tissue("liver", 1, 1, 30, 150),
    _tissue("spleen", 2, 2, 40, 170),
    _tissue("left_kidney", 3, 3, 25, 280, 25),
    _tissue("right_kidney", 4, 4, 25, 280, 25),
    _tissue("gallbladder", 5, 5, -5, 30, 4),
    _tissue("stomach", 6, 6, -20, 150, 30),
    _tissue("pancreas", 7, 7, 20, 130, 15),
    _tissue("duodenum", 8, 8, 0, 150, 25),
    _tissue("aorta", 9, 9, 35, 430, 6),
    _tissue("inferior_vena_cava", 10, 10, 35, 220, 10),
    _tissue("portal_vein", 11, 11, 35, 240, 8),
    _tissue("bones", 12, 12, 150, 700, 140),
    _tissue("lungs", 13, 13, -900, -600, 60),
    _tissue("heart", 14, 0, 35, 280, 25),
    _tissue("bowel", 15, 14, -60, 150, 45),
    _tissue("fat", 16, 0, -125, -70, 8),
    _tissue("muscle", 17, 0, 25, 85, 12),
    _tissue("tumour", 18, 1, 5, 130, 12),
    _tissue("filling", 19, 0, -120, 90, 20),
    _tissue("gas", 20, 0, -1000, -850, 20),
    _tissue("portal_branch", 21, 1, 35, 240, 8),
    _tissue("hepatic_vein", 22, 1, 35, 220, 8),
    _tissue("stomach_gas", 23, 6, -1000, -850, 20),
    _tissue("bowel_gas", 24, 14, -1000, -850, 20),
    _tissue("other_vessel", 25, 0, 35, 350, 10),
    _tissue("liver_vessel", 26, 1, 35, 240, 8),
)

LIVER: Final = 1
SPLEEN: Final = 2
KIDNEYS: Final = (3, 4)
AORTA: Final = 9
INFERIOR_VENA_CAVA: Final = 10
PORTAL_VEIN: Final = 11
BONES: Final = 12
HEART: Final = 14
BOWEL: Final = 15
FAT: Final = 16
MUSCLE: Final = 17
TUMOUR: Final = 18
FILLING: Final = 19
GAS: Final = 20
PORTAL_BRANCH: Final = 21
HEPATIC_VEIN: Final = 22
STOMACH_GAS: Final = 23
BOWEL_GAS: Final = 24
OTHER_VESSEL: Final = 25
LIVER_VESSEL: Final = 26
"""A portal branch or a hepatic vein of a source that does not say which."""
LUNGS: Final = 13

CLASS_OF_TISSUE: Final[NDArray[np.uint8]] = np.array([tissue.taught_as for tissue in TISSUES], dtype=np.uint8)
FINE_CLASS_OF_TISSUE: Final[NDArray[np.uint8]] = np.zeros(len(TISSUES), dtype=np.uint8)
FINE_CLASS_OF_TISSUE[[LIVER, PORTAL_VEIN, PORTAL_BRANCH, HEPATIC_VEIN, LIVER_VESSEL, TUMOUR]] = (1, 2, 2, 3, 2, 4)
"""The portal trunk outside the liver is taught with its branches; the vena cava is "other"."""
HU_LOW: Final[NDArray[np.float32]] = np.array([tissue.hu_low for tissue in TISSUES], dtype=np.float32)
HU_HIGH: Final[NDArray[np.float32]] = np.array([tissue.hu_high for tissue in TISSUES], dtype=np.float32)
TEXTURE_HU: Final[NDArray[np.float32]] = np.array([tissue.texture_hu for tissue in TISSUES], dtype=np.float32)
