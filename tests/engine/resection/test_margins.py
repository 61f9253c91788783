"""Margins and areas of every kind of cut against brute force and formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection import (
    PlaneResection,
    PlanEvaluator,
    Resection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.volume import LabelVolume

RADIUS_MM = 40.0


def ball_liver(*, tumour_mm: float = 8.0, at: tuple[float, float, float] = (14.0, 0.0, 0.0)) -> LabelVolume:
    """A ball of liver with a round tumour, on an oblique left-handed grid around the origin."""
    axes, _ = np.linalg.qr(np.random.default_rng(8).normal(size=(3, 3)))
    axes[:, 0] *= -np.sign(np.linalg.det(axes))
    spacing = np.array([1.0, 1.1, 1.6])
    shape = tuple(int(2 * RADIUS_MM / step) + 7 for step in spacing[::-1])
    origin = -(axes * spacing) @ ((np.array(shape[::-1]) - 1) / 2.0)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing, direction=axes, origin_lps_mm=origin)
    points = centres(geometry).reshape(*shape, 3)
    labels = (np.linalg.norm(points, axis=-1) <= RADIUS_MM).astype(np.uint8)
    labels[np.linalg.norm(points - at, axis=-1) <= tumour_mm] = 101
    return LabelVolume(labels=labels, geometry=geometry)


def centres(geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))


def ball(centre: tuple[float, float, float], radius_mm: float) -> WedgeResection:
    return WedgeResection(
        shape=Spheroid(
            centre_lps_mm=centre, axis_lps=(0.0, 0.0, 1.0), radius_across_mm=radius_mm, radius_along_mm=radius_mm
        )
    )


def plan(*resections: Resection) -> ResectionPlan:
    return ResectionPlan(resections=resections)


def tumour_points(labels: LabelVolume) -> NDArray[np.float64]:
    return centres(labels.geometry)[(labels.labels == 101).ravel()]


def test_the_margin_of_a_sphere_is_its_radius_less_the_farthest_voxel() -> None:
    labels = ball_liver()
    away = np.linalg.norm(tumour_points(labels) - (10.0, 3.0, 0.0), axis=1)
    evaluator = PlanEvaluator(labels)
    for details in (False, True):
        (margin,) = evaluator.evaluate(plan(ball((10.0, 3.0, 0.0), 20.0)), details=details).margins
        assert margin.status == "resected"
        assert margin.minimum_mm == pytest.approx(20.0 - away.max(), abs=0.05)
    (outside,) = evaluator.evaluate(plan(ball((-20.0, 5.0, 0.0), 15.0))).margins
    far = np.linalg.norm(tumour_points(labels) - (-20.0, 5.0, 0.0), axis=1).min() - 15.0
    assert (outside.status, outside.minimum_mm) == ("remnant", pytest.approx(far, abs=0.05))
    assert outside.nearest_lps_mm is not None
    assert np.linalg.norm(np.array(outside.nearest_lps_mm) - (-20.0, 5.0, 0.0)) == pytest.approx(15.0, abs=0.05)
    (crossed,) = evaluator.evaluate(plan(ball((20.0, 0.0, 0.0), 6.0))).margins
    assert (crossed.status, crossed.minimum_mm) == ("crossed", 0.0)


def test_a_union_of_spheres_keeps_the_margin_that_neither_has_alone() -> None:
    """Two spheres side by side; the waist between them is a ring, found from formulas, and nothing nearer counts."""
    labels = ball_liver(tumour_mm=6.0, at=(0.0, 0.0, 0.0))
    first, second = ball((-6.0, 0.0, 0.0), 18.0), ball((6.0, 0.0, 0.0), 18.0)
    points = tumour_points(labels)
    waist = math.sqrt(18.0**2 - 6.0**2)  # the ring x = 0
    ring = np.hypot(np.linalg.norm(points[:, 1:], axis=1) - waist, points[:, 0]).min()
    caps = [18.0 - np.linalg.norm(points - centre, axis=1).max() for centre in ((-6.0, 0, 0), (6.0, 0, 0))]
    evaluator = PlanEvaluator(labels)
    for order in ((first, second), (second, first)):
        (margin,) = evaluator.evaluate(plan(*order), details=False).margins
        # From inside, the ring is nearest where the caps themselves lie beyond it.
        samples = sphere_points()
        boundary = np.concatenate(
            [
                18.0 * samples + (-6.0, 0.0, 0.0),
                18.0 * samples + (6.0, 0.0, 0.0),
            ]
        )
        others = np.concatenate([np.full(len(samples), 6.0), np.full(len(samples), -6.0)])
        outer = boundary[np.linalg.norm(boundary - np.stack([others, 0 * others, 0 * others], 1), axis=1) >= 18.0]
        truth = min(np.linalg.norm(points - one, axis=1).min() for one in outer[:: len(outer) // 4000])
        assert -0.1 <= margin.minimum_mm - min(truth, ring) <= 0.02
        assert margin.minimum_mm > max(caps) + 1.5


def sphere_points(count: int = 40_000) -> NDArray[np.float64]:
    number = np.arange(count) + 0.5
    z = 1.0 - 2.0 * number / count
    turn = number * math.pi * (3.0 - math.sqrt(5.0))
    return np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)


def test_a_surface_bent_like_a_ball_has_the_distance_of_its_points() -> None:
    labels = ball_liver()
    evaluator = PlanEvaluator(labels)
    flat = evaluator.flat_surface(PlaneResection(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(1.0, 0.1, 0.0)))
    net = flat.control_net_lps_mm.copy()
    net[1:3, 1:3] -= 9.0 * flat.frame.normal_lps
    surface = SurfaceResection.from_net(net)
    frame = surface.frame
    t = np.linspace(0.0, 1.0, 400)
    weights = np.stack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3], axis=1)
    samples = np.einsum("vr,uc,rcx->vux", weights, weights, frame.net_mm).reshape(-1, 3) @ frame.axes_lps
    samples += frame.origin_lps_mm
    truth = cKDTree(samples).query(tumour_points(labels))[0].min()
    (margin,) = evaluator.evaluate(plan(surface), details=False).margins
    assert margin.minimum_mm == pytest.approx(truth, abs=0.05)


def test_a_plane_through_a_ball_has_its_disc_and_the_parts_of_it_near_the_tumour() -> None:
    labels = ball_liver(tumour_mm=8.0, at=(14.0, 0.0, 0.0))
    answer = PlanEvaluator(labels).evaluate(plan(PlaneResection(point_lps_mm=(3.0, 0, 0), normal_lps=(1.0, 0, 0))))
    disc_mm2 = math.pi * (RADIUS_MM**2 - 9.0)
    assert answer.cut_area_mm2 == pytest.approx(disc_mm2, rel=0.01)
    (margin,) = answer.margins
    assert margin.minimum_mm == pytest.approx(3.0, abs=1.0)
    assert margin.nearest_lps_mm is not None
    np.testing.assert_allclose(margin.nearest_lps_mm, (3.0, 0.0, 0.0), atol=3.0)
    assert (margin.under_1_mm2, answer.margins[0].under_5_mm2) == (
        0.0,
        pytest.approx(math.pi * (13.0**2 - 11.0**2), rel=0.25),
    )
    assert margin.under_10_mm2 == pytest.approx(math.pi * (18.0**2 - 11.0**2), rel=0.08)
    # Facing: within 60 degrees of the perpendicular, a disc of radius 11 tan 60; its nearest 5 % end at 4.3 mm.
    radius = 11.0 * math.tan(math.radians(60.0))
    fifth = math.hypot(11.0, radius * math.sqrt(0.05)) - 8.0
    assert margin.fifth_percentile_mm == pytest.approx(fifth, abs=0.6)


def test_previews_leave_out_what_takes_longer() -> None:
    answer = PlanEvaluator(ball_liver()).evaluate(plan(ball((10.0, 0, 0), 20.0)), details=False)
    assert answer.cut_area_mm2 is None
    (margin,) = answer.margins
    assert (margin.nearest_lps_mm, margin.fifth_percentile_mm, margin.under_5_mm2) == (None, None, None)


@pytest.mark.parametrize("shape", ["spheroid", "cone"])
@pytest.mark.parametrize("margin_mm", [0.0, 5.0, 12.0])
def test_a_wedge_around_a_tumour_keeps_its_margin(shape: str, margin_mm: float) -> None:
    labels = ball_liver(tumour_mm=7.0, at=(20.0, 6.0, -4.0))
    evaluator = PlanEvaluator(labels)
    wedge = evaluator.wedge_around("tumour_01", margin_mm=margin_mm, shape=shape)
    assert (wedge.tumour, wedge.margin_mm) == ("tumour_01", margin_mm)
    answer = evaluator.evaluate(plan(wedge), details=False)
    (margin,) = answer.margins
    assert margin.status == "resected"
    assert margin.minimum_mm is not None
    assert margin_mm <= margin.minimum_mm <= margin_mm + 1.5
    assert answer.structure("liver").resected_ml < 0.6 * answer.structure("liver").total_ml


def test_a_wedge_of_an_unknown_tumour_or_an_absurd_margin_is_refused_with_a_cure() -> None:
    evaluator = PlanEvaluator(ball_liver())
    for tumour, margin_mm in (("tumour_07", 5.0), ("tumour_01", -1.0), ("tumour_01", math.nan)):
        with pytest.raises(PlanError) as refused:
            evaluator.wedge_around(tumour, margin_mm=margin_mm)
        assert refused.value.cure


def halves(labels: LabelVolume) -> LiverMap:
    """Segment 2 where x < 0, 3 where 0 <= x < 15, 4 beyond."""
    x = centres(labels.geometry)[:, 0].reshape(labels.labels.shape)
    segment = np.where(labels.labels > 0, 2 + (x >= 0.0) + (x >= 15.0), 0).astype(np.uint8)
    branch = (segment > 0).astype(np.uint16)
    box = tuple(slice(0, n) for n in labels.labels.shape)
    return LiverMap(
        box=(box[0], box[1], box[2]),
        portal_branch=branch,
        hepatic_branch=branch,
        segment=segment,
        uncertain=np.zeros_like(segment),
    )


def test_neighbouring_territories_have_no_cut_between_them() -> None:
    labels = ball_liver(tumour_mm=5.0, at=(15.0, 0.0, 0.0))
    evaluator = PlanEvaluator(labels, liver_map=halves(labels))
    apart = plan(TerritoryResection(segments=(3,)), TerritoryResection(segments=(4,)))
    together = plan(TerritoryResection(segments=(3, 4)))
    first, second = evaluator.evaluate(apart), evaluator.evaluate(together)
    assert first.structures == second.structures
    assert first.margins == second.margins
    assert first.cut_area_mm2 == second.cut_area_mm2
    (margin,) = first.margins
    assert margin.status == "resected"
    assert margin.minimum_mm == pytest.approx(10.0, abs=2.0)
    assert first.cut_area_mm2 == pytest.approx(math.pi * RADIUS_MM**2, rel=0.03)
    (crossed,) = evaluator.evaluate(plan(TerritoryResection(segments=(4,)))).margins
    assert crossed.status == "crossed"


def test_a_territory_has_the_numbers_of_the_plane_that_bounds_it() -> None:
    labels = ball_liver(tumour_mm=8.0, at=(14.0, 0.0, 0.0))
    evaluator = PlanEvaluator(labels, liver_map=halves(labels))
    territory = evaluator.evaluate(plan(TerritoryResection(segments=(3, 4))))
    flat = evaluator.evaluate(plan(PlaneResection(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))))
    assert flat.cut_area_mm2 is not None
    assert territory.cut_area_mm2 == pytest.approx(flat.cut_area_mm2, rel=0.03)
    (margin,), (truth,) = territory.margins, flat.margins
    assert margin.under_10_mm2 == pytest.approx(truth.under_10_mm2, rel=0.1)
    assert margin.fifth_percentile_mm == pytest.approx(truth.fifth_percentile_mm, abs=0.5)


def test_a_territory_and_a_plane_share_the_area_of_what_bounds_both() -> None:
    """The half x > 0 and the half y > 0 together end in two half discs."""
    labels = ball_liver(tumour_mm=5.0, at=(15.0, 0.0, 0.0))
    evaluator = PlanEvaluator(labels, liver_map=halves(labels))
    plane = PlaneResection(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(0.0, 1.0, 0.0))
    answer = evaluator.evaluate(plan(plane, TerritoryResection(segments=(3, 4))))
    assert answer.cut_area_mm2 == pytest.approx(math.pi * RADIUS_MM**2, rel=0.03)
