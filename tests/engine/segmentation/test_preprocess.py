from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import VolumeGeometry
from engine.segmentation.preprocess import AIR_HU, body_box, body_mask, box_of, kji_matrix, on_grid, shrunk
from engine.volume import ScanVolume


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    result = np.eye(3)
    for axis, angle in enumerate(angles):
        a, b = (n for n in range(3) if n != axis)
        one = np.eye(3)
        one[a, a] = one[b, b] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        result = result @ one
    return result


def ramp_scan(geometry: VolumeGeometry) -> ScanVolume:
    """HU = 2 x + 3 y - z of the patient's own coordinates: linear, so resampling has to reproduce it."""
    k, j, i = np.meshgrid(*[np.arange(n) for n in geometry.shape_kji], indexing="ij")
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    return ScanVolume(voxels_hu=np.rint(points @ [2.0, 3.0, -1.0]).astype(np.int16), geometry=geometry)


@settings(max_examples=25, deadline=None)
@given(
    angles=st.tuples(*[st.floats(-0.4, 0.4)] * 3),
    flips=st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3),
    order=st.permutations([0, 1, 2]),
    spacing=st.tuples(st.floats(0.6, 3.0), st.floats(0.6, 3.0), st.floats(1.0, 5.0)),
)
def test_a_point_keeps_its_value_however_the_scan_is_stored(angles, flips, order, spacing) -> None:
    direction = (rotation(angles) * np.array(flips))[:, list(order)]
    geometry = VolumeGeometry.from_parts(
        shape_kji=(24, 30, 34), spacing_ijk_mm=spacing, origin_lps_mm=(-20, 35, 8), direction=direction
    )
    scan = ramp_scan(geometry)
    grid = box_of(np.ones(geometry.shape_kji, dtype=bool), geometry).geometry(3.0)

    values = on_grid(scan, grid)

    k, j, i = np.meshgrid(*[np.arange(n) for n in grid.shape_kji], indexing="ij")
    points = grid.lps_from_index(np.stack([i, j, k], axis=-1))
    index = geometry.index_from_lps(points)
    # Up to a block (3.7 mm) is dropped at the far ends, and a block's value lies at its middle.
    margin = np.ceil(6.0 / np.array(spacing))
    well_inside = ((index >= margin) & (index <= np.array(geometry.shape_kji[::-1]) - 1 - margin)).all(axis=-1)
    assert np.abs(values - points @ [2.0, 3.0, -1.0])[well_inside].max(initial=0) < 1.0  # HU, rounding of int16


def test_voxels_outside_the_scan_are_air() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(5, 5, 5), spacing_ijk_mm=(3, 3, 3))
    scan = ScanVolume(voxels_hu=np.full((5, 5, 5), 50, np.int16), geometry=geometry)
    grid = box_of(np.ones((5, 5, 5), dtype=bool), geometry).grown(6.0).geometry(3.0)

    values = on_grid(scan, grid)

    assert grid.shape_kji == (9, 9, 9)
    assert (values[2:7, 2:7, 2:7] == 50).all()
    assert (values == AIR_HU).sum() == 9**3 - 5**3


def test_block_means_lie_at_the_middle_of_their_block() -> None:
    geometry = VolumeGeometry.from_parts(
        shape_kji=(6, 12, 12), spacing_ijk_mm=(0.75, 0.75, 1.5), origin_lps_mm=(1, 2, 3)
    )
    small = shrunk(ramp_scan(geometry), 3.0)

    assert small.voxels_hu.shape == (3, 3, 3)
    assert np.abs(small.voxels_hu - ramp_scan(small.geometry).voxels_hu).max() <= 1  # HU


def test_the_body_box_leaves_out_the_table_and_holds_the_lungs() -> None:
    voxels = np.full((40, 60, 60), -1000, np.int16)
    voxels[:, 10:40, 10:50] = 40
    voxels[20:, 15:30, 15:30] = -800  # lung, open at the upper end of the scan
    voxels[:, 52:54, 5:55] = 200  # table
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 60, 60), spacing_ijk_mm=(4, 4, 4))

    box = body_box(*body_mask(ScanVolume(voxels_hu=voxels, geometry=geometry)))

    assert box.low_lps_mm[1] == pytest.approx(10 * 4 - 2 - 6)
    assert box.high_lps_mm[1] == pytest.approx(39 * 4 + 2 + 6)


def test_the_index_matrix_undoes_itself() -> None:
    one = VolumeGeometry.from_parts(shape_kji=(4, 5, 6), spacing_ijk_mm=(1, 2, 3), direction=rotation((0.1, 0.2, 0.3)))
    two = VolumeGeometry.from_parts(shape_kji=(4, 5, 6), spacing_ijk_mm=(2, 2, 2), origin_lps_mm=(5, 6, 7))
    there, back = kji_matrix(two, one), kji_matrix(one, two)

    point = np.array([1.0, 2.0, 3.0])

    assert np.allclose(back[:, :3] @ (there[:, :3] @ point + there[:, 3]) + back[:, 3], point)
