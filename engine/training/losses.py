"""The loss: cross-entropy, Dice and skeleton recall, blind to what a source does not label or tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

Marginal = Literal["even", "proportional"]
"""How the classes of a group share the gradient: all the same, or each by how likely it already is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassGroups:
    """What a source tells apart.

    Attributes:
        groups: disjoint groups of classes that together hold all of them, the one with class 0 first. A voxel
            labelled with any class of a group may be any of them.
    """

    groups: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls, class_count: int, known_classes: tuple[int, ...], merged_classes: tuple[tuple[int, ...], ...] = ()
    ) -> ClassGroups:
        """Classes a source does not label go with "other"; merged ones go together; the rest stand alone."""
        merged = [tuple(group) for group in merged_classes]
        together = {one for group in merged for one in group}
        hidden = tuple(n for n in range(1, class_count) if n not in known_classes and n not in together)
        alone = [(n,) for n in known_classes if n != 0 and n not in together]
        return cls(groups=((0, *hidden), *sorted([*alone, *merged])))

    def lookup(self, class_count: int, device: torch.device) -> torch.Tensor:
        """(class,) group of each class."""
        table = [0] * class_count
        for number, group in enumerate(self.groups):
            for one in group:
                table[one] = number
        return torch.tensor(table, device=device)


def group_log_probability(logits: torch.Tensor, groups: ClassGroups, marginal: Marginal = "even") -> torch.Tensor:
    """Log-probability of each group: the sum of its classes (marginal likelihood, Shi et al., MedIA 2021).

    The plain sum has a side effect: within a group the gradient goes to each class in proportion to its probability,
    so the likelier of "other" and an unlabelled class runs away from the other though nothing was said about either.
    "even" gives every class of a group the same gradient: the value is the same, their odds stay as they are.

    Args:
        logits: (n, class).
        groups: what the source tells apart.
        marginal: how the gradient is shared.

    Returns:
        (n, group).
    """
    columns = []
    for group in groups.groups:
        part = logits[:, list(group)]
        total = torch.logsumexp(part, dim=1)
        if len(group) > 1 and marginal == "even":
            mean = part.mean(dim=1)
            total = mean + (total - mean).detach()
        columns.append(total)
    return functional.log_softmax(torch.stack(columns, dim=1), dim=1)


def segmentation_loss(
    logits: torch.Tensor, target: torch.Tensor, groups: ClassGroups, *, marginal: Marginal = "even"
) -> torch.Tensor:
    """Cross-entropy, weighted towards rare groups, plus mean soft Dice loss over the groups present.

    Args:
        logits: (n, class) float32.
        target: (n,) class indices.
        groups: what the source tells apart.
        marginal: how classes of a group share the gradient.
    """
    log_probability = group_log_probability(logits, groups, marginal)
    wanted = groups.lookup(logits.shape[1], logits.device)[target]
    count = torch.bincount(wanted, minlength=len(groups.groups)).float()
    entropy = functional.nll_loss(log_probability, wanted, weight=_class_weight(count))
    return entropy + _dice_loss(log_probability.exp(), wanted, count)


def _class_weight(count: torch.Tensor) -> torch.Tensor:
    """(group,) more for rare groups: a vessel has a thousandth of a liver's voxels and is learnt last or never."""
    return (count.sum() / len(count) / count.clamp_min(1)).sqrt().clamp(0.5, 5.0)


def _dice_loss(probability: torch.Tensor, wanted: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """1 - mean soft Dice over the groups present, the first left out; without a branch on values (no sync)."""
    chosen = probability.gather(1, wanted[:, None])[:, 0]
    hit = torch.zeros_like(count).index_add(0, wanted, chosen)
    dice = (2 * hit + 10) / (probability.sum(0) + count + 10)
    present = (count > 0).float()
    present[0] = 0.0
    return (present * (1 - dice)).sum() / present.sum().clamp_min(1)


def skeleton_recall_loss(
    logits: torch.Tensor, target: torch.Tensor, tube: torch.Tensor, groups: ClassGroups
) -> torch.Tensor:
    """1 - mean soft recall of the vessels' tubed centrelines (Kirchhoff et al., ECCV 2024).

    A thin branch weighs as much as a thick one of the same length, so a gap costs what it breaks, not its volume.
    Chosen over soft clDice (Shit et al., CVPR 2021): that skeletonises the prediction in every step, which needs all
    voxels and tens of pooling passes; this needs a skeleton of the target alone, made beside the step.

    Args:
        logits: (n, class) float32.
        target: (n,) class indices.
        tube: (n,) bool, whether a voxel lies in the tube of its own class.
        groups: what the source tells apart; a group's recall is that of all its classes together.
    """
    probability = group_log_probability(logits, groups).exp()
    wanted = groups.lookup(logits.shape[1], logits.device)[target]
    chosen = probability.gather(1, wanted[:, None])[:, 0] * tube
    zeros = torch.zeros(len(groups.groups), device=logits.device)
    hit = zeros.index_add(0, wanted, chosen)
    length = zeros.index_add(0, wanted, tube.float())
    present = (length > 0).float()
    present[0] = 0.0
    recall = hit / length.clamp_min(1)
    return (present * (1 - recall)).sum() / present.sum().clamp_min(1)


def consistency_loss(logits: torch.Tensor, teacher: torch.Tensor, confidence: float) -> torch.Tensor:
    """What the student says against what the teacher is sure of: the labelled loss with its hard answers.

    Rare classes weigh more, as in `segmentation_loss`. Without that the teacher, early sure of "other" alone, pulls
    the student away from everything rare that the labels are just teaching it.

    Args:
        logits: (n, class) float32 of the student.
        teacher: (n, class) probabilities, no gradient.
        confidence: voxels whose best class is less likely than this teach nothing.

    Returns:
        Weighted by the share of voxels that are sure, so that few of them pull little.
    """
    best, wanted = teacher.max(dim=1)
    sure = (best >= confidence).float()
    share = sure.sum() / max(1, len(sure))
    log_probability = functional.log_softmax(logits, dim=1)
    count = torch.zeros(logits.shape[1], device=logits.device).index_add(0, wanted, sure)
    weight = _class_weight(count)[wanted] * sure
    entropy = (functional.nll_loss(log_probability, wanted, reduction="none") * weight).sum() / weight.sum().clamp_min(
        1
    )
    dice = _dice_loss(log_probability.exp() * sure[:, None], wanted, count)
    return share * (entropy + dice)
