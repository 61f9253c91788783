"""Trees of a phantom liver: both classes merged must come apart again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from engine import anatomy
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.phantom import PhantomRecipe, sample_labels
from engine.vessels.build_trees import build_trees, recompute_trees
from engine.vessels.corrections import EdgeCorrection
from engine.volume import LabelVolume, ScanVolume


@pytest.fixture(scope="module")
def phantom() -> LabelVolume:
    return sample_labels(5, PhantomRecipe(seed=5, shape_kji=(120, 200, 220), spacing_ijk_mm=(1.5, 1.5, 2.0)).geometry())


def merged(labels: LabelVolume) -> LabelVolume:
    values = labels.labels.copy()
    values[values == anatomy.PORTAL_VEIN] = anatomy.HEPATIC_VEINS
    return LabelVolume(labels=values, geometry=labels.geometry)


def wrong_share(found: LabelVolume, truth: LabelVolume) -> float:
    inside = np.isin(truth.labels, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    return float((found.labels[inside] != truth.labels[inside]).mean())


def test_merged_vessels_of_a_phantom_come_apart_again_without_a_false_alarm(phantom: LabelVolume) -> None:
    found = build_trees(merged(phantom))
    assert wrong_share(found.labels, phantom) < 0.03
    assert not any("told apart" in warning for warning in found.warnings)


def test_trees_joined_in_many_places_are_said_to_be_unsure(phantom: LabelVolume) -> None:
    given = merged(phantom)
    values, spacing = given.labels.copy(), phantom.geometry.spacing_kji_mm
    portal, hepatic = (np.argwhere(phantom.labels == v) for v in (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    away, nearest = cKDTree(hepatic * spacing).query(portal * spacing)
    joins = np.flatnonzero((away > 1.5) & (away < 8.0))
    joins = joins[:: max(1, len(joins) // 20)]
    _lines(values, [(portal[j], hepatic[nearest[j]]) for j in joins], thick=1)
    warnings = build_trees(LabelVolume(labels=values, geometry=phantom.geometry)).warnings
    assert any("told apart by where they lead" in warning and "unsure" in warning for warning in warnings)


def test_labels_a_person_has_looked_at_outweigh_a_network_of_one_vessel_class(phantom: LabelVolume) -> None:
    """Swapped on purpose: nothing but the labels says so."""
    values = phantom.labels.copy()
    values[phantom.labels == anatomy.PORTAL_VEIN] = anatomy.HEPATIC_VEINS
    values[phantom.labels == anatomy.HEPATIC_VEINS] = anatomy.PORTAL_VEIN
    values[np.isin(values, (anatomy.PORTAL_VEIN_EXTRAHEPATIC, anatomy.INFERIOR_VENA_CAVA))] = anatomy.BODY
    labels = LabelVolume(labels=values, geometry=phantom.geometry)
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0))
    network = ClassProbability(classes=("other", "vessel"), values=np.zeros((2, 2, 2, 2), np.uint8), geometry=geometry)
    assert wrong_share(build_trees(labels, network, looked_at=True).labels, labels) < 0.05
    assert wrong_share(build_trees(labels, network).labels, labels) > 0.5


def test_labels_that_tell_the_trees_apart_are_taken_without_a_word(phantom: LabelVolume) -> None:
    assert not any("told apart" in warning for warning in build_trees(phantom).warnings)


def test_a_guess_beside_a_network_of_one_vessel_class_is_no_evidence(phantom: LabelVolume) -> None:
    guess = phantom.labels.copy()
    veins = np.isin(guess, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    guess[veins] = np.where(np.arange(len(guess))[:, None, None] < 60, 2, 3).repeat(200, 1).repeat(220, 2)[veins]
    labels = LabelVolume(labels=guess, geometry=phantom.geometry)
    believed = wrong_share(build_trees(labels).labels, phantom)
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0))
    network = ClassProbability(classes=("other", "vessel"), values=np.zeros((2, 2, 2, 2), np.uint8), geometry=geometry)
    assert wrong_share(build_trees(labels, network).labels, phantom) < min(0.10, 0.5 * believed)


def dead_ends(labels: LabelVolume, gap_mm: float) -> LabelVolume:
    """Vessels of one class that end before trunk and cava."""
    import edt

    spacing = tuple(labels.geometry.spacing_kji_mm.tolist())
    values = merged(labels).labels.copy()
    starts = np.isin(labels.labels, (anatomy.PORTAL_VEIN_EXTRAHEPATIC, anatomy.INFERIOR_VENA_CAVA))
    near = edt.edt(~starts, anisotropy=spacing, parallel=1) < gap_mm
    values[near & np.isin(labels.labels, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))] = anatomy.PARENCHYMA
    return LabelVolume(labels=values, geometry=labels.geometry)


def scan_of(labels: LabelVolume, *, portal_hu: float, hepatic_hu: float) -> ScanVolume:
    """Blurred, noisy HU with other values for each tree."""
    hu = np.full(labels.labels.shape, 110.0, dtype=np.float32)
    hu[np.isin(labels.labels, (anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC))] = portal_hu
    hu[np.isin(labels.labels, (anatomy.HEPATIC_VEINS, anatomy.INFERIOR_VENA_CAVA))] = hepatic_hu
    hu = ndimage.gaussian_filter(hu, 0.9 / labels.geometry.spacing_kji_mm)
    hu += np.random.default_rng(0).normal(size=hu.shape).astype(np.float32) * 14
    return ScanVolume(voxels_hu=hu.astype(np.int16), geometry=labels.geometry)


def test_trees_that_end_before_hilum_and_cava_are_started_at_their_wide_ends(phantom: LabelVolume) -> None:
    given = dead_ends(phantom, 16.0)
    left = np.isin(given.labels, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    found = build_trees(given).labels.labels
    assert (found[left] != phantom.labels[left]).mean() < 0.25


def test_a_tree_hanging_on_its_trunk_by_a_thread_is_not_lost_to_the_other(phantom: LabelVolume) -> None:
    given = merged(phantom)
    values = given.labels.copy()
    trunk = np.argwhere(phantom.labels == anatomy.PORTAL_VEIN_EXTRAHEPATIC)
    spacing = phantom.geometry.spacing_kji_mm
    inside = np.argwhere(phantom.labels == anatomy.PORTAL_VEIN)
    away, nearest = cKDTree(trunk * spacing).query(inside * spacing)
    values[tuple(inside[away < 12.0].T)] = anatomy.PARENCHYMA
    # A thread of single voxels from the trunk to what is left of the tree, and touches between the trees.
    left = np.flatnonzero(away >= 12.0)
    thread = left[np.argmin(away[left])]
    _lines(values, [(inside[thread], trunk[nearest[thread]])], thick=0)
    hepatic = np.argwhere(phantom.labels == anatomy.HEPATIC_VEINS)
    near, which = cKDTree(hepatic * spacing).query(inside[left] * spacing)
    touches = np.flatnonzero(near < np.quantile(near, 0.02))[::40]
    _lines(values, [(inside[left[t]], hepatic[which[t]]) for t in touches], thick=1)
    found = build_trees(LabelVolume(labels=values, geometry=phantom.geometry)).labels.labels
    portal = inside[left]
    assert (found[tuple(portal.T)] == anatomy.PORTAL_VEIN).mean() > 0.6


def _lines(values: NDArray[np.uint8], ends: list[tuple[NDArray[np.int64], NDArray[np.int64]]], *, thick: int) -> None:
    for one, other in ends:
        for share in np.linspace(0.0, 1.0, 80):
            k, j, i = np.rint(one + share * (other - one)).astype(int)
            block = values[k - thick : k + thick + 1, j - thick : j + thick + 1, i - thick : i + thick + 1]
            block[block == anatomy.PARENCHYMA] = anatomy.HEPATIC_VEINS
            if thick == 0:
                values[k, j, i] = anatomy.HEPATIC_VEINS


def test_trees_of_other_brightness_are_told_apart_by_it_and_alike_ones_are_not(phantom: LabelVolume) -> None:
    given = dead_ends(phantom, 8.0)
    left = np.isin(given.labels, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))

    def wrong(scan: ScanVolume | None) -> float:
        return float((build_trees(given, scan=scan).labels.labels[left] != phantom.labels[left]).mean())

    blind = wrong(None)
    assert blind > 0.05, "there is something to win"
    assert wrong(scan_of(phantom, portal_hu=185.0, hepatic_hu=155.0)) < 0.2 * blind
    assert wrong(scan_of(phantom, portal_hu=150.0, hepatic_hu=180.0)) < 0.2 * blind
    assert wrong(scan_of(phantom, portal_hu=170.0, hepatic_hu=170.0)) <= 1.05 * blind


def test_only_vessels_change_and_parenchyma_under_bridges(phantom: LabelVolume) -> None:
    found = build_trees(merged(phantom)).labels.labels
    vessels = (2, 3, 16, 17)
    changed = (found != phantom.labels) & ~np.isin(phantom.labels, vessels)
    assert set(np.unique(phantom.labels[changed])) <= {anatomy.PARENCHYMA}
    assert set(np.unique(found[changed])) <= {anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS}
    assert changed.sum() < 0.02 * np.isin(phantom.labels, vessels).sum(), "bridges are thin and few"


def test_a_correction_holds_against_everything_else(phantom: LabelVolume) -> None:
    first = build_trees(phantom)
    branch = max(first.trees.of_kind("hepatic"), key=lambda b: b.length_mm)
    middle = branch.points_lps_mm[len(branch.points_lps_mm) // 2]
    x, y, z = middle.tolist()
    assert first.skeleton is not None
    for kind, value in (("portal", anatomy.PORTAL_VEIN), ("not_a_vessel", anatomy.PARENCHYMA)):
        correction = EdgeCorrection(point_lps_mm=(x, y, z), kind=kind)  # type: ignore[arg-type]
        second = recompute_trees(phantom, first.skeleton, [correction])
        i, j, k = np.rint(phantom.geometry.index_from_lps(middle)).astype(int)
        assert second.labels.labels[k, j, i] == value
