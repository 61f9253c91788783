"""Territories laid flat: a ball of liver divided by planes and a cylinder, whose areas formulas know."""

import math

import numpy as np
import pytest

from engine.anatomy import PARENCHYMA
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.plan import PlaneResection, ResectionPlan, TerritoryResection
from engine.resection.resectogram import ResectogramMaker
from engine.volume import LabelVolume, ScanVolume

RADIUS = 45.0
CENTRE = np.array([20.0, -30.0, 700.0])
NORMAL = np.array([0.8, 0.36, 0.48])
SPACING = (1.1, 0.9, 2.0)
DIRECTIONS = {"upright": np.eye(3), "mirrored": np.diag([1.0, -1.0, 1.0])}


def maker_of(direction: np.ndarray, *, core: bool = False) -> ResectogramMaker:
    """Segment 2 above 12 mm along the normal, 3 down to -12 mm, 4 below; 5 in a cylinder of 15 mm along z."""
    shape_ijk = np.ceil(100.0 / np.array(SPACING)).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = direction * np.array(SPACING)
    matrix[:3, 3] = CENTRE - matrix[:3, :3] @ ((shape_ijk - 1) / 2.0)
    geometry = VolumeGeometry(shape_kji=tuple(shape_ijk[::-1]), lps_from_ijk=matrix)
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    liver = np.linalg.norm(points, axis=-1) < RADIUS
    along = points @ NORMAL
    segment = np.where(along > 12.0, 2, np.where(along > -12.0, 3, 4)).astype(np.uint8)
    if core:
        segment[np.hypot(points[..., 0], points[..., 1]) < 15.0] = 5
    segment[~liver] = 0
    none = np.zeros(segment.shape, dtype=np.uint16)
    liver_map = LiverMap(
        box=(slice(0, shape_ijk[2]), slice(0, shape_ijk[1]), slice(0, shape_ijk[0])),
        portal_branch=none,
        hepatic_branch=none,
        segment=segment,
        uncertain=np.zeros_like(segment),
    )
    labels = LabelVolume(labels=np.where(liver, PARENCHYMA, 0).astype(np.uint8), geometry=geometry)
    scan = ScanVolume(voxels_hu=np.zeros(geometry.shape_kji, np.int16), geometry=geometry)
    return ResectogramMaker(labels, scan, liver_map=liver_map)


MAKERS = {name: maker_of(direction) for name, direction in DIRECTIONS.items()}
MAKER = MAKERS["upright"]
CORED = maker_of(np.eye(3), core=True)
DISC_MM2 = math.pi * (RADIUS**2 - 12.0**2)


def territory(*segments: int) -> TerritoryResection:
    return TerritoryResection(segments=segments)


def walls(*resections, number=1, maker=MAKER):
    return maker.make_all(ResectionPlan(resections=resections), number, pixels=128)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_the_border_of_a_half_is_one_wall_in_its_plane_seen_from_the_resected_side(maker):
    (found,) = walls(territory(2), maker=maker)
    assert (found.kind, found.sheet, found.sheets) == ("territory", 1, 1)
    assert found.chart.surface.view.viewer_lps @ NORMAL > 0.99
    off = (found.position_lps_mm[found.in_liver] - CENTRE) @ NORMAL - 12.0
    assert np.abs(off).max() < max(SPACING)
    assert math.sqrt(float((off**2).mean())) < 0.35


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS.keys())
def test_the_area_of_an_oblique_wall_is_that_of_the_disc_and_its_lengths_are_true(maker):
    (found,) = walls(territory(2), maker=maker)
    assert found.cut_area_mm2 == pytest.approx(DISC_MM2, rel=0.04)
    assert -5.0 < found.distortion.shortest_percent <= 0.0 <= found.distortion.longest_percent < 5.0
    assert 0.0 < found.off_cut_mm < max(SPACING)


def test_a_slab_has_two_walls_that_look_away_from_each_other():
    first, second = walls(territory(3))
    assert [(one.sheet, one.sheets) for one in (first, second)] == [(1, 2), (2, 2)]
    facing = first.chart.surface.view.viewer_lps @ second.chart.surface.view.viewer_lps
    assert facing < -0.9


def test_a_wall_between_two_territories_that_both_go_bounds_no_remnant():
    alone = sum(one.cut_area_mm2 for one in walls(territory(3)))
    beside = sum(one.cut_area_mm2 for one in walls(territory(3), territory(2)))
    assert beside == pytest.approx(alone - DISC_MM2, rel=0.12)


def test_every_wall_of_a_core_is_shown_and_none_is_steeper_than_can_be_read():
    found = walls(territory(5), maker=CORED)
    mantle = 2.0 * math.pi * 15.0 * 2.0 * math.sqrt(RADIUS**2 - 15.0**2)
    assert len(found) >= 3
    assert sum(one.cut_area_mm2 for one in found) == pytest.approx(mantle, rel=0.1)
    assert max(one.distortion.extreme_percent for one in found) < 60.0


def test_the_way_to_the_patient_and_back_closes_on_a_wall():
    found = walls(territory(2))[0]
    inside = found.in_liver
    v, u = np.meshgrid(found.v_mm, found.u_mm, indexing="ij")
    uv = np.stack([u[inside], v[inside]], axis=1)[::17]
    back = found.chart.uv_from_lps(found.chart.lps_from_uv(uv))
    assert np.abs(back - uv).max() < 1e-3


def test_a_territory_that_is_the_whole_liver_has_no_cut():
    with pytest.raises(PlanError, match="no cut"):
        walls(territory(2, 3, 4))


def test_beside_a_plane_the_territory_keeps_the_walls_that_the_plane_leaves():
    plane = PlaneResection(point_lps_mm=tuple(CENTRE), normal_lps=tuple(NORMAL))
    kept = sum(one.cut_area_mm2 for one in walls(territory(2), plane))
    assert kept == pytest.approx(0.0, abs=40.0)
