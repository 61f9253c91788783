"""The minimum cut and the price of flips, against trying every cut."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.vessels.separation import kernels
from engine.vessels.separation.energy import Energy
from engine.vessels.separation.separate import _arcs

NODES = 6


def energies(energy: Energy) -> dict[tuple[bool, ...], float]:
    """The energy of every assignment: true is portal."""
    found = {}
    for sides in product((False, True), repeat=NODES):
        side = np.array(sides)
        alone = np.where(side, np.maximum(-energy.unary, 0), np.maximum(energy.unary, 0)).sum()
        cut = energy.ties[side[energy.pairs[:, 0]] != side[energy.pairs[:, 1]]].sum()
        found[sides] = float(alone + cut)
    return found


@st.composite
def problems(draw: st.DrawFn) -> Energy:
    unary = draw(st.lists(st.floats(-4, 4), min_size=NODES, max_size=NODES))
    pairs = [(a, b) for a in range(NODES) for b in range(a) if draw(st.booleans())]
    ties = [draw(st.floats(0, 3)) for _ in pairs]
    edges: NDArray[np.int64] = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Energy(unary=np.array(unary), pairs=edges, ties=np.array(ties), seeded=True)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_flow_is_the_least_energy_and_flips_cost_what_the_best_other_answer_costs(energy: Energy) -> None:
    arcs = _arcs(energy, np.ones(NODES, dtype=bool))
    source, sink = np.maximum(energy.unary, 0), np.maximum(-energy.unary, 0)
    flow = kernels.augment(*arcs, source, sink, np.inf)
    every = energies(energy)
    best = min(every.values())
    assert abs(flow - best) < 1e-6
    side = kernels.source_side(arcs[0], arcs[1], arcs[3], source)
    assert abs(every[tuple(side.tolist())] - best) < 1e-6
    group = np.arange(NODES, dtype=np.int64)
    costs = kernels.flip_costs(*arcs, source, sink, side, group, NODES, 1e3)
    for node in range(NODES):
        other = min(value for sides, value in every.items() if sides[node] != side[node])
        assert abs(costs[node] - (other - best)) < 1e-6
