"""Builds the surfaces of a case with all levels of detail, by threads: the loops release the GIL."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.anatomy import Structure
from engine.errors import MeshError
from engine.surface import MeshLevel
from engine.volume import LabelVolume

if TYPE_CHECKING:
    from engine.meshing import FinestSurface

MANY_PIECES = 100
"""From here on a structure in pieces is worth a word: it is noise, or a tree that fell apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltSurface:
    """What became of one structure.

    Attributes:
        structure: as it was asked for.
        levels: finest first; empty where no closed surface could be made.
        problem: why there are none.
        pieces: connected pieces of the finest surface, cavities counted.
        undrawn_islands: specks of its voxels that no surface shows.
    """

    structure: Structure
    levels: tuple[MeshLevel, ...]
    problem: MeshError | None = None
    pieces: int = 0
    undrawn_islands: int = 0

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that a person who sees the surface should know."""
        if self.problem is not None:
            return (f"{self.structure.title} is measured but not shown: {self.problem.what}",)
        remarks = []
        if self.pieces >= MANY_PIECES:
            remarks.append(
                f"{self.structure.title} lies in {self.pieces} separate pieces. All of them are measured and drawn; "
                "seen from afar the smallest are left out."
            )
        if self.undrawn_islands:
            specks = "speck" if self.undrawn_islands == 1 else "specks"
            remarks.append(
                f"{self.structure.title} has {self.undrawn_islands} {specks} too small or too near to its surface "
                "to be drawn; all its voxels are measured."
            )
        return tuple(remarks)


def build_surfaces(labels: LabelVolume, structures: Sequence[Structure]) -> Generator[BuiltSurface, None, None]:
    """Builds all surfaces, each handed over as soon as it is ready; a failure is told, not raised.

    Args:
        labels: the label map.
        structures: what to build.
    """
    from engine.meshing import build_surfaces as build_finest
    from engine.meshing.surfaces import usable_cores

    with ThreadPoolExecutor(usable_cores()) as executor:
        futures = [executor.submit(_with_levels, surface) for surface in build_finest(labels, structures)]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
    found = {future.result().structure.name for future in futures}
    for structure in structures:
        if structure.name not in found:
            yield BuiltSurface(structure=structure, levels=(), problem=MeshError("It has no voxels."))


def _with_levels(surface: FinestSurface) -> BuiltSurface:
    from engine.meshing.levels import levels_of

    pieces, undrawn = surface.pieces, surface.undrawn_islands
    try:
        levels = levels_of((surface.vertices_lps_mm, surface.faces), surface.structure)
    except MeshError as problem:
        return BuiltSurface(structure=surface.structure, levels=(), problem=problem, pieces=pieces)
    return BuiltSurface(structure=surface.structure, levels=levels, pieces=pieces, undrawn_islands=undrawn)
