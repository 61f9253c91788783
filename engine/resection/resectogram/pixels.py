"""The pixels over a lattice laid flat: where they lie, and how much of the cut each shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pixels_over(
    uv_mm: NDArray[np.float64], pixels: int, finest_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Rising u and falling v of pixel centres over the lattice, and their step."""
    low, high = uv_mm.min(axis=(0, 1)), uv_mm.max(axis=(0, 1))
    step_mm = max(float((high - low).max()) / (pixels - 1), finest_mm)
    columns, rows = (np.floor((high - low) / step_mm + 1e-9).astype(int) + 1).tolist()
    return low[0] + step_mm * np.arange(columns), high[1] - step_mm * np.arange(rows), step_mm


def pixel_areas(areas: NDArray[np.float64] | None, places: NDArray[np.float64], step_mm: float) -> NDArray[np.float32]:
    """(n,) area on the cut of pixels at lattice coordinates, mm2; NaN beyond the lattice; None for a plane."""
    if areas is None:
        return np.where(np.isfinite(places[:, 0]), np.float32(step_mm**2), np.float32(np.nan))
    found = np.full(len(places), np.nan, dtype=np.float32)
    known = np.isfinite(places[:, 0])
    row, column = places[known].T
    r = np.clip(row.astype(np.int64), 0, areas.shape[0] - 1)
    c = np.clip(column.astype(np.int64), 0, areas.shape[1] - 1)
    second = (column - c < row - r).astype(np.int64)
    found[known] = step_mm**2 / areas[r, c, second]
    return found
