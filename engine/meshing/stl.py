"""Binary STL in patient millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import StorageError
from engine.surface import MeshLevel

# Must not begin with "solid", or readers take the file for text.
HEADER = b"Cantlie surface; units mm; frame LPS (+x left, +y posterior, +z superior); research use"
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def write_stl(path: Path, level: MeshLevel) -> None:
    """Writes the surface as binary STL in LPS mm; the header names units and frame and nothing of the patient.

    Raises:
        StorageError: the file could not be written.
    """
    triangles = np.zeros(len(level.faces), dtype=TRIANGLE)
    triangles["corners"] = level.vertices_lps_mm[level.faces]
    triangles["normal"] = _unit_normals(triangles["corners"])
    content = HEADER[:80].ljust(80, b" ") + np.uint32(len(triangles)).astype("<u4").tobytes() + triangles.tobytes()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"The STL file could not be written ({error.strerror}).", cure="Check free space and permissions."
        ) from error


def _unit_normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 3) outward unit normals of (m, 3 corners, 3) triangles."""
    corners = corners.astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit: NDArray[np.float32] = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    return unit
