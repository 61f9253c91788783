"""Thinning keeps parts, loops and cavities, and ends in curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from engine.evaluation.centreline import compare_centrelines, thin

CUBE = np.ones((3, 3, 3), dtype=bool)


def euler_characteristic(mask: NDArray[np.bool_]) -> int:
    """Vertices - edges + faces - voxels of the closed voxels' union: the 26-connected Euler number."""
    padded = np.pad(mask, 1)
    total = 0
    for cell in np.ndindex(2, 2, 2):  # 1 along an axis: the cell has extent there
        covered = padded
        for axis, extent in enumerate(cell):
            if not extent:
                low = np.take(covered, range(covered.shape[axis] - 1), axis)
                high = np.take(covered, range(1, covered.shape[axis]), axis)
                covered = low | high
        total += (-1) ** sum(cell) * int(covered.sum())
    return total


def topology(mask: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Parts, cavities and Euler number; with these the number of loops is fixed too."""
    parts = ndimage.label(mask, CUBE)[1]
    cavities = ndimage.label(~np.pad(mask, 1))[1] - 1
    return parts, cavities, euler_characteristic(mask)


def neighbour_counts(curve: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts = ndimage.convolve(curve.astype(int), CUBE.astype(int), mode="constant") - 1
    return counts[curve]


def points(shape: tuple[int, int, int]) -> NDArray[np.float64]:
    return np.stack(np.indices(shape), axis=-1).astype(float)


def tube(shape: tuple[int, int, int], start: tuple[float, ...], end: tuple[float, ...], radius: float):
    p, a, b = points(shape), np.array(start), np.array(end)
    along = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(p - a - along[..., None] * (b - a), axis=-1) <= radius


@pytest.mark.parametrize("width", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_square_tube_of_any_width_keeps_its_length(axis: int, width: int) -> None:
    tube_mask = np.zeros((14, 14, 30), dtype=bool)
    tube_mask[4 : 4 + width, 4 : 4 + width, 3:27] = True
    curve = thin(np.moveaxis(tube_mask, 2, axis))
    assert curve.sum() >= 24 - 1.5 * width, "only the ends are rounded"
    assert (neighbour_counts(curve) <= 2).all()


def test_a_straight_tube_becomes_one_line_along_its_axis() -> None:
    tube_mask = tube((40, 21, 21), (4, 10, 10), (35, 10, 10), 5.0)
    curve = thin(tube_mask)
    assert topology(curve) == (1, 0, 1)
    counts = neighbour_counts(curve)
    assert (counts == 1).sum() == 2
    assert (counts <= 2).all()
    k, j, i = np.nonzero(curve)
    assert k.max() - k.min() >= 30 - 5
    assert np.hypot(j - 10, i - 10).max() <= 1.5


def test_an_oblique_tube_keeps_its_curve_inside_and_long() -> None:
    mask = tube((40, 40, 40), (5, 6, 7), (33, 30, 34), 4.0)
    curve = thin(mask)
    assert not (curve & ~mask).any()
    assert topology(curve) == topology(mask) == (1, 0, 1)
    k, j, i = np.nonzero(curve)
    assert np.linalg.norm([np.ptp(k), np.ptp(j), np.ptp(i)]) >= 0.85 * np.linalg.norm([28, 24, 27])


def test_a_ring_stays_a_ring() -> None:
    p = points((15, 40, 40)) - [7, 20, 20]
    ring = np.hypot(np.hypot(p[..., 1], p[..., 2]) - 13.0, p[..., 0]) <= 3.5
    curve = thin(ring)
    assert topology(curve) == topology(ring) == (1, 0, 0)
    assert (neighbour_counts(curve) == 2).mean() > 0.9
    assert not (neighbour_counts(curve) == 1).any()


def test_a_y_branch_keeps_three_ends() -> None:
    shape = (20, 50, 50)
    branch = (
        tube(shape, (10, 5, 25), (10, 25, 25), 4.0)
        | tube(shape, (10, 25, 25), (10, 44, 10), 3.0)
        | tube(shape, (10, 25, 25), (10, 44, 40), 3.0)
    )
    curve = thin(branch)
    assert topology(curve) == (1, 0, 1)
    assert (neighbour_counts(curve) == 1).sum() == 3


def test_a_hollow_ball_keeps_its_cavity_and_a_solid_one_becomes_a_curve_within_it() -> None:
    r = np.linalg.norm(points((21, 21, 21)) - 10, axis=-1)
    assert topology(thin((r <= 8) & (r > 4))) == (1, 1, 2)
    curve = thin(r <= 8)
    assert topology(curve) == (1, 0, 1)
    assert curve.sum() <= 24


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), density=st.floats(0.05, 0.9), smooth=st.booleans())
def test_thinning_any_mask_keeps_its_topology(seed: int, density: float, smooth: bool) -> None:
    random = np.random.default_rng(seed)
    noise = random.random(tuple(random.integers(1, 14, size=3)))
    if smooth:
        noise = ndimage.uniform_filter(noise, 3)
    mask = noise <= np.quantile(noise, density)
    curve = thin(mask)
    assert not (curve & ~mask).any()
    assert topology(curve) == topology(mask)
    np.testing.assert_array_equal(thin(curve), curve)  # nothing is left to remove


def test_cldice_is_one_for_the_same_vessel_and_sees_a_missing_branch() -> None:
    shape = (20, 50, 50)
    trunk = tube(shape, (10, 5, 25), (10, 44, 25), 4.0)
    branch = tube(shape, (10, 25, 25), (10, 25, 46), 3.0)
    whole = compare_centrelines(trunk | branch, trunk | branch)
    assert whole.cldice == pytest.approx(1.0)
    missing = compare_centrelines(trunk, trunk | branch)
    assert missing.precision == pytest.approx(1.0)
    assert 0.5 < missing.sensitivity < 0.8
    assert missing.cldice == pytest.approx(2 * missing.sensitivity / (1 + missing.sensitivity))


def test_cldice_of_vessels_apart_is_zero() -> None:
    shape = (10, 30, 30)
    agreement = compare_centrelines(tube(shape, (5, 4, 5), (5, 25, 5), 2.0), tube(shape, (5, 4, 24), (5, 25, 24), 2.0))
    assert agreement.cldice == 0.0
