import re

import pytest

from engine import anatomy
from engine.anatomy import FIXED_STRUCTURES, LIVER, is_tumour, structure_named, structures_present, tumour


def test_what_lies_in_the_liver_counts_as_liver_and_nothing_else_does():
    assert set(LIVER.label_values) == {
        anatomy.PARENCHYMA, anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS, anatomy.LIVER_CYST, *anatomy.TUMOUR_VALUES,
    }  # fmt: skip
    for outside in (anatomy.INFERIOR_VENA_CAVA, anatomy.GALLBLADDER, anatomy.PORTAL_VEIN_EXTRAHEPATIC):
        assert outside not in LIVER.label_values


def test_names_are_unique_file_stems_and_colours_are_colours():
    names = [structure.name for structure in FIXED_STRUCTURES]
    assert len(set(names)) == len(names)
    for structure in FIXED_STRUCTURES:
        assert re.fullmatch(r"[a-z][a-z_]*", structure.name)
        assert re.fullmatch(r"#[0-9a-f]{6}", structure.colour)


def test_label_values_other_than_the_livers_belong_to_one_organ():
    whole = {"liver", "body"}
    values = [
        value for structure in FIXED_STRUCTURES if structure.name not in whole for value in structure.label_values
    ]
    assert len(set(values)) == len(values)
    assert all(0 < value < 256 for value in values)


def test_every_structure_is_found_by_its_name():
    for structure in (*FIXED_STRUCTURES, tumour(1), tumour(99)):
        assert structure_named(structure.name) == structure
    with pytest.raises(KeyError):
        structure_named("spline")


@pytest.mark.parametrize("number", [0, -1, 100])
def test_a_tumour_number_out_of_range_is_refused(number):
    with pytest.raises(ValueError, match="1 to 99"):
        tumour(number)


def test_structures_present_come_in_catalogue_order_with_tumours_last():
    present = structures_present({anatomy.SPLEEN, anatomy.PARENCHYMA, 103, 101})
    assert [structure.name for structure in present] == ["liver", "spleen", "tumour_01", "tumour_03"]
    assert [is_tumour(structure) for structure in present] == [False, False, True, True]


def test_the_body_is_whole_and_is_there_only_with_its_own_value():
    assert "body" not in [structure.name for structure in structures_present({anatomy.SPLEEN, anatomy.PARENCHYMA})]
    assert "body" in [structure.name for structure in structures_present({anatomy.SPLEEN, anatomy.BODY})]
    body = structure_named("body")
    for structure in (*FIXED_STRUCTURES, tumour(1), tumour(99)):
        assert set(structure.label_values) <= set(body.label_values)
