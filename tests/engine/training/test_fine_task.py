from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.training import tissues
from engine.training.fine_sources import cut_to_liver, weighted, with_tree
from engine.training.fine_synthesis import add_look_alikes, drawn_phase, gaussian_blurred, invented_relative_hu
from engine.training.fine_task import FineTask
from engine.training.lesions import add_lesions
from engine.training.sample import IGNORED
from engine.training.sources import TrainingVolume
from engine.training.synthesis import blurred
from models.card import NetworkCard, shipped_card

NO_IMAGE = np.zeros((0, 0, 0), np.int16)


@pytest.fixture
def card() -> NetworkCard:
    return replace(shipped_card("fine"), classes=tissues.FINE_CLASSES, patch_kji=(48, 48, 48))


def body() -> TrainingVolume:
    """A liver in fat with both trees and a vena cava behind it."""
    labels = np.full((60, 60, 60), tissues.FAT, dtype=np.uint8)
    labels[15:45, 15:45, 15:45] = tissues.LIVER
    labels[20:23, 16:44, 20:23] = tissues.PORTAL_BRANCH
    labels[35:38, 16:46, 35:38] = tissues.HEPATIC_VEIN
    labels[:, 44:50, 33:40] = tissues.INFERIOR_VENA_CAVA
    return TrainingVolume(
        name="body", tissues=labels, image_hu=NO_IMAGE, spacing_kji_mm=(1.5, 1.5, 1.5), known_classes=(0, 1, 2, 3, 4)
    )


def test_a_body_teaches_both_trees_everywhere(card: NetworkCard) -> None:
    task = FineTask([body()], card)
    seen: set[int] = set()
    for seed in range(8):
        sample = task.draw(np.random.default_rng(seed))
        assert sample.hu.shape == card.patch_kji
        assert torch.isfinite(sample.hu).all()
        assert sample.merged_classes == ()
        seen |= set(sample.target.unique().tolist())
    assert {0, 1, 2, 3, 4} <= seen <= {0, 1, 2, 3, 4, IGNORED}


def test_a_card_of_one_vessel_class_is_taught_both_trees_as_one(card: NetworkCard) -> None:
    one_class = replace(card, classes=("other", "liver", "vessel", "tumour"))
    trees = replace(body(), merged_classes=((2, 3),))
    contents = replace(body(), known_classes=(0,), merged_classes=((1, 2, 3, 4),))
    apart = FineTask([trees], card).draw(np.random.default_rng(1))
    together = FineTask([trees], one_class).draw(np.random.default_rng(1))
    assert torch.equal((apart.target == 2) | (apart.target == 3), together.target == 2)
    assert torch.equal(apart.target == 4, together.target == 3)
    assert torch.equal(apart.target == IGNORED, together.target == IGNORED)
    assert together.known_classes == (0, 1, 2, 3)
    assert together.merged_classes == ()
    assert FineTask([contents], one_class).draw(np.random.default_rng(1)).merged_classes == ((1, 2, 3),)


def test_the_same_seed_draws_the_same_fine_sample(card: NetworkCard) -> None:
    task = FineTask([body()], card)
    one, two = task.draw(np.random.default_rng(5)), task.draw(np.random.default_rng(5))
    assert torch.equal(one.hu, two.hu)
    assert torch.equal(one.target, two.target)


def test_a_scan_is_relative_to_its_liver_and_leaves_bright_unnamed_tissue_open(card: NetworkCard) -> None:
    labels = body().tissues.copy()
    labels[np.isin(labels, (tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN))] = tissues.LIVER
    labels[5:12] = tissues.MUSCLE
    image = np.where(labels == tissues.LIVER, 100, -90).astype(np.int16)
    image[labels == tissues.MUSCLE] = 160
    scan = replace(
        body(), tissues=labels, image_hu=image, known_classes=(0,), merged_classes=((1, 2, 3, 4),),
        spacing_kji_mm=(3.0, 3.0, 3.0),
    )  # fmt: skip
    cut = cut_to_liver(scan)
    assert np.median(cut.image_hu[cut.tissues == tissues.LIVER]) == 0
    assert cut.image_hu.shape == cut.tissues.shape
    targets = [FineTask([cut], card).draw(np.random.default_rng(seed)).target for seed in range(6)]
    assert all(set(target.unique().tolist()) <= {0, 1, IGNORED} for target in targets)
    assert any((target == IGNORED).any() for target in targets)


def test_a_patients_tree_is_put_into_a_body_without_filling_its_vena_cava() -> None:
    liver = np.zeros((50, 50, 50), dtype=bool)
    liver[5:45, 5:40, 8:40] = True
    vessel = np.zeros_like(liver)
    vessel[10:40, 20:23, 20:23] = True
    whole = body()
    cava = int((whole.tissues == tissues.INFERIOR_VENA_CAVA).sum())
    made = with_tree(whole, "patient", liver, vessel)
    assert (made.tissues == tissues.LIVER_VESSEL).sum() == vessel.sum()
    assert (made.tissues == tissues.INFERIOR_VENA_CAVA).sum() >= cava
    assert not np.isin(made.tissues, (tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN)).any()
    assert (made.tissues == tissues.LIVER).sum() == pytest.approx(liver.sum() - vessel.sum(), rel=0.2)
    assert made.merged_classes == ((2, 3),)
    # The dome of the new liver is where the old one was, and the old one has left nothing behind.
    old_top = np.argwhere(whole.tissues == tissues.LIVER)[:, 0].max()
    grown = made.tissues.shape[0] - whole.tissues.shape[0]
    assert np.argwhere(made.tissues == tissues.LIVER)[:, 0].max() in range(old_top, old_top + grown + 1)


def test_shares_of_the_sources_do_not_depend_on_how_many_there_are() -> None:
    scan = replace(body(), name="crlm1100")

    def of_trees(trees: int, bodies: int) -> float:
        volumes = weighted([body()] * trees, [body()] * bodies, body(), [scan])
        return sum(one.weight for one in volumes[:trees]) / sum(one.weight for one in volumes)

    assert of_trees(5, 2) == pytest.approx(of_trees(1, 9))
    assert 0.2 < of_trees(5, 2) < 0.5


@pytest.mark.parametrize("seed", range(12))
def test_vessels_of_a_drawn_patient_stand_out_as_its_phase_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    phase = drawn_phase(rng)
    labels = torch.full((40, 40, 40), tissues.LIVER, dtype=torch.uint8)
    labels[10:30, 8:14, 8:14] = tissues.PORTAL_BRANCH
    labels[10:30, 26:32, 26:32] = tissues.HEPATIC_VEIN
    hu = invented_relative_hu(labels, phase, rng, torch.Generator().manual_seed(seed))
    portal = float(hu[labels == tissues.PORTAL_BRANCH].mean())
    assert np.sign(portal) == np.sign(phase.portal_hu)
    assert 0.2 * abs(phase.portal_hu) < abs(portal) < 1.8 * abs(phase.portal_hu)
    hepatic = float(hu[labels == tissues.HEPATIC_VEIN].mean())
    assert abs(hepatic) < 1.8 * abs(phase.hepatic_hu) + 1


def test_lesions_stay_in_the_liver_and_differ_from_it() -> None:
    labels = torch.full((60, 60, 60), tissues.FAT, dtype=torch.uint8)
    labels[5:55, 5:55, 5:55] = tissues.LIVER
    hu = torch.zeros(labels.shape)
    add_lesions(labels, hu, 1.5, np.random.default_rng(3))
    lesion = labels == tissues.TUMOUR
    assert lesion.any()
    assert (labels[:5] == tissues.FAT).all()
    assert (hu[labels == tissues.FAT] == 0).all()
    assert hu[lesion].abs().mean() > 5
    assert hu[labels == tissues.LIVER].abs().mean() < 2


def test_a_liver_too_small_gets_no_lesion() -> None:
    labels = torch.full((20, 20, 20), tissues.FAT, dtype=torch.uint8)
    labels[5:8, 5:8, 5:8] = tissues.LIVER
    hu = torch.zeros(labels.shape)
    add_lesions(labels, hu, 1.5, np.random.default_rng(0))
    assert not (labels == tissues.TUMOUR).any()
    assert (hu == 0).all()


def test_look_alikes_change_the_image_inside_the_liver_alone() -> None:
    labels = torch.full((48, 48, 48), tissues.FAT, dtype=torch.uint8)
    labels[8:40, 8:40, 8:40] = tissues.LIVER
    labels[20:24, 10:38, 20:24] = tissues.PORTAL_BRANCH
    before = labels.clone()
    changed, with_hairs = 0, 0
    for seed in range(10):
        hu = torch.zeros(labels.shape)
        hairs = add_look_alikes(labels, hu, 50.0, 1.5, np.random.default_rng(seed))
        assert not hairs[labels != tissues.LIVER].any()
        assert (hu[labels != tissues.LIVER] == 0).all()
        changed += bool((hu != 0).any())
        with_hairs += bool(hairs.any())
    assert torch.equal(labels, before)
    assert changed >= 7
    assert with_hairs >= 3


@pytest.mark.parametrize("reach", [1, 2])
def test_the_mean_of_a_cube_is_that_of_average_pooling(reach: int) -> None:
    field = torch.randn((9, 7, 11), generator=torch.Generator().manual_seed(1))
    pooled = functional.avg_pool3d(field[None, None], 2 * reach + 1, 1, reach, count_include_pad=False)[0, 0]
    assert torch.allclose(blurred(field, reach), pooled, atol=1e-5)


def test_a_gaussian_blur_keeps_what_is_constant_and_spreads_a_point() -> None:
    sigma = np.array([1.2, 0.4, 0.0])
    assert torch.allclose(gaussian_blurred(torch.full((8, 9, 10), 3.0), sigma), torch.tensor(3.0), atol=1e-5)
    point = torch.zeros((21, 21, 21))
    point[10, 10, 10] = 1.0
    spread = gaussian_blurred(point, sigma)
    place = torch.arange(21.0) - 10
    assert float((spread.sum((1, 2)) * place**2).sum()) == pytest.approx(1.44, rel=0.1)
    assert float((spread.sum((0, 1)) * place**2).sum()) == pytest.approx(0.0, abs=1e-6)
