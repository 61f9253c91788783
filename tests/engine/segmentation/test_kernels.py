from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from engine.geometry import VolumeGeometry
from engine.segmentation import kernels
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.preprocess import kji_matrix


def smooth_probability(shape: tuple[int, int, int], classes: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    logits = ndimage.gaussian_filter(rng.normal(size=(*shape, classes)), (2, 2, 2, 0)) * 40
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.rint(255 * weights / weights.sum(axis=-1, keepdims=True)).astype(np.uint8)


TURNED = np.array([[-0.99, 0.141, 0], [0.141, 0.99, 0], [0, 0, 1.0]])
SWAPPED = np.array([[0, 0, -1.0], [1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize("direction", [TURNED, SWAPPED, np.diag([-1.0, 1, 1])])
def test_putting_back_equals_interpolating_every_class_in_floating_point(direction: np.ndarray) -> None:
    probability = smooth_probability((12, 14, 13), 5, seed=3)
    network = VolumeGeometry.from_parts(shape_kji=(12, 14, 13), spacing_ijk_mm=(3, 3, 3), origin_lps_mm=(-4, 2, 7))
    scan = VolumeGeometry.from_parts(
        shape_kji=(21, 40, 44),
        spacing_ijk_mm=(0.8, 0.9, 1.7),
        origin_lps_mm=(30, 5, 9),
        direction=direction,
    )
    grid = ClassGrid(
        classes=("a", "b", "c", "d", "e"),
        probability=probability,
        winner=probability.argmax(axis=-1).astype(np.uint8),
        geometry=network,
    )

    labels = on_scan_grid(grid, scan, outside=200)

    k, j, i = np.meshgrid(*[np.arange(n) for n in scan.shape_kji], indexing="ij")
    place = network.index_from_lps(scan.lps_from_index(np.stack([i, j, k], axis=-1)))[..., ::-1]
    reference = np.stack(
        [
            ndimage.map_coordinates(
                probability[..., n].astype(np.float64), np.moveaxis(place, -1, 0), order=1, mode="nearest"
            )
            for n in range(5)
        ],
        axis=-1,
    )
    extent = np.array(network.shape_kji)
    outside = ((place < -0.5) | (place > extent - 0.5)).any(axis=-1)
    ranked = np.sort(reference, axis=-1)
    clear = ~outside & (ranked[..., -1] - ranked[..., -2] > 1e-3)
    assert clear.sum() > 5_000
    assert (labels[clear] == reference.argmax(axis=-1)[clear]).all()
    assert (labels[outside] == 200).all()


def test_values_spread_along_the_vessel_and_not_across_the_gap() -> None:
    allowed = np.zeros((1, 5, 9), dtype=bool)
    allowed[0, 1, :] = True
    allowed[0, 3, :4] = True
    seeds = np.zeros(allowed.shape, dtype=np.uint8)
    seeds[0, 1, 0], seeds[0, 1, 8] = 1, 2

    kernels.spread(seeds, allowed)

    assert seeds[0, 1].tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2] or seeds[0, 1].tolist() == [1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert (seeds[0, 3] == 0).all()


def test_linear_resampling_equals_scipy_inside() -> None:
    rng = np.random.default_rng(0)
    voxels = rng.integers(-1000, 1000, (9, 10, 11)).astype(np.int16)
    source = VolumeGeometry.from_parts(shape_kji=(9, 10, 11), spacing_ijk_mm=(1, 1, 2))
    target = VolumeGeometry.from_parts(shape_kji=(6, 6, 6), spacing_ijk_mm=(1.3, 1.2, 1.9), origin_lps_mm=(1, 1, 1))
    matrix = kji_matrix(source, target)
    out = np.empty((6, 6, 6), dtype=np.float32)

    kernels.resample_linear(voxels, matrix, -1000.0, out)

    reference = ndimage.affine_transform(
        voxels.astype(np.float64), matrix[:, :3], matrix[:, 3], output_shape=(6, 6, 6), order=1
    )
    assert np.abs(out - reference).max() < 0.01  # HU


def test_bytes_round_to_the_nearest_and_the_winner_is_taken_before_rounding() -> None:
    share = np.random.default_rng(5).dirichlet((1.0,) * 4, (5, 6, 7)).astype(np.float32)
    probability, winner = np.empty((5, 6, 7, 4), np.uint8), np.empty((5, 6, 7), np.uint8)

    kernels.in_bytes(np.ascontiguousarray(np.moveaxis(share, -1, 0)), probability, winner)

    assert abs(probability - share * 255).max() <= 0.501
    assert (winner == share.argmax(axis=-1)).all()


def test_counting_values_equals_numpys() -> None:
    values = np.random.default_rng(2).integers(0, 256, (7, 8, 9)).astype(np.uint8)
    counts = np.zeros(256, dtype=np.int64)
    kernels.count_values(values, counts)
    assert (counts == np.bincount(values.ravel(), minlength=256)).all()
