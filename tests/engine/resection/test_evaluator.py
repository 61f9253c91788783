"""The evaluator against counting every voxel, and against analytic truth."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, structure_named, structures_present
from engine.geometry import VolumeGeometry
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan, warm_up
from engine.resection import kernels as plane_kernels
from engine.resection.counting import count_every_voxel, signed_distances_mm
from engine.resection.vessel_cut import kernels as vessel_kernels
from engine.volume import LabelVolume


def rotation(angles: tuple[float, float, float]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        c, s = math.cos(angle), math.sin(angle)
        turn = np.eye(3)
        p, q = [n for n in range(3) if n != axis]
        turn[p, p], turn[p, q], turn[q, p], turn[q, q] = c, -s, s, c
        matrix = matrix @ turn
    return matrix


@st.composite
def label_volumes(draw: st.DrawFn) -> LabelVolume:
    shape = tuple(draw(st.integers(1, 14)) for _ in range(3))
    spacing = [draw(st.floats(0.3, 6.0)) for _ in range(3)]
    direction = rotation(tuple(draw(st.floats(-3.2, 3.2)) for _ in range(3)))
    if draw(st.booleans()):
        direction[:, draw(st.integers(0, 2))] *= -1.0  # left-handed storage
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape,
        spacing_ijk_mm=spacing,
        direction=direction,
        origin_lps_mm=[draw(st.floats(-300, 300)) for _ in range(3)],
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = np.array([0, 1, 2, 3, 4, 12, 14, 16, 101, 102], dtype=np.uint8)
    coarse = random.choice(values, size=tuple(-(-n // 2) for n in shape))
    labels = coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2)[: shape[0], : shape[1], : shape[2]]
    noise = random.random(shape) < 0.1
    return LabelVolume(
        labels=np.ascontiguousarray(np.where(noise, random.choice(values, size=shape), labels)), geometry=geometry
    )


@st.composite
def planes_near(draw: st.DrawFn, geometry: VolumeGeometry) -> PlaneResection:
    """A plane through the grid; half of them pass exactly through voxel centres, a third lie along grid axes."""
    ijk = np.array([draw(st.integers(-1, n)) for n in geometry.shape_kji[::-1]], dtype=float)
    if draw(st.booleans()):
        ijk += draw(st.floats(-0.6, 0.6))
    if draw(st.integers(0, 2)) == 0:
        normal = geometry.direction[:, draw(st.integers(0, 2))] * draw(st.sampled_from([-1.0, 1.0]))
    else:
        normal = np.array([draw(st.floats(-1, 1)) for _ in range(3)])
        if not normal.any():
            normal[0] = 1.0
    return PlaneResection(point_lps_mm=tuple(geometry.lps_from_index(ijk)), normal_lps=tuple(normal))


def expected_volumes(labels: LabelVolume, plan: ResectionPlan) -> dict[str, tuple[int, int]]:
    total, resected = count_every_voxel(labels, plan)
    names = [s.name for s in structures_present({int(value) for value in np.unique(labels.labels) if value})]
    answer = {}
    for name in names:
        values = list(structure_named(name).label_values)
        answer[name] = (int(total[values].sum()), int(resected[values].sum()))
    return answer


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_volumes_equal_counting_every_voxel(data: st.DataObject) -> None:
    labels = data.draw(label_volumes())
    planes = data.draw(st.lists(planes_near(labels.geometry), min_size=1, max_size=4))
    plan = ResectionPlan(resections=tuple(planes))
    answer = PlanEvaluator(labels).evaluate(plan, details=False)
    assert {s.name: (s.total_voxels, s.resected_voxels) for s in answer.structures} == expected_volumes(labels, plan)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_order_of_resections_does_not_matter(data: st.DataObject) -> None:
    labels = data.draw(label_volumes())
    planes = data.draw(st.lists(planes_near(labels.geometry), min_size=2, max_size=4))
    evaluator = PlanEvaluator(labels)
    forward = evaluator.evaluate(ResectionPlan(resections=tuple(planes)), details=False)
    backward = evaluator.evaluate(ResectionPlan(resections=tuple(reversed(planes))), details=False)
    assert forward.structures == backward.structures
    assert [m.status for m in forward.margins] == [m.status for m in backward.margins]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_single_plane_margin_equals_brute_force(data: st.DataObject) -> None:
    labels = data.draw(label_volumes())
    plan = ResectionPlan(resections=(data.draw(planes_near(labels.geometry)),))
    heights = signed_distances_mm(plan, labels.geometry)
    for margin in PlanEvaluator(labels).evaluate(plan, details=False).margins:
        inside = heights[labels.mask_of(structure_named(margin.tumour).label_values)]
        if (inside > 0).all():
            assert (margin.status, margin.minimum_mm) == ("resected", inside.min())
        elif (inside <= 0).all():
            assert (margin.status, margin.minimum_mm) == ("remnant", -inside.max())
        else:
            assert (margin.status, margin.minimum_mm) == ("crossed", 0.0)


def distance_to_polytope(point: NDArray[np.float64], plan: ResectionPlan) -> float:
    """Distance to what the planes leave by Dykstra's alternating projections, independent of the kernel."""
    current = point.copy()
    corrections = np.zeros((len(plan.resections), 3))
    for _ in range(1200):
        for n, plane in enumerate(plan.resections):
            moved = current + corrections[n]
            height = (moved - np.array(plane.point_lps_mm)) @ plane.unit_normal_lps
            current = moved - max(height, 0.0) * plane.unit_normal_lps
            corrections[n] = moved - current
    return float(np.linalg.norm(current - point))


@pytest.mark.parametrize("seed", range(8))
def test_margin_to_a_union_of_planes_is_the_distance_to_what_they_leave(seed: int) -> None:
    random = np.random.default_rng(seed)
    geometry = VolumeGeometry.from_parts(
        shape_kji=(4, 5, 6), spacing_ijk_mm=(1.0, 1.3, 2.0), direction=rotation(tuple(random.uniform(-3, 3, 3)))
    )
    block = np.zeros((4, 5, 6), dtype=np.uint8)
    block[1:3, 2:4, 2:5] = 101
    labels = LabelVolume(labels=block, geometry=geometry)
    centre = geometry.lps_from_index([3.0, 2.5, 1.5])
    planes = []
    for _ in range(int(random.integers(2, 5))):
        normal = random.normal(size=3)
        normal /= np.linalg.norm(normal)
        normal *= np.sign(normal @ [0.3, 1.0, 0.2])
        planes.append(
            PlaneResection(point_lps_mm=tuple(centre - normal * random.uniform(4.0, 9.0)), normal_lps=tuple(normal))
        )
    plan = ResectionPlan(resections=tuple(planes))
    (margin,) = PlanEvaluator(labels).evaluate(plan).margins
    k, j, i = np.nonzero(block)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=1))
    assert margin.status == "resected"
    assert margin.minimum_mm == pytest.approx(min(distance_to_polytope(p, plan) for p in points), abs=1e-3)


def ball(*, radius_mm: float, spacing: tuple[float, float, float], direction: NDArray[np.float64]) -> LabelVolume:
    shape = tuple(int(2 * radius_mm / s) + 5 for s in spacing[::-1])
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape, spacing_ijk_mm=spacing, direction=direction, origin_lps_mm=(0.0, 0.0, 0.0)
    )
    centre = np.array(shape[::-1]) / 2.0 - 0.5
    matrix = np.eye(4)
    matrix[:3, :3] = geometry.lps_from_ijk[:3, :3]
    matrix[:3, 3] = -matrix[:3, :3] @ centre
    geometry = VolumeGeometry(shape_kji=shape, lps_from_ijk=matrix)
    k, j, i = np.indices(shape)
    radii = np.linalg.norm(geometry.lps_from_index(np.stack([i, j, k], axis=-1)), axis=-1)
    labels = np.where(radii <= radius_mm, 1, 0).astype(np.uint8)
    labels[radii <= radius_mm / 4.0] = 101
    return LabelVolume(labels=labels, geometry=geometry)


@pytest.mark.parametrize("handed", [1.0, -1.0])
@pytest.mark.parametrize("spacing", [(0.8, 0.8, 0.8), (0.7, 0.7, 2.5)])
def test_cap_of_a_ball_has_its_analytic_volume_and_margin(spacing: tuple[float, float, float], handed: float) -> None:
    radius, offset = 30.0, 13.0
    direction = rotation((0.4, -0.7, 1.1)) @ np.diag([handed, 1.0, 1.0])
    labels = ball(radius_mm=radius, spacing=spacing, direction=direction)
    normal = np.array([0.3, -0.5, 0.8])
    normal /= np.linalg.norm(normal)
    plan = ResectionPlan(
        resections=(PlaneResection(point_lps_mm=tuple(offset * normal), normal_lps=tuple(7.0 * normal)),)
    )
    answer = PlanEvaluator(labels).evaluate(plan)
    height = radius - offset
    cap_ml = math.pi * height**2 * (3.0 * radius - height) / 3.0 / 1000.0
    ball_ml = 4.0 / 3.0 * math.pi * radius**3 / 1000.0
    liver = answer.structure("liver")
    assert liver.total_ml == pytest.approx(ball_ml, rel=0.005)
    assert liver.resected_ml == pytest.approx(cap_ml, rel=0.01)
    (margin,) = answer.margins
    assert margin.status == "remnant"
    assert margin.minimum_mm is not None
    truth_mm = offset - radius / 4.0
    assert truth_mm <= margin.minimum_mm + 1e-9
    assert margin.minimum_mm - margin.uncertainty_mm <= truth_mm + 0.1 * max(spacing)


def test_flr_names_its_denominators_and_never_mixes_them() -> None:
    labels = np.ones((2, 2, 10), dtype=np.uint8)
    labels[:, :, 8:] = 101
    volume = LabelVolume(
        labels=labels, geometry=VolumeGeometry.from_parts(shape_kji=(2, 2, 10), spacing_ijk_mm=(10.0, 10.0, 10.0))
    )
    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(55.0, 0, 0), normal_lps=(1.0, 0, 0)),))
    document = PlanEvaluator(volume).evaluate(plan).as_json()
    assert document["flr_percent"] == pytest.approx(60.0)
    assert document["flr_denominator"] == "total_liver_volume"
    assert document["flr"]["numerator"] == "remnant_liver_volume"
    assert document["flr_tumour_free"]["percent"] == pytest.approx(75.0)
    assert document["flr_tumour_free"]["denominator"] == "total_liver_volume_minus_tumour"
    assert document["volumes_ml"]["liver"] == {
        "total": pytest.approx(40.0),
        "resected": pytest.approx(16.0),
        "remnant": pytest.approx(24.0),
    }
    assert document["minimum_margin_mm"] == {"tumour_01": pytest.approx(25.0)}
    assert document["margins"][0]["uncertainty_mm"] == pytest.approx(5.0)
    assert document["notice"] == "Research use, not a medical device"


def test_liver_includes_what_lies_in_it_and_not_what_does_not() -> None:
    labels = np.zeros((1, 1, 8), dtype=np.uint8)
    labels[0, 0] = [1, 2, 3, 18, 101, 16, 4, 5]
    volume = LabelVolume(
        labels=labels, geometry=VolumeGeometry.from_parts(shape_kji=(1, 1, 8), spacing_ijk_mm=(1.0, 1.0, 1.0))
    )
    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(3.5, 0, 0), normal_lps=(1.0, 0, 0)),))
    answer = PlanEvaluator(volume).evaluate(plan)
    assert {1, 2, 3, 18, 101} <= set(LIVER_VALUES)
    assert (answer.structure("liver").total_voxels, answer.structure("liver").resected_voxels) == (5, 1)
    assert (answer.structure("portal_vein").total_voxels, answer.structure("portal_vein").resected_voxels) == (2, 1)


def test_labels_without_a_liver_have_no_flr() -> None:
    labels = np.full((2, 2, 2), 6, dtype=np.uint8)
    volume = LabelVolume(
        labels=labels, geometry=VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0))
    )
    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(0.5, 0, 0), normal_lps=(1.0, 0, 0)),))
    document = PlanEvaluator(volume).evaluate(plan).as_json()
    assert (document["flr"], document["flr_percent"], document["flr_tumour_free"]) == (None, None, None)
    assert document["volumes_ml"]["spleen"]["resected"] == pytest.approx(0.004)


def test_empty_labels_give_an_empty_answer() -> None:
    volume = LabelVolume(
        labels=np.zeros((3, 3, 3), dtype=np.uint8),
        geometry=VolumeGeometry.from_parts(shape_kji=(3, 3, 3), spacing_ijk_mm=(1.0, 1.0, 1.0)),
    )
    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(1, 1, 1), normal_lps=(1.0, 0, 0)),))
    answer = PlanEvaluator(volume).evaluate(plan)
    assert (answer.structures, answer.margins, answer.vessels_crossed) == ((), (), ())


def test_a_plan_that_leaves_nothing_has_no_margin() -> None:
    volume = LabelVolume(
        labels=np.full((3, 3, 3), 101, dtype=np.uint8),
        geometry=VolumeGeometry.from_parts(shape_kji=(3, 3, 3), spacing_ijk_mm=(1.0, 1.0, 1.0)),
    )
    plan = ResectionPlan(
        resections=(
            PlaneResection(point_lps_mm=(0.5, 0, 0), normal_lps=(1.0, 0, 0)),
            PlaneResection(point_lps_mm=(1.5, 0, 0), normal_lps=(-1.0, 0, 0)),
        )
    )
    (margin,) = PlanEvaluator(volume).evaluate(plan).margins
    assert (margin.status, margin.minimum_mm) == ("resected", None)


@pytest.mark.parametrize("offset", [-10.0, 10.0])
def test_planes_beside_the_labels_take_all_or_nothing(offset: float) -> None:
    labels = ball(radius_mm=6.0, spacing=(1.0, 1.0, 1.0), direction=np.eye(3))
    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(offset, 0, 0), normal_lps=(1.0, 0, 0)),))
    liver = PlanEvaluator(labels).evaluate(plan).structure("liver")
    assert liver.resected_voxels == (liver.total_voxels if offset < 0 else 0)


@pytest.mark.parametrize("mapped", [False, True])
def test_warm_up_leaves_nothing_to_compile(tmp_path: Path, mapped: bool) -> None:
    warm_up()
    kernels = [
        kernel
        for module in (plane_kernels, vessel_kernels)
        for kernel in vars(module).values()
        if hasattr(kernel, "signatures")
    ]
    before = [len(kernel.signatures) for kernel in kernels]
    assert sum(before) > 0  # a kernel that others call has none of its own when they come from the cache
    labels = ball(radius_mm=6.0, spacing=(1.0, 1.0, 1.0), direction=np.eye(3))
    labels.labels[:, 5] = 2
    if mapped:
        np.save(tmp_path / "labels.npy", labels.labels)
        labels = LabelVolume(labels=np.load(tmp_path / "labels.npy", mmap_mode="r"), geometry=labels.geometry)
    evaluator = PlanEvaluator(labels)
    plane = PlaneResection(point_lps_mm=(-3.0, 0, 0), normal_lps=(1.0, 0, 0))
    side = PlaneResection(point_lps_mm=(0, 0, 0), normal_lps=(0.0, 0.3, 1.0))
    for planes in ((plane,), (plane, side), (plane, side, plane)):
        assert evaluator.evaluate(ResectionPlan(resections=planes)).vessels_crossed
    assert [len(kernel.signatures) for kernel in kernels] == before
