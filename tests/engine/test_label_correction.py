"""Labels put right: what is given, renamed or removed changes, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import anatomy
from engine.anatomy import structure_named
from engine.errors import GridMismatchError, LabelError
from engine.geometry import VolumeGeometry
from engine.label_correction import LabelCorrection, changed_structures, corrected_labels
from engine.volume import LabelVolume

SHAPE = (10, 20, 20)
GEOMETRY = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1, 1, 2))


def volume(*boxes: tuple[int, tuple[int, int], tuple[int, int]]) -> LabelVolume:
    """Boxes of a value over all slices but the outermost, (first, end) along j and i."""
    labels = np.zeros(SHAPE, np.uint8)
    for value, j, i in boxes:
        labels[1:-1, slice(*j), slice(*i)] = value
    return LabelVolume(labels=labels, geometry=GEOMETRY)


CASE = volume(
    (anatomy.PARENCHYMA, (2, 18), (2, 12)),
    (anatomy.PORTAL_VEIN, (8, 10), (4, 12)),
    (anatomy.PORTAL_VEIN_EXTRAHEPATIC, (8, 10), (12, 14)),
    (anatomy.FIRST_TUMOUR, (3, 6), (3, 6)),
    (anatomy.FIRST_TUMOUR + 1, (13, 16), (3, 6)),
    (anatomy.SPLEEN, (2, 6), (15, 19)),
)


def mask(labels: LabelVolume, name: str) -> np.ndarray:
    return labels.mask_of(structure_named(name).label_values)


def test_a_tumour_drawn_anew_changes_that_tumour_alone() -> None:
    larger = volume((anatomy.FIRST_TUMOUR, (3, 7), (3, 8)))
    new = corrected_labels(CASE, LabelCorrection(given=larger))
    assert changed_structures(CASE, new) == {"tumour_01"}
    assert (mask(new, "tumour_01") == (larger.labels > 0)).all()


def test_what_a_smaller_tumour_leaves_is_parenchyma() -> None:
    new = corrected_labels(CASE, LabelCorrection(given=volume((anatomy.FIRST_TUMOUR, (3, 4), (3, 4)))))
    assert new.labels[2, 5, 5] == anatomy.PARENCHYMA
    assert changed_structures(CASE, new) == {"tumour_01"}


def test_a_tumour_drawn_over_a_vessel_changes_the_vessel_too() -> None:
    new = corrected_labels(CASE, LabelCorrection(given=volume((anatomy.FIRST_TUMOUR, (3, 9), (3, 6)))))
    assert changed_structures(CASE, new) == {"tumour_01", "portal_vein"}


def test_a_tumour_becomes_a_cyst_and_the_liver_stays_the_liver() -> None:
    new = corrected_labels(CASE, LabelCorrection(renamed=(("tumour_02", "liver_cyst"),)))
    assert changed_structures(CASE, new) == {"tumour_02", "liver_cyst"}
    assert (mask(new, "liver_cyst") == mask(CASE, "tumour_02")).all()
    assert (mask(new, "liver") == mask(CASE, "liver")).all()


def test_two_structures_can_change_their_names_with_each_other() -> None:
    swap = (("tumour_01", "tumour_02"), ("tumour_02", "tumour_01"))
    new = corrected_labels(CASE, LabelCorrection(renamed=swap))
    assert (mask(new, "tumour_02") == mask(CASE, "tumour_01")).all()
    assert (mask(new, "tumour_01") == mask(CASE, "tumour_02")).all()


def test_a_vein_renamed_keeps_its_parts_inside_and_outside_of_the_liver() -> None:
    new = corrected_labels(CASE, LabelCorrection(renamed=(("portal_vein", "hepatic_veins"),)))
    assert ((new.labels == anatomy.HEPATIC_VEINS) == (CASE.labels == anatomy.PORTAL_VEIN)).all()
    outside = CASE.labels == anatomy.PORTAL_VEIN_EXTRAHEPATIC
    assert ((new.labels == anatomy.HEPATIC_VEINS_EXTRAHEPATIC) == outside).all()


def test_a_removed_organ_leaves_background_or_the_body_around_it() -> None:
    assert corrected_labels(CASE, LabelCorrection(removed=("spleen",))).labels[5, 4, 16] == anatomy.BACKGROUND
    labels = np.where(CASE.labels == 0, np.uint8(anatomy.BODY), CASE.labels)
    with_body = LabelVolume(labels=labels, geometry=GEOMETRY)
    assert corrected_labels(with_body, LabelCorrection(removed=("spleen",))).labels[5, 4, 16] == anatomy.BODY


def test_a_liver_drawn_anew_moves_the_part_of_veins_in_it_and_keeps_its_tumours() -> None:
    smaller = volume((anatomy.PARENCHYMA, (2, 18), (2, 9)))
    new = corrected_labels(CASE, LabelCorrection(given=smaller))
    assert changed_structures(CASE, new) == {"liver"}
    assert new.labels[5, 9, 10] == anatomy.PORTAL_VEIN_EXTRAHEPATIC
    assert new.labels[5, 9, 6] == anatomy.PORTAL_VEIN
    larger = volume((anatomy.PARENCHYMA, (1, 19), (1, 17)))
    new = corrected_labels(CASE, LabelCorrection(given=larger))
    assert new.labels[5, 9, 13] == anatomy.PORTAL_VEIN
    assert changed_structures(CASE, new) == {"liver", "spleen"}, "the liver wins over what lies beside it"


def test_a_vein_left_out_of_a_given_liver_still_lies_in_it() -> None:
    around = volume((anatomy.PARENCHYMA, (2, 18), (2, 12))).labels
    around[3:6, 8:10, 4:10] = 0
    given_liver = LabelVolume(labels=around, geometry=GEOMETRY)
    new = corrected_labels(CASE, LabelCorrection(given=given_liver))
    assert new.labels[5, 9, 6] == anatomy.PORTAL_VEIN


@pytest.mark.parametrize(
    "correction",
    [
        LabelCorrection(removed=("gallbladder",)),
        LabelCorrection(removed=("liver",)),
        LabelCorrection(removed=("nonsense",)),
        LabelCorrection(renamed=(("spleen", "nonsense"),)),
        LabelCorrection(renamed=(("spleen", "tumour_100"),)),
        LabelCorrection(renamed=(("spleen", "body"),)),
        LabelCorrection(given=volume((anatomy.FIRST_TUMOUR, (0, 20), (0, 20)))),
    ],
    ids=["absent", "the liver", "unknown", "to unknown", "too many tumours", "to body", "no liver left"],
)
def test_a_correction_that_makes_no_sense_is_refused_with_its_cure(correction: LabelCorrection) -> None:
    with pytest.raises(LabelError) as raised:
        corrected_labels(CASE, correction)
    assert raised.value.cure


def test_labels_on_another_grid_are_refused() -> None:
    elsewhere = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1, 1, 2), origin_lps_mm=(5, 0, 0))
    with pytest.raises(GridMismatchError):
        corrected_labels(CASE, LabelCorrection(given=LabelVolume(labels=CASE.labels, geometry=elsewhere)))


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 16, 17, 18, 101, 102]), min_size=64, max_size=64),
    given_value=st.sampled_from([2, 3, 4, 5, 6, 18, 101, 102]),
    where=st.lists(st.booleans(), min_size=64, max_size=64),
)
def test_only_given_structures_and_those_they_touch_change(
    values: list[int], given_value: int, where: list[bool]
) -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(4, 4, 4), spacing_ijk_mm=(1, 1, 1))
    labels = np.array(values, np.uint8).reshape(4, 4, 4)
    labels[0, 0, 0] = anatomy.PARENCHYMA
    drawn = np.array(where).reshape(4, 4, 4)
    drawn[0, 0, 0] = False
    old = LabelVolume(labels=labels, geometry=geometry)
    new_map = LabelVolume(labels=np.where(drawn, np.uint8(given_value), np.uint8(0)), geometry=geometry)
    new = corrected_labels(old, LabelCorrection(given=new_map))
    structure = (
        next(one for one in anatomy.FIXED_STRUCTURES[1:] if given_value in one.label_values)
        if (given_value < 101)
        else anatomy.tumour(given_value - 100)
    )
    was = old.mask_of(structure.label_values)
    assert (new.labels == old.labels)[~was & ~drawn].all(), "far from what was drawn nothing changes"
    if drawn.any():
        assert not new.mask_of(structure.label_values)[~drawn].any(), "nothing of the old one is left"
        again = corrected_labels(new, LabelCorrection(given=new_map))
        assert not changed_structures(new, again), "doing it twice is doing it once"
