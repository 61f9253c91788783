from __future__ import annotations

import torch

from engine.training.calibration import Evidence, calibrated, expected_calibration_error, fit_calibration
from engine.training.losses import ClassGroups


def overconfident(scale: float, weight: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels drawn from known probabilities, and logits that overstate them and class 2 on top."""
    generator = torch.Generator().manual_seed(4)
    honest = torch.randn((40_000, 3), generator=generator)
    target = torch.multinomial(torch.softmax(honest, dim=1), 1, generator=generator)[:, 0]
    return scale * (honest + torch.tensor([0.0, 0.0, weight])), target


def test_the_fit_takes_back_what_the_network_overstates() -> None:
    logits, target = overconfident(2.5, 1.0)
    bias, temperature = fit_calibration(
        [Evidence(logits=logits, target=target, groups=ClassGroups.of(3, (0, 1, 2)))], steps=150
    )
    after = calibrated(logits, torch.tensor(bias), torch.tensor(temperature)).exp()
    before = torch.softmax(logits, dim=1)
    for n in range(3):
        old, new = (expected_calibration_error(one[:, n], target == n) for one in (before, after))
        assert new < 0.5 * old or new < 0.01
    assert (after.argmax(1) == target).float().mean() > (before.argmax(1) == target).float().mean()


def test_honest_probabilities_stay_as_they_are() -> None:
    logits, target = overconfident(1.0, 0.0)
    bias, temperature = fit_calibration(
        [Evidence(logits=logits, target=target, groups=ClassGroups.of(3, (0, 1, 2)))], steps=60
    )
    after = calibrated(logits, torch.tensor(bias), torch.tensor(temperature)).exp()
    assert (after - torch.softmax(logits, dim=1)).abs().mean() < 0.02
    assert torch.allclose(after.sum(1), torch.ones(len(after)), atol=1e-5)


def test_the_calibration_error_of_a_boast_is_its_excess() -> None:
    claimed = torch.full((1000,), 0.9)
    right = torch.arange(1000) < 600
    assert abs(expected_calibration_error(claimed, right) - 0.3) < 1e-6
    assert expected_calibration_error(claimed, torch.arange(1000) < 900) < 1e-6
