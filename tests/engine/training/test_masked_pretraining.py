from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.progress import SilentProgress
from engine.training.checkpoint import load_state, new_state
from engine.training.masked_pretraining import filling_card, filling_loss, hidden_blocks, pretrain, take_over
from models.schedule import Pretraining

CPU = torch.device("cpu")
WANTED = Pretraining(steps=40, learning_rate=0.01, mask_share=0.5, block_voxels=4)


def test_the_share_of_hidden_blocks_is_as_wanted() -> None:
    hidden = hidden_blocks(torch.Size((40, 48, 56)), WANTED, torch.Generator().manual_seed(1))
    assert hidden.shape == (40, 48, 56)
    assert float(hidden.float().mean()) == pytest.approx(0.5, abs=0.05)
    edges = (hidden[:, :, 1:] != hidden[:, :, :-1]).any(dim=0).any(dim=0).nonzero().flatten()
    assert len({int(edge) % 4 for edge in edges}) == 1


def test_only_hidden_voxels_are_asked_for(tiny_card, blobs) -> None:
    state = new_state(filling_card(tiny_card), CPU)
    sample = blobs.draw(np.random.default_rng(0))
    everything = replace(WANTED, mask_share=0.999999)
    nothing = replace(WANTED, mask_share=1e-9)
    assert float(filling_loss(state, tiny_card, sample, nothing).detach()) == 0.0
    assert float(filling_loss(state, tiny_card, sample, everything).detach()) > 0.0


def test_pretraining_learns_to_fill_in_and_is_taken_over_by_name(tiny_card, blobs, tmp_path: Path) -> None:
    pretrained = pretrain(tiny_card, WANTED, [blobs], CPU, tmp_path / "pre.pt", SilentProgress())
    assert np.mean(pretrained.losses[-8:]) < 0.7 * np.mean(pretrained.losses[:4])

    state = new_state(tiny_card, CPU)
    fresh = {name: tensor.clone() for name, tensor in state.network.named_parameters()}
    done = take_over(state, pretrained.average, tiny_card)
    heads = {name for name in fresh if "output_block" in name}
    assert set(done.taken) == set(fresh) - heads
    for name, tensor in state.network.named_parameters():
        source = fresh if name in heads else pretrained.average
        assert torch.equal(tensor, source[name]), name
        assert torch.equal(state.average[name], tensor), name


def test_pretraining_goes_on_where_it_stopped(tiny_card, blobs, tmp_path: Path) -> None:
    wanted = replace(WANTED, steps=4)
    straight = pretrain(tiny_card, wanted, [blobs], CPU, tmp_path / "a.pt", SilentProgress())
    part = pretrain(tiny_card, wanted, [blobs], CPU, tmp_path / "b.pt", SilentProgress(), max_minutes=0.0)
    assert part.step == 1
    whole = pretrain(tiny_card, wanted, [blobs], CPU, tmp_path / "b.pt", SilentProgress(), resume=True)
    assert whole.losses == straight.losses
    assert load_state(filling_card(tiny_card), CPU, tmp_path / "b.pt").step == 4
