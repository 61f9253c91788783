"""All levels of detail of one structure."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from engine.anatomy import Structure
from engine.errors import MeshError
from engine.meshing.budgets import MeshBudgets, budgets_for
from engine.meshing.deviation import Deviation, MeasuredSurface
from engine.meshing.quality import SurfaceReport, enclosed_volume_mm3, report_of
from engine.meshing.simplification.chain import Surface
from engine.meshing.simplify import simplified
from engine.progress import Progress, SilentProgress
from engine.surface import MeshLevel
from engine.volume import LabelVolume

# A finest level may exceed its budget by this factor before it is simplified itself.
BUDGET_SLACK = 1.25
# A level that did not get this much smaller than the one before is left out.
WORTH_A_LEVEL = 0.8


def build_mesh_levels(
    labels: LabelVolume,
    structure: Structure,
    *,
    budgets: MeshBudgets | None = None,
    progress: Progress | None = None,
) -> tuple[MeshLevel, ...]:
    """Builds the closed surface of a structure and its coarser levels.

    Args:
        labels: where the structure's voxels are.
        structure: what to mesh; its label values are joined (a liver includes what lies in it).
        budgets: triangles a level; without it those of `budgets_for`.
        progress: told after each level.

    Returns:
        Levels as `levels_of` makes them, finest first.

    Raises:
        MeshError: the structure has no voxels, or no closed surface could be made.
    """
    from engine.meshing.isosurface import finest_surface

    budgets = budgets or budgets_for(structure)
    surface = finest_surface(labels.mask_of(structure.label_values), labels.geometry, budgets)
    return levels_of(surface, structure, budgets=budgets, progress=progress)


def levels_of(
    surface: Surface, structure: Structure, *, budgets: MeshBudgets | None = None, progress: Progress | None = None
) -> tuple[MeshLevel, ...]:
    """Simplifies a structure's finest surface in one descent.

    Every level is closed, manifold, oriented outward and without degenerate faces as it is stored (float32, patient
    LPS mm), and is moved to enclose the finest surface's volume as far as it still can. Its error is measured, not
    estimated. The loops release the GIL and use two threads where that pays.

    Args:
        surface: (n, 3) vertices in LPS mm and (m, 3) faces, closed and manifold.
        structure: what it is of.
        budgets: triangles a level; without it those of `budgets_for`. A surface above `finest_triangles` is simplified
            to that for its finest level, which then has an error too.
        progress: told after each level.

    Returns:
        Levels, finest first. A level that topology keeps from getting smaller than the one before is left out.

    Raises:
        MeshError: the surface is not closed and manifold.
    """
    budgets = budgets or budgets_for(structure)
    progress = progress or SilentProgress()
    too_fine = len(surface[1]) > BUDGET_SLACK * budgets.finest_triangles
    finest = budgets.finest_triangles if too_fine else len(surface[1])
    counts = ([finest] if too_fine else []) + list(budgets.targets(finest))
    levels = [] if too_fine else [_level(surface, None, structure.name)]
    progress.advance(1 / (1 + len(counts)), structure.title)
    for number, level in enumerate(_coarser_levels(surface, counts, structure.name), start=2):
        if not levels or len(level.faces) <= WORTH_A_LEVEL * len(levels[-1].faces):
            levels.append(level)
        progress.advance(number / (1 + len(counts)), structure.title)
    return tuple(levels)


def _coarser_levels(surface: Surface, counts: list[int], name: str) -> Iterator[MeshLevel]:
    """Levels of so many triangles; one is finished while the next is on its way down."""
    if not counts:
        return
    wanted_mm3 = enclosed_volume_mm3(*surface)
    with ThreadPoolExecutor(1) as pool:
        whole = pool.submit(MeasuredSurface, *surface)
        levels = [pool.submit(_finished, whole, coarse, wanted_mm3, name) for coarse in simplified(*surface, counts)]
        for level in levels:
            yield level.result()


def _finished(whole: Future[MeasuredSurface], surface: Surface, wanted_mm3: float, name: str) -> MeshLevel:
    """Gives the volume back that simplification took, where the surface bears it, and measures."""
    from engine.meshing.isosurface import with_volume

    vertices, faces = surface
    filled = with_volume(vertices, faces, wanted_mm3)
    try:
        return _level((filled, faces), whole.result(), name)
    except MeshError:
        return _level(surface, whole.result(), name)


def _level(surface: Surface, whole: MeasuredSurface | None, name: str) -> MeshLevel:
    """Freezes a surface after looking at it as it is stored; `whole` is None for the whole itself.

    Raises:
        MeshError: it is not closed and manifold.
    """
    vertices, faces = surface[0].astype(np.float32), surface[1]
    stored = vertices.astype(np.float64)
    report = report_of(stored, faces)
    if not report.sound:
        raise MeshError(
            f"The surface of {name} is not closed ({_faults(report)}).", cure="Please report this with the label map."
        )
    deviation = Deviation(p95_mm=0.0, most_mm=0.0) if whole is None else whole.deviation_from(stored, faces)
    return MeshLevel(
        vertices_lps_mm=vertices,
        faces=faces.astype(np.uint32),
        error_mm=deviation.p95_mm,
        max_error_mm=deviation.most_mm,
        volume_ml=report.volume_ml,
    )


def _faults(report: SurfaceReport) -> str:
    faults = {
        "open edges": not report.closed,
        "non-manifold": not report.manifold,
        "inside out": not report.oriented,
        f"{report.degenerate_faces} degenerate faces": report.degenerate_faces > 0,
    }
    return ", ".join(fault for fault, present in faults.items() if present)
