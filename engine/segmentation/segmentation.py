"""Segments a scan: body, organs, then vessels and tumours in the liver."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.errors import SegmentationError
from engine.progress import Progress
from engine.segmentation.coarse import coarse_grid
from engine.segmentation.fine import fine_grid
from engine.segmentation.loaded_network import load_shipped
from engine.segmentation.postprocess import liver_warnings, organ_labels, paint_liver
from engine.segmentation.precision import chosen_device
from engine.volume import LabelVolume, ScanVolume

_LEAST_LIVER_ML = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """What the networks found.

    Attributes:
        labels: label map on the scan's own grid.
        network: names and versions of the networks.
        device: where they ran in the end.
        warnings: what a person should check, in plain sentences.
        stage_seconds: seconds each stage took.
    """

    labels: LabelVolume
    network: str
    device: str
    warnings: tuple[str, ...]
    stage_seconds: Mapping[str, float]


def segment(
    scan: ScanVolume, *, device: str = "auto", fast: bool = False, mirror: bool = False, progress: Progress
) -> Segmentation:
    """Finds liver, vessels, tumours and neighbouring organs in an abdominal CT.

    How the scan is stored does not matter: the networks only ever see true LPS axes.

    Args:
        scan: the CT.
        device: "auto", "cpu" or "cuda".
        fast: organs alone, without vessels and tumours inside the liver.
        mirror: average with the answers on the mirror image where a network was trained on mirror images.
        progress: told about both stages; what it raises passes through.

    Raises:
        WeightsError: weights are missing or do not match their card.
        SegmentationError: no liver was found, or the device cannot be used.
    """
    where = chosen_device(device)
    seconds: dict[str, float] = {}
    progress.stage("Finding the organs")
    started = time.perf_counter()
    network = load_shipped("coarse")
    names = f"{network.card.name} {network.card.version}"
    coarse, where, warnings = coarse_grid(scan, network, device=where, mirror=mirror, advance=_part(progress, 0.0, 0.8))
    labels = organ_labels(coarse, scan.geometry)
    progress.advance(1.0)
    if float(coarse.mask("liver").sum()) * coarse.geometry.voxel_volume_ml < _LEAST_LIVER_ML:
        raise SegmentationError(
            "No liver was found in this scan.",
            cure="Check that it is a CT of the abdomen in Hounsfield units, or give a segmentation with --labels.",
        )
    seconds["organs"] = time.perf_counter() - started
    if not fast:
        progress.stage("Finding vessels and tumours in the liver")
        started = time.perf_counter()
        network = load_shipped("fine")
        names += f", {network.card.name} {network.card.version}"
        fine, where, more = fine_grid(
            scan, coarse, network, device=where, mirror=mirror, advance=_part(progress, 0.0, 0.8)
        )
        paint_liver(labels, scan, fine)
        progress.advance(1.0)
        warnings += more
        seconds["liver"] = time.perf_counter() - started
    volume = LabelVolume(labels=labels, geometry=scan.geometry)
    return Segmentation(
        labels=volume,
        network=names,
        device=where,
        warnings=(*warnings, *liver_warnings(volume)),
        stage_seconds=seconds,
    )


def _part(progress: Progress, start: float, end: float) -> Callable[[float], None]:
    """Maps a step's own 0 to 1 onto its part of the stage."""
    return lambda fraction: progress.advance(start + fraction * (end - start))
