"""`cantlie export CASE --format FORMAT --out DIR [--parts --plan PLAN]`: structures for other software."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engine.errors import CaseError, PlanError
from streaming.audit import note_command
from streaming.commands.output import NOTICE, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.anatomy import Structure
    from engine.case import Case
    from engine.case_manifest import StructureRecord
    from streaming.commands.cut_export import ExportedPart
    from streaming.commands.surface_export import SurfaceFormat

ExportFormat: TypeAlias = Literal["masks", "seg-nrrd", "stl", "glb", "3mf", "obj", "ply"]
_SURFACES: Final = ("stl", "glb", "3mf", "obj", "ply")
_EXPORTED: Final = (".nii.gz", ".seg.nrrd", ".stl", ".glb", ".3mf", ".obj", ".mtl", ".ply")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "export",
        help="write masks or surfaces for other software",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""Writes structures of a case for other software.

masks     one binary NIfTI a structure on the scan's grid (liver includes what lies in it)
seg-nrrd  all structures in one segmentation for 3D Slicer
stl       one surface a structure
3mf       all surfaces in one file for printing, each an object with name and colour
obj, ply  one surface a structure, with its colour
glb       one surface a structure, for viewers

Surfaces are closed and lie in patient millimetres, LPS: +x left, +y posterior, +z superior. The files say so.
glTF demands metres and +y up: (x, y, z) = (L, S, -P) / 1000, said in its extras.

With --parts and --plan: the liver and what lies in it as closed resected and remnant parts, as any of the surfaces.""",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--format", choices=("masks", "seg-nrrd", *_SURFACES), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make")
    parser.add_argument(
        "--only", type=_names, default=(), metavar="NAME,NAME", help="these structures, e.g. liver,tumour_01"
    )
    parser.add_argument(
        "--level",
        type=int,
        default=0,
        metavar="N",
        help="level of detail of surfaces, 0 the finest; the coarsest there is where N is too high",
    )
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
    _check_names(case, arguments.only)
    parts: list[ExportedPart] = []
    with whole_folder(out) as folder:
        if plan_path is None:
            files = write_export(case, arguments.format, folder, level=arguments.level, only=arguments.only)
        else:
            from streaming.commands.cut_export import write_parts
            from streaming.commands.plan_input import read_plan

            plan = read_plan(plan_path)
            parts, files = write_parts(
                case, plan, folder, surface_format=arguments.format, level=arguments.level, only=arguments.only
            )
    noted = note_command(
        case.path, "case.exported", {"format": arguments.format, "files": len(files), "parts": bool(arguments.parts)}
    )
    if noted is not None:
        write_error(f"warning: {noted.what}")
    if arguments.json:
        document: dict[str, object] = {"out": str(out), "files": files, "notice": NOTICE}
        if plan_path is not None:
            document["parts"] = [part.as_json() for part in parts]
        write_json(document)
        return 0
    for part in parts:
        title = f"{part.structure} {part.side}"
        write_line(f"{title:<32}{part.volume_ml:>9.1f} mL{part.cut_area_mm2 / 100:>9.1f} cm2 of cut")
    for structure, side in _missing_sides(parts):
        gone = "is resected" if side == "resected" else "is left"
        write_line(f"{structure}: nothing of it {gone}, so there is no file of it")
    write_line(f"{len(files)} {'file' if len(files) == 1 else 'files'} in {out}")
    write_line(NOTICE)
    return 0


def _missing_sides(parts: Sequence[ExportedPart]) -> list[tuple[str, str]]:
    """The structure and side of every part that is empty."""
    there = {(part.structure, part.side) for part in parts}
    names = dict.fromkeys(part.structure for part in parts)
    return [(name, side) for name in names for side in ("resected", "remnant") if (name, side) not in there]


def _plan_path(arguments: argparse.Namespace) -> Path | None:
    """The plan to cut by, None for whole structures.

    Raises:
        PlanError: --parts and --plan do not come together, or the format has no surfaces.
    """
    path: Path | None = arguments.plan
    if arguments.parts != (path is not None):
        raise PlanError("--parts and --plan belong together.", cure="Give both, or neither.")
    if arguments.parts and arguments.format not in _SURFACES:
        raise PlanError(f"There are no parts as {arguments.format}.", cure=f"Use {', '.join(_SURFACES)}.")
    return path


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("name at least one structure")
    return names


def _check_names(case: Case, names: tuple[str, ...]) -> None:
    """Refuses names that the case does not have.

    Raises:
        CaseError: with the names that it has.
    """
    there = [structure.name for structure in case.manifest.structures]
    missing = [name for name in names if name not in there]
    if missing:
        raise CaseError(f"The case has no structure {', '.join(missing)}.", cure=f"It has {', '.join(there)}.")


def _check_out(out: Path, *, overwrite: bool) -> None:
    """Refuses to replace anything but an older export, and that only when asked."""
    from engine.errors import StorageError

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir() or not all(path.is_file() and path.name.endswith(_EXPORTED) for path in out.iterdir()):
        raise StorageError("There is something else than an older export at --out.", cure="Choose a new folder.")
    if not overwrite:
        raise StorageError("There are already files at --out.", cure="Choose a new folder, or add --overwrite.")


def write_export(
    case: Case, export_format: ExportFormat, folder: Path, *, level: int = 0, only: Collection[str] = ()
) -> list[str]:
    """Writes structures into an existing folder and returns the names of the files.

    Args:
        case: the case.
        export_format: masks, one segmentation, or surfaces.
        folder: where to.
        level: of detail of surfaces; a structure with fewer levels gives its coarsest.
        only: names of the structures to write, empty for all.

    Raises:
        CaseError: there is nothing to write.
        CaseCorruptError: a file of the case is damaged.
        StorageError: the disk is full or may not be written.
    """
    records = [record for record in case.manifest.structures if not only or record.name in only]
    if export_format == "masks":
        return _write_masks(case, folder, records)
    if export_format in ("seg-nrrd", "3mf") and not only:
        # Everything under the skin in one file with what lies there would only hide it: it comes when asked for.
        records = [record for record in records if record.name != "body"]
    if export_format == "seg-nrrd":
        return _write_segmentation(case, folder, records)
    return _write_surfaces(case, export_format, folder, level, records)


def _write_masks(case: Case, folder: Path, records: Sequence[StructureRecord]) -> list[str]:
    from engine.imaging import write_nifti

    labels = case.labels()
    names = []
    for structure in records:
        name = f"{structure.name}.nii.gz"
        write_nifti(folder / name, labels.mask_of(structure.label_values), labels.geometry)
        names.append(name)
    return names


def _write_segmentation(case: Case, folder: Path, records: Sequence[StructureRecord]) -> list[str]:
    from engine.imaging import write_seg_nrrd

    write_seg_nrrd(folder / "structures.seg.nrrd", case.labels(), [as_structure(record) for record in records])
    return ["structures.seg.nrrd"]


def _write_surfaces(
    case: Case, surface_format: SurfaceFormat, folder: Path, level: int, records: Sequence[StructureRecord]
) -> list[str]:
    from engine.meshing.files import NamedSurface
    from streaming.commands.surface_export import write_surfaces

    surfaces = [
        (
            record.name,
            NamedSurface(
                name=record.name,
                title=record.title,
                snomed=record.snomed,
                colour=record.colour,
                level=case.mesh(record.name, min(max(level, 0), len(record.levels) - 1)),
            ),
        )
        for record in records
        if record.levels
    ]
    return write_surfaces(folder, surfaces, surface_format, together="structures")


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
