"""Flattened cuts of a ball of liver with a ball of tumour, against formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.anatomy import FIRST_TUMOUR, PARENCHYMA
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection.plan import (
    Cone,
    PlaneResection,
    Resection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.resection.resectogram import Resectogram, ResectogramMaker
from engine.resection.resectogram.view import letters_of, view_from
from engine.resection.sides import Sides
from engine.volume import LabelVolume, ScanVolume

CENTRE = np.array([-40.0, 110.0, -300.0])
RADIUS = 50.0
TUMOUR = CENTRE + np.array([0.0, 10.0, 25.0])
TUMOUR_RADIUS = 8.0


def case_on(direction: np.ndarray, spacing: tuple[float, float, float]) -> tuple[LabelVolume, ScanVolume]:
    shape_ijk = np.ceil(116.0 / np.array(spacing)).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = direction * np.array(spacing)
    matrix[:3, 3] = CENTRE - matrix[:3, :3] @ ((shape_ijk - 1) / 2.0)
    geometry = VolumeGeometry(shape_kji=tuple(shape_ijk[::-1]), lps_from_ijk=matrix)
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    labels = np.where(np.linalg.norm(points - CENTRE, axis=-1) < RADIUS, PARENCHYMA, 0).astype(np.uint8)
    labels[np.linalg.norm(points - TUMOUR, axis=-1) < TUMOUR_RADIUS] = FIRST_TUMOUR
    # A CT that is linear in space is reproduced exactly by trilinear interpolation.
    hu = np.rint((points - CENTRE) @ [1.0, 2.0, -3.0]).astype(np.int16)
    return LabelVolume(labels=labels, geometry=geometry), ScanVolume(voxels_hu=hu, geometry=geometry)


OBLIQUE = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
CASES = {
    "upright": case_on(np.eye(3), (1.0, 1.0, 1.0)),
    "mirrored": case_on(np.diag([1.0, -1.0, 1.0]), (1.0, 1.0, 2.0)),
    "oblique": case_on(OBLIQUE, (1.2, 0.9, 1.5)),
}
MAKERS = {name: ResectogramMaker(*volumes) for name, volumes in CASES.items()}
MAKER = MAKERS["upright"]


def plane(offset_mm: float, normal: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> PlaneResection:
    unit = np.array(normal) / np.linalg.norm(normal)
    return PlaneResection(point_lps_mm=tuple(CENTRE + offset_mm * unit), normal_lps=normal)


def bent(sag_mm: float, half_mm: float = 60.0) -> SurfaceResection:
    """A cylinder-like sheet through the centre, bent along x."""
    across = np.linspace(-half_mm, half_mm, 4)
    net = [[CENTRE + np.array([x, y, sag_mm * (x / half_mm) ** 2]) for x in across] for y in across]
    return SurfaceResection.from_net(np.array(net))


BALL = WedgeResection(
    shape=Spheroid(
        centre_lps_mm=tuple(CENTRE + np.array([0.0, 0.0, 50.0])),
        axis_lps=(0.0, 0.0, 1.0),
        radius_across_mm=30.0,
        radius_along_mm=30.0,
    )
)
CONE = WedgeResection(
    shape=Cone(
        apex_lps_mm=tuple(CENTRE + np.array([0.0, 0.0, 10.0])),
        axis_lps=(0.0, 0.0, 1.0),
        half_angle_degrees=50.0,
        depth_mm=60.0,
    )
)


def made(*resections: Resection, number: int = 1, maker: ResectogramMaker = MAKER, pixels: int = 128) -> Resectogram:
    return maker.make(ResectionPlan(resections=resections), number, pixels=pixels)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_a_plane_is_laid_flat_without_stretching(maker):
    found = made(plane(12.0, (0.3, -0.5, 0.8)), maker=maker)
    assert found.distortion.extreme_percent == 0.0
    right = np.linalg.norm(np.diff(found.position_lps_mm, axis=1), axis=-1)
    down = np.linalg.norm(np.diff(found.position_lps_mm, axis=0), axis=-1)
    assert np.abs(right - found.step_mm).max() < 1e-3
    assert np.abs(down - found.step_mm).max() < 1e-3
    assert found.cut_area_mm2 == pytest.approx(math.pi * (RADIUS**2 - 12.0**2), rel=0.02)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_margin_hu_and_structure_belong_to_the_point_shown(maker):
    found = made(plane(12.0, (0.3, -0.5, 0.8)), maker=maker)
    points = found.position_lps_mm.reshape(-1, 3).astype(np.float64)
    inside = found.in_liver.ravel()
    truth = np.linalg.norm(points - TUMOUR, axis=1) - TUMOUR_RADIUS
    # Voxel centres lie up to half a voxel's diagonal inside the tumour's true surface.
    assert np.abs(found.margin_mm.ravel() - np.maximum(truth, 0.0))[inside].max() < 1.6
    assert np.abs(found.hu.ravel() - (points - CENTRE) @ [1.0, 2.0, -3.0])[inside].max() < 1.2
    depth = RADIUS - np.linalg.norm(points - CENTRE, axis=1)
    assert inside[depth > 1.5].all()
    assert not inside[depth < -1.5].any()


@pytest.mark.parametrize("resection", [plane(5.0), bent(25.0), BALL, CONE], ids=["plane", "surface", "ball", "cone"])
def test_every_pixel_lies_on_its_resections_surface_and_the_round_trip_closes(resection):
    found = made(resection)
    points = found.position_lps_mm.reshape(-1, 3).astype(np.float64)
    known = np.isfinite(points[:, 0])
    signed = Sides(ResectionPlan(resections=(resection,)), CASES["upright"][0].geometry).signed(points[known])
    assert np.abs(signed).max() < 0.03
    u, v = np.meshgrid(found.u_mm, found.v_mm)
    uv = np.stack([u, v], axis=-1).reshape(-1, 2)[known]
    assert np.abs(found.chart.uv_from_lps(points[known]) - uv).max() < 0.02
    some = uv[:: max(1, len(uv) // 200)]
    back = found.chart.uv_from_lps(found.chart.lps_from_uv(some))
    assert np.abs(back - some).max() < 1e-6


def test_a_sheet_bent_one_way_unrolls_to_its_true_lengths_and_area():
    found = made(bent(25.0))
    assert found.distortion.extreme_percent < 1.0
    assert found.distortion.areas_percent < 0.5
    middle = len(found.v_mm) // 2
    on_row = found.position_lps_mm[middle][found.bounds_remnant[middle]].astype(np.float64)
    length_mm = np.linalg.norm(np.diff(on_row, axis=0), axis=1).sum()
    assert length_mm == pytest.approx((len(on_row) - 1) * found.step_mm, rel=5e-3)


def test_stated_distortion_is_that_of_the_picture():
    across = np.linspace(-60.0, 60.0, 4)
    dome = [[CENTRE + np.array([x, y, -0.008 * (x * x + y * y)]) for x in across] for y in across]
    found = made(SurfaceResection.from_net(np.array(dome)))
    inside = found.bounds_remnant[:, 1:] & found.bounds_remnant[:, :-1]
    right = np.linalg.norm(np.diff(found.position_lps_mm.astype(np.float64), axis=1), axis=-1)[inside]
    stretch = 100.0 * (found.step_mm / right - 1.0)
    assert found.distortion.extreme_percent > 0.5  # a dome cannot lie flat
    assert np.percentile(stretch, 97) <= found.distortion.longest_percent + 0.3
    assert np.percentile(stretch, 3) >= found.distortion.shortest_percent - 0.3


def test_the_area_of_a_hollow_is_that_of_the_ball_whatever_the_picture_stretches():
    found = made(BALL)
    # The caps of two balls of radii R and r at distance d: r's cap inside R has height r - (d^2 + r^2 - R^2) / 2d.
    height_mm = 30.0 - (50.0**2 + 30.0**2 - RADIUS**2) / (2 * 50.0)
    assert found.cut_area_mm2 == pytest.approx(2 * math.pi * 30.0 * height_mm, rel=0.02)
    assert found.whole


def test_the_mantle_of_a_cone_keeps_its_area():
    found = made(CONE)
    half = math.radians(50.0)
    # The mantle leaves the ball where |apex + s (sin, cos)| = R.
    slant_mm = -10 * math.cos(half) + math.sqrt(RADIUS**2 - (10 * math.sin(half)) ** 2)
    assert found.cut_area_mm2 == pytest.approx(math.pi * slant_mm**2 * math.sin(half), rel=0.02)


def test_only_what_no_other_resection_takes_bounds_the_remnant():
    alone, other = made(plane(0.0)), plane(0.0, (1.0, 0.0, 0.0))
    halved = made(plane(0.0), other)
    assert halved.cut_area_mm2 == pytest.approx(alone.cut_area_mm2 / 2, rel=0.02)
    points = halved.position_lps_mm[halved.bounds_remnant]
    assert (points[:, 0] <= CENTRE[0] + 1e-3).all()
    assert np.array_equal(halved.in_liver, alone.in_liver)


def test_areas_nearer_than_a_limit_grow_with_it_and_the_least_margin_is_the_formulas():
    found = made(plane(10.0), pixels=256)
    gap_mm = 15.0 - TUMOUR_RADIUS
    assert found.least_margin_mm == pytest.approx(gap_mm, abs=1.0)
    assert found.area_nearer_mm2(5.0) == 0.0
    assert found.area_nearer_mm2(10.0) == pytest.approx(math.pi * ((10 + TUMOUR_RADIUS) ** 2 - 15.0**2), rel=0.12)


def test_without_a_tumour_there_is_no_margin():
    labels, scan = CASES["upright"]
    bare = LabelVolume(labels=np.minimum(labels.labels, PARENCHYMA), geometry=labels.geometry)
    found = made(plane(0.0), maker=ResectogramMaker(bare, scan))
    assert found.least_margin_mm is None
    assert np.isnan(found.margin_mm).all()


def test_the_picture_is_seen_from_the_resected_side_with_the_head_up():
    found = made(plane(0.0, (1.0, 0.0, 0.0)))  # the left part is resected: one looks to the right
    assert (found.letters.top, found.letters.bottom) == ("S", "I")
    assert (found.letters.left, found.letters.right) == ("A", "P")
    assert found.position_lps_mm[0, 0, 2] > found.position_lps_mm[-1, 0, 2]
    assert found.position_lps_mm[0, 0, 1] < found.position_lps_mm[0, -1, 1]


def test_from_below_an_axial_cut_lies_like_an_axial_slice():
    found = made(plane(0.0, (0.0, 0.0, -1.0)))
    assert (found.letters.left, found.letters.right, found.letters.top) == ("R", "L", "A")


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_views_are_right_handed_frames_and_opposite_edges_have_opposite_letters(x, y, z):
    length = math.sqrt(x * x + y * y + z * z)
    if length < 1e-3:
        return
    view = view_from(CENTRE, np.array([x, y, z]) / length)
    frame = np.stack([view.right_lps, view.up_lps, view.viewer_lps])
    assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0)
    opposite = str.maketrans("LRAPSI", "RLPAIS")
    assert letters_of(view.right_lps).translate(opposite) == letters_of(-view.right_lps)


@settings(max_examples=15)
@given(st.floats(-60, 60), st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_any_plane_gives_the_disc_it_cuts_or_says_that_it_cuts_nothing(offset_mm, x, y, z):
    if math.sqrt(x * x + y * y + z * z) < 1e-3:
        return
    try:
        found = made(plane(offset_mm, (x, y, z)), pixels=96)
    except PlanError as error:
        assert abs(offset_mm) > 47.0
        assert "does not cut" in error.what
        return
    disc_mm2 = math.pi * max(RADIUS**2 - offset_mm**2, 0.0)
    assert found.cut_area_mm2 == pytest.approx(disc_mm2, rel=0.03, abs=260.0)


@pytest.mark.parametrize("resection", [plane(5.0, (0.3, 0.2, 1.0)), bent(10.0)], ids=["plane", "surface"])
def test_the_liver_is_shown_with_what_lies_around_it(resection):
    found = made(resection)
    inside = found.in_liver
    reach = int(8.0 / found.step_mm)
    assert not inside[:reach].any()
    assert not inside[-reach:].any()
    assert not inside[:, :reach].any()
    assert not inside[:, -reach:].any()


def test_a_small_cut_gets_a_finer_lattice_and_no_pixels_finer_than_asked():
    found = made(plane(49.0), pixels=512)
    assert found.cut_area_mm2 > 0
    assert found.step_mm >= 0.25


def test_a_territory_without_a_map_and_a_missing_liver_are_refused_with_a_cure():
    with pytest.raises(PlanError, match="map"):
        made(TerritoryResection(segments=(2,)))
    labels, scan = CASES["upright"]
    with pytest.raises(PlanError, match="no liver"):
        ResectogramMaker(LabelVolume(labels=np.zeros_like(labels.labels), geometry=labels.geometry), scan)
