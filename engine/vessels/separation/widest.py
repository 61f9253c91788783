"""How wide the way from a tree's start to each piece is at its narrowest."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray


def widest_ways(
    starts: NDArray[np.float64], pairs: NDArray[np.int64], widths: NDArray[np.float64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The largest bottleneck over all ways from the starts (Pollack 1960, Oper Res 8:733), piece by piece.

    Args:
        starts: (pieces,) width at which a piece starts a way, 0 where it does not.
        pairs: (m, 2) pieces that meet.
        widths: (m,) width where they meet.
        own: (pieces,) width of each piece itself.

    Returns:
        (pieces,) 0 where no way leads.
    """
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(len(own))]
    for (a, b), width in zip(pairs.tolist(), widths.tolist(), strict=True):
        neighbours[a].append((b, width))
        neighbours[b].append((a, width))
    own_list = own.tolist()
    best = np.zeros(len(own)).tolist()
    queue = [(-float(starts[piece]), int(piece)) for piece in np.flatnonzero(starts > 0)]
    heapq.heapify(queue)
    while queue:
        width, piece = heapq.heappop(queue)
        if -width <= best[piece]:
            continue
        best[piece] = -width
        for other, gate in neighbours[piece]:
            onward = min(-width, gate, own_list[other])
            if onward > best[other]:
                heapq.heappush(queue, (-onward, other))
    return np.array(best)
