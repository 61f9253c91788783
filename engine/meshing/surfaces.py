"""The finest surfaces of all structures of a label volume, in one pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure
from engine.meshing.boxes import LabelBoxes, find_boxes
from engine.meshing.budgets import MeshBudgets, budgets_for
from engine.meshing.field import BoxedMask, SampledField
from engine.meshing.isosurface import drawn_surface
from engine.volume import LabelVolume

MOST_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FinestSurface:
    """A structure's closed surface before any simplification.

    Attributes:
        structure: what it is of.
        vertices_lps_mm: (n, 3) float64 patient LPS mm.
        faces: (m, 3) int64, counter-clockwise seen from outside.
        mask: its voxels.
        field: what the surface was drawn from.
    """

    structure: Structure
    vertices_lps_mm: NDArray[np.float64]
    faces: NDArray[np.int64]
    mask: BoxedMask
    field: SampledField

    @property
    def pieces(self) -> int:
        """Connected pieces, islands and cavities counted."""
        from engine.meshing.smoothing.kernels import pieces_of

        return int(pieces_of(self.faces.astype(np.int32), len(self.vertices_lps_mm))[1])

    @property
    def undrawn_islands(self) -> int:
        """Specks of the mask that the surface does not show, because they lie within a smoothed outline's reach."""
        from engine.meshing.islands import undrawn_islands

        return undrawn_islands(self.mask, self.field)


def build_surfaces(
    labels: LabelVolume,
    structures: Sequence[Structure],
    *,
    budgets: Callable[[Structure], MeshBudgets] = budgets_for,
    threads: int | None = None,
) -> Generator[FinestSurface, None, None]:
    """Builds the finest surface of every structure, handed over as they get ready, largest first.

    One pass over the labels finds all boxes; then threads (the compiled loops release the GIL) take a structure each.

    Args:
        labels: where the structures' voxels are.
        structures: what to build; a structure's label values are joined (a liver includes what lies in it). One
            without voxels is left out.
        budgets: how fine each may be.
        threads: at most so many at once; the processor's cores by default.

    """
    with ThreadPoolExecutor(threads or usable_cores()) as executor:
        boxes = find_boxes(labels.labels, executor)
        present = [structure for structure in structures if _voxels(boxes, structure)]
        by_size = sorted(present, key=lambda structure: _voxels(boxes, structure), reverse=True)
        futures = [executor.submit(_built, boxes, labels, structure, budgets(structure)) for structure in by_size]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def usable_cores() -> int:
    """Processors this process may use, at most `MOST_THREADS`."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_THREADS)


def _voxels(boxes: LabelBoxes, structure: Structure) -> int:
    return int(boxes.bounds[list(structure.label_values), 6].sum())


def _built(boxes: LabelBoxes, labels: LabelVolume, structure: Structure, budgets: MeshBudgets) -> FinestSurface:
    mask = boxes.mask_of(structure.label_values)
    assert mask is not None
    (vertices, faces), field = drawn_surface(mask, labels.geometry, budgets)
    return FinestSurface(structure=structure, vertices_lps_mm=vertices, faces=faces, mask=mask, field=field)
