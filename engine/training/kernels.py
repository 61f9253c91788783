"""The warp that makes a training patch out of a source volume."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def warp_patch(
    tissues: NDArray[np.uint8],
    image: NDArray[np.int16],
    matrix: NDArray[np.float64],
    bend: NDArray[np.float32],
    out_tissues: NDArray[np.uint8],
    out_image: NDArray[np.float32],
) -> None:
    """Fills a patch from a source volume: labels by nearest voxel, image trilinear, air outside.

    Args:
        tissues: (k, j, i) uint8 source labels.
        image: (k, j, i) int16 source HU, or an empty (0, 0, 0) array where there is none.
        matrix: (3, 4) source index (k, j, i) from patch index (k, j, i).
        bend: (3, a, b, c) displacement in source voxels on a control grid spanning the patch.
        out_tissues: (k, j, i) uint8, written.
        out_image: (k, j, i) float32, written; untouched when there is no image.
    """
    nk, nj, ni = out_tissues.shape
    sk, sj, si = tissues.shape
    has_image = image.shape[0] > 0
    ga, gb, gc = bend.shape[1] - 1, bend.shape[2] - 1, bend.shape[3] - 1
    row = np.empty((3, bend.shape[3]), dtype=np.float32)
    for k in range(nk):
        fa = k * ga / nk
        a = int(fa)
        wa = fa - a
        for j in range(nj):
            fb = j * gb / nj
            b = int(fb)
            wb = fb - b
            for axis in range(3):
                for c in range(gc + 1):
                    low = bend[axis, a, b, c] * (1 - wb) + bend[axis, a, b + 1, c] * wb
                    high = bend[axis, a + 1, b, c] * (1 - wb) + bend[axis, a + 1, b + 1, c] * wb
                    row[axis, c] = low * (1 - wa) + high * wa
            for i in range(ni):
                fc = i * gc / ni
                c = int(fc)
                wc = fc - c
                z = matrix[0, 0] * k + matrix[0, 1] * j + matrix[0, 2] * i + matrix[0, 3]
                y = matrix[1, 0] * k + matrix[1, 1] * j + matrix[1, 2] * i + matrix[1, 3]
                x = matrix[2, 0] * k + matrix[2, 1] * j + matrix[2, 2] * i + matrix[2, 3]
                z += row[0, c] * (1 - wc) + row[0, c + 1] * wc
                y += row[1, c] * (1 - wc) + row[1, c + 1] * wc
                x += row[2, c] * (1 - wc) + row[2, c + 1] * wc
                if z < -0.5 or y < -0.5 or x < -0.5 or z > sk - 0.5 or y > sj - 0.5 or x > si - 0.5:
                    out_tissues[k, j, i] = 0
                    if has_image:
                        out_image[k, j, i] = -1000.0
                    continue
                out_tissues[k, j, i] = tissues[
                    min(max(int(z + 0.5), 0), sk - 1),
                    min(max(int(y + 0.5), 0), sj - 1),
                    min(max(int(x + 0.5), 0), si - 1),
                ]
                if has_image:
                    z0 = min(max(int(z), 0), sk - 2)
                    y0 = min(max(int(y), 0), sj - 2)
                    x0 = min(max(int(x), 0), si - 2)
                    wz = min(max(z - z0, 0.0), 1.0)
                    wy = min(max(y - y0, 0.0), 1.0)
                    wx = min(max(x - x0, 0.0), 1.0)
                    c00 = image[z0, y0, x0] * (1 - wx) + image[z0, y0, x0 + 1] * wx
                    c01 = image[z0, y0 + 1, x0] * (1 - wx) + image[z0, y0 + 1, x0 + 1] * wx
                    c10 = image[z0 + 1, y0, x0] * (1 - wx) + image[z0 + 1, y0, x0 + 1] * wx
                    c11 = image[z0 + 1, y0 + 1, x0] * (1 - wx) + image[z0 + 1, y0 + 1, x0 + 1] * wx
                    out_image[k, j, i] = (c00 * (1 - wy) + c01 * wy) * (1 - wz) + (c10 * (1 - wy) + c11 * wy) * wz
