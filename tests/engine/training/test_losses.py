from __future__ import annotations

import pytest
import torch

from engine.training.losses import (
    ClassGroups,
    Marginal,
    consistency_loss,
    group_log_probability,
    segmentation_loss,
    skeleton_recall_loss,
)
from engine.training.tissues import COARSE_CLASSES

OTHERS: tuple[Marginal, ...] = ("even", "proportional")


def test_unlabelled_classes_go_with_other_and_merged_ones_together() -> None:
    assert ClassGroups.of(5, (0, 1, 4), ((2, 3),)).groups == ((0,), (1,), (2, 3), (4,))
    assert ClassGroups.of(5, (0, 4)).groups == ((0, 1, 2, 3), (4,))


@pytest.mark.parametrize("marginal", OTHERS)
def test_probabilities_of_groups_sum_to_one(marginal: Marginal) -> None:
    logits = torch.randn(20, 6)
    groups = ClassGroups.of(6, (0, 2, 5), ((3, 4),))
    summed = group_log_probability(logits, groups, marginal).exp()
    assert summed.shape == (20, 4)
    assert torch.allclose(summed.sum(dim=1), torch.ones(20), atol=1e-5)
    assert torch.allclose(summed[:, 0], logits.softmax(1)[:, [0, 1]].sum(1), atol=1e-5)


def test_what_a_source_does_not_label_is_not_punished() -> None:
    """A confident answer for an unlabelled class costs nothing where the source says "other"."""
    logits = torch.full((50, 4), -10.0)
    logits[:, 3] = 10.0
    target = torch.zeros(50, dtype=torch.long)
    assert float(segmentation_loss(logits, target, ClassGroups.of(4, (0, 1, 2)))) < 1e-3
    assert float(segmentation_loss(logits, target, ClassGroups.of(4, (0, 1, 2, 3)))) > 5


def gradient(marginal: Marginal, groups: ClassGroups, target: torch.Tensor) -> torch.Tensor:
    logits = torch.randn((len(target), 15), generator=torch.Generator().manual_seed(1))
    logits[:, 4] += 3
    logits.requires_grad_(True)
    segmentation_loss(logits, target, groups, marginal=marginal).backward()
    assert logits.grad is not None
    return logits.grad


def test_even_sharing_leaves_the_odds_of_other_and_unlabelled_classes_alone() -> None:
    """The two variants compared: only the even one sends no gradient between "other" and a right kidney."""
    kidney = COARSE_CLASSES.index("right_kidney")
    groups = ClassGroups.of(15, (0, 1, 2, 3, 5, 6, 7, 8, 13))
    target = torch.arange(50) % 4 % 3
    even, proportional = (gradient(marginal, groups, target) for marginal in OTHERS)
    assert torch.allclose(even[:, kidney], even[:, 0], atol=1e-9)
    assert (proportional[:, kidney] - proportional[:, 0]).abs().max() > 1e-3
    assert (even[target == 0][:, [0, kidney]] <= 0).all()
    assert (even[target == 0][:, 1] >= 0).all()


def test_proportional_sharing_runs_away_where_even_sharing_stays() -> None:
    """Descent on voxels that say "not class 1" alone: a small lead of an unlabelled class grows, or does not."""
    groups = ClassGroups.of(3, (0, 1))
    leads = {}
    for marginal in OTHERS:
        logits = torch.tensor([[0.0, 3.0, 0.5]], requires_grad=True)
        for _ in range(300):
            loss = segmentation_loss(logits, torch.zeros(1, dtype=torch.long), groups, marginal=marginal)
            (grad,) = torch.autograd.grad(loss, logits)
            logits = (logits - 0.5 * grad).detach().requires_grad_(True)
        leads[marginal] = float((logits[0, 2] - logits[0, 0]).detach())
    assert leads["even"] == pytest.approx(0.5, abs=1e-4)
    assert leads["proportional"] > 1.0


def test_merged_vessels_teach_vessel_but_not_which() -> None:
    groups = ClassGroups.of(5, (0, 1, 4), ((2, 3),))
    grad = gradient_of_five(groups)
    assert (grad[:, 2] < 0).all()
    assert torch.allclose(grad[:, 2], grad[:, 3], atol=1e-9)


def gradient_of_five(groups: ClassGroups) -> torch.Tensor:
    logits = torch.randn((30, 5), generator=torch.Generator().manual_seed(2)).requires_grad_(True)
    target = torch.full((30,), 2)
    tube = torch.ones(30, dtype=torch.bool)
    loss = segmentation_loss(logits, target, groups) + skeleton_recall_loss(logits, target, tube, groups)
    loss.backward()
    assert logits.grad is not None
    return logits.grad


def test_a_gap_in_a_thin_branch_costs_more_recall_than_a_dent_of_the_same_size_in_a_thick_one() -> None:
    """Skeleton recall counts length: 30 voxels lost in a branch of 30, or off the side of a trunk of 3000."""
    target = torch.ones(3030, dtype=torch.long)
    tube = torch.zeros(3030, dtype=torch.bool)
    tube[:300] = True  # the trunk's line and its neighbours
    tube[3000:] = True  # a branch one voxel wide is all line
    whole = torch.zeros(3030, 2)
    whole[:, 1] = 8.0
    broken, dented = whole.clone(), whole.clone()
    broken[3000:, 1] = -8.0
    dented[2000:2030, 1] = -8.0
    groups = ClassGroups.of(2, (0, 1))
    losses = [float(skeleton_recall_loss(logits, target, tube, groups)) for logits in (whole, dented, broken)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    assert losses[2] == pytest.approx(30 / 330, abs=1e-2)


def test_a_patch_without_vessels_costs_no_recall() -> None:
    logits = torch.randn(10, 3, requires_grad=True)
    loss = skeleton_recall_loss(
        logits, torch.zeros(10, dtype=torch.long), torch.zeros(10, dtype=torch.bool), ClassGroups.of(3, (0, 1, 2))
    )
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert torch.isfinite(logits.grad).all()


def test_a_teacher_that_is_not_sure_teaches_nothing() -> None:
    teacher = torch.tensor([[0.6, 0.4], [0.01, 0.99]])
    logits = torch.zeros(2, 2, requires_grad=True)
    consistency_loss(logits, teacher, 0.9).backward()
    assert logits.grad is not None
    assert (logits.grad[0] == 0).all()
    assert logits.grad[1, 1] < 0
    assert float(consistency_loss(torch.zeros(2, 2), teacher, 0.999)) == 0.0
    assert float(consistency_loss(torch.zeros(0, 2), teacher[:0], 0.5)) == 0.0
