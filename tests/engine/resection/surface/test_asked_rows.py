"""Surfaces asked for some rows of each slice only."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import VolumeGeometry
from engine.resection.plan import ResectionPlan, SurfaceResection
from engine.resection.sides import Sides

SHAPE_KJI = (14, 22, 26)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), handed=st.sampled_from([-1.0, 1.0]), distance_mm=st.sampled_from([0.0, 8.0, 30.0]))
def test_rows_that_are_asked_for_are_those_of_the_whole(seed: int, handed: float, distance_mm: float) -> None:
    random = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(random.normal(size=(3, 3)))
    axes[:, 0] *= handed * np.sign(np.linalg.det(axes))
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE_KJI, spacing_ijk_mm=(1.0, 1.2, 1.5), direction=axes)
    middle = geometry.lps_from_index(np.array(SHAPE_KJI[::-1]) / 2.0)
    turned, _ = np.linalg.qr(random.normal(size=(3, 3)))
    u, v = np.meshgrid(np.linspace(-20.0, 20.0, 4), np.linspace(-20.0, 20.0, 4))
    net = np.stack([u, v, random.uniform(-6.0, 6.0, (4, 4)) + distance_mm], axis=-1) @ turned.T + middle
    sides = Sides(ResectionPlan(resections=(SurfaceResection.from_net(net),)), geometry)
    first = random.integers(0, SHAPE_KJI[1], SHAPE_KJI[0])
    asked = np.stack([first, np.minimum(first + random.integers(1, 12, SHAPE_KJI[0]), SHAPE_KJI[1])], axis=1)
    told = np.zeros(SHAPE_KJI, dtype=np.bool_)
    for k, (low, high) in enumerate(asked):
        told[k, low:high] = True
    rows = sides.rows(asked=asked.astype(np.int32))
    np.testing.assert_array_equal(rows.mask(), sides.rows().mask() & told)
    np.testing.assert_array_equal(rows.told, asked)
