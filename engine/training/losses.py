"""The loss: cross-entropy and Dice, blind to what a source does not label."""

from __future__ import annotations

import torch
from torch.nn import functional


def merged_unknown(logits: torch.Tensor, known_classes: tuple[int, ...]) -> torch.Tensor:
    """Adds the probability of classes a source does not label to "other" (marginal likelihood).

    Args:
        logits: (n, class).
        known_classes: labelled classes; always holds 0.

    Returns:
        (n, known) log-probabilities, in the order of `known_classes`.
    """
    everything = torch.arange(logits.shape[1])
    unknown = [int(n) for n in everything if int(n) not in known_classes]
    log_probability = functional.log_softmax(logits, dim=1)
    rest = [n for n in known_classes if n != 0]
    other = torch.logsumexp(log_probability[:, [0, *unknown]], dim=1, keepdim=True)
    return torch.cat([other, log_probability[:, rest]], dim=1)


def segmentation_loss(logits: torch.Tensor, target: torch.Tensor, known_classes: tuple[int, ...]) -> torch.Tensor:
    """Cross-entropy, weighted towards rare classes, plus mean soft Dice loss over the classes present.

    Args:
        logits: (n, class) float32.
        target: (n,) class indices.
        known_classes: classes the source labels, 0 first; voxels of other classes count as 0.
    """
    ordered = (0, *[n for n in known_classes if n != 0])
    log_probability = merged_unknown(logits, ordered)
    lookup = torch.zeros(logits.shape[1], dtype=torch.long)
    lookup[list(ordered)] = torch.arange(len(ordered))
    wanted = lookup[target]
    probability = log_probability.exp()
    count = torch.bincount(wanted, minlength=len(ordered)).float()
    # A vessel has a thousandth of the voxels a liver has; without weights it is learnt last or never.
    weight = (count.sum() / len(ordered) / count.clamp_min(1)).sqrt().clamp(0.5, 5.0)
    entropy = functional.nll_loss(log_probability, wanted, weight=weight)
    hit = torch.zeros(len(ordered)).index_add(0, wanted, probability.gather(1, wanted[:, None])[:, 0])
    dice = (2 * hit + 10) / (probability.sum(0) + count + 10)
    present = count > 0
    present[0] = False
    dice_loss = 1 - dice[present].mean() if bool(present.any()) else torch.zeros(())
    return entropy + dice_loss
