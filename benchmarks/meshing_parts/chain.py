"""The chain of levels of a liver of 600k triangles: ours beside named peers, quality before time, medians of one run.

    python benchmarks/meshing_parts/chain.py [--rounds 7] [--masks FOLDER]

Every peer simplifies the same surface to the same counts, 100k, 20k and 5k triangles (in proportion for a smaller
surface), each from the one before. Ours also gives the volume back, looks at every level as it is stored and measures
its error; "collapses alone" is the part that peers do. Told of each level: whether it is closed, manifold, oriented and
without degenerate triangles; the largest distance and the 95th percentile between it and the surface, both ways;
volume; pairs of triangles that cross. manifold3d takes a tolerance, not a count, so it is tried with growing ones and
overshoots. `--masks` takes a folder with `liver.nii.gz` and, if wanted, `portalvein.nii.gz`;
without it the liver is analytic, in voxels of 0.6 x 0.6 x 1.5 mm.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.meshing_parts.chain_peers import Chain, Surface, peers
from engine.anatomy import LIVER
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.meshing import MeshBudgets
from engine.meshing.deviation import MeasuredSurface
from engine.meshing.isosurface import finest_surface
from engine.meshing.levels import levels_of
from engine.meshing.quality import enclosed_volume_mm3, report_of
from engine.meshing.simplify import simplified

WHOLE, COUNTS = 600_000, (100_000, 20_000, 5_000)
EVERY_VOXEL = MeshBudgets(finest_triangles=10**9, detail_mm=0.01)
MOST_SLOW_ROUNDS, SLOW_SECONDS = 3, 3.0
OURS, ALONE = "ours", "ours, collapses alone"


def ours(surface: Surface, counts: tuple[int, ...]) -> list[Surface]:
    """The engine's levels with volume, checks and errors."""
    reductions = (1.0, *(count / len(surface[1]) for count in counts))
    budgets = MeshBudgets(finest_triangles=10**9, reductions=reductions, coarsest_triangles=4)
    levels = levels_of(surface, LIVER, budgets=budgets)[1:]
    return [(level.vertices_lps_mm.astype(np.float64), level.faces.astype(np.int64)) for level in levels]


def collapses_alone(surface: Surface, counts: tuple[int, ...]) -> list[Surface]:
    """The engine's simplification without anything else."""
    return list(simplified(*surface, counts))


def analytic_liver() -> Surface:
    """The surface of a lobed ellipsoid of 1.6 L with ripples, from its voxels."""
    geometry = VolumeGeometry.from_parts(
        shape_kji=(110, 270, 340), spacing_ijk_mm=(0.6, 0.6, 1.5), origin_lps_mm=(-110.0, -60.0, -700.0)
    )
    k, j, i = np.indices(geometry.shape_kji, dtype=np.float32)
    x, y, z = 0.6 * i - 102, 0.6 * j - 81, 1.5 * k - 82
    lobes = 0.06 * np.sin(x / 9) * np.cos(y / 11) + 0.03 * np.sin(z / 4 + x / 7) * np.cos(y / 5)
    mask = (x / 95) ** 2 + (y / 75) ** 2 + (z / 55 + x / 190) ** 2 + lobes < 1
    return finest_surface(mask, geometry, EVERY_VOXEL)


def surface_of(path: Path) -> Surface:
    """The surface of a mask on disk."""
    import nibabel

    image = nibabel.load(path)
    mask = np.ascontiguousarray(np.asarray(image.dataobj).T > 0)
    geometry = VolumeGeometry(shape_kji=mask.shape, lps_from_ijk=LPS_FROM_RAS @ image.affine)
    return finest_surface(mask, geometry, EVERY_VOXEL)


def quality_lines(name: str, surfaces: list[Surface], whole: MeasuredSurface) -> Iterator[str]:
    """One line a level."""
    wanted_mm3 = enclosed_volume_mm3(whole.vertices_mm, whole.faces)
    for vertices, faces in surfaces:
        stored: NDArray[np.float64] = vertices.astype(np.float32).astype(np.float64)
        report = report_of(stored, faces, crossings=True)
        deviation = whole.deviation_from(stored, faces)
        yield (
            f"    {name:22s} {len(faces):7d} triangles  {'sound' if report.sound else 'NOT SOUND':9s} "
            f"largest {deviation.most_mm:7.3f} mm  p95 {deviation.p95_mm:6.3f} mm  "
            f"volume {100 * (report.volume_ml * 1000 / wanted_mm3 - 1):+7.3f} %  crossing {report.crossing_pairs}"
        )


def main_part(rounds: int, masks: Path | None = None) -> Iterator[str]:
    """Lines to print, as soon as each is known."""
    chains, missing = peers()
    chains = {OURS: ours, ALONE: collapses_alone, **chains}
    if missing:
        yield f"  not installed: {', '.join(missing)}"
    works: dict[str, Callable[[], Surface]] = {"analytic liver": analytic_liver}
    if masks is not None:
        files = {path.name.split(".")[0]: path for path in (masks / "liver.nii.gz", masks / "portalvein.nii.gz")}
        works = {name: lambda path=path: surface_of(path) for name, path in files.items() if path.exists()}  # type: ignore[misc]
    for title, made in works.items():
        surface = made()
        part = min(1.0, len(surface[1]) / WHOLE)
        counts = tuple(round(count * part) for count in COUNTS)
        yield f"  {title}: {len(surface[1])} triangles to {counts}"
        whole = MeasuredSurface(*surface)
        for name, chain in chains.items():
            if name != ALONE:
                yield from quality_lines(name, chain(surface, counts), whole)
        yield from time_lines(chains, surface, counts, rounds)


def time_lines(chains: dict[str, Chain], surface: Surface, counts: tuple[int, ...], rounds: int) -> Iterator[str]:
    """Medians with everything compiled and warm, rounds interleaved; slow peers run fewer."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in chains}
    for _ in range(rounds):
        for name, chain in chains.items():
            times = taken[name]
            if len(times) >= MOST_SLOW_ROUNDS and times[0][0] > SLOW_SECONDS:
                continue
            wall, processor = time.perf_counter(), time.process_time()
            chain(surface, counts)
            times.append((time.perf_counter() - wall, time.process_time() - processor))
    base = statistics.median(wall for wall, _ in taken[OURS])
    for name, times in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        beside = f"({wall / base:.2f} x ours, {len(times)} rounds)"
        yield f"    {name:22s} {wall:7.3f} s wall  {processor:7.3f} s processor  {beside}"


def main() -> None:
    """Runs this part alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--masks", type=Path, default=None)
    arguments = parser.parse_args()
    for line in main_part(arguments.rounds, arguments.masks):
        print(line, flush=True)


if __name__ == "__main__":
    main()
