"""Any field of bytes gives a closed manifold surface between its samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.meshing.marching.extract import SliceTruth, extract_surface, padded_length
from engine.meshing.quality import SurfaceReport, report_of

ONE_MM = np.ones(3)


def padded(inside: NDArray[np.uint8]) -> NDArray[np.uint8]:
    depth, height, width = (size + 2 for size in inside.shape)
    field = np.zeros((depth, height, padded_length(width)), dtype=np.uint8)
    field[1:-1, 1:-1, 1 : width - 1] = inside
    return field


def report(field: NDArray[np.uint8]) -> SurfaceReport:
    surface = extract_surface(field, ONE_MM)
    return report_of(surface.vertices[:, :3].astype(np.float64), surface.faces.astype(np.int64))


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 140)),
    density=st.sampled_from([0.03, 0.2, 0.5, 0.8, 1.0]),
    grey=st.booleans(),
)
def test_any_field_gives_a_closed_manifold_surface_that_accounts_for_every_sample(
    seed: int, shape: tuple[int, int, int], density: float, grey: bool
) -> None:
    generator = np.random.default_rng(seed)
    inside = (generator.random(shape) < density).astype(np.uint8) * np.uint8(255)
    if grey:
        inside = generator.integers(0, 256, shape).astype(np.uint8)
    inside.reshape(-1)[seed % inside.size] = 200
    field = padded(inside)
    surface = extract_surface(field, ONE_MM, account=True)
    found = report_of(surface.vertices[:, :3].astype(np.float64), surface.faces.astype(np.int64))
    assert found.sound
    assert surface.middles is not None
    assert surface.missing_mm3 is not None
    middles = report_of(surface.middles[:, :3].astype(np.float64), surface.faces.astype(np.int64))
    samples = np.count_nonzero(inside >= 128)
    assert middles.volume_ml * 1000 + surface.missing_mm3.sum() == pytest.approx(samples, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("second", "components"), [((0, 0, 1), 1), ((0, 1, 1), 1), ((1, 1, 0), 1), ((1, 0, 1), 1), ((1, 1, 1), 2)]
)
def test_voxels_touching_in_an_edge_join_and_in_a_corner_do_not(second: tuple[int, int, int], components: int) -> None:
    inside = np.zeros((2, 2, 2), dtype=np.uint8)
    inside[0, 0, 0] = inside[second] = 255
    found = report(padded(inside))
    assert found.sound
    assert found.components == components


def test_vertices_lie_where_the_field_is_half_way() -> None:
    field = padded(np.full((1, 1, 1), 255, dtype=np.uint8))
    field[1, 1, 2] = 51  # 127.5 is (255 - 127.5) / (255 - 51) = 0.625 of the way
    surface = extract_surface(field, np.array([3.0, 2.0, 1.0]))
    assert surface.vertices[:, 0].max() == pytest.approx(1.625)
    assert surface.vertices[:, 1].max() == pytest.approx(2.0 * 1.5)
    assert surface.vertices[:, 2].max() == pytest.approx(3.0 * 1.5)


def test_samples_between_slices_are_held_to_the_nearest_slice() -> None:
    slices = np.zeros((4, 5, 64), dtype=np.uint8)
    slices[1:3, 1:4, 1:6] = 255
    field = np.zeros((7, 5, 64), dtype=np.uint8)
    field[2:5, 1:4, 1:6] = 255  # the two half-way samples outside are each half a sample too little
    plain = extract_surface(field, ONE_MM, account=True)
    held = extract_surface(field, ONE_MM, account=True, truth=SliceTruth(slices=slices, steps=2))
    assert plain.missing_mm3 is not None
    assert held.missing_mm3 is not None
    assert held.missing_mm3.sum() - plain.missing_mm3.sum() == pytest.approx(2 * 0.5 * 15)


def test_rows_that_are_not_whole_words_are_refused() -> None:
    with pytest.raises(ValueError, match="whole words"):
        extract_surface(np.zeros((3, 3, 65), dtype=np.uint8), ONE_MM)


def test_nothing_inside_gives_nothing() -> None:
    assert len(extract_surface(np.zeros((3, 3, 64), dtype=np.uint8), ONE_MM).faces) == 0
