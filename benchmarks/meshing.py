"""Surfaces with levels of detail: ours beside named peers, quality before time, medians of one run.

Times are processor seconds: a shared machine stretches the wall's several times over.

    python benchmarks/meshing.py [--rounds 3] [--masks FOLDER]

Work: a liver-sized organ and a vessel tree on a CT grid, from mask to four levels. `--masks` takes a folder with
`liver.nii.gz` and `portalvein.nii.gz`; without it the shapes are analytic. Every peer gets the same triangle counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from engine.anatomy import LIVER, Structure, structure_named
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.meshing import build_mesh_levels
from engine.meshing.deviation import symmetric_deviation_mm
from engine.meshing.quality import report_of
from engine.volume import LabelVolume

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]
Chain = Callable[[LabelVolume, Structure, tuple[int, ...]], list[Surface]]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One structure to mesh."""

    name: str
    structure: Structure
    labels: LabelVolume


def ours(labels: LabelVolume, structure: Structure, _counts: tuple[int, ...]) -> list[Surface]:
    """The engine's own path."""
    levels = build_mesh_levels(labels, structure)
    return [(level.vertices_lps_mm.astype(np.float64), level.faces.astype(np.int64)) for level in levels]


def open3d_plain(labels: LabelVolume, structure: Structure, counts: tuple[int, ...]) -> list[Surface]:
    """Open3D alone: isosurface of the mask, its Taubin filter, its quadric decimation."""
    return _chain_of(_marched(labels, structure).filter_smooth_taubin(number_of_iterations=15), counts)


def open3d_laplace(labels: LabelVolume, structure: Structure, counts: tuple[int, ...]) -> list[Surface]:
    """Open3D with its Laplace filter, as many tutorials do."""
    return _chain_of(_marched(labels, structure).filter_smooth_laplacian(number_of_iterations=10), counts)


def manifold_chain(labels: LabelVolume, structure: Structure, counts: tuple[int, ...]) -> list[Surface]:
    """Open3D's isosurface and Taubin filter, then manifold3d's tolerance collapses."""
    from engine.meshing.simplify import _by_tolerance

    mesh = _marched(labels, structure).filter_smooth_taubin(number_of_iterations=15)
    surface = np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
    surfaces = []
    for count in counts:
        surface = _by_tolerance(*surface, count)
        surfaces.append(surface)
    return surfaces


def _marched(labels: LabelVolume, structure: Structure) -> o3d.geometry.TriangleMesh:
    mask = labels.mask_of(structure.label_values)
    occupied = np.argwhere(mask)
    low, high = occupied.min(axis=0), occupied.max(axis=0) + 1
    box = np.pad(mask[low[0] : high[0], low[1] : high[1], low[2] : high[2]], 1).astype(np.float32) - 0.5
    mesh = o3d.t.geometry.TriangleMesh.create_isosurfaces(o3d.core.Tensor.from_numpy(box), [0.0]).to_legacy()
    index_ijk = np.asarray(mesh.vertices) + (low[::-1] - 1)
    mesh.vertices = o3d.utility.Vector3dVector(labels.geometry.lps_from_index(index_ijk))
    if not labels.geometry.is_right_handed:
        mesh.triangles = o3d.utility.Vector3iVector(np.asarray(mesh.triangles)[:, ::-1].copy())
    return mesh


def _chain_of(mesh: o3d.geometry.TriangleMesh, counts: tuple[int, ...]) -> list[Surface]:
    surfaces = []
    for count in counts:
        mesh = mesh.simplify_quadric_decimation(count)
        surfaces.append((np.asarray(mesh.vertices).copy(), np.asarray(mesh.triangles).astype(np.int64)))
    return surfaces


PEERS: dict[str, Chain] = {
    "ours": ours,
    "open3d taubin + quadrics": open3d_plain,
    "open3d laplace + quadrics": open3d_laplace,
    "open3d taubin + manifold3d": manifold_chain,
}


def works(folder: Path | None) -> list[Work]:
    """The structures, real ones where a folder is given."""
    portal_vein = structure_named("portal_vein")
    if folder is not None:
        return [
            Work(name="liver", structure=LIVER, labels=_loaded(folder / "liver.nii.gz", 1)),
            Work(name="portal vein", structure=portal_vein, labels=_loaded(folder / "portalvein.nii.gz", 2)),
        ]
    geometry = VolumeGeometry.from_parts(shape_kji=(120, 300, 360), spacing_ijk_mm=(0.7, 0.7, 1.6))
    k, j, i = np.indices(geometry.shape_kji, dtype=np.float32)
    x, y, z = i * 0.7 - 125, j * 0.7 - 105, k * 1.6 - 96
    organ = (x / 95) ** 2 + (y / 75) ** 2 + (z / 55 + x / 190) ** 2 + 0.06 * np.sin(x / 9) * np.cos(y / 11) < 1
    tree = np.zeros(geometry.shape_kji, dtype=bool)
    for slope, radius_mm in ((0.0, 6.0), (0.5, 3.0), (-0.6, 2.0), (1.1, 1.4), (-1.2, 1.0)):
        tree |= np.hypot(y - slope * np.abs(x) * 0.6, z - slope * x * 0.5) < radius_mm
    tree &= np.abs(x) < 90
    return [
        Work(name="organ", structure=LIVER, labels=_labelled(organ, geometry, 1)),
        Work(name="tree", structure=portal_vein, labels=_labelled(tree, geometry, 2)),
    ]


def _labelled(mask: NDArray[np.bool_], geometry: VolumeGeometry, value: int) -> LabelVolume:
    return LabelVolume(labels=mask.astype(np.uint8) * np.uint8(value), geometry=geometry)


def _loaded(path: Path, value: int) -> LabelVolume:
    import nibabel

    image = nibabel.load(path)
    mask = np.ascontiguousarray(np.asarray(image.dataobj).T > 0)
    geometry = VolumeGeometry(shape_kji=mask.shape, lps_from_ijk=LPS_FROM_RAS @ image.affine)
    return _labelled(mask, geometry, value)


def quality_line(surfaces: list[Surface], work: Work) -> str:
    """Closed levels, volumes against the voxels and the coarsest level's error to the finest."""
    voxels = np.count_nonzero(work.labels.mask_of(work.structure.label_values))
    voxels_ml = float(voxels) * work.labels.geometry.voxel_volume_ml
    reports = [report_of(*surface) for surface in surfaces]
    sound = sum(report.sound for report in reports)
    volumes = " ".join(f"{100 * (report.volume_ml / voxels_ml - 1):+.2f}%" for report in reports)
    errors = " ".join(f"{symmetric_deviation_mm(surface, surfaces[0]):.2f}" for surface in surfaces[1:])
    counts = " ".join(str(len(faces)) for _, faces in surfaces)
    return f"sound {sound}/{len(surfaces)}  triangles {counts}  volume {volumes}  p95 error mm {errors}"


def main() -> None:
    """Runs every peer on every work, interleaved, and prints medians with their ratio to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--masks", type=Path, default=None)
    arguments = parser.parse_args()
    for work in works(arguments.masks):
        first = ours(work.labels, work.structure, ())  # also compiles
        counts = tuple(len(faces) for _, faces in first)
        print(f"\n{work.name}: {work.labels.geometry.shape_kji}, levels {counts}")
        for name, peer in PEERS.items():
            print(f"  {name:28s} {quality_line(peer(work.labels, work.structure, counts), work)}")
        seconds: dict[str, list[float]] = {name: [] for name in PEERS}
        for _ in range(arguments.rounds):
            for name, peer in PEERS.items():
                begun = time.process_time()
                peer(work.labels, work.structure, counts)
                seconds[name].append(time.process_time() - begun)
        base = statistics.median(seconds["ours"])
        for name, taken in seconds.items():
            median = statistics.median(taken)
            print(f"  {name:28s} median {median:6.2f} cpu s  ({median / base:.2f} x ours)")


if __name__ == "__main__":
    main()
