"""Records of the manifest made from what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure
from engine.case_anatomy import (
    LIVER_MAP_STEM,
    TREES_STEM,
    arrays_of_liver_map,
    arrays_of_trees,
    record_of_box,
)
from engine.case_files import CaseFiles
from engine.case_manifest import AnatomyRecord, Point, SegmentRecord, StructureRecord
from engine.liver_map import SEGMENTS, LiverMap
from engine.surface import MeshLevel
from engine.tumours.diameters import Diameter
from engine.tumours.measures import TumourMeasure
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, box_of


def volumes_ml(labels: LabelVolume) -> NDArray[np.float64]:
    """(256,) millilitres of every label value, counted."""
    counts = np.bincount(labels.labels.ravel(), minlength=256).astype(np.float64)
    return counts * labels.geometry.voxel_volume_ml


class StructureRecords:
    """Writes surfaces and makes the records of structures.

    Args:
        files: where the surfaces go.
        labels: the label map that volumes are counted on.
    """

    def __init__(self, files: CaseFiles, labels: LabelVolume) -> None:
        self._files = files
        self._labels = labels
        self._volume_ml_of_value = volumes_ml(labels)

    def add(
        self, structure: Structure, levels: Sequence[MeshLevel], *, size: TumourMeasure | None = None
    ) -> StructureRecord:
        """Writes the surfaces, finest first (none if none could be made), and describes the structure.

        Args:
            structure: what it is.
            levels: its surfaces.
            size: of a tumour, how large it is.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        bounds = levels[0].bounds_lps_mm if levels else self._voxel_bounds(structure)
        return StructureRecord(
            name=structure.name,
            title=structure.title,
            label_values=structure.label_values,
            snomed=structure.snomed,
            colour=structure.colour,
            volume_ml=float(self._volume_ml_of_value[list(structure.label_values)].sum()),
            bounds_lps_mm=(_point(bounds[0]), _point(bounds[1])),
            levels=tuple(self._files.save_level(structure.name, n, level) for n, level in enumerate(levels)),
            longest_axial_mm=size.longest_axial.length_mm if size else None,
            longest_axial_ends_lps_mm=_ends(size.longest_axial) if size else None,
        )

    def _voxel_bounds(self, structure: Structure) -> NDArray[np.float32]:
        """(2, 3) box around a structure's voxel centres, LPS mm."""
        box = box_of(self._labels.mask_of(structure.label_values))
        if box is None:
            raise ValueError(f"the labels have no voxel of {structure.name}")
        ends = [(part.start, part.stop - 1) for part in reversed(box)]
        corners = [[i, j, k] for i in ends[0] for j in ends[1] for k in ends[2]]
        points = self._labels.geometry.lps_from_index(corners).astype(np.float32)
        return np.stack([points.min(axis=0), points.max(axis=0)])


def anatomy_record(
    files: CaseFiles, trees: VesselTrees, liver_map: LiverMap, variants: Sequence[str], voxel_ml: float
) -> AnatomyRecord:
    """Writes the vessel trees and what each voxel of the liver belongs to; segments are counted on the map.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    voxels = np.bincount(liver_map.segment.ravel(), minlength=256)
    unsure = np.bincount(liver_map.segment[liver_map.uncertain > 0], minlength=256)
    return AnatomyRecord(
        trees=files.save_arrays(TREES_STEM, arrays_of_trees(trees)),
        liver_map=files.save_arrays(LIVER_MAP_STEM, arrays_of_liver_map(liver_map)),
        box_kji=record_of_box(liver_map.box),
        segments=tuple(
            SegmentRecord(
                **asdict(segment),
                volume_ml=float(voxels[segment.value]) * voxel_ml,
                uncertain_ml=float(unsure[segment.value]) * voxel_ml,
            )
            for segment in SEGMENTS
        ),
        variants=tuple(variants),
    )


def _ends(diameter: Diameter) -> tuple[Point, Point]:
    return _point(diameter.ends_lps_mm[0]), _point(diameter.ends_lps_mm[1])


def _point(values: NDArray[np.floating[Any]]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
