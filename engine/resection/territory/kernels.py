"""Compiled kernel: which way the steps of a border of voxels lead around each of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def faces_around(
    places: NDArray[np.float64],
    axes: NDArray[np.int64],
    signs: NDArray[np.float64],
    nodes: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    """Adds up the faces near each face, those of either direction of an axis against each other.

    Every face is shared out to the eight nodes around it by how near it lies to each, and gathers from them likewise:
    a smooth window that reaches two nodes' distances, for a few steps a face.

    Args:
        places: (n, 3) middles of the faces, in distances of nodes from the first, not negative.
        axes: (n,) which axis each face is across: 0, 1 or 2.
        signs: (n,) +1 or -1, its direction.
        nodes: (a, b, c, 3) zeros, written.
        found: (n, 3) zeros, written: faces across each axis, in no unit.
    """
    for gathers in (False, True):
        for face in range(places.shape[0]):
            x, y, z = int(places[face, 0]), int(places[face, 1]), int(places[face, 2])
            u, v, w = places[face, 0] - x, places[face, 1] - y, places[face, 2] - z
            for corner in range(8):
                a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
                share = (u if a else 1.0 - u) * (v if b else 1.0 - v) * (w if c else 1.0 - w)
                node = nodes[x + a, y + b, z + c]
                if gathers:
                    for axis in range(3):
                        found[face, axis] += share * node[axis]
                else:
                    node[axes[face]] += share * signs[face]
