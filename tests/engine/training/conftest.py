from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.training.sample import Sample
from models.card import NetworkCard, shipped_card
from models.schedule import Unlabelled


class BlobTask:
    """Balls of one kind of tissue in another, in noise: a problem small networks learn in seconds."""

    def __init__(self, side: int = 24) -> None:
        self.side = side

    def draw(self, rng: np.random.Generator) -> Sample:
        axes = np.indices((self.side,) * 3).reshape(3, -1).T
        ball = np.linalg.norm(axes - rng.uniform(4, self.side - 4, 3), axis=1) < rng.uniform(3, 5)
        hu = np.where(ball, 140.0, 20.0) + rng.normal(0, 20, ball.shape)
        shape = (self.side,) * 3
        return Sample(
            hu=torch.from_numpy(hu.reshape(shape).astype(np.float32)),
            target=torch.from_numpy(ball.reshape(shape).astype(np.uint8)),
            known_classes=(0, 1),
        )


@pytest.fixture
def tiny_card() -> NetworkCard:
    """Two classes, eight features, 24 voxels a side."""
    shipped = shipped_card("coarse")
    schedule = replace(
        shipped.schedule, steps=6, restart_step=0, learning_rate=0.01, average_decay=0.9, validate_every=0,
        skeleton_weight=0.0, start_from=None, pretraining=None, unlabelled=Unlabelled(ramp_up_steps=0),
    )  # fmt: skip
    return replace(
        shipped, classes=("other", "blob"), temperature=(1.0, 1.0), filters=(8, 8, 8), patch_kji=(24, 24, 24),
        schedule=schedule,
    )  # fmt: skip


@pytest.fixture
def blobs() -> BlobTask:
    return BlobTask()


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny convolutions are quicker on one thread, and sums come in one order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
