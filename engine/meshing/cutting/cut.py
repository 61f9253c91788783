"""Cuts a closed surface into what a plan resects and what remains, both closed by a cap.

manifold3d guarantees manifold results and adds volumes up to rounding; both parts come from one arrangement of
surfaces, so their caps coincide. It holds the GIL: a server cuts in another process (`engine.plan_cutting_worker`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError
from engine.meshing.cutting.needles import CRUMB_MM, without_needles
from engine.meshing.cutting.shapes import ClosedSolid, CutShape, HalfSpace
from engine.meshing.quality import face_normals, surface_report
from engine.surface import MeshLevel

if TYPE_CHECKING:
    import manifold3d

TOLERANCES_MM: Final = (0.0, 1e-3, 4e-3, 2e-2)
"""How far a part may be simplified, tried in turn: rounding to float32 can leave slivers without area."""
_BOX: Final = np.array([[x, y, z] for z in (0.0, 1.0) for y in (-1.0, 1.0) for x in (-1.0, 1.0)])
_BOX_FACES: Final = np.array(
    [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
     [1, 3, 7], [1, 7, 5]]
)  # fmt: skip
_NOT_CUT: Final = "Move the resection a little, or use a coarser level of detail."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutPart:
    """One side of a cut structure.

    Attributes:
        mesh: closed, manifold and oriented; `error_mm` is that of the surface before the cut.
        on_cut: (m,) bool, the faces of `mesh` that lie in the cut: its cap.
        cut_area_mm2: area of the cap, mm2.
    """

    mesh: MeshLevel
    on_cut: NDArray[np.bool_]
    cut_area_mm2: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutMesh:
    """Both sides of a cut structure; None where nothing of it lies there.

    Attributes:
        resected: what the shapes cut off.
        remnant: what they leave.
    """

    resected: CutPart | None
    remnant: CutPart | None


class CuttableMesh:
    """A surface made ready to be cut many times.

    Args:
        level: closed and manifold.

    Raises:
        MeshError: it is not.
    """

    def __init__(self, level: MeshLevel) -> None:
        """Hands the surface to manifold3d."""
        self.error_mm = level.error_mm
        self.bounds_lps_mm = level.bounds_lps_mm.astype(np.float64)
        self.solid, self.origin = _manifold(level.vertices_lps_mm.astype(np.float64), level.faces)


class Cutter:
    """The union of cutting shapes, made once and used for every structure.

    Args:
        shapes: what to cut off.
        bounds_lps_mm: (2, 3) a box around everything that will be cut; half-spaces reach beyond it.
        limited: more to cut off, but only inside `limit`: a territory ends where the liver ends.
        limit: needed with `limited`.

    Raises:
        MeshError: a solid is not closed and manifold.
    """

    def __init__(
        self,
        shapes: Sequence[CutShape],
        bounds_lps_mm: NDArray[np.floating[Any]],
        *,
        limited: Sequence[ClosedSolid] = (),
        limit: CuttableMesh | None = None,
    ) -> None:
        """Joins the shapes."""
        import manifold3d

        if not shapes and not limited:
            raise ValueError("nothing to cut with")
        alone = shapes[0] if len(shapes) == 1 and not limited else None
        self._plane = alone if isinstance(alone, HalfSpace) else None
        self._solid: manifold3d.Manifold | None = None
        if self._plane is not None:
            return
        solids = [_solid_of(shape, bounds_lps_mm) for shape in shapes]
        joined = [_manifold(solid.vertices_lps_mm, solid.faces)[0] for solid in solids]
        if limited:
            if limit is None:
                raise ValueError("limited shapes need a limit")
            joined += [_manifold(solid.vertices_lps_mm, solid.faces)[0] ^ limit.solid for solid in limited]
        self._solid = manifold3d.Manifold.batch_boolean(joined, manifold3d.OpType.Add)

    def cut(self, mesh: CuttableMesh) -> CutMesh:
        """Cuts one surface.

        Returns:
            Both parts, looked at as they are stored (float32).

        Raises:
            MeshError: a part could not be made closed and manifold.
        """
        if self._plane is not None:
            normal = self._plane.normal_lps
            sides = mesh.solid.split_by_plane(tuple(normal.tolist()), float(normal @ self._plane.point_lps_mm))
        else:
            sides = mesh.solid.split(self._solid)
        resected, remnant = (_part(side, mesh) for side in sides)
        return CutMesh(resected=resected, remnant=remnant)


def _manifold(vertices_mm: NDArray[np.float64], faces: NDArray[Any]) -> tuple[manifold3d.Manifold, int]:
    """The surface for manifold3d, and the number its faces can be told by after cuts.

    Raises:
        MeshError: it is not closed and manifold.
    """
    import manifold3d

    origin = int(manifold3d.Manifold.reserve_ids(1))
    made = manifold3d.Manifold(
        manifold3d.Mesh64(
            np.array(vertices_mm, order="C"),
            np.array(faces, dtype=np.uint64, order="C"),
            run_index=np.array([0, faces.size], dtype=np.uint64),
            run_original_id=np.array([origin], dtype=np.uint32),
        )
    )
    if made.status() != manifold3d.Error.NoError:
        raise MeshError(
            f"A surface to cut is not closed and manifold ({made.status().name}).",
            cure="Prepare the case again; if it stays, please report it.",
        )
    return made, origin


def _solid_of(shape: CutShape, bounds_lps_mm: NDArray[np.floating[Any]]) -> ClosedSolid:
    match shape:
        case ClosedSolid():
            return shape
        case HalfSpace():
            return _box_behind(shape, bounds_lps_mm)
        case _:
            assert_never(shape)


def _box_behind(plane: HalfSpace, bounds_lps_mm: NDArray[np.floating[Any]]) -> ClosedSolid:
    """A box on the cut-off side of the plane that covers the bounds there."""
    low, high = bounds_lps_mm.astype(np.float64)
    middle = (low + high) / 2.0
    normal = plane.normal_lps
    reach_mm = float(np.linalg.norm(high - low)) + 10.0
    distance_mm = float((middle - plane.point_lps_mm) @ normal)
    across = np.eye(3)[np.argmin(np.abs(normal))]
    first = np.cross(normal, across)
    first /= np.linalg.norm(first)
    axes = np.stack([first, np.cross(normal, first), normal])
    foot = middle - distance_mm * normal
    # The bounds may lie far away on the cut-off side: the box then reaches them all the same.
    sizes = np.array([reach_mm, reach_mm, reach_mm + max(distance_mm, 0.0)])
    return ClosedSolid(vertices_lps_mm=foot + (_BOX * sizes) @ axes, faces=_BOX_FACES)


def _part(side: manifold3d.Manifold, whole: CuttableMesh) -> CutPart | None:
    """The side as a checked mesh, None where it is empty; simplified only where it would not be sound as stored.

    Raises:
        MeshError: it is still not closed and manifold.
    """
    for tolerance_mm in TOLERANCES_MM:
        simple = side.simplify(tolerance_mm) if tolerance_mm else side
        if simple.is_empty() or simple.volume() <= CRUMB_MM**3:
            return None
        part = _as_stored(simple, whole)
        if part is not None:
            return part
    raise MeshError("A part of the cut could not be made closed and manifold.", cure=_NOT_CUT)


def _as_stored(side: manifold3d.Manifold, whole: CuttableMesh) -> CutPart | None:
    """The side as it will be stored; None where counting its edges finds a fault."""
    mesh = side.to_mesh()
    vertices = np.array(mesh.vert_properties[:, :3], dtype=np.float32, order="C")
    vertices, faces, kept = without_needles(vertices, np.array(mesh.tri_verts, dtype=np.uint32, order="C"))
    vertices, faces = _used(vertices, faces)
    level = MeshLevel(vertices_lps_mm=vertices, faces=faces, error_mm=whole.error_mm, volume_ml=0.0)
    report = surface_report(level)
    if not report.sound:
        return None
    on_cut = np.zeros(len(mesh.tri_verts), dtype=bool)
    runs = (np.asarray(mesh.run_index) // 3).astype(np.int64)
    for first, last, origin in zip(runs[:-1], runs[1:], mesh.run_original_id, strict=True):
        on_cut[first:last] = origin != whole.origin
    on_cut = on_cut[kept]
    return CutPart(
        mesh=replace(level, volume_ml=report.volume_ml),
        on_cut=on_cut,
        cut_area_mm2=_area_mm2(vertices, faces[on_cut]),
    )


def _used(vertices: NDArray[np.float32], faces: NDArray[np.uint32]) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Without the vertices that no face uses any more."""
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    if used.all():
        return vertices, faces
    number = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    return np.ascontiguousarray(vertices[used]), np.ascontiguousarray(number[faces])


def _area_mm2(vertices: NDArray[np.float32], faces: NDArray[np.uint32]) -> float:
    if len(faces) == 0:
        return 0.0
    normals = face_normals(vertices.astype(np.float64), faces.astype(np.int64))
    return float(np.linalg.norm(normals, axis=1).sum()) / 2.0
