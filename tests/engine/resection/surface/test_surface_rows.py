"""Curved cuts against brute force: the sign of the surface's own function at voxel centres."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan, SurfaceResection
from engine.resection.rows import RowWindow
from engine.resection.sides import Sides, surface_heights_mm
from engine.resection.surface.making import flat_surface
from engine.volume import LabelVolume

SHAPE = (23, 31, 37)


def geometry_of(seed: int) -> VolumeGeometry:
    """Oblique or along the axes, right- or left-handed, anisotropic."""
    random = np.random.default_rng(seed)
    axes = np.eye(3)
    if seed % 3:
        axes, _ = np.linalg.qr(random.normal(size=(3, 3)))
    axes[:, seed % 3] *= random.choice([-1.0, 1.0])
    return VolumeGeometry.from_parts(
        shape_kji=SHAPE,
        spacing_ijk_mm=random.uniform(0.5, 3.0, 3),
        direction=axes,
        origin_lps_mm=random.uniform(-200, 200, 3),
    )


def middle_of(geometry: VolumeGeometry) -> NDArray[np.float64]:
    return geometry.lps_from_index((np.array(SHAPE[::-1]) - 1) / 2.0)


def centres(geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.indices(SHAPE)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))


def bent_surface(geometry: VolumeGeometry, seed: int, *, size: float) -> SurfaceResection:
    """Somewhere in the grid in any direction; a patch of `size` of the grid's extent, bent up to a third of itself."""
    random = np.random.default_rng(seed)
    extent = float((np.array(SHAPE[::-1]) * geometry.spacing_ijk_mm).max())
    axes, _ = np.linalg.qr(random.normal(size=(3, 3)))
    half = size * extent / 2.0
    steps = np.linspace(-half, half, 4)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    net = np.stack([x, y, random.uniform(-0.6, 0.6, (4, 4)) * half], axis=-1)
    net[..., :2] += random.uniform(-0.08, 0.08, (4, 4, 2)) * half
    middle = middle_of(geometry) + random.uniform(-0.15, 0.15, 3) * extent
    return SurfaceResection.from_net(net @ axes.T + middle)


@pytest.mark.parametrize("size", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(6))
def test_rows_equal_the_sign_of_the_function_but_at_voxels_it_all_but_touches(seed: int, size: float) -> None:
    geometry = geometry_of(seed)
    try:
        surface = bent_surface(geometry, seed, size=size)
    except PlanError:
        pytest.fail("the seed gives a surface that folds: choose another")
    heights = surface_heights_mm(surface, centres(geometry)).reshape(SHAPE)
    sides = Sides(ResectionPlan(resections=(surface,)), geometry)
    rows = sides.rows().mask()
    assert 0 < rows.sum() < rows.size
    wrong = rows != (heights > 0.0)
    assert np.abs(heights[wrong]).max(initial=0.0) < 0.03
    assert wrong.sum() <= 2  # where a row all but touches the surface between its neighbours
    window, span = RowWindow(4, 19, 6, 25), (5, 30)
    inner = np.zeros(SHAPE, dtype=bool)
    inner[4:19, 6:25] = sides.rows(window, span).mask()
    expected = np.zeros(SHAPE, dtype=bool)
    expected[4:19, 6:25, 5:30] = rows[4:19, 6:25, 5:30]
    assert (inner != expected).sum() <= 2  # the tessellation follows the window: other triangles, same surface
    assert np.abs(heights[inner != expected]).max(initial=0.0) < 0.03


def test_volumes_of_a_curved_cut_are_those_of_brute_force() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(90, 100, 110), spacing_ijk_mm=(1.3, 1.4, 1.7))
    labels = np.ones(geometry.shape_kji, dtype=np.uint8)
    labels[20:60, 30:70, 40:80] = 101
    evaluator = PlanEvaluator(LabelVolume(labels=labels, geometry=geometry))
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    random = np.random.default_rng(11)
    for _ in range(3):
        normal = random.normal(size=3)
        middle = geometry.lps_from_index((np.array(geometry.shape_kji[::-1]) - 1) / 2.0)
        flat = evaluator.flat_surface(PlaneResection(point_lps_mm=tuple(middle), normal_lps=tuple(normal)))
        bent = flat.control_net_lps_mm + random.uniform(-25, 25, (4, 4, 1)) * flat.frame.normal_lps
        surface = SurfaceResection.from_net(bent)
        taken = surface_heights_mm(surface, points).reshape(geometry.shape_kji) > 0.0
        values, remnant, total = evaluator.count_by_value(ResectionPlan(resections=(surface,)))
        for value, kept, count in zip(values, remnant, total, strict=True):
            assert abs(int(count - kept) - int(taken[labels == value].sum())) <= 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_surface_in_a_plane_is_that_plane_to_the_voxel(seed: int) -> None:
    random = np.random.default_rng(seed)
    geometry = geometry_of(seed % 1000)
    labels = random.integers(0, 4, SHAPE).astype(np.uint8)
    evaluator = PlanEvaluator(LabelVolume(labels=labels, geometry=geometry))
    normal = random.normal(size=3)
    point = middle_of(geometry) + random.uniform(-5, 5, 3)
    plane = PlaneResection(point_lps_mm=tuple(point), normal_lps=tuple(normal))
    steps = np.sort(random.uniform(-30, 30, 4)) + np.arange(4)
    frame = flat_surface(plane, centres(geometry)).frame
    x, y = np.meshgrid(steps, steps)
    net = frame.lps_mm(np.stack([x, y, np.zeros_like(x)], axis=-1))
    flat = SurfaceResection.from_net(net)
    assert flat.frame.is_flat
    _, by_plane, _ = evaluator.count_by_value(ResectionPlan(resections=(plane,)))
    _, by_surface, _ = evaluator.count_by_value(ResectionPlan(resections=(flat,)))
    np.testing.assert_array_equal(by_surface, by_plane)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=210892)  # a row that all but touches the surface, its two crossings out of order
def test_both_sides_of_a_surface_add_up(seed: int) -> None:
    geometry = geometry_of(seed % 1000)
    try:
        surface = bent_surface(geometry, seed, size=1.2)
    except PlanError:
        return
    here = Sides(ResectionPlan(resections=(surface,)), geometry)
    there = Sides(ResectionPlan(resections=(surface.flipped,)), geometry)
    points = centres(geometry)
    np.testing.assert_allclose(there.signed(points), -here.signed(points), atol=1e-6)
    overlap = here.rows().mask() & there.rows().mask()
    neither = ~(here.rows().mask() | there.rows().mask())
    heights = np.abs(here.signed(points)).reshape(SHAPE)
    assert heights[overlap | neither].max(initial=0.0) < 0.1
    assert (overlap | neither).sum() <= 4


def test_a_voxel_exactly_on_the_surface_remains_as_on_a_plane() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(5, 6, 9), spacing_ijk_mm=(1.0, 1.0, 1.0))
    net = np.array([[[4.0, y, z] for y in (-20.0, -5, 5, 20)] for z in (-20.0, -5, 5, 20)])
    net[1, 1, 0] += 0.0
    surface = SurfaceResection.from_net(net)
    rows = Sides(ResectionPlan(resections=(surface,)), geometry).rows().mask()
    side = surface.frame.normal_lps[0] > 0
    assert (rows[..., 5:] == side).all()
    assert (rows[..., :4] != side).all()
    assert not rows[..., 4].any()


@pytest.mark.parametrize("away_mm", [-500.0, 500.0])
def test_a_surface_beside_the_scan_takes_all_or_nothing(away_mm: float) -> None:
    geometry = geometry_of(4)
    flat = flat_surface(
        PlaneResection(point_lps_mm=tuple(middle_of(geometry)), normal_lps=(0.2, -0.5, 0.7)), centres(geometry)
    )
    net = flat.control_net_lps_mm + away_mm * flat.frame.normal_lps
    net[1:3, 1:3] += 8.0 * flat.frame.normal_lps
    rows = Sides(ResectionPlan(resections=(SurfaceResection.from_net(net),)), geometry).rows()
    assert rows.resected_voxels == (0 if away_mm > 0 else math.prod(SHAPE))


@pytest.mark.parametrize("axis", range(3))
def test_a_bent_surface_along_a_grid_axis_touches_rows_of_every_direction(axis: int) -> None:
    """Rows run within it, across it and beside it; its patch ends inside the grid."""
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1.0, 1.0, 1.0))
    others = [n for n in range(3) if n != axis]
    middle = (np.array(SHAPE[::-1]) - 1) / 2.0
    net = np.empty((4, 4, 3))
    for row in range(4):
        for column in range(4):
            net[row, column, axis] = middle[axis]
            net[row, column, others[0]] = middle[others[0]] + (column - 1.5) * 6.0
            net[row, column, others[1]] = middle[others[1]] + (row - 1.5) * 6.0
    net[1:3, 1:3, axis] += 5.0
    surface = SurfaceResection.from_net(net)
    heights = surface_heights_mm(surface, centres(geometry)).reshape(SHAPE)
    rows = Sides(ResectionPlan(resections=(surface,)), geometry).rows().mask()
    far = np.abs(heights) > 0.03
    np.testing.assert_array_equal(rows[far], heights[far] > 0.0)


def nets_refused() -> dict[str, tuple[NDArray[np.float64], str]]:
    x, y = np.meshgrid(np.arange(4.0) * 10, np.arange(4.0) * 10)
    flat = np.stack([x, y, np.zeros_like(x)], axis=-1)
    folded, crossed, line = flat.copy(), flat.copy(), flat.copy()
    folded[1, 1, 0], folded[1, 2, 0] = 22.0, 8.0
    crossed[:, 3] = crossed[::-1, 3]
    line[..., 1] = 0.0
    sheared = flat.copy()
    sheared[2, 1, :2] = (29.0, 11.0)
    return {
        "row turns back": (folded, "Row 1 of the surface turns back"),
        "corners crossed": (crossed, ""),
        "a line": (line, "line"),
        "a point": (np.zeros((4, 4, 3)), "one point"),
        "column turns back": (folded.transpose(1, 0, 2)[..., [1, 0, 2]], "turns back"),
        "inner point past its neighbours": (sheared, ""),
    }


@pytest.mark.parametrize("name", nets_refused())
def test_a_surface_without_two_sides_is_refused_with_a_cure(name: str) -> None:
    net, named = nets_refused()[name]
    with pytest.raises(PlanError) as refused:
        SurfaceResection.from_net(net)
    assert named in refused.value.what
    assert refused.value.cure


def test_the_function_goes_straight_on_beyond_the_patch() -> None:
    """By hand: a parabolic trough z = x (30 - x) / 15 over [0, 30]^2; beyond, its slope of 2 or -2 goes on."""
    x, y = np.meshgrid(np.arange(4.0) * 10, np.arange(4.0) * 10)
    heights = np.array([0.0, 20.0, 20.0, 0.0])  # Bezier control heights of 60 u (1 - u)
    surface = SurfaceResection.from_net(np.stack([x, y, np.broadcast_to(heights, (4, 4))], axis=-1))
    at = [(15.0, 10.0, 0.0), (30.0, 5.0, 0.0), (33.0, 12.0, 0.0), (-5.0, 40.0, 1.0), (40.0, -7.0, -4.0)]
    expected = [-15.0, 0.0, 6.0, 11.0, 16.0]
    np.testing.assert_allclose(surface_heights_mm(surface, np.array(at)), expected, atol=1e-9)
