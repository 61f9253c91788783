"""Thins a mask to its centrelines without breaking or closing anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


def _neighbours(faces_only: bool) -> NDArray[np.int64]:
    """(27,) bit masks: which of the 27 cells around a voxel touch each other (by face, or by face, edge, corner)."""
    masks = np.zeros(27, dtype=np.int64)
    for a in range(27):
        for b in range(27):
            steps = [abs(a // 9 - b // 9), abs(a // 3 % 3 - b // 3 % 3), abs(a % 3 - b % 3)]
            if a != b and (sum(steps) == 1 if faces_only else max(steps) == 1):
                masks[a] |= 1 << b
    return masks


_TOUCHING = _neighbours(False)
_FACING = _neighbours(True)
_CENTRE = 13
_ALL = (1 << 27) - 1 - (1 << _CENTRE)
_FACES = int(_FACING[_CENTRE])
_WITHOUT_CORNERS = _ALL - sum(1 << n for n in (0, 2, 6, 8, 18, 20, 24, 26))


@compiled
def _around(mask: NDArray[np.uint8], k: int, j: int, i: int) -> int:
    """Bits of the 26 neighbours inside the mask; the mask has a border of zeros."""
    bits = 0
    n = 0
    for a in range(-1, 2):
        for b in range(-1, 2):
            for c in range(-1, 2):
                if n != 13 and mask[k + a, j + b, i + c] != 0:
                    bits |= 1 << n
                n += 1
    return bits


@compiled
def _flooded(start: int, within: int, table: NDArray[np.int64]) -> int:
    """The bits of `within` that hang together with `start`."""
    reached = start
    edge = start
    while edge != 0:
        grown = 0
        for n in range(27):
            if (edge >> n) & 1:
                grown |= table[n]
        edge = grown & within & ~reached
        reached |= edge
    return reached


@compiled
def is_simple(bits: int) -> bool:
    """Whether the middle voxel may go without changing topology (Bertrand and Malandain 1994).

    One 26-connected part of the mask around it, and one 6-connected part of the background in its 18-neighbourhood
    that faces it.
    """
    if bits == 0:
        return False
    if _flooded(bits & -bits, bits, _TOUCHING) != bits:
        return False
    outside = ~bits & _WITHOUT_CORNERS
    facing = outside & _FACES
    if facing == 0:
        return False
    return (_flooded(facing & -facing, outside, _FACING) & facing) == facing


@compiled
def _single(bits: int) -> bool:
    """Whether at most one bit is set: the end of a line."""
    return (bits & (bits - 1)) == 0


@compiled
def thin(mask: NDArray[np.uint8]) -> None:
    """Peels a mask from six sides in turn until lines are left (in place).

    Voxels go one after the other and only while they are simple, so branches stay connected and cavities stay;
    ends of lines are kept. After the six sub-iterations of Palagyi and Kuba 1998, with the exact test of simplicity.

    Args:
        mask: (k, j, i) 1 inside, with a border of zeros.
    """
    places = np.argwhere(mask)
    sides = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]])
    marked = np.zeros(len(places), dtype=np.bool_)
    changed = True
    while changed:
        changed = False
        for side in range(6):
            a, b, c = sides[side]
            for n in range(len(places)):
                k, j, i = places[n]
                marked[n] = False
                if mask[k, j, i] != 0 and mask[k + a, j + b, i + c] == 0:
                    bits = _around(mask, k, j, i)
                    marked[n] = not _single(bits) and is_simple(bits)
            for n in range(len(places)):
                if marked[n]:
                    k, j, i = places[n]
                    bits = _around(mask, k, j, i)
                    if not _single(bits) and is_simple(bits):
                        mask[k, j, i] = 0
                        changed = True
