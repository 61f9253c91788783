"""A mesh level as GLB; LPS millimetres become glTF metres here and nowhere else.

glTF is right-handed with +y up and metres. Patient left stays +x, superior becomes +y and anterior +z:
(x, y, z)_glTF = (L, S, -P) / 1000, a rotation, so nothing is mirrored and windings stay.

Two flavours: *compressed* for the wire (KHR_mesh_quantization and EXT_meshopt_compression, about 3.4 bytes a
triangle with normals) and *plain* for export, which any viewer opens.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from engine.meshing.shading import vertex_normals
from engine.storage import storage_errors
from engine.surface import MeshLevel
from streaming.assets.mesh_quantisation import normal_bits, octahedral, quantised_positions
from streaming.assets.meshopt import CompressedView, compress_triangles, compress_vertices, strip_order

ENCODER_VERSION: Final = 3
"""Raised whenever the same mesh gives other bytes, so that cached assets are made anew."""

GLTF_METRES_FROM_LPS_MM: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]) / 1000.0

_FRAME: Final = "glTF metres from patient LPS mm: +x left, +y superior, +z anterior"
_DEFAULTS: Final[dict[str, object]] = {
    "byteOffset": 0,
    "normalized": False,
    "mode": 4,
    "emissiveFactor": [0.0, 0.0, 0.0],
    "alphaMode": "OPAQUE",
    "doubleSided": False,
}
_GLB_MAGIC: Final = 0x46546C67
_JSON_CHUNK: Final = 0x4E4F534A
_BINARY_CHUNK: Final = 0x004E4942


class ShownStructure(Protocol):
    """What of a structure goes into the file; `engine.anatomy.Structure` and a case's record both have it."""

    @property
    def name(self) -> str:
        """Identifier."""
        ...

    @property
    def title(self) -> str:
        """What a person reads."""
        ...

    @property
    def snomed(self) -> str:
        """SNOMED CT concept id, or ""."""
        ...

    @property
    def colour(self) -> str:
        """Six hexadecimal digits after a hash."""
        ...


def encode_glb(level: MeshLevel, structure: ShownStructure, *, compressed: bool = True) -> bytes:
    """One level of a structure as GLB; the same input always gives the same bytes.

    Args:
        level: vertices in LPS mm.
        structure: gives name, SNOMED code and colour; nothing else of the case goes in.
        compressed: quantised and meshopt-compressed for our client, or plain floats for any viewer.

    Returns:
        The bytes of the file.

    Raises:
        ValueError: the mesh has no triangle.
    """
    if len(level.faces) == 0:
        raise ValueError(f"{structure.name} has no triangle")
    mesh = _as_gltf_mesh(level)
    return _compressed_glb(mesh, structure, level.error_mm) if compressed else _plain_glb(mesh, structure)


def write_glb(path: Path, level: MeshLevel, structure: ShownStructure, *, compressed: bool = False) -> None:
    """Writes the structure as GLB, whole or not at all.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    data = encode_glb(level, structure, compressed=compressed)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with storage_errors():
            unfinished.write_bytes(data)
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _GltfMesh:
    """Positions (n, 3) float64 metres, normals (n, 3) float32, triangles (m, 3) uint32; all in the glTF frame."""

    positions_m: NDArray[np.float64]
    normals: NDArray[np.float32]
    triangles: NDArray[np.uint32]


def _as_gltf_mesh(level: MeshLevel) -> _GltfMesh:
    positions = level.vertices_lps_mm.astype(np.float64) @ GLTF_METRES_FROM_LPS_MM.T
    triangles = np.ascontiguousarray(level.faces, dtype=np.uint32)
    return _GltfMesh(positions_m=positions, normals=vertex_normals(positions, triangles), triangles=triangles)


# ---- plain ------------------------------------------------------------------------------------------------------


def _plain_glb(mesh: _GltfMesh, structure: ShownStructure) -> bytes:
    positions = mesh.positions_m.astype(np.float32)
    blobs = [positions.tobytes(), mesh.normals.tobytes(), mesh.triangles.tobytes()]
    views, offset = [], 0
    for blob, target in zip(blobs, (gltf.ARRAY_BUFFER, gltf.ARRAY_BUFFER, gltf.ELEMENT_ARRAY_BUFFER), strict=True):
        views.append(gltf.BufferView(buffer=0, byteOffset=offset, byteLength=len(blob), target=target))
        offset += len(blob)
    accessors = [
        gltf.Accessor(
            bufferView=0,
            componentType=gltf.FLOAT,
            count=len(positions),
            type=gltf.VEC3,
            min=positions.min(axis=0).tolist(),
            max=positions.max(axis=0).tolist(),
        ),
        gltf.Accessor(bufferView=1, componentType=gltf.FLOAT, count=len(mesh.normals), type=gltf.VEC3),
        gltf.Accessor(bufferView=2, componentType=gltf.UNSIGNED_INT, count=mesh.triangles.size, type=gltf.SCALAR),
    ]
    document = _document(structure, accessors=accessors, views=views, node=gltf.Node(mesh=0, name=structure.name))
    document.buffers = [gltf.Buffer(byteLength=offset)]
    return _pack(document, b"".join(blobs))


# ---- compressed -------------------------------------------------------------------------------------------------


def _compressed_glb(mesh: _GltfMesh, structure: ShownStructure, error_mm: float) -> bytes:
    order = strip_order(mesh.triangles, len(mesh.positions_m))
    positions_mm = mesh.positions_m[order.old_vertex] * 1000.0
    quantised = quantised_positions(positions_mm, order.triangles, error_mm)
    positions = np.zeros((len(positions_mm), 4), np.uint16)  # rows of 8 bytes: the format aligns them to 4
    positions[:, :3] = quantised.steps
    normals = mesh.normals[order.old_vertex]
    folded = octahedral(normals, normal_bits(normals, order.triangles))
    node = gltf.Node(
        mesh=0,
        name=structure.name,
        translation=(quantised.origin_mm / 1000.0).tolist(),
        scale=[quantised.step_mm / 1000.0] * 3,
    )
    accessors = [
        gltf.Accessor(
            bufferView=0,
            componentType=gltf.UNSIGNED_SHORT,
            count=len(positions),
            type=gltf.VEC3,
            min=quantised.steps.min(axis=0).tolist(),
            max=quantised.steps.max(axis=0).tolist(),
        ),
        gltf.Accessor(bufferView=1, componentType=gltf.BYTE, normalized=True, count=len(normals), type=gltf.VEC3),
        gltf.Accessor(bufferView=2, componentType=gltf.UNSIGNED_INT, count=order.triangles.size, type=gltf.SCALAR),
    ]
    compressed = (
        compress_vertices(positions),
        compress_vertices(folded, "OCTAHEDRAL"),
        compress_triangles(order.triangles),
    )
    views, blob, fallback_bytes = _lay_out(compressed)
    document = _document(structure, accessors=accessors, views=views, node=node)
    document.extensionsUsed = ["KHR_mesh_quantization", "EXT_meshopt_compression"]
    document.extensionsRequired = ["KHR_mesh_quantization", "EXT_meshopt_compression"]
    document.buffers = [
        gltf.Buffer(byteLength=len(blob)),
        # Holds no bytes: it is where the views would lie once decompressed (extension's "fallback buffer").
        gltf.Buffer(byteLength=fallback_bytes, extensions={"EXT_meshopt_compression": {"fallback": True}}),
    ]
    return _pack(document, blob)


def _lay_out(compressed: tuple[CompressedView, ...]) -> tuple[list[gltf.BufferView], bytes, int]:
    """Views into the fallback buffer (1) whose real bytes lie compressed in buffer 0; the bytes; fallback's size."""
    views, blob, fallback_offset = [], b"", 0
    for view in compressed:
        extension: dict[str, int | str] = {
            "buffer": 0,
            "byteOffset": len(blob),
            "byteLength": len(view.data),
            "byteStride": view.stride,
            "count": view.count,
            "mode": view.mode,
        }
        if view.filter:
            extension["filter"] = view.filter
        views.append(
            gltf.BufferView(
                buffer=1,
                byteOffset=fallback_offset,
                byteLength=view.count * view.stride,
                byteStride=view.stride if view.mode == "ATTRIBUTES" else None,
                target=gltf.ARRAY_BUFFER if view.mode == "ATTRIBUTES" else gltf.ELEMENT_ARRAY_BUFFER,
                extensions={"EXT_meshopt_compression": extension},
            )
        )
        fallback_offset += view.count * view.stride
        blob += view.data + b"\0" * (-len(view.data) % 4)
    return views, blob, fallback_offset


# ---- both -------------------------------------------------------------------------------------------------------


def _document(structure: ShownStructure, *, accessors: list[Any], views: list[Any], node: gltf.Node) -> gltf.GLTF2:
    red, green, blue = (_linear(int(structure.colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    material = gltf.Material(
        pbrMetallicRoughness=gltf.PbrMetallicRoughness(
            baseColorFactor=[red, green, blue, 1.0], metallicFactor=0.0, roughnessFactor=0.6
        ),
    )
    primitive = gltf.Primitive(attributes=gltf.Attributes(POSITION=0, NORMAL=1), indices=2, material=0)
    node.extras = {
        "structure": structure.name,
        "title": structure.title,
        "snomed": structure.snomed,
        "frame": _FRAME,
        "notice": "Research use, not a medical device",
    }
    return gltf.GLTF2(
        asset=gltf.Asset(version="2.0", generator="Cantlie"),
        scene=0,
        scenes=[gltf.Scene(nodes=[0])],
        nodes=[node],
        meshes=[gltf.Mesh(primitives=[primitive])],
        materials=[material],
        accessors=accessors,
        bufferViews=views,
    )


def _linear(srgb: float) -> float:
    """Linear light of an sRGB value (IEC 61966-2-1), as glTF wants colour factors."""
    return round(srgb / 12.92 if srgb <= 0.04045 else ((srgb + 0.055) / 1.055) ** 2.4, 6)


def _without_defaults(value: Any) -> Any:
    """The JSON without what the format takes for granted: of a small level it would be a tenth of the bytes."""
    if isinstance(value, dict):
        kept = {key: _without_defaults(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if key not in _DEFAULTS or item != _DEFAULTS[key]}
    return [_without_defaults(item) for item in value] if isinstance(value, list) else value


def _pack(document: gltf.GLTF2, blob: bytes) -> bytes:
    """The GLB container; pygltflib packs one buffer only, and the fallback buffer is a second one."""
    text = json.dumps(_without_defaults(json.loads(document.to_json())), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob += b"\0" * (-len(blob) % 4)
    total = 12 + 8 + len(text) + 8 + len(blob)
    return b"".join(
        (
            struct.pack("<III", _GLB_MAGIC, 2, total),
            struct.pack("<II", len(text), _JSON_CHUNK),
            text,
            struct.pack("<II", len(blob), _BINARY_CHUNK),
            blob,
        )
    )
