"""Guesses of where a tree starts that was not seen to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from engine.vessels.separation.starts import _GUESS_NATS, _guessed


def test_each_part_has_a_start_of_its_own_that_many_pieces_share_and_side_branches_have_none() -> None:
    lengths = np.array([50.0, 50.0, 50.0, 50.0, 80.0, 5.0, 90.0])
    part = np.array([0, 0, 0, 0, 1, 2, 3])
    score = np.array([1.0, 1.0, 1.0, 0.1, 0.5, 0.9, 0.05])
    skeleton = SimpleNamespace(lengths_mm=lambda: lengths)
    nats = _guessed(skeleton, score, part)  # type: ignore[arg-type]
    third = _GUESS_NATS / 3
    np.testing.assert_allclose(nats, [third, third, third, 0.0, 0.5 * _GUESS_NATS, 0.0, 0.0])
