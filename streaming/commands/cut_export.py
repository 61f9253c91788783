"""Writes the parts that a plan cuts a case into."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.anatomy import structure_named
from engine.case import Case
from engine.meshing.cutting import CutPart
from engine.meshing.files import NamedSurface
from engine.plan_cutting import PlanCutting
from engine.resection import PlanEvaluator
from engine.resection.plan import ResectionPlan
from streaming.commands.surface_export import SurfaceFormat, file_of, write_surfaces

PartSide = Literal["resected", "remnant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPart:
    """One part and the file it is in.

    Attributes:
        file: the file's name.
        structure: the structure's name.
        side: resected or remnant.
        volume_ml: enclosed by the part's surface.
        voxels_ml: the same by counting voxels, as `cantlie measure` answers.
        cut_area_mm2: of its cap, mm2.
        surface_error_mm: how far the surface lay from the finest one before the cut.
        triangles: how many.
    """

    file: str
    structure: str
    side: PartSide
    volume_ml: float
    voxels_ml: float
    cut_area_mm2: float
    surface_error_mm: float
    triangles: int

    def as_json(self) -> dict[str, object]:
        """All fields by name; every part is closed and manifold, or there would be none."""
        return {
            "file": self.file,
            "structure": self.structure,
            "side": self.side,
            "volume_ml": self.volume_ml,
            "voxels_ml": self.voxels_ml,
            "cut_area_mm2": self.cut_area_mm2,
            "surface_error_mm": self.surface_error_mm,
            "triangles": self.triangles,
            "closed": True,
        }


def write_parts(
    case: Case,
    plan: ResectionPlan,
    folder: Path,
    *,
    surface_format: SurfaceFormat,
    level: int = 0,
    only: Collection[str] = (),
) -> tuple[list[ExportedPart], list[str]]:
    """Writes the parts into an existing folder: STRUCTURE.resected.EXT and STRUCTURE.remnant.EXT, or parts.3mf.

    Args:
        case: the case.
        plan: what to cut by.
        folder: where to.
        surface_format: of the files.
        level: of detail of the surfaces.
        only: names of the structures to write, empty for all that the plan is about.

    Returns:
        The parts, and the names of all files.

    Raises:
        PlanError: a resection needs a map or trees that the case does not have.
        CaseError: there is nothing to write.
        MeshError: a part could not be made closed and manifold.
        CaseCorruptError: a file of the case is damaged.
        StorageError: the disk is full or may not be written.
    """
    evaluator = PlanEvaluator(case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map())
    answer = evaluator.evaluate(plan, details=False)
    written: list[ExportedPart] = []
    surfaces: list[tuple[str, NamedSurface]] = []
    for structure in PlanCutting.of_case(case, level=level).cut(plan):
        if only and structure.name not in only:
            continue
        volumes = answer.structure(structure.name)
        sides: tuple[tuple[PartSide, CutPart | None, float], ...] = (
            ("resected", structure.cut.resected, volumes.resected_ml),
            ("remnant", structure.cut.remnant, volumes.remnant_ml),
        )
        for side, part, voxels_ml in sides:
            if part is None:
                continue
            stem = f"{structure.name}.{side}"
            surfaces.append((stem, _surface_of(structure.name, side, part)))
            written.append(
                ExportedPart(
                    file=file_of(stem, surface_format, together="parts"),
                    structure=structure.name,
                    side=side,
                    volume_ml=part.mesh.volume_ml,
                    voxels_ml=voxels_ml,
                    cut_area_mm2=part.cut_area_mm2,
                    surface_error_mm=part.mesh.error_mm,
                    triangles=len(part.mesh.faces),
                )
            )
    return written, write_surfaces(folder, surfaces, surface_format, together="parts")


def _surface_of(name: str, side: PartSide, part: CutPart) -> NamedSurface:
    whole = structure_named(name)
    return NamedSurface(
        name=f"{name}_{side}",
        title=f"{whole.title}, {side}",
        snomed=whole.snomed,
        colour=_paler(whole.colour) if side == "resected" else whole.colour,
        level=part.mesh,
    )


def _paler(colour: str) -> str:
    """Halfway to white, so that what is taken out is told from what stays."""
    return "#" + "".join(f"{(int(colour[at : at + 2], 16) + 255) // 2:02x}" for at in (1, 3, 5))
