"""Loops over triangles and the pixels they cover."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import compiled


@compiled
def cover(
    corners: NDArray[np.float64],
    normals: NDArray[np.float32],
    faces: NDArray[np.uint32],
    shape: tuple[int, int],
    room: int,
    inside_too: bool,
) -> tuple[
    int, NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]
]:  # pragma: no cover - compiled
    """Every pixel's centre that a triangle covers, layer by layer.

    Args:
        corners: (n, 3) column and row in pixels, distance ahead.
        normals: (n, 3) of the corners.
        faces: (m, 3), counter-clockwise seen from outside, rows counted downwards.
        shape: rows and columns.
        room: for how many there is room; nothing is kept beyond it.
        inside_too: whether triangles count that turn their inside to the eye.

    Returns:
        how many there are, and of each: pixel (row-major), distance ahead, normal, whether its outside is seen.
    """
    pixels = np.empty(room, np.int32)
    aheads = np.empty(room, np.float32)
    bent = np.empty((room, 3), np.float32)
    fronts = np.empty(room, np.bool_)
    found = 0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        if corners[a, 2] <= 1.0 or corners[b, 2] <= 1.0 or corners[c, 2] <= 1.0:
            continue
        ax, ay, bx, by = corners[a, 0], corners[a, 1], corners[b, 0], corners[b, 1]
        cx, cy = corners[c, 0], corners[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (area > 0.0 and not inside_too):
            continue
        first_column = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        last_column = min(shape[1] - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        first_row = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        last_row = min(shape[0] - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for row in range(first_row, last_row + 1):
            y = row + 0.5
            for column in range(first_column, last_column + 1):
                x = column + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                if found < room:
                    u, v, w = u / corners[a, 2], v / corners[b, 2], w / corners[c, 2]
                    ahead = 1.0 / (u + v + w)
                    pixels[found] = row * shape[1] + column
                    aheads[found] = ahead
                    fronts[found] = area < 0.0
                    for axis in range(3):
                        sloped = u * normals[a, axis] + v * normals[b, axis] + w * normals[c, axis]
                        bent[found, axis] = ahead * sloped
                found += 1
    return found, pixels[:found], aheads[:found], bent[:found], fronts[:found]


@compiled
def keep_nearest(
    pixels: NDArray[np.int32], aheads: NDArray[np.float32], wanted: NDArray[np.bool_], depth: NDArray[np.float32]
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    """For each pixel the number of the wanted layer that is nearest and nearer than `depth`, or -1; writes `depth`."""
    nearest = np.full(len(depth), -1, np.int64)
    for number in range(len(pixels)):
        if wanted[number] and aheads[number] < depth[pixels[number]]:
            depth[pixels[number]] = aheads[number]
            nearest[pixels[number]] = number
    return nearest


@compiled
def lay_over(
    picture: NDArray[np.float32], pixels: NDArray[np.int32], colours: NDArray[np.float32], alphas: NDArray[np.float32]
) -> None:  # pragma: no cover - compiled
    """Blends layers over the picture (premultiplied), one after the other."""
    for number in range(len(pixels)):
        pixel, alpha = pixels[number], alphas[number]
        for channel in range(3):
            picture[pixel, channel] = colours[number, channel] * alpha + picture[pixel, channel] * (1.0 - alpha)
        picture[pixel, 3] = alpha + picture[pixel, 3] * (1.0 - alpha)
