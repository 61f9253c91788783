"""The tube measure and the grid it runs on."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.segmentation.vessel_refinement import kernels
from engine.segmentation.vessel_refinement.appearance import smoothed
from engine.segmentation.vessel_refinement.work_grid import WorkGrid, block_mean, enlarged, work_grid

SPACING_KJI_MM = np.array([1.5, 0.8, 0.8])


def response_in_the_middle(shape: np.ndarray, scale_mm: float = 2.5) -> float:
    best = np.zeros(shape.shape, dtype=np.float32)
    smooth = smoothed(shape.astype(np.float32), scale_mm, SPACING_KJI_MM)
    kernels.raise_to_tubes(smooth, np.ones(shape.shape, dtype=bool), SPACING_KJI_MM, scale_mm, best)
    k, j, i = (extent // 2 for extent in shape.shape)
    return float(best[k, j, i])


def test_a_bright_tube_answers_more_than_a_ball_a_plate_or_a_dark_tube():
    k, j, i = (np.indices((25, 41, 41)).T - (12, 20, 20)).T * SPACING_KJI_MM[:, None, None, None]
    slanted = (k + j) / np.sqrt(2)
    for tube in (np.hypot(j, i) <= 3, np.hypot(slanted, i) <= 3):
        answer = response_in_the_middle(tube)
        assert answer > 0.2
        assert response_in_the_middle(k**2 + j**2 + i**2 <= 9) < 0.35 * answer
        assert response_in_the_middle(np.abs(i) <= 3) < 0.1 * answer
        assert response_in_the_middle(~tube) == pytest.approx(0.0, abs=1e-6)


def test_eigenvalues_are_those_of_numpy():
    rng = np.random.default_rng(1)
    for _ in range(50):
        matrix = rng.normal(size=(3, 3))
        matrix += matrix.T
        k, j, i = 0, 1, 2
        middle, least = kernels._lower_eigenvalues(
            matrix[k, k], matrix[j, j], matrix[i, i], matrix[k, j], matrix[k, i], matrix[j, i]
        )
        assert (least, middle) == pytest.approx(tuple(np.linalg.eigvalsh(matrix)[:2]), abs=1e-9)


def test_blocks_lie_where_their_voxels_are_and_come_back_at_their_places():
    fine = VolumeGeometry.from_parts(shape_kji=(13, 22, 17), spacing_ijk_mm=(0.5, 0.6, 2.0), origin_lps_mm=(5, -3, 9))
    grid = work_grid(fine)
    assert grid.blocks == (1, 2, 2)
    k, j, i = np.indices(fine.shape_kji)
    ramp = fine.lps_from_index(np.stack([i, j, k], axis=-1)) @ (1.0, 2.0, -0.5)
    nk, nj, ni = np.indices(grid.geometry.shape_kji)
    expected = grid.geometry.lps_from_index(np.stack([ni, nj, nk], axis=-1)) @ (1.0, 2.0, -0.5)
    assert grid.mean(ramp)[:, :-1, :-1] == pytest.approx(expected[:, :-1, :-1], abs=1e-4)
    assert grid.back(grid.mean(ramp))[:, 1:-2, 1:-2] == pytest.approx(ramp[:, 1:-2, 1:-2], abs=1e-4)


def test_a_remainder_of_voxels_is_repeated_to_a_whole_block():
    values = np.array([[[1.0, 3.0, 5.0]]])
    assert block_mean(values, (1, 1, 2)).tolist() == [[[2.0, 5.0]]]
    assert enlarged(block_mean(values, (1, 1, 2)), (1, 1, 2), (1, 1, 3)).shape == (1, 1, 3)


def test_coarse_slices_are_not_averaged():
    fine = VolumeGeometry.from_parts(shape_kji=(4, 4, 4), spacing_ijk_mm=(0.8, 0.8, 5.0))
    assert work_grid(fine) == WorkGrid(fine=fine, blocks=(1, 1, 1))
