"""Names of vessel branches from where their territories lie, how they branch and what a person said.

Every name has a likelihood of the segments a branch's own territory lies in, and every child's name a cost below
its parent's; the whole tree takes the cheapest set of names (`label_forest`). Usual branching: portal main ->
left, right; right -> anterior, posterior (Couinaud 1957; Brisbane 2000 terms). Variants cost more and are found
where the picture asks for them: their shares are 5-15 % each (Covey 2004, AJR 183:1055), about 2 to 3 nats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.vessel_tree import HEPATIC_NAMES, PORTAL_NAMES, VesselBranch, VesselTrees
from engine.vessels.naming.forest import label_forest

SEGMENTS_COUNT: Final = 9
_UNHEARD_OF: Final = 25.0
"""Cost of a child's name that never stands below its parent's: whole subtrees do not outweigh it."""
_LEAK: Final = 0.02
"""Share of a territory that may lie in any other segment: planes are not known to the millimetre."""
_NEIGHBOUR_LEAK: Final = 0.08
"""The same for a segment next to one the branch feeds."""
_NEIGHBOURS: Final[Mapping[int, tuple[int, ...]]] = {
    1: (2, 4), 2: (3, 4), 3: (2, 5), 4: (2, 5, 9), 5: (3, 4, 6), 6: (5, 7, 9), 7: (6, 8), 8: (7, 9), 9: (4, 6, 8),
}  # fmt: skip
_HALF_EVIDENCE_ML: Final = 5.0
_EVIDENCE_NATS: Final = 5.0
"""A large territory weighs as much as this many independent voxels, one of `_HALF_EVIDENCE_ML` half as much."""

_PORTAL_FEEDS: Final[Mapping[str, tuple[int, ...]]] = {
    "main": (1, 2, 3, 4, 5, 6, 7, 8, 9), "left": (2, 3, 4, 5), "right": (6, 7, 8, 9), "anterior": (6, 9),
    "posterior": (7, 8), "segment_2": (2,), "segment_3": (3,), "segment_4": (4, 5), "segment_5": (6,),
    "segment_6": (7,), "segment_7": (8,), "segment_8": (9,), "caudate": (1,),
}  # fmt: skip
"""Values of `engine.liver_map.SEGMENTS` a portal branch feeds."""

_HEPATIC_DRAINS: Final[Mapping[str, tuple[float, ...]]] = {
    # Share of the territory by segment I, II, III, IVa, IVb, V, VI, VII, VIII.
    "right": (0.0, 0.0, 0.0, 0.0, 0.0, 0.18, 0.27, 0.30, 0.25),
    "middle": (0.0, 0.0, 0.0, 0.22, 0.25, 0.28, 0.0, 0.0, 0.25),
    "left": (0.0, 0.38, 0.38, 0.16, 0.08, 0.0, 0.0, 0.0, 0.0),
    "common_trunk": (0.05, 0.25, 0.2, 0.3, 0.1, 0.0, 0.0, 0.0, 0.1),
    "inferior_right": (0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.6, 0.2, 0.0),
    "caudate": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}

_PORTAL_BELOW: Final[Mapping[str, Mapping[str, float]]] = {
    "": {"main": 0.0, "left": 1.0, "right": 1.0, "anterior": 2.0, "posterior": 2.0} | {
        f"segment_{n}": 3.0 for n in range(2, 9)} | {"caudate": 4.0},
    "main": {"main": 0.3, "left": 0.0, "right": 0.0, "anterior": 2.0, "posterior": 2.0, "caudate": 2.0}
    | {f"segment_{n}": 4.0 for n in range(2, 9)},
    "left": {"left": 0.3, "segment_2": 0.3, "segment_3": 0.3, "segment_4": 0.3, "caudate": 1.0, "anterior": 3.5},
    "right": {"right": 0.5, "anterior": 0.0, "posterior": 0.0, "caudate": 2.0}
    | {f"segment_{n}": 2.0 for n in (5, 6, 7, 8)},
    "anterior": {"anterior": 0.5, "segment_5": 0.0, "segment_8": 0.0, "segment_6": 4.0, "segment_7": 4.0},
    "posterior": {"posterior": 0.5, "segment_6": 0.0, "segment_7": 0.0, "segment_5": 4.0, "segment_8": 4.0},
    **{f"segment_{n}": {f"segment_{n}": 0.0} for n in range(2, 9)}, "caudate": {"caudate": 0.0},
}  # fmt: skip

_HEPATIC_BELOW: Final[Mapping[str, Mapping[str, float]]] = {
    "": {"right": 0.0, "middle": 0.0, "left": 0.0, "common_trunk": 1.0, "inferior_right": 1.5, "caudate": 1.5},
    "common_trunk": {"left": 0.0, "middle": 0.0, "common_trunk": 2.0, "right": 5.0},
    **{name: {name: 0.0} for name in ("right", "middle", "left", "inferior_right", "caudate")},
}  # fmt: skip

_LEAF_IS_TRUNK: Final = 1.5
"""Cost of a trunk's name for a branch that was not seen to fork."""
_COMMON_TRUNK_MM: Final = 10.0
"""The common trunk of left and middle vein is short: every length of this costs one nat."""
_LOW_ROOT_MM: Final = 30.0
"""A vein that enters the cava this far below the highest one is an inferior or caudate vein."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBranch:
    """The name found for a branch and how sure it is, 0 to 1."""

    name: str
    confidence: float


def branch_share(
    branch: NDArray[np.int32], likelihood: NDArray[np.float32], branches: int, cell_ml: float
) -> NDArray[np.float64]:
    """(branches + 1, 9) mL of each branch's own territory in each segment.

    Args:
        branch: (n,) branch number of each cell.
        likelihood: (n, 9) probability of each segment in each cell.
        branches: how many branches there are.
        cell_ml: volume of a cell.
    """
    columns = [np.bincount(branch, weights=column, minlength=branches + 1) for column in likelihood.T]
    return np.asarray(np.column_stack(columns) * cell_ml, dtype=np.float64)


def name_portal(trees: VesselTrees, share_ml: NDArray[np.float64], said: Mapping[int, str]) -> dict[int, NamedBranch]:
    """Names the portal branches; `said` holds names a person gave, by branch number."""
    table = np.full((len(PORTAL_NAMES), SEGMENTS_COUNT), _LEAK)
    for row, name in enumerate(PORTAL_NAMES):
        fed = _PORTAL_FEEDS[name]
        beside = {value for other in fed for value in _NEIGHBOURS[other]}.difference(fed)
        table[row, [value - 1 for value in sorted(beside)]] += _NEIGHBOUR_LEAK
        table[row, [value - 1 for value in fed]] += 1.0 / len(fed)
    runs_on = np.array([not name.startswith("segment_") and name != "caudate" for name in PORTAL_NAMES])
    branches = trees.of_kind("portal")
    unary = _territory_cost(branches, _with_all_below(branches, share_ml), table)
    forking = {branch.parent for branch in branches}
    for row, branch in enumerate(branches):
        if branch.number not in forking:
            unary[row, runs_on] += _LEAF_IS_TRUNK
    return _names(branches, PORTAL_NAMES, unary, _costs(_PORTAL_BELOW, PORTAL_NAMES), runs_on, said)


def name_hepatic(trees: VesselTrees, share_ml: NDArray[np.float64], said: Mapping[int, str]) -> dict[int, NamedBranch]:
    """Names the hepatic veins; `said` holds names a person gave, by branch number."""
    table = np.array([_HEPATIC_DRAINS[name] for name in HEPATIC_NAMES]) + _LEAK
    branches = trees.of_kind("hepatic")
    unary = _territory_cost(branches, _with_all_below(branches, share_ml), table)
    unary[:, HEPATIC_NAMES.index("common_trunk")] += [branch.length_mm / _COMMON_TRUNK_MM for branch in branches]
    highest_mm = max((branch.points_lps_mm[0, 2] for branch in branches if not branch.parent), default=0.0)
    for row, branch in enumerate(branches):
        if not branch.parent:
            is_low = branch.points_lps_mm[0, 2] < highest_mm - _LOW_ROOT_MM
            for name in HEPATIC_NAMES:
                if is_low != (name in {"inferior_right", "caudate"}):
                    unary[row, HEPATIC_NAMES.index(name)] += 2.0 if is_low else 3.0
    runs_on = np.array([name == "common_trunk" for name in HEPATIC_NAMES])
    return _names(branches, HEPATIC_NAMES, unary, _costs(_HEPATIC_BELOW, HEPATIC_NAMES), runs_on, said)


def _with_all_below(branches: tuple[VesselBranch, ...], share_ml: NDArray[np.float64]) -> NDArray[np.float64]:
    """(branches + 1, 9) mL of each branch with all below it: a stem's own territory says little about it."""
    whole = np.array(share_ml)
    for branch in reversed(branches):
        if branch.parent:
            whole[branch.parent] += whole[branch.number]
    return whole


def _costs(below: Mapping[str, Mapping[str, float]], names: tuple[str, ...]) -> NDArray[np.float64]:
    rows = (*names, "")
    return np.array([[below[above].get(name, _UNHEARD_OF) for name in names] for above in rows])


def _territory_cost(
    branches: tuple[VesselBranch, ...], share_ml: NDArray[np.float64], table: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(branches, names) cost of each name by the segments the territory lies in."""
    share = share_ml[[branch.number for branch in branches]]
    total = share.sum(axis=1, keepdims=True)
    mean = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    weight = _EVIDENCE_NATS * total / (total + _HALF_EVIDENCE_ML)
    surprise = -np.log(table / table.sum(axis=1, keepdims=True))
    cost: NDArray[np.float64] = weight * (mean @ surprise.T)
    return cost


def _names(
    branches: tuple[VesselBranch, ...],
    names: tuple[str, ...],
    unary: NDArray[np.float64],
    transition: NDArray[np.float64],
    runs_on: NDArray[np.bool_],
    said: Mapping[int, str],
) -> dict[int, NamedBranch]:
    if not branches:
        return {}
    row_of = {branch.number: row for row, branch in enumerate(branches)}
    for number, name in said.items():
        if number in row_of:
            barred = np.arange(len(names)) != names.index(name)
            unary[row_of[number], barred] = 1e6
    parents = np.array([row_of.get(branch.parent, -1) for branch in branches], dtype=np.int32)
    labels, confidence = label_forest(parents, unary, transition, runs_on)
    return {
        branch.number: NamedBranch(
            name=names[labels[row]], confidence=1.0 if branch.number in said else float(confidence[row])
        )
        for row, branch in enumerate(branches)
    }
