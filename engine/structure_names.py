"""The names and codes that people, data sets and networks give to structures, and what we call them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine import anatomy
from engine.labelling import TUMOURS, VENOUS_SYSTEM, known_mask_names, tumour_value

IGNORED: Final = frozenset({"couinaud", "segments", "liversegments", "background", "scan", "ct", "image", "clear"})
"""Files that lie beside masks and are none."""

LIVER_VESSELS: Final = "liver_vessels"
"""Portal and hepatic veins in one class, as most data sets and networks have them."""

_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "liver": ("hepar", "parenchyma", "liverparenchyma", "foie", "leber"),
    "portal_vein": (
        "portalvein", "portal", "portalveinandsplenicvein", "pv", "portalvenous", "portalsystem",
        "portalandsplenicvein",
    ),
    "hepatic_veins": ("hepaticvein", "hepaticvessels", "hv", "hepaticvenous"),
    VENOUS_SYSTEM: ("venoussystem", "veins", "venacavaandhepaticveins"),
    LIVER_VESSELS: ("livervessel", "vessel", "vessels", "hepaticvessel", "livervesselandportalvein"),
    "liver_cyst": ("liverkyst", "liverkysts", "livercysts", "cyst", "cysts", "kyst", "hepaticcyst"),
    "inferior_vena_cava": ("ivc", "venacava", "venacavainferior", "postcava"),
    "gallbladder": ("gallblader", "gb"),
    "spleen": (),
    "left_kidney": ("kidneyleft", "leftkidney", "kidneyl", "lkidney"),
    "right_kidney": ("kidneyright", "rightkidney", "kidneyr", "rkidney"),
    "stomach": (),
    "pancreas": (),
    "duodenum": (),
    "aorta": ("artery", "arteries", "abdominalaorta"),
    "bones": ("bone", "skeleton", "sacrum", "skull", "sternum", "vertebrae", "ribs", "spine"),
    "body": ("skin", "bodymask", "bodytrunc", "bodytrunk"),
    "lungs": ("lung", "leftlung", "rightlung", "lungleft", "lungright"),
    TUMOURS: (
        "tumor", "tumors", "tumour", "livertumor", "livertumors", "livertumour", "livertumours", "lesion", "lesions",
        "metastasis", "metastases", "livercancer", "liverlesion", "liverlesions", "hcc",
    ),
}  # fmt: skip

_NUMBERED_TUMOUR: Final = re.compile(r"(?:liver)?(?:tumou?r|lesion|metastasis)0*([1-9]\d?)")
_BONE: Final = re.compile(
    r"(vertebrae?|rib(left|right)?)[a-z]?\d+|(humerus|scapula|clavicula|femur|hip)(left|right)|(left|right)rib\d+"
)
_LUNG_LOBE: Final = re.compile(r"lung(upper|middle|lower)lobe(left|right)")
_LIVER_SEGMENT: Final = re.compile(r"(liver|couinaud)?segment(0?[1-8]|[1-8]?4[ab]|i{1,3}|iv[ab]?|vi{0,3})")

_BY_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{structure.snomed: structure.name for structure in anatomy.FIXED_STRUCTURES if structure.snomed},
        # Couinaud segments I to VIII, IVa and IVb are liver.
        **dict.fromkeys(
            ("71133005", "277956007", "277957003", "277958008", "871688003", "871689006", "277959000", "277960005",
             "277961009", "277962002"), "liver",
        ),
        "7832008": "aorta",
        "3341006": "lungs",
        "44029006": "lungs",
        # SNOMED RT identifiers of the same concepts (retired, still written by older software).
        "T-62000": "liver", "T-C3000": "spleen", "T-63000": "gallbladder", "T-57000": "stomach",
        "T-65000": "pancreas", "T-58200": "duodenum", "T-42000": "aorta", "T-48710": "inferior_vena_cava",
        "T-48810": "portal_vein", "T-28000": "lungs", "T-42500": "aorta", "T-48720": "hepatic_veins",
        "T-D016E": "bones",
    }
)  # fmt: skip
TUMOUR_CODES: Final = frozenset(
    {"108369006", "4147007", "52988006", "86049000", "14799000", "M-8FFFF", "M-03000", "M-01100", "M-80003", "M-80006"}
)
"""Neoplasm, mass, lesion, primary and secondary neoplasm."""
_KIDNEY: Final = frozenset({"64033007", "T-71000"})
_SIDES: Final[Mapping[str, str]] = MappingProxyType(
    {"24028007": "right_kidney", "7771000": "left_kidney", "G-A100": "right_kidney", "G-A101": "left_kidney"}
)


def squeezed(name: str) -> str:
    """Lower case without separators: "Portal-Vein" and "portal_vein" are one name."""
    return re.sub(r"[\s_\-.]+", "", name.lower())


_STRUCTURE_OF: Final[dict[str, str]] = {
    **{squeezed(name): name for name in (*known_mask_names(), LIVER_VESSELS)},
    **{squeezed(alias): name for name, aliases in _ALIASES.items() for alias in aliases},
}


def structure_name_of(name: str) -> str | None:
    """The mask name that `compose_labels` knows (or `LIVER_VESSELS`) for a name from outside, or None.

    Case and separators do not matter: "LiverTumor01" is "tumour_01", "IVC" is "inferior_vena_cava".
    """
    plain = squeezed(name)
    if (numbered := _NUMBERED_TUMOUR.fullmatch(plain)) is not None:
        own = f"tumour_{int(numbered.group(1)):02d}"
        return own if tumour_value(own) else None
    for pattern, structure in ((_BONE, "bones"), (_LUNG_LOBE, "lungs"), (_LIVER_SEGMENT, "liver")):
        if pattern.fullmatch(plain):
            return structure
    return _STRUCTURE_OF.get(plain)


def structure_of_codes(kind: str, kind_modifiers: tuple[str, ...] = (), region: str = "") -> str | None:
    """The mask name for SNOMED codes, or None.

    Args:
        kind: the segmented property type ("10200004").
        kind_modifiers: its modifiers and those of the region (laterality).
        region: the anatomic region, which says of what a tumour is one.
    """
    if kind in TUMOUR_CODES:
        # A tumour whose region is not told is taken for one of the liver only where nothing says otherwise.
        return TUMOURS if region == "" or _BY_CODE.get(region) == "liver" else None
    if kind in _KIDNEY:
        return next((_SIDES[code] for code in kind_modifiers if code in _SIDES), None)
    return _BY_CODE.get(kind)


def is_ignored(name: str) -> bool:
    """Whether a file of this name is no mask of a structure and is left out without a word."""
    return squeezed(name) in IGNORED


def known_names() -> str:
    """What an error message lists."""
    return ", ".join((*known_mask_names(), "tumour_01 to tumour_99"))


def nearest_names(name: str, most: int = 3) -> tuple[str, ...]:
    """Known mask names that look most like an unknown one, best first."""
    close = difflib.get_close_matches(squeezed(name), list(_STRUCTURE_OF), n=2 * most, cutoff=0.55)
    return tuple(dict.fromkeys(_STRUCTURE_OF[one] for one in close))[:most]
