"""Kidneys in other places and scans that end early: what few annotated bodies show too rarely."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.training import tissues

_GIVES_WAY: Final = (tissues.FAT, tissues.MUSCLE, tissues.FILLING, tissues.GAS, tissues.BOWEL, tissues.BOWEL_GAS)
"""Tissues that lie elsewhere when a kidney lies where they are; the wall of the body is kept by the distance moved."""

_LEAST_VOXELS: Final = 60
_LEAST_SHARE: Final = 0.7


def with_moved_kidneys(
    labels: torch.Tensor, hu: torch.Tensor, spacing_mm: float, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """The patch with one or both kidneys lower or higher, tilted, and off to the side; fat takes their place.

    Kidneys lie 2 to 5 cm lower standing than lying, the right one touches the liver in some patients and lies a
    hand's breadth below it in others. A kidney for which there is no room stays; one that leaves the scan is cut.

    Args:
        labels: (k, j, i) uint8 tissues, k growing superior; not changed.
        hu: (k, j, i) float32, or zeros where intensities are invented later; not changed.
        spacing_mm: of the patch.
        rng: draws which and how far.
    """
    labels, hu = labels.clone(), hu.clone()
    for kidney in tissues.KIDNEYS:
        if rng.random() < 0.6:
            _move(labels, hu, kidney, _drawn_displacement(spacing_mm, rng), rng)
    return labels, hu


def _drawn_displacement(spacing_mm: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(3, 2) voxels to move along k, j, i: constant, and per voxel above the kidney's middle."""
    down = -rng.uniform(10.0, 70.0) if rng.random() < 0.75 else rng.uniform(5.0, 25.0)
    shift = np.array([down, rng.normal(0.0, 8.0), rng.normal(0.0, 8.0)]) / spacing_mm
    return np.stack([shift, [0.0, rng.normal(0.0, 0.25), rng.normal(0.0, 0.25)]], axis=1)


def _move(
    labels: torch.Tensor, hu: torch.Tensor, kidney: int, displacement: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Moves a kidney and the layer around it, in which its edge fades into fat."""
    inside = labels == kidney
    if int(inside.sum()) < _LEAST_VOXELS:
        return
    around = functional.max_pool3d(inside[None, None].float(), 3, 1, 1)[0, 0] > 0
    shell = around & ~inside & torch.isin(labels, torch.tensor([tissues.FAT, tissues.FILLING], dtype=torch.uint8))
    where = torch.nonzero(inside | shell)
    above = (where[:, :1] - where[:, 0].float().mean()).float()
    offset = torch.from_numpy(displacement).float()
    target = where + (offset[:, 0] + above * offset[:, 1]).round().long()
    kept = ((target >= 0) & (target < torch.tensor(labels.shape))).all(dim=1)
    where, target = where[kept], target[kept]
    there = labels[tuple(target.T)]
    seen = there != 0  # what comes to lie beyond the end of the scan is cut off
    where, target, there = where[seen], target[seen], there[seen]
    room = torch.isin(there, torch.tensor([*_GIVES_WAY, kidney], dtype=torch.uint8))
    if len(room) < _LEAST_VOXELS or float(room.float().mean()) < _LEAST_SHARE:
        return
    where, target = where[room], target[room]
    moved_labels, moved_hu = labels[tuple(where.T)], hu[tuple(where.T)]
    fat = hu[labels == tissues.FAT]
    vacated = inside | (around & (labels == tissues.FAT))
    labels[vacated] = tissues.FAT
    if len(fat) > 0:
        drawn = torch.from_numpy(rng.integers(len(fat), size=int(vacated.sum())))
        hu[vacated] = fat[drawn]
    labels[tuple(target.T)] = moved_labels
    hu[tuple(target.T)] = moved_hu


def with_cut_ends(
    labels: torch.Tensor, hu: torch.Tensor, spacing_mm: float, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """The patch as of a scan that ends within it: nothing above or below, so kidneys, liver and spleen are cut.

    Args:
        labels: (k, j, i) uint8 tissues, k growing superior; not changed.
        hu: (k, j, i) float32; not changed.
        spacing_mm: of the patch.
        rng: draws where it ends.
    """
    labels, hu = labels.clone(), hu.clone()
    low, high = (int(rng.uniform(0.0, 110.0) / spacing_mm) if rng.random() < chance else 0 for chance in (0.7, 0.4))
    for lost in (slice(0, low), slice(labels.shape[0] - high, labels.shape[0])):
        labels[lost] = 0
        hu[lost] = -1000.0
    return labels, hu
