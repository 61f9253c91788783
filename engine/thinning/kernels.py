"""Compiled kernel: topological thinning of a mask to curves, tied to a fixed body if there is one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled

CENTRE: Final = 13
FREE: Final = 1
FIXED: Final = 2


def _neighbour_table(reach: int, members: NDArray[np.bool_]) -> NDArray[np.int8]:
    """(27, 26) neighbours within `members` of each cell of a 3 x 3 x 3 block, -1 after the last.

    Cells are neighbours if they differ by at most one along each axis and along at most `reach` axes.
    """
    table = np.full((27, 26), -1, dtype=np.int8)
    cells = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), axis=1)
    for cell in range(27):
        away = np.abs(cells - cells[cell])
        near = (away.max(axis=1) == 1) & (away.sum(axis=1) <= reach) & members
        found = np.flatnonzero(near)
        table[cell, : len(found)] = found
    return table


_STEPS: Final = np.abs(np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), axis=1) - 1).sum(axis=1)
_OBJECT_CELLS: Final = _STEPS > 0
_BACKGROUND_CELLS: Final = (_STEPS > 0) & (_STEPS <= 2)
OBJECT_NEIGHBOURS: Final = _neighbour_table(3, _OBJECT_CELLS)
BACKGROUND_NEIGHBOURS: Final = _neighbour_table(1, _BACKGROUND_CELLS)
FACE_CELLS: Final = np.flatnonzero(_STEPS == 1)


@compiled
def flood(
    block: NDArray[np.uint8],
    kind: int,
    start: int,
    neighbours: NDArray[np.int8],
    seen: NDArray[np.bool_],
    stack: NDArray[np.int8],
) -> None:
    """Marks in `seen` the cells of value `kind` connected to `start` in a 27-cell block."""
    stack[0] = start
    seen[start] = True
    depth = 1
    while depth > 0:
        depth -= 1
        cell = stack[depth]
        for n in range(26):
            other = neighbours[cell, n]
            if other < 0:
                break
            if block[other] == kind and not seen[other]:
                seen[other] = True
                stack[depth] = other
                depth += 1


@compiled
def is_simple(block: NDArray[np.uint8], seen: NDArray[np.bool_], stack: NDArray[np.int8]) -> bool:
    """Whether removing the centre of a 27-cell block keeps the topology.

    Bertrand and Malandain 1994 (Pattern Recognit Lett 15:169): the object in the 26-neighbourhood is one 26-connected
    part, and the background in the 18-neighbourhood that touches the centre by a face is one 6-connected part.
    """
    seen[:] = False
    parts = 0
    for cell in range(27):
        if cell != CENTRE and block[cell] == 1 and not seen[cell]:
            parts += 1
            if parts > 1:
                return False
            flood(block, 1, cell, OBJECT_NEIGHBOURS, seen, stack)
    if parts != 1:
        return False
    seen[:] = False
    parts = 0
    for n in range(6):
        cell = FACE_CELLS[n]
        if block[cell] == 0 and not seen[cell]:
            parts += 1
            if parts > 1:
                return False
            flood(block, 0, cell, BACKGROUND_NEIGHBOURS, seen, stack)
    return parts == 1


@compiled
def read_block(mask: NDArray[np.uint8], k: int, j: int, i: int, block: NDArray[np.uint8]) -> int:
    """Copies the 3 x 3 x 3 block around a voxel and returns how many of its 26 neighbours are set."""
    cell = 0
    count = 0
    for other_k in range(k - 1, k + 2):
        for other_j in range(j - 1, j + 2):
            for other_i in range(i - 1, i + 2):
                value = 1 if mask[other_k, other_j, other_i] > 0 else 0
                block[cell] = value
                count += value
                cell += 1
    return int(count - block[CENTRE])


@compiled
def _count_free(mask: NDArray[np.uint8]) -> int:
    count = 0
    for value in mask.ravel():
        count += value == FREE
    return count


@compiled
def _list_free(mask: NDArray[np.uint8], count: int) -> NDArray[np.int32]:
    """(count, 3) k, j, i of the voxels that may go."""
    voxels = np.empty((count, 3), dtype=np.int32)
    n = 0
    for k in range(mask.shape[0]):
        for j in range(mask.shape[1]):
            for i in range(mask.shape[2]):
                if mask[k, j, i] == FREE:
                    voxels[n, 0], voxels[n, 1], voxels[n, 2] = k, j, i
                    n += 1
    return voxels


@compiled
def _sweep(
    mask: NDArray[np.uint8],
    alive: NDArray[np.int32],
    count: int,
    axis: int,
    step: int,
) -> tuple[int, int]:
    """One pass from one side: (voxels still there or not yet met as gone, voxels removed)."""
    block = np.empty(27, dtype=np.uint8)
    seen = np.empty(27, dtype=np.bool_)
    stack = np.empty(27, dtype=np.int8)
    marked = np.empty((count, 3), dtype=np.int32)
    step_k = step if axis == 0 else 0
    step_j = step if axis == 1 else 0
    step_i = step if axis == 2 else 0
    marks = 0
    kept = 0
    for voxel in range(count):
        k, j, i = alive[voxel]
        if mask[k, j, i] == 0:
            continue
        alive[kept, 0], alive[kept, 1], alive[kept, 2] = k, j, i
        kept += 1
        if mask[k + step_k, j + step_j, i + step_i] > 0:
            continue
        if read_block(mask, k, j, i, block) > 1 and is_simple(block, seen, stack):
            marked[marks, 0], marked[marks, 1], marked[marks, 2] = k, j, i
            marks += 1
    # Neighbours in a row must not go one after the other, or a ribbon two voxels wide unzips from its end: no voxel of
    # it ever is an end. Voxels of one parity do not touch each other.
    removed = 0
    for parity in range(8):
        for mark in range(marks):
            k, j, i = marked[mark]
            if (k & 1) * 4 + (j & 1) * 2 + (i & 1) != parity:
                continue
            if read_block(mask, k, j, i, block) > 1 and is_simple(block, seen, stack):
                mask[k, j, i] = 0
                removed += 1
    return kept, removed


@compiled
def thin_in_place(mask: NDArray[np.uint8]) -> None:
    """Thins a (k, j, i) mask in place: 0 background, FREE what is thinned, FIXED a body that stays whole.

    Six-direction border thinning after Lee, Kashyap and Chu 1994 (CVGIP 56:462): a pass marks the border voxels of
    one direction that are simple and no end of a curve, then removes them one by one while still so. Voxels of the
    fixed body count as object, so that what touches it stays a curve that touches it. The outermost layer
    must be 0 or FIXED.
    """
    count = _count_free(mask)
    alive = _list_free(mask, count)
    removed = 1
    while removed > 0:
        removed = 0
        for direction in range(6):
            count, gone = _sweep(mask, alive, count, direction // 2, 1 - 2 * (direction % 2))
            removed += gone
