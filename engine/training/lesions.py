"""Invented lesions of the liver: lumpy balls with rims, cores and soft or sharp edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.training import tissues

_MOST: Final = 12
_VESSELS: Final = (tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN, tissues.LIVER_VESSEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesion:
    """One lesion, drawn.

    Attributes:
        radius_mm: of the ball it is made of.
        contrast_hu: against the parenchyma.
        core_hu: added in its middle.
        rim_hu: added in its outer quarter.
        edge: share of the radius over which it fades into the liver.
        displaces: whether vessels end at it.
    """

    radius_mm: float
    contrast_hu: float
    core_hu: float
    rim_hu: float
    edge: float
    displaces: bool


def _drawn(rng: np.random.Generator, common_hu: float) -> _Lesion:
    # Half of them small: a patient with metastases has more of those, and they are what readers miss.
    bounds = (1.8, 8.0) if rng.random() < 0.55 else (6.0, 42.0)
    radius = float(np.exp(rng.uniform(*np.log(bounds))))
    if rng.random() < 0.15:  # a cyst: water, sharply bounded
        return _Lesion(
            radius_mm=radius, contrast_hu=-float(rng.uniform(65, 120)), core_hu=0, rim_hu=0, edge=0.03, displaces=True
        )
    structured = rng.random() < 0.5
    return _Lesion(
        radius_mm=radius,
        contrast_hu=common_hu * float(rng.uniform(0.6, 1.25)),
        core_hu=float(rng.uniform(-35, 10)) if structured else 0.0,
        rim_hu=float(rng.uniform(-10, 45)) if structured else 0.0,
        edge=float(rng.uniform(0.05, 0.35)),
        displaces=bool(rng.random() < 0.7),
    )


def add_lesions(labels: torch.Tensor, hu: torch.Tensor, spacing_mm: float, rng: np.random.Generator) -> None:
    """Puts up to twelve lesions of 2 to 42 mm radius into the liver.

    Args:
        labels: (k, j, i) uint8 tissues; lesions become `tissues.TUMOUR`, in place.
        hu: (k, j, i) float32 relative to the liver; changed in place.
        spacing_mm: isotropic.
        rng: draws all of it.
    """
    liver = torch.nonzero(labels == tissues.LIVER)
    if len(liver) < 500:
        return
    common_hu = -float(rng.uniform(14, 75)) if rng.random() < 0.88 else float(rng.uniform(15, 60))
    for _ in range(int(np.ceil(_MOST * rng.random() ** 2.5))):
        _put(_drawn(rng, common_hu), liver[rng.integers(len(liver))].numpy(), labels, hu, spacing_mm, rng)


def _put(
    lesion: _Lesion,
    centre: NDArray[np.int64],
    labels: torch.Tensor,
    hu: torch.Tensor,
    spacing_mm: float,
    rng: np.random.Generator,
) -> None:
    reach = int(np.ceil(1.7 * lesion.radius_mm / spacing_mm)) + 1
    low = np.maximum(centre - reach, 0)
    high = np.minimum(centre + reach + 1, labels.shape)
    inside_box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    box, values = labels[inside_box], hu[inside_box]
    squeeze = rng.uniform(0.75, 1.3, 3)
    axes = [
        torch.arange(int(low[n]), int(high[n])).float().sub(float(centre[n])) * (spacing_mm * squeeze[n])
        for n in range(3)
    ]
    z, y, x = axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :]
    lumps = torch.ones(box.shape)
    for _ in range(3):
        p, q, r, phase = rng.uniform(-1.5, 1.5, 4)
        lumps = lumps + 0.1 * torch.sin((p * z + q * y + r * x) * 2.5 / lesion.radius_mm + 4 * phase)
    away = torch.sqrt(z * z + y * y + x * x) / (lesion.radius_mm * lumps)
    room = box == tissues.LIVER
    if lesion.displaces:
        for vessel in _VESSELS:
            room |= box == vessel
    own = lesion.contrast_hu + lesion.core_hu * (away < 0.55) + lesion.rim_hu * (away > 0.75)
    share = ((1 - away) / lesion.edge * 0.5 + 0.5).clamp(0, 1) * room
    values += share * (own - values)
    box[room & (away < 1)] = tissues.TUMOUR
