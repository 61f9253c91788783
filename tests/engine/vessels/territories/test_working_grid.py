"""The working grid loses no voxel of the liver and adds none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.vessels.territories import working_grid_of
from engine.volume import LabelVolume


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    spacing=st.tuples(*[st.floats(0.4, 6.0)] * 3),
    flips=st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3),
    density=st.floats(0.001, 0.9),
)
def test_every_liver_voxel_and_no_other_gets_a_value(
    seed: int, spacing: tuple[float, ...], flips: tuple[float, ...], density: float
) -> None:
    random = np.random.default_rng(seed)
    labels = np.zeros((9, 14, 12), dtype=np.uint8)
    labels[random.random(labels.shape) < density] = PARENCHYMA
    labels[4, 5, 6] = PARENCHYMA
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=spacing, direction=np.diag(flips))
    grid = working_grid_of(LabelVolume(labels=labels, geometry=geometry))
    assert grid is not None
    back = grid.put_back(np.where(grid.inside > 0, 7, 0).astype(np.uint16))
    whole = np.zeros(labels.shape, dtype=np.uint16)
    whole[grid.box] = back
    assert np.array_equal(whole == 7, labels == PARENCHYMA)


def test_value_put_back_is_that_of_the_place() -> None:
    labels = np.full((20, 30, 30), PARENCHYMA, dtype=np.uint8)
    geometry = VolumeGeometry.from_parts(
        shape_kji=labels.shape, spacing_ijk_mm=(0.7, 0.7, 2.5), direction=np.diag([-1.0, 1.0, -1.0])
    )
    grid = working_grid_of(LabelVolume(labels=labels, geometry=geometry))
    assert grid is not None
    x_mm = grid.points_lps_mm()[:, 0]
    working = grid.filled(np.where(x_mm < -10.0, 1, 2), np.uint16).astype(np.uint16)
    back = grid.put_back(working)
    true_x_mm = geometry.lps_from_index(np.argwhere(grid.liver)[:, ::-1])[:, 0]
    clear = np.abs(true_x_mm + 10.0) > 0.8
    assert np.array_equal(back[grid.liver][clear], np.where(true_x_mm < -10.0, 1, 2)[clear])


def test_without_a_liver_there_is_no_grid() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(4, 4, 4), spacing_ijk_mm=(1, 1, 1))
    assert working_grid_of(LabelVolume(labels=np.zeros((4, 4, 4), dtype=np.uint8), geometry=geometry)) is None
