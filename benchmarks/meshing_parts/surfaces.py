"""All surfaces of eight labels: ours beside named peers, quality before time, medians of one run.

    python benchmarks/meshing_parts/surfaces.py [--rounds 7] [--volumes 200]

1. Random label volumes (noise, blobs, touching corners, cut off by the border): how many volumes have a surface with
   an open edge, with an edge of more than two triangles, with a pinched vertex. Each peer meshes the same.
2. A phantom of 512 x 512 x 300 voxels with a liver of 1.5 L: triangles, volume against the voxels, and of the liver,
   whose shape is known, the angle between its normals and the true ones (stairs) and the distance to the true surface.
   Crossing pairs are triangles that pass through each other.
3. Time for all eight structures. Ours looks for the structures in the whole volume; peers get their boxes for nothing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from benchmarks.cut_parts.phantom import LIVER_AT, LIVER_HALF, SPACING_MM, phantom_case
from benchmarks.meshing_parts.surface_peers import Boxed, Surface, absent, boxed, peers
from engine.anatomy import Structure, structures_present
from engine.geometry import VolumeGeometry
from engine.meshing import MeshBudgets, build_surfaces
from engine.meshing.budgets import budgets_for
from engine.meshing.crossings.count import crossing_pairs
from engine.meshing.kernels import match_half_edges
from engine.meshing.quality import enclosed_volume_mm3, face_normals, fan_counts, has_twin_faces
from engine.volume import LabelVolume

OURS, OURS_FULL = "ours, as in a case", "ours, every voxel"
THREADS = 2
EVERY_VOXEL = MeshBudgets(finest_triangles=10**9, detail_mm=0.01)


def ours(labels: LabelVolume, structures: tuple[Structure, ...], *, full: bool = False) -> list[Surface]:
    """The engine's surfaces in the structures' order, on the peers' axes."""
    found = build_surfaces(
        labels, structures, threads=THREADS, budgets=(lambda _: EVERY_VOXEL) if full else budgets_for
    )
    by_name = {s.structure.name: (s.vertices_lps_mm, s.faces) for s in found}
    return [by_name[structure.name] for structure in structures]


def faults(surface: Surface) -> NDArray[np.bool_]:
    """(3,) whether it has open edges, non-manifold edges, pinched vertices or faces folded onto each other."""
    vertices, faces = surface
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    counts = np.unique(edges[:, 0] * len(vertices) + edges[:, 1], return_counts=True)[1]
    open_edges, crowded = bool((counts % 2).any()), bool((counts > 2).any())
    pinched = False
    if not open_edges and not crowded:
        partners, (_, _, not_opposed) = match_half_edges(faces, len(vertices))
        pinched = not_opposed > 0 or has_twin_faces(partners) or fan_counts(faces, partners, len(vertices)).max() > 1
    return np.array([open_edges, crowded, pinched])


def random_labels(seed: int) -> LabelVolume:
    """Labels of up to 20 voxels an axis: noise of several densities or blobs, up to the border."""
    generator = np.random.default_rng(seed)
    shape = tuple(int(n) for n in generator.integers(4, 21, 3))
    if seed % 2:
        noise = gaussian_filter(generator.normal(size=(4, *shape)), (0, 1.2, 1.2, 1.2))
        values = np.array([0, 1, 2, 6], dtype=np.uint8)[noise.argmax(axis=0)]
    else:
        filled = generator.choice([0.03, 0.15, 0.3, 0.6])
        values = generator.choice(np.array([0, 1, 2, 6], dtype=np.uint8), shape, p=[1 - filled, *(filled / 3,) * 3])
    values.reshape(-1)[:3] = 1, 2, 6
    spacing = generator.choice([0.7, 1.0, 2.5], 3)
    return LabelVolume(labels=values, geometry=VolumeGeometry.from_parts(shape_kji=shape, spacing_ijk_mm=spacing))


def topology_lines(volumes: int) -> list[str]:
    """How many random volumes each way fails on."""
    failed: dict[str, NDArray[np.int64]] = {}
    for seed in range(volumes):
        labels = random_labels(seed)
        structures = structures_present(set(np.unique(labels.labels).tolist()))
        work = _boxed(labels, structures)
        found = {OURS: ours(labels, structures)} | {name: peer(work) for name, peer in peers().items()}
        for name, surfaces in found.items():
            here = np.any([faults(surface) for surface in surfaces], axis=0)
            failed[name] = failed.get(name, np.zeros(3, dtype=np.int64)) + here
    lines = [f"{volumes} random label volumes; volumes with open edges, non-manifold edges, pinched vertices:"]
    return lines + [f"  {name:44s} {a:4d} {b:4d} {c:4d}" for name, (a, b, c) in failed.items()]


def _boxed(labels: LabelVolume, structures: tuple[Structure, ...]) -> Boxed:
    spacing = labels.geometry.spacing_ijk_mm.tolist()
    values = [structure.label_values for structure in structures]
    return boxed(labels.labels, values, (spacing[0], spacing[1], spacing[2]))


def quality_line(name: str, surfaces: list[Surface], voxels_mm3: list[float], structures: tuple[Structure, ...]) -> str:
    """Triangles, worst volumes, and the liver's smoothness."""
    off = [abs(enclosed_volume_mm3(*s) / true - 1) * 100 for s, true in zip(surfaces, voxels_mm3, strict=True)]
    vessels = [o for o, s in zip(off, structures, strict=True) if s.name in ("portal_vein", "hepatic_veins")]
    sound = sum(not faults(surface).any() for surface in surfaces)
    degrees, distance_mm = liver_errors(surfaces[[s.name for s in structures].index("liver")])
    crossings, triangles = sum(crossing_pairs(*surface) for surface in surfaces), sum(len(f) for _, f in surfaces)
    return (
        f"  {name:44s} closed {sound}/{len(surfaces)}  crossing pairs {crossings}  triangles {triangles:7d}  "
        f"volume off by {max(off):.3f} % (vessels {max(vessels):.3f} %)  "
        f"liver: normals {degrees:.2f}°, distance {distance_mm:.3f} mm"
    )


def liver_errors(surface: Surface) -> tuple[float, float]:
    """Root mean squares of the normals' angle to the ellipsoid's (degrees) and of the distance to it (mm)."""
    vertices, faces = surface
    centre = np.array((512, 512, 300)) * SPACING_MM / 2.0
    away = vertices - centre - LIVER_AT
    normals = np.stack(
        [
            sum(np.bincount(faces[:, c], face_normals(vertices, faces)[:, axis], len(vertices)) for c in range(3))
            for axis in range(3)
        ],
        axis=1,
    )
    true = away / np.square(LIVER_HALF)
    steepness = np.linalg.norm(true, axis=1)
    used = np.linalg.norm(normals, axis=1) > 0
    # The vena cava cuts into the phantom's liver: not there.
    used &= ~((vertices[:, 1] - centre[1] > 40) & (np.abs(vertices[:, 0] - centre[0] + 15) < 20))
    cosines = (normals * true).sum(axis=1)[used] / (np.linalg.norm(normals, axis=1) * steepness)[used]
    degrees = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    # First order: the implicit function by its slope.
    distances = (np.sum(np.square(away / np.array(LIVER_HALF)), axis=1) - 1.0)[used] / (2.0 * steepness[used])
    return float(np.sqrt(np.mean(degrees**2))), float(np.sqrt(np.mean(distances**2)))


def phantom_lines(rounds: int) -> list[str]:
    """Quality, then times, on the phantom."""
    labels = phantom_case().labels
    structures = structures_present(set(np.unique(labels.labels).tolist()))
    voxel_mm3 = labels.geometry.voxel_volume_ml * 1000.0
    voxels_mm3 = [np.count_nonzero(labels.mask_of(s.label_values)) * voxel_mm3 for s in structures]
    work = _boxed(labels, structures)
    ways: dict[str, Callable[[], list[Surface]]] = {
        OURS: lambda: ours(labels, structures),
        OURS_FULL: lambda: ours(labels, structures, full=True),
    }
    ways |= {name: partial(peer, work) for name, peer in peers().items()}
    lines = [f"phantom {labels.geometry.shape_kji}, {len(structures)} structures, liver {voxels_mm3[0] / 1e6:.2f} L:"]
    lines += [quality_line(name, way(), voxels_mm3, structures) for name, way in ways.items()]
    wall: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            way()
            wall[name].append((time.perf_counter() - begun) * 1000)
            processor[name].append((time.process_time() - used) * 1000)
    base = statistics.median(wall[OURS])
    lines.append(f"medians of {rounds} rounds, {THREADS} threads for ours:")
    for name, taken in wall.items():
        median, cpu = statistics.median(taken), statistics.median(processor[name])
        lines.append(f"  {name:44s} {median:7.0f} ms, {cpu:7.0f} ms of processor ({median / base:.1f} x ours)")
    return lines


def main_part(rounds: int, volumes: int = 200) -> list[str]:
    """The lines to print."""
    missing = absent()
    lines = [f"not installed, so not compared: {', '.join(missing)}"] if missing else []
    return lines + topology_lines(volumes) + phantom_lines(rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--volumes", type=int, default=200)
    arguments = parser.parse_args()
    print("\n".join(main_part(arguments.rounds, arguments.volumes)))
