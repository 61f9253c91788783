"""Handles of a surface: what a hand holds moves several control points at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan import SurfaceResection

LAST = 3


class HandleKind(StrEnum):
    """What a handle holds."""

    CONTROL = "control"
    CORNER = "corner"
    EDGE = "edge"
    ROW = "row"
    COLUMN = "column"
    INTERIOR = "interior"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A group of control points [row v, column u].

    - control: the one point (row, column).
    - corner: the corner nearest to (row, column), its two neighbours by 2/3 and the inner one by 4/9, so that the
      corner bends without a kink.
    - edge: the four points of the border row or column; give a border row, or a border column, and leave the other
      out. The next row or column follows by half.
    - row, column: the four points of a row or a column.
    - interior: the four inner points.
    - whole: all 16.

    Attributes:
        kind: which group.
        row: 0 to 3 where the kind needs one.
        column: likewise.
    """

    kind: HandleKind
    row: int | None = None
    column: int | None = None


def weights_of(handle: Handle) -> NDArray[np.float64]:
    """(4, 4) how far each control point [row, column] follows the hand, 0 to 1.

    Raises:
        PlanError: a row or column is missing, or there is none of that number.
    """
    weights = np.zeros((4, 4))
    match handle.kind:
        case HandleKind.CONTROL:
            weights[_line(handle.row, "row"), _line(handle.column, "column")] = 1.0
        case HandleKind.CORNER:
            across = _fading(_line(handle.row, "row"), 2.0 / 3.0)
            along = _fading(_line(handle.column, "column"), 2.0 / 3.0)
            weights = np.outer(across, along)
        case HandleKind.EDGE if handle.column is None:
            weights[:] = _fading(_border(handle.row, "row"), 0.5)[:, None]
        case HandleKind.EDGE if handle.row is None:
            weights[:] = _fading(_border(handle.column, "column"), 0.5)
        case HandleKind.EDGE:
            raise PlanError("An edge is a border row or a border column, not both.", cure="Leave one of them out.")
        case HandleKind.ROW:
            weights[_line(handle.row, "row")] = 1.0
        case HandleKind.COLUMN:
            weights[:, _line(handle.column, "column")] = 1.0
        case HandleKind.INTERIOR:
            weights[1:LAST, 1:LAST] = 1.0
        case HandleKind.WHOLE:
            weights[:] = 1.0
        case _:
            assert_never(handle.kind)
    return weights


def move_handle(
    surface: SurfaceResection, handle: Handle, delta_lps_mm: tuple[float, float, float]
) -> SurfaceResection:
    """The surface with a handle's points moved.

    Args:
        surface: as it is.
        handle: what the hand holds.
        delta_lps_mm: how far it moves, LPS mm.

    Raises:
        PlanError: there is no such handle, or the moved surface would fold over itself.
    """
    moved = surface.control_net_lps_mm + weights_of(handle)[..., None] * np.array(delta_lps_mm, dtype=np.float64)
    return SurfaceResection.from_net(moved)


def _line(number: int | None, name: str) -> int:
    if number is None or not 0 <= number <= LAST:
        raise PlanError(f"The handle's {name} is not one of 0 to 3.", cure=f"Give the {name} of a control point.")
    return number


def _border(number: int | None, name: str) -> int:
    line = _line(number, name)
    if line not in {0, LAST}:
        raise PlanError(f"The {name} {line} is no edge.", cure=f"Give {name} 0 or 3, or take the handle {name!r}.")
    return line


def _fading(line: int, next_weight: float) -> NDArray[np.float64]:
    """(4,) 1 at the border nearest to a line, `next_weight` at its neighbour."""
    weights = np.array([1.0, next_weight, 0.0, 0.0])
    return weights if line < 2 else weights[::-1]
