"""Intervals from a network's probabilities against truths drawn with errors that hang together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtri

from engine.geometry import VolumeGeometry
from engine.resection.confidence.outline import COMMON, CORRELATION_MM, OutlineSpread
from engine.resection.rows import CutRows, RowWindow

STEP_MM = 2.0
SHAPE = (44, 44, 44)


def grid() -> VolumeGeometry:
    return VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(STEP_MM,) * 3)


@pytest.fixture(scope="module")
def ball() -> NDArray[np.uint8]:
    """Probability of 255 of lying in a ball of 28 mm, whose outline is known to about 2.5 mm."""
    k, j, i = np.indices(SHAPE)
    away = np.sqrt((k - 21.5) ** 2 + (j - 21.5) ** 2 + (i - 21.5) ** 2) * STEP_MM
    from scipy.special import ndtr

    return np.rint(255.0 * ndtr((28.0 - away) / 2.5)).astype(np.uint8)


def drawn_truths(ball: NDArray[np.uint8], count: int, length_mm: float) -> list[NDArray[np.bool_]]:
    """Truths with the ball's probability in every voxel, whose errors are a Gaussian field of that length."""
    rng = np.random.default_rng(4)
    limit = ndtri(np.clip(ball / 255.0, 1e-6, 1.0 - 1e-6))
    distance = np.sqrt(sum(np.minimum(n, size - n) ** 2 for n, size in zip(np.indices(SHAPE), SHAPE, strict=True)))
    covariance = np.exp(-distance * STEP_MM / length_mm) if length_mm > 0 else (distance == 0).astype(float)
    spectrum = np.sqrt(np.maximum(np.fft.fftn(covariance).real, 0.0))
    fields = []
    for _ in range(count):
        field = np.fft.ifftn(np.fft.fftn(rng.normal(size=SHAPE)) * spectrum).real
        fields.append(limit + field / field.std() > 0.0 if length_mm == 0 else limit + field > 0.0)
    return fields


def rows_of(mask: NDArray[np.bool_]) -> CutRows:
    return CutRows.of_mask(mask, RowWindow.whole(grid()))


@pytest.mark.parametrize("length_mm", [CORRELATION_MM, CORRELATION_MM / 2.0, 0.0])
def test_truth_lies_in_the_interval_at_least_19_times_in_20(ball: NDArray[np.uint8], length_mm: float) -> None:
    drawn = ball > 127
    spread = OutlineSpread.build(ball, drawn, grid(), grid())
    cut = np.zeros(SHAPE, dtype=bool)
    cut[:, :, 26:] = True
    resected, remnant = (2.0 * np.sqrt(variance) for variance in spread.sides_ml2(rows_of(cut)))
    ml = grid().voxel_volume_ml
    off = []
    for truth in drawn_truths(ball, 150, length_mm):
        off.append([((truth & side).sum() - (drawn & side).sum()) * ml for side in (cut, ~cut)])
    hits = np.abs(np.array(off)) <= (resected, remnant)
    assert (hits.mean(axis=0) >= 0.93).all()
    if length_mm == CORRELATION_MM:
        # Not by being boundless: the errors fill a good part of the interval.
        assert (np.array(off).std(axis=0) > 0.25 * np.array([resected, remnant])).all()


def test_the_sides_of_a_cut_share_the_variance_of_the_whole(ball: NDArray[np.uint8]) -> None:
    spread = OutlineSpread.build(ball, ball > 127, grid(), grid())
    cut = np.random.default_rng(1).random(SHAPE) < 0.3
    resected, remnant = spread.sides_ml2(rows_of(cut))
    assert resected + remnant == pytest.approx(float(spread.variances_ml2.sum()))
    assert spread.sides_ml2(rows_of(np.ones(SHAPE, dtype=bool))) == pytest.approx((resected + remnant, 0.0))


def test_what_a_scan_shares_moves_both_sides_together_and_is_counted_where_it_lies(ball: NDArray[np.uint8]) -> None:
    spread = OutlineSpread.build(ball, ball > 127, grid(), grid())
    cut = np.zeros(SHAPE, dtype=bool)
    cut[:, :, :22] = True
    resected, remnant = spread.common_ml(rows_of(cut))
    assert resected == pytest.approx(remnant, rel=0.25)  # places are blocks of three voxels
    assert resected + remnant == pytest.approx(COMMON * spread.shift_ml)


def test_a_sure_outline_has_no_spread() -> None:
    drawn = np.zeros(SHAPE, dtype=bool)
    drawn[10:30, 10:30, 10:30] = True
    spread = OutlineSpread.build(np.where(drawn, 255, 0).astype(np.uint8), drawn, grid(), grid())
    assert spread.variances_ml2.sum() == 0.0
    assert spread.shift_ml == 0.0


def test_doubt_far_from_the_outline_does_not_count(ball: NDArray[np.uint8]) -> None:
    drawn = ball > 127
    near = OutlineSpread.build(ball, drawn, grid(), grid())
    far = ball.copy()
    far[:3, :3, :3] = 127
    assert ndimage.distance_transform_edt(~drawn)[1, 1, 1] * STEP_MM > 20.0
    assert OutlineSpread.build(far, drawn, grid(), grid()).variances_ml2.sum() == pytest.approx(
        float(near.variances_ml2.sum())
    )


def test_the_position_of_the_outline_is_known_to_its_deviation(ball: NDArray[np.uint8]) -> None:
    spread = OutlineSpread.build(ball, ball > 127, grid(), grid())
    surface_mm2 = 4.0 * np.pi * 28.0**2
    assert 1000.0 * spread.shift_ml / surface_mm2 == pytest.approx(2.5, rel=0.1)


def test_places_are_told_in_the_scans_own_grid_whatever_its_axes(ball: NDArray[np.uint8]) -> None:
    axes = np.diag([-1.0, 1.0, -1.0])
    scan = VolumeGeometry.from_parts(
        shape_kji=(60, 100, 120), spacing_ijk_mm=(0.8, 0.9, 1.6), direction=axes, origin_lps_mm=(88.0, -1.0, 88.0)
    )
    spread = OutlineSpread.build(ball, ball > 127, grid(), scan)
    points = scan.lps_from_index(spread.places[:, ::-1])
    away = np.linalg.norm(points - 21.5 * STEP_MM, axis=1)
    weighted = np.average(away, weights=spread.variances_ml2)
    assert weighted == pytest.approx(28.0, abs=1.5)
