"""Trees of a phantom liver: both classes merged must come apart again."""

from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.phantom import PhantomRecipe, sample_labels
from engine.vessels.build_trees import build_trees, recompute_trees
from engine.vessels.corrections import EdgeCorrection
from engine.volume import LabelVolume


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


def test_merged_vessels_of_a_phantom_come_apart_again(phantom: LabelVolume) -> None:
    assert wrong_share(build_trees(merged(phantom)).labels, phantom) < 0.10


def test_a_guess_beside_a_network_of_one_vessel_class_is_no_evidence(phantom: LabelVolume) -> None:
    guess = phantom.labels.copy()
    veins = np.isin(guess, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    guess[veins] = np.where(np.arange(len(guess))[:, None, None] < 60, 2, 3).repeat(200, 1).repeat(220, 2)[veins]
    labels = LabelVolume(labels=guess, geometry=phantom.geometry)
    believed = wrong_share(build_trees(labels).labels, phantom)
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0))
    network = ClassProbability(classes=("other", "vessel"), values=np.zeros((2, 2, 2, 2), np.uint8), geometry=geometry)
    assert wrong_share(build_trees(labels, network).labels, phantom) < min(0.10, 0.5 * believed)


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
