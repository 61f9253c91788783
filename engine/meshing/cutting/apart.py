"""How the parts of a cut are drawn apart, and shown with the cut's edge sharp."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.meshing.cutting.cut import CutMesh, CutPart
from engine.meshing.quality import face_normals
from engine.surface import MeshLevel

_CLOSED: Final = 0.02
"""A cap whose faces cancel to less of its area than this looks nowhere: the part lies wholly inside."""


def way_apart_lps(cut: CutMesh) -> tuple[float, float, float]:
    """The unit direction in which the resected part leaves the remnant: the mean normal of the cut.

    Of a part that the remnant encloses it is that from the remnant's middle to the part's; superior where even these
    are one.
    """
    if cut.remnant is None or cut.resected is None:
        return (0.0, 0.0, 1.0)
    part = cut.remnant
    vertices = part.mesh.vertices_lps_mm.astype(np.float64)
    areas = face_normals(vertices, part.mesh.faces[part.on_cut].astype(np.int64)) / 2.0
    way = areas.sum(axis=0)
    if np.linalg.norm(way) <= _CLOSED * part.cut_area_mm2:
        way = cut.resected.mesh.bounds_lps_mm.mean(axis=0).astype(np.float64) - part.mesh.bounds_lps_mm.mean(axis=0)
    length = float(np.linalg.norm(way))
    x, y, z = (way / length).tolist() if length > 1e-6 else (0.0, 0.0, 1.0)
    return x, y, z


def with_sharp_edge(part: CutPart) -> MeshLevel:
    """The part with the vertices on the rim of its cap doubled, so that shading does not round the edge off.

    Both copies lie in one place: the surface stays closed in space, and its volume the same.
    """
    faces = part.mesh.faces
    count = len(part.mesh.vertices_lps_mm)
    capped, outer = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    capped[faces[part.on_cut]] = True
    outer[faces[~part.on_cut]] = True
    rim = np.flatnonzero(capped & outer)
    copy_of: NDArray[np.uint32] = np.arange(count, dtype=np.uint32)
    copy_of[rim] = count + np.arange(len(rim), dtype=np.uint32)
    split = faces.copy()
    split[part.on_cut] = copy_of[faces[part.on_cut]]
    vertices = np.concatenate([part.mesh.vertices_lps_mm, part.mesh.vertices_lps_mm[rim]])
    return replace(part.mesh, vertices_lps_mm=vertices, faces=split)
