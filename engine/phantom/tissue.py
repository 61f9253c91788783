"""Tissue codes: the label values of `engine.anatomy`, and finer codes above them that all end as "body".

Training may give each code its own intensity; a label map folds them with `LABEL_OF_TISSUE`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine import anatomy

SKIN: Final = 200
SUBCUTANEOUS_FAT: Final = 201
MUSCLE: Final = 202
DIAPHRAGM: Final = 203
HEART: Final = 204
DISC: Final = 205
SPINAL_CANAL: Final = 206
BOWEL: Final = 207
BOWEL_GAS: Final = 208
VISCERAL_FAT: Final = 209
OTHER_VESSEL: Final = 210
CARTILAGE: Final = 211
MEDIASTINUM: Final = 212
STOMACH_GAS: Final = 213
PELVIS_OF_LEFT_KIDNEY: Final = 214
PELVIS_OF_RIGHT_KIDNEY: Final = 215
TABLE: Final = 216


def _label_of_tissue() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    table = np.arange(256, dtype=np.uint8)
    table[SKIN : TABLE + 1] = anatomy.BODY
    table[STOMACH_GAS] = anatomy.STOMACH
    table[PELVIS_OF_LEFT_KIDNEY] = anatomy.LEFT_KIDNEY
    table[PELVIS_OF_RIGHT_KIDNEY] = anatomy.RIGHT_KIDNEY
    table[TABLE] = anatomy.BACKGROUND
    table.flags.writeable = False
    return table


LABEL_OF_TISSUE: Final = _label_of_tissue()
"""(256,) uint8: label value of each tissue code."""
