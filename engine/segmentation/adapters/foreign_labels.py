"""From somebody else's classes to our label map."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER
from engine.errors import SegmentationError, WeightsError
from engine.label_tables import unknown_names
from engine.labelling import compose_labels
from engine.segmentation.segmentation import Segmentation
from engine.structure_names import LIVER_VESSELS, is_ignored, nearest_names, structure_name_of
from engine.volume import LabelVolume, ScanVolume


def structures_of_classes(classes: Mapping[int, str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """(class index -> mask name, warnings about classes that are left out).

    Raises:
        WeightsError: no class is one of ours.
    """
    named = {index: structure_name_of(name) for index, name in classes.items() if not is_ignored(name)}
    ours = {index: name for index, name in named.items() if name is not None}
    if not ours:
        raise WeightsError(
            "The network finds nothing that is planned with here.", cure="Give a network that finds the liver."
        )
    unknown = unknown_names([name for name in classes.values() if not is_ignored(name)])
    if not unknown:
        return ours, ()
    # Names of classes are the network's, not a patient's.
    listed = ", ".join(f"{name}{_like(name)}" for name in unknown[:12])
    return ours, (f"Classes of the network that are not known here were left out: {listed}.",)


def _like(name: str) -> str:
    nearest = nearest_names(name, most=1)
    return f" (like {nearest[0]}?)" if nearest else ""


def composed(masks: dict[str, NDArray[np.bool_]], scan: ScanVolume) -> tuple[LabelVolume, tuple[str, ...]]:
    """(label map, warnings) of masks on the scan's grid; vessels of one class become hepatic veins.

    Raises:
        SegmentationError: there is no liver.
    """
    warnings: tuple[str, ...] = ()
    vessels = masks.pop(LIVER_VESSELS, None)
    if vessels is not None and vessels.any():
        masks["hepatic_veins"] = vessels | masks.get("hepatic_veins", vessels)
        warnings = (
            "The network has one class for portal and hepatic veins; they are taken for hepatic veins until the "
            "vessel trees are told apart.",
        )
    labels = compose_labels(masks, scan.geometry)
    if not labels.mask_of(LIVER.label_values).any():
        raise SegmentationError(
            "The network found no liver in this scan.",
            cure="Check that the scan covers the abdomen and that the network's orientation is right (#RAS or #LPS).",
        )
    return labels, warnings


def finished(
    labels: LabelVolume, *, network: str, device: str, warnings: tuple[str, ...], started: float
) -> Segmentation:
    """The answer of an adapter; foreign networks give no calibrated probabilities."""
    return Segmentation(
        labels=labels,
        probability=None,
        network=network,
        device=device,
        warnings=warnings,
        stage_seconds={"with another network": time.perf_counter() - started},
    )


def masks_of_classes(winner: NDArray[np.uint8], ours: Mapping[int, str]) -> dict[str, NDArray[np.bool_]]:
    """Mask name -> (k, j, i) mask; classes of one structure are united."""
    masks: dict[str, NDArray[np.bool_]] = {}
    for index, name in ours.items():
        mask = winner == index
        masks[name] = masks[name] | mask if name in masks else mask
    return masks
