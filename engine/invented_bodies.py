"""Bodies of the phantom as training volumes; beside the pipeline the only place that knows two stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy

if TYPE_CHECKING:
    from engine.training.sources import TrainingVolume

BODIES: Final = 14
LIVERS: Final = 16
_FIRST_SEED: Final = 101
_FIRST_FINE_SEED: Final = 201
_SPACING_MM: Final = 3.0
_SHAPE_KJI: Final = (96, 112, 128)
_FINE_SPACING_MM: Final = 1.5
_FINE_SHAPE_KJI: Final = (190, 165, 190)
_FINE_CENTRE_LPS_MM: Final = (-28.0, -8.0, 0.0)


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


def invented_bodies(task: str = "coarse") -> tuple[TrainingVolume, ...]:
    """Phantom patients as label volumes without images, every organ labelled; training adds tumours itself.

    Args:
        task: "coarse" for whole bodies, "fine" for what lies around the liver, finer and with other patients.
    """
    return invented_livers() if task == "fine" else whole_bodies()


def invented_livers(count: int = LIVERS, *, held_out: bool = False) -> tuple[TrainingVolume, ...]:
    """Phantom patients around their livers on the fine grid, portal and hepatic branches apart.

    Args:
        count: how many.
        held_out: begin with the patients that training never sees, for calibration.
    """
    from engine.phantom import PhantomRecipe, sample_tissue
    from engine.training.fine_sources import cut_to_liver
    from engine.training.sources import TrainingVolume
    from engine.training.tissues import FINE_CLASSES

    table = training_tissue_of_code()
    spacing = (_FINE_SPACING_MM,) * 3
    geometry = PhantomRecipe(
        shape_kji=_FINE_SHAPE_KJI, spacing_ijk_mm=spacing, centre_lps_mm=_FINE_CENTRE_LPS_MM
    ).geometry()
    first = _FIRST_FINE_SEED + LIVERS if held_out else _FIRST_FINE_SEED
    return tuple(
        cut_to_liver(
            TrainingVolume(
                name=f"phantom {seed}",
                tissues=table[sample_tissue(seed, geometry, tumours=0)],
                image_hu=np.zeros((0, 0, 0), np.int16),
                spacing_kji_mm=spacing,
                known_classes=tuple(range(len(FINE_CLASSES))),
            )
        )
        for seed in range(first, first + count)
    )


def whole_bodies(count: int = BODIES) -> tuple[TrainingVolume, ...]:
    """Whole phantom patients on the coarse grid."""
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
