from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.training import tissues
from engine.training.checkpoint import TrainingState, new_state
from engine.training.losses import consistency_loss
from engine.training.mean_teacher import UnlabelledTask, ramp_up, teacher_probability, unlabelled_loss, veiled
from engine.training.sample import IGNORED
from engine.training.sampling import Drawn, draw
from engine.training.sources import TrainingVolume
from engine.training.trainer import train_step
from engine.training.validation import mean_dice
from models.card import shipped_card
from models.networks import input_channels

CPU = torch.device("cpu")


def scan(*, with_liver: bool) -> TrainingVolume:
    body = np.zeros((24, 24, 24), dtype=np.uint8)
    body[4:20, 4:20, 4:20] = tissues.MUSCLE
    if with_liver:
        body[8:14, 8:14, 8:14] = tissues.LIVER
    image = np.where(body > 0, 50, -1000).astype(np.int16)
    return TrainingVolume(name="scan", tissues=body, image_hu=image, spacing_kji_mm=(5.0, 5.0, 5.0), known_classes=())


VOXELS = 27


def neighbourhoods(rng: np.random.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """3 x 3 x 3 voxels of one of two flat tissues in white noise: two Gaussian blobs in 27 dimensions.

    The best classifier there is, the sign of the mean, is right for 97.7 % (the normal distribution at 2).
    """
    side = rng.integers(0, 2, count)
    values = rng.normal(size=(count, VOXELS)) + (2 * side - 1)[:, None] * 2.0 / np.sqrt(VOXELS)
    return torch.from_numpy(values.astype(np.float32)), torch.from_numpy(side)


def error_rate(*, with_unlabelled: bool, seed: int) -> float:
    """Of a linear classifier after training on five labelled points of each kind, by the real losses and averages."""
    points, sides = neighbourhoods(np.random.default_rng(seed), 1000)
    labelled = torch.cat([torch.nonzero(sides == n)[:5, 0] for n in (0, 1)])
    torch.manual_seed(seed)
    network = torch.nn.Linear(VOXELS, 2)
    teacher = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.02)
    generator = torch.Generator().manual_seed(seed)
    for step in range(150):
        loss = torch.nn.functional.cross_entropy(network(points[labelled]), sides[labelled])
        if with_unlabelled:
            sure = torch.func.functional_call(network, teacher, (points,)).detach().softmax(1)
            noisy = points + 0.5 * torch.randn(points.shape, generator=generator)
            loss = loss + ramp_up(step, 50) * consistency_loss(network(noisy), sure, 0.8)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for name, tensor in network.state_dict().items():
            teacher[name].lerp_(tensor, 1 - min(0.95, (step + 1) / (step + 11)))
    fresh, truth = neighbourhoods(np.random.default_rng(seed + 1000), 2000)
    answer = torch.func.functional_call(network, teacher, (fresh,)).argmax(1)
    return float((answer != truth).float().mean())


def test_unlabelled_points_help_where_theory_says_so() -> None:
    """Self-training makes a weak classifier of two Gaussian blobs near optimal (Frei et al., AISTATS 2022)."""
    alone = [error_rate(with_unlabelled=False, seed=seed) for seed in range(4)]
    helped = [error_rate(with_unlabelled=True, seed=seed) for seed in range(4)]
    assert all(better < worse for better, worse in zip(helped, alone, strict=True))
    assert np.mean(helped) < 0.6 * np.mean(alone)
    assert np.mean(helped) == pytest.approx(0.0228, abs=0.01)


def test_the_teacher_is_the_average_and_gets_no_gradient(tiny_card, blobs) -> None:
    state = new_state(tiny_card, CPU)
    with torch.no_grad():
        for parameter in state.network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    sample = blobs.draw(np.random.default_rng(1))
    teacher = teacher_probability(state, input_channels(sample.hu, tiny_card))
    original = new_state(tiny_card, CPU).network  # the weights the average still holds
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        plain = original.forward_cells(input_channels(sample.hu, tiny_card))[0].float().softmax(1)
    assert teacher.shape == (8, 2, 12, 12, 12)
    assert torch.allclose(teacher, plain, atol=0.02)
    assert not teacher.requires_grad
    before = {name: tensor.clone() for name, tensor in state.average.items()}
    unlabelled_loss(state, tiny_card, sample, torch.Generator().manual_seed(0)).backward()
    assert all(torch.equal(before[name], tensor) for name, tensor in state.average.items())


def test_a_network_learns_with_a_teacher_beside_it(tiny_card, blobs) -> None:
    usual = tiny_card.schedule
    card = replace(
        tiny_card,
        schedule=replace(usual, steps=60, learning_rate=0.03, unlabelled=replace(usual.unlabelled, ramp_up_steps=40)),
    )
    state = new_state(card, CPU)
    held_out = [blobs.draw(np.random.default_rng(seed)) for seed in range(90, 93)]
    before = mean_dice(state, card, held_out)
    for step in range(45):
        train_step(state, card, draw(blobs, blobs, card, step))
    assert mean_dice(state, card, held_out) > before + 0.2


def test_a_step_with_an_unlabelled_patch_differs_from_one_without(tiny_card, blobs) -> None:
    card = replace(
        tiny_card,
        schedule=replace(tiny_card.schedule, unlabelled=replace(tiny_card.schedule.unlabelled, confidence=0.0)),
    )
    patch, other = (blobs.draw(np.random.default_rng(seed)) for seed in (1, 2))

    def after(drawn: Drawn) -> TrainingState:
        state = new_state(card, CPU)
        train_step(state, card, drawn)
        return state

    alone = after(Drawn(labelled=patch, unlabelled=None))
    both = after(Drawn(labelled=patch, unlabelled=other))
    hidden = replace(other, target=torch.full_like(other.target, IGNORED))
    nothing = after(Drawn(labelled=patch, unlabelled=hidden))
    assert both.losses[0] > alone.losses[0]
    assert nothing.losses[0] == pytest.approx(alone.losses[0])


def test_a_veil_hides_but_does_not_move(blobs) -> None:
    sample = blobs.draw(np.random.default_rng(3))
    veils = [veiled(sample.hu, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(veils[0], veils[1])
    assert not torch.equal(veils[0], veils[2])
    inside = sample.target == 1
    for veil in veils:
        assert veil[inside].median() > veil[~inside].median() + 30


def test_the_weight_rises_to_one() -> None:
    weights = [ramp_up(step, 50) for step in range(60)]
    assert weights == sorted(weights)
    assert weights[0] < 0.01
    assert weights[50:] == [1.0] * 10
    assert ramp_up(0, 0) == 1.0


@pytest.mark.parametrize("task", ["coarse", "fine"])
def test_patches_of_unlabelled_scans_are_judged_where_they_may(task: str) -> None:
    card = replace(shipped_card(task), patch_kji=(16, 16, 16), spacing_mm=5.0)
    drawn = UnlabelledTask([scan(with_liver=task == "fine")], card).draw(np.random.default_rng(4))
    judged = drawn.target != IGNORED
    assert drawn.known_classes == ()
    assert bool(judged.any())
    assert bool(judged.all()) == (task == "coarse")
    again = UnlabelledTask([scan(with_liver=task == "fine")], card).draw(np.random.default_rng(4))
    assert torch.equal(drawn.hu, again.hu)
