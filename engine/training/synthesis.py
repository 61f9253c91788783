"""Makes one training patch: a warped anatomy with real, shifted or wholly invented Hounsfield values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.training import kernels, tissues
from engine.training.displaced_organs import with_cut_ends, with_moved_kidneys
from engine.training.sources import TrainingVolume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """One training sample.

    Attributes:
        hu: (k, j, i) float32 Hounsfield units.
        tissues: (k, j, i) uint8 tissue values.
        known_classes: classes labelled in it.
    """

    hu: torch.Tensor
    tissues: torch.Tensor
    known_classes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarpSettings:
    """How far anatomy is bent.

    Attributes:
        shape_kji: patch shape.
        spacing_mm: isotropic patch spacing.
        scale: largest relative change of size along each axis.
        rotation_deg: largest rotation about each axis.
        bend_mm: standard deviation of the smooth displacement.
        off_centre_mm: largest distance (k, j, i) of the patch centre from the place it is drawn around.
    """

    shape_kji: tuple[int, int, int]
    spacing_mm: float
    scale: float = 0.2
    rotation_deg: float = 10.0
    bend_mm: float = 7.0
    off_centre_mm: tuple[float, float, float] = (70.0, 25.0, 30.0)


def warped(
    volume: TrainingVolume, settings: WarpSettings, middle_kji: NDArray[np.float64], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draws a patch near a source voxel; returns tissues and HU (zeros without an image)."""
    shape = np.array(settings.shape_kji)
    angles = np.deg2rad(rng.normal(0, settings.rotation_deg / 2, 3))
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        a, b = [other for other in range(3) if other != axis]
        one = np.eye(3)
        one[a, a] = one[b, b] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        turn = turn @ one
    common = rng.uniform(1 - settings.scale, 1 + settings.scale)
    scale = common * rng.uniform(1 - settings.scale / 2, 1 + settings.scale / 2, 3)
    spacing = np.array(volume.spacing_kji_mm)
    linear = (turn * (settings.spacing_mm / scale)) / spacing[:, None]
    centre = middle_kji + rng.uniform(-1, 1, 3) * settings.off_centre_mm / spacing
    matrix = np.concatenate([linear, (centre - linear @ (shape / 2))[:, None]], axis=1)
    bend = rng.normal(0, settings.bend_mm, (3, 6, 6, 6)).astype(np.float32) / spacing[:, None, None, None]
    out_tissues = np.zeros(settings.shape_kji, dtype=np.uint8)
    out_hu = np.zeros(settings.shape_kji, dtype=np.float32)
    kernels.warp_patch(volume.tissues, volume.image_hu, matrix, bend.astype(np.float32), out_tissues, out_hu)
    return torch.from_numpy(out_tissues), torch.from_numpy(out_hu)


def body_centre(volume: TrainingVolume) -> NDArray[np.float64]:
    """Middle of the body in plane, middle of the liver along the body."""
    liver = np.flatnonzero((volume.tissues == tissues.LIVER).any(axis=(1, 2)))
    body = volume.tissues[int(liver.mean())] > 0
    j, i = np.nonzero(body)
    return np.array([liver.mean(), (j.min() + j.max()) / 2, (i.min() + i.max()) / 2])


def smooth_noise(shape: tuple[int, int, int], cells: int, generator: torch.Generator) -> torch.Tensor:
    """(k, j, i) smooth random field, standard deviation about 1, with `cells` bumps along each axis."""
    coarse = torch.randn((1, 1, cells, cells, cells), generator=generator)
    return 1.6 * functional.interpolate(coarse, size=shape, mode="trilinear", align_corners=True)[0, 0]


def blurred(field: torch.Tensor, reach: int = 1) -> torch.Tensor:
    """Mean over the cube of `reach` voxels around each: the partial volume a border has."""
    weights = np.ones(2 * reach + 1)
    edge = line_filtered(torch.ones(()).expand(field.shape), (weights, weights, weights))
    return line_filtered(field, (weights, weights, weights)) / edge


def line_filtered(field: torch.Tensor, weights_kji: tuple[NDArray[np.float64], ...]) -> torch.Tensor:
    """Weighs neighbours along k, then j, then i, nothing beyond the edge; shifted sums beat a general convolution.

    Args:
        field: (k, j, i) float32.
        weights_kji: odd numbers of symmetric weights along each axis; one weight leaves the axis as it is.
    """
    for axis, weights in enumerate(weights_kji):
        reach, extent = len(weights) // 2, field.shape[axis]
        if reach == 0:
            continue
        result = field * float(weights[reach])
        for step in range(1, min(reach, extent - 1) + 1):
            near, far = field.narrow(axis, 0, extent - step), field.narrow(axis, step, extent - step)
            result.narrow(axis, step, extent - step).add_(near, alpha=float(weights[reach - step]))
            result.narrow(axis, 0, extent - step).add_(far, alpha=float(weights[reach + step]))
        field = result
    return field


def add_tumours(labels: torch.Tensor, spacing_mm: float, rng: np.random.Generator) -> torch.Tensor:
    """Puts up to six lumpy tumours of 3 to 45 mm radius into the liver (in place)."""
    liver = torch.nonzero(labels == tissues.LIVER)
    if len(liver) < 500:
        return labels
    for _ in range(rng.integers(1, 7)):
        radius_mm = float(np.exp(rng.uniform(np.log(3), np.log(45))))
        reach = int(np.ceil(1.5 * radius_mm / spacing_mm))
        centre = liver[rng.integers(len(liver))].numpy()
        low = np.maximum(centre - reach, 0)
        high = np.minimum(centre + reach + 1, labels.shape)
        box = labels[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        axes = [torch.arange(low[n], high[n]).float() - float(centre[n]) for n in range(3)]
        squeeze = rng.uniform(0.75, 1.3, 3)
        z, y, x = torch.meshgrid(*[axis * spacing_mm * s for axis, s in zip(axes, squeeze, strict=True)], indexing="ij")
        lumps = torch.zeros(())
        for _ in range(3):
            p, q, r, phase = rng.uniform(-1.5, 1.5, 4)
            lumps = lumps + 0.09 * torch.sin((p * z + q * y + r * x) * 2.5 / radius_mm + 4 * phase)
        inside = torch.sqrt(z * z + y * y + x * x) < radius_mm * (1 + lumps)
        box[inside & (box == tissues.LIVER)] = tissues.TUMOUR
    return labels


def _drawn_means(rng: np.random.Generator) -> NDArray[np.float32]:
    means = rng.uniform(tissues.HU_LOW, tissues.HU_HIGH).astype(np.float32)
    liver = means[tissues.LIVER]
    # Tumours are told from parenchyma by contrast, mostly darker; the draw keeps them apart.
    means[tissues.TUMOUR] = liver + rng.choice([-1.0, -1.0, -1.0, 1.0]) * rng.uniform(12, 70)
    veins = [tissues.INFERIOR_VENA_CAVA, tissues.HEPATIC_VEIN]
    portal = [tissues.PORTAL_VEIN, tissues.PORTAL_BRANCH]
    phase = rng.random()
    if phase < 0.4:  # blood of one phase: vessels enhance together
        blood = rng.uniform(40, 220)
        means[[tissues.AORTA, tissues.HEART, tissues.OTHER_VESSEL, *veins, *portal]] = blood + rng.normal(0, 20, 7)
        means[list(tissues.KIDNEYS)] = blood + rng.uniform(-10, 60) + rng.normal(0, 8, 2)
        means[tissues.LIVER] = np.clip(0.5 * blood + rng.uniform(0, 50), 30, 150)
    elif phase < 0.7:  # late arterial to early portal: aorta and kidneys far brighter than the veins
        means[[tissues.AORTA, tissues.HEART, tissues.OTHER_VESSEL]] = rng.uniform(180, 420) + rng.normal(0, 25, 3)
        means[portal] = rng.uniform(60, 220) + rng.normal(0, 8, 2)
        means[veins] = rng.uniform(40, 170) + rng.normal(0, 15, 2)
        means[list(tissues.KIDNEYS)] = rng.uniform(90, 260) + rng.normal(0, 8, 2)
        means[tissues.LIVER] = rng.uniform(45, 115)
    if phase < 0.7:
        means[tissues.SPLEEN] = means[tissues.LIVER] + rng.uniform(-10, 50)
        means[tissues.TUMOUR] += means[tissues.LIVER] - liver
    return means


def bright_cortex(labels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """HU to add to the outer layer of the kidneys: early after contrast the cortex lights up alone."""
    kidney = ((labels == tissues.KIDNEYS[0]) | (labels == tissues.KIDNEYS[1])).float()
    rim = kidney * (1 - blurred(blurred(kidney)))
    return float(rng.uniform(60, 320)) * rim


def invented_hu(labels: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """HU drawn per tissue, with texture and slow drift."""
    means = torch.from_numpy(_drawn_means(rng))
    texture = torch.from_numpy(tissues.TEXTURE_HU) * float(rng.uniform(0.2, 1.0))
    index = labels.long()
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    noise = 0.5 * torch.randn(shape, generator=generator) + 0.8 * smooth_noise(shape, 40, generator)
    hu = means[index] + texture[index] * noise
    # What is called bowel, stomach or muscle here is many things in a patient.
    mixed = smooth_noise(shape, 24, generator)
    hu += torch.where((labels == 15) | (labels == 6) | (labels == 8), 60 * mixed * float(rng.uniform(0, 1)), 0.0)
    hu += torch.where((labels == tissues.MUSCLE) | (labels == 14), 20 * mixed.abs() * float(rng.uniform(0, 2)), 0.0)
    hu += torch.where(labels == tissues.INFERIOR_VENA_CAVA, 25 * mixed * float(rng.uniform(0, 1)), 0.0)
    if rng.random() < 0.5:
        hu += bright_cortex(labels, rng)
    return blurred(hu)


def shifted_hu(hu: torch.Tensor, labels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A real image whose tissues are moved to another contrast phase, textures kept."""
    amount = float(rng.choice([0.0, 0.3, 1.0]))
    offsets = torch.from_numpy((rng.normal(0, 18, len(tissues.TISSUES)) * amount).astype(np.float32))
    offsets[[0, tissues.LUNGS, tissues.GAS, tissues.STOMACH_GAS, tissues.BOWEL_GAS]] = 0.0
    if amount == 1.0:
        offsets[[9, 10, 11]] += float(rng.uniform(-40, 40))
    if rng.random() < 0.35:  # an earlier phase: aorta and renal cortex far brighter than anything else
        offsets[tissues.AORTA] += float(rng.uniform(40, 220))
        offsets[list(tissues.KIDNEYS)] += float(rng.uniform(0, 120))
        offsets[tissues.SPLEEN] += float(rng.uniform(0, 40))
        hu = hu + bright_cortex(labels, rng)
    return hu + blurred(offsets[labels.long()])


def degraded(hu: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """What scanners and exports do: calibration, noise, thick slices, blur, 8 bits."""
    hu = hu * float(rng.uniform(0.9, 1.1)) + float(rng.normal(0, 10))
    if rng.random() < 0.5:
        hu = hu + float(np.exp(rng.uniform(np.log(3), np.log(30)))) * torch.randn(hu.shape, generator=generator)
    if rng.random() < 0.3:
        hu = blurred(hu)
    if rng.random() < 0.3:
        thick = int(rng.integers(2, 4))
        low = functional.avg_pool3d(hu[None, None], (thick, 1, 1), (thick, 1, 1))
        mode = "trilinear" if rng.random() < 0.7 else "nearest"
        hu = functional.interpolate(low, size=tuple(hu.shape), mode=mode)[0, 0]
    if rng.random() < 0.2:
        step = float(rng.uniform(4, 12))
        hu = torch.round(hu / step) * step
    if rng.random() < 0.15:
        hu = hu.clamp(-float(rng.uniform(150, 500)), float(rng.uniform(250, 600)))
    return hu


def make_patch(
    volume: TrainingVolume, settings: WarpSettings, rng: np.random.Generator, *, invented_share: float = 0.4
) -> Patch:
    """One sample of a volume: warp, moved kidneys, cut ends, tumours, intensities, scanner."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    labels, hu = warped(volume, settings, body_centre(volume), rng)
    real = volume.has_image and rng.random() >= invented_share
    if rng.random() < 0.5:
        labels, hu = with_moved_kidneys(labels, hu, settings.spacing_mm, rng)
    if rng.random() < 0.3:
        labels, hu = with_cut_ends(labels, hu, settings.spacing_mm, rng)
    before = labels.clone()
    if rng.random() < (0.2 if real else 0.5):
        labels = add_tumours(labels, settings.spacing_mm, rng)
    if real:
        hu = shifted_hu(hu, labels, rng)
        share = blurred((labels != before).float())
        hu = hu + share * float(rng.choice([-1.0, -1.0, 1.0]) * rng.uniform(12, 70))
    else:
        hu = invented_hu(labels, rng, generator)
    return Patch(hu=degraded(hu, rng, generator), tissues=labels, known_classes=volume.known_classes)
