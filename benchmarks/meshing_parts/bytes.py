"""Bytes a triangle with normals, and how fast the client decodes them: ours beside named peers, quality first.

    python benchmarks/meshing_parts/bytes.py [--rounds 15] [--case FOLDER [--structure liver]]

Without a case: an analytic organ of a liver's size. Every peer gets the same levels. Peers: plain glTF (floats, what
trimesh writes), the encoder before (14 bit positions, three normal components, vertex-cache order), ours with codec
version 1 (only KHR_meshopt_compression allows it), Draco at the same precision (where DracoPy is installed).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import meshoptimizer
import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER
from engine.geometry import VolumeGeometry
from engine.meshing import build_mesh_levels
from engine.meshing.shading import vertex_normals
from engine.surface import MeshLevel
from engine.volume import LabelVolume
from streaming.assets import gltf, meshopt
from streaming.assets.mesh_quantisation import normal_bits, octahedral, quantised_positions

DECODE = Path(__file__).with_name("decode.mjs")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A way to write a level."""

    name: str
    suffix: str
    encode: Callable[[MeshLevel], bytes]


def ours(level: MeshLevel) -> bytes:
    """What the server sends."""
    return gltf.encode_glb(level, LIVER)


def plain(level: MeshLevel) -> bytes:
    """Positions and normals as floats, indices as they are."""
    return gltf.encode_glb(level, LIVER, compressed=False)


def version_1(level: MeshLevel) -> bytes:
    """Ours with the newer vertex codec, which EXT_meshopt_compression does not allow."""
    keep = meshoptimizer.encode_vertex_version
    with mock.patch.object(meshoptimizer, "encode_vertex_version", lambda _: keep(1)):
        data = gltf.encode_glb(level, LIVER)
    keep(0)
    return data


def before(level: MeshLevel) -> bytes:
    """The encoder of the first release: a fixed grid, normals as three components, order for the vertex cache."""
    triangles = np.ascontiguousarray(level.faces, dtype=np.uint32)
    cached = np.empty_like(triangles.ravel())
    meshoptimizer.optimize_vertex_cache(cached, triangles.ravel(), cached.size, len(level.vertices_lps_mm))
    remap = np.empty(len(level.vertices_lps_mm), np.uint32)
    meshoptimizer.optimize_vertex_fetch_remap(remap, cached, cached.size, len(remap))
    old = np.argsort(remap)
    points = level.vertices_lps_mm[old].astype(np.float64)
    positions = np.zeros((len(points), 4), np.uint16)
    positions[:, :3] = np.round((points - points.min(axis=0)) / np.ptp(points, axis=0).max() * (2**14 - 1))
    normals = np.zeros((len(points), 4), np.int8)
    normals[:, :3] = np.round(_normals(level)[old] * 127)
    views = (
        meshopt.compress_vertices(positions),
        meshopt.compress_vertices(normals),
        meshopt.compress_triangles(remap[cached].reshape(-1, 3)),
    )
    return _bare_glb(views)


def draco(level: MeshLevel) -> bytes:
    """Draco at the grid and the bits of normals that ours has, its default speed."""
    import DracoPy

    points = level.vertices_lps_mm.astype(np.float64)
    step_mm = quantised_positions(points, level.faces, level.error_mm).step_mm
    bits = int(np.ceil(np.log2(np.ptp(points, axis=0).max() / step_mm + 1)))
    normals = _normals(level)
    encoded: bytes = DracoPy.encode(
        level.vertices_lps_mm,
        level.faces,
        quantization_bits=bits,
        compression_level=7,
        normals=normals.astype(np.float64),
        normal_quantization_bits=normal_bits(normals, level.faces),
    )
    return encoded


def _normals(level: MeshLevel) -> NDArray[np.float32]:
    return vertex_normals(level.vertices_lps_mm.astype(np.float64), level.faces)


def _bare_glb(views: Sequence[meshopt.CompressedView]) -> bytes:
    """Only what the decoder needs; stands for a whole file by a JSON as long as ours."""
    blob, described = b"", []
    for view in views:
        place = {"byteOffset": len(blob), "byteLength": len(view.data), "byteStride": view.stride}
        packed = place | {"count": view.count, "mode": view.mode}
        described.append({"extensions": {"EXT_meshopt_compression": packed}})
        blob += view.data + b"\0" * (-len(view.data) % 4)
    text = json.dumps({"bufferViews": described}).encode().ljust(1800)
    head = np.array([gltf._GLB_MAGIC, 2, 28 + len(text) + len(blob), len(text), gltf._JSON_CHUNK], "<u4").tobytes()
    return head + text + np.array([len(blob), gltf._BINARY_CHUNK], "<u4").tobytes() + blob


def peers() -> list[Peer]:
    """Everybody who is installed, ours first."""
    found = [
        Peer(name="ours", suffix=".glb", encode=ours),
        Peer(name="before", suffix=".glb", encode=before),
        Peer(name="codec version 1 (KHR)", suffix=".glb", encode=version_1),
        Peer(name="plain glTF", suffix=".plain.glb", encode=plain),
    ]
    try:
        import DracoPy  # noqa: F401
    except ImportError:
        return found
    return [*found, Peer(name="Draco", suffix=".drc", encode=draco)]


def organ_levels() -> tuple[MeshLevel, ...]:
    """An organ of a liver's size on a CT grid, with bumps, meshed by the engine."""
    geometry = VolumeGeometry.from_parts(shape_kji=(120, 300, 360), spacing_ijk_mm=(0.7, 0.7, 1.6))
    k, j, i = np.indices(geometry.shape_kji, dtype=np.float32)
    x, y, z = i * 0.7 - 125, j * 0.7 - 105, k * 1.6 - 96
    organ = (x / 95) ** 2 + (y / 75) ** 2 + (z / 55 + x / 190) ** 2 + 0.06 * np.sin(x / 9) * np.cos(y / 11) < 1
    return build_mesh_levels(LabelVolume(labels=organ.astype(np.uint8), geometry=geometry), LIVER)


def quality_line(level: MeshLevel) -> str:
    """How far rounding moves ours, and that it turns no triangle over."""
    points = level.vertices_lps_mm.astype(np.float64)
    quantised = quantised_positions(points, level.faces, level.error_mm)
    back = quantised.origin_mm + quantised.steps * quantised.step_mm
    moved_mm = np.linalg.norm(back - points, axis=1).max()
    corners, rounded = points[level.faces], back[level.faces]
    areas = [np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]) for c in (corners, rounded)]
    inverted = int((np.einsum("ij,ij->i", *areas) <= 0).sum())
    normals = _normals(level)
    bits = normal_bits(normals, level.faces)
    folded = meshoptimizer.decode_filter_oct(octahedral(normals, bits), len(normals), 4)[:, :3].astype(np.float64)
    folded /= np.linalg.norm(folded, axis=1, keepdims=True)
    turned_deg = float(np.degrees(np.arccos(np.clip((folded * normals).sum(axis=1), -1, 1))).max())
    return (
        f"    error {level.error_mm:.3f} mm: a grid of {1000 * quantised.step_mm:.0f} um moves a vertex at most "
        f"{moved_mm:.3f} mm, {inverted} inverted; normals of {bits} bits turn at most {turned_deg:.1f} deg"
    )


def decode_ms(files: Sequence[Path], rounds: int) -> dict[str, float]:
    """Median milliseconds by file, in Node."""
    command = ["node", str(DECODE), str(rounds), *map(str, files)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    times: dict[str, float] = json.loads(answer.stdout)
    return times


def main_part(rounds: int, levels: Sequence[MeshLevel] | None = None) -> list[str]:
    """Lines to print.

    Args:
        rounds: of decoding; encoding takes a fifth of them.
        levels: finest first, None for the analytic organ.
    """
    levels = organ_levels() if levels is None else levels
    lines = ["bytes a triangle with normals, decode ms in Node, encode ms (medians)"]
    everybody = peers()
    with tempfile.TemporaryDirectory() as folder:
        totals = {peer.name: 0 for peer in everybody}
        for number, level in enumerate(levels):
            files: dict[str, Path] = {}
            encode_s: dict[str, list[float]] = {peer.name: [] for peer in everybody}
            for _ in range(max(1, rounds // 5)):
                for peer in everybody:
                    begun = time.perf_counter()
                    data = peer.encode(level)
                    encode_s[peer.name].append(time.perf_counter() - begun)
                    files[peer.name] = Path(folder) / f"{peer.name}.{number}{peer.suffix}"
                    files[peer.name].write_bytes(data)
            times = decode_ms(list(files.values()), rounds)
            lines += [f"  level {number}: {len(level.faces)} triangles", quality_line(level)]
            for peer in everybody:
                size = files[peer.name].stat().st_size
                totals[peer.name] += size
                encode_ms = 1000 * float(np.median(encode_s[peer.name]))
                lines.append(
                    f"    {peer.name:24s} {size / len(level.faces):6.2f} bytes"
                    f"  decode {times[str(files[peer.name])]:7.2f} ms  encode {encode_ms:7.1f} ms"
                )
    triangles = sum(len(level.faces) for level in levels)
    lines.append("  all levels: " + ", ".join(f"{name} {total / triangles:.2f}" for name, total in totals.items()))
    return lines


def main() -> None:
    """Prints the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--case", type=Path, default=None)
    parser.add_argument("--structure", default="liver")
    arguments = parser.parse_args()
    levels = None
    if arguments.case is not None:
        from engine.case import Case

        case = Case.open(arguments.case)
        count = len(case.manifest.structure(arguments.structure).levels)
        levels = [case.mesh(arguments.structure, number) for number in range(count)]
    print("\n".join(main_part(arguments.rounds, levels)))


if __name__ == "__main__":
    main()
