"""Builds the surfaces of a case in several processes: decimation holds the GIL, so threads would not help."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure
from engine.errors import MeshError
from engine.geometry import VolumeGeometry
from engine.surface import MeshLevel
from engine.volume import LabelVolume

WORTH_IT_VOXELS = 8_000_000
"""Below this a process takes longer to start than the surfaces take to build."""
MOST_WORKERS = 4
"""Each holds Open3D and a few surfaces: about 0.7 GB."""

_labels: LabelVolume | None = None
"""In a worker: the label map, mapped from disk."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltSurface:
    """What became of one structure.

    Attributes:
        structure: as it was asked for.
        levels: finest first; empty where no closed surface could be made.
        problem: why there are none.
    """

    structure: Structure
    levels: tuple[MeshLevel, ...]
    problem: MeshError | None = None


def build_surfaces(
    labels: LabelVolume, labels_file: Path, structures: Sequence[Structure]
) -> Generator[BuiltSurface, None, None]:
    """Builds all surfaces, each handed over as soon as it is ready.

    Args:
        labels: the label map.
        labels_file: the same as .npy on disk, for the workers.
        structures: what to build.
    """
    workers = min(worker_count(), len(structures))
    if workers < 2 or labels.labels.size < WORTH_IT_VOXELS:
        yield from (build_surface(labels, structure) for structure in structures)
        return
    done: set[str] = set()
    try:
        for surface in _built_by_workers(labels.geometry, labels_file, structures, workers):
            done.add(surface.structure.name)
            yield surface
    except BrokenProcessPool:
        # A worker was killed, by lack of memory most likely: one process at a time needs less.
        yield from (build_surface(labels, structure) for structure in structures if structure.name not in done)


def build_surface(labels: LabelVolume, structure: Structure) -> BuiltSurface:
    """Builds one surface here; a failure is told, not raised."""
    from engine.meshing import build_mesh_levels

    try:
        return BuiltSurface(structure=structure, levels=build_mesh_levels(labels, structure))
    except MeshError as problem:
        return BuiltSurface(structure=structure, levels=(), problem=problem)


def worker_count() -> int:
    """Processors this process may use, at most `MOST_WORKERS`."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def _built_by_workers(
    geometry: VolumeGeometry, labels_file: Path, structures: Sequence[Structure], workers: int
) -> Generator[BuiltSurface, None, None]:
    earlier = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers,
        # Spawned, not forked: numba's and Open3D's threads do not survive a fork.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(labels_file, geometry.lps_from_ijk),
    )
    finished = False
    try:
        futures: list[Future[tuple[Structure, tuple[MeshLevel, ...], str | None]]] = [
            pool.submit(_build_in_worker, structure) for structure in structures
        ]
        for future in as_completed(futures):
            structure, levels, problem = future.result()
            yield BuiltSurface(
                structure=structure, levels=levels, problem=None if problem is None else MeshError(problem)
            )
        finished = True
    finally:
        if not finished:
            # Ctrl-C must not wait for a surface that nobody wants any more.
            for process in set(multiprocessing.active_children()) - earlier:
                process.kill()
        pool.shutdown(wait=finished, cancel_futures=True)


def _start_worker(labels_file: Path, lps_from_ijk: NDArray[np.float64]) -> None:
    global _labels  # noqa: PLW0603 - the one thing a worker remembers between surfaces
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    values = np.load(labels_file, mmap_mode="r", allow_pickle=False)
    _labels = LabelVolume(labels=values, geometry=VolumeGeometry(shape_kji=values.shape, lps_from_ijk=lps_from_ijk))


def _build_in_worker(structure: Structure) -> tuple[Structure, tuple[MeshLevel, ...], str | None]:
    assert _labels is not None
    surface = build_surface(_labels, structure)
    return structure, surface.levels, None if surface.problem is None else surface.problem.what
