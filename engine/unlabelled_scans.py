"""Scans without labels, read from a person's own folder for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import EmptyScanError, ScanError
from engine.progress import Progress
from engine.volume import ScanVolume, box_of

if TYPE_CHECKING:
    from engine.training.sources import TrainingVolume
    from models.card import NetworkCard

_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz")
_MARGIN_MM = 30.0

Voxel = TypeVar("Voxel", bound=np.generic)


def read_unlabelled(folder: Path, card: NetworkCard, progress: Progress) -> list[TrainingVolume]:
    """Every CT in a folder, made ready for training; scans that cannot be used are left out and counted.

    Args:
        folder: holds NIfTI, NRRD or archive files and folders of DICOM files, one scan each; or is itself one scan.
        card: the fine network's scans are cut to the liver, which the shipped coarse network finds.
        progress: told about every scan.

    Raises:
        EmptyScanError: no scan in it can be used.
        OperationCancelledError: `progress` said so.
    """
    from engine.imaging import read_scan

    progress.stage("Reading unlabelled scans")
    paths = list(_scans_in(folder))
    volumes = []
    for number, path in enumerate(paths):
        try:
            volume = _prepared(read_scan(path).scan, card, f"unlabelled {number + 1}")
        except ScanError:
            volume = None
        if volume is not None:
            volumes.append(volume)
        progress.advance((number + 1) / len(paths), f"{len(volumes)} of {number + 1} can be used")
    if not volumes:
        raise EmptyScanError(
            "None of the unlabelled scans can be used.",
            cure="Give a folder with one NIfTI file, archive or DICOM folder for each CT of the abdomen.",
        )
    return volumes


def _scans_in(folder: Path) -> Iterator[Path]:
    """The folder's scan files and the folders in it; the folder itself where it holds neither."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    scans = [path for path in inside if path.is_dir() or path.name.lower().endswith(_ENDINGS)]
    yield from scans or [folder]


def _prepared(scan: ScanVolume, card: NetworkCard, name: str) -> TrainingVolume | None:
    """The scan in canonical order on about the card's spacing; None where a liver is needed and none was found."""
    from engine.training import tissues
    from engine.training.sources import TrainingVolume, body_mask

    image, spacing = in_canonical_order(scan.voxels_hu, scan)
    image, coarser = block_means(image, spacing, card.spacing_mm)
    body = np.where(body_mask(image), np.uint8(tissues.MUSCLE), np.uint8(0))
    volume = TrainingVolume(name=name, tissues=body, image_hu=image, spacing_kji_mm=coarser, known_classes=())
    if card.task != "fine":
        return volume
    liver, _ = in_canonical_order(_liver_of(scan), scan)
    share, _ = block_means(liver.astype(np.int16) * 100, spacing, card.spacing_mm)
    return _around_liver(volume, share > 50)


def _liver_of(scan: ScanVolume) -> NDArray[np.bool_]:
    from engine.progress import SilentProgress
    from engine.segmentation import segment

    labels = segment(scan, fast=True, progress=SilentProgress()).labels.labels
    return np.isin(labels, anatomy.LIVER_VALUES)


def _around_liver(volume: TrainingVolume, liver: NDArray[np.bool_]) -> TrainingVolume | None:
    """The scan cut to its liver and a margin, in HU relative to the liver's median, as the fine network sees it."""
    from engine.training import tissues

    box = box_of(liver)
    if box is None:
        return None
    grown = tuple(
        slice(max(0, side.start - int(_MARGIN_MM / step)), side.stop + int(_MARGIN_MM / step))
        for side, step in zip(box, volume.spacing_kji_mm, strict=True)
    )
    median = np.median(volume.image_hu[liver])
    image = np.clip(volume.image_hu[grown] - median, -1300, 1500).astype(np.int16)
    marked = np.where(liver, np.uint8(tissues.LIVER), volume.tissues)[grown]
    return replace(volume, tissues=np.ascontiguousarray(marked), image_hu=np.ascontiguousarray(image))


def in_canonical_order(voxels: NDArray[Voxel], scan: ScanVolume) -> tuple[NDArray[Voxel], tuple[float, float, float]]:
    """Voxels with k growing superior, j posterior, i left, as near as axes allow, and their spacing (k, j, i) in mm.

    Args:
        voxels: (k, j, i) on the scan's grid.
        scan: says where the axes point.
    """
    direction = scan.geometry.direction  # columns: unit axes of i, j, k in LPS
    toward = [int(np.argmax(np.abs(direction[row]))) for row in range(3)]  # the index axis along L, P, S
    if len(set(toward)) < 3:  # turned by 45 degrees: any assignment is as good, but each axis once
        toward = [0, 1, 2]
    order = [2 - toward[2], 2 - toward[1], 2 - toward[0]]  # array axes for S, P, L
    turned = voxels.transpose(order)
    for axis, row in enumerate((2, 1, 0)):
        if direction[row, toward[row]] < 0:
            turned = np.flip(turned, axis)
    spacing = scan.geometry.spacing_kji_mm
    return np.ascontiguousarray(turned), (float(spacing[order[0]]), float(spacing[order[1]]), float(spacing[order[2]]))


def block_means(
    image: NDArray[np.int16], spacing_kji_mm: tuple[float, float, float], wanted_mm: float
) -> tuple[NDArray[np.int16], tuple[float, float, float]]:
    """The image in whole blocks of voxels averaged, as coarse as it may be without being coarser than wanted."""
    sides = [max(1, int(wanted_mm / step + 1e-6)) for step in spacing_kji_mm]
    counts = [max(1, extent // side) for extent, side in zip(image.shape, sides, strict=True)]
    sides = [min(side, extent) for side, extent in zip(sides, image.shape, strict=True)]
    cut = image[tuple(slice(0, count * side) for count, side in zip(counts, sides, strict=True))]
    blocks = cut.reshape(counts[0], sides[0], counts[1], sides[1], counts[2], sides[2])
    means = np.round(blocks.mean(axis=(1, 3, 5), dtype=np.float32)).astype(np.int16)
    k, j, i = (step * side for step, side in zip(spacing_kji_mm, sides, strict=True))
    return means, (k, j, i)
