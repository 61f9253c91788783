"""The closed, manifold surface of a field of bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.meshing.marching.case_table import case_table

WORD = 64
"""Rows are padded to whole words of samples."""


def padded_length(samples: int) -> int:
    """Samples a row needs so that it fills whole words."""
    return -(-samples // WORD) * WORD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridSurface:
    """A surface in millimetres along the grid's own axes, from its first sample.

    Every edge has two faces, every vertex one fan.

    Attributes:
        vertices: (n, 4) float32 x, y, z along i, j, k in mm, and 0: kernels move four numbers at once.
        faces: (m, 3) int32, counter-clockwise seen from outside in these axes.
        middles: (n, 4) vertices on the middles of the grid's edges, or None.
        missing_mm3: (n,) float32 by how much the surface through `middles` encloses less than the samples inside stand
            for, each for its own cell, around each vertex; or None.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    middles: NDArray[np.float32] | None = None
    missing_mm3: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SliceTruth:
    """The slices that a field was interpolated between.

    Attributes:
        slices: (k, j, i) uint8, 255 inside, rows as long as the field's.
        steps: samples of the field from a slice to the next.
    """

    slices: NDArray[np.uint8]
    steps: int


def extract_surface(
    field: NDArray[np.uint8],
    spacing_kji_mm: NDArray[np.float64],
    *,
    account: bool = False,
    truth: SliceTruth | None = None,
) -> GridSurface:
    """Surface between samples below and from 128.

    Args:
        field: (k, j, i) contiguous, i a multiple of `WORD`, below 128 on the whole border.
        spacing_kji_mm: (3,) distance of samples, mm.
        account: also give `middles` and `missing_mm3`.
        truth: what the account holds the surface to instead of the field's own samples.
    """
    from engine.meshing.marching import kernels
    from engine.meshing.marching.account.kernels import account_for_slices

    if field.shape[2] % WORD:
        raise ValueError("rows must fill whole words")
    table = case_table()
    bits = _packed(field)
    starts, vertex_count, face_count = _starts(kernels.count_rows(bits, table.triangle_counts))
    faces = np.empty((face_count, 3), dtype=np.int32)
    missing = np.zeros(vertex_count if account else 0, dtype=np.float32)
    lookups = (table.triangles, table.triangle_counts, table.crossed_edges, table.missing_shares)
    kernels.write_triangles(bits, starts, lookups, faces, missing)
    if account and truth is not None:
        account_for_slices(bits, starts, _packed(truth.slices), truth.steps, missing)
    scale = spacing_kji_mm[::-1].astype(np.float32)
    vertices = np.empty((vertex_count, 4), dtype=np.float32)
    kernels.write_vertices(field, bits, starts, scale, vertices)
    if not account:
        return GridSurface(vertices=vertices, faces=faces)
    middles = np.empty_like(vertices)
    halves: NDArray[np.uint8] = np.where(field >= 128, np.uint8(255), np.uint8(0))
    kernels.write_vertices(halves, bits, starts, scale, middles)
    missing *= np.float32(spacing_kji_mm.prod())
    return GridSurface(vertices=vertices, faces=faces, middles=middles, missing_mm3=missing)


def _packed(field: NDArray[np.uint8]) -> NDArray[np.uint64]:
    from engine.meshing.marching.kernels import pack_signs

    bits = np.empty((*field.shape[:2], field.shape[2] // WORD), dtype=np.uint64)
    pack_signs(field.view(np.uint64), bits)
    return bits


def _starts(counts: NDArray[np.int32]) -> tuple[NDArray[np.int32], int, int]:
    """First numbers of each row, one row more than there are: vertices row by row along i, j, k; and the totals."""
    starts = np.zeros((len(counts) + 1, 4), dtype=np.int32)
    ends = np.cumsum(counts[:, :3].reshape(-1), dtype=np.int64)
    starts[:-1, :3] = (ends - counts[:, :3].reshape(-1)).reshape(-1, 3)
    starts[-1, :3] = ends[-1]
    triangle_ends = np.cumsum(counts[:, 3], dtype=np.int64)
    starts[1:, 3] = triangle_ends
    return starts, int(ends[-1]), int(triangle_ends[-1])
