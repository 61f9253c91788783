from __future__ import annotations

import numpy as np

from engine.geometry import VolumeGeometry
from engine.segmentation.inference import Answer
from engine.segmentation.lesions import lesion_pieces


def test_flat_slabs_at_the_capsule_are_no_tumours_and_balls_are():
    geometry = VolumeGeometry.from_parts(shape_kji=(60, 60, 60), spacing_ijk_mm=(1.5, 1.5, 1.5))
    k, j, i = np.indices(geometry.shape_kji)
    liver = (k - 30) ** 2 + (j - 30) ** 2 + (i - 30) ** 2 <= 25**2
    ball = (k - 30) ** 2 + (j - 30) ** 2 + (i - 18) ** 2 <= 6**2
    slab = (np.abs(i - 40) <= 1) & (np.abs(k - 30) <= 12) & (np.abs(j - 30) <= 12)
    rim = liver & ((k - 30) ** 2 + (j - 30) ** 2 + (i - 30) ** 2 > 23**2) & (k > 40)
    tumour = ball | slab | rim
    probability = np.zeros((*geometry.shape_kji, 3), np.uint8)
    probability[..., 2] = np.where(tumour, 255, 0)
    answer = Answer(probability=probability, winner=np.where(tumour, 2, 0).astype(np.uint8), device="cpu", warnings=())
    hu = np.zeros(geometry.shape_kji, np.float32)
    kept = lesion_pieces(answer, ("other", "vessel", "tumour"), liver, hu, geometry)
    assert np.array_equal(kept, ball)
    assert not lesion_pieces(answer, ("other", "vessel", "tumour"), liver, hu - 200, geometry).any()
