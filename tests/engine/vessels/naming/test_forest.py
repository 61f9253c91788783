"""Names over a whole tree at once."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.vessels.naming.forest import label_forest


def total_cost(labels: tuple[int, ...], parents: np.ndarray, unary: np.ndarray, transition: np.ndarray) -> float:
    """Cost of one set of names."""
    names = unary.shape[1]
    return sum(
        unary[b, name] + transition[labels[parents[b]] if parents[b] >= 0 else names, name]
        for b, name in enumerate(labels)
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(1, 6), runs=st.booleans())
def test_no_other_set_of_names_costs_less(seed: int, count: int, runs: bool) -> None:
    random = np.random.default_rng(seed)
    names = 3
    parents = np.array([-1, *(random.integers(-1, b) for b in range(1, count))], dtype=np.int32)
    unary, transition = random.random((count, names)) * 3, random.random((names + 1, names)) * 3
    runs_on = np.array([runs, False, False])
    labels, _ = label_forest(parents, unary, transition, runs_on)

    def fits(found: tuple[int, ...]) -> bool:
        running = [sum(found[c] == 0 for c in range(count) if parents[c] == b) for b in range(count) if found[b] == 0]
        return not runs or all(n <= 1 for n in running)

    costs = [
        total_cost(f, parents, unary, transition) for f in itertools.product(range(names), repeat=count) if fits(f)
    ]
    assert fits(tuple(labels))
    assert np.isclose(total_cost(tuple(labels), parents, unary, transition), min(costs))


def test_confidence_is_high_for_a_clear_name_and_even_for_equal_ones() -> None:
    parents = np.array([-1, -1], dtype=np.int32)
    unary = np.array([[0.0, 9.0], [1.0, 1.0]])
    _, confidence = label_forest(parents, unary, np.zeros((3, 2)), np.array([False, False]))
    assert confidence[0] > 0.99
    assert np.isclose(confidence[1], 0.5)
