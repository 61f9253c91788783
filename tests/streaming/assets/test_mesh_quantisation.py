"""Positions and normals as small integers: never coarser than the surface is true, never turned over."""

from __future__ import annotations

import meshoptimizer
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from streaming.assets.mesh_quantisation import (
    COARSEST_STEP_MM,
    FINEST_STEP_MM,
    normal_bits,
    octahedral,
    quantised_positions,
)

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.uint32)


def _tetrahedron_mm(size_mm: float = 50.0) -> NDArray[np.float64]:
    return np.vstack([np.zeros(3), np.eye(3)]) * size_mm + (-90.3, 41.7, 702.2)


@pytest.mark.parametrize(
    ("error_mm", "step_mm"), [(0.0, 1 / 16), (0.06, 1 / 16), (0.13, 1 / 8), (0.3, 1 / 4), (9.0, COARSEST_STEP_MM)]
)
def test_the_grid_is_as_wide_as_the_error_of_the_level_allows(error_mm: float, step_mm: float) -> None:
    quantised = quantised_positions(_tetrahedron_mm(), TETRAHEDRON, error_mm)
    assert quantised.step_mm == step_mm
    back = quantised.origin_mm + quantised.steps * quantised.step_mm
    assert np.abs(back - _tetrahedron_mm()).max() <= step_mm / 2 + 1e-9


def test_the_origin_lies_on_the_grid_of_the_frame() -> None:
    quantised = quantised_positions(_tetrahedron_mm(), TETRAHEDRON, 0.0)
    assert (quantised.origin_mm / quantised.step_mm % 1 == 0).all()


def test_triangles_that_a_coarse_grid_would_turn_over_get_a_finer_one() -> None:
    thin = _tetrahedron_mm()
    thin[3] = thin[:2].mean(axis=0) + np.array([0.0, 0.004, 0.004])
    quantised = quantised_positions(thin, TETRAHEDRON, 0.5)
    assert quantised.step_mm < FINEST_STEP_MM
    corners = quantised.steps[TETRAHEDRON].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    before = thin[TETRAHEDRON]
    wanted = np.cross(before[:, 1] - before[:, 0], before[:, 2] - before[:, 0])
    assert (np.einsum("ij,ij->i", normals, wanted) > 0).all()


def test_a_triangle_without_area_does_not_ask_for_an_endless_grid() -> None:
    flat = _tetrahedron_mm()
    flat[1] = flat[0]
    quantised = quantised_positions(flat, TETRAHEDRON, 0.0)
    assert np.abs(quantised.origin_mm + quantised.steps * quantised.step_mm - flat).max() < FINEST_STEP_MM


def test_a_body_of_ten_metres_still_fits_into_sixteen_bits() -> None:
    huge = _tetrahedron_mm(10_000.0)
    quantised = quantised_positions(huge, TETRAHEDRON, 0.0)
    assert np.abs(quantised.origin_mm + quantised.steps * quantised.step_mm - huge).max() <= 0.125


@pytest.mark.parametrize(("bits", "worst_deg"), [(8, 1.3), (7, 2.3), (6, 4.3)])
def test_folded_normals_come_back_within_their_rounding(bits: int, worst_deg: float) -> None:
    random = np.random.default_rng(5).normal(size=(4000, 3))
    axes = np.vstack([np.eye(3), -np.eye(3)])
    normals = np.vstack([random / np.linalg.norm(random, axis=1, keepdims=True), axes]).astype(np.float32)
    rows = octahedral(normals, bits)
    decoded = meshoptimizer.decode_filter_oct(rows, len(rows), 4)[:, :3].astype(np.float64)
    back = decoded / np.linalg.norm(decoded, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((back * normals).sum(axis=1), -1, 1))).max() < worst_deg


@given(st.floats(0.5, 40.0))
def test_rounding_of_normals_stays_below_the_angle_between_neighbours(angle_deg: float) -> None:
    turn = np.radians(angle_deg) * np.array([0.0, 1.0, 0.0])
    normals = np.stack([np.sin(turn), np.zeros(3), np.cos(turn)], axis=1).astype(np.float32)
    bits = normal_bits(normals, np.array([[0, 1, 2]] * 3, dtype=np.uint32))
    median_rounding_deg = {8: 0.36, 7: 0.67, 6: 1.33}[bits]
    assert bits == 8 or median_rounding_deg <= angle_deg / 5.9
