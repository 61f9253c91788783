"""Runs in groups, counted under planes, against the sign of every voxel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.resection.run_table import RunTable

SHAPE_KJI = (5, 37, 40)


def blobs(seed: int) -> NDArray[np.uint8]:
    """Runs of many lengths, several in a row, and rows without any."""
    random = np.random.default_rng(seed)
    codes = np.repeat(random.integers(0, 4, (*SHAPE_KJI[:2], 10)), 4, axis=2).astype(np.uint8)
    codes[random.random(SHAPE_KJI) < 0.1] = 3
    codes[:, random.integers(0, SHAPE_KJI[1], 6)] = 0
    return codes


def brute_force(codes: NDArray[np.uint8], planes: NDArray[np.float64], values: NDArray[np.uint8]) -> NDArray[np.int64]:
    k, j, i = np.ogrid[tuple(slice(0, n) for n in codes.shape)]
    remains = np.ones(codes.shape, dtype=np.bool_)
    for a_i, a_j, a_k, b in planes:
        remains &= a_i * i + (a_j * j + (a_k * k + b)) <= 0.0
    return np.bincount(codes[remains], minlength=256)[values]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), count=st.integers(1, 3), through_a_centre=st.booleans(), steepness=st.integers(0, 3)
)
def test_planes_leave_what_every_voxel_says(seed: int, count: int, through_a_centre: bool, steepness: int) -> None:
    random = np.random.default_rng(seed)
    codes = blobs(seed)
    at = random.integers(0, SHAPE_KJI[::-1], (count, 3)).astype(np.float64)
    slopes = random.normal(size=(count, 3))
    if through_a_centre:
        slopes = np.rint(3.0 * slopes) / 4.0
    else:
        at += random.random((count, 3))
    slopes[:, 0] *= (1.0, 1e-3, 1e-7, 0.0)[steepness]
    planes = np.column_stack([slopes, -(slopes * at).sum(axis=1)])
    table = RunTable.build(codes)
    np.testing.assert_array_equal(table.count_remnant(planes), brute_force(codes, planes, table.values))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_plane_along_the_lattice_is_told_at_every_layer_and_between(axis: int, sign: float) -> None:
    codes = blobs(1)
    table = RunTable.build(codes)
    for layer in np.arange(-1.0, SHAPE_KJI[2 - axis] + 1.0, 0.5):
        planes = np.zeros((1, 4))
        planes[0, axis], planes[0, 3] = sign, -sign * layer
        np.testing.assert_array_equal(table.count_remnant(planes), brute_force(codes, planes, table.values))


def test_a_volume_without_codes_has_no_counts() -> None:
    table = RunTable.build(np.zeros(SHAPE_KJI, dtype=np.uint8))
    assert table.count_remnant(np.array([[1.0, 0.0, 0.0, -3.0]])).shape == (0,)


def test_what_fills_the_space_between_the_others_is_counted_as_everything_less_these() -> None:
    random = np.random.default_rng(4)
    codes = np.full(SHAPE_KJI, 3, dtype=np.uint8)
    codes[random.random(SHAPE_KJI) < 0.2] = 1
    codes[random.random(SHAPE_KJI) < 0.2] = 2
    codes[:, :3] = 0
    table = RunTable.build(codes)
    assert table.values[table.filler] == 3
    for _ in range(20):
        slopes = random.normal(size=3)
        planes = np.array([[*slopes, -float(slopes @ random.uniform(0.0, SHAPE_KJI[::-1]))]])
        np.testing.assert_array_equal(table.count_remnant(planes), brute_force(codes, planes, table.values))
