"""Labels keep their place in the patient from one grid to another."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import VolumeGeometry
from engine.imaging.regrid import regrid

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(7, 9, 11),
    spacing_ijk_mm=(0.7, 0.8, 2.5),
    origin_lps_mm=(-10, 20, 300),
    direction=[[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]],
)


@settings(max_examples=40)
@given(
    start=st.tuples(*[st.integers(-3, 4)] * 3),
    shape=st.tuples(*[st.integers(4, 12)] * 3),
    flips=st.tuples(*[st.booleans()] * 3),
)
def test_a_cropped_padded_or_flipped_grid_keeps_every_voxel_at_its_place(start, shape, flips):
    values = (1 + np.arange(7 * 9 * 11)).reshape(GEOMETRY.shape_kji)
    target = GEOMETRY.cropped(start, shape)
    matrix = np.array(target.lps_from_ijk)
    last = [(extent - 1) if flip else 0 for extent, flip in zip(shape[::-1], flips[::-1], strict=True)]
    matrix[:3, 3] = target.lps_from_index(last)
    matrix[:3, :3] *= np.where(flips[::-1], -1, 1)
    target = VolumeGeometry(shape_kji=shape, lps_from_ijk=matrix)
    out = regrid(values, GEOMETRY, target, resample=False).array
    kji = np.argwhere(np.ones(shape, bool))
    index = np.rint(GEOMETRY.index_from_lps(target.lps_from_index(kji[:, ::-1]))).astype(int)[:, ::-1]
    inside = ((index >= 0) & (index < GEOMETRY.shape_kji)).all(axis=1)
    wanted = np.zeros(len(kji), int)
    wanted[inside] = values[tuple(index[inside].T)]
    assert np.array_equal(out.ravel(), wanted)
