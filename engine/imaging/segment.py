"""One segment of a segmentation file: its name, its codes, its voxels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.structure_names import structure_name_of, structure_of_codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A segment, its voxels made when they are asked for.

    Attributes:
        number: what the file calls it: label value or segment number.
        name: what people call it, as the file writes it.
        kind: code of the segmented property type, or "".
        modifiers: codes of laterality, of the type or of the region.
        region: code of the anatomic region, or "".
        mask: gives (k, j, i) bool on the file's own grid.
    """

    number: int
    name: str
    mask: Callable[[], NDArray[np.bool_]]
    kind: str = ""
    modifiers: tuple[str, ...] = ()
    region: str = ""

    def structure(self) -> str | None:
        """The mask name it stands for: by its name, else by its codes.

        The name wins: software writes default codes ("Tissue", "Anatomical structure") for whatever is drawn, and a
        person who names a segment "tumour_02" means the second.
        """
        return structure_name_of(self.name) or structure_of_codes(self.kind, self.modifiers, self.region)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredSegments:
    """All segments of one file.

    Attributes:
        segments: in the file's order; they may overlap.
        geometry: the grid of their masks.
        warnings: sentences for the person.
    """

    segments: tuple[Segment, ...]
    geometry: VolumeGeometry
    warnings: tuple[str, ...] = ()
