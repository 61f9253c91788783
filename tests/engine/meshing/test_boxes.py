"""One pass finds where every label lies, whatever the rows' length."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.meshing.boxes import find_boxes


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    shape=st.tuples(st.integers(1, 7), st.integers(1, 6), st.sampled_from([1, 7, 8, 13, 16, 24, 40])),
    runs=st.booleans(),
)
def test_boxes_and_counts_are_those_of_the_masks(seed: int, shape: tuple[int, int, int], runs: bool) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.choice(np.array([0, 0, 1, 2, 101, 255], dtype=np.uint8), shape)
    if runs:
        labels = np.ascontiguousarray(np.sort(labels, axis=2))
    with ThreadPoolExecutor(2) as executor:
        boxes = find_boxes(labels, executor)
    for values in ((1,), (2, 101), (255,), (77,)):
        expected = np.isin(labels, values)
        mask = boxes.mask_of(values)
        if not expected.any():
            assert mask is None
            continue
        assert mask is not None
        assert mask.voxels == np.count_nonzero(expected)
        indices = np.argwhere(expected)
        assert mask.start_kji == tuple(indices.min(axis=0) - 1)
        assert mask.shape_kji == tuple(np.ptp(indices, axis=0) + 3)
        np.testing.assert_array_equal(np.argwhere(mask.values) + mask.start_kji, indices)
        assert set(np.unique(mask.values)) <= {0, 255}


def test_labels_of_a_view_with_gaps_are_found_too() -> None:
    labels = np.zeros((4, 8, 32), dtype=np.uint8)
    labels[2, 4, 10] = 9
    with ThreadPoolExecutor(1) as executor:
        mask = find_boxes(labels[:, ::2, ::2], executor).mask_of((9,))
    assert mask is not None
    assert mask.start_kji == (1, 1, 4)
