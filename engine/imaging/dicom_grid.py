"""From the positions of slices to one regular grid, or the exact reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import SliceGeometryError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging.dicom_headers import SliceHeader
from engine.imaging.stored_volume import checked_geometry

_DUPLICATE_MM = 0.01
_UNEVEN_FRACTION = 0.05
"""A gap may differ from the usual one by this part of it: positions are rounded, tables creep."""
_UNEVEN_MM = 0.02
_DRIFT_MM = 0.5
"""How far a slice may lie beside the stack's axis."""
_AXIS_TOLERANCE = 1e-3
_MOST_NAMED = 6

_CURE = "Ask for the complete series with even spacing and prepare that."


def grid_of_slices(slices: Sequence[SliceHeader]) -> tuple[list[SliceHeader], VolumeGeometry]:
    """Sorts slices along their normal and checks that they make a regular grid.

    Args:
        slices: images of one series, one size and one orientation, with positions.

    Returns:
        The slices from first to last along the right-handed normal, and their grid.

    Raises:
        SliceGeometryError: slices missing, unevenly spaced, doubled or tilted; says where and how large.
        UnsupportedScanError: the orientation is no pair of perpendicular directions.
    """
    first = slices[0]
    row, column, normal = _axes(first)
    positions = np.array([header.position_lps_mm for header in slices], dtype=np.float64)
    along_mm = positions @ normal
    order = np.argsort(along_mm, kind="stable")
    along_mm, positions = along_mm[order], positions[order]
    _check_gaps(along_mm)
    _check_drift(positions, along_mm, normal)
    count = len(slices)
    assert first.spacing_ji_mm is not None
    matrix = np.eye(4)
    matrix[:3, 0] = row * first.spacing_ji_mm[1]
    matrix[:3, 1] = column * first.spacing_ji_mm[0]
    matrix[:3, 2] = normal * ((along_mm[-1] - along_mm[0]) / (count - 1))
    matrix[:3, 3] = positions[0]
    return [slices[index] for index in order], checked_geometry((count, first.rows, first.columns), matrix)


def _axes(header: SliceHeader) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    row, column = np.array(header.row_lps), np.array(header.column_lps)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    perpendicular = abs(float(row @ column)) <= _AXIS_TOLERANCE
    if not perpendicular or any(abs(length - 1) > 10 * _AXIS_TOLERANCE for length in lengths):
        raise UnsupportedScanError(
            "The image orientation in the DICOM files is no pair of perpendicular directions.",
            cure="Export the series again from the archive.",
        )
    row = row / lengths[0]
    column = column - (row @ column) * row
    column = column / np.linalg.norm(column)
    return row, column, np.cross(row, column)


def _check_gaps(along_mm: NDArray[np.float64]) -> None:
    gaps = np.diff(along_mm)
    doubled = int((gaps < _DUPLICATE_MM).sum())
    if doubled:
        raise SliceGeometryError(
            f"{doubled} slices lie at the same position as another one (two phases in one series, or copies).",
            cure="Export one phase as its own series and prepare that.",
        )
    usual = float(np.median(gaps))
    tolerance = max(_UNEVEN_MM, _UNEVEN_FRACTION * usual)
    odd = np.flatnonzero(np.abs(gaps - usual) > tolerance)
    if odd.size:
        where = [
            f"{gaps[k]:.1f} mm between slices {k + 1} and {k + 2} ({_missing(gaps[k], usual)})"
            for k in odd[:_MOST_NAMED]
        ]
        more = f" and {odd.size - _MOST_NAMED} more" if odd.size > _MOST_NAMED else ""
        raise SliceGeometryError(
            f"The {len(along_mm)} slices are not evenly spaced: most gaps are {usual:.1f} mm, but "
            f"{', '.join(where)}{more} (counted from the first slice along the stack).",
            cure=_CURE,
        )


def _missing(gap_mm: float, usual_mm: float) -> str:
    ratio = gap_mm / usual_mm
    whole = round(ratio)
    if whole >= 2 and abs(ratio - whole) < 0.2:
        return f"{whole - 1} missing"
    return "uneven"


def _check_drift(positions: NDArray[np.float64], along_mm: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    sideways = positions - positions[0] - np.outer(along_mm - along_mm[0], normal)
    farthest_mm = float(np.linalg.norm(sideways, axis=1).max())
    if farthest_mm > _DRIFT_MM:
        stack_mm = float(along_mm[-1] - along_mm[0])
        degrees = math.degrees(math.atan2(farthest_mm, stack_mm))
        raise SliceGeometryError(
            f"The slices drift {farthest_mm:.1f} mm sideways over the stack "
            f"(about {degrees:.1f} degrees of gantry tilt).",
            cure="Ask for a series reconstructed without tilt.",
        )
