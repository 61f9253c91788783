"""Compiled passes over labels, eight at a time. All release the GIL and run on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

BYTE = np.uint64(255)
EIGHT = np.uint64(8)
EVERY_BYTE = np.uint64(0x0101010101010101)


@compiled
def _touch(bounds: NDArray[np.int64], value: Any, k: int, j: int, first: int, count: int) -> None:
    """Adds a run of one label in a row to where the label lies."""
    if bounds[value, 6] == 0:
        bounds[value, 0] = k
        bounds[value, 2], bounds[value, 3] = j, j
        bounds[value, 4], bounds[value, 5] = first, first + count - 1
    bounds[value, 1] = k
    bounds[value, 2] = min(bounds[value, 2], j)
    bounds[value, 3] = max(bounds[value, 3], j)
    bounds[value, 4] = min(bounds[value, 4], first)
    bounds[value, 5] = max(bounds[value, 5], first + count - 1)
    bounds[value, 6] += count


@compiled
def scan_words(words: NDArray[np.uint64]) -> Any:
    """Where each label lies and how often it occurs, in one pass that goes through runs of eight equal labels.

    Args:
        words: (k, j, i / 8) eight labels each.

    Returns:
        (256, 7) first and last k, j and i of each label, and its voxels; label 0 is not looked at.
    """
    bounds = np.zeros((256, 7), dtype=np.int64)
    depth, height, width = words.shape
    for k in range(depth):
        for j in range(height):
            at = 0
            while at < width:
                word = words[k, j, at]
                start = at
                at += 1
                while at < width and words[k, j, at] == word:
                    at += 1
                value = word & BYTE
                if word == value * EVERY_BYTE:
                    if value != 0:
                        _touch(bounds, np.int64(value), k, j, 8 * start, 8 * (at - start))
                    continue
                for w in range(start, at):
                    for part in range(8):
                        single = (word >> (EIGHT * np.uint64(part))) & BYTE
                        if single != 0:
                            _touch(bounds, np.int64(single), k, j, 8 * w + part, 1)
    return bounds


@compiled
def scan_labels(labels: NDArray[np.uint8]) -> Any:
    """The same as `scan_words` for rows that are not whole words: (k, j, i) labels."""
    bounds = np.zeros((256, 7), dtype=np.int64)
    for k in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for i in range(labels.shape[2]):
                if labels[k, j, i] != 0:
                    _touch(bounds, np.int64(labels[k, j, i]), k, j, i, 1)
    return bounds


@compiled
def choose_labels(words: NDArray[np.uint64], chosen: NDArray[np.uint8]) -> Any:
    """Replaces eight labels a word by 255 where the label is chosen and 0 elsewhere, in place.

    Args:
        words: (k, j, i / 8) eight labels each.
        chosen: (256,) 255 or 0.

    Returns:
        The number of chosen voxels.
    """
    total = 0
    for k in range(words.shape[0]):
        for j in range(words.shape[1]):
            for w in range(words.shape[2]):
                word = words[k, j, w]
                value = word & BYTE
                if word == value * EVERY_BYTE:
                    words[k, j, w] = np.uint64(chosen[value]) * EVERY_BYTE
                    total += 8 * (chosen[value] >> 7)
                    continue
                replaced = np.uint64(0)
                for part in range(8):
                    shift = EIGHT * np.uint64(part)
                    single = chosen[(word >> shift) & BYTE]
                    replaced |= np.uint64(single) << shift
                    total += single >> 7
                words[k, j, w] = replaced
    return total


@compiled
def count_changes(mask: NDArray[np.uint8], stride: int) -> Any:
    """Counts neighbours on different sides along k, j and i, in every `stride`-th slice.

    Args:
        mask: (k, j, i) 0 or 255, 0 on the border.
        stride: slices to the next one looked at.

    Returns:
        Changes along k, j and i, times `stride`.
    """
    along_k, along_j, along_i = 0, 0, 0
    depth, height, width = mask.shape
    for k in range(0, depth - 1, stride):
        for j in range(height - 1):
            a, b, c = np.int32(0), np.int32(0), np.int32(0)
            for i in range(width - 1):
                here = mask[k, j, i]
                a += np.int32(here != mask[k + 1, j, i])
                b += np.int32(here != mask[k, j + 1, i])
                c += np.int32(here != mask[k, j, i + 1])
            along_k += int(a)
            along_j += int(b)
            along_i += int(c)
    return along_k * stride, along_j * stride, along_i * stride
