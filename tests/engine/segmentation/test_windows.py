from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.segmentation.windows import fitting_window, importance, window_places, window_starts

EXTENT = st.integers(1, 300)


def test_windows_cover_every_index_and_stay_inside() -> None:
    for extent in range(1, 400, 7):
        starts = window_starts(extent, 64)
        covered = np.zeros(max(extent, 64), dtype=bool)
        for start in starts:
            assert 0 <= start <= max(0, extent - 64)
            covered[start : start + 64] = True
        assert covered.all()


@given(st.tuples(EXTENT, EXTENT, EXTENT), st.sampled_from([8, 16, 32]), st.integers(100_000, 10_000_000))
def test_a_window_fits_into_memory_is_a_multiple_and_no_larger_than_needed(shape, multiple, most) -> None:
    window = fitting_window(shape, multiple, most)
    assert np.prod(window) <= most
    for size, extent in zip(window, shape, strict=True):
        assert size % multiple == 0
        assert size < extent + multiple


def test_neighbouring_windows_overlap_by_a_quarter_at_least() -> None:
    places = window_places((64, 200, 64), (64, 64, 64))
    starts = [place[1].start for place in places]
    assert len(places) > 3
    assert max(np.diff(starts)) <= 48


def test_a_window_counts_most_in_its_middle_and_nowhere_nothing() -> None:
    weight = importance((16, 32, 8))
    assert weight.shape == (16, 32, 8)
    assert weight.min() > 0
    assert weight.max() == weight[7:9, 15:17, 3:5].max()
