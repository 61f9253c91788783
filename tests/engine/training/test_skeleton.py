from __future__ import annotations

import cc3d
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.training.losses import ClassGroups, skeleton_recall_loss
from engine.training.skeleton import skeleton_of, tubed_skeleton


def tube_mask() -> np.ndarray:
    """A straight tube of radius 3 along i, centre (10, 10), from 4 to 35."""
    k, j, i = np.ogrid[:21, :21, :40]
    return ((k - 10) ** 2 + (j - 10) ** 2 <= 9) & (i >= 4) & (i < 36)


def test_the_skeleton_of_a_tube_is_its_axis() -> None:
    lines = np.argwhere(skeleton_of(tube_mask()))
    assert np.abs(lines[:, :2] - 10).max() <= 1
    assert len(np.unique(lines[:, 2])) >= 26
    assert len(lines) <= 40


def test_a_tube_leaving_the_patch_keeps_its_line_to_the_border() -> None:
    mask = np.zeros((9, 9, 20), dtype=bool)
    mask[3:6, 3:6] = True
    assert set(np.argwhere(skeleton_of(mask))[:, 2]) >= set(range(1, 19))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_thinning_neither_breaks_nor_joins_nor_fills(seed: int) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(14, 15, 16)), 1.2)
    mask = noise > 0.12
    lines = skeleton_of(mask)
    padded, thinned = np.pad(mask, 1), np.pad(lines, 1)
    assert not (lines & ~mask).any()
    assert cc3d.connected_components(mask, connectivity=26).max() == (
        cc3d.connected_components(lines, connectivity=26).max()
    )
    assert cc3d.connected_components(~padded, connectivity=6).max() == (
        cc3d.connected_components(~thinned, connectivity=6).max()
    )


def test_a_ring_stays_a_ring() -> None:
    k, j, i = np.ogrid[:9, :25, :25]
    ring = (np.hypot(np.hypot(j - 12, i - 12) - 8, k - 4)) <= 2.2
    lines = skeleton_of(ring)
    assert lines.sum() < 70
    plane = ndimage.binary_fill_holes(lines.any(axis=0))
    assert plane[12, 12]


def test_a_broken_tube_recalls_less_than_a_whole_one() -> None:
    target = torch.from_numpy(tube_mask().astype(np.uint8))
    tube = tubed_skeleton(target, (1,))
    groups = ClassGroups.of(2, (0, 1))

    def loss_of(mask: torch.Tensor) -> float:
        logits = torch.stack([torch.zeros(mask.numel()), (mask.flatten().float() - 0.5) * 20], dim=1)
        return float(skeleton_recall_loss(logits, target.flatten().long(), tube.flatten(), groups))

    broken = target.clone()
    broken[:, :, 18:21] = 0
    shell = target.clone()  # as many voxels lost, but off the surface
    lost = torch.nonzero((target == 1) & ~tube)[: int((target - broken).sum())]
    shell[tuple(lost.T)] = 0
    assert loss_of(target) == pytest.approx(0, abs=1e-3)
    assert loss_of(broken) > 0.05
    assert loss_of(shell) < 0.1 * loss_of(broken)


def test_two_trees_that_touch_keep_a_line_each() -> None:
    target = torch.zeros((12, 12, 20), dtype=torch.uint8)
    target[3:6, 3:6] = 1
    target[6:9, 3:6] = 2
    tube = tubed_skeleton(target, (1, 2))
    assert bool((tube & (target == 1)).any())
    assert bool((tube & (target == 2)).any())
    assert not bool((tube & (target == 0)).any())
