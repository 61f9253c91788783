"""Surfaces of label volumes: closed, on the right side, of the right size, at every level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.anatomy import LIVER, structure_named
from engine.errors import MeshError, OperationCancelledError
from engine.meshing import MeshBudgets, build_mesh_levels, surface_report
from engine.progress import SilentProgress
from engine.surface import MeshLevel
from engine.volume import LabelVolume

SPLEEN = structure_named("spleen")
ORGAN_TOLERANCE = 0.005
SMALL = MeshBudgets(coarsest_triangles=40)


def centroid_mm(level: MeshLevel) -> NDArray[np.float64]:
    """Centre of mass of the enclosed solid, by signed tetrahedra about the vertices' mean."""
    vertices = level.vertices_lps_mm.astype(np.float64)
    origin = vertices.mean(axis=0)
    corners = (vertices - origin)[level.faces]
    sixfold = np.linalg.det(corners)
    return origin + (corners.sum(axis=1) / 4 * sixfold[:, None]).sum(axis=0) / sixfold.sum()


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 0.8), (0.7, 0.7, 5.0), (0.8, 5.0, 0.8), (3.0, 0.8, 0.8)])
def test_a_ball_has_its_volume_and_its_radius_at_every_level(
    labelled, straight, ball, voxel_volume_ml, assert_sound, spacing: tuple[float, float, float]
) -> None:
    shape = tuple(int(50 / s) + 4 for s in reversed(spacing))
    geometry = straight(shape, spacing)
    mask, centre = ball(geometry, 22.0)
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN)
    assert_sound(levels)
    assert len(levels) >= 3
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=ORGAN_TOLERANCE)
    assert levels[0].volume_ml == pytest.approx(4 / 3 * np.pi * 2.2**3, rel=0.02)
    for level in levels:
        radii = np.linalg.norm(level.vertices_lps_mm - centre, axis=1)
        assert radii.mean() == pytest.approx(22.0, abs=0.4)
        # A stair of a 5 mm slice would stand out by up to 2.5 mm.
        assert np.percentile(np.abs(radii - 22.0), 90) < 0.25 * max(spacing) + 0.2


def test_levels_get_smaller_and_state_growing_errors(labelled, straight, ball) -> None:
    geometry = straight((60, 60, 60), (1.0, 1.0, 1.0))
    mask, _ = ball(geometry, 25.0)
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN)
    counts = [len(level.faces) for level in levels]
    errors = [level.error_mm for level in levels]
    assert counts == sorted(counts, reverse=True)
    assert counts[1] < counts[0] / 4
    assert errors[0] == 0.0
    assert errors == sorted(errors)
    assert errors[-1] > 0.0


def test_a_box_keeps_its_sides(labelled, straight) -> None:
    geometry = straight((40, 44, 48), (1.0, 1.0, 1.0))
    mask = np.zeros(geometry.shape_kji, dtype=bool)
    mask[8:30, 6:38, 5:41] = True
    finest = build_mesh_levels(labelled(mask, geometry), SPLEEN)[0]
    # Voxel centres 5 to 40 along i: the sides lie half a voxel outside.
    low, high = geometry.lps_from_index((4.5, 5.5, 7.5)), geometry.lps_from_index((40.5, 37.5, 29.5))
    np.testing.assert_allclose(finest.bounds_lps_mm, [low, high], atol=0.5)
    assert finest.volume_ml == pytest.approx(22 * 32 * 36 / 1000, rel=ORGAN_TOLERANCE)


@pytest.mark.parametrize("radius_mm", [0.9, 1.6, 3.0])
def test_a_thin_tube_keeps_its_volume_and_its_length(
    labelled, oblique, points_of, voxel_volume_ml, assert_sound, radius_mm: float
) -> None:
    geometry = oblique((30, 40, 90), (0.7, 0.7, 1.5), 3, left_handed=False)
    points = points_of(geometry)
    start, end = geometry.lps_from_index((8, 10, 6)), geometry.lps_from_index((80, 30, 24))
    axis = (end - start) / np.linalg.norm(end - start)
    along = (points - start) @ axis
    away = np.linalg.norm(points - start - along[..., None] * axis, axis=-1)
    mask = (away <= radius_mm) & (along >= 0) & (along <= np.linalg.norm(end - start))
    portal_vein = structure_named("portal_vein")
    levels = build_mesh_levels(labelled(mask, geometry, 2), portal_vein, budgets=SMALL)
    assert_sound(levels)
    reached = (levels[0].vertices_lps_mm - start) @ axis
    voxels_reached = along[mask]
    assert reached.min() < voxels_reached.min() + 0.7
    assert reached.max() > voxels_reached.max() - 0.7
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=0.01)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    left_handed=st.booleans(),
    spacing=st.tuples(*[st.sampled_from([0.6, 1.0, 1.6, 3.0, 5.0])] * 3),
)
def test_a_mirrored_surface_is_impossible(
    labelled, oblique, points_of, assert_sound, *, seed: int, left_handed: bool, spacing: tuple[float, float, float]
) -> None:
    geometry = oblique((14, 17, 20), spacing, seed, left_handed=left_handed)
    mask = np.zeros(geometry.shape_kji, dtype=bool)
    mask[3:11, 3:8, 3:8] = True  # a lopsided L with a foot: no mirror image of it is itself
    mask[3:7, 3:8, 3:17] = True
    mask[3:7, 3:14, 3:6] = True
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN, budgets=SMALL)
    assert_sound(levels)
    wanted = points_of(geometry)[mask].mean(axis=0)
    for level in levels:
        assert level.volume_ml > 0
        np.testing.assert_allclose(centroid_mm(level), wanted, atol=0.35 * max(spacing))
    inside = _inside(levels[0], points_of(geometry)[mask])
    assert inside.mean() > 0.8
    opposite = points_of(geometry)[mask][:, :] * -1 + 2 * wanted
    assert _inside(levels[0], opposite).mean() < inside.mean() - 0.1


def _inside(level: MeshLevel, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Winding number by solid angles (van Oosterom and Strackee 1983), independent of what is tested."""
    vertices = level.vertices_lps_mm.astype(np.float64)
    turns = []
    for point in points[:: max(1, len(points) // 100)]:
        a, b, c = (vertices[level.faces[:, n]] - point for n in range(3))
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        above = np.einsum("ij,ij->i", a, np.cross(b, c))
        below = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
        turns.append(2 * np.arctan2(above, below).sum() / (4 * np.pi))
    return np.array(turns) > 0.5


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    shape=st.tuples(*[st.integers(1, 12)] * 3),
    density=st.sampled_from([0.02, 0.1, 0.3, 0.5, 0.8, 1.0]),
    spacing=st.tuples(*[st.sampled_from([0.5, 0.8, 1.0, 2.5, 5.0])] * 3),
)
def test_any_mask_gives_closed_surfaces_of_its_volume(
    labelled,
    straight,
    voxel_volume_ml,
    assert_sound,
    *,
    seed: int,
    shape: tuple[int, int, int],
    density: float,
    spacing: tuple[float, float, float],
) -> None:
    mask = np.random.default_rng(seed).random(shape) < density
    mask.reshape(-1)[seed % mask.size] = True
    geometry = straight(shape, spacing)
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN, budgets=SMALL)
    assert_sound(levels)
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=ORGAN_TOLERANCE)


@pytest.mark.parametrize("second", [(0, 0, 1), (0, 1, 1), (1, 1, 1)])
def test_voxels_sharing_a_face_an_edge_or_a_corner_stay_manifold(
    labelled, straight, assert_sound, second: tuple[int, int, int]
) -> None:
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[2, 2, 2] = mask[2 + second[0], 2 + second[1], 2 + second[2]] = True
    geometry = straight((6, 6, 6), (1.0, 1.0, 1.0))
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN)
    assert_sound(levels)
    assert levels[0].volume_ml == pytest.approx(0.002, rel=ORGAN_TOLERANCE)


def test_a_checkerboard_stays_manifold(labelled, straight, assert_sound) -> None:
    mask = np.indices((8, 8, 8)).sum(axis=0) % 2 == 0
    levels = build_mesh_levels(labelled(mask, straight((8, 8, 8), (1.0, 1.0, 1.0))), SPLEEN, budgets=SMALL)
    assert_sound(levels)


def test_a_single_voxel_gives_a_closed_surface_around_its_centre(labelled, straight) -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[2, 3, 4] = True
    geometry = straight((5, 6, 7), (0.8, 0.8, 5.0))
    (only,) = build_mesh_levels(labelled(mask, geometry), SPLEEN)
    assert surface_report(only).sound
    np.testing.assert_allclose(centroid_mm(only), geometry.lps_from_index((4, 3, 2)), atol=0.05)
    assert only.volume_ml == pytest.approx(0.0032, rel=ORGAN_TOLERANCE)


def test_what_the_scan_cuts_off_is_closed_half_a_voxel_outside(labelled, straight, assert_sound) -> None:
    geometry = straight((20, 50, 50), (1.0, 1.0, 2.0))
    levels = build_mesh_levels(labelled(np.ones(geometry.shape_kji, dtype=bool), geometry), SPLEEN)
    assert_sound(levels)
    low, high = geometry.lps_from_index((-0.5, -0.5, -0.5)), geometry.lps_from_index((49.5, 49.5, 19.5))
    np.testing.assert_allclose(levels[0].bounds_lps_mm, [low, high], atol=1.0)


def test_the_liver_includes_what_lies_in_it(straight, ball, voxel_volume_ml, assert_sound) -> None:
    geometry = straight((30, 30, 30), (1.0, 1.0, 1.0))
    mask, _ = ball(geometry, 12.0)
    labels = mask.astype(np.uint8)
    labels[13:17, 13:17, 13:17] = 101
    labels[10:20, 15, 10:12] = 2
    volume = LabelVolume(labels=labels, geometry=geometry)
    levels = build_mesh_levels(volume, LIVER)
    assert_sound(levels)
    assert surface_report(levels[0]).components == 1
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=ORGAN_TOLERANCE)


def test_a_cavity_is_left_open_inside(labelled, straight, ball, voxel_volume_ml, assert_sound) -> None:
    geometry = straight((50, 50, 50), (1.0, 1.0, 1.0))
    outer, _ = ball(geometry, 21.0)
    inner, _ = ball(geometry, 11.0)
    levels = build_mesh_levels(labelled(outer & ~inner, geometry), SPLEEN)
    assert_sound(levels)
    assert surface_report(levels[0]).components == 2
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(outer & ~inner, geometry), rel=ORGAN_TOLERANCE)


def test_thousands_of_islands_do_not_break_it(labelled, straight, voxel_volume_ml, assert_sound) -> None:
    mask = np.random.default_rng(5).random((24, 40, 40)) < 0.04
    geometry = straight((24, 40, 40), (0.8, 0.8, 2.0))
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN)
    assert_sound(levels)
    assert surface_report(levels[0]).components > 500
    assert levels[0].volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=ORGAN_TOLERANCE)


def test_an_absent_structure_is_refused(labelled, straight) -> None:
    geometry = straight((4, 4, 4), (1.0, 1.0, 1.0))
    with pytest.raises(MeshError, match="no voxels"):
        build_mesh_levels(labelled(np.zeros((4, 4, 4), dtype=bool), geometry), SPLEEN)


def test_progress_ends_at_one_and_a_cancel_passes_through(labelled, straight, ball) -> None:
    class Recorder(SilentProgress):
        def __init__(self) -> None:
            self.fractions: list[float] = []

        def advance(self, fraction: float, detail: str = "") -> None:
            self.fractions.append(fraction)

    class Stopper(SilentProgress):
        def advance(self, fraction: float, detail: str = "") -> None:
            raise OperationCancelledError("Stopped.")

    geometry = straight((20, 20, 20), (1.0, 1.0, 1.0))
    mask, _ = ball(geometry, 8.0)
    recorder = Recorder()
    build_mesh_levels(labelled(mask, geometry), SPLEEN, progress=recorder)
    assert recorder.fractions == sorted(recorder.fractions)
    assert recorder.fractions[-1] == 1.0
    with pytest.raises(OperationCancelledError):
        build_mesh_levels(labelled(mask, geometry), SPLEEN, progress=Stopper())
