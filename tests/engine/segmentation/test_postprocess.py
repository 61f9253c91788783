from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.segmentation.classes import LABEL_OF_CLASS, label_table, mirrored_order
from engine.segmentation.coarse import fill_liver_holes, keep_largest, keep_liver, with_air, with_veins_split
from engine.segmentation.fine_decision import FINE_CLASSES
from engine.segmentation.postprocess import cyst_values, number_lesions, organ_labels, paint_liver
from engine.volume import ScanVolume
from models.card import shipped_card

CLASSES = ("other", "liver", "gallbladder", "inferior_vena_cava", "portal_vein")


def test_only_the_largest_piece_of_an_organ_stays(ball, grid_of) -> None:
    winner = np.zeros((20, 20, 40), dtype=np.uint8)
    winner[ball(winner.shape, (10, 10, 10), 6)] = 2
    winner[ball(winner.shape, (10, 10, 30), 3)] = 2
    grid = grid_of(winner, CLASSES)

    keep_largest(grid, "gallbladder")

    assert grid.mask("gallbladder")[10, 10, 10]
    assert not grid.mask("gallbladder")[:, :, 25:].any()
    assert (grid.winner[10, 10, 30], grid.probability[10, 10, 30, 2]) == (0, 0)


def test_a_large_second_piece_of_liver_stays_if_it_is_close(ball, grid_of) -> None:
    winner = np.zeros((30, 40, 110), dtype=np.uint8)
    winner[ball(winner.shape, (15, 20, 18), 14)] = 1
    winner[ball(winner.shape, (15, 20, 43), 9)] = 1  # 2 voxels, 6 mm away
    winner[ball(winner.shape, (15, 20, 90), 9)] = 1  # as large, but at the spleen's place
    winner[ball(winner.shape, (28, 20, 34), 1)] = 1  # close, but a speck
    grid = grid_of(winner, CLASSES)

    keep_liver(grid)

    assert grid.mask("liver")[15, 20, 18]
    assert grid.mask("liver")[15, 20, 43]
    assert not grid.mask("liver")[15, 20, 90]
    assert not grid.mask("liver")[28, 20, 34]


def test_holes_in_the_liver_become_liver_but_an_enclosed_vena_cava_stays(ball, grid_of) -> None:
    winner = np.zeros((20, 20, 20), dtype=np.uint8)
    winner[ball(winner.shape, (10, 10, 10), 8)] = 1
    winner[10, 10, 6] = 0
    winner[10, 10, 13] = CLASSES.index("inferior_vena_cava")
    grid = grid_of(winner, CLASSES)

    fill_liver_holes(grid)

    assert grid.mask("liver")[10, 10, 6]
    assert grid.mask("inferior_vena_cava")[10, 10, 13]
    assert not grid.mask("liver")[0, 0, 0]


def test_the_portal_trunk_is_told_from_the_branches_that_liver_surrounds(ball, grid_of) -> None:
    winner = np.zeros((30, 30, 50), dtype=np.uint8)
    winner[ball(winner.shape, (15, 15, 15), 12)] = 1
    winner[14:17, 14:17, 10:45] = CLASSES.index("portal_vein")
    grid = with_veins_split(grid_of(winner, CLASSES))

    labels = organ_labels(with_air(grid, np.ones(winner.shape, dtype=bool)), grid.geometry)

    assert labels[15, 15, 12] == anatomy.PORTAL_VEIN
    assert labels[15, 15, 40] == anatomy.PORTAL_VEIN_EXTRAHEPATIC
    assert (labels == anatomy.PORTAL_VEIN).sum() + (labels == anatomy.PORTAL_VEIN_EXTRAHEPATIC).sum() == (
        winner == CLASSES.index("portal_vein")
    ).sum()


def test_other_is_body_inside_the_body_and_air_outside(grid_of) -> None:
    grid = grid_of(np.zeros((4, 4, 4), dtype=np.uint8), CLASSES)
    body = np.zeros((4, 4, 4), dtype=bool)
    body[:, :, :2] = True

    labels = organ_labels(with_air(grid, body), grid.geometry)

    assert (labels[:, :, :2] == anatomy.BODY).all()
    assert (labels[:, :, 2:] == anatomy.BACKGROUND).all()


def test_every_class_of_the_shipped_network_has_a_label() -> None:
    assert set(shipped_card("coarse").classes) <= set(LABEL_OF_CLASS)
    assert set(FINE_CLASSES) <= set(LABEL_OF_CLASS)


def test_in_the_mirror_left_and_right_change_places_and_nothing_else() -> None:
    names = ("other", "left_kidney", "spleen", "right_kidney")
    assert mirrored_order(names) == [0, 3, 2, 1]


LIVER_BALL = ((45, 45, 45), (22, 22, 22), 20)


@pytest.fixture
def painted(ball, grid_of) -> np.ndarray:
    """A fine liver with a vein that leaves it, two tumours and a cyst, painted on a finer, left-handed scan grid.

    The coarse liver is a ball, too large on one side; beyond it the second choice is stomach.
    """
    classes = ("other", "liver", "stomach", "inferior_vena_cava", "air")
    geometry = VolumeGeometry.from_parts(
        shape_kji=(45, 45, 45),
        spacing_ijk_mm=(1, 1, 1),
        origin_lps_mm=(44, 0, 0),
        direction=np.diag([-1.0, 1.0, 1.0]),
    )
    coarse_winner = np.where(ball((16, 16, 16), (7.3, 7.3, 7.3), 6.6), 1, 0).astype(np.uint8)
    coarse = grid_of(coarse_winner, classes)
    coarse.probability[coarse_winner == 1] = (0, 155, 100, 0, 0)
    winner = np.where(ball((30, 30, 30), (15, 15, 15), 13), 1, 0).astype(np.uint8)
    winner[:, :8] = 0  # the fine outline leaves the front out
    winner[14:16, 14:16, 8:22] = FINE_CLASSES.index("portal_vein_inside")
    winner[ball(winner.shape, (22, 15, 15), 4)] = FINE_CLASSES.index("tumour")
    winner[ball(winner.shape, (15, 23, 15), 3)] = FINE_CLASSES.index("tumour")
    winner[ball(winner.shape, (7, 15, 15), 3)] = FINE_CLASSES.index("tumour")
    winner[0, 14:16, 14:16] = FINE_CLASSES.index("portal_vein")
    fine = grid_of(winner, FINE_CLASSES, 1.5)
    fine.probability[winner > 0, 0] = 0
    labels = organ_labels(coarse, geometry)
    hu = np.full(labels.shape, 100, dtype=np.int16)
    hu[:16] = 5  # the third lesion is water
    paint_liver(labels, ScanVolume(voxels_hu=hu, geometry=geometry), coarse, fine)
    return labels


def test_tumours_are_numbered_by_size(painted: np.ndarray) -> None:
    tumours = sorted(set(painted[painted >= anatomy.FIRST_TUMOUR].tolist()))
    assert tumours == [101, 102]
    assert (painted == 101).sum() > (painted == 102).sum()
    assert painted[33, 22, 22] == 101


def test_a_lesion_of_water_is_a_cyst(painted: np.ndarray) -> None:
    assert painted[10, 22, 22] == anatomy.LIVER_CYST


def test_the_vessel_lies_where_the_patient_has_it_though_the_scan_is_mirrored(painted: np.ndarray) -> None:
    assert painted[22, 22, 22] == anatomy.PORTAL_VEIN
    assert painted[22, 22, 44 - 14] == anatomy.PORTAL_VEIN  # x = 14 mm is stored at i = 30
    assert painted[0, 22, 22] == anatomy.PORTAL_VEIN_EXTRAHEPATIC


def test_coarse_liver_that_the_fine_outline_leaves_out_becomes_the_next_organ(painted: np.ndarray, ball) -> None:
    front = ball(*LIVER_BALL)[:, 7, :]
    assert (painted[:, 7][ball((45, 45, 45), (22, 22, 22), 17)[:, 7]] == anatomy.STOMACH).all()
    assert not np.isin(painted[:, :9], anatomy.LIVER_VALUES).any()
    assert front.any()


def test_a_coarse_tumour_is_numbered_too_and_specks_become_liver(ball) -> None:
    labels = np.full((30, 30, 30), anatomy.PARENCHYMA, dtype=np.uint8)
    labels[ball(labels.shape, (10, 10, 10), 5)] = anatomy.FIRST_TUMOUR
    labels[ball(labels.shape, (22, 22, 22), 6)] = anatomy.FIRST_TUMOUR
    labels[2, 28, 2] = anatomy.FIRST_TUMOUR
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(1, 1, 1))

    number_lesions(labels, np.full(labels.shape, 60, np.int16), geometry)

    assert (labels[22, 22, 22], labels[10, 10, 10]) == (101, 102)
    assert labels[2, 28, 2] == anatomy.PARENCHYMA


def test_a_dark_but_uneven_lesion_is_no_cyst() -> None:
    lesions = np.ones((4, 4, 4), dtype=np.uint8) * 101
    uneven = np.linspace(-40, 60, 64).reshape(4, 4, 4).astype(np.int16)
    assert cyst_values(lesions, uneven) == []
    assert cyst_values(lesions, np.full((4, 4, 4), 8, np.int16)) == [101]


def test_label_values_follow_the_order_of_the_classes() -> None:
    assert label_table(("air", "liver", "spleen")).tolist() == [0, anatomy.PARENCHYMA, anatomy.SPLEEN]
