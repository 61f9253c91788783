"""The segments as the client's shader reads them: at their place, also just outside the voxels, never mixed."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from streaming.segment_texture import REACH_MM, segment_texture

TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])


def map_of(segment: np.ndarray, start: tuple[int, int, int]) -> LiverMap:
    branch = np.zeros(segment.shape, np.uint16)
    box = tuple(slice(first, first + size) for first, size in zip(start, segment.shape, strict=True))
    return LiverMap(
        box=(box[0], box[1], box[2]),
        portal_branch=branch,
        hepatic_branch=branch,
        segment=segment,
        uncertain=np.zeros(segment.shape, np.uint8),
    )


@pytest.mark.parametrize("flip", [1.0, -1.0])
@pytest.mark.parametrize("spacing", [(0.6, 0.7, 5.0), (2.0, 2.0, 2.0)])
def test_every_sample_on_a_voxel_shows_the_segment_of_that_voxel(flip: float, spacing: tuple[float, ...]) -> None:
    geometry = VolumeGeometry.from_parts(
        shape_kji=(20, 40, 50), spacing_ijk_mm=spacing, origin_lps_mm=(-9, 20, 300), direction=TURN * [flip, 1, 1]
    )
    segment = np.random.default_rng(2).integers(1, 10, (9, 20, 24)).astype(np.uint8)
    texture = segment_texture(map_of(segment, (3, 5, 7)), geometry)
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
    texture = segment_texture(map_of(np.full((4, 4, 4), 7, np.uint8), (18, 18, 18)), geometry)
    k, j, i = np.meshgrid(*(np.arange(n) for n in texture.samples.shape), indexing="ij")
    place = texture.geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    beyond = np.linalg.norm(np.maximum(np.maximum(18 - place, place - 21), 0), axis=-1)
    assert set(np.unique(texture.samples)) == {0, 7}
    assert (texture.samples[beyond <= REACH_MM] == 7).all()
    assert (texture.samples[beyond > REACH_MM] == 0).all()
