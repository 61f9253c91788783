"""`cantlie export` of surfaces: the same closed body in every format, left stays left, whole or not at all."""

from __future__ import annotations

import json
import resource
import struct
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import open3d
import pytest
from numpy.typing import NDArray

from engine import anatomy
from engine.case import Case
from engine.geometry import VolumeGeometry
from engine.imaging import write_nifti
from engine.meshing.quality import report_of
from streaming.assets.gltf import GLTF_METRES_FROM_LPS_MM
from streaming.cli import main

FORMATS = ("stl", "glb", "3mf", "obj", "ply")
CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(24, 32, 36),
    spacing_ijk_mm=(3.0, 3.0, 4.0),
    origin_lps_mm=(60.0, -40.0, 240.0),
    # Columns run to the patient's right and slices downwards: whatever reads arrays in order mirrors this body.
    direction=[[-1, 0, 0], [0, 0.96, 0.28], [0, 0.28, -0.96]],
)
CENTRE = GEOMETRY.lps_from_index([17.5, 15.5, 11.5])
TUMOUR_FROM_CENTRE_MM = np.array([20.0, -12.0, 10.0])
"""To the patient's left, front and head."""

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    k, j, i = np.indices(GEOMETRY.shape_kji)
    points = GEOMETRY.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels = np.where(np.linalg.norm(points / [42, 34, 30], axis=-1) < 1, anatomy.PARENCHYMA, 0).astype(np.uint8)
    labels[np.linalg.norm(points - TUMOUR_FROM_CENTRE_MM, axis=-1) < 9] = anatomy.FIRST_TUMOUR
    hu = np.full(GEOMETRY.shape_kji, -1000, dtype=np.int16)
    hu[1:-1, 1:-1, 1:-1] = -80
    hu[labels > 0] = 100
    write_nifti(folder / "scan.nii.gz", hu, GEOMETRY)
    write_nifti(folder / "labels.nii.gz", labels, GEOMETRY)
    given = ["prepare", str(folder / "scan.nii.gz"), "--labels", str(folder / "labels.nii.gz")]
    assert main([*given, "--out", str(folder / "case")]) == 0
    return folder / "case"


@pytest.fixture(scope="module")
def plan(case: Path) -> Path:
    path = case.parent / "plan.json"
    plane = {"kind": "plane", "point_lps_mm": CENTRE.tolist(), "normal_lps": [1.0, 0.0, 0.0]}
    path.write_text(json.dumps({"resections": [plane]}))
    return path


def read(folder: Path, stem: str, kind: str, title: str) -> Surface:
    """Vertices in LPS mm and faces, by a reader that is not ours where there is one."""
    if kind == "3mf":
        (file,) = folder.glob("*.3mf")
        return _object_of_3mf(file, title)
    if kind == "glb":
        return _of_plain_glb((folder / f"{stem}.glb").read_bytes())
    mesh = open3d.io.read_triangle_mesh(str(folder / f"{stem}.{kind}"))
    mesh.merge_close_vertices(1e-7)  # STL knows no shared vertices
    return np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)


def _object_of_3mf(file: Path, title: str) -> Surface:
    with zipfile.ZipFile(file) as package:
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    assert model.get("unit") == "millimeter"
    (found,) = [item for item in model.iter(f"{CORE}object") if item.get("name") == title]
    vertices = [[float(vertex.get(axis, "nan")) for axis in "xyz"] for vertex in found.iter(f"{CORE}vertex")]
    faces = [[int(face.get(corner, "-1")) for corner in ("v1", "v2", "v3")] for face in found.iter(f"{CORE}triangle")]
    return np.array(vertices), np.array(faces)


def _of_plain_glb(data: bytes) -> Surface:
    (length,) = struct.unpack_from("<I", data, 12)
    document: dict[str, Any] = json.loads(data[20 : 20 + length])
    assert "LPS" in document["nodes"][0]["extras"]["frame"]
    arrays = []
    for index, kind, columns in ((0, "<f4", 3), (2, "<u4", 3)):
        view = document["bufferViews"][index]
        begin = 28 + length + view.get("byteOffset", 0)
        arrays.append(np.frombuffer(data[begin : begin + view["byteLength"]], kind).reshape(-1, columns))
    return arrays[0] @ np.linalg.inv(GLTF_METRES_FROM_LPS_MM).T, arrays[1].astype(np.int64)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_holds_the_same_closed_body_in_its_place(case: Path, tmp_path: Path, kind: str) -> None:
    assert main(["export", str(case), "--format", kind, "--out", str(tmp_path / kind)]) == 0
    for name, title in (("liver", "Liver"), ("tumour_01", "Tumour 1")):
        vertices, faces = read(tmp_path / kind, name, kind, title)
        report = report_of(vertices, faces)
        expected = Case.open(case).mesh(name, 0)
        assert report.sound
        # A mirrored body would have its triangles inside out, and so a negative volume.
        assert report.volume_ml == pytest.approx(expected.volume_ml, rel=1e-4)
        np.testing.assert_allclose(vertices.min(axis=0), expected.vertices_lps_mm.min(axis=0), atol=1e-3)
        np.testing.assert_allclose(vertices.max(axis=0), expected.vertices_lps_mm.max(axis=0), atol=1e-3)
    np.testing.assert_allclose(vertices.mean(axis=0) - CENTRE, TUMOUR_FROM_CENTRE_MM, atol=1.5)


@pytest.mark.parametrize("kind", FORMATS)
def test_parts_come_in_every_format_and_fill_the_whole(case: Path, plan: Path, tmp_path: Path, kind: str) -> None:
    command = ["export", str(case), "--format", kind, "--parts", "--plan", str(plan), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    parts = [read(tmp_path / "out", f"liver.{side}", kind, f"Liver, {side}") for side in ("resected", "remnant")]
    reports = [report_of(*part) for part in parts]
    assert all(report.sound for report in reports)
    assert sum(report.volume_ml for report in reports) == pytest.approx(Case.open(case).mesh("liver", 0).volume_ml)
    # The normal points to the patient's left, so that side is resected.
    assert parts[0][0][:, 0].min() == pytest.approx(CENTRE[0], abs=0.05)
    assert parts[1][0][:, 0].max() == pytest.approx(CENTRE[0], abs=0.05)


def test_one_3mf_holds_all_structures_but_the_body(case: Path, tmp_path: Path) -> None:
    assert main(["export", str(case), "--format", "3mf", "--out", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["structures.3mf"]
    with zipfile.ZipFile(tmp_path / "out" / "structures.3mf") as package:
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    titles = [found.get("name") for found in model.iter(f"{CORE}object")]
    shown = [record for record in Case.open(case).manifest.structures if record.name != "body" and record.levels]
    assert titles == [record.title for record in shown]
    colours = [base.get("displaycolor") for base in model.iter(f"{CORE}base")]
    assert colours == [record.colour.upper() for record in shown]


@pytest.mark.parametrize(
    ("kind", "file"), [("stl", "tumour_01.stl"), ("3mf", "structures.3mf"), ("obj", "materials.mtl")]
)
def test_chosen_structures_alone_are_exported(case: Path, tmp_path: Path, kind: str, file: str) -> None:
    command = ["export", str(case), "--format", kind, "--only", "tumour_01", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert file in names
    assert not any("liver" in name for name in names)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "stl", "--only", "liver,spleeen"], "no structure spleeen"),
        (["--format", "3mf", "--parts"], "belong together"),
        (["--format", "ply", "--parts", "--plan", "absent.json"], "plan cannot be read"),
    ],
)
def test_mistakes_are_told_with_a_cure_and_leave_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["export", str(case), *options, "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_disk_that_fills_up_is_told_and_leaves_nothing(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        code = main(["export", str(case), "--format", kind, "--out", str(tmp_path / "out")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert code == 2
    assert "disk is full" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
