"""Answers on analytic phantoms; the same patient in any storage order; a mirrored liver is impossible."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.phantom.analytic import box_phantom, sphere_phantom, two_branch_tree_phantom
from engine.phantom.grid import centred_geometry
from engine.resection import PlanAnswer, PlaneResection, PlanEvaluator, ResectionPlan
from engine.volume import LabelVolume


def turned(angle: float, *, left_handed: bool) -> NDArray[np.float64]:
    c, s = math.cos(angle), math.sin(angle)
    axes = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if left_handed:
        axes[:, 1] *= -1.0
    return axes


def grid(spacing: tuple[float, float, float], axes: NDArray[np.float64]) -> VolumeGeometry:
    shape = tuple(math.ceil(126.0 / s) for s in spacing[::-1])
    return VolumeGeometry.from_parts(
        shape_kji=shape,
        spacing_ijk_mm=spacing,
        direction=axes,
        origin_lps_mm=-(axes * spacing) @ ((np.array(shape[::-1]) - 1) / 2.0),
    )


def plane(point: tuple[float, ...], normal: tuple[float, ...]) -> ResectionPlan:
    return ResectionPlan(resections=(PlaneResection(point_lps_mm=point, normal_lps=normal),))


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 1.1, 2.5)])
@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (-0.4, 0.3, 0.85)])
def test_sphere_phantom_has_its_cap_volume_and_margin(
    normal: tuple[float, float, float], spacing: tuple[float, float, float], left_handed: bool
) -> None:
    phantom = sphere_phantom(grid(spacing, turned(0.5, left_handed=left_handed)))
    unit = np.array(normal) / np.linalg.norm(normal)
    tumour = np.array(phantom.truth.centroids_lps_mm["tumour_01"])
    away_mm = 16.0  # of the plane, from the tumour's centre
    answer = PlanEvaluator(phantom.labels).evaluate(plane(tuple(tumour + away_mm * unit), normal))
    height_mm = 40.0 - (tumour @ unit + away_mm)
    cap_ml = math.pi * height_mm**2 * (3.0 * 40.0 - height_mm) / 3.0 / 1000.0
    assert answer.structure("liver").total_ml == pytest.approx(phantom.truth.volumes_ml["liver"], rel=0.004)
    assert answer.structure("liver").resected_ml == pytest.approx(cap_ml, rel=0.01, abs=0.5)
    (margin,) = answer.margins
    assert margin.status == "remnant"
    assert margin.minimum_mm is not None
    truth_mm = away_mm - phantom.truth.tumour_radius_mm
    # Voxel centres lie inside the tumour, so never nearer than its surface, and at most half a voxel further; a
    # pole between voxels adds a little.
    assert truth_mm - 1e-9 <= margin.minimum_mm <= truth_mm + margin.uncertainty_mm + 0.2 * max(spacing)


def test_box_phantom_is_cut_into_parts_of_known_volume_with_status_per_tumour() -> None:
    phantom = box_phantom(centred_geometry(shape_kji=(100, 80, 120), spacing_ijk_mm=(0.9, 0.9, 0.9)))
    evaluator = PlanEvaluator(phantom.labels)
    x = 13.0
    answer = evaluator.evaluate(plane((x, 0, 0), (1, 0, 0)))
    assert answer.structure("liver").resected_ml == pytest.approx((45.0 - x) * 60.0 * 80.0 / 1000.0, rel=0.03)
    assert answer.flr is not None
    assert answer.flr.percent == pytest.approx(100.0 * (45.0 + x) / 90.0, abs=1.0)
    assert answer.margins[0].minimum_mm == pytest.approx(x + 20.0 - 8.0, abs=0.9)
    assert answer.margins[0].status == "remnant"
    assert evaluator.evaluate(plane((-20, 0, 0), (1, 0, 0))).margins[0].status == "crossed"
    assert evaluator.evaluate(plane((x, 0, 0), (-1, 0, 0))).margins[0].status == "resected"


def test_tree_phantom_is_crossed_where_its_branches_run() -> None:
    phantom = two_branch_tree_phantom(centred_geometry(shape_kji=(90, 70, 100), spacing_ijk_mm=(1.0, 1.0, 1.0)))
    right, left = phantom.truth.branches[1], phantom.truth.branches[2]
    plan = plane((0.0, 0.0, 3.0), (0.0, 0.0, 1.0))
    found = PlanEvaluator(phantom.labels).evaluate(plan).vessels_crossed
    assert found is not None
    assert [crossing.structure for crossing in found] == ["portal_vein", "portal_vein", "hepatic_veins"]
    for branch in (right, left):
        start, end = np.array(branch.start_lps_mm), np.array(branch.end_lps_mm)
        part = (3.0 - start[2]) / (end[2] - start[2])
        expected = start + part * (end - start)
        nearest = min(found, key=lambda c: float(np.linalg.norm(np.array(c.position_lps_mm) - expected)))
        np.testing.assert_allclose(nearest.position_lps_mm, expected, atol=0.7)
        slope = abs(end[2] - start[2]) / branch.length_mm
        assert nearest.area_mm2 == pytest.approx(math.pi * branch.radius_mm**2 / slope, rel=0.12)
    np.testing.assert_allclose(found[2].position_lps_mm, (0.0, 14.0, 3.0), atol=0.5)
    assert found[2].diameter_mm == pytest.approx(8.0, rel=0.06)


def numbers(answer: PlanAnswer) -> dict[str, object]:
    document = answer.as_json()
    return {key: document[key] for key in ("voxels", "flr_percent", "minimum_margin_mm")}


def stored(labels: LabelVolume, order: tuple[int, ...], flips: tuple[bool, ...]) -> LabelVolume:
    """The same voxels at the same places in the patient, stored in another order of axes and directions."""
    array, matrix = labels.labels, np.array(labels.geometry.lps_from_ijk)
    for axis, flip in enumerate(flips):
        if flip:
            column = 2 - axis
            matrix[:3, 3] += matrix[:3, column] * (array.shape[axis] - 1)
            matrix[:3, column] *= -1.0
            array = np.flip(array, axis)
    array = np.transpose(array, order)
    columns = [2 - order[2 - column] for column in range(3)]
    matrix[:3, :3] = matrix[:3, columns]
    geometry = VolumeGeometry(shape_kji=array.shape, lps_from_ijk=matrix)
    return LabelVolume(labels=np.ascontiguousarray(array), geometry=geometry)


def test_the_same_patient_stored_in_any_order_gives_the_same_numbers() -> None:
    phantom = sphere_phantom(grid((2.0, 2.2, 2.9), turned(0.3, left_handed=False)))
    plan = plane((-1.3, 2.1, 3.7), (0.7, -0.31, 0.53))
    truth = numbers(PlanEvaluator(phantom.labels).evaluate(plan))
    assert 0 < truth["voxels"]["liver"]["resected"] < truth["voxels"]["liver"]["total"]
    for order in itertools.permutations(range(3)):
        for flips in itertools.product((False, True), repeat=3):
            found = numbers(PlanEvaluator(stored(phantom.labels, order, flips)).evaluate(plan))
            assert found["voxels"] == truth["voxels"]
            assert found["minimum_margin_mm"] == pytest.approx(truth["minimum_margin_mm"])


def test_a_mirrored_liver_gives_other_numbers_and_the_mirrored_plane_the_same() -> None:
    """The phantom's tumour lies to the right: reading it mirrored cannot go unnoticed."""
    phantom = sphere_phantom(grid((2.0, 2.0, 2.5), np.eye(3)))
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirrored = LabelVolume(
        labels=phantom.labels.labels,
        geometry=VolumeGeometry(
            shape_kji=phantom.labels.geometry.shape_kji, lps_from_ijk=mirror @ phantom.labels.geometry.lps_from_ijk
        ),
    )
    right_side_taken = plane((-3.1, 0.2, 0.1), (-1.0, 0.02, 0.03))
    left_side_taken = plane((3.1, 0.2, 0.1), (1.0, 0.02, 0.03))
    truth = PlanEvaluator(phantom.labels).evaluate(right_side_taken)
    assert truth.margins[0].status == "resected"
    assert PlanEvaluator(mirrored).evaluate(right_side_taken).margins[0].status == "remnant"
    reflected = PlanEvaluator(mirrored).evaluate(left_side_taken)
    assert numbers(reflected)["voxels"] == numbers(truth)["voxels"]
    assert reflected.margins[0].minimum_mm == pytest.approx(truth.margins[0].minimum_mm)
