"""Binary STL in patient millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.storage import storage_errors
from engine.surface import MeshLevel

# Must not begin with "solid", or readers take the file for text.
HEADER = b"Cantlie SPACE=LPS; mm; +x left, +y posterior, +z superior; no medical device"
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(path: Path, level: MeshLevel) -> None:
    """Writes the surface as binary STL in LPS mm; the header names units and frame and nothing of the patient.

    Raises:
        StorageError: the file could not be written.
    """
    triangles = np.zeros(len(level.faces), dtype=TRIANGLE)
    triangles["corners"] = level.vertices_lps_mm[level.faces]
    triangles["normal"] = _unit_normals(triangles["corners"])
    content = HEADER.ljust(80, b" ") + np.uint32(len(triangles)).astype("<u4").tobytes() + triangles.tobytes()
    with storage_errors():
        path.write_bytes(content)


def _unit_normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 3) outward unit normals of (m, 3 corners, 3) triangles; zero where there is no area."""
    corners = corners.astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    return unit.astype(np.float32)
