import numpy as np
import pytest

from engine.deformation import Deformation
from engine.geometry import VolumeGeometry

GRID = VolumeGeometry.from_parts(shape_kji=(9, 10, 11), spacing_ijk_mm=(4.0, 5.0, 6.0), origin_lps_mm=(-20, 10, 3))


def linear(matrix, shift):
    kji = np.stack(np.meshgrid(*[np.arange(n) for n in GRID.shape_kji], indexing="ij"), axis=-1)
    points = GRID.lps_from_index(kji[..., ::-1])
    moved = points @ np.asarray(matrix).T + shift
    return Deformation(displacement_lps_mm=(moved - points).astype(np.float32), geometry=GRID)


MATRIX = [[1.1, 0.05, 0.0], [0.0, 0.9, 0.1], [0.02, 0.0, 1.2]]


def test_a_linear_map_is_applied_exactly_between_samples():
    points = GRID.lps_from_index(np.random.default_rng(0).uniform(0, 8, (50, 3)))
    moved = linear(MATRIX, [3.0, -2.0, 1.0]).apply(points)
    assert np.abs(moved - (points @ np.transpose(MATRIX) + [3.0, -2.0, 1.0])).max() < 1e-4


def test_volume_factors_are_the_determinant_of_the_map():
    factors = linear(MATRIX, [0.0, 0.0, 0.0]).volume_factors()
    assert factors == pytest.approx(np.linalg.det(MATRIX), abs=1e-4)


def test_a_mirroring_map_has_a_negative_factor():
    assert (linear(np.diag([-1.0, 1.0, 1.0]), [0.0, 0.0, 0.0]).volume_factors() < 0).all()


def test_displacements_that_do_not_fit_their_grid_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Deformation(displacement_lps_mm=np.zeros((9, 10, 12, 3), np.float32), geometry=GRID)
