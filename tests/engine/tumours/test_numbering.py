import numpy as np
import pytest

from engine.errors import LabelError
from engine.geometry import VolumeGeometry
from engine.tumours import number_tumours

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(20, 24, 28), spacing_ijk_mm=(2.0, 2.0, 5.0))


def block(k: slice, j: slice, i: slice) -> np.ndarray:
    mask = np.zeros(GEOMETRY.shape_kji, dtype=bool)
    mask[k, j, i] = True
    return mask


def test_tumours_are_numbered_largest_first_and_specks_are_dropped():
    mask = (
        block(slice(1, 3), slice(1, 3), slice(1, 3))
        | block(slice(8, 13), slice(8, 13), slice(8, 13))
        | block(slice(18, 19), slice(20, 21), slice(20, 21))
    )
    numbered = number_tumours(mask, GEOMETRY, smallest_ml=0.021)
    assert numbered[10, 10, 10] == 101
    assert numbered[1, 1, 1] == 102
    assert numbered[18, 20, 20] == 0
    assert set(np.unique(numbered)) == {0, 101, 102}


def test_tumours_that_touch_at_a_corner_are_one():
    mask = block(slice(2, 4), slice(2, 4), slice(2, 4)) | block(slice(4, 6), slice(4, 6), slice(4, 6))
    assert set(np.unique(number_tumours(mask, GEOMETRY))) == {0, 101}


def test_more_than_99_tumours_are_refused_unless_the_largest_are_wanted():
    mask = np.zeros((12, 20, 20), dtype=bool)
    mask[::2, ::2, ::2] = True
    geometry = VolumeGeometry.from_parts(shape_kji=(12, 20, 20), spacing_ijk_mm=(4, 4, 4))
    with pytest.raises(LabelError, match="99"):
        number_tumours(mask, geometry)
    assert number_tumours(mask, geometry, keep_largest=True).max() == 199


def test_an_empty_mask_has_no_tumours():
    assert not number_tumours(np.zeros(GEOMETRY.shape_kji, dtype=bool), GEOMETRY).any()
