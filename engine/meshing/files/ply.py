"""Binary PLY in patient millimetres, the structure's colour at every vertex."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.meshing.files.named_surface import NamedSurface
from engine.storage import storage_errors

VERTEX = np.dtype([("position", "<f4", 3), ("rgb", "u1", 3)])
FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def write_ply(path: Path, surface: NamedSurface) -> None:
    """Writes the surface as PLY in LPS mm; comments name units and frame and nothing of the patient.

    Raises:
        StorageError: the file could not be written.
    """
    level = surface.level
    vertices = np.zeros(len(level.vertices_lps_mm), VERTEX)
    vertices["position"] = level.vertices_lps_mm
    vertices["rgb"] = surface.rgb
    faces = np.zeros(len(level.faces), FACE)
    faces["count"] = 3
    faces["corners"] = level.faces
    head = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {line}" for line in surface.comments()),
        f"element vertex {len(vertices)}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    with storage_errors():
        path.write_bytes(("\n".join(head) + "\n").encode("ascii") + vertices.tobytes() + faces.tobytes())
