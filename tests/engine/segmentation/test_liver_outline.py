from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.segmentation.liver_outline import closed, liver_pieces, liver_probability, mended, signed_distance_mm

SHAPE = (50, 50, 70)
NONE = np.zeros(SHAPE, dtype=np.uint8)


def certain(mask: np.ndarray, value: int = 250) -> np.ndarray:
    """Fine probability of a network that is 98 % sure."""
    return np.where(mask, value, 255 - value).astype(np.uint8)


def test_close_to_the_coarse_outline_the_fine_network_decides(ball) -> None:
    coarse = ball(SHAPE, (25, 25, 30), 15)
    fine = ball(SHAPE, (25, 25, 30), 18)  # 4.5 mm further out on every side

    region = liver_probability(certain(fine), NONE, coarse, 1.5) > 127

    assert (region == fine).mean() > 0.9999


def test_far_from_the_coarse_outline_the_coarse_network_decides(ball) -> None:
    coarse = ball(SHAPE, (25, 25, 20), 12)
    fine = coarse | ball(SHAPE, (25, 25, 55), 8)  # a second organ of the same density, 20 mm away
    fine &= ~ball(SHAPE, (25, 25, 20), 1)  # and a doubt deep in the liver

    region = liver_probability(certain(fine, 230), NONE, coarse, 1.5) > 127

    assert region[25, 25, 20]
    assert not region[25, 25, 55]


def test_a_fine_network_in_doubt_leaves_the_coarse_outline(ball) -> None:
    coarse = ball(SHAPE, (25, 25, 30), 15)
    region = liver_probability(np.full(SHAPE, 128, np.uint8), NONE, coarse, 1.5) > 127
    assert (region == coarse).mean() > 0.999


def test_a_vessel_counts_as_liver_where_liver_surrounds_it(ball) -> None:
    liver = ball(SHAPE, (25, 25, 25), 18)
    vessel = np.zeros(SHAPE, dtype=bool)
    vessel[23:27, 23:27, 25:65] = True

    region = liver_probability(
        certain(liver & ~vessel), np.where(vessel, 250, 0).astype(np.uint8), liver, spacing_mm=1.5
    )

    assert (region[24, 24, 26:38] > 127).all()
    assert (region[24, 24, 46:] < 128).all()


def test_the_sum_of_bytes_never_wraps_around() -> None:
    coarse = np.ones((8, 8, 8), dtype=bool)
    full = np.full((8, 8, 8), 255, np.uint8)
    assert liver_probability(full, full, coarse, 1.5).min() > 250


def test_mending_fills_holes_but_not_the_gallbladder_and_drops_far_pieces(ball) -> None:
    liver = ball(SHAPE, (25, 25, 20), 16)
    hole, bladder = ball(SHAPE, (25, 25, 15), 3), ball(SHAPE, (25, 25, 27), 3)
    probability = np.where(liver & ~hole & ~bladder, 240, 5).astype(np.uint8)
    probability[ball(SHAPE, (25, 25, 62), 5)] = 240

    mended_share, region = mended(probability, bladder, 1.5)

    assert (region == (liver & ~bladder)).all()
    assert (mended_share[hole] == 255).all()
    assert (mended_share[..., 55:] < 128).all()
    assert ((mended_share > 127) == region).all()


def test_an_empty_mask_stays_empty() -> None:
    assert not liver_pieces(np.zeros((5, 5, 5), dtype=bool), 1.5).any()
    assert not mended(np.zeros((5, 5, 5), dtype=np.uint8), np.zeros((5, 5, 5), dtype=bool), 1.5)[1].any()


def test_distance_is_measured_to_the_outline_in_millimetres() -> None:
    mask = np.zeros((3, 3, 20), dtype=bool)
    mask[..., :10] = True
    distance = signed_distance_mm(mask, 2.0)
    assert distance[1, 1, 9] == 1.0
    assert distance[1, 1, 10] == -1.0
    assert distance[1, 1, 14] == -9.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.5, 3.0]))
def test_closing_only_adds_and_closes_what_it_closed(seed: int, spacing_mm: float) -> None:
    mask = np.random.default_rng(seed).random((12, 12, 12)) < 0.05
    once = closed(mask, 4.0, spacing_mm)
    assert (once | mask == once).all()
    assert (closed(once, 4.0, spacing_mm) == once).mean() > 0.98  # voxel distances round
