"""How many pairs of a surface's triangles cross.

Open3D's `is_self_intersecting` compares every triangle with every other (13 s for 100k); in a grid each meets only its
neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Cells this many times as wide as a triangle's box on average, and no more cells than so many a triangle.
CELL_OF_BOX = 1.5
CELLS_A_TRIANGLE = 4.0


def crossing_pairs(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> int:
    """Pairs of triangles of which one's edge passes through the other's inside.

    Triangles that only touch, and neighbours across an edge, do not count.

    Args:
        vertices_mm: (n, 3).
        faces: (m, 3).
    """
    from engine.meshing.crossings.kernels import boxes_of, count_crossings, triangles_by_cell

    if len(faces) == 0:
        return 0
    boxes = boxes_of(vertices_mm, faces)
    origin = boxes[:, :3].min(axis=0)
    extent = boxes[:, 3:].max(axis=0) - origin
    width = max(CELL_OF_BOX * float((boxes[:, 3:] - boxes[:, :3]).max(axis=1).mean()), 1e-9)
    width = max(width, float(np.prod(np.maximum(extent, width)) / (CELLS_A_TRIANGLE * len(faces))) ** (1 / 3))
    across = (extent / width).astype(np.int64) + 1
    shape = (int(across[0]), int(across[1]), int(across[2]))
    cells = triangles_by_cell(boxes, origin, width, shape)
    return int(count_crossings(vertices_mm, faces, boxes, cells, (origin, width, shape)))
