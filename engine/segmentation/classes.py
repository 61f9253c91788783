"""What each network class becomes in a label map."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy

LABEL_OF_CLASS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "other": anatomy.BODY,
        "liver": anatomy.PARENCHYMA,
        "spleen": anatomy.SPLEEN,
        "left_kidney": anatomy.LEFT_KIDNEY,
        "right_kidney": anatomy.RIGHT_KIDNEY,
        "gallbladder": anatomy.GALLBLADDER,
        "stomach": anatomy.STOMACH,
        "pancreas": anatomy.PANCREAS,
        "duodenum": anatomy.DUODENUM,
        "aorta": anatomy.AORTA,
        "inferior_vena_cava": anatomy.INFERIOR_VENA_CAVA,
        "portal_vein": anatomy.PORTAL_VEIN_EXTRAHEPATIC,
        "hepatic_veins": anatomy.HEPATIC_VEINS_EXTRAHEPATIC,
        "portal_vein_inside": anatomy.PORTAL_VEIN,
        "hepatic_veins_inside": anatomy.HEPATIC_VEINS,
        "tumour": anatomy.FIRST_TUMOUR,
        "bones": anatomy.BONES,
        "lungs": anatomy.LUNGS,
        "bowel": anatomy.BODY,
        "air": anatomy.BACKGROUND,
    }
)
"""Bowel is taught so that it is not taken for stomach, but it is no structure of its own. The classes "inside" are no
network's: veins are split at the liver's outline afterwards, and tumours are numbered from the first."""

VEINS: Final = ("portal_vein", "hepatic_veins")
LIVER_CLASSES: Final = ("liver", "portal_vein_inside", "hepatic_veins_inside", "tumour")
"""What lies within the liver's outline."""

SINGLE_ORGANS: Final = (
    "spleen",
    "left_kidney",
    "right_kidney",
    "gallbladder",
    "stomach",
    "pancreas",
    "aorta",
    "inferior_vena_cava",
)
"""Organs a person has once, in one piece: everything but the largest piece is a mistake. The liver may have two."""


def label_table(classes: tuple[str, ...]) -> NDArray[np.uint8]:
    """(class,) uint8 label value of each class."""
    return np.array([LABEL_OF_CLASS[name] for name in classes], dtype=np.uint8)


def mirrored_order(classes: tuple[str, ...]) -> list[int]:
    """The channel that each class has in the mirror image: what is called left there is right here."""
    swapped = {"left_": "right_", "right_": "left_"}
    order = []
    for name in classes:
        side = next((side for side in swapped if name.startswith(side)), "")
        order.append(classes.index(swapped.get(side, "") + name.removeprefix(side)))
    return order
