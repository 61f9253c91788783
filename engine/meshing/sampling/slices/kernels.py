"""Compiled passes over slices. All release the GIL and run on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def sliced_distance(mask: NDArray[np.bool_], spacing_mm: tuple[float, float], reach_mm: float) -> Any:
    """Signed distance inside each slice to the nearest voxel centre of the other side, positive inside.

    Column distances first, then the nearest over neighbouring columns within reach: the two passes of Saito and
    Toriwaki 1994 with the window cut off at `reach_mm`, for both sides at once.

    Args:
        mask: (slices, rows, columns).
        spacing_mm: of rows and columns.
        reach_mm: larger distances are cut off here.

    Returns:
        float32 of the mask's shape.
    """
    slices, rows, columns = mask.shape
    reach, step = np.float32(reach_mm), np.float32(spacing_mm[0])
    out = np.full(mask.shape, -reach, dtype=np.float32)
    column = np.empty((rows, columns), dtype=np.float32)
    for k in range(slices):
        if not mask[k].any():
            continue
        column[0, :] = reach
        for j in range(1, rows):
            for i in range(columns):
                onward = step if mask[k, j, i] != mask[k, j - 1, i] else column[j - 1, i] + step
                column[j, i] = min(onward, reach)
        for j in range(rows - 2, -1, -1):
            for i in range(columns):
                onward = step if mask[k, j, i] != mask[k, j + 1, i] else column[j + 1, i] + step
                column[j, i] = min(onward, column[j, i])
        for j in range(rows):
            for i in range(columns):
                here = mask[k, j, i]
                nearest = column[j, i] * column[j, i]
                across = 1
                while True:
                    aside = np.float32((across * spacing_mm[1]) ** 2)
                    if aside >= nearest:
                        break
                    for other in (i - across, i + across):
                        if 0 <= other < columns:
                            along = column[j, other] if mask[k, j, other] == here else np.float32(0.0)
                            nearest = min(nearest, aside + along * along)
                    across += 1
                out[k, j, i] = np.sqrt(nearest) if here else -np.sqrt(nearest)
    return out


@compiled
def slice_distances(  # noqa: PLR0912 - two chamfer passes, split up they would hide what they share
    coverage: NDArray[np.uint8], spacing_mm: tuple[float, float], reach_mm: float
) -> Any:
    """Signed distance to the outline within each slice, positive inside.

    Beside the outline the distance is what the slightly smoothed coverage is away from a half, by its slope; from
    there it grows by chamfer steps (Borgefors 1986, at most 8 % too long), which only tilts the ramps between slices.

    Args:
        coverage: (k, j, i) 0 to 255, 0 on the rim.
        spacing_mm: of j and i.
        reach_mm: larger distances are cut off here.

    Returns:
        (k, j, i) float32 mm.
    """
    depth, height, width = coverage.shape
    reach, dj, di = np.float32(reach_mm), np.float32(spacing_mm[0]), np.float32(spacing_mm[1])
    diagonal = np.sqrt(dj * dj + di * di)
    out = np.full(coverage.shape, -reach, dtype=np.float32)
    smooth = np.zeros((height, width), dtype=np.float32)
    away = np.empty((height, width), dtype=np.float32)
    for k in range(depth):
        plane = coverage[k]
        if not plane.any():
            continue
        for j in range(1, height - 1):
            for i in range(1, width - 1):
                above, below = plane[j - 1, i - 1 : i + 2], plane[j + 1, i - 1 : i + 2]
                corners = np.float32(above[0]) + np.float32(above[2]) + np.float32(below[0]) + np.float32(below[2])
                sides = np.float32(above[1]) + np.float32(below[1])
                sides += np.float32(plane[j, i - 1]) + np.float32(plane[j, i + 1])
                smooth[j, i] = (
                    corners + np.float32(2.0) * sides + np.float32(4.0) * np.float32(plane[j, i])
                ) / np.float32(16.0)
        away[:] = reach
        for j in range(1, height - 1):
            for i in range(1, width - 1):
                inside = plane[j, i] >= 128
                if (
                    inside == (plane[j, i - 1] >= 128)
                    and inside == (plane[j, i + 1] >= 128)
                    and inside == (plane[j - 1, i] >= 128)
                    and inside == (plane[j + 1, i] >= 128)
                ):
                    continue
                slope_i = (smooth[j, i + 1] - smooth[j, i - 1]) / (np.float32(2.0) * di)
                slope_j = (smooth[j + 1, i] - smooth[j - 1, i]) / (np.float32(2.0) * dj)
                slope = np.sqrt(slope_i * slope_i + slope_j * slope_j)
                beyond = (smooth[j, i] - np.float32(127.5)) * np.float32(1.0 if inside else -1.0)
                least = np.float32(0.05) * min(di, dj)
                away[j, i] = min(max(beyond / max(slope, np.float32(1.0)), least), max(di, dj))
        for j in range(1, height):
            for i in range(1, width - 1):
                nearest = min(away[j - 1, i] + dj, min(away[j - 1, i - 1], away[j - 1, i + 1]) + diagonal)
                away[j, i] = min(away[j, i], nearest)
            for i in range(1, width):
                away[j, i] = min(away[j, i], away[j, i - 1] + di)
        for j in range(height - 2, -1, -1):
            for i in range(1, width - 1):
                nearest = min(away[j + 1, i] + dj, min(away[j + 1, i - 1], away[j + 1, i + 1]) + diagonal)
                away[j, i] = min(away[j, i], nearest)
            for i in range(width - 2, -1, -1):
                away[j, i] = min(away[j, i], away[j, i + 1] + di)
        for j in range(height):
            for i in range(width):
                out[k, j, i] = away[j, i] if plane[j, i] >= 128 else -away[j, i]
    return out


@compiled
def stack_slices(
    distances: NDArray[np.float32], steps: int, reach_mm: float, out: NDArray[np.uint8], margin: int, blunt: bool
) -> None:
    """Joins the outlines of neighbouring slices by ramps (shape-based interpolation, Raya and Udupa 1990).

    Args:
        distances: (k, j, i) mm, positive inside.
        steps: samples from a slice to the next.
        reach_mm: this far inside is 255, this far outside 0.
        out: zeros, ((k - 1) steps + 1, j, at least i) samples and `margin` more on each side.
        margin: where the first slice's first sample goes.
        blunt: where the next slice has nothing within reach, end half-way to it, as the voxels do, not by a dome.
    """
    depth, height, width = distances.shape
    scale = np.float32(127.0 / reach_mm)
    nothing = np.float32(-0.999 * reach_mm)
    lowest, highest, middle = np.float32(0.0), np.float32(255.0), np.float32(128.0)
    for s in range((depth - 1) * steps + 1):
        k = min(s // steps, depth - 2)
        upper = np.float32((s - k * steps) / steps)
        lower = np.float32(1.0) - upper
        for j in range(height):
            for i in range(width):
                below, above = distances[k, j, i], distances[k + 1, j, i]
                if blunt and below > 0.0 and above <= nothing:
                    above = -below
                elif blunt and above > 0.0 and below <= nothing:
                    below = -above
                value = middle + scale * (lower * below + upper * above)
                out[s + margin, j + margin, i + margin] = np.uint8(min(max(value, lowest), highest))
