import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, ScanVolume, box_of

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(2, 3, 4), spacing_ijk_mm=(1, 1, 1))


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.int32])
def test_other_types_than_the_agreed_ones_are_refused(dtype):
    with pytest.raises(TypeError, match="int16"):
        ScanVolume(voxels_hu=np.zeros((2, 3, 4), dtype), geometry=GEOMETRY)
    with pytest.raises(TypeError, match="uint8"):
        LabelVolume(labels=np.zeros((2, 3, 4), dtype), geometry=GEOMETRY)


def test_an_array_that_does_not_fit_its_grid_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        ScanVolume(voxels_hu=np.zeros((4, 3, 2), np.int16), geometry=GEOMETRY)
    with pytest.raises(ValueError, match="do not fit"):
        LabelVolume(labels=np.zeros((4, 3, 2), np.uint8), geometry=GEOMETRY)


def test_a_mask_unites_label_values():
    labels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    mask = LabelVolume(labels=labels, geometry=GEOMETRY).mask_of((3, 7, 200))
    assert mask.dtype == bool
    assert list(labels[mask]) == [3, 7]


def test_the_box_of_a_mask_is_the_smallest_that_holds_it_and_none_without_voxels():
    mask = np.zeros((5, 6, 7), dtype=bool)
    assert box_of(mask) is None
    mask[1, 4, 2] = mask[3, 2, 6] = True
    assert box_of(mask) == (slice(1, 4), slice(2, 5), slice(2, 7))
