"""The names that people and data sets give to structures, and what we call them."""

from __future__ import annotations

import re
from typing import Final

from engine.labelling import TUMOURS, VENOUS_SYSTEM, known_mask_names, tumour_value

IGNORED: Final = frozenset({"couinaud", "segments", "liversegments", "background", "scan", "ct", "image"})
"""Files that lie beside masks and are none."""

_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "liver": ("hepar", "parenchyma", "liverparenchyma", "foie", "leber"),
    "portal_vein": ("portalvein", "portal", "portalveinandsplenicvein", "pv", "portalvenous", "portalsystem"),
    "hepatic_veins": ("hepaticvein", "hepaticvessels", "hv", "hepaticvenous"),
    VENOUS_SYSTEM: ("venoussystem", "veins", "venacavaandhepaticveins"),
    "liver_cyst": ("liverkyst", "liverkysts", "livercysts", "cyst", "cysts", "kyst"),
    "inferior_vena_cava": ("ivc", "venacava", "venacavainferior", "postcava"),
    "gallbladder": ("gallblader", "gb"),
    "spleen": (),
    "left_kidney": ("kidneyleft", "leftkidney"),
    "right_kidney": ("kidneyright", "rightkidney"),
    "stomach": (),
    "pancreas": (),
    "duodenum": (),
    "aorta": ("artery", "arteries", "abdominalaorta"),
    "bones": ("bone", "skeleton"),
    "body": ("skin", "bodymask"),
    "lungs": ("lung", "leftlung", "rightlung", "lungleft", "lungright"),
    TUMOURS: (
        "tumor", "tumors", "tumour", "livertumor", "livertumors", "livertumour", "livertumours", "lesion", "lesions",
        "metastasis", "metastases",
    ),
}  # fmt: skip

_NUMBERED_TUMOUR: Final = re.compile(r"(?:liver)?(?:tumou?r|lesion|metastasis)0*([1-9]\d?)")


def _squeezed(name: str) -> str:
    """Lower case without separators: "Portal-Vein" and "portal_vein" are one name."""
    return re.sub(r"[\s_\-.]+", "", name.lower())


_STRUCTURE_OF: Final[dict[str, str]] = {
    **{_squeezed(name): name for name in known_mask_names()},
    **{_squeezed(alias): name for name, aliases in _ALIASES.items() for alias in aliases},
}


def structure_name_of(name: str) -> str | None:
    """The mask name that `compose_labels` knows for a name from outside, or None.

    Case and separators do not matter: "LiverTumor01" is "tumour_01", "IVC" is "inferior_vena_cava".
    """
    squeezed = _squeezed(name)
    if (numbered := _NUMBERED_TUMOUR.fullmatch(squeezed)) is not None:
        own = f"tumour_{int(numbered.group(1)):02d}"
        return own if tumour_value(own) else None
    return _STRUCTURE_OF.get(squeezed)


def is_ignored(name: str) -> bool:
    """Whether a file of this name is no mask of a structure and is left out without a word."""
    return _squeezed(name) in IGNORED


def known_names() -> str:
    """What an error message lists."""
    return ", ".join((*known_mask_names(), "tumour_01 to tumour_99"))
