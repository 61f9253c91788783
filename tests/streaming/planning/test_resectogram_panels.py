"""What is written beside a flattened cut: vessels where the cut passes, tumours where they lie."""

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.resection import PlanEvaluator
from engine.resection.function.value import CutBranch
from engine.resection.plan import Cone, PlaneResection, ResectionPlan, TerritoryResection, WedgeResection
from engine.resection.resectogram import ResectogramMaker
from engine.volume import LabelVolume, ScanVolume
from streaming.planning.resectogram_panels import cut_vessels, kind_title, near_tumours

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(50, 60, 60), spacing_ijk_mm=(2.0, 2.0, 2.5))
CENTRE = GEOMETRY.lps_from_index([29.5, 29.5, 24.5])


def volumes():
    k, j, i = np.indices(GEOMETRY.shape_kji)
    points = GEOMETRY.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels = np.where(np.linalg.norm(points, axis=-1) < 50, anatomy.PARENCHYMA, 0).astype(np.uint8)
    labels[np.linalg.norm(points - [15.0, 12.0, -10.0], axis=-1) < 9] = anatomy.FIRST_TUMOUR
    labels[np.linalg.norm(points - [-45.0, 0.0, 0.0], axis=-1) < 4] = anatomy.FIRST_TUMOUR + 1
    scan = ScanVolume(voxels_hu=np.zeros(GEOMETRY.shape_kji, np.int16), geometry=GEOMETRY)
    return LabelVolume(labels=labels, geometry=GEOMETRY), scan


LABELS, SCAN = volumes()
MAKER = ResectogramMaker(LABELS, SCAN)
EVALUATOR = PlanEvaluator(LABELS)
PLANE = PlaneResection(point_lps_mm=tuple(CENTRE), normal_lps=(1.0, 0.0, 0.0))
OTHER = PlaneResection(point_lps_mm=tuple(CENTRE), normal_lps=(0.0, 0.0, 1.0))


def branch(x: float, y: float, z: float) -> CutBranch:
    return CutBranch(
        branch=1,
        tree="portal",
        name="right",
        position_lps_mm=tuple(CENTRE + np.array([x, y, z])),
        calibre_mm=6.5,
        severs=True,
        territory_ml=100.0,
        remnant_lost_ml=0.0,
    )


class Answered:
    """An answer with given cut branches."""

    def __init__(self, *branches: CutBranch) -> None:
        self.function = self
        self.cut_branches = branches


def test_a_vessel_stands_where_it_crosses_this_cut_and_not_on_another_one():
    plan = ResectionPlan(resections=(PLANE, OTHER))
    on_plane, on_other, beyond = branch(0, 20, -15), branch(-20, 5, 0), branch(0, 20, 15)
    for number, expected in ((1, on_plane), (2, on_other)):
        found = MAKER.make(plan, number, pixels=96)
        (vessel,) = cut_vessels(found, Answered(on_plane, on_other, beyond))
        assert vessel.title == "Right portal vein"
        point = found.chart.lps_from_uv(np.array([vessel.uv_mm]))[0]
        assert point == pytest.approx(np.array(expected.position_lps_mm), abs=1e-6)


def test_without_trees_the_vessels_themselves_are_named():
    labels = LABELS.labels.copy()
    k, j, i = np.indices(labels.shape)
    points = GEOMETRY.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels[(np.hypot(points[..., 1] - 20, points[..., 2] + 15) < 6) & (np.abs(points[..., 0]) < 30)] = (
        anatomy.PORTAL_VEIN
    )
    plan = ResectionPlan(resections=(PLANE,))
    answer = PlanEvaluator(LabelVolume(labels=labels, geometry=GEOMETRY)).evaluate(plan)
    (vessel,) = cut_vessels(MAKER.make(plan, 1, pixels=96), answer)
    assert (vessel.title, vessel.tree) == ("Portal vein", "portal")
    assert vessel.calibre_mm == pytest.approx(12.0, rel=0.1)


def test_a_tumours_shadow_lies_where_it_is_seen_along_the_normal_and_far_ones_are_left_out():
    plan = ResectionPlan(resections=(PLANE,))
    found = MAKER.make(plan, 1, pixels=128)
    (tumour,) = near_tumours(found, LABELS, EVALUATOR.evaluate(plan, details=False))
    assert (tumour.margin.tumour, tumour.margin.status) == ("tumour_01", "resected")
    seen = found.position_lps_mm[tumour.shadow].astype(np.float64)
    assert seen.mean(axis=0) == pytest.approx(CENTRE + np.array([0.0, 12.0, -10.0]), abs=0.8)
    assert tumour.shadow.sum() * found.step_mm**2 == pytest.approx(np.pi * 81, rel=0.15)


def test_every_kind_has_a_name_people_use():
    cone = Cone(apex_lps_mm=(0, 0, 0), axis_lps=(0, 0, 1), half_angle_degrees=30, depth_mm=50)
    assert kind_title(PLANE) == "plane"
    assert kind_title(WedgeResection(shape=cone, tumour="tumour_02")) == "wedge (cone) around Tumour 2"
    assert kind_title(WedgeResection(shape=cone, tumour="the big one")) == "wedge (cone) around the big one"
    assert kind_title(TerritoryResection(segments=(2, 3))) == "territory"
