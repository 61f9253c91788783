"""A 3D texture cut into slabs of slices, each compressed and named by itself, so that it can be shown as it comes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from streaming.assets.store import AssetStore
from streaming.protocol import VolumeSlab

SLAB_BYTES: Final = 1024 * 1024
"""Inflated: what a headset uploads in under a millisecond, and a tenth of a second of a slow network."""

COMPRESSION_LEVEL: Final = 6
THREADS: Final = 2


def slab_ranges(slices: int, slice_bytes: int) -> Iterator[tuple[int, int]]:
    """First and one past the last slice of every slab: as many slices as fit into `SLAB_BYTES`, but one at least."""
    step = max(1, SLAB_BYTES // max(1, slice_bytes))
    for start in range(0, slices, step):
        yield start, min(slices, start + step)


def volume_slabs(samples: NDArray[Any], store: AssetStore) -> tuple[VolumeSlab, ...]:
    """Puts the slabs of (k, j, i) whole numbers into the store; blocks, and releases the GIL while it compresses."""
    # C order of (k, j, i) is i fastest, and the low byte comes first, as the protocol says.
    ordered = np.ascontiguousarray(samples, dtype=samples.dtype.newbyteorder("<"))
    ranges = list(slab_ranges(ordered.shape[0], ordered[0].nbytes))
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="cantlie-slabs") as threads:
        streams = threads.map(lambda part: zlib.compress(ordered[part[0] : part[1]].data, COMPRESSION_LEVEL), ranges)
        return tuple(
            VolumeSlab(first_k=start, slices=stop - start, asset=store.put(stream), bytes=len(stream))
            for (start, stop), stream in zip(ranges, streams, strict=True)
        )
