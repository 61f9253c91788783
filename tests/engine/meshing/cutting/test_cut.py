"""Closed parts of balls, boxes and voxel sets, against formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.meshing import surface_report
from engine.meshing.cutting import (
    ClosedSolid,
    CutMesh,
    CuttableMesh,
    Cutter,
    HalfSpace,
    cone_solid,
    height_field_solid,
    spheroid_solid,
    voxel_set_solid,
)
from engine.meshing.quality import report_of
from engine.surface import MeshLevel

CENTRE = np.array([-40.0, 310.0, -900.0])  # as far from the origin as livers are
RADIUS = 50.0
BALL_ML = 4 / 3 * math.pi * RADIUS**3 / 1000
Z = np.array([0.0, 0.0, 1.0])


def level_of(solid: ClosedSolid) -> MeshLevel:
    return MeshLevel(
        vertices_lps_mm=solid.vertices_lps_mm.astype(np.float32),
        faces=solid.faces.astype(np.uint32),
        error_mm=0.25,
        volume_ml=0.0,
    )


BALL = level_of(spheroid_solid(CENTRE, np.array([0.6, 0.0, 0.8]), RADIUS, RADIUS))

READY = CuttableMesh(BALL)


def half_space(offset_mm: float, normal: np.ndarray = Z) -> HalfSpace:
    unit = normal / np.linalg.norm(normal)
    return HalfSpace(point_lps_mm=CENTRE + offset_mm * unit, normal_lps=unit)


def cut_ball(*shapes: HalfSpace | ClosedSolid) -> CutMesh:
    return Cutter(shapes, BALL.bounds_lps_mm).cut(READY)


def volumes_ml(cut: CutMesh) -> tuple[float, float]:
    for part in (cut.resected, cut.remnant):
        if part is not None:
            assert surface_report(part.mesh).sound
            assert part.mesh.error_mm == BALL.error_mm
    return tuple(0.0 if part is None else part.mesh.volume_ml for part in (cut.resected, cut.remnant))


def cap_ml(height_mm: float) -> float:
    return math.pi * height_mm**2 * (3 * RADIUS - height_mm) / 3 / 1000


@pytest.mark.parametrize("normal", [Z, -Z, np.array([1.0, 0.0, 0.0]), np.array([0.3, -0.5, 0.7])])
def test_a_plane_cuts_off_the_cap_its_normal_points_to(normal):
    cut = cut_ball(half_space(20.0, normal))
    resected, remnant = volumes_ml(cut)
    assert resected == pytest.approx(cap_ml(30.0), rel=2e-3)
    assert resected + remnant == pytest.approx(BALL_ML, rel=1e-5)
    unit = normal / np.linalg.norm(normal)
    heights = (cut.resected.mesh.vertices_lps_mm - CENTRE) @ unit
    assert heights.min() == pytest.approx(20.0, abs=2e-3)


def test_both_parts_share_one_cap_whose_area_is_the_disc():
    cut = cut_ball(half_space(20.0))
    disc_mm2 = math.pi * (RADIUS**2 - 20.0**2)
    for part, up in ((cut.resected, -1.0), (cut.remnant, 1.0)):
        assert part.cut_area_mm2 == pytest.approx(disc_mm2, rel=1e-3)
        corners = part.mesh.vertices_lps_mm.astype(np.float64)[part.mesh.faces[part.on_cut]]
        assert np.abs(corners[..., 2] - CENTRE[2] - 20.0).max() < 2e-3
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (normals[:, 2] * up > 0).all()  # outward, away from the part


def test_nothing_on_one_side_is_none_and_the_other_side_is_the_whole():
    everything = cut_ball(half_space(-60.0))
    assert everything.remnant is None
    assert everything.resected.mesh.volume_ml == pytest.approx(BALL_ML, rel=1e-5)
    assert everything.resected.cut_area_mm2 == 0.0
    nothing = cut_ball(half_space(60.0))
    assert nothing.resected is None
    assert not nothing.remnant.on_cut.any()


@pytest.mark.parametrize("far_mm", [-5000.0, 5000.0])
def test_half_spaces_of_a_union_reach_whatever_is_cut(far_mm):
    resected, remnant = volumes_ml(cut_ball(half_space(far_mm), half_space(20.0, np.array([1.0, 0.0, 0.0]))))
    assert resected == pytest.approx(BALL_ML if far_mm < 0 else cap_ml(30.0), rel=2e-3)
    assert resected + remnant == pytest.approx(BALL_ML, rel=1e-5)


def test_overlapping_shapes_count_once_and_their_order_does_not_matter():
    x = np.array([1.0, 0.0, 0.0])
    shapes = (half_space(0.0), half_space(0.0, x), half_space(0.0, x), half_space(10.0))
    resected, remnant = volumes_ml(cut_ball(*shapes))
    assert resected == pytest.approx(0.75 * BALL_ML, rel=1e-3)
    assert remnant == pytest.approx(0.25 * BALL_ML, rel=1e-3)
    assert volumes_ml(cut_ball(*shapes[::-1])) == pytest.approx((resected, remnant), rel=1e-6)


def test_a_plane_through_the_corners_of_a_mesh_leaves_closed_parts():
    axis_aligned = level_of(spheroid_solid(CENTRE, Z, RADIUS, RADIUS))
    cut = Cutter([half_space(0.0)], axis_aligned.bounds_lps_mm).cut(CuttableMesh(axis_aligned))
    assert volumes_ml(cut) == pytest.approx((BALL_ML / 2, BALL_ML / 2), rel=1e-3)


def test_a_spheroid_cuts_a_pit_of_its_own_volume():
    pit = spheroid_solid(CENTRE + np.array([10.0, 0.0, 0.0]), np.array([0.0, 0.6, 0.8]), 10.0, 20.0)
    cut = cut_ball(pit)
    resected, remnant = volumes_ml(cut)
    assert resected == pytest.approx(4 / 3 * math.pi * 10 * 10 * 20 / 1000, rel=1e-4)
    assert resected + remnant == pytest.approx(BALL_ML, rel=1e-5)
    assert surface_report(cut.remnant.mesh).components == 2  # the outer surface and that of the hollow


def test_two_balls_share_the_lens_of_the_formula():
    distance_mm = 60.0
    resected, _ = volumes_ml(cut_ball(spheroid_solid(CENTRE + distance_mm * Z, Z, RADIUS, RADIUS)))
    assert resected == pytest.approx(2 * cap_ml(RADIUS - distance_mm / 2), rel=3e-3)


def test_a_cone_has_the_volume_of_the_formula():
    cone = cone_solid(CENTRE, np.array([0.0, -0.6, 0.8]), math.radians(30.0), 40.0)
    report = report_of(cone.vertices_lps_mm, cone.faces)
    assert report.sound
    assert report.volume_ml == pytest.approx(math.pi * (40 * math.tan(math.radians(30))) ** 2 * 40 / 3 / 1000, rel=1e-6)


def wave(amplitude_mm: float, step_mm: float = 2.0) -> np.ndarray:
    x = np.arange(-70.0, 70.1, step_mm)
    across, along = np.meshgrid(x, x)
    return CENTRE + np.stack([across, along, amplitude_mm * np.sin(across / 15.0)], axis=-1)


def test_a_flat_height_field_cuts_like_its_plane():
    cut = cut_ball(height_field_solid(wave(0.0) + 20.0 * Z, Z))
    assert volumes_ml(cut)[0] == pytest.approx(cap_ml(30.0), rel=2e-3)
    assert cut.resected.cut_area_mm2 == pytest.approx(math.pi * (RADIUS**2 - 20.0**2), rel=1e-3)


def test_an_odd_wave_through_the_centre_halves_the_ball_by_a_larger_cap():
    solid = height_field_solid(wave(8.0), Z)
    assert report_of(solid.vertices_lps_mm, solid.faces).sound
    cut = cut_ball(solid)
    assert volumes_ml(cut) == pytest.approx((BALL_ML / 2, BALL_ML / 2), rel=1e-4)
    assert cut.resected.cut_area_mm2 == pytest.approx(cut.remnant.cut_area_mm2, rel=1e-5)
    assert cut.resected.cut_area_mm2 > 1.05 * math.pi * RADIUS**2


@settings(max_examples=10)
@given(
    st.lists(
        st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(-60, 60)), min_size=1, max_size=4
    )
)
def test_parts_of_any_union_of_planes_are_sound_and_add_up(planes):
    shapes = [half_space(at, np.array([x, y, z])) for x, y, z, at in planes if math.hypot(x, y, z) > 1e-3]
    if shapes:
        assert sum(volumes_ml(cut_ball(*shapes))) == pytest.approx(BALL_ML, rel=1e-5)


def test_an_open_surface_is_refused():
    opened = MeshLevel(vertices_lps_mm=BALL.vertices_lps_mm, faces=BALL.faces[1:], error_mm=0.0, volume_ml=0.0)
    with pytest.raises(MeshError, match="not closed"):
        CuttableMesh(opened)


def voxel_ball(direction: np.ndarray, spacing: tuple[float, float, float]) -> tuple[np.ndarray, VolumeGeometry]:
    shape_ijk = np.ceil(120.0 / np.array(spacing)).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = direction * np.array(spacing)
    matrix[:3, 3] = CENTRE - matrix[:3, :3] @ ((shape_ijk - 1) / 2.0)
    geometry = VolumeGeometry(shape_kji=tuple(shape_ijk[::-1]), lps_from_ijk=matrix)
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    return np.linalg.norm(points - CENTRE, axis=-1) < RADIUS, geometry


OBLIQUE = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("direction", "spacing"),
    [(np.eye(3), (1.5, 1.5, 1.5)), (np.diag([-1.0, 1.0, 1.0]), (1.0, 1.0, 5.0)), (OBLIQUE, (1.2, 1.2, 2.5))],
    ids=["isotropic", "left-handed with thick slices", "oblique"],
)
def test_a_set_of_voxels_cuts_off_its_own_volume_and_nothing_of_the_outer_surface(direction, spacing):
    liver, geometry = voxel_ball(direction, spacing)
    k, j, i = np.indices(geometry.shape_kji)
    x = (geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE) @ np.array([0.8, 0.0, 0.6])
    chosen = liver & (x > 10.0)
    cut = cut_ball(voxel_set_solid(chosen, liver, geometry))
    resected, remnant = volumes_ml(cut)
    assert resected == pytest.approx(np.count_nonzero(chosen) * geometry.voxel_volume_ml, rel=5e-3)
    assert resected + remnant == pytest.approx(BALL_ML, rel=1e-5)
    assert cut.resected.cut_area_mm2 == pytest.approx(math.pi * (RADIUS**2 - 10.0**2), rel=0.03)


def test_a_set_that_is_the_whole_liver_resects_all_of_it():
    liver, geometry = voxel_ball(np.eye(3), (2.0, 2.0, 2.0))
    assert cut_ball(voxel_set_solid(liver, liver, geometry)).remnant is None


def test_an_empty_set_is_refused():
    liver, geometry = voxel_ball(np.eye(3), (4.0, 4.0, 4.0))
    with pytest.raises(MeshError, match="nothing to resect"):
        voxel_set_solid(np.zeros_like(liver), liver, geometry)
