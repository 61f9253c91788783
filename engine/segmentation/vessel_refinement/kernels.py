"""Compiled loop: how much a place looks like the middle of a tube."""

# numba's decorator has no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(nogil=True, cache=True)
def raise_to_tubes(
    smooth: NDArray[np.float32],
    where: NDArray[np.bool_],
    spacing_kji_mm: NDArray[np.float64],
    scale_mm: float,
    best: NDArray[np.float32],
) -> None:
    """Raises `best` to the response of bright tubes at one scale.

    With -H the negated Hessian and a1 >= a2 >= a3 its eigenvalues, a bright tube has a2 well above zero and a3 near
    zero (along it), a plate a2 near zero, a ball a3 near a2. The response is scale^2 (a2 - max(a3, 0)), in units of
    the image, so that it can be compared with the vessels' contrast (Lindeberg's scale normalisation; a plain
    difference of Frangi's eigenvalues, MICCAI 1998, because his ratios lose thin vessels in noise).

    Args:
        smooth: (k, j, i) float32, the image smoothed with a Gaussian of `scale_mm`.
        where: (k, j, i) voxels to look at; the outermost are left out.
        spacing_kji_mm: (3,) voxel size.
        scale_mm: standard deviation of the Gaussian.
        best: (k, j, i) float32, raised in place.
    """
    nk, nj, ni = smooth.shape
    hk, hj, hi = spacing_kji_mm
    for k in range(1, nk - 1):
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                if not where[k, j, i]:
                    continue
                twice = 2.0 * smooth[k, j, i]
                kk = (twice - smooth[k - 1, j, i] - smooth[k + 1, j, i]) / (hk * hk)
                jj = (twice - smooth[k, j - 1, i] - smooth[k, j + 1, i]) / (hj * hj)
                ii = (twice - smooth[k, j, i - 1] - smooth[k, j, i + 1]) / (hi * hi)
                kj = smooth[k + 1, j - 1, i] + smooth[k - 1, j + 1, i] - smooth[k + 1, j + 1, i]
                kj = (kj - smooth[k - 1, j - 1, i]) / (4.0 * hk * hj)
                ki = smooth[k + 1, j, i - 1] + smooth[k - 1, j, i + 1] - smooth[k + 1, j, i + 1]
                ki = (ki - smooth[k - 1, j, i - 1]) / (4.0 * hk * hi)
                ji = smooth[k, j + 1, i - 1] + smooth[k, j - 1, i + 1] - smooth[k, j + 1, i + 1]
                ji = (ji - smooth[k, j - 1, i - 1]) / (4.0 * hj * hi)
                middle, least = _lower_eigenvalues(kk, jj, ii, kj, ki, ji)
                response = scale_mm * scale_mm * (middle - max(least, 0.0))
                best[k, j, i] = max(best[k, j, i], response)


@numba.njit(nogil=True, cache=True)
def _lower_eigenvalues(kk: float, jj: float, ii: float, kj: float, ki: float, ji: float) -> tuple[float, float]:
    """Middle and least eigenvalue of a symmetric matrix by Smith's formula (Comm. ACM 1961, 4:168)."""
    off = kj * kj + ki * ki + ji * ji
    mean = (kk + jj + ii) / 3.0
    spread = math.sqrt(((kk - mean) ** 2 + (jj - mean) ** 2 + (ii - mean) ** 2 + 2.0 * off) / 6.0)
    if spread < 1e-12:
        return mean, mean
    a, b, c = (kk - mean) / spread, (jj - mean) / spread, (ii - mean) / spread
    d, e, f = kj / spread, ki / spread, ji / spread
    half = (a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e)) / 2.0
    angle = math.acos(min(1.0, max(-1.0, half))) / 3.0
    greatest = mean + 2.0 * spread * math.cos(angle)
    least = mean + 2.0 * spread * math.cos(angle + 2.0 * math.pi / 3.0)
    return 3.0 * mean - greatest - least, least
