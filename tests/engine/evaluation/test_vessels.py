"""Vessel scores against tubes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import HEPATIC_VEINS, INFERIOR_VENA_CAVA, PARENCHYMA, PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC
from engine.evaluation.branches import branches_of
from engine.evaluation.centreline import thin
from engine.evaluation.scores import VesselScore
from engine.evaluation.vessels import score_vessels
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume

SHAPE = (40, 60, 60)
BOTH = frozenset({"liver", "portal_vein", "hepatic_veins"})
STRAIGHT = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1.0, 1.0, 1.0))


def tube(start: tuple[float, ...], end: tuple[float, ...], radius: float) -> NDArray[np.bool_]:
    p, a, b = np.stack(np.indices(SHAPE), axis=-1).astype(float), np.array(start), np.array(end)
    along = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(p - a - along[..., None] * (b - a), axis=-1) <= radius


PORTAL = tube((10, 10, 5), (10, 10, 54), 2.2)
HEPATIC = tube((30, 45, 5), (30, 45, 54), 2.2)


def labelled(portal: NDArray[np.bool_], hepatic: NDArray[np.bool_]) -> LabelVolume:
    labels = np.full(SHAPE, PARENCHYMA, dtype=np.uint8)
    labels[hepatic], labels[portal] = HEPATIC_VEINS, PORTAL_VEIN
    return LabelVolume(labels=labels, geometry=STRAIGHT)


def score(predicted: LabelVolume, reference: LabelVolume, declared: frozenset[str] = BOTH) -> VesselScore:
    found = score_vessels(predicted, reference, declared)
    assert found is not None
    return found


def test_the_same_trees_score_full_marks() -> None:
    truth = labelled(PORTAL, HEPATIC)
    same = score(truth, truth)
    assert same.both is not None and same.both.dice == 1.0 and same.both.cldice == 1.0
    assert same.confusion is not None and same.confusion.mixed_up == 0.0
    assert same.branch_recall == 1.0
    assert same.false_joins == 0


def test_a_broken_tube_has_the_cldice_of_its_gap() -> None:
    gap = np.zeros(SHAPE, dtype=bool)
    gap[:, :, 20:32] = True
    broken = score(labelled(PORTAL & ~gap, HEPATIC), labelled(PORTAL, HEPATIC)).portal
    assert broken is not None and broken.centreline_precision == 1.0
    length = int(thin(PORTAL).sum())
    assert broken.centreline_sensitivity == pytest.approx(1 - 12 / length)
    sensitivity = 1 - 12 / length
    assert broken.cldice == pytest.approx(2 * sensitivity / (1 + sensitivity))


def test_swapped_names_are_all_mixed_up_and_both_trees_together_are_still_right() -> None:
    swapped = score(labelled(HEPATIC, PORTAL), labelled(PORTAL, HEPATIC))
    assert swapped.both is not None and swapped.both.dice == 1.0
    assert swapped.portal is not None and swapped.portal.dice == 0.0
    confusion = swapped.confusion
    assert confusion is not None
    assert (confusion.portal_called_hepatic, confusion.hepatic_called_portal, confusion.mixed_up) == (1.0, 1.0, 1.0)
    assert swapped.branch_recall == 1.0  # found, whatever the name
    assert swapped.false_joins == 0  # nothing right hangs on them


def test_a_half_renamed_portal_branch_is_counted_by_its_voxels_and_joins_no_tree() -> None:
    half = np.zeros(SHAPE, dtype=bool)
    half[:, :, 30:] = True
    renamed = score(labelled(PORTAL & ~half, HEPATIC | (PORTAL & half)), labelled(PORTAL, HEPATIC))
    assert renamed.confusion is not None
    assert renamed.confusion.portal_called_hepatic == pytest.approx((PORTAL & half).sum() / PORTAL.sum())
    assert renamed.confusion.hepatic_called_portal == 0.0
    assert renamed.false_joins == 0  # it hangs together with nothing truly hepatic


def test_a_portal_tree_that_runs_on_into_a_hepatic_vein_is_one_false_join() -> None:
    bridge = tube((10, 10, 30), (30, 45, 30), 2.2)
    joined = score(labelled(PORTAL | bridge | HEPATIC, np.zeros_like(PORTAL)), labelled(PORTAL, HEPATIC))
    # The bridge meets the hepatic vein in its middle: one stretch, seen whole.
    assert joined.false_joins == 1


def test_a_vena_cava_drawn_into_the_liver_is_no_confusion_of_hepatic_veins() -> None:
    reference = labelled(PORTAL, HEPATIC)
    predicted = reference.labels.copy()
    predicted[HEPATIC] = INFERIOR_VENA_CAVA
    confusion = score(LabelVolume(labels=predicted, geometry=STRAIGHT), reference).confusion
    assert confusion is not None and confusion.mixed_up == 0.0
    assert confusion.hepatic_found_voxels == int(HEPATIC.sum())


def test_only_what_lies_in_the_references_liver_counts() -> None:
    reference, predicted = (labelled(PORTAL, HEPATIC).labels.copy() for _ in range(2))
    reference[:, :, :20] = np.where(PORTAL[:, :, :20], PORTAL_VEIN_EXTRAHEPATIC, 0)
    predicted[:, :, :20] = 0
    inside = score(LabelVolume(labels=predicted, geometry=STRAIGHT), LabelVolume(labels=reference, geometry=STRAIGHT))
    assert inside.portal is not None and inside.portal.dice == 1.0


def test_what_the_reference_lacks_is_blank() -> None:
    truth = labelled(PORTAL, np.zeros_like(PORTAL))
    only_portal = score(truth, truth, frozenset({"liver", "portal_vein"}))
    assert only_portal.portal is not None and only_portal.portal.dice == 1.0
    assert (only_portal.hepatic, only_portal.both, only_portal.confusion, only_portal.false_joins) == (None,) * 4
    assert score_vessels(truth, truth, frozenset({"liver"})) is None
    nothing = LabelVolume(labels=np.zeros(SHAPE, dtype=np.uint8), geometry=STRAIGHT)
    assert score_vessels(truth, nothing, BOTH) is None


def test_branches_are_sorted_by_calibre_and_a_branch_is_found_at_four_fifths() -> None:
    thick, middle, thin_one = tube((8, 10, 5), (8, 10, 54), 4.0), tube((20, 30, 5), (20, 30, 54), 2.2), np.zeros(SHAPE)
    thin_mask = thin_one.astype(bool)
    thin_mask[32, 50, 5:55] = True
    reference = labelled(thick | middle | thin_mask, np.zeros_like(thick))
    for missing, found in ((9, 1), (12, 0)):
        shorter = thin_mask.copy()
        shorter[:, :, 5 : 5 + missing] = False
        rows = score(labelled(thick | middle | shorter, np.zeros_like(thick)), reference).branches
        assert [(row.calibre, row.branches, row.found) for row in rows] == [
            ("under 3 mm", 1, found), ("3 to 6 mm", 1, 1), ("over 6 mm", 1, 1),
        ]  # fmt: skip
        assert rows[0].length_mm == pytest.approx(49.0)
        assert rows[0].length_found_mm == pytest.approx(49.0 * (50 - missing) / 50)


@pytest.mark.parametrize("radius_mm", [1.5, 2.5, 4.0])
def test_a_branchs_diameter_and_length_are_those_of_its_tube_on_any_grid(radius_mm: float) -> None:
    axes, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    axes[:, 0] *= -1.0  # left-handed too
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(0.6, 0.6, 0.8), direction=axes)
    ijk = np.stack(np.indices(SHAPE)[::-1], axis=-1).astype(float)
    a, b = geometry.lps_from_index([30, 10, 20]), geometry.lps_from_index([30, 50, 20])
    p = geometry.lps_from_index(ijk)
    along = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    mask = np.linalg.norm(p - a - along[..., None] * (b - a), axis=-1) <= radius_mm
    (branch,) = branches_of(mask, thin(mask), mask, geometry)
    assert branch.diameter_mm == pytest.approx(2 * radius_mm, abs=0.7)  # a voxel
    assert branch.length_mm == pytest.approx(24.0, abs=2 * radius_mm + 0.7)
    assert branch.found_part == 1.0
