"""A surface with what a file says about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.surface import MeshLevel

FRAME: Final = "SPACE=LPS; units mm; +x left, +y posterior, +z superior"
"""3D Slicer looks for SPACE= in headers and comments and turns the surface by it."""
NOTICE: Final = "Research use, not a medical device"
_ROWS_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedSurface:
    """A structure's surface, or a part's.

    Attributes:
        name: identifier, e.g. "portal_vein" or "liver_resected".
        title: what a person reads.
        snomed: SNOMED CT concept id, or "".
        colour: "#rrggbb" (sRGB).
        level: vertices in LPS mm.
    """

    name: str
    title: str
    snomed: str
    colour: str
    level: MeshLevel

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        return int(self.colour[1:3], 16), int(self.colour[3:5], 16), int(self.colour[5:7], 16)

    def comments(self) -> tuple[str, ...]:
        """Lines for the head of a text file: what it is, in which frame, and what it may not be used for."""
        code = f", SNOMED CT {self.snomed}" if self.snomed else ""
        return (one_line(f"Cantlie, {self.title} ({self.name}){code}"), FRAME, NOTICE)


def one_line(text: str) -> str:
    """The text as printable ASCII on one line: headers of these formats know no other, and no way to escape."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in " ".join(text.split()))


def rows_as_text(template: str, rows: NDArray[Any]) -> Iterator[bytes]:
    """The template filled with row after row of an (n, c) array, in pieces that need little memory."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        piece = rows[start : start + _ROWS_AT_ONCE]
        values: list[float] = np.ravel(piece).tolist()
        yield (template * len(piece) % tuple(values)).encode()
