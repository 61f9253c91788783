"""Writes surfaces in the format a person asked for: one file each, or one for all where the format is made for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from engine.errors import CaseError
from engine.meshing.files import NamedSurface, write_3mf, write_obj, write_obj_materials, write_ply, write_stl

SurfaceFormat: TypeAlias = Literal["stl", "glb", "3mf", "obj", "ply"]
SURFACE_FORMATS: Final[tuple[SurfaceFormat, ...]] = get_args(SurfaceFormat)
MATERIALS: Final = "materials.mtl"


def file_of(name: str, surface_format: SurfaceFormat, *, together: str) -> str:
    """The file that holds the surface.

    Args:
        name: file stem of the surface.
        surface_format: as the person chose.
        together: file stem where one file holds all surfaces.
    """
    return f"{together}.3mf" if surface_format == "3mf" else f"{name}.{surface_format}"


def write_surfaces(
    folder: Path, surfaces: Sequence[tuple[str, NamedSurface]], surface_format: SurfaceFormat, *, together: str
) -> list[str]:
    """Writes surfaces into an existing folder and returns the files' names.

    Args:
        folder: where to.
        surfaces: file stem and surface, in order.
        surface_format: as the person chose.
        together: file stem where one file holds all surfaces.

    Raises:
        CaseError: there is no surface.
        StorageError: the disk is full or may not be written.
    """
    if not surfaces:
        raise CaseError("There is no surface to export.", cure="Choose other structures, or another level of detail.")
    for name, surface in surfaces:
        path = folder / file_of(name, surface_format, together=together)
        match surface_format:
            case "stl":
                write_stl(path, surface.level)
            case "ply":
                write_ply(path, surface)
            case "obj":
                write_obj(path, surface, materials=MATERIALS)
            case "glb":
                from streaming.assets.gltf import write_glb

                write_glb(path, surface.level, surface)
            case "3mf":
                pass
    files = list(dict.fromkeys(file_of(name, surface_format, together=together) for name, _ in surfaces))
    if surface_format == "3mf":
        write_3mf(folder / files[0], [surface for _, surface in surfaces])
    if surface_format == "obj":
        write_obj_materials(folder / MATERIALS, [surface for _, surface in surfaces])
        files.append(MATERIALS)
    return files
