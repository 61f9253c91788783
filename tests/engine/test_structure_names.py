"""Codes and names of others are read as the structures that they mean."""

import pytest

from engine.structure_names import nearest_names, structure_name_of, structure_of_codes


@pytest.mark.parametrize(
    ("codes", "structure"),
    [
        (("10200004",), "liver"),
        (("T-62000",), "liver"),
        (("64033007", ("7771000",)), "left_kidney"),
        (("64033007",), None),
        (("108369006", (), "10200004"), "tumours"),
        (("108369006", (), "64033007"), None),
        (("871689006",), "liver"),
        (("85756007",), None),
    ],
)
def test_codes_name_structures(codes, structure):
    assert structure_of_codes(*codes) == structure


def test_names_look_like_their_neighbours():
    assert nearest_names("portal vien")[0] == "portal_vein"
    assert structure_name_of("vertebrae_T12") == structure_name_of("rib_left_3") == "bones"
    assert structure_name_of("liver_segment_4a") == "liver"
