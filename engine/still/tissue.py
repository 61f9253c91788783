"""The light on tissue: the formulas of `headset_client/src/scene/tissue-material.ts`, for many points at once.

Everything is in the eye's own axes (right, up, back) and in linear light, until `as_displayed`.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float32]


def _unit(*axes: float) -> Values:
    return np.asarray(np.array(axes) / np.linalg.norm(axes), np.float32)


_KEY: Final = _unit(-0.45, 0.75, 0.65)
_FILL: Final = _unit(0.8, -0.15, 0.5)


def linear_of(colour: str) -> Values:
    """(3,) linear light of "#rrggbb" in sRGB (IEC 61966-2-1)."""
    encoded = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    low = encoded <= 0.04045
    return np.asarray(np.where(low, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4), np.float32)


def as_displayed(linear: Values) -> Values:
    """sRGB from linear light, cut to what a screen shows."""
    high = np.power(np.maximum(linear, 0), 0.41666) * 1.055 - 0.055
    encoded = np.where(linear <= 0.0031308, linear * 12.92, high)
    return np.asarray(np.clip(encoded, 0, 1), np.float32)


def solid(tissue: Values, normals: Values, eyes: Values, fronts: NDArray[np.bool_]) -> Values:
    """(n, 3) linear colours of opaque tissue.

    Args:
        tissue: (3,) its colour.
        normals: (n, 3) unit, towards the eye.
        eyes: (n, 3) unit, from the surface to the eye.
        fronts: (n,) whether its outside is seen.
    """
    rim = (1 - _facing(normals, eyes)) ** 3
    colours = _lit(tissue, normals, eyes, 0.22) + tissue * (rim * 0.25)[:, None]
    return np.asarray(np.where(fronts[:, None], colours, colours * 0.55), np.float32)


def veil(tissue: Values, normals: Values, eyes: Values, opacity: float) -> tuple[Values, Values]:
    """(n, 3) linear colours and (n,) opacities of translucent tissue."""
    edge = (1 - _facing(normals, eyes)) ** 2
    base = np.asarray((tissue * 0.84 + np.array([1.0, 0.86, 0.78]) * 0.16) * 1.6, np.float32)
    glow = tissue * 0.6 + 0.4
    colours = _lit(base, normals, eyes, 0.75) + glow * (edge * 0.5)[:, None]
    return np.asarray(colours, np.float32), np.asarray(np.clip(opacity * (0.5 + 1.4 * edge), 0, 1), np.float32)


def ghost(tissue: Values, normals: Values, eyes: Values, opacity: float) -> tuple[Values, Values]:
    """(n, 3) linear colours and (n,) opacities of what is resected."""
    edge = (1 - _facing(normals, eyes)) ** 2
    grey = float(tissue @ np.array([0.3, 0.59, 0.11], np.float32))
    colour = tissue * 0.65 + grey * 0.35
    alphas = np.clip(opacity * (0.25 + 1.3 * edge), 0, 1)
    return np.broadcast_to(np.asarray(colour, np.float32), normals.shape), np.asarray(alphas, np.float32)


def _lit(base: Values, normals: Values, eyes: Values, gloss: float) -> Values:
    key = np.maximum(normals @ _KEY, 0)[:, None]
    fill = np.maximum(normals @ _FILL, 0)[:, None]
    halfway = eyes + _KEY
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
    shine = np.maximum(np.einsum("ij,ij->i", normals, halfway), 0)[:, None] ** 42 * gloss
    sky = 0.95 + 0.2 * normals[:, 1:2]  # mix(0.75, 1.15, 0.5 + 0.5 up)
    light = np.array([0.30, 0.32, 0.36]) * sky
    light = light + np.array([1.0, 0.97, 0.93]) * (key * 0.78) + np.array([0.55, 0.68, 0.85]) * (fill * 0.28)
    return np.asarray(base * light + np.array([1.0, 0.98, 0.95]) * shine, np.float32)


def _facing(normals: Values, eyes: Values) -> Values:
    return np.asarray(np.maximum(np.einsum("ij,ij->i", normals, eyes), 0), np.float32)
