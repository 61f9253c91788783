"""Invented Hounsfield values of a liver and its surroundings, relative to the liver's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.training import tissues
from engine.training.synthesis import blurred, bright_cortex, line_filtered, smooth_noise

FAINTEST_HU: Final = 8.0
"""Vessels that differ less than this from the liver are neither seen nor judged."""
_ABSOLUTE: Final = [0, tissues.LUNGS, tissues.GAS, tissues.STOMACH_GAS, tissues.BOWEL_GAS, tissues.FAT, tissues.BONES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """How contrast medium is spread in one drawn patient.

    Attributes:
        means_hu: (tissue,) mean HU relative to the liver.
        portal_hu: contrast of the portal vein.
        hepatic_hu: contrast of the hepatic veins.
        bright_cortex: whether renal cortex alone is bright.
    """

    means_hu: NDArray[np.float32]
    portal_hu: float
    hepatic_hu: float
    bright_cortex: bool


def drawn_phase(rng: np.random.Generator) -> Phase:
    """Portal-venous mostly; also late arterial (hepatic veins still dark), late, native and fatty livers."""
    kind = rng.choice(["portal", "early", "late", "native"], p=[0.6, 0.22, 0.1, 0.08])
    liver = float(rng.uniform(75, 130))
    if kind == "portal":
        portal = float(rng.uniform(22, 110))
        hepatic = portal * float(rng.uniform(0.45, 1.1))
        aorta, kidneys = portal + float(rng.uniform(-15, 60)), portal + float(rng.uniform(-10, 90))
    elif kind == "early":
        liver = float(rng.uniform(55, 105))
        portal, hepatic = float(rng.uniform(15, 75)), float(rng.uniform(-30, 15))
        aorta, kidneys = float(rng.uniform(100, 280)), float(rng.uniform(20, 120))
    elif kind == "late":
        portal = float(rng.uniform(10, 45))
        hepatic, aorta = portal + float(rng.normal(0, 5)), portal + float(rng.normal(5, 5))
        kidneys = portal + float(rng.uniform(-10, 60))
    else:
        liver = float(rng.uniform(35, 68))
        portal = -float(rng.uniform(9, 30)) if rng.random() < 0.6 else float(rng.uniform(9, 35))
        hepatic, aorta = portal + float(rng.normal(0, 2)), portal + float(rng.normal(0, 3))
        kidneys = portal + float(rng.uniform(-15, 5))
    means = rng.uniform(tissues.HU_LOW, tissues.HU_HIGH).astype(np.float32) - liver
    # What takes up little contrast is drawn about the liver, so that it cannot be told by brightness alone.
    for name, low, high in ((tissues.SPLEEN, -15, 40), (7, -45, 15), (6, -110, 30), (8, -90, 40), (15, -110, 30)):
        means[name] = rng.uniform(low, high)
    means[tissues.MUSCLE] = rng.uniform(45, 75) - liver
    means[list(tissues.KIDNEYS)] = kidneys
    means[tissues.AORTA] = aorta
    means[tissues.HEART] = 0.5 * (aorta + hepatic) + rng.normal(0, 15)
    means[tissues.OTHER_VESSEL] = aorta + rng.normal(0, 15)
    means[tissues.INFERIOR_VENA_CAVA] = hepatic + rng.normal(0, 18)
    means[[tissues.LIVER, tissues.TUMOUR]] = 0.0
    means[[tissues.PORTAL_VEIN, tissues.PORTAL_BRANCH]] = portal
    means[tissues.HEPATIC_VEIN] = hepatic
    return Phase(
        means_hu=means,
        portal_hu=portal,
        hepatic_hu=hepatic,
        bright_cortex=bool(kind == "early" or (kind == "portal" and rng.random() < 0.5)),
    )


def invented_relative_hu(
    labels: torch.Tensor, phase: Phase, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """(k, j, i) float32 HU relative to the liver, without lesions, blur and noise."""
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    index = labels.long()
    texture = torch.from_numpy(tissues.TEXTURE_HU) * float(rng.uniform(0.2, 0.9))
    texture[list(_VESSELS)] = 0.0
    texture[tissues.LIVER] = 0.0
    grain = smooth_noise(shape, 32, generator)
    hu = torch.from_numpy(phase.means_hu)[index] + texture[index] * grain
    inside = float(rng.uniform(0, 9)) * smooth_noise(shape, 5, generator) + float(rng.uniform(0, 7)) * grain
    in_liver = torch.from_numpy(_IN_LIVER)[index]
    hu += torch.where(in_liver, inside, 0.0)
    hu += vessel_shading(labels, phase, rng, generator)
    mixed = smooth_noise(shape, 16, generator)
    loose = (labels == 15) | (labels == 6) | (labels == 8) | (labels == tissues.FILLING)
    hu += torch.where(loose, 45 * mixed * float(rng.uniform(0, 1)), 0.0)
    hu += torch.where(labels == tissues.INFERIOR_VENA_CAVA, 22 * mixed * float(rng.uniform(0, 1)), 0.0)
    if phase.bright_cortex:
        hu += bright_cortex(labels, rng)
    return hu


_VESSELS: Final = (tissues.PORTAL_VEIN, tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN, tissues.LIVER_VESSEL)
_IN_LIVER: Final = np.isin(
    np.arange(len(tissues.TISSUES)),
    [tissues.LIVER, tissues.TUMOUR, tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN, tissues.LIVER_VESSEL],
)


def vessel_shading(
    labels: torch.Tensor, phase: Phase, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """What has to be added so that vessels mix, stream and fade: branches lose contrast as they get thin.

    A vessel of a tree that nobody told apart is made portal in some regions and hepatic in others.
    """
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    unknown = labels == tissues.LIVER_VESSEL
    portal = (labels == tissues.PORTAL_BRANCH) | (labels == tissues.PORTAL_VEIN)
    hepatic = labels == tissues.HEPATIC_VEIN
    any_vessel = (unknown | portal | hepatic).float()
    thickness = blurred(any_vessel, 2)
    least = float(rng.uniform(0.55, 1.0))
    fade = least + (1 - least) * (thickness / 0.35).clamp(0, 1)
    streaming = (1 + float(rng.uniform(0, 0.3)) * smooth_noise(shape, 5, generator)).clamp(0.35, 1.6)
    of_portal = phase.portal_hu * fade * streaming
    of_hepatic = phase.hepatic_hu * fade * streaming
    somewhere = smooth_noise(shape, 4, generator) > 0
    wanted = torch.where(unknown, torch.where(somewhere, of_portal, of_hepatic), 0.0)
    wanted = torch.where(portal, of_portal, wanted)
    wanted = torch.where(hepatic, of_hepatic, wanted)
    already = torch.from_numpy(phase.means_hu)[labels.long()]
    return torch.where(any_vessel > 0, wanted - already, 0.0)


def add_look_alikes(
    labels: torch.Tensor, hu: torch.Tensor, portal_hu: float, spacing_mm: float, rng: np.random.Generator
) -> torch.Tensor:
    """Draws what is not taught as vessel or tumour though it resembles them; changes `hu` in place.

    Dark sleeves along vessels (oedema, bile ducts), a fatty fissure, a fatty patch without an edge, and hair-thin
    branches beyond what anyone draws.

    Returns:
        (k, j, i) bool, the hair-thin branches: seen, but neither right nor wrong.
    """
    liver = labels == tissues.LIVER
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    if rng.random() < 0.25:
        vessels = sum((labels == one).float() for one in _VESSELS[1:])
        assert isinstance(vessels, torch.Tensor)
        sleeve = (blurred(vessels) > 0) & liver
        hu -= torch.where(sleeve, float(rng.uniform(8, 35)), 0.0)
    if rng.random() < 0.35:
        hu += torch.where(liver & _sheet(shape, float(rng.uniform(0.5, 1.6)), rng), -float(rng.uniform(25, 130)), 0.0)
    if rng.random() < 0.3:
        hu += torch.where(liver, float(rng.uniform(-22, 12)) * _cloud(shape, spacing_mm, rng), 0.0)
    hairs = torch.zeros(shape, dtype=torch.bool)
    if rng.random() < 0.6:
        hairs = _hairs(liver, int(rng.integers(5, 60)), rng)
        hu += torch.where(hairs, portal_hu * float(rng.uniform(0.4, 0.9)), 0.0)
    return hairs


def _sheet(shape: tuple[int, int, int], half_voxels: float, rng: np.random.Generator) -> torch.Tensor:
    """A wavy plane through the patch, bounded to a disc."""
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    middle = rng.uniform(0.25, 0.75, 3) * shape
    z, y, x = (torch.arange(n).float() - float(m) for n, m in zip(shape, middle, strict=True))
    z, y, x = z[:, None, None], y[None, :, None], x[None, None, :]
    height = float(normal[0]) * z + float(normal[1]) * y + float(normal[2]) * x
    height = height + 2.0 * torch.sin((z + y) / 9.0 + float(rng.uniform(0, 6)))
    away = z * z + y * y + x * x
    return (height.abs() < half_voxels) & (away < float(rng.uniform(10, 28)) ** 2)


def _cloud(shape: tuple[int, int, int], spacing_mm: float, rng: np.random.Generator) -> torch.Tensor:
    """A Gaussian blob, 1 in its middle."""
    middle = rng.uniform(0.1, 0.9, 3) * shape
    width = rng.uniform(6, 25, 3) / spacing_mm
    lines = [
        torch.exp(-0.5 * ((torch.arange(n).float() - float(m)) / float(w)) ** 2)
        for n, m, w in zip(shape, middle, width, strict=True)
    ]
    return lines[0][:, None, None] * lines[1][None, :, None] * lines[2][None, None, :]


def _hairs(liver: torch.Tensor, count: int, rng: np.random.Generator) -> torch.Tensor:
    """One voxel thin straight branches inside the liver."""
    hairs = torch.zeros(liver.shape, dtype=torch.bool)
    places = torch.nonzero(liver)
    if len(places) == 0:
        return hairs
    starts = places[torch.from_numpy(rng.integers(len(places), size=count))].numpy()
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    steps = np.arange(0, 24, 0.6)
    points = starts[:, None] + directions[:, None] * steps[None, :, None]
    points = points[np.broadcast_to(steps, points.shape[:2]) < rng.uniform(5, 24, (count, 1))]
    where = np.clip(np.rint(points).astype(np.int64), 0, np.array(liver.shape) - 1)
    hairs[where[:, 0], where[:, 1], where[:, 2]] = True
    return hairs & liver


def patchy_surroundings(
    shape: tuple[int, int, int], rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """Patches of fat, muscle and organs, and lung on one side at times: surroundings that no atlas has."""
    patches = smooth_noise(shape, 9, generator)
    values = rng.permutation(
        np.array([-200.0, -180.0, rng.uniform(-90, -20), rng.uniform(-60, 60), rng.uniform(-20, 100)], dtype=np.float32)
    )
    edges = torch.tensor([-1.0, -0.3, 0.3, 1.0])
    field = torch.from_numpy(values)[torch.bucketize(patches, edges)]
    if rng.random() < 0.3:
        field[int(shape[0] * rng.uniform(0.4, 0.9)) :] = -900.0
    return field


def gaussian_blurred(field: torch.Tensor, sigma: NDArray[np.float64]) -> torch.Tensor:
    """Gaussian blur with its own width (voxels) along k, j, i."""
    lines = []
    for width in sigma:
        reach = int(np.ceil(2.5 * width))
        line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(float(width), 1e-6)) ** 2)
        lines.append(line / line.sum())
    total = line_filtered(torch.ones(()).expand(field.shape), tuple(lines))
    return line_filtered(field, tuple(lines)) / total


def scanned(hu: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """What a scanner makes of it: blur along each axis, sharp kernels, correlated noise, thick slices, 8 bits."""
    in_plane = rng.uniform(0.25, 0.75)
    hu = gaussian_blurred(hu, np.array([rng.uniform(0.25, 1.3), in_plane, in_plane]))
    noise = torch.randn(hu.shape, generator=generator)
    if rng.random() < 0.6:
        noise = 2.5 * blurred(noise) + 0.3 * noise
    hu = hu + float(np.exp(rng.uniform(np.log(2), np.log(19)))) * noise
    if rng.random() < 0.15:
        hu = hu + float(rng.uniform(0.3, 1.0)) * (hu - blurred(hu))
    if rng.random() < 0.35:
        thick = int(rng.choice([2, 2, 3, 3, 4]))
        start = int(rng.integers(thick))
        low = functional.avg_pool3d(hu[None, None, start:], (thick, 1, 1), (thick, 1, 1), ceil_mode=True)
        size = (low.shape[2] * thick, hu.shape[1], hu.shape[2])
        full = functional.interpolate(low, size=size, mode="trilinear")[0, 0]
        hu = torch.cat([hu[:start], full])[: hu.shape[0]]
    if rng.random() < 0.2:
        step = float(rng.uniform(4, 10))
        hu = torch.round(hu / step) * step
    return hu + float(rng.normal(0, 4))
