"""Bodies of the phantom as training volumes; beside the pipeline the only place that knows two stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy

if TYPE_CHECKING:
    from engine.training.sources import TrainingVolume

BODIES: Final = 14
_FIRST_SEED: Final = 101
_SPACING_MM: Final = 3.0
_SHAPE_KJI: Final = (96, 112, 128)


def training_tissue_of_code() -> NDArray[np.uint8]:
    """(256,) training tissue of each code of `engine.phantom.tissue`; vessels in the liver are taught as liver."""
    from engine.phantom import tissue as code
    from engine.training import tissues

    table = np.zeros(256, dtype=np.uint8)
    named = {
        anatomy.PARENCHYMA: "liver", anatomy.PORTAL_VEIN: "portal_branch", anatomy.HEPATIC_VEINS: "hepatic_vein",
        anatomy.INFERIOR_VENA_CAVA: "inferior_vena_cava", anatomy.GALLBLADDER: "gallbladder",
        anatomy.SPLEEN: "spleen", anatomy.LEFT_KIDNEY: "left_kidney", anatomy.RIGHT_KIDNEY: "right_kidney",
        anatomy.STOMACH: "stomach", anatomy.PANCREAS: "pancreas", anatomy.DUODENUM: "duodenum",
        anatomy.AORTA: "aorta", anatomy.BONES: "bones", anatomy.BODY: "filling", anatomy.LUNGS: "lungs",
        anatomy.PORTAL_VEIN_EXTRAHEPATIC: "portal_vein", anatomy.HEPATIC_VEINS_EXTRAHEPATIC: "inferior_vena_cava",
        anatomy.LIVER_CYST: "tumour", code.SKIN: "muscle", code.SUBCUTANEOUS_FAT: "fat", code.MUSCLE: "muscle",
        code.DIAPHRAGM: "muscle", code.HEART: "heart", code.DISC: "muscle", code.SPINAL_CANAL: "muscle",
        code.BOWEL: "bowel", code.BOWEL_GAS: "bowel_gas", code.VISCERAL_FAT: "fat", code.OTHER_VESSEL: "other_vessel",
        code.CARTILAGE: "muscle", code.MEDIASTINUM: "filling", code.STOMACH_GAS: "stomach_gas",
        code.PELVIS_OF_LEFT_KIDNEY: "left_kidney", code.PELVIS_OF_RIGHT_KIDNEY: "right_kidney", code.TABLE: "air",
    }  # fmt: skip
    value_of = {tissue.name: tissue.value for tissue in tissues.TISSUES}
    for value, name in named.items():
        table[value] = value_of[name]
    table[anatomy.FIRST_TUMOUR : anatomy.LAST_TUMOUR + 1] = tissues.TUMOUR
    return table


def invented_bodies(count: int = BODIES) -> tuple[TrainingVolume, ...]:
    """Phantom patients as label volumes without images, every organ labelled; training adds tumours itself."""
    from engine.phantom import PhantomRecipe, sample_tissue
    from engine.training.sources import TrainingVolume
    from engine.training.tissues import COARSE_CLASSES

    table = training_tissue_of_code()
    spacing = (_SPACING_MM, _SPACING_MM, _SPACING_MM)
    geometry = PhantomRecipe(shape_kji=_SHAPE_KJI, spacing_ijk_mm=spacing).geometry()
    return tuple(
        TrainingVolume(
            name=f"phantom {seed}",
            tissues=table[sample_tissue(seed, geometry, tumours=0)],
            image_hu=np.zeros((0, 0, 0), np.int16),
            spacing_kji_mm=spacing,
            known_classes=tuple(range(len(COARSE_CLASSES))),
        )
        for seed in range(_FIRST_SEED, _FIRST_SEED + count)
    )
