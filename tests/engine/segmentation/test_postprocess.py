from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.segmentation.classes import LABEL_OF_CLASS
from engine.segmentation.coarse import fill_liver_holes, keep_largest, with_air
from engine.segmentation.fine import FINE_CLASSES, portal_or_hepatic
from engine.segmentation.grids import ClassGrid
from engine.segmentation.inference import Answer
from engine.segmentation.lesions import lesion_pieces
from engine.segmentation.postprocess import cyst_values, liver_warnings, organ_labels, paint_liver
from engine.volume import LabelVolume, ScanVolume
from models.card import shipped_card

CLASSES = ("other", "liver", "gallbladder", "inferior_vena_cava", "portal_vein")


def grid_of(winner: np.ndarray, classes: tuple[str, ...] = CLASSES, spacing_mm: float = 3.0) -> ClassGrid:
    """A grid that is 60 % sure of its winner and 40 % of "other"."""
    probability = np.zeros((*winner.shape, len(classes)), dtype=np.uint8)
    np.put_along_axis(probability, winner[..., None].astype(np.intp), 155, axis=-1)
    probability[..., 0] += 100
    geometry = VolumeGeometry.from_parts(shape_kji=winner.shape, spacing_ijk_mm=(spacing_mm,) * 3)
    return ClassGrid(classes=classes, probability=probability, winner=winner.astype(np.uint8), geometry=geometry)


def ball(shape: tuple[int, int, int], centre: tuple[float, float, float], radius: float) -> np.ndarray:
    places = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    return sum((place - middle) ** 2 for place, middle in zip(places, centre, strict=True)) <= radius**2


def test_only_the_largest_piece_of_an_organ_stays() -> None:
    winner = np.zeros((20, 20, 40), dtype=np.uint8)
    winner[ball(winner.shape, (10, 10, 10), 6)] = 1
    winner[ball(winner.shape, (10, 10, 30), 3)] = 1
    grid = grid_of(winner)

    keep_largest(grid, "liver")

    assert grid.mask("liver")[10, 10, 10]
    assert not grid.mask("liver")[:, :, 25:].any()
    assert (grid.winner[10, 10, 30], grid.probability[10, 10, 30, 1]) == (0, 0)


def test_holes_in_the_liver_become_liver_but_an_enclosed_vena_cava_stays() -> None:
    winner = np.zeros((20, 20, 20), dtype=np.uint8)
    winner[ball(winner.shape, (10, 10, 10), 8)] = 1
    winner[10, 10, 6] = 0
    winner[10, 10, 13] = CLASSES.index("inferior_vena_cava")
    grid = grid_of(winner)

    fill_liver_holes(grid)

    assert grid.mask("liver")[10, 10, 6]
    assert grid.mask("inferior_vena_cava")[10, 10, 13]
    assert not grid.mask("liver")[0, 0, 0]


def test_other_is_body_inside_the_body_and_air_outside() -> None:
    grid = grid_of(np.zeros((4, 4, 4), dtype=np.uint8))
    body = np.zeros((4, 4, 4), dtype=bool)
    body[:, :, :2] = True

    labels = organ_labels(with_air(grid, body), grid.geometry)

    assert (labels[:, :, :2] == anatomy.BODY).all()
    assert (labels[:, :, 2:] == anatomy.BACKGROUND).all()


def test_every_class_of_the_shipped_network_has_a_label() -> None:
    assert set(shipped_card("coarse").classes) <= set(LABEL_OF_CLASS)


def test_portal_and_hepatic_veins_are_told_apart_by_where_they_drain() -> None:
    organs = np.full((40, 40, 40), 1, dtype=np.uint8)
    organs[30:, 28:32, 18:22] = CLASSES.index("inferior_vena_cava")
    organs[2:8, 8:12, 18:22] = CLASSES.index("portal_vein")
    vessel = np.zeros(organs.shape, dtype=bool)
    vessel[33, 10:28, 20] = True  # a hepatic vein that runs into the cava at the dome
    vessel[33:, 10, 20] = True
    vessel[8:25, 10, 20] = True  # a portal branch that climbs from the trunk
    vessel[24, 10, 5:21] = True
    vessel[26, 12, 5:8] = True  # a piece on its own beside the portal branch

    sides = portal_or_hepatic(vessel, organs, grid_of(organs), voxel_ml=0.003375)

    assert (sides[33, 10:28, 20] == 2).all()
    assert (sides[8:25, 10, 20] == 1).all()
    assert (sides[24, 10, 5:21] == 1).all()
    assert (sides[26, 12, 5:8] == 1).all()
    assert (sides[~vessel] == 0).all()


@pytest.fixture
def painted() -> np.ndarray:
    """A liver ball with a vessel, two tumours and a cyst, painted on a finer, left-handed scan grid."""
    winner = np.zeros((30, 30, 30), dtype=np.uint8)
    winner[14:16, 14:16, 8:22] = FINE_CLASSES.index("portal_vein")
    winner[ball(winner.shape, (22, 15, 15), 4)] = FINE_CLASSES.index("tumour")
    winner[ball(winner.shape, (15, 23, 15), 3)] = FINE_CLASSES.index("tumour")
    winner[ball(winner.shape, (7, 15, 15), 3)] = FINE_CLASSES.index("tumour")
    winner[ball(winner.shape, (1, 1, 1), 2)] = FINE_CLASSES.index("tumour")  # outside the liver
    fine = grid_of(winner, FINE_CLASSES, spacing_mm=1.5)
    direction = np.diag([-1.0, 1.0, 1.0])
    geometry = VolumeGeometry.from_parts(
        shape_kji=(45, 45, 45), spacing_ijk_mm=(1, 1, 1), origin_lps_mm=(44, 0, 0), direction=direction
    )
    labels = np.where(ball((45, 45, 45), (22, 22, 22), 20), anatomy.PARENCHYMA, anatomy.BODY).astype(np.uint8)
    hu = np.full(labels.shape, 100, dtype=np.int16)
    hu[:16] = 5  # the third lesion is water
    paint_liver(labels, ScanVolume(voxels_hu=hu, geometry=geometry), fine)
    return labels


def test_tumours_are_numbered_by_size_and_lie_in_the_liver_only(painted: np.ndarray) -> None:
    tumours = sorted(set(painted[painted >= anatomy.FIRST_TUMOUR].tolist()))
    assert tumours == [101, 102]
    assert (painted == 101).sum() > (painted == 102).sum()
    assert painted[33, 22, 22] == 101
    assert not (painted[~ball((45, 45, 45), (22, 22, 22), 20)] != anatomy.BODY).any()


def test_a_lesion_of_water_is_a_cyst(painted: np.ndarray) -> None:
    assert painted[10, 22, 22] == anatomy.LIVER_CYST


def test_the_vessel_lies_where_the_patient_has_it_though_the_scan_is_mirrored(painted: np.ndarray) -> None:
    assert painted[22, 22, 22] == anatomy.PORTAL_VEIN
    assert painted[22, 22, 44 - 14] == anatomy.PORTAL_VEIN  # x = 14 mm is stored at i = 30


def test_a_dark_but_uneven_lesion_is_no_cyst() -> None:
    lesions = np.ones((4, 4, 4), dtype=np.uint8) * 101
    uneven = np.linspace(-40, 60, 64).reshape(4, 4, 4).astype(np.int16)
    assert cyst_values(lesions, uneven) == []
    assert cyst_values(lesions, np.full((4, 4, 4), 8, np.int16)) == [101]


@pytest.mark.parametrize("flipped", [False, True])
def test_a_liver_cut_off_at_the_top_is_named_by_the_patients_side(flipped: bool) -> None:
    labels = np.zeros((50, 60, 60), dtype=np.uint8)
    labels[20:, 10:50, 10:50] = anatomy.PARENCHYMA
    direction = np.diag([1.0, 1.0, -1.0 if flipped else 1.0])
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(3, 3, 3), direction=direction)

    warnings = liver_warnings(LabelVolume(labels=labels, geometry=geometry))

    assert len(warnings) == 1
    assert ("lower" if flipped else "upper") in warnings[0]


def test_a_tiny_liver_is_doubted() -> None:
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[5:15, 5:15, 5:15] = anatomy.PARENCHYMA
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(3, 3, 3))
    assert "27 mL" in liver_warnings(LabelVolume(labels=labels, geometry=geometry))[0]


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
