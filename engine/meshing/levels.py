"""All levels of detail of one structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure
from engine.errors import MeshError
from engine.meshing.budgets import MeshBudgets, budgets_for
from engine.meshing.quality import SurfaceReport, surface_report
from engine.progress import Progress, SilentProgress
from engine.surface import MeshLevel
from engine.volume import LabelVolume

# A finest level may exceed its budget by this factor before it is simplified itself.
BUDGET_SLACK = 1.25


def build_mesh_levels(
    labels: LabelVolume,
    structure: Structure,
    *,
    budgets: MeshBudgets | None = None,
    progress: Progress | None = None,
) -> tuple[MeshLevel, ...]:
    """Builds the closed surface of a structure and its coarser levels.

    Every level is closed, manifold, oriented outward and without degenerate faces, in patient LPS mm. The finest
    encloses the voxels' volume; the others are moved to enclose it too, as far as they still can.

    Args:
        labels: where the structure's voxels are.
        structure: what to mesh; its label values are joined (a liver includes what lies in it).
        budgets: triangles a level; without it those of `budgets_for`.
        progress: told after each level.

    Returns:
        Levels, finest first; each states its 95th percentile symmetric distance to the finest.

    Raises:
        MeshError: the structure has no voxels, or no closed surface could be made.
    """
    from engine.meshing.isosurface import finest_surface

    budgets = budgets or budgets_for(structure)
    progress = progress or SilentProgress()
    vertices, faces = finest_surface(labels.mask_of(structure.label_values), labels.geometry, budgets)
    if len(faces) > BUDGET_SLACK * budgets.finest_triangles:
        vertices, faces = _coarser((vertices, faces), (vertices, faces), budgets.finest_triangles)
    targets = budgets.targets(len(faces))
    finest = vertices, faces
    levels = [_level(finest, error_mm=0.0, name=structure.name)]
    progress.advance(1 / (1 + len(targets)), structure.title)
    for number, target in enumerate(targets, start=1):
        vertices, faces = _coarser((vertices, faces), finest, target)
        levels.append(_level((vertices, faces), error_mm=_error_mm((vertices, faces), finest), name=structure.name))
        progress.advance((number + 1) / (1 + len(targets)), structure.title)
    return tuple(levels)


def _coarser(
    surface: tuple[NDArray[np.float64], NDArray[np.int64]],
    finest: tuple[NDArray[np.float64], NDArray[np.int64]],
    target_faces: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Simplifies and gives the volume back that the simplification took."""
    from engine.meshing.isosurface import with_volume
    from engine.meshing.quality import enclosed_volume_mm3, report_of
    from engine.meshing.simplify import simplify

    vertices, faces = simplify(*surface, target_faces)
    filled = with_volume(vertices, faces, enclosed_volume_mm3(*finest))
    if report_of(filled.astype(np.float32).astype(np.float64), faces).sound:
        vertices = filled
    return vertices, faces


def _error_mm(
    surface: tuple[NDArray[np.float64], NDArray[np.int64]], finest: tuple[NDArray[np.float64], NDArray[np.int64]]
) -> float:
    from engine.meshing.deviation import symmetric_deviation_mm

    return symmetric_deviation_mm(surface, finest)


def _level(surface: tuple[NDArray[np.float64], NDArray[np.int64]], *, error_mm: float, name: str) -> MeshLevel:
    """Freezes a surface after looking at it as it is stored.

    Raises:
        MeshError: it is not closed and manifold.
    """
    vertices, faces = surface
    level = MeshLevel(
        vertices_lps_mm=vertices.astype(np.float32), faces=faces.astype(np.uint32), error_mm=error_mm, volume_ml=0.0
    )
    report = surface_report(level)
    if not report.sound:
        raise MeshError(
            f"The surface of {name} is not closed ({_faults(report)}).", cure="Please report this with the label map."
        )
    return MeshLevel(
        vertices_lps_mm=level.vertices_lps_mm, faces=level.faces, error_mm=error_mm, volume_ml=report.volume_ml
    )


def _faults(report: SurfaceReport) -> str:
    faults = {
        "open edges": not report.closed,
        "non-manifold": not report.manifold,
        "inside out": not report.oriented,
        f"{report.degenerate_faces} degenerate faces": report.degenerate_faces > 0,
    }
    return ", ".join(fault for fault, present in faults.items() if present)
