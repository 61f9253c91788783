"""What OBJ, PLY and 3MF say about a surface, whatever its title holds."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import open3d
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StorageError
from engine.meshing.files import NamedSurface, write_3mf, write_obj, write_obj_materials, write_ply
from engine.surface import MeshLevel

CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
WRITERS: dict[str, Callable[[Path, NamedSurface], None]] = {
    "obj": lambda path, surface: write_obj(path, surface, materials="materials.mtl"),
    "mtl": lambda path, surface: write_obj_materials(path, [surface]),
    "ply": write_ply,
    "3mf": lambda path, surface: write_3mf(path, [surface]),
}


def tetrahedron(title: str = "Liver", name: str = "liver") -> NamedSurface:
    level = MeshLevel(
        vertices_lps_mm=np.array(
            [[-90, 40, -700], [-80, 40, -700], [-90, 50, -700], [-90, 40, -690.25]], dtype=np.float32
        ),
        faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.uint32),
        error_mm=0.0,
        volume_ml=0.1625,
    )
    return NamedSurface(name=name, title=title, snomed="10200004", colour="#b5654a", level=level)


@pytest.mark.parametrize("kind", ["obj", "ply"])
def test_open3d_reads_it_as_the_same_surface(tmp_path: Path, kind: str) -> None:
    WRITERS[kind](tmp_path / f"liver.{kind}", tetrahedron())
    mesh = open3d.io.read_triangle_mesh(str(tmp_path / f"liver.{kind}"))
    level = tetrahedron().level  # compared by corners: the reader of OBJ numbers vertices anew
    read = np.asarray(mesh.vertices)[np.asarray(mesh.triangles)]
    np.testing.assert_array_equal(read, level.vertices_lps_mm[level.faces])
    if kind == "ply":
        np.testing.assert_allclose(np.asarray(mesh.vertex_colors)[0] * 255, tetrahedron().rgb, atol=0.5)


def test_lib3mf_reads_it_strictly_and_without_a_warning(tmp_path: Path) -> None:
    lib3mf = pytest.importorskip("lib3mf", reason="the 3MF Consortium's reader is not installed (make setup-test)")
    surfaces = [tetrahedron(), tetrahedron(title="Tumour 1", name="tumour_01")]
    write_3mf(tmp_path / "liver.3mf", surfaces)
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(tmp_path / "liver.3mf"))
    assert reader.GetWarningCount() == 0
    assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    objects = model.GetMeshObjects()
    titles = []
    while objects.MoveNext():
        found = objects.GetCurrentMeshObject()
        assert found.IsManifoldAndOriented()
        assert found.GetTriangleCount() == 4
        assert tuple(found.GetVertex(3).Coordinates) == (-90, 40, -690.25)
        titles.append(found.GetName())
    assert titles == ["Liver", "Tumour 1"]
    description = {
        model.GetMetaDataGroup().GetMetaData(number).GetValue()
        for number in range(model.GetMetaDataGroup().GetMetaDataCount())
    }
    assert any("SPACE=LPS" in text for text in description)


def test_the_same_surfaces_give_the_same_3mf(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_3mf(tmp_path / f"{name}.3mf", [tetrahedron()])
    assert (tmp_path / "first.3mf").read_bytes() == (tmp_path / "second.3mf").read_bytes()


@pytest.mark.parametrize("kind", ["obj", "ply"])
def test_the_head_names_units_frame_and_purpose(tmp_path: Path, kind: str) -> None:
    WRITERS[kind](tmp_path / f"liver.{kind}", tetrahedron())
    head = (tmp_path / f"liver.{kind}").read_bytes()[:400].decode("ascii", "replace")
    assert "SPACE=LPS; units mm; +x left, +y posterior, +z superior" in head
    assert "Research use, not a medical device" in head
    assert "SNOMED CT 10200004" in head


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_title_breaks_out_of_its_place(tmp_path_factory: pytest.TempPathFactory, title: str, name: str) -> None:
    folder = tmp_path_factory.mktemp("titles")
    surface = tetrahedron(title=title, name=name)
    for kind, write in WRITERS.items():
        write(folder / f"file.{kind}", surface)
    lines = (folder / "file.obj").read_bytes().split(b"\n")
    assert all(line.split(b" ")[0] in {b"#", b"mtllib", b"o", b"usemtl", b"v", b"f", b""} for line in lines)
    header = (folder / "file.ply").read_bytes().split(b"end_header\n")[0].split(b"\n")
    assert [line for line in header if line.startswith(b"element")] == [b"element vertex 4", b"element face 4"]
    with zipfile.ZipFile(folder / "file.3mf") as package:
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    (found,) = model.iter(f"{CORE}object")
    shown = "".join(sign for sign in title if sign >= " " and sign not in "\ufffe\uffff")
    assert "".join((found.get("name") or "").split()) == "".join(shown.split())


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_a_typed_error(kind: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(StorageError, match="disk is full"):
        WRITERS[kind](Path("/dev/full"), tetrahedron())


def test_a_3mf_without_a_surface_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs an object"):
        write_3mf(tmp_path / "none.3mf", [])
    assert not (tmp_path / "none.3mf").exists()
