"""Segments and branches as the client's shader reads them: at their place, also just outside, never mixed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.volume import VoxelBox
from streaming.assets.label_texture import REACH_MM, label_texture

TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])


def box_of(shape: tuple[int, ...], start: tuple[int, int, int]) -> VoxelBox:
    k, j, i = (slice(first, first + size) for first, size in zip(start, shape, strict=True))
    return (k, j, i)


@pytest.mark.parametrize("flip", [1.0, -1.0])
@pytest.mark.parametrize("spacing", [(0.6, 0.7, 5.0), (2.0, 2.0, 2.0)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_sample_on_a_voxel_shows_the_value_of_that_voxel(
    flip: float, spacing: tuple[float, ...], dtype: type[np.uint8 | np.uint16]
) -> None:
    geometry = VolumeGeometry.from_parts(
        shape_kji=(20, 40, 50), spacing_ijk_mm=spacing, origin_lps_mm=(-9, 20, 300), direction=TURN * [flip, 1, 1]
    )
    most = np.iinfo(dtype).max
    segment = np.random.default_rng(2).integers(1, most, (9, 20, 24), endpoint=True).astype(dtype)
    texture = label_texture(segment, box_of(segment.shape, (3, 5, 7)), geometry, step_mm=1.5)
    assert texture.samples.dtype == dtype
    found = 0
    for k, j, i in np.ndindex(texture.samples.shape):
        place = geometry.index_from_lps(texture.geometry.lps_from_index(np.array([i, j, k], float)))[::-1] - (3, 5, 7)
        if (place > -1e-6).all() and (place < np.array(segment.shape) - 1 + 1e-6).all():
            voxel = np.round(place).astype(int)
            assert np.abs(place - voxel).max() < 1e-6
            assert texture.samples[k, j, i] == segment[tuple(voxel)]
            found += 1
    assert found > 100


def test_values_reach_a_little_beyond_the_liver_and_no_further() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 40, 40), spacing_ijk_mm=(1, 1, 1))
    texture = label_texture(np.full((4, 4, 4), 7, np.uint8), box_of((4, 4, 4), (18, 18, 18)), geometry, step_mm=1.5)
    k, j, i = np.meshgrid(*(np.arange(n) for n in texture.samples.shape), indexing="ij")
    place = texture.geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    beyond = np.linalg.norm(np.maximum(np.maximum(18 - place, place - 21), 0), axis=-1)
    assert set(np.unique(texture.samples)) == {0, 7}
    assert (texture.samples[beyond <= REACH_MM] == 7).all()
    assert (texture.samples[beyond > REACH_MM] == 0).all()
