"""The best set of names for all branches of a forest at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def label_forest(
    parents: NDArray[np.int32],
    unary: NDArray[np.float64],
    transition: NDArray[np.float64],
    runs_on: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Names with the least total cost, by dynamic programming from the leaves to the roots (max-product on a tree).

    One wrong measure cannot name a branch alone: its children, its parent and its place in the tree speak too.

    Args:
        parents: (n,) index of each branch's parent, -1 for a root; a parent stands before its children.
        unary: (n, names) cost of each name for each branch.
        transition: (names + 1, names) cost of a child's name below its parent's; the last row is for roots.
        runs_on: (names,) a name at most one child may take on from its parent: a trunk does not fork into trunks.

    Returns:
        (n,) index of each name; (n,) confidence 0 to 1: the name's share against all other names of the branch with
        the parent's name given and everything below it at its best.
    """
    count, names = unary.shape
    below = np.array(unary)
    children: list[list[int]] = [[] for _ in range(count)]
    for branch in range(count - 1, -1, -1):
        for name in range(names):
            below[branch, name] += _children_cost(children[branch], name, below, transition, runs_on)
        if parents[branch] >= 0:
            children[parents[branch]].append(branch)
    labels = np.full(count, -1, dtype=np.int64)
    confidence = np.zeros(count)
    barred: set[int] = set()
    for branch in range(count):
        above = labels[parents[branch]] if parents[branch] >= 0 else names
        cost = below[branch] + transition[above]
        weight = np.exp(-(cost - cost.min()))
        if branch in barred:
            cost = cost.copy()
            cost[above] = np.inf
        labels[branch] = int(np.argmin(cost))
        confidence[branch] = weight[labels[branch]] / weight.sum()
        if runs_on[labels[branch]]:
            barred.update(_not_running_on(children[branch], int(labels[branch]), below, transition))
    return labels, confidence


def _choices(
    branches: list[int], name: int, below: NDArray[np.float64], transition: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """((children,) cost with another name than the parent's; (children,) cost with the parent's name)."""
    cost = below[branches] + transition[name]
    return np.delete(cost, name, axis=1).min(axis=1), cost[:, name]


def _children_cost(
    branches: list[int],
    name: int,
    below: NDArray[np.float64],
    transition: NDArray[np.float64],
    runs_on: NDArray[np.bool_],
) -> float:
    if not branches:
        return 0.0
    other, same = _choices(branches, name, below, transition)
    if not runs_on[name]:
        return float(np.minimum(other, same).sum())
    return float(other.sum() - max(0.0, float((other - same).max())))


def _not_running_on(
    branches: list[int], name: int, below: NDArray[np.float64], transition: NDArray[np.float64]
) -> list[int]:
    """The children that may not take the trunk's name: all but the one that gains most by it."""
    if not branches:
        return []
    other, same = _choices(branches, name, below, transition)
    chosen = branches[int(np.argmax(other - same))]
    return [branch for branch in branches if branch != chosen]
