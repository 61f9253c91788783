"""Pictures of the running program beside those that are kept: what is looked at is whether something is missing."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

KEPT = Path(__file__).parents[2] / "docs" / "images" / "tools"
KEEP = os.environ.get("CANTLIE_KEEP_PICTURES") == "1"
"""Take the pictures anew: `make pictures`."""

WEBP_QUALITY = 82
SMOOTHED_PIXELS = 4
"""Edges of letters and of triangles differ between machines; so much of the picture becomes one."""
TILE = 6
"""Smoothed pixels across that are judged together."""
MOST_DIFFERENT = 14.0
"""Of a tile's mean in any colour, of 255: more than a shade or another font's letters make, less than a lost line."""


def tiles(picture: Image.Image) -> NDArray[np.float64]:
    """Mean colours of squares of 24 pixels, laid half over one another: (rows, columns, 3)."""
    small = picture.convert("RGB").filter(ImageFilter.BoxBlur(1)).reduce(SMOOTHED_PIXELS)
    pixels = np.asarray(small, dtype=np.float64)
    sums = np.pad(pixels.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0), (0, 0)))
    rows = np.arange(0, pixels.shape[0] - TILE + 1, TILE // 2)
    columns = np.arange(0, pixels.shape[1] - TILE + 1, TILE // 2)
    low = np.ix_(rows, columns)
    inside = sums[np.ix_(rows + TILE, columns + TILE)] - sums[np.ix_(rows, columns + TILE)]
    inside = inside - sums[np.ix_(rows + TILE, columns)] + sums[low]
    return np.asarray(inside / TILE**2)


def difference(taken: Image.Image, kept: Image.Image) -> tuple[float, tuple[int, int]]:
    """The most that a tile's mean differs, of 255, and where that tile is in the picture: x, y."""
    if taken.size != kept.size:
        return 255.0, (0, 0)
    apart = np.abs(tiles(taken) - tiles(kept)).max(axis=2)
    row, column = np.unravel_index(int(apart.argmax()), apart.shape)
    half = SMOOTHED_PIXELS * TILE // 2
    return float(apart[row, column]), (int(column) * half, int(row) * half)


def judged(name: str, png: bytes) -> str | None:
    """What is wrong with a picture; None where it looks as the one that is kept, or is kept itself as that is asked."""
    taken = Image.open(io.BytesIO(png)).convert("RGB")
    path = KEPT / f"{name}.webp"
    if KEEP:
        KEPT.mkdir(parents=True, exist_ok=True)
        taken.save(path, quality=WEBP_QUALITY, method=6)
        return None
    if not path.is_file():
        return f"{name}: no picture is kept (make pictures)"
    worst, (x, y) = difference(taken, Image.open(path))
    if worst <= MOST_DIFFERENT:
        return None
    if folder := os.environ.get("CANTLIE_PICTURES"):
        taken.save(Path(folder) / f"{name}.png")
    return f"{name}: differs by {worst:.0f} of 255 around ({x}, {y})"
