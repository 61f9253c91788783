"""Cells of a flat grid in the liver, found by rows, against asking each cell of the same vertices."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.resection.margin.cut_cells import flat_grid, surface_grid
from engine.resection.margin.liver import LiverMask
from engine.resection.margin.measure import CutSurface
from engine.resection.plan import PlaneResection
from engine.volume import LabelVolume


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), along_axis=st.booleans())
def test_cells_by_rows_are_those_whose_middle_lies_in_the_liver(seed: int, along_axis: bool) -> None:
    random = np.random.default_rng(seed)
    labels = np.where(random.random((14, 20, 23)) < 0.6, PARENCHYMA, 0).astype(np.uint8)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag(random.uniform(0.6, 3.0, 3))
    matrix[:3, 3] = random.normal(size=3) * 30.0
    geometry = VolumeGeometry(shape_kji=labels.shape, lps_from_ijk=matrix)
    liver = LiverMask.of(LabelVolume(labels=labels, geometry=geometry))
    x, y, z = geometry.lps_from_index(random.uniform(0.0, 12.0, (1, 3)))[0].tolist()
    a, b, c = (turn[:, 1] if along_axis else random.normal(size=3)).tolist()
    plane = PlaneResection(point_lps_mm=(x, y, z), normal_lps=(a, b, c))
    # Off the voxels' borders, where rounding would decide.
    low, high = -random.uniform(0.5, 0.9, 3), np.array([22.0, 19.0, 13.0]) + random.uniform(0.5, 0.9, 3)
    ends = np.array([[i, j, k] for i in (low[0], high[0]) for j in (low[1], high[1]) for k in (low[2], high[2])])
    corners = geometry.lps_from_index(ends)
    by_rows = CutSurface.of_flat_grid(flat_grid(plane, corners, 1.0), liver)
    by_cells = CutSurface.of_grid(surface_grid(plane, corners, 1.0), liver)
    order, other = (np.lexsort(np.round(one.centres_lps_mm, 6).T) for one in (by_rows, by_cells))
    np.testing.assert_allclose(by_rows.centres_lps_mm[order], by_cells.centres_lps_mm[other], atol=1e-9)
    np.testing.assert_allclose(by_rows.areas_mm2[order], by_cells.areas_mm2[other], rtol=1e-9)
    np.testing.assert_allclose(
        np.abs((by_rows.normals_lps[order] * by_cells.normals_lps[other]).sum(axis=1)), 1.0, atol=1e-9
    )
