"""`cantlie export CASE --format FORMAT --out DIR [--parts --plan PLAN]`: structures for other software."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import PlanError
from streaming.cli_output import NOTICE, write_json, write_line

if TYPE_CHECKING:
    from engine.anatomy import Structure
    from engine.case import Case
    from engine.case_manifest import StructureRecord
    from streaming.cut_export import ExportedPart

ExportFormat = Literal["masks", "seg-nrrd", "stl", "glb"]
_EXPORTED = (".nii.gz", ".seg.nrrd", ".stl", ".glb")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "export",
        help="write masks or surfaces for other software",
        description="masks: one binary NIfTI a structure on the scan's grid (liver includes what lies in it). "
        "seg-nrrd: all of them in one segmentation for 3D Slicer. "
        "stl: one surface a structure, patient millimetres (LPS). glb: one a structure, glTF metres. "
        "With --parts and --plan: the liver and what lies in it as closed resected and remnant parts (stl, glb).",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--format", choices=("masks", "seg-nrrd", "stl", "glb"), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make")
    parser.add_argument("--level", type=int, default=0, metavar="N", help="level of detail of surfaces, 0 the finest")
    parser.add_argument("--parts", action="store_true", help="cut by --plan into resected and remnant parts")
    parser.add_argument("--plan", type=Path, metavar="PLAN.json", help="the plan to cut by")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are already there")
    parser.add_argument("--json", action="store_true", help="print the list of files as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Exports the case; the folder appears whole or not at all."""
    from engine.case import Case
    from engine.storage import whole_folder

    plan_path = _plan_path(arguments)
    case = Case.open(arguments.case)
    out: Path = arguments.out
    _check_out(out, overwrite=arguments.overwrite)
    parts: list[ExportedPart] = []
    with whole_folder(out) as folder:
        if plan_path is None:
            files = write_export(case, arguments.format, folder, level=arguments.level)
        else:
            from streaming.cli_plan_input import read_plan
            from streaming.cut_export import write_parts

            parts = write_parts(
                case, read_plan(plan_path), folder, export_format=arguments.format, level=arguments.level
            )
            files = [part.file for part in parts]
    if arguments.json:
        document: dict[str, object] = {"out": str(out), "files": files, "notice": NOTICE}
        if plan_path is not None:
            document["parts"] = [part.as_json() for part in parts]
        write_json(document)
        return 0
    for part in parts:
        write_line(f"{part.file:<32}{part.volume_ml:>9.1f} mL{part.cut_area_mm2 / 100:>9.1f} cm2 of cut")
    write_line(f"{len(files)} files in {out}")
    write_line(NOTICE)
    return 0


def _plan_path(arguments: argparse.Namespace) -> Path | None:
    """The plan to cut by, None for whole structures.

    Raises:
        PlanError: --parts and --plan do not come together, or the format has no surfaces.
    """
    path: Path | None = arguments.plan
    if arguments.parts != (path is not None):
        raise PlanError("--parts and --plan belong together.", cure="Give both, or neither.")
    if arguments.parts and arguments.format not in {"stl", "glb"}:
        raise PlanError(f"There are no parts as {arguments.format}.", cure="Use --format stl or --format glb.")
    return path


def _check_out(out: Path, *, overwrite: bool) -> None:
    """Refuses to replace anything but an older export, and that only when asked."""
    from engine.errors import StorageError

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir() or not all(path.is_file() and path.name.endswith(_EXPORTED) for path in out.iterdir()):
        raise StorageError("There is something else than an older export at --out.", cure="Choose a new folder.")
    if not overwrite:
        raise StorageError("There are already files at --out.", cure="Choose a new folder, or add --overwrite.")


def write_export(case: Case, export_format: ExportFormat, folder: Path, *, level: int = 0) -> list[str]:
    """Writes one file a structure into an existing folder and returns their names.

    Raises:
        CaseCorruptError: a file of the case is damaged.
        StorageError: the disk is full or may not be written.
    """
    if export_format == "masks":
        return _write_masks(case, folder)
    if export_format == "seg-nrrd":
        return _write_segmentation(case, folder)
    return _write_surfaces(case, export_format, folder, level)


def _write_masks(case: Case, folder: Path) -> list[str]:
    from engine.imaging import write_nifti

    labels = case.labels()
    names = []
    for structure in case.manifest.structures:
        name = f"{structure.name}.nii.gz"
        write_nifti(folder / name, labels.mask_of(structure.label_values), labels.geometry)
        names.append(name)
    return names


def _write_segmentation(case: Case, folder: Path) -> list[str]:
    from engine.imaging import write_seg_nrrd

    # The body is everything under the skin: as a segment it would only hide the others.
    structures = [as_structure(record) for record in case.manifest.structures if record.name != "body"]
    write_seg_nrrd(folder / "structures.seg.nrrd", case.labels(), structures)
    return ["structures.seg.nrrd"]


def _write_surfaces(case: Case, export_format: ExportFormat, folder: Path, level: int) -> list[str]:
    names = []
    for structure in case.manifest.structures:
        if not structure.levels:
            continue
        # A structure may have fewer levels than the others; its coarsest is meant then.
        mesh = case.mesh(structure.name, min(max(level, 0), len(structure.levels) - 1))
        name = f"{structure.name}.{export_format}"
        if export_format == "stl":
            from engine.meshing import write_stl

            write_stl(folder / name, mesh)
        else:
            from streaming.gltf import write_glb

            write_glb(folder / name, mesh, as_structure(structure))
        names.append(name)
    return names


def as_structure(record: StructureRecord) -> Structure:
    """The structure as the case describes it."""
    from engine.anatomy import Structure

    return Structure(
        name=record.name,
        title=record.title,
        label_values=record.label_values,
        snomed=record.snomed,
        colour=record.colour,
    )
