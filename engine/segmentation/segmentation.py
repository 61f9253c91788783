"""Segments a scan: body and organs, then the liver's outline, vessels and tumours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.class_probability import ClassProbability
from engine.errors import SegmentationError
from engine.progress import Progress
from engine.segmentation.classes import LIVER_CLASSES
from engine.segmentation.coarse import CoarseAnswer, coarse_answer
from engine.segmentation.fine import fine_answer
from engine.segmentation.liver_edge import edge_warnings, size_warnings
from engine.segmentation.loaded_network import load_shipped
from engine.segmentation.postprocess import number_lesions, organ_labels, paint_liver
from engine.segmentation.precision import chosen_device
from engine.segmentation.scan_quality import scan_warnings
from engine.segmentation.vessel_refinement import refine_vessels
from engine.volume import LabelVolume, ScanVolume

_LEAST_LIVER_ML = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """What the networks found.

    Attributes:
        labels: label map on the scan's own grid; tumours are numbered, largest first.
        probability: calibrated class probabilities around the liver, None from the fast model.
        network: names and versions of the networks.
        device: where they ran in the end.
        warnings: what a person should check, in plain sentences.
        stage_seconds: seconds each stage took.
    """

    labels: LabelVolume
    probability: ClassProbability | None
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
        fast: the coarse network alone, with what it knows of vessels and tumours.
        mirror: average with the answers on the mirror image where a network was trained on mirror images.
        progress: told about both stages; what it raises passes through.

    Raises:
        WeightsError: weights are missing or do not match their card.
        SegmentationError: no liver was found, the device cannot be used, or memory does not suffice.
    """
    where = chosen_device(device)
    seconds: dict[str, float] = {}
    progress.stage("Finding the organs")
    started = time.perf_counter()
    network = load_shipped("coarse")
    names = f"{network.card.name} {network.card.version}"
    coarse = coarse_answer(scan, network, device=where, mirror=mirror, advance=_part(progress, 0.0, 0.8))
    _check_liver(coarse)
    labels = organ_labels(coarse.grid, scan.geometry)
    progress.advance(1.0)
    seconds["organs"] = time.perf_counter() - started
    where, warnings, probability = coarse.device, coarse.warnings, None
    if fast:
        number_lesions(labels, scan.voxels_hu, scan.geometry)
    else:
        progress.stage("Finding vessels and tumours in the liver")
        started = time.perf_counter()
        network = load_shipped("fine")
        names += f", {network.card.name} {network.card.version}"
        fine = fine_answer(scan, coarse.grid, network, device=where, mirror=mirror, advance=_part(progress, 0.0, 0.8))
        where, probability = fine.device, fine.probability
        warnings += tuple(one for one in fine.warnings if one not in warnings)
        paint_liver(labels, scan, coarse.grid, fine.grid)
        progress.advance(0.9)
        seconds["liver"] = time.perf_counter() - started
        started = time.perf_counter()
        labels = refine_vessels(scan, LabelVolume(labels=labels, geometry=scan.geometry), probability).labels
        progress.advance(1.0)
        seconds["vessels"] = time.perf_counter() - started
    started = time.perf_counter()
    volume = LabelVolume(labels=labels, geometry=scan.geometry)
    warnings += (*scan_warnings(scan, coarse.grid, coarse.hu), *edge_warnings(volume), *size_warnings(volume))
    seconds["checks"] = time.perf_counter() - started
    return Segmentation(
        labels=volume, probability=probability, network=names, device=where, warnings=warnings, stage_seconds=seconds
    )


def _check_liver(coarse: CoarseAnswer) -> None:
    grid = coarse.grid
    if float(grid.mask_of(LIVER_CLASSES).sum()) * grid.geometry.voxel_volume_ml < _LEAST_LIVER_ML:
        raise SegmentationError(
            "No liver was found in this scan.",
            cure="Check that it is a CT of the abdomen in Hounsfield units, or give a segmentation with --labels.",
        )


def _part(progress: Progress, start: float, end: float) -> Callable[[float], None]:
    """Maps a step's own 0 to 1 onto its part of the stage."""
    return lambda fraction: progress.advance(start + fraction * (end - start))
