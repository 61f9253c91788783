"""Writes the parts that a plan cuts a case into."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.anatomy import Structure, structure_named
from engine.case import Case
from engine.meshing import write_stl
from engine.meshing.cutting import CutPart
from engine.plan_cutting import PlanCutting
from engine.resection import PlanEvaluator
from engine.resection.plan import ResectionPlan

PartSide = Literal["resected", "remnant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPart:
    """One file.

    Attributes:
        file: its name.
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
    case: Case, plan: ResectionPlan, folder: Path, *, export_format: str, level: int = 0
) -> list[ExportedPart]:
    """Writes one file a part into an existing folder: STRUCTURE.resected.EXT and STRUCTURE.remnant.EXT.

    Args:
        case: the case.
        plan: what to cut by.
        folder: where to.
        export_format: "stl" or "glb".
        level: of detail of the surfaces.

    Raises:
        PlanError: a resection needs a map or trees that the case does not have.
        MeshError: a part could not be made closed and manifold.
        CaseCorruptError: a file of the case is damaged.
        StorageError: the disk is full or may not be written.
    """
    evaluator = PlanEvaluator(case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map())
    answer = evaluator.evaluate(plan, details=False)
    written = []
    for structure in PlanCutting.of_case(case, level=level).cut(plan):
        volumes = answer.structure(structure.name)
        sides: tuple[tuple[PartSide, CutPart | None, float], ...] = (
            ("resected", structure.cut.resected, volumes.resected_ml),
            ("remnant", structure.cut.remnant, volumes.remnant_ml),
        )
        for side, part, voxels_ml in sides:
            if part is None:
                continue
            name = f"{structure.name}.{side}.{export_format}"
            _write(folder / name, part, _part_of(structure.name, side))
            written.append(
                ExportedPart(
                    file=name,
                    structure=structure.name,
                    side=side,
                    volume_ml=part.mesh.volume_ml,
                    voxels_ml=voxels_ml,
                    cut_area_mm2=part.cut_area_mm2,
                    surface_error_mm=part.mesh.error_mm,
                    triangles=len(part.mesh.faces),
                )
            )
    return written


def _part_of(name: str, side: PartSide) -> Structure:
    whole = structure_named(name)
    return Structure(
        name=f"{name}_{side}",
        title=f"{whole.title}, {side}",
        label_values=whole.label_values,
        snomed=whole.snomed,
        colour=whole.colour,
    )


def _write(path: Path, part: CutPart, structure: Structure) -> None:
    if path.suffix == ".stl":
        write_stl(path, part.mesh)
        return
    from streaming.gltf import write_glb

    write_glb(path, part.mesh, structure)
