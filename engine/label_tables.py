"""What the values of well-known label maps mean: TotalSegmentator, LiTS, MSD, AMOS, BTCV, Couinaud.

Sources: TotalSegmentator 2.18 `map_to_binary.py`; LiTS (arXiv:1901.04056); Medical Segmentation Decathlon
`dataset.json` of Task03 and Task08; AMOS22 `dataset.json`; BTCV (Synapse syn3193805).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from engine.structure_names import squeezed, structure_name_of

LabelTable = Mapping[int, str]
"""Value -> name as its makers spell it."""


def _numbered(names: str) -> LabelTable:
    return MappingProxyType(dict(enumerate(names.split(), start=1)))


_VERTEBRAE: Final = " ".join(
    [f"vertebrae_L{n}" for n in range(5, 0, -1)]
    + [f"vertebrae_T{n}" for n in range(12, 0, -1)]
    + [f"vertebrae_C{n}" for n in range(7, 0, -1)]
)
_RIBS: Final = " ".join(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13))
_LIMBS: Final = """humerus_left humerus_right scapula_left scapula_right clavicula_left clavicula_right femur_left
    femur_right hip_left hip_right"""
_MUSCLES: Final = """gluteus_maximus_left gluteus_maximus_right gluteus_medius_left gluteus_medius_right
    gluteus_minimus_left gluteus_minimus_right autochthon_left autochthon_right iliopsoas_left iliopsoas_right"""
_ILIAC: Final = "iliac_artery_left iliac_artery_right iliac_vena_left iliac_vena_right"
_LOBES: Final = """lung_upper_lobe_left lung_lower_lobe_left lung_upper_lobe_right lung_middle_lobe_right
    lung_lower_lobe_right"""

_TOTAL_V1: Final = f"""spleen kidney_right kidney_left gallbladder liver stomach aorta inferior_vena_cava
    portal_vein_and_splenic_vein pancreas adrenal_gland_right adrenal_gland_left {_LOBES} {_VERTEBRAE} esophagus
    trachea heart_myocardium heart_atrium_left heart_ventricle_left heart_atrium_right heart_ventricle_right
    pulmonary_artery brain {_ILIAC} small_bowel duodenum colon {_RIBS} {_LIMBS} sacrum face {_MUSCLES}
    urinary_bladder"""
_TOTAL_V2: Final = f"""spleen kidney_right kidney_left gallbladder liver stomach pancreas adrenal_gland_right
    adrenal_gland_left {_LOBES} esophagus trachea thyroid_gland small_bowel duodenum colon urinary_bladder prostate
    kidney_cyst_left kidney_cyst_right sacrum vertebrae_S1 {_VERTEBRAE} heart aorta pulmonary_vein
    brachiocephalic_trunk subclavian_artery_right subclavian_artery_left common_carotid_artery_right
    common_carotid_artery_left brachiocephalic_vein_left brachiocephalic_vein_right atrial_appendage_left
    superior_vena_cava inferior_vena_cava portal_vein_and_splenic_vein {_ILIAC} {_LIMBS} spinal_cord {_MUSCLES} brain
    skull {_RIBS} sternum costal_cartilages"""

LABEL_TABLES: Final[Mapping[str, LabelTable]] = MappingProxyType(
    {
        "totalsegmentator": _numbered(_TOTAL_V2),
        "totalsegmentator-v1": _numbered(_TOTAL_V1),
        "totalsegmentator-liver-vessels": _numbered("liver_vessels liver_tumor"),
        "lits": _numbered("liver liver_tumor"),
        "msd-liver": _numbered("liver liver_tumor"),
        "msd-hepatic-vessel": _numbered("liver_vessels liver_tumor"),
        "amos": _numbered(
            "spleen right_kidney left_kidney gallbladder esophagus liver stomach aorta postcava pancreas "
            "right_adrenal_gland left_adrenal_gland duodenum bladder prostate_or_uterus"
        ),
        "btcv": _numbered(
            "spleen right_kidney left_kidney gallbladder esophagus liver stomach aorta inferior_vena_cava "
            "portal_vein_and_splenic_vein pancreas right_adrenal_gland left_adrenal_gland"
        ),
        "couinaud": _numbered(" ".join(f"liver_segment_{n}" for n in range(1, 9))),
    }
)

_OTHERS: Final = frozenset(
    squeezed(name)
    for table in LABEL_TABLES.values()
    for name in table.values()
    if structure_name_of(name) is None
) | frozenset(
    squeezed(name)
    for name in ("bowel", "heart", "oesophagus", "adrenal", "adrenal_glands", "bladder", "uterus", "kidney_tumor",
                 "muscle", "fat", "kidney_cyst", "splenic_vein", "hepatic_artery", "bile_ducts")
)  # fmt: skip


def is_other_anatomy(name: str) -> bool:
    """Whether the name is known but not of a structure that Cantlie plans with (colon, heart, muscles)."""
    return squeezed(name) in _OTHERS


def known_tables() -> str:
    """What an error message lists."""
    return ", ".join(LABEL_TABLES)


def structures_of(table: LabelTable) -> dict[int, str]:
    """Value -> mask name of the structures of ours among a table's names."""
    named = {value: structure_name_of(name) for value, name in table.items()}
    return {value: name for value, name in named.items() if name is not None}


def unknown_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are neither structures of ours nor other known anatomy."""
    return tuple(name for name in names if structure_name_of(name) is None and not is_other_anatomy(name))
