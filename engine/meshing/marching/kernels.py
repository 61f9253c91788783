"""Compiled passes of the extraction: pack signs to bits, count, then write vertices and triangles by rows.

Rows are those along i. Bits let a pass skip 64 cubes at once, and give every vertex its number by counting bits,
so that cubes share vertices without any table of edges (the rows and counts of flying edges, Schroeder et al. 2015).
"""

# numba's intrinsics have no types.
# mypy: disable-error-code="untyped-decorator,no-untyped-def,no-untyped-call"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from engine.compiled import compiled

ONE = np.uint64(1)
ZERO = np.uint64(0)
LAST = np.uint64(63)
EIGHT = np.uint64(8)
TOP_BITS = np.uint64(0x8080808080808080)
GATHER = np.uint64(0x0102040810204080)
SEVEN = np.uint64(7)
TOP_BYTE = np.uint64(56)
NEAREST_TO_CORNER = np.float32(0.03)


@intrinsic
def bits_set(_typing_context, word):
    """Number of bits set in a word."""
    return types.int64(word), lambda _context, builder, _signature, args: builder.ctpop(args[0])


@intrinsic
def lowest_bit(_typing_context, word):
    """Number of the lowest bit set in a word that is not zero."""

    def generate(context, builder, _signature, args):
        return builder.cttz(args[0], context.get_constant(types.boolean, True))

    return types.int64(word), generate


@compiled
def pack_signs(field: NDArray[np.uint64], bits: NDArray[np.uint64]) -> None:
    """Packs the top bits of bytes: (k, j, 8 w) words of eight samples each into (k, j, w) words of 64 bits."""
    for k in range(bits.shape[0]):
        for j in range(bits.shape[1]):
            for w in range(bits.shape[2]):
                word = ZERO
                for part in range(8):
                    eight = (((field[k, j, 8 * w + part] & TOP_BITS) >> SEVEN) * GATHER) >> TOP_BYTE
                    word |= eight << (EIGHT * np.uint64(part))
                bits[k, j, w] = word


@compiled
def after(bits: NDArray[np.uint64], k: int, j: int, w: int) -> Any:
    """The word whose bit i is the sign of sample i + 1."""
    following = bits[k, j, w + 1] << LAST if w + 1 < bits.shape[2] else ZERO
    return (bits[k, j, w] >> ONE) | following


@compiled
def _cubes(bits: NDArray[np.uint64], k: int, j: int, w: int) -> Any:
    """Bits of the cubes that the surface runs through; cube (k, j, i) lies between samples i and i + 1 on each axis."""
    a, b, c, d = bits[k, j, w], bits[k, j + 1, w], bits[k + 1, j, w], bits[k + 1, j + 1, w]
    some, every = a | b | c | d, a & b & c & d
    if w + 1 < bits.shape[2]:
        e, f, g, h = bits[k, j, w + 1], bits[k, j + 1, w + 1], bits[k + 1, j, w + 1], bits[k + 1, j + 1, w + 1]
        next_some, next_every = (e | f | g | h) << LAST, (e & f & g & h) << LAST
    else:
        next_some, next_every = ZERO, ZERO
    return (some | (some >> ONE) | next_some) & ~(every & ((every >> ONE) | next_every))


@compiled
def _case(words: Any, at: Any) -> Any:
    """The case number of the cube at bit `at`, from the eight words of its corners."""
    case = ZERO
    for corner in range(8):
        case |= ((words[corner] >> at) & ONE) << np.uint64(corner)
    return case


@compiled
def count_rows(bits: NDArray[np.uint64], triangle_counts: NDArray[np.uint8]) -> Any:
    """Counts what each row (k, j) will write.

    Args:
        bits: (k, j, words), false on the whole border.
        triangle_counts: of the case table.

    Returns:
        (k j, 4) int32: crossed edges along i, j and k from the row's samples, and triangles of the row's cubes.
    """
    depth, height, width = bits.shape
    counts = np.zeros((depth * height, 4), dtype=np.int32)
    words = np.empty(8, dtype=np.uint64)
    for k in range(depth - 1):
        for j in range(height - 1):
            row = k * height + j
            along_i, along_j, along_k, triangles = 0, 0, 0, 0
            for w in range(width):
                active = _cubes(bits, k, j, w)
                if active == ZERO:
                    continue
                here = bits[k, j, w]
                along_i += bits_set(here ^ after(bits, k, j, w))
                along_j += bits_set(here ^ bits[k, j + 1, w])
                along_k += bits_set(here ^ bits[k + 1, j, w])
                for corner in range(0, 8, 2):
                    words[corner] = bits[k + corner // 4, j + corner // 2 % 2, w]
                    words[corner + 1] = after(bits, k + corner // 4, j + corner // 2 % 2, w)
                while active != ZERO:
                    triangles += triangle_counts[_case(words, np.uint64(lowest_bit(active)))]
                    active &= active - ONE
            counts[row, 0], counts[row, 1], counts[row, 2], counts[row, 3] = along_i, along_j, along_k, triangles
    return counts


@compiled
def write_vertices(
    field: NDArray[np.uint8],
    bits: NDArray[np.uint64],
    starts: NDArray[np.int32],
    scale_ijk: NDArray[np.float32],
    vertices: NDArray[np.float32],
) -> None:
    """Writes one vertex a crossed edge, where the field is half-way between 127 and 128.

    Args:
        field: (k, j, i) samples.
        bits: of `pack_signs`.
        starts: (k j, 4) the row's first vertex on edges along i, j and k.
        scale_ijk: (3,) distance between samples along i, j and k.
        vertices: (n, 4) to be filled: i, j, k scaled, and 0.
    """
    depth, height, width = bits.shape
    for k in range(depth - 1):
        for j in range(height - 1):
            row = k * height + j
            for axis in range(3):
                n = starts[row, axis]
                if n == (starts[row, axis + 1] if axis < 2 else starts[row + 1, 0]):
                    continue
                dk, dj, di = int(axis == 2), int(axis == 1), int(axis == 0)
                for w in range(width):
                    there = after(bits, k, j, w) if axis == 0 else bits[k + dk, j + dj, w]
                    crossed = bits[k, j, w] ^ there
                    while crossed != ZERO:
                        i = 64 * w + lowest_bit(crossed)
                        crossed &= crossed - ONE
                        low, high = np.float32(field[k, j, i]), np.float32(field[k + dk, j + dj, i + di])
                        part = (np.float32(127.5) - low) / (high - low)
                        part = min(max(part, NEAREST_TO_CORNER), np.float32(1.0) - NEAREST_TO_CORNER)
                        vertices[n, 0] = scale_ijk[0] * (np.float32(i) + part * np.float32(di))
                        vertices[n, 1] = scale_ijk[1] * (np.float32(j) + part * np.float32(dj))
                        vertices[n, 2] = scale_ijk[2] * (np.float32(k) + part * np.float32(dk))
                        vertices[n, 3] = np.float32(0.0)
                        n += 1


@compiled
def write_triangles(  # noqa: PLR0912 - the loops share counters that run along the row
    bits: NDArray[np.uint64],
    starts: NDArray[np.int32],
    table: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint16], NDArray[np.float32]],
    faces: NDArray[np.int32],
    missing: NDArray[np.float32],
) -> None:
    """Writes the triangles of all cubes.

    A vertex's number is its row's start plus the crossed edges before it in the row, counted by bits.

    Args:
        bits: of `pack_signs`.
        starts: (k j, 4) the row's first vertex on edges along i, j and k, and its first triangle.
        table: triangles, their counts, crossed edges and missing shares of the case table.
        faces: (m, 3) to be filled.
        missing: (n,) zeros: gets what the surface through the edges' middles encloses too little around each vertex,
            in cubes; or empty.
    """
    triangles, triangle_counts, crossed_edges, missing_shares = table
    depth, height, width = bits.shape
    words = np.empty(8, dtype=np.uint64)
    crossed = np.empty(8, dtype=np.uint64)
    before = np.empty(8, dtype=np.int64)
    numbers = np.empty(12, dtype=np.int32)
    for k in range(depth - 1):
        for j in range(height - 1):
            row = k * height + j
            n = starts[row, 3]
            if n == starts[row + 1, 3]:
                continue
            # Edges along i of four rows, along j of two, along k of two.
            before[0], before[1] = starts[row, 0], starts[row + 1, 0]
            before[2], before[3] = starts[row + height, 0], starts[row + height + 1, 0]
            before[4], before[5] = starts[row, 1], starts[row + height, 1]
            before[6], before[7] = starts[row, 2], starts[row + 1, 2]
            for w in range(width):
                for corner in range(0, 8, 2):
                    words[corner] = bits[k + corner // 4, j + corner // 2 % 2, w]
                    words[corner + 1] = after(bits, k + corner // 4, j + corner // 2 % 2, w)
                for r in range(4):
                    crossed[r] = words[2 * r] ^ words[2 * r + 1]
                crossed[4], crossed[5] = words[0] ^ words[2], words[4] ^ words[6]
                crossed[6], crossed[7] = words[0] ^ words[4], words[2] ^ words[6]
                active = _cubes(bits, k, j, w)
                while active != ZERO:
                    at = np.uint64(lowest_bit(active))
                    active &= active - ONE
                    below = (ONE << at) - ONE
                    for r in range(4):
                        numbers[r] = before[r] + bits_set(crossed[r] & below)
                    for r in range(4, 8):
                        # The edge at i, then the one at i + 1: the next of its row where that at i is crossed.
                        first = before[r] + bits_set(crossed[r] & below)
                        numbers[2 * r - 4] = first
                        numbers[2 * r - 3] = first + ((crossed[r] >> at) & ONE)
                    case = _case(words, at)
                    for t in range(triangle_counts[case]):
                        faces[n, 0] = numbers[triangles[case, t, 0]]
                        faces[n, 1] = numbers[triangles[case, t, 1]]
                        faces[n, 2] = numbers[triangles[case, t, 2]]
                        n += 1
                    if missing.shape[0] > 0:
                        edges = np.int64(crossed_edges[case])
                        for edge in range(12):
                            if edges >> edge & 1:
                                missing[numbers[edge]] += missing_shares[case]
                for r in range(8):
                    before[r] += bits_set(crossed[r])
