"""Fewer triangles, still closed and manifold.

Our own edge collapses (`simplification`) keep topology and come nearest to the surface. Where topology itself needs
more triangles than wanted, pieces too small for the triangles' size go, and a second opinion is asked: Open3D's
quadric decimation, which keeps edges manifold but may pinch vertices or fold a small piece flat (both are mended here),
then manifold3d, which keeps topology but places vertices less well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.meshing.quality import (
    enclosed_volume_mm3,
    face_normals,
    fan_counts,
    report_of,
)
from engine.meshing.simplification.chain import Descent, Surface

MANIFOLD_TOLERANCE_GROWTH = 1.6
MANIFOLD_MOST_TRIES = 16
# A count exceeded by this factor is not reached.
COUNT_SLACK = 1.1


def simplified(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], counts: Sequence[int]) -> Iterator[Surface]:
    """Simplifies a sound surface past falling triangle counts.

    Small pieces stay as long as the count can be reached with them.

    Args:
        vertices_mm: (n, 3) mm.
        faces: (m, 3); closed, manifold and oriented.
        counts: wanted triangles, falling.

    Yields:
        (n', 3) vertices and (m', 3) faces for each count, closed, manifold and oriented; more faces than wanted where
        nothing came further down.

    Raises:
        MeshError: the surface is not closed and manifold.
    """
    descent = Descent(vertices_mm, faces)
    for count in counts:
        descent.go_to(count)
        surface = descent.surface()
        if len(surface[1]) > COUNT_SLACK * count:
            surface = _further(surface, count)
            descent = Descent(*surface)
        yield surface


def _further(surface: Surface, count: int) -> Surface:
    """A surface that our collapses could not bring down to a count, without its specks or by a second opinion."""
    freed = without_specks(*surface, count)
    if len(freed[1]) < len(surface[1]):
        descent = Descent(*freed)
        descent.go_to(count)
        surface = descent.surface()
    if len(surface[1]) <= COUNT_SLACK * count:
        return surface
    try:
        other = simplify(*surface, count)
    except MeshError:
        return surface
    return other if len(other[1]) < len(surface[1]) else surface


def simplify(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], target_faces: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Simplifies a sound surface to about `target_faces` triangles with Open3D or, failing that, manifold3d.

    Pieces too small for the triangles' size are left out (never the largest one).

    Args:
        vertices_mm: (n, 3) mm.
        faces: (m, 3).
        target_faces: wanted number of triangles.

    Returns:
        (n', 3) vertices and (m', 3) faces, closed, manifold and oriented.

    Raises:
        MeshError: no simplification stayed closed.
    """
    vertices_mm, faces = without_specks(vertices_mm, faces, target_faces)
    if len(faces) <= target_faces:
        return vertices_mm, faces
    for attempt in (_by_quadrics, _by_tolerance):
        candidate = mended(*attempt(vertices_mm, faces, target_faces))
        if candidate is not None:
            return candidate
    raise MeshError(
        f"A surface of {len(faces)} triangles could not be simplified to {target_faces} and stay closed.",
        cure="Ask for a finer coarsest level.",
    )


def without_specks(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], target_faces: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Leaves out pieces smaller than a ball half as wide as the edges of a surface with `target_faces` triangles."""
    from engine.meshing.kernels import components

    piece_of_vertex = components(faces, len(vertices_mm))
    _, piece = np.unique(piece_of_vertex[faces[:, 0]], return_inverse=True)
    if piece.max() == 0:
        return vertices_mm, faces
    normals = face_normals(vertices_mm, faces)
    heights = np.einsum("ij,ij->i", vertices_mm[faces[:, 0]] - vertices_mm.mean(axis=0), normals)
    volumes_mm3 = np.abs(np.bincount(piece, heights)) / 6.0
    area_mm2 = float(np.linalg.norm(normals, axis=1).sum()) / 2.0
    # An equilateral triangle of edge e has the area e² sqrt(3) / 4.
    edge_mm = float(np.sqrt(area_mm2 / target_faces * 4.0 / np.sqrt(3.0)))
    keep = volumes_mm3 >= np.pi / 6.0 * (edge_mm / 2.0) ** 3
    keep[np.argmax(volumes_mm3)] = True
    return compacted(vertices_mm, faces[keep[piece]])


def compacted(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Drops vertices without faces."""
    used, renumbered = np.unique(faces, return_inverse=True)
    return vertices_mm[used], renumbered.reshape(-1, 3).astype(np.int64)


def mended(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """Removes folded-flat pieces and parts pinched vertices; None where the surface is beyond that."""
    from engine.meshing.kernels import match_half_edges

    faces = without_pillows(faces)
    if len(faces) < 4:
        return None
    vertices_mm, faces = compacted(vertices_mm, faces)
    partners, (_, _, not_opposed) = match_half_edges(faces, len(vertices_mm))
    if not_opposed > 0:
        return None
    if fan_counts(faces, partners, len(vertices_mm)).max() > 1:
        vertices_mm, faces = with_parted_fans(vertices_mm, faces, partners)
    # Judged as it will be stored.
    report = report_of(vertices_mm.astype(np.float32).astype(np.float64), faces)
    return (vertices_mm, faces) if report.sound else None


def without_pillows(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drops pairs of faces with the same three corners and opposite sides, and faces that use a corner twice."""
    proper = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces = faces[proper]
    if len(faces) == 0:
        return faces
    _, group, counts = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    proper_faces: NDArray[np.int64] = faces[counts[group.reshape(-1)] == 1]
    return proper_faces


def with_parted_fans(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], partners: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Gives every fan of faces around a pinched vertex its own copy of it."""
    from engine.meshing.kernels import corner_fans

    fans = corner_fans(faces, partners)
    first_corners, renumbered = np.unique(fans, return_inverse=True)
    return vertices_mm[faces.reshape(-1)[first_corners]], renumbered.reshape(-1, 3).astype(np.int64)


def _by_quadrics(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], target_faces: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Open3D's legacy quadric decimation (Garland and Heckbert 1997)."""
    import open3d as o3d

    centre = vertices_mm.mean(axis=0)
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices_mm - centre), o3d.utility.Vector3iVector(faces.astype(np.int32))
    )
    simple = mesh.simplify_quadric_decimation(target_number_of_triangles=target_faces)
    return np.asarray(simple.vertices) + centre, np.asarray(simple.triangles).astype(np.int64)


def _by_tolerance(
    vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], target_faces: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """manifold3d's edge collapses with a growing tolerance until few enough triangles are left."""
    import manifold3d

    centre = vertices_mm.mean(axis=0)
    solid = manifold3d.Manifold(
        manifold3d.Mesh64(vert_properties=vertices_mm - centre, tri_verts=faces.astype(np.uint64))
    )
    edge_mm = abs(enclosed_volume_mm3(vertices_mm, faces)) ** (1 / 3) / np.sqrt(len(faces))
    for _ in range(MANIFOLD_MOST_TRIES):
        if solid.num_tri() <= target_faces:
            break
        solid = solid.simplify(edge_mm)
        edge_mm *= MANIFOLD_TOLERANCE_GROWTH
    mesh = solid.to_mesh64()
    return np.array(mesh.vert_properties)[:, :3] + centre, np.array(mesh.tri_verts).astype(np.int64)
