"""In which direction a vessel shows that its root lies, and which tree that speaks for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.vessels.separation.courses import course_odds, roots_seen
from engine.vessels.separation.starts import find_starts
from engine.vessels.skeleton.build import build_skeleton
from engine.vessels.skeleton.value import VesselSkeleton
from engine.volume import LabelVolume

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(70, 90, 90), spacing_ijk_mm=(1.0, 1.0, 1.0), origin_lps_mm=(0, 0, 0), direction=np.eye(3)
)
FORK = ([45, 45, 34], [45, 45, 12]), ([45, 45, 34], [30, 45, 56]), ([45, 45, 34], [60, 45, 56])
"""A stem from below that forks upwards, as (i, j, k) lines."""


def tubes(lines: list[tuple[list[int], list[int], float, int]]) -> LabelVolume:
    """A block of liver with straight vessels of a radius and a label each."""
    labels = np.full(GEOMETRY.shape_kji, anatomy.PARENCHYMA, np.uint8)
    for start, stop, radius_mm, value in lines:
        steps = np.linspace(start, stop, 200).round().astype(int)
        line = np.ones(GEOMETRY.shape_kji, bool)
        line[steps[:, 2], steps[:, 1], steps[:, 0]] = False
        labels[ndimage.distance_transform_edt(line) <= radius_mm] = value
    return LabelVolume(labels=labels, geometry=GEOMETRY)


def skeleton_of(labels: LabelVolume) -> VesselSkeleton:
    skeleton = build_skeleton(labels, None)
    assert skeleton is not None
    return skeleton


@pytest.fixture(scope="module")
def fork() -> VesselSkeleton:
    stem, left, right = FORK
    value = anatomy.HEPATIC_VEINS
    return skeleton_of(tubes([(*stem, 4.0, value), (*left, 2.5, value), (*right, 2.5, value)]))


def of_long_pieces(skeleton: VesselSkeleton, values: NDArray[np.float64]) -> NDArray[np.float64]:
    kept: NDArray[np.float64] = values[skeleton.lengths_mm() > 2.0]
    return kept


def test_stem_and_branches_of_a_fork_show_that_their_root_lies_at_the_stem(fork: VesselSkeleton) -> None:
    downwards = of_long_pieces(fork, roots_seen(fork)[:, 2])
    assert len(downwards) > 8
    assert downwards.max() < 0.0
    assert downwards.mean() < -0.4


def test_a_vessel_is_of_the_tree_whose_root_its_course_leads_to(fork: VesselSkeleton) -> None:
    below, above = np.array([45.0, 45.0, -20.0]), np.array([45.0, 45.0, 120.0])
    from_below = of_long_pieces(fork, course_odds(fork, below, above))
    assert from_below.min() > 0.0
    np.testing.assert_allclose(of_long_pieces(fork, course_odds(fork, above, below)), -from_below)


def test_roots_in_the_same_direction_say_nothing(fork: VesselSkeleton) -> None:
    root = np.array([45.0, 45.0, -20.0])
    assert np.abs(course_odds(fork, root, root)).max() == 0.0


def test_a_vessel_outside_that_was_taken_for_the_trunk_starts_no_portal_tree() -> None:
    trunk, portal, hepatic = anatomy.PORTAL_VEIN_EXTRAHEPATIC, anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS
    labels = tubes(
        [
            ([48, 45, 33], [48, 45, 60], 3.0, portal),
            ([48, 45, 10], [48, 45, 33], 4.0, trunk),
            ([86, 50, 50], [86, 70, 62], 2.0, trunk),
            ([86, 30, 62], [86, 50, 50], 2.0, hepatic),
        ]
    )
    skeleton = skeleton_of(labels)
    middle = skeleton.points_lps_mm[skeleton.ends()].mean(axis=1)
    place = middle / np.array(GEOMETRY.shape_kji[::-1])
    starts = find_starts(skeleton, place, guess=False)
    called = skeleton.evidence.trunk > 0.5
    at_hilum, elsewhere = called & (middle[:, 0] < 60), called & (middle[:, 0] > 60)
    assert elsewhere.any()
    assert starts.portal[at_hilum].all()
    assert not starts.portal[elsewhere].any()
    assert np.abs(starts.nats[elsewhere]).max() == 0.0
    assert starts.hilum_lps_mm[0] == pytest.approx(48, abs=2)
