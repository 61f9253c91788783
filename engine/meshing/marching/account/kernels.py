"""Compiled comparison of a surface's samples with the slices they were interpolated between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled
from engine.meshing.marching.kernels import ONE, ZERO, after, bits_set, lowest_bit


@compiled
def _vertex_along(bits: NDArray[np.uint64], starts: NDArray[np.int32], at: tuple[int, int, int], axis: int) -> Any:
    """Number of the vertex on the edge from sample (k, j, i) along k (axis 2), j or i (0), or -1 where it has none."""
    k, j, i = at
    w, bit = i >> 6, ONE << np.uint64(i & 63)
    number = np.int64(starts[k * bits.shape[1] + j, axis])
    for word in range(w + 1):
        there = after(bits, k, j, word) if axis == 0 else bits[k + int(axis == 2), j + int(axis == 1), word]
        crossed = bits[k, j, word] ^ there
        if word == w:
            return number + bits_set(crossed & (bit - ONE)) if crossed & bit != ZERO else -1
        number += bits_set(crossed)
    return -1


@compiled
def _nearest_vertex(
    bits: NDArray[np.uint64], starts: NDArray[np.int32], at: tuple[int, int, int], reach_kji: tuple[int, int, int]
) -> Any:
    """Number of the nearest vertex on the grid's line along k through a sample, or else along i or j, or -1."""
    for axis in (2, 0, 1):
        reach = reach_kji[2 - axis]
        k, j, i = at
        length, here = (i, j, k)[axis], (bits.shape[2] * 64, bits.shape[1], bits.shape[0])[axis]
        for away in range(reach):
            for first in (length - away - 1, length + away):
                if 0 <= first < here - 1:
                    edge = (first if axis == 2 else k, first if axis == 1 else j, first if axis == 0 else i)
                    vertex = _vertex_along(bits, starts, edge, axis)
                    if vertex >= 0:
                        return vertex
    return -1


@compiled
def account_for_slices(
    bits: NDArray[np.uint64],
    starts: NDArray[np.int32],
    slices: NDArray[np.uint64],
    steps: int,
    missing: NDArray[np.float32],
) -> None:
    """Adds to `missing` where samples between slices lie on another side than their nearest slice says.

    Args:
        bits: of `pack_signs`, ((k - 1) steps + 1, j, words).
        starts: of the rows.
        slices: (k, j, words) the same of the slices.
        steps: samples from a slice to the next; half-way a sample belongs to both.
        missing: (n,) in samples, added to at the vertex nearest to each such sample.
    """
    half = np.float32(0.5)
    for s in range(1, bits.shape[0] - 1):
        for nearest in ((2 * s + steps - 1) // (2 * steps), (2 * s + steps) // (2 * steps)):
            for j in range(bits.shape[1]):
                for w in range(bits.shape[2]):
                    differing = bits[s, j, w] ^ slices[nearest, j, w]
                    while differing != ZERO:
                        at = lowest_bit(differing)
                        differing &= differing - ONE
                        vertex = _nearest_vertex(bits, starts, (s, j, 64 * w + at), (2 * steps, 4, 4))
                        if vertex >= 0:
                            inside = (slices[nearest, j, w] >> np.uint64(at)) & ONE
                            missing[vertex] += half if inside == ONE else -half
