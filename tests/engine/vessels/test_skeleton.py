"""Centre lines of tubes whose course, radius and breaks are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.vessels.build_trees import build_trees
from engine.vessels.directed import smoothed
from engine.volume import LabelVolume

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
GRIDS = {
    "isotropic": ((90, 100, 100), (1.0, 1.0, 1.0), np.eye(3)),
    "thin slices": ((56, 176, 176), (0.57, 0.57, 1.6), np.eye(3)),
    "thick slices": ((18, 125, 125), (0.8, 0.8, 5.0), np.eye(3)),
    "oblique": ((56, 125, 125), (0.8, 0.8, 1.6), TURN),
    "mirrored": ((56, 125, 125), (0.8, 0.8, 1.6), np.diag([1.0, 1.0, -1.0])),
}


def centred(name: str) -> VolumeGeometry:
    shape, spacing, direction = GRIDS[name]
    middle = (np.array(shape[::-1]) - 1) * spacing / 2
    return VolumeGeometry.from_parts(
        shape_kji=shape, spacing_ijk_mm=spacing, origin_lps_mm=-(direction @ middle), direction=direction
    )


def painted(
    geometry: VolumeGeometry, tubes: list[tuple[NDArray[np.float64], NDArray[np.float64], float]]
) -> LabelVolume:
    """A ball of liver of 45 mm with tubes (start, end, radius) of portal vein in it."""
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    labels = np.where(np.linalg.norm(points, axis=-1) < 45, np.uint8(anatomy.PARENCHYMA), np.uint8(0))
    for start, end, radius in tubes:
        way = end - start
        share = np.clip((points - start) @ way / (way @ way), 0, 1)
        labels[np.linalg.norm(points - start - share[..., None] * way, axis=-1) <= radius] = anatomy.PORTAL_VEIN
    # A hepatic vein far from all of them, so that the labels tell portal from hepatic.
    far = np.hypot(points[..., 0] - 25, points[..., 1] + 25)
    labels[(far <= 2) & (np.abs(points[..., 2]) < 12)] = anatomy.HEPATIC_VEINS
    return LabelVolume(labels=labels.astype(np.uint8), geometry=geometry)


def point(*xyz: float) -> NDArray[np.float64]:
    return np.array(xyz, dtype=np.float64)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_slanting_tube_is_one_branch_in_its_middle_with_its_radius(grid: str) -> None:
    start, end = point(-20, -10, -20), point(15, 20, 22)
    branches = build_trees(painted(centred(grid), [(start, end, 4.0)])).trees.of_kind("portal")
    assert len(branches) == 1
    (branch,) = branches
    way = (end - start) / np.linalg.norm(end - start)
    along = (branch.points_lps_mm - start) @ way
    off = np.linalg.norm(branch.points_lps_mm - start - along[:, None] * way, axis=1)
    inner = (along > 5) & (along < np.linalg.norm(end - start) - 5)
    assert off[inner].max() < 1.5, "mm from the axis"
    assert abs(branch.calibre_mm - 8.0) < 2.0, "mm of diameter"
    assert branch.length_mm > 48, "mm; the tube is 62 mm, its ends are round"


def test_a_fork_is_three_branches_with_the_widest_as_root() -> None:
    fork = point(0, 0, 0)
    tubes = [
        (point(0, 0, -30), fork, 5.0),
        (fork, point(20, 0, 25), 3.0),
        (fork, point(-20, 0, 25), 3.0),
    ]
    branches = build_trees(painted(centred("isotropic"), tubes)).trees.of_kind("portal")
    assert [branch.parent for branch in branches] == [0, 1, 1]
    assert np.linalg.norm(branches[0].points_lps_mm[-1] - fork) < 4
    for child in branches[1:]:
        np.testing.assert_array_equal(child.points_lps_mm[0], branches[0].points_lps_mm[-1])


@pytest.mark.parametrize("gap_mm", [3.0, 5.0, 8.0])
def test_a_break_is_bridged_and_painted(gap_mm: float) -> None:
    away = gap_mm / 2 + 2.5
    tubes = [(point(0, 0, -30), point(0, 0, -away), 2.5), (point(0, 0, away), point(0, 0, 25), 2.5)]
    labels = painted(centred("isotropic"), tubes)
    result = build_trees(labels)
    assert sum(branch.parent == 0 for branch in result.trees.of_kind("portal")) == 1
    assert any(branch.bridged for branch in result.trees.of_kind("portal"))
    i, j, k = np.rint(labels.geometry.index_from_lps((0.0, 0.0, 0.0))).astype(int)
    assert result.labels.labels[k, j, i] == anatomy.PORTAL_VEIN


def test_vessels_side_by_side_with_a_wide_gap_are_not_bridged() -> None:
    tubes = [(point(-10, 0, -25), point(-10, 0, 20), 2.5), (point(10, 0, -25), point(10, 0, 20), 2.5)]
    trees = build_trees(painted(centred("isotropic"), tubes)).trees
    assert not any(branch.bridged for branch in trees.branches)


def test_smoothing_keeps_ends_and_straight_lines() -> None:
    line = np.linspace((0, 0, 0), (30, 10, 5), 40)
    np.testing.assert_allclose(smoothed(line), line, atol=1e-9)
    noisy = line + np.random.default_rng(1).normal(0, 0.5, line.shape)
    np.testing.assert_allclose(smoothed(noisy)[[0, -1]], noisy[[0, -1]], atol=1e-9)


def test_a_liver_without_vessels_has_no_trees_and_says_so() -> None:
    labels = painted(centred("isotropic"), [])
    bare = np.minimum(labels.labels, np.uint8(anatomy.PARENCHYMA))
    result = build_trees(LabelVolume(labels=bare, geometry=labels.geometry))
    assert result.trees.branches == ()
    assert result.warnings


def test_specks_are_counted_and_spurs_are_not() -> None:
    labels = painted(centred("isotropic"), [(point(-20, -10, -20), point(15, 20, 22), 4.0)])
    assert build_trees(labels).warnings == ()
    spotted = labels.labels.copy()
    for xyz in ((-20.0, 20.0, 0.0), (0.0, -30.0, 5.0)):
        i, j, k = np.rint(labels.geometry.index_from_lps(xyz)).astype(int)
        spotted[k : k + 2, j : j + 2, i : i + 2] = anatomy.PORTAL_VEIN
    warnings = build_trees(LabelVolume(labels=spotted, geometry=labels.geometry)).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("2 isolated bits")
