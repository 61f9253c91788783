"""Registration of a liver whose movement and growth are known."""

import numpy as np
import pytest

from engine import anatomy
from engine.errors import RegistrationError
from engine.geometry import VolumeGeometry
from engine.imaging.registration import RegistrationOptions, RegistrationQuality, check_quality, register_livers
from engine.imaging.registration.energy import DistanceEnergy, sampled_with_gradient
from engine.imaging.registration.features import liver_features
from engine.imaging.registration.spline import SplineGrid, fit_spline
from engine.phantom.grid import centred_geometry, rotation_matrix
from engine.volume import LabelVolume

EARLIER = centred_geometry(shape_kji=(44, 54, 68), spacing_ijk_mm=(3.0, 3.0, 3.0))
LATER = centred_geometry(
    shape_kji=(40, 62, 78),
    spacing_ijk_mm=(2.8, 2.8, 4.0),
    centre_lps_mm=(12, -9, 15),
    direction=rotation_matrix((6, -4, 10)),
    left_handed=True,
)
QUICK = RegistrationOptions(step_mm=4.0, knots_mm=25.0, iterations=25)


@pytest.fixture(scope="module")
def change(growing):
    return growing(left=1.3, right=0.9, turn=rotation_matrix((4, -6, 8)), shift_mm=(12.0, -9.0, 15.0))


@pytest.fixture(scope="module")
def pair(grown_liver, change):
    return grown_liver(LATER, change), grown_liver(EARLIER)


@pytest.fixture(scope="module")
def registered(pair):
    return register_livers(*pair, QUICK)


def liver_points(labels):
    return labels.geometry.lps_from_index(np.argwhere(labels.mask_of(anatomy.LIVER_VALUES))[:, ::-1])


def test_points_of_a_grown_and_turned_liver_are_led_back(pair, registered, change):
    points = liver_points(pair[0])
    error = np.linalg.norm(registered.to_earlier.apply(points) - change.to_earlier(points), axis=1)
    assert np.median(error) < 2.0, "mm, half a slice"
    assert np.percentile(error, 95) < 8.0, "mm: a smooth egg slides along itself where no vein branches"


def test_the_quality_says_that_both_livers_lie_over_each_other(registered):
    quality = registered.quality
    assert quality.liver_dice > 0.95
    assert quality.surface_mm < 1.5
    assert quality.portal_mm < 1.5 and quality.hepatic_mm < 1.5
    assert 0.5 < quality.least_volume_factor < 1.0 < quality.greatest_volume_factor < 2.0


def test_a_scan_registered_with_itself_stays_where_it_is(pair):
    same = register_livers(pair[1], pair[1], QUICK)
    assert np.linalg.norm(same.to_earlier.apply(liver_points(pair[1])) - liver_points(pair[1]), axis=1).max() < 0.5
    assert same.quality.liver_dice > 0.999


def test_a_scan_without_a_liver_is_refused(pair):
    empty = LabelVolume(labels=np.zeros(EARLIER.shape_kji, np.uint8), geometry=EARLIER)
    with pytest.raises(RegistrationError):
        register_livers(empty, pair[1], QUICK)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"liver_dice": 0.85}, "Dice"),
        ({"portal_mm": 6.0}, "portal"),
        ({"hepatic_mm": 6.0}, "hepatic"),
        ({"least_volume_factor": 0.2}, "3-fold"),
        ({"greatest_volume_factor": 4.0}, "3-fold"),
    ],
)
def test_a_registration_that_failed_is_refused_with_its_reason_and_a_way_on(changed, word):
    good = {
        "liver_dice": 0.97,
        "surface_mm": 0.5,
        "surface_95_mm": 1.0,
        "portal_mm": None,
        "hepatic_mm": 1.0,
        "least_volume_factor": 0.8,
        "greatest_volume_factor": 1.4,
    }
    check_quality(RegistrationQuality(**good))
    with pytest.raises(RegistrationError) as caught:
        check_quality(RegistrationQuality(**{**good, **changed}))
    assert word in caught.value.what
    assert "--plan-after" in caught.value.cure


def test_a_liver_half_as_long_is_refused(grown_liver, growing, pair):
    half = growing(left=0.25, right=0.25)
    with pytest.raises(RegistrationError):
        register_livers(grown_liver(EARLIER, half), pair[1], QUICK)


def test_samples_and_their_slopes_are_those_of_the_field():
    grid = VolumeGeometry.from_parts(shape_kji=(6, 7, 8), spacing_ijk_mm=(2.0, 2.0, 2.0))
    field = np.random.default_rng(1).normal(size=(6, 7, 8, 2)).astype(np.float32)
    points = grid.lps_from_index(np.random.default_rng(2).uniform(0.1, 4.9, (40, 3)))
    _, slopes = sampled_with_gradient(field, grid, points)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-6
        above, _ = sampled_with_gradient(field, grid, points + step)
        below, _ = sampled_with_gradient(field, grid, points - step)
        assert slopes[:, :, axis] == pytest.approx((above - below) / 2e-6, abs=1e-4)


def test_beyond_the_grid_the_edge_holds_and_nothing_pulls_across_it():
    grid = VolumeGeometry.from_parts(shape_kji=(4, 4, 4), spacing_ijk_mm=(1.0, 1.0, 1.0))
    field = np.broadcast_to(np.arange(4.0)[None, None, :, None], (4, 4, 4, 1)).astype(np.float32).copy()
    values, slopes = sampled_with_gradient(field, grid, np.array([[-2.0, 1.5, 1.5], [9.0, 1.5, 1.5], [1.5, 1.5, 1.5]]))
    assert values[:, 0] == pytest.approx([0.0, 3.0, 1.5])
    assert slopes[:, 0, 0] == pytest.approx([0.0, 0.0, 1.0])


def test_the_slope_of_the_loss_is_its_derivative(pair):
    features = [liver_features(labels, step_mm=6.0, around_mm=20.0) for labels in pair]
    energy = DistanceEnergy(*features)
    draw = np.random.default_rng(3)
    at = draw.normal(size=energy.points_lps_mm.shape)
    direction = draw.normal(size=at.shape)
    slope = (energy.residuals(at).loss_gradient() * direction).sum()
    step = 1e-5
    ahead, behind = (energy.residuals(at + sign * step * direction).loss_mm2 for sign in (1, -1))
    assert slope == pytest.approx((ahead - behind) / (2 * step), rel=1e-3)


def test_a_spline_reproduces_a_straight_line_of_control_points():
    grid = SplineGrid.over(EARLIER, 30.0)
    x = (np.arange(grid.shape_xyz[0]) - 1.0) * 30.0 + grid.origin_lps_mm[0]
    control = np.zeros((*grid.shape_xyz, 3))
    control[..., 0] = x[:, None, None]
    points = np.random.default_rng(4).uniform(-60, 60, (30, 3))
    assert (grid.matrix(points) @ control.reshape(-1, 3))[:, 0] == pytest.approx(points[:, 0])
    field = grid.field(control.reshape(-1, 3), EARLIER)
    assert field[3, 4, 5, 0] == pytest.approx(EARLIER.lps_from_index((5, 4, 3))[0])


def test_a_spline_that_has_nothing_to_gain_stays_put(pair):
    features = liver_features(pair[1], step_mm=6.0, around_mm=20.0)
    energy = DistanceEnergy(features, features)
    grid = SplineGrid.over(features.geometry, 40.0)
    assert np.abs(fit_spline(energy, np.zeros_like(energy.points_lps_mm), grid, 5)).max() < 1e-9
