import numpy as np
import pytest

from engine import anatomy
from engine.errors import GridMismatchError, LabelError
from engine.geometry import VolumeGeometry
from engine.labelling import compose_labels

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(20, 24, 28), spacing_ijk_mm=(2.0, 2.0, 5.0))


def block(k: slice, j: slice, i: slice) -> np.ndarray:
    mask = np.zeros(GEOMETRY.shape_kji, dtype=bool)
    mask[k, j, i] = True
    return mask


LIVER = block(slice(4, 16), slice(4, 20), slice(4, 20))


def test_vessels_are_split_at_the_surface_of_the_liver():
    vein = block(slice(8, 10), slice(8, 10), slice(0, 28))
    labels = compose_labels({"liver": LIVER, "portal_vein": vein}, GEOMETRY).labels
    assert set(labels[vein & LIVER]) == {anatomy.PORTAL_VEIN}
    assert set(labels[vein & ~LIVER]) == {anatomy.PORTAL_VEIN_EXTRAHEPATIC}
    assert set(labels[LIVER & ~vein]) == {anatomy.PARENCHYMA}


def test_the_venous_system_is_hepatic_veins_inside_and_vena_cava_outside():
    veins = block(slice(0, 20), slice(8, 10), slice(8, 10))
    labels = compose_labels({"liver": LIVER, "venous_system": veins}, GEOMETRY).labels
    assert set(labels[veins & LIVER]) == {anatomy.HEPATIC_VEINS}
    assert set(labels[veins & ~LIVER]) == {anatomy.INFERIOR_VENA_CAVA}


def test_a_vessel_left_out_of_the_liver_mask_becomes_intrahepatic_where_the_liver_encloses_it():
    vessel = block(slice(8, 10), slice(8, 12), slice(8, 16))
    hole = block(slice(12, 13), slice(8, 12), slice(8, 16))
    labels = compose_labels({"liver": LIVER & ~vessel & ~hole, "hepatic_veins": vessel}, GEOMETRY).labels
    assert set(labels[vessel]) == {anatomy.HEPATIC_VEINS}
    assert set(labels[hole]) == {anatomy.BACKGROUND}


def test_a_given_tumour_keeps_its_number_and_its_whole_volume():
    tumour = block(slice(8, 12), slice(8, 12), slice(17, 23))
    vein = block(slice(9, 10), slice(0, 24), slice(18, 19))
    labels = compose_labels({"liver": LIVER, "tumour_03": tumour, "portal_vein": vein}, GEOMETRY).labels
    assert np.array_equal(labels == anatomy.FIRST_TUMOUR + 2, tumour)


def test_unnumbered_tumours_follow_the_numbered_ones():
    labels = compose_labels(
        {
            "liver": LIVER,
            "tumour_02": block(slice(5, 7), slice(5, 7), slice(5, 7)),
            "tumours": block(slice(10, 13), slice(10, 13), slice(10, 13)),
        },
        GEOMETRY,
    ).labels
    assert set(np.unique(labels)) >= {102, 103}
    assert (labels == 103).sum() == 27


def test_liver_wins_over_a_kidney_and_loses_to_the_gallbladder():
    overlap = block(slice(4, 8), slice(4, 8), slice(4, 8))
    assert set(compose_labels({"liver": LIVER, "right_kidney": overlap}, GEOMETRY).labels[overlap]) == {1}
    with_gallbladder = compose_labels({"liver": LIVER, "gallbladder": overlap}, GEOMETRY).labels
    assert set(with_gallbladder[overlap]) == {anatomy.GALLBLADDER}


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(LabelError, match="portal_vein"):
        compose_labels({"lever": LIVER}, GEOMETRY)


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(GridMismatchError):
        compose_labels({"liver": np.ones((3, 3, 3), dtype=bool)}, GEOMETRY)
