"""Blocks, blur and the search for thin parts agree with plain array code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import convolve1d, maximum_filter

from engine.meshing.sampling.kernels import average_blocks, blur, count_thin


@pytest.mark.parametrize("block", [(1, 2, 2), (2, 3, 1), (1, 1, 1)])
def test_blocks_are_means_and_count_what_lies_beyond_as_outside(block: tuple[int, int, int]) -> None:
    mask = (np.random.default_rng(2).random((5, 7, 9)) < 0.5).astype(np.uint8) * np.uint8(255)
    blocks = tuple(-(-size // b) for size, b in zip(mask.shape, block, strict=True))
    out = np.zeros(tuple(n + 4 for n in blocks), dtype=np.uint8)
    average_blocks(mask, np.array(block), out, 2)
    whole = np.zeros(tuple(n * b for n, b in zip(blocks, block, strict=True)))
    whole[:5, :7, :9] = mask
    means = whole.reshape(blocks[0], block[0], blocks[1], block[1], blocks[2], block[2]).mean(axis=(1, 3, 5))
    np.testing.assert_allclose(out[2:-2, 2:-2, 2:-2], means, atol=0.5001)
    assert out.astype(int).sum() == out[2:-2, 2:-2, 2:-2].astype(int).sum()


def test_blur_is_the_binomial_of_five_along_each_axis() -> None:
    field = np.zeros((12, 14, 64), dtype=np.uint8)
    field[2:-2, 2:-2, 2:30] = np.random.default_rng(3).integers(0, 256, (8, 10, 28))
    expected = field.astype(np.float64)
    for axis in range(3):
        expected = convolve1d(expected, np.array([1, 4, 6, 4, 1]) / 16, axis=axis, mode="constant")
    out = np.zeros_like(field)
    blur(field, out)
    np.testing.assert_allclose(out[2:-2, 2:-2, 2:-2], expected[2:-2, 2:-2, 2:-2], atol=0.51)


def test_thin_is_what_has_nothing_deep_within_three_samples() -> None:
    field = np.zeros((30, 30, 64), dtype=np.uint8)
    field[6:24, 6:24, 6:24] = 255
    field[14:16, 14:16, 24:50] = 255
    field[5, 5, 58] = 20
    blurred = np.zeros_like(field)
    blur(field, blurred)
    inside, thin, lone = count_thin(field, blurred, 250)
    near = maximum_filter(blurred, 7) >= 250
    assert inside == np.count_nonzero(field >= 128)
    assert lone == np.count_nonzero((field > 0) & (maximum_filter(blurred, 7) < 128)) > 0
    assert thin == np.count_nonzero((field >= 128) & ~near)
    assert 4 * 20 < thin < 4 * 27
