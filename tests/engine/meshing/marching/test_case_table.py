"""The table keeps the two rules that make every surface manifold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.meshing.marching.case_table import CORNERS, EDGES, SIDES, case_table, loops_of

MIDDLES = CORNERS[EDGES].mean(axis=1)


def sides_with(edge: int) -> set[int]:
    return {n for n, side in enumerate(SIDES) if set(EDGES[edge].tolist()) <= set(side)}


@pytest.mark.parametrize("case", range(256))
def test_triangles_use_every_crossed_edge_and_close_over_the_cubes_sides_alone(case: int) -> None:
    table = case_table()
    triangles = table.triangles[case, : table.triangle_counts[case]].astype(int)
    crossed = {n for n, (a, b) in enumerate(EDGES) if (case >> a & 1) != (case >> b & 1)}
    assert set(triangles.reshape(-1).tolist()) == crossed
    assert table.crossed_edges[case] == sum(1 << edge for edge in crossed)
    directed = [pair for a, b, c in triangles.tolist() for pair in ((a, b), (b, c), (c, a))]
    assert len(directed) == len(set(directed))
    for a, b in directed:
        if (b, a) in directed:
            assert not sides_with(a) & sides_with(b), "an inner edge would lie in a side"
        else:
            assert sides_with(a) & sides_with(b), "an edge with one triangle is not on a side"


@pytest.mark.parametrize("case", range(1, 255))
def test_neighbouring_cubes_draw_the_same_on_the_side_they_share(case: int) -> None:
    # The cube at high i has on its low side the corners that this one has on its high side.
    for axis in range(3):
        high = [c for c in range(8) if c >> axis & 1]
        other = sum(1 << (c & ~(1 << axis)) for c in high if case >> c & 1)

        def drawn(of: int, *, at: int, axis: int = axis) -> set[tuple[tuple[float, ...], tuple[float, ...]]]:
            found = set()
            for loop in loops_of(of):
                for a, b in pairwise((*loop, loop[0])):
                    if MIDDLES[a, axis] == at and MIDDLES[b, axis] == at:
                        pair = [tuple(np.delete(MIDDLES[n], axis).tolist()) for n in (a, b)]
                        found.add((pair[0], pair[1]))
            return found

        assert {(b, a) for a, b in drawn(case, at=1)} == drawn(other, at=0)


def test_the_shares_missing_are_what_middles_cut_off() -> None:
    table = case_table()
    # One corner: an eighth, of which a tetrahedron of 1/48 is enclosed; three edges share.
    assert table.missing_shares[1] == pytest.approx((1 / 8 - 1 / 48) / 3)
    # Four corners on one side: exactly half the cube.
    assert table.missing_shares[0b00001111] == pytest.approx(0.0)
    assert table.missing_shares[0b11111110] == pytest.approx(-table.missing_shares[1])
