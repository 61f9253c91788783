"""Samples for the fine network: vessels and tumours inside the liver, in HU relative to the liver's median."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.training import tissues
from engine.training.sample import IGNORED, Sample
from engine.training.sources import TrainingVolume, read_crlm1100, read_lps
from engine.training.synthesis import WarpSettings, add_tumours, blurred, smooth_noise, warped
from models.card import NetworkCard

_VESSEL: Final = 11
_CLASS_OF_TISSUE: Final = torch.tensor([0, 0, *[0] * 9, 1, *[0] * 6, 2, 0, 0], dtype=torch.uint8)
_SHELL_VOXELS: Final = 4


def read_fine_sources(data_dir: Path) -> list[TrainingVolume]:
    """The pack's MSD livers with their vessels, and the one scan whose tumours radiologists drew."""
    volumes = []
    for path in sorted((data_dir / "label_pack_1p5mm").glob("MSD-*_liver.nii.gz")):
        liver, spacing = read_lps(path)
        vessel, _ = read_lps(path.with_name(path.name.replace("_liver", "_vessel")))
        labels = np.where(liver > 0, np.uint8(tissues.LIVER), np.uint8(0))
        labels[vessel > 0] = _VESSEL
        volumes.append(
            TrainingVolume(
                name=path.name.split("_")[0],
                tissues=labels,
                image_hu=np.zeros((0, 0, 0), np.int16),
                spacing_kji_mm=spacing,
                known_classes=(0, 1, 2),
            )
        )
    volumes.append(_relative_to_liver(read_crlm1100(data_dir / "crlm1100"), weight=0.15 * len(volumes)))
    return volumes


def _relative_to_liver(volume: TrainingVolume, *, weight: float) -> TrainingVolume:
    """The scan cut to its liver and a margin, the liver's median HU taken off; its vessels are not labelled."""
    liver = np.isin(volume.tissues, (tissues.LIVER, tissues.TUMOUR))
    places = np.argwhere(liver)
    low, high = np.maximum(places.min(0) - 12, 0), places.max(0) + 13
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    labels = np.where(liver, volume.tissues, np.uint8(0))[box]
    median = np.median(volume.image_hu[volume.tissues == tissues.LIVER])
    return TrainingVolume(
        name=volume.name, tissues=np.ascontiguousarray(labels),
        image_hu=np.ascontiguousarray(np.clip(volume.image_hu[box] - median, -1200, 1200).astype(np.int16)),
        spacing_kji_mm=volume.spacing_kji_mm, known_classes=(0, 2), weight=weight,
    )  # fmt: skip


class FineTask:
    """Draws a liver by weight, bends it, and invents or takes its intensities.

    Args:
        volumes: what to draw from.
        card: patch shape and spacing.
    """

    def __init__(self, volumes: Sequence[TrainingVolume], card: NetworkCard) -> None:
        """Prepares the shares and the places patches are drawn around."""
        self._volumes = tuple(volumes)
        weights = np.array([volume.weight for volume in volumes])
        self._shares = weights / weights.sum()
        # Real tumours are few: patches of a scan that has them are drawn around them.
        self._places = [
            np.argwhere(volume.tissues == (tissues.TUMOUR if volume.has_image else tissues.LIVER)) for volume in volumes
        ]
        self._settings = WarpSettings(
            shape_kji=card.patch_kji, spacing_mm=card.spacing_mm, rotation_deg=25, bend_mm=4, off_centre_mm=(20, 20, 20)
        )

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        number = int(rng.choice(len(self._volumes), p=self._shares))
        volume, places = self._volumes[number], self._places[number]
        middle = places[rng.integers(len(places))].astype(np.float64)
        labels, hu = warped(volume, self._settings, middle, rng)
        shell = _within((labels > 0).float(), _SHELL_VOXELS)
        if volume.has_image:
            hu = hu * float(rng.uniform(0.7, 1.4)) + float(rng.normal(0, 6))
        else:
            vessels = labels == _VESSEL
            if rng.random() < 0.75:
                plain = torch.where(vessels, torch.tensor(tissues.LIVER, dtype=torch.uint8), labels)
                labels = torch.where(vessels, labels, add_tumours(plain, self._settings.spacing_mm, rng))
                if rng.random() < 0.7:  # most tumours push vessels aside or close them
                    near = _within((labels == tissues.TUMOUR).float(), 3) > 0
                    inner = near & vessels & (smooth_noise(self._settings.shape_kji, 20, generator) > 0)
                    labels = torch.where(inner, torch.tensor(tissues.TUMOUR, dtype=torch.uint8), labels)
            hu = liver_hu(labels, rng, generator)
        hu = scanned(hu, rng, generator)
        target = _CLASS_OF_TISSUE[labels.long()]
        target = torch.where(shell > 0, target, torch.tensor(IGNORED, dtype=torch.uint8))
        for axis in range(3):  # inside the liver nothing depends on the side, so mirrors are free variety
            if rng.random() < 0.5:
                hu, target = hu.flip(axis), target.flip(axis)
        return Sample(hu=hu.contiguous(), target=target.contiguous(), known_classes=volume.known_classes)


def _within(mask: torch.Tensor, reach: int) -> torch.Tensor:
    """Largest value within `reach` voxels along each axis; one axis after the other costs 27 instead of 729 reads."""
    result = mask[None, None]
    for axis in range(3):
        size, pad = [1, 1, 1], [0, 0, 0]
        size[axis], pad[axis] = 2 * reach + 1, reach
        result = functional.max_pool3d(result, size, 1, pad)
    return result[0, 0]


def _vessel_contrast(rng: np.random.Generator) -> float:
    """HU above the liver: mostly enhanced, sometimes native or fatty, never invisible."""
    if rng.random() < 0.85:
        return float(rng.uniform(14, 90))
    return -float(rng.uniform(10, 30))


def _tumour_contrast(rng: np.random.Generator) -> float:
    return float(-rng.uniform(15, 80) if rng.random() < 0.85 else rng.uniform(15, 60))


def _surroundings(shape: tuple[int, int, int], rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """What lies against a liver: fat, muscle and organs in patches, and lung on one side at times."""
    patches = smooth_noise(shape, 9, generator)
    values = rng.permutation(
        np.array([-180.0, -170.0, rng.uniform(-90, -20), rng.uniform(-60, 60), rng.uniform(-20, 100)], dtype=np.float32)
    )
    edges = torch.tensor([-1.0, -0.3, 0.3, 1.0])
    field = torch.from_numpy(values)[torch.bucketize(patches, edges)]
    if rng.random() < 0.3:
        field[int(shape[0] * rng.uniform(0.4, 0.9)) :] = -850.0
    return field


def liver_hu(labels: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """Invented HU relative to the liver: drifting parenchyma, enhanced vessels, tumours with rims and cores."""
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    inside = float(rng.uniform(0, 10)) * smooth_noise(shape, 5, generator)
    inside += float(rng.uniform(0, 8)) * smooth_noise(shape, 32, generator)
    vessel = _vessel_contrast(rng) * (1 + 0.3 * smooth_noise(shape, 4, generator)).clamp(0.35, 1.6)
    tumour = _tumour_contrast(rng) * (1 + 0.25 * smooth_noise(shape, 6, generator)).clamp(0.4, 1.6)
    is_tumour = (labels == tissues.TUMOUR).float()
    if rng.random() < 0.5:  # a core that is darker, or a rim that enhances
        depth = _wide_blurred(is_tumour, np.full(3, 2.0))
        tumour = tumour + float(rng.uniform(-35, 10)) * depth + float(rng.uniform(-10, 35)) * (depth < 0.65)
    tumour = tumour + float(rng.uniform(0, 12)) * smooth_noise(shape, 28, generator)
    hu = torch.where(labels == _VESSEL, vessel, inside) * (1 - is_tumour) + is_tumour * tumour
    return torch.where(labels > 0, hu, _surroundings(shape, rng, generator))


def _wide_blurred(field: torch.Tensor, sigma: NDArray[np.float64]) -> torch.Tensor:
    """Gaussian blur with its own width (voxels) along k, j, i."""
    result = field[None, None]
    for axis in range(3):
        reach = int(np.ceil(2.5 * sigma[axis]))
        if reach == 0:
            continue
        line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / float(sigma[axis])) ** 2)
        size, pad = [1, 1, 1, 1, 1], [0, 0, 0]
        size[2 + axis], pad[axis] = 2 * reach + 1, reach
        result = functional.conv3d(result, (line / line.sum()).reshape(size), padding=pad)
    return result[0, 0]


def scanned(hu: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """What a scanner makes of it: blur along each axis, correlated and white noise, thick slices, 8 bits."""
    in_plane = rng.uniform(0.25, 0.8)
    hu = _wide_blurred(hu, np.array([rng.uniform(0.25, 1.6), in_plane, in_plane]))
    noise = torch.randn(hu.shape, generator=generator)
    if rng.random() < 0.6:
        noise = 2.5 * blurred(noise) + 0.3 * noise
    hu = hu + float(np.exp(rng.uniform(np.log(2), np.log(22)))) * noise
    if rng.random() < 0.25:
        thick = int(rng.integers(2, 4))
        low = functional.avg_pool3d(hu[None, None], (thick, 1, 1), (thick, 1, 1))
        hu = functional.interpolate(low, size=tuple(hu.shape), mode="trilinear")[0, 0]
    if rng.random() < 0.2:
        step = float(rng.uniform(4, 10))
        hu = torch.round(hu / step) * step
    return hu + float(rng.normal(0, 5))
