"""Compares two sets of structure masks on one grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import TUMOUR_VALUES, structures_present
from engine.errors import GridMismatchError, LabelError
from engine.evaluation.centreline import compare_centrelines
from engine.evaluation.report import Absence, EvaluationReport, StructureAgreement
from engine.evaluation.surfaces import compare_surfaces
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, box_of

ALL_TUMOURS: Final = "tumours"
"""Union of all tumour instances: their numbers need not agree between two people."""

VESSELS: Final = frozenset({"portal_vein", "hepatic_veins", "inferior_vena_cava"})

Mask = NDArray[np.bool_]


class StructureMasks(Mapping[str, Mask]):
    """The structures of a label volume by name; each mask is made when it is asked for.

    Args:
        labels: the label volume. "tumours", the union of all instances, is there if any tumour is.
    """

    def __init__(self, labels: LabelVolume) -> None:
        """Looks which structures there are."""
        self._labels = labels
        present = {int(value) for value in np.unique(labels.labels)}
        self._values = {structure.name: structure.label_values for structure in structures_present(present)}
        if present.intersection(TUMOUR_VALUES):
            self._values[ALL_TUMOURS] = TUMOUR_VALUES

    def __getitem__(self, name: str) -> Mask:
        """(k, j, i) mask of the structure."""
        return self._labels.mask_of(self._values[name])

    def __iter__(self) -> Iterator[str]:
        """Names of the structures present."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many structures are present."""
        return len(self._values)


def evaluate_labels(
    predicted: Mapping[str, Mask], reference: Mapping[str, Mask], geometry: VolumeGeometry
) -> EvaluationReport:
    """Compares every structure of either side.

    Args:
        predicted: (k, j, i) masks by structure name.
        reference: (k, j, i) masks by structure name.
        geometry: the grid of both.

    Raises:
        LabelError: the two sides have no structure at all.
        GridMismatchError: a mask has another shape than the grid.
    """
    names = [*reference, *(name for name in predicted if name not in reference)]
    if not names:
        raise LabelError("There is nothing to compare.", cure="Give label maps with at least one structure.")
    return EvaluationReport(
        structures=tuple(
            compare_structure(name, _mask_of(predicted, name, geometry), _mask_of(reference, name, geometry), geometry)
            for name in names
        )
    )


def compare_structure(name: str, predicted: Mask, reference: Mask, geometry: VolumeGeometry) -> StructureAgreement:
    """Compares one structure; vessels also along their centrelines."""
    predicted, reference, geometry = _cropped_to_both(predicted, reference, geometry)
    ours, theirs = int(np.count_nonzero(predicted)), int(np.count_nonzero(reference))
    common = int(np.count_nonzero(predicted & reference))
    either = ours + theirs - common
    absence = _absence(ours, theirs)
    return StructureAgreement(
        name=name,
        dice=2.0 * common / (ours + theirs) if either else None,
        jaccard=common / either if either else None,
        predicted_ml=ours * geometry.voxel_volume_ml,
        reference_ml=theirs * geometry.voxel_volume_ml,
        surface=None if absence else compare_surfaces(predicted, reference, geometry),
        centreline=compare_centrelines(predicted, reference) if name in VESSELS and not absence else None,
        absence=absence,
    )


def _absence(ours: int, theirs: int) -> Absence | None:
    if not ours and not theirs:
        return "absent in both"
    if not ours:
        return "absent in the prediction"
    return None if theirs else "absent in the reference"


def _mask_of(masks: Mapping[str, Mask], name: str, geometry: VolumeGeometry) -> Mask:
    if name not in masks:
        return np.zeros(geometry.shape_kji, dtype=bool)
    mask = np.asarray(masks[name], dtype=bool)
    if mask.shape != geometry.shape_kji:
        raise GridMismatchError(
            f"The mask of {name} has {mask.shape} voxels, the grid {geometry.shape_kji}.",
            cure="Compare segmentations on the same scan's own grid.",
        )
    return mask


def _cropped_to_both(predicted: Mask, reference: Mask, geometry: VolumeGeometry) -> tuple[Mask, Mask, VolumeGeometry]:
    either = predicted | reference
    box = box_of(either)
    if box is None:
        return predicted, reference, geometry
    k, j, i = either[box].shape
    start = (box[0].start, box[1].start, box[2].start)
    return predicted[box], reference[box], geometry.cropped(start, (k, j, i))
