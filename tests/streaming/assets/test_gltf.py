"""GLB: what is written decodes to the same surface, in the right place, not mirrored."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import meshoptimizer
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.anatomy import LIVER, structure_named
from engine.errors import StorageError
from engine.surface import MeshLevel
from streaming.assets.gltf import GLTF_METRES_FROM_LPS_MM, encode_glb, write_glb
from streaming.assets.mesh_quantisation import FINEST_STEP_MM

LPS_MM_FROM_GLTF_METRES = np.linalg.inv(GLTF_METRES_FROM_LPS_MM)
FLOAT32_MM = 1e-4


@dataclass
class Decoded:
    document: dict[str, Any]
    vertices_lps_mm: NDArray[np.float64]
    normals_lps: NDArray[np.float64]
    faces: NDArray[np.uint32]


def _view_bytes(document: dict[str, Any], blob: bytes, index: int) -> bytes:
    view = document["bufferViews"][index]
    extension = view.get("extensions", {}).get("EXT_meshopt_compression")
    if extension is None:
        begin = view.get("byteOffset", 0)
        return blob[begin : begin + view["byteLength"]]
    assert document["buffers"][view["buffer"]]["extensions"]["EXT_meshopt_compression"]["fallback"] is True
    begin = extension.get("byteOffset", 0)
    data = blob[begin : begin + extension["byteLength"]]
    count, stride = extension["count"], extension["byteStride"]
    if extension["mode"] == "ATTRIBUTES":
        assert data[0] == 0xA0, "EXT_meshopt_compression knows attributes of version 0 only"
        rows = meshoptimizer.decode_vertex_buffer(count, stride, data, dtype=np.dtype(f"V{stride}")).tobytes()
        return _unfolded(rows) if extension.get("filter") == "OCTAHEDRAL" else rows
    return meshoptimizer.decode_index_buffer(count, stride, data).tobytes()


def _unfolded(rows: bytes) -> bytes:
    """What the extension's octahedral filter does to int8 rows, written from its text."""
    stored = np.frombuffer(rows, np.int8).reshape(-1, 4).astype(np.float64)
    x, y = stored[:, 0] / stored[:, 2], stored[:, 1] / stored[:, 2]
    z = 1 - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0)
    x, y = x + np.where(x >= 0, fold, -fold), y + np.where(y >= 0, fold, -fold)
    unit = np.stack([x, y, z], axis=1) / np.linalg.norm([x, y, z], axis=0)[:, None]
    return np.hstack([np.round(unit * 127), stored[:, 3:]]).astype(np.int8).tobytes()


def decode(data: bytes) -> Decoded:
    """A GLB reader written from the glTF 2.0 text, independent of the writer."""
    magic, version, total = struct.unpack_from("<III", data)
    assert (magic, version, total) == (0x46546C67, 2, len(data))
    length, kind = struct.unpack_from("<II", data, 12)
    assert (kind, length % 4) == (0x4E4F534A, 0)
    document = json.loads(data[20 : 20 + length])
    blob_length, blob_kind = struct.unpack_from("<II", data, 20 + length)
    assert (blob_kind, blob_length % 4) == (0x004E4942, 0)
    blob = data[28 + length : 28 + length + blob_length]
    types = {5120: np.int8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
    arrays = []
    for accessor in document["accessors"]:
        raw = _view_bytes(document, blob, accessor["bufferView"])
        width = {"VEC3": 3, "SCALAR": 1}[accessor["type"]]
        dtype = np.dtype(types[accessor["componentType"]])
        stride = document["bufferViews"][accessor["bufferView"]].get("byteStride") or dtype.itemsize * width
        rows = np.frombuffer(raw, dtype).reshape(accessor["count"], stride // dtype.itemsize)[:, :width]
        if "min" in accessor:
            assert rows.min(axis=0).tolist() == pytest.approx(accessor["min"])
            assert rows.max(axis=0).tolist() == pytest.approx(accessor["max"])
        if accessor.get("normalized"):
            rows = rows.astype(np.float64) / np.iinfo(dtype).max
        arrays.append(rows)
    node = document["nodes"][document["scenes"][document["scene"]]["nodes"][0]]
    positions = arrays[0].astype(np.float64) * node.get("scale", [1, 1, 1]) + node.get("translation", [0, 0, 0])
    turn = LPS_MM_FROM_GLTF_METRES / 1000.0
    return Decoded(
        document=document,
        vertices_lps_mm=positions @ LPS_MM_FROM_GLTF_METRES.T,
        normals_lps=arrays[1] @ turn.T,
        faces=arrays[2].reshape(-1, 3),
    )


def _ellipsoid(
    *, radii_mm: tuple[float, float, float], centre_lps_mm: tuple[float, float, float], rings: int = 12
) -> MeshLevel:
    """A UV sphere, scaled and moved; faces counter-clockwise from outside."""
    sectors = 2 * rings
    polar = np.linspace(0, np.pi, rings + 1)[1:-1]
    around = np.linspace(0, 2 * np.pi, sectors, endpoint=False)
    belt = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.outer(np.cos(polar), np.ones(sectors)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.vstack([[0, 0, 1], belt, [0, 0, -1]]) * radii_mm + centre_lps_mm
    faces = []
    for s in range(sectors):
        following = (s + 1) % sectors
        faces.append([0, 1 + s, 1 + following])
        last = 1 + (rings - 2) * sectors
        faces.append([len(points) - 1, last + following, last + s])
        for r in range(rings - 2):
            a, b = 1 + r * sectors + s, 1 + r * sectors + following
            faces += [[a, a + sectors, b], [b, a + sectors, b + sectors]]
    return MeshLevel(
        vertices_lps_mm=points.astype(np.float32), faces=np.array(faces, np.uint32), error_mm=0.0, volume_ml=1.0
    )


def _signed_volume_ml(vertices: NDArray[Any], faces: NDArray[Any]) -> float:
    corners = vertices[faces].astype(np.float64)
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6 / 1000)


def _asymmetric() -> MeshLevel:
    """A body at the patient's left, posterior and superior, with a knob on its left only."""
    body = _ellipsoid(radii_mm=(60, 40, 30), centre_lps_mm=(100, 50, 20))
    knob = _ellipsoid(radii_mm=(10, 10, 10), centre_lps_mm=(180, 50, 20))
    return MeshLevel(
        vertices_lps_mm=np.vstack([body.vertices_lps_mm, knob.vertices_lps_mm]),
        faces=np.vstack([body.faces, knob.faces + np.uint32(len(body.vertices_lps_mm))]),
        error_mm=0.0,
        volume_ml=1.0,
    )


@pytest.mark.parametrize("compressed", [True, False])
def test_an_asymmetric_body_comes_back_in_its_place_and_not_mirrored(compressed: bool) -> None:
    level = _asymmetric()
    decoded = decode(encode_glb(level, LIVER, compressed=compressed))
    tolerance_mm = FINEST_STEP_MM / 2 + FLOAT32_MM
    original = level.vertices_lps_mm[level.faces].astype(np.float64).mean(axis=1)
    returned = decoded.vertices_lps_mm[decoded.faces].mean(axis=1)
    distance = np.linalg.norm(original[:, None] - returned[None], axis=2)
    assert distance.min(axis=1).max() < tolerance_mm * np.sqrt(3)
    assert decoded.vertices_lps_mm[:, 0].max() == pytest.approx(190, abs=0.05), "the knob is at the patient's left"
    # A mirrored body with the same outline would have its triangles inside out.
    assert _signed_volume_ml(decoded.vertices_lps_mm, decoded.faces) == pytest.approx(
        _signed_volume_ml(level.vertices_lps_mm, level.faces), rel=1e-3
    )


@pytest.mark.parametrize("compressed", [True, False])
def test_normals_point_outwards(compressed: bool) -> None:
    decoded = decode(
        encode_glb(_ellipsoid(radii_mm=(50, 50, 50), centre_lps_mm=(9, 8, 7)), LIVER, compressed=compressed)
    )
    outwards = decoded.vertices_lps_mm - (9, 8, 7)
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", outwards, decoded.normals_lps).min() > 0.98


def test_the_transform_is_a_rotation_into_metres() -> None:
    rotation = GLTF_METRES_FROM_LPS_MM * 1000
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    left, posterior, superior = GLTF_METRES_FROM_LPS_MM.T
    assert left.tolist() == [0.001, 0, 0]
    assert posterior.tolist() == [0, 0, -0.001]
    assert superior.tolist() == [0, 0.001, 0]


@given(
    radii=st.tuples(*[st.floats(0.5, 400)] * 3),
    centre=st.tuples(*[st.floats(-500, 500)] * 3),
)
def test_quantisation_moves_no_vertex_by_more_than_half_a_step(
    radii: tuple[float, float, float], centre: tuple[float, float, float]
) -> None:
    level = _ellipsoid(radii_mm=radii, centre_lps_mm=centre)
    decoded = decode(encode_glb(level, LIVER))
    gap = np.abs(level.vertices_lps_mm[:, None] - decoded.vertices_lps_mm[None]).max(axis=2).min(axis=1).max()
    assert gap <= FINEST_STEP_MM / 2 + FLOAT32_MM


def test_extras_name_the_structure_and_nothing_of_the_patient() -> None:
    structure = structure_named("tumour_02")
    document = decode(encode_glb(_asymmetric(), structure)).document
    assert document["nodes"][0]["extras"] == {
        "structure": "tumour_02",
        "title": "Tumour 2",
        "snomed": structure.snomed,
        "frame": "glTF metres from patient LPS mm: +x left, +y superior, +z anterior",
        "notice": "Research use, not a medical device",
    }
    assert document["extensionsRequired"] == ["KHR_mesh_quantization", "EXT_meshopt_compression"]


def test_a_plain_file_needs_no_extension() -> None:
    document = decode(encode_glb(_asymmetric(), LIVER, compressed=False)).document
    assert not document.get("extensionsRequired")
    assert not document.get("extensionsUsed")
    assert len(document["buffers"]) == 1


def test_surfaces_that_share_vertices_still_share_them_as_compressed_levels() -> None:
    first = _ellipsoid(radii_mm=(40, 30, 20), centre_lps_mm=(10.013, -3.77, 812.4))
    neighbour = MeshLevel(  # half of the same surface, so its box and its own lowest corner differ
        vertices_lps_mm=first.vertices_lps_mm, faces=first.faces[: len(first.faces) // 2], error_mm=0.0, volume_ml=1.0
    )
    whole, half = (decode(encode_glb(level, LIVER)) for level in (first, neighbour))
    of_whole = {tuple(row) for row in np.round(whole.vertices_lps_mm, 4)}
    of_half = {tuple(row) for row in np.round(half.vertices_lps_mm, 4)}
    assert len(of_half) > 100
    assert of_half <= of_whole


def test_a_finely_meshed_body_takes_three_and_a_half_bytes_a_triangle_with_normals() -> None:
    dense = _ellipsoid(radii_mm=(95, 70, 60), centre_lps_mm=(0, 0, 0), rings=150)
    assert len(encode_glb(dense, LIVER)) / len(dense.faces) < 3.5


def test_the_same_mesh_gives_the_same_bytes() -> None:
    assert encode_glb(_asymmetric(), LIVER) == encode_glb(_asymmetric(), LIVER)


def test_unused_vertices_are_left_out() -> None:
    level = _asymmetric()
    extra = MeshLevel(
        vertices_lps_mm=np.vstack([level.vertices_lps_mm, [[0, 0, 0]]]).astype(np.float32),
        faces=level.faces,
        error_mm=0.0,
        volume_ml=1.0,
    )
    assert len(decode(encode_glb(extra, LIVER)).vertices_lps_mm) == len(level.vertices_lps_mm)


def test_a_mesh_without_triangles_is_refused() -> None:
    empty = MeshLevel(
        vertices_lps_mm=np.zeros((0, 3), np.float32), faces=np.zeros((0, 3), np.uint32), error_mm=0.0, volume_ml=0.0
    )
    with pytest.raises(ValueError, match="liver has no triangle"):
        encode_glb(empty, LIVER)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_glb(tmp_path / "liver.glb", _asymmetric(), LIVER)
    assert decode((tmp_path / "liver.glb").read_bytes()).document["nodes"][0]["name"] == "liver"
    with pytest.raises(StorageError):
        write_glb(tmp_path / "absent" / "liver.glb", _asymmetric(), LIVER)
    assert [path.name for path in tmp_path.iterdir()] == ["liver.glb"]
