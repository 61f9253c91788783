"""The liver of the self-check: its formulas against plain counting, its trees against its map."""

import numpy as np
import pytest

from engine import anatomy
from engine.phantom import known_liver as known
from engine.phantom.grid import rotation_matrix

SPACING = np.array([1.8, 1.8, 2.4])


@pytest.fixture(scope="module")
def liver():
    return known.known_liver(SPACING, rotation_matrix((15, -30, 40)), seed=3)


def ml(mask, liver):
    return np.count_nonzero(mask) * liver.labels.geometry.voxel_volume_ml


def heights(liver):
    kji = np.stack(np.unravel_index(np.arange(liver.labels.labels.size), liver.labels.labels.shape), axis=-1)
    points = liver.labels.geometry.lps_from_index(kji[:, ::-1])
    away = (points - np.array(liver.cut_point_lps_mm)) @ np.array(liver.cut_normal_lps)
    return away.reshape(liver.labels.labels.shape)


def test_formulas_equal_counted_voxels(liver):
    whole = liver.labels.mask_of(anatomy.LIVER_VALUES)
    beyond = whole & (heights(liver) > 0)
    assert ml(whole, liver) == pytest.approx(known.liver_ml(), rel=0.005)
    assert ml(beyond, liver) == pytest.approx(known.resected_ml(), rel=0.01)
    tumour = liver.labels.labels == anatomy.FIRST_TUMOUR
    assert ml(tumour, liver) == pytest.approx(known.ball_ml(known.TUMOUR_RADIUS_MM), rel=0.05)


def test_the_tumour_keeps_its_margin_to_the_cut(liver):
    nearest = heights(liver)[liver.labels.labels == anatomy.FIRST_TUMOUR].min()
    assert known.MARGIN_MM <= nearest < known.MARGIN_MM + SPACING.max()


def test_a_quarter_of_the_remnant_is_fed_by_the_first_and_drained_by_the_first(liver):
    remnant = liver.labels.mask_of(anatomy.LIVER_VALUES) & (heights(liver) <= 0)
    kept = remnant & (liver.liver_map.portal_branch == 2) & (liver.liver_map.hepatic_branch == 4)
    assert ml(kept, liver) == pytest.approx((known.liver_ml() - known.resected_ml()) / 4.0, rel=0.01)


def test_the_severed_branches_pass_through_the_resected_part(liver):
    normal = np.array(liver.cut_normal_lps)
    for branch in liver.trees.branches:
        away = (branch.points_lps_mm - np.array(liver.cut_point_lps_mm)) @ normal
        assert (away.max() > 0) == (branch.number in (1, 3, 5))
        assert away.min() < 0


def test_another_seed_cuts_in_another_direction(liver):
    other = known.known_liver(SPACING, np.eye(3), seed=4)
    assert abs(np.dot(other.cut_normal_lps, liver.cut_normal_lps)) < 0.99
