"""Wavefront OBJ in patient millimetres."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine.meshing.files.named_surface import NOTICE, NamedSurface, one_line, rows_as_text
from engine.storage import storage_errors


def write_obj(path: Path, surface: NamedSurface, *, materials: str) -> None:
    """Writes the surface as OBJ in LPS mm; comments name units and frame and nothing of the patient.

    Args:
        path: of the file.
        surface: the surface.
        materials: name of the materials file beside it (`write_obj_materials`), which holds the colour.

    Raises:
        StorageError: the file could not be written.
    """
    name = one_line(surface.name)
    head = [*(f"# {line}" for line in surface.comments()), f"mtllib {materials}", f"o {name}", f"usemtl {name}"]
    with storage_errors(), path.open("wb") as stream:
        stream.write(("\n".join(head) + "\n").encode())
        stream.writelines(rows_as_text("v %.5f %.5f %.5f\n", surface.level.vertices_lps_mm))
        # The format counts vertices from 1.
        stream.writelines(rows_as_text("f %d %d %d\n", surface.level.faces.astype(np.int64) + 1))


def write_obj_materials(path: Path, surfaces: Iterable[NamedSurface]) -> None:
    """Writes the colours of surfaces as the MTL file that their OBJ files name.

    Raises:
        StorageError: the file could not be written.
    """
    lines = [f"# Cantlie; {NOTICE}"]
    for surface in surfaces:
        red, green, blue = (part / 255 for part in surface.rgb)
        lines += [f"newmtl {one_line(surface.name)}", f"Kd {red:.4f} {green:.4f} {blue:.4f}", "Ks 0 0 0", "illum 1"]
    with storage_errors():
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
