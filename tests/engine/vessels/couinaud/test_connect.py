"""Every segment is one piece in each piece of the liver."""

from __future__ import annotations

import cc3d
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.vessels.couinaud.connect import connect_segments, liver_pieces


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), density=st.floats(0.02, 1.0))
def test_liver_is_kept_and_each_segment_is_one_piece(seed: int, density: float) -> None:
    random = np.random.default_rng(seed)
    liver = random.random((7, 9, 8)) < density
    segment = np.where(liver, random.integers(1, 10, liver.shape), 0).astype(np.uint16)
    connected = connect_segments(segment, liver_pieces(liver))
    assert np.array_equal(connected > 0, liver)
    livers = cc3d.connected_components(liver, connectivity=26)
    for number in range(1, int(livers.max(initial=0)) + 1):
        for value in range(1, 10):
            piece = (livers == number) & (connected == value)
            assert cc3d.connected_components(piece, connectivity=26).max(initial=0) <= 1


def test_island_a_person_asked_for_stays() -> None:
    segment = np.ones((3, 3, 9), dtype=np.uint16)
    segment[:, :, :2] = 2
    segment[1, 1, 6] = 2
    keep = np.zeros(segment.shape, dtype=bool)
    liver = segment > 0
    assert connect_segments(segment, liver_pieces(liver))[1, 1, 6] == 1
    keep[1, 1, 6] = True
    assert connect_segments(segment, liver_pieces(liver), keep)[1, 1, 6] == 2
