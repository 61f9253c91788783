"""Compiled passes over bytes. All release the GIL and run on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def average_blocks(mask: NDArray[np.uint8], block_kji: NDArray[np.int64], out: NDArray[np.uint8], margin: int) -> None:
    """Means of blocks of voxels.

    Args:
        mask: (k, j, i) 0 or 255; what lies beyond it counts as 0.
        block_kji: (3,) voxels a block.
        out: zeros, with `margin` samples more on each side than there are blocks.
        margin: where the first block goes.
    """
    bk, bj, bi = block_kji[0], block_kji[1], block_kji[2]
    depth, height, width = mask.shape
    blocks = -(-width // bi)
    row = np.empty(blocks * bi, dtype=np.float32)
    part = np.float32(1.0 / (bk * bj * bi))
    for k in range(-(-depth // bk)):
        for j in range(-(-height // bj)):
            row[:] = np.float32(0.0)
            for kk in range(k * bk, min(k * bk + bk, depth)):
                for jj in range(j * bj, min(j * bj + bj, height)):
                    for i in range(width):
                        row[i] += np.float32(mask[kk, jj, i])
            for n in range(blocks):
                total = np.float32(0.5) / part
                for i in range(n * bi, n * bi + bi):
                    total += row[i]
                out[k + margin, j + margin, n + margin] = np.uint8(total * part)


@compiled
def blur(field: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Smooths by (1, 4, 6, 4, 1) / 16 along each axis, a Gaussian of one sample's width.

    Args:
        field: (k, j, i), 0 within two samples of the border.
        out: the same shape, zeros.
    """
    depth, height, width = field.shape
    planes = np.zeros((5, height, width), dtype=np.float32)
    rows = np.zeros((height, width), dtype=np.float32)
    four, six = np.float32(4.0), np.float32(6.0)
    part, half = np.float32(1.0 / 4096.0), np.float32(0.5)
    for k in range(depth):
        plane = planes[k % 5]
        for j in range(height):
            for i in range(2, width - 2):
                rows[j, i] = (
                    (np.float32(field[k, j, i - 2]) + np.float32(field[k, j, i + 2]))
                    + four * (np.float32(field[k, j, i - 1]) + np.float32(field[k, j, i + 1]))
                    + six * np.float32(field[k, j, i])
                )
        for j in range(2, height - 2):
            for i in range(width):
                plane[j, i] = (
                    (rows[j - 2, i] + rows[j + 2, i]) + four * (rows[j - 1, i] + rows[j + 1, i]) + six * rows[j, i]
                )
        if k < 4:
            continue
        a, b, c = planes[(k - 4) % 5], planes[(k - 3) % 5], planes[(k - 2) % 5]
        d, e = planes[(k - 1) % 5], planes[k % 5]
        for j in range(height):
            for i in range(width):
                value = (a[j, i] + e[j, i]) + four * (b[j, i] + d[j, i]) + six * c[j, i]
                out[k - 2, j, i] = np.uint8(value * part + half)


@compiled
def count_thin(field: NDArray[np.uint8], blurred: NDArray[np.uint8], deep: int) -> Any:
    """Counts samples inside, those of them with no deep sample within three samples, and lone samples.

    A lone sample is not 0 and has nothing inside after the blur within three samples.

    Args:
        field: (k, j, i), from 128 inside.
        blurred: the same blurred.
        deep: a blurred value from here on lies two samples deep; so what is about five samples thick is not thin.
    """
    depth, height, width = field.shape
    planes = np.zeros((7, height, width), dtype=np.uint8)
    rows = np.zeros((height, width), dtype=np.uint8)
    inside, thin, lone = 0, 0, 0
    for k in range(depth + 3):
        plane = planes[k % 7]
        plane[:] = 0
        if k < depth:
            for j in range(height):
                for i in range(3, width - 3):
                    near = max(blurred[k, j, i - 1], blurred[k, j, i], blurred[k, j, i + 1])
                    far = max(blurred[k, j, i - 2], blurred[k, j, i + 2])
                    rows[j, i] = max(near, far, blurred[k, j, i - 3], blurred[k, j, i + 3])
            for j in range(3, height - 3):
                for i in range(width):
                    near = max(rows[j - 1, i], rows[j, i], rows[j + 1, i])
                    far = max(rows[j - 2, i], rows[j + 2, i])
                    plane[j, i] = max(near, far, rows[j - 3, i], rows[j + 3, i])
        if k < 3:
            continue
        for j in range(height):
            here, without, apart = np.int32(0), np.int32(0), np.int32(0)
            for i in range(width):
                highest = max(planes[0, j, i], planes[1, j, i], planes[2, j, i], planes[3, j, i])
                highest = max(highest, planes[4, j, i], planes[5, j, i], planes[6, j, i])
                there = np.int32(field[k - 3, j, i] >= 128)
                here += there
                without += there & np.int32(highest < deep)
                apart += np.int32(field[k - 3, j, i] > 0) & np.int32(highest < 128)
            inside += int(here)
            thin += int(without)
            lone += int(apart)
    return inside, thin, lone
