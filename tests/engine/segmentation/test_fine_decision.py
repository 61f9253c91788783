from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import VolumeGeometry
from engine.segmentation.fine_decision import FINE_CLASSES, decided, touching

SHAPE = (30, 30, 40)
GEOMETRY = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1.5, 1.5, 1.5))
NOWHERE = np.zeros(SHAPE, dtype=bool)
OTHER, LIVER, PORTAL, HEPATIC, TUMOUR = range(5)


@pytest.fixture
def shares() -> np.ndarray:
    """Liver for i < 25, other beyond."""
    values = np.zeros((*SHAPE, 5), dtype=np.uint8)
    values[:, :, :25, LIVER] = 255
    values[:, :, 25:, OTHER] = 255
    return values


def region_share() -> np.ndarray:
    share = np.zeros(SHAPE, dtype=np.uint8)
    share[:, :, :25] = 255
    return share


def put(values: np.ndarray, where: tuple, **share: int) -> None:
    values[where] = 0
    for name, value in share.items():
        values[(*where, {"liver": 1, "portal": 2, "hepatic": 3, "tumour": 4, "other": 0}[name])] = value


def name_at(grid, place: tuple[int, int, int]) -> str:
    return FINE_CLASSES[grid.winner[place]]


def test_a_vessel_whose_side_is_in_doubt_is_still_a_vessel_of_the_likelier_side(shares: np.ndarray) -> None:
    put(shares, np.index_exp[10:14, 10:14, 2:20], portal=90, hepatic=80, liver=85)

    grid = decided(shares, region_share(), NOWHERE, NOWHERE, GEOMETRY)

    assert name_at(grid, (12, 12, 10)) == "portal_vein_inside"


def test_the_trunk_goes_on_outside_the_liver_and_a_stray_piece_does_not(shares: np.ndarray) -> None:
    put(shares, np.index_exp[10:14, 10:14, 2:35], portal=250, other=5)
    put(shares, np.index_exp[22:26, 22:26, 32:38], portal=250, other=5)

    grid = decided(shares, region_share(), NOWHERE, NOWHERE, GEOMETRY)

    assert name_at(grid, (12, 12, 10)) == "portal_vein_inside"
    assert name_at(grid, (12, 12, 30)) == "portal_vein"
    assert name_at(grid, (24, 24, 35)) == "other"


def test_hepatic_veins_end_at_the_vena_cava(shares: np.ndarray) -> None:
    put(shares, np.index_exp[10:14, 10:14, 2:35], hepatic=250, other=5)
    cava = NOWHERE.copy()
    cava[:, :, 29:] = True

    grid = decided(shares, region_share(), NOWHERE, cava, GEOMETRY)

    assert name_at(grid, (12, 12, 10)) == "hepatic_veins_inside"
    assert name_at(grid, (12, 12, 27)) == "hepatic_veins"
    assert name_at(grid, (12, 12, 33)) == "other"


def test_specks_of_vessel_and_dropped_tumours_become_parenchyma(shares: np.ndarray) -> None:
    put(shares, np.index_exp[5:7, 5:7, 5:7], portal=250, liver=5)
    put(shares, np.index_exp[18:24, 18:24, 8:14], tumour=250, liver=5)
    put(shares, np.index_exp[6:12, 18:24, 8:14], tumour=250, liver=5)
    kept = NOWHERE.copy()
    kept[6:12, 18:24, 8:14] = True

    grid = decided(shares, region_share(), kept, NOWHERE, GEOMETRY)

    assert name_at(grid, (5, 5, 5)) == "liver"
    assert name_at(grid, (20, 20, 10)) == "liver"
    assert name_at(grid, (8, 20, 10)) == "tumour"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_the_network_says_probabilities_add_up_and_keep_to_the_outline(seed: int) -> None:
    rng = np.random.default_rng(seed)
    geometry = VolumeGeometry.from_parts(shape_kji=(10, 10, 10), spacing_ijk_mm=(1.5, 1.5, 1.5))
    raw = rng.dirichlet((0.3,) * 5, (10, 10, 10))
    shares = np.rint(raw * 255).astype(np.uint8)
    region = np.rint(rng.random((10, 10, 10)) * 255).astype(np.uint8)
    tumour, cava = rng.random((10, 10, 10)) < 0.2, rng.random((10, 10, 10)) < 0.1

    grid = decided(shares, region, tumour, cava, geometry)

    assert (grid.probability.sum(axis=-1, dtype=int) == 255).all()
    assert (grid.probability[..., 1:5].sum(axis=-1, dtype=int) == region).all()


def test_only_touching_pieces_are_kept_corners_included() -> None:
    mask = np.zeros((1, 6, 6), dtype=bool)
    mask[0, 1, 1] = mask[0, 4, 4] = True
    other = np.zeros_like(mask)
    other[0, 2, 2] = True
    assert np.argwhere(touching(mask, other)).tolist() == [[0, 1, 1]]
