"""Takes triangles without area out of a closed surface; no vertex moves farther than a micrometre."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.meshing.quality import DEGENERATE_AREA_MM2, face_normals

SHORT_MM: Final = 1e-3
"""Sides up to a micrometre are drawn together; float32 has steps of 0.03 micrometres some hundred mm away."""
CRUMB_MM: Final = 0.02
"""A closed piece no larger than this is rounding, not tissue."""
_ROUNDS: Final = 6
_WIDER: Final = 6.0


def without_needles(
    vertices_mm: NDArray[np.float32], faces: NDArray[np.uint32]
) -> tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.int64]]:
    """Removes faces without area where that keeps the surface closed and manifold; the others stay as they are.

    Closed pieces of rounding size go whole. A face with a very short side loses it: both corners become one, and the
    two faces along it go. One whose corner c lies on its longest side a b is joined with the neighbour (b, a, d)
    across: (c, a, d) and (b, c, d) are the same surface.

    Args:
        vertices_mm: (n, 3).
        faces: (m, 3), closed and manifold.

    Returns:
        The vertices (a face that must stay is drawn larger by micrometres), the faces that are left, and which of the
        given ones they come from.
    """
    points = vertices_mm.astype(np.float64)
    kept = np.arange(len(faces))
    for _ in range(_ROUNDS):
        points = points.astype(np.float32).astype(np.float64)  # as they will be stored
        areas = np.linalg.norm(face_normals(points, faces.astype(np.int64)), axis=1) / 2.0
        needles = np.flatnonzero(~(areas >= DEGENERATE_AREA_MM2))
        if not len(needles):
            break
        faces = faces.copy()
        gone = _crumbs(points, faces)
        touched: set[int] = set()
        for needle in needles.tolist():
            if needle not in touched and not gone[needle]:
                _mend(points, faces, needle, gone, touched)
        faces, kept = faces[~gone], kept[~gone]
    return points.astype(np.float32), faces, kept


def _crumbs(points: NDArray[np.float64], faces: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """(m,) the faces of pieces that fit into a cube of `CRUMB_MM`."""
    from engine.meshing.kernels import components

    pieces = components(faces.astype(np.int64), len(points))
    low = np.full((len(points), 3), np.inf)
    high = np.full((len(points), 3), -np.inf)
    np.minimum.at(low, pieces, points)
    np.maximum.at(high, pieces, points)
    small: NDArray[np.bool_] = ((high - low).max(axis=1) <= CRUMB_MM)[pieces[faces[:, 0]]]
    return small


def _mend(
    points: NDArray[np.float64], faces: NDArray[np.uint32], needle: int, gone: NDArray[np.bool_], touched: set[int]
) -> None:
    """Collapses or turns a side of one face, in place, where the topology allows it."""
    corners = [int(corner) for corner in faces[needle]]
    sides = [float(np.linalg.norm(points[corners[n]] - points[corners[(n + 1) % 3]])) for n in range(3)]
    for side in np.argsort(sides).tolist():
        ends = (corners[side], corners[(side + 1) % 3])
        if sides[side] <= SHORT_MM and _collapse(faces, ends, gone, touched):
            return
    longest = int(np.argmax(sides))
    if sides[longest] <= SHORT_MM:
        # The end of a thread that the topology keeps: a face of float32's size, drawn a little larger.
        middle = points[corners].mean(axis=0)
        points[corners] = middle + _WIDER * (points[corners] - middle)
        return
    _turn(faces, needle, [corners[(longest + n) % 3] for n in range(3)], touched)


def _collapse(faces: NDArray[np.uint32], side: tuple[int, int], gone: NDArray[np.bool_], touched: set[int]) -> bool:
    """Makes both ends of a side one, if that keeps the surface manifold; tells whether."""
    keep, lose = side
    around_keep, around_lose = _faces_of(faces, keep), _faces_of(faces, lose)
    along = np.intersect1d(around_keep, around_lose)
    shared = set(faces[around_keep].ravel().tolist()) & set(faces[around_lose].ravel().tolist()) - {keep, lose}
    involved = {*around_keep.tolist(), *around_lose.tolist()}
    # Two ends with other common neighbours than the two faces' corners would fold the surface onto itself.
    if len(along) != 2 or len(shared - {keep, lose}) != 2 or involved & touched:
        return False
    faces[around_lose] = np.where(faces[around_lose] == lose, keep, faces[around_lose])
    gone[along] = True
    touched |= involved
    return True


def _turn(faces: NDArray[np.uint32], needle: int, corners: list[int], touched: set[int]) -> None:
    a, b, c = corners
    across = [face for face in np.intersect1d(_faces_of(faces, a), _faces_of(faces, b)).tolist() if face != needle]
    if len(across) != 1 or across[0] in touched:
        return
    d = next(int(corner) for corner in faces[across[0]] if corner not in {a, b})
    if len(np.intersect1d(_faces_of(faces, c), _faces_of(faces, d))):
        return
    faces[needle] = (c, a, d)
    faces[across[0]] = (b, c, d)
    touched |= {needle, across[0]}


def _faces_of(faces: NDArray[np.uint32], vertex: int) -> NDArray[np.int64]:
    return np.flatnonzero((faces == vertex).any(axis=1))
