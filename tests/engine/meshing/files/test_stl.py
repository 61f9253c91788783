"""Binary STL in patient millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import StorageError
from engine.meshing import write_stl
from engine.surface import MeshLevel


@pytest.fixture
def tetrahedron() -> MeshLevel:
    return MeshLevel(
        vertices_lps_mm=np.array(
            [[-90, 40, -700], [-80, 40, -700], [-90, 50, -700], [-90, 40, -690]], dtype=np.float32
        ),
        faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.uint32),
        error_mm=0.0,
        volume_ml=1 / 6,
    )


def test_what_is_written_is_read_back(tmp_path: Path, tetrahedron: MeshLevel) -> None:
    write_stl(tmp_path / "liver.stl", tetrahedron)
    content = (tmp_path / "liver.stl").read_bytes()
    assert len(content) == 84 + 50 * 4
    assert int.from_bytes(content[80:84], "little") == 4
    triangles = np.frombuffer(content[84:], dtype=[("floats", "<f4", 12), ("attribute", "<u2")])
    corners = triangles["floats"][:, 3:].reshape(4, 3, 3)
    np.testing.assert_array_equal(corners, tetrahedron.vertices_lps_mm[tetrahedron.faces])
    normals = triangles["floats"][:, :3]
    np.testing.assert_allclose(normals[0], [0, 0, -1], atol=1e-6)
    np.testing.assert_allclose(normals[2], np.ones(3) / np.sqrt(3), atol=1e-6)


def test_the_header_names_units_and_frame_and_is_not_taken_for_text(tmp_path: Path, tetrahedron: MeshLevel) -> None:
    write_stl(tmp_path / "liver.stl", tetrahedron)
    header = (tmp_path / "liver.stl").read_bytes()[:80]
    assert b"mm" in header
    assert b"LPS" in header
    assert not header.startswith(b"solid")


def test_open3d_reads_it_as_the_same_surface(tmp_path: Path, tetrahedron: MeshLevel) -> None:
    import open3d as o3d

    write_stl(tmp_path / "liver.stl", tetrahedron)
    mesh = o3d.io.read_triangle_mesh(str(tmp_path / "liver.stl"))
    assert len(mesh.triangles) == 4
    np.testing.assert_allclose(
        np.asarray(mesh.vertices).mean(axis=0),
        tetrahedron.vertices_lps_mm[tetrahedron.faces].mean(axis=(0, 1)),
        atol=3.0,
    )


def test_a_folder_that_is_not_there_is_a_typed_error(tmp_path: Path, tetrahedron: MeshLevel) -> None:
    with pytest.raises(StorageError):
        write_stl(tmp_path / "absent" / "liver.stl", tetrahedron)
