"""Volumes in slabs: each within its size, together exactly the samples, equal content under one name."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.assets.slabs import SLAB_BYTES, slab_ranges, volume_slabs
from streaming.assets.store import AssetStore


@given(slices=st.integers(1, 2000), slice_bytes=st.integers(1, 3 * SLAB_BYTES))
def test_slabs_follow_each_other_and_stay_within_their_size(slices: int, slice_bytes: int) -> None:
    ranges = list(slab_ranges(slices, slice_bytes))
    assert [start for start, _ in ranges] == [0, *(stop for _, stop in ranges[:-1])]
    assert ranges[-1][1] == slices
    for start, stop in ranges:
        assert stop - start == 1 or (stop - start) * slice_bytes <= SLAB_BYTES


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.dtype(">u2")])
def test_inflated_slabs_give_the_samples_back_with_i_fastest_and_the_low_byte_first(dtype: np.dtype) -> None:
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 250, (7, 700, 500)).astype(dtype)[:, :, ::-1]
    store = AssetStore(None)
    slabs = volume_slabs(samples, store)
    assert len(slabs) > 1
    inflated = b"".join(zlib.decompress(store.read(slab.asset)) for slab in slabs)
    read = np.frombuffer(inflated, "u1" if samples.itemsize == 1 else "<u2").reshape(samples.shape)
    assert (read == samples).all()
    assert [slab.bytes for slab in slabs] == [store.size(slab.asset) for slab in slabs]


def test_slabs_of_equal_content_are_one_asset() -> None:
    samples = np.zeros((8, 512, 1024), np.uint8)
    slabs = volume_slabs(samples, AssetStore(None))
    assert len(slabs) == 4
    assert len({slab.asset for slab in slabs}) == 1
