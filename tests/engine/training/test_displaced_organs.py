"""Kidneys move with what they look like, and only where there is room; scans end where they are cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.training import tissues
from engine.training.displaced_organs import with_cut_ends, with_moved_kidneys

RIGHT = tissues.KIDNEYS[1]
SPACING_MM = 3.0


def body() -> tuple[torch.Tensor, torch.Tensor]:
    """Fat with a liver above a right kidney, and a spine; HU of each tissue, a bright spot in the kidney."""
    labels = torch.full((80, 40, 40), tissues.FAT, dtype=torch.uint8)
    labels[55:75, 5:35, 5:30] = tissues.LIVER
    labels[:, 28:36, 30:36] = tissues.BONES
    labels[40:54, 15:25, 10:20] = RIGHT
    hu = torch.full(labels.shape, -100.0)
    hu[labels == tissues.LIVER] = 100.0
    hu[labels == tissues.BONES] = 500.0
    hu[labels == RIGHT] = 200.0
    hu[47, 20, 15] = 250.0
    return labels, hu


def moved(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    return with_moved_kidneys(*body(), SPACING_MM, np.random.default_rng(seed))


def test_over_many_draws_the_kidney_lies_lower_higher_and_where_it_was() -> None:
    heights = [float(torch.nonzero(moved(seed)[0] == RIGHT)[:, 0].float().mean()) for seed in range(40)]
    assert min(heights) < 36
    assert any(height == pytest.approx(46.5) for height in heights)
    assert max(heights) >= 46.5


def test_the_intensities_go_with_the_kidney_and_fat_takes_its_place() -> None:
    before, _ = body()
    for seed in range(20):
        labels, hu = moved(seed)
        assert (hu[labels == RIGHT] >= 200).all()
        assert (hu[labels == tissues.FAT] == -100).all()
        assert (hu == 250).sum() <= 1
        left = (before == RIGHT) & (labels != RIGHT)
        assert (labels[left] == tissues.FAT).all()


def test_neither_liver_nor_bone_gives_way() -> None:
    before, _ = body()
    for seed in range(20):
        labels, hu = moved(seed)
        for tissue, value in ((tissues.LIVER, 100.0), (tissues.BONES, 500.0)):
            assert torch.equal(labels == tissue, before == tissue)
            assert (hu[labels == tissue] == value).all()


def test_a_kidney_without_room_stays() -> None:
    labels, hu = body()
    labels[labels == tissues.FAT] = tissues.LIVER
    for seed in range(10):
        assert torch.equal(with_moved_kidneys(labels, hu, SPACING_MM, np.random.default_rng(seed))[0], labels)


def test_a_kidney_at_the_end_of_the_scan_is_cut_by_it() -> None:
    labels, hu = body()
    labels[:38], hu[:38] = 0, -1000.0
    before = int((labels == RIGHT).sum())
    shares = []
    for seed in range(40):
        moved_labels, moved_hu = with_moved_kidneys(labels, hu, SPACING_MM, np.random.default_rng(seed))
        assert (moved_labels[:38] == 0).all()
        assert (moved_hu[:38] == -1000).all()
        shares.append(int((moved_labels == RIGHT).sum()) / before)
    assert min(shares) < 0.7
    assert max(shares) <= 1.0


def test_the_given_patch_is_not_changed() -> None:
    labels, hu = body()
    with_moved_kidneys(labels, hu, SPACING_MM, np.random.default_rng(1))
    with_cut_ends(labels, hu, SPACING_MM, np.random.default_rng(1))
    assert torch.equal(labels, body()[0])
    assert torch.equal(hu, body()[1])


def test_a_cut_scan_has_nothing_beyond_its_ends_and_is_whole_between() -> None:
    cut_low = cut_high = 0
    for seed in range(30):
        labels, hu = with_cut_ends(*body(), SPACING_MM, np.random.default_rng(seed))
        full = torch.nonzero((labels > 0).flatten(1).any(dim=1))[:, 0]
        low, high = int(full[0]), int(full[-1]) + 1
        cut_low, cut_high = cut_low + (low > 0), cut_high + (high < 80)
        assert torch.equal(labels[low:high], body()[0][low:high])
        assert (hu[:low] == -1000).all()
        assert (hu[high:] == -1000).all()
    assert cut_low > cut_high > 0
