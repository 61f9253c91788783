"""Distance fields against analytic solids, placed by the patient's millimetres."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.field import DistanceField
from engine.geometry import VolumeGeometry
from engine.resection.fields import liver_distance_field, tumour_distance_field
from engine.volume import LabelVolume


def oblique_axes(seed: int, *, left_handed: bool) -> NDArray[np.float64]:
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    axes *= np.sign(np.linalg.det(axes))
    if left_handed:
        axes[:, 0] *= -1.0
    return axes


def points_of(geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1))


def millimetres(field: DistanceField) -> NDArray[np.float64]:
    return (field.values.astype(float) - field.zero_value) * field.mm_per_step


LIVER_BALLS = (((0.0, 0.0, 0.0), 34.0), ((30.0, 10.0, 4.0), 22.0))
TUMOUR_BALLS = (((-12.0, 8.0, 10.0), 9.0), ((25.0, 5.0, -6.0), 6.0))


def distance_to(balls: tuple[tuple[tuple[float, ...], float], ...], points: NDArray[np.float64]):
    """Exact outside the union and near its surface away from the seam."""
    return np.min([np.linalg.norm(points - np.array(c), axis=-1) - r for c, r in balls], axis=0)


def asymmetric_labels(spacing: tuple[float, float, float], axes: NDArray[np.float64]) -> LabelVolume:
    shape = tuple(int(150 / s) for s in spacing[::-1])
    at_origin = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing, direction=axes)
    origin = np.array([10.0, 4.0, 2.0]) - at_origin.lps_from_index((np.array(shape[::-1]) - 1) / 2.0)
    geometry = VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing, direction=axes, origin_lps_mm=origin)
    points = points_of(geometry)
    labels = (distance_to(LIVER_BALLS, points) <= 0).astype(np.uint8)
    for value, ball in zip((101, 102), TUMOUR_BALLS, strict=True):
        labels[distance_to((ball,), points) <= 0] = value
    return LabelVolume(labels=labels, geometry=geometry)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize(
    ("spacing", "worst_mm", "mean_mm"),
    [((1.0, 1.0, 1.0), 1.3, 0.3), ((0.8, 0.8, 2.5), 1.8, 0.3), ((0.9, 0.9, 5.0), 2.8, 0.5)],
)
def test_fields_give_the_analytic_distance_at_their_points(
    spacing: tuple[float, float, float], worst_mm: float, mean_mm: float, left_handed: bool
) -> None:
    labels = asymmetric_labels(spacing, oblique_axes(4, left_handed=left_handed))
    for field, balls in (
        (liver_distance_field(labels), LIVER_BALLS),
        (tumour_distance_field(labels), TUMOUR_BALLS),
    ):
        assert field is not None
        truth = distance_to(balls, points_of(field.geometry))
        where = (truth > -3.0) & (truth < 15.0)
        if balls is LIVER_BALLS:
            where &= truth > -1.0  # the seam between the balls has no closed form inside
        error = np.abs(millimetres(field) - truth)[where]
        assert error.max() <= worst_mm
        assert error.mean() <= mean_mm


def test_the_field_reaches_20_mm_beyond_the_liver_on_2_mm_samples() -> None:
    labels = asymmetric_labels((1.0, 1.0, 2.0), np.eye(3))
    liver, tumours = liver_distance_field(labels), tumour_distance_field(labels)
    assert liver is not None and tumours is not None
    assert liver.geometry.matches(tumours.geometry)
    np.testing.assert_allclose(liver.geometry.spacing_ijk_mm, 2.0)
    inside = points_of(liver.geometry)[millimetres(liver) <= 0.0]
    corners = points_of(liver.geometry)[[0, -1], [0, -1], [0, -1]]
    assert (inside.min(axis=0) - corners[0] >= 19.0).all()
    assert (corners[1] - inside.max(axis=0) >= 19.0).all()


def test_a_large_liver_gets_coarser_samples_but_never_more_than_160() -> None:
    labels = np.zeros((100, 90, 90), dtype=np.uint8)
    labels[5:95, 10:80, 10:80] = 1
    geometry = VolumeGeometry.from_parts(shape_kji=(100, 90, 90), spacing_ijk_mm=(3.0, 3.0, 4.0))
    field = liver_distance_field(LabelVolume(labels=labels, geometry=geometry))
    assert field is not None
    assert max(field.geometry.shape_kji) <= 160
    assert field.geometry.spacing_ijk_mm[0] > 2.0


def test_thick_slices_give_slopes_and_not_steps() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(12, 60, 80), spacing_ijk_mm=(1.0, 1.0, 5.0))
    k, j, i = np.indices(geometry.shape_kji)
    labels = ((i < 10 + 5 * k) & (i > 4) & (k > 0) & (k < 11) & (j > 5) & (j < 55)).astype(np.uint8)
    field = liver_distance_field(LabelVolume(labels=labels, geometry=geometry))
    assert field is not None
    points = points_of(field.geometry)
    normal = np.array([1.0, 0.0, -1.0]) / np.sqrt(2.0)
    truth = (points - np.array([9.5, 0.0, 0.0])) @ normal
    _, y, z = np.moveaxis(points, -1, 0)
    middle = (z > 20) & (z < 40) & (y > 25) & (y < 35) & (np.abs(truth) < 4.0)
    assert middle.sum() > 100
    assert np.abs(millimetres(field) - truth)[middle].max() < 0.7


def test_what_is_absent_has_no_field() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(6, 6, 6), spacing_ijk_mm=(2.0, 2.0, 2.0))
    empty = np.zeros((6, 6, 6), dtype=np.uint8)
    assert liver_distance_field(LabelVolume(labels=empty, geometry=geometry)) is None
    liver = empty.copy()
    liver[2:4, 2:4, 2:4] = 1
    assert tumour_distance_field(LabelVolume(labels=liver, geometry=geometry)) is None
    assert liver_distance_field(LabelVolume(labels=liver, geometry=geometry)) is not None


def test_a_tumour_that_touches_the_end_of_the_scan_has_a_field() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(8, 8, 1), spacing_ijk_mm=(4.0, 2.0, 2.0))
    labels = np.ones((8, 8, 1), dtype=np.uint8)
    labels[:, :3, 0] = 101
    field = tumour_distance_field(LabelVolume(labels=labels, geometry=geometry))
    assert field is not None
    points = points_of(field.geometry)[millimetres(field) < 0.0]
    np.testing.assert_allclose([points.min(axis=0), points.max(axis=0)], [[-2, -1, -1], [2, 5, 15]], atol=2.0)
