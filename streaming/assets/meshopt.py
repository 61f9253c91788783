"""Vertex and index buffers in the form that EXT_meshopt_compression carries.

The order of triangles is what makes it small: as strips 1.15 bytes a triangle, as they come 1.8, and neighbouring
vertices follow each other, so that their differences are small too. Attributes are of codec version 0: the extension's
text allows no other (version 1, in KHR_meshopt_compression, would save another 0.2 bytes a triangle).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressedView:
    """A compressed buffer view.

    Attributes:
        data: compressed bytes.
        count: vertices, or indices.
        stride: bytes of one of them once decompressed.
        mode: as the extension names it.
        filter: what the decoder applies afterwards, "" for nothing.
    """

    data: bytes
    count: int
    stride: int
    mode: Literal["ATTRIBUTES", "TRIANGLES"]
    filter: Literal["", "OCTAHEDRAL"] = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StripOrder:
    """The same triangles as strips, in the order that the compressor and GPU caches like.

    Attributes:
        triangles: (m, 3) uint32 indices into the new vertices.
        old_vertex: (n,) for every new vertex the old one; vertices that no triangle uses are left out.
    """

    triangles: NDArray[np.uint32]
    old_vertex: NDArray[np.int64]


def strip_order(triangles: NDArray[np.uint32], vertex_count: int) -> StripOrder:
    """Orders (m, 3) triangles as strips, and vertices by first use."""
    import meshoptimizer

    indices = np.ascontiguousarray(triangles, dtype=np.uint32).ravel()
    ordered = np.empty_like(indices)
    meshoptimizer.optimize_vertex_cache_strip(ordered, indices, indices.size, vertex_count)
    new_from_old = np.empty(vertex_count, np.uint32)
    used = meshoptimizer.optimize_vertex_fetch_remap(new_from_old, ordered, ordered.size, vertex_count)
    is_used = new_from_old != np.uint32(0xFFFFFFFF)
    old_vertex = np.empty(used, np.int64)
    old_vertex[new_from_old[is_used]] = np.flatnonzero(is_used)
    return StripOrder(triangles=new_from_old[ordered].reshape(-1, 3), old_vertex=old_vertex)


def compress_vertices(rows: NDArray[Any], applied: Literal["", "OCTAHEDRAL"] = "") -> CompressedView:
    """Compresses (n, c) vertex attributes whose rows are a multiple of 4 bytes.

    Args:
        rows: as the decoder's filter wants them.
        applied: that filter.
    """
    import meshoptimizer

    meshoptimizer.encode_vertex_version(0)
    stride = rows.itemsize * rows.shape[1]
    data = meshoptimizer.encode_vertex_buffer(rows, len(rows), stride)
    return CompressedView(data=data, count=len(rows), stride=stride, mode="ATTRIBUTES", filter=applied)


def compress_triangles(triangles: NDArray[np.uint32]) -> CompressedView:
    """Compresses (m, 3) triangles; the decoder gives 32-bit indices, each triangle possibly rotated."""
    import meshoptimizer

    meshoptimizer.encode_index_version(1)
    data = meshoptimizer.encode_index_buffer(triangles.ravel(), triangles.size, int(triangles.max()) + 1)
    return CompressedView(data=data, count=triangles.size, stride=4, mode="TRIANGLES")
