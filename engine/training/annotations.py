"""Structures drawn by hand on scans whose labels leave them out: ellipses on a few slices, filled by threshold."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.training import tissues as tissue

FOLDER: Final = Path(__file__).parents[2] / "models" / "annotations"

_COLUMNS: Final = 5
_SMOOTHING_VOXELS: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnStructure:
    """One structure as an annotator drew it.

    Attributes:
        tissue: name of the tissue it is painted as, one of `engine.training.tissues.TISSUES`.
        rows: (n, 5) ellipses in axial slices, inferior first: how far superior, posterior and left of the scan's
            inferior, anterior, right corner the centre lies, half the width (left to right), half the depth; mm.
        above_hu: what is darker after slight smoothing is left out.
        below_hu: what is brighter is left out.
        one_piece: keep only the largest connected piece and fill it: an organ in a roomy outline. A vessel's
            outline is drawn tight and kept as it is.
    """

    tissue: str
    rows: NDArray[np.float64]
    above_hu: float
    below_hu: float
    one_piece: bool


def read_annotation(path: Path) -> tuple[DrawnStructure, ...]:
    """The structures of an annotation file, in the order in which they are painted.

    Raises:
        TrainingError: the file is not an annotation.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        drawn = tuple(
            DrawnStructure(
                tissue=str(entry["tissue"]),
                rows=np.array(entry["rows"], dtype=np.float64).reshape(-1, _COLUMNS),
                above_hu=float(entry["above_hu"]),
                below_hu=float(entry.get("below_hu", np.inf)),
                one_piece=bool(entry.get("one_piece", False)),
            )
            for entry in document["structures"]
        )
        for one in drawn:
            _value_of(one.tissue)
            if len(one.rows) < 2 or not (np.diff(one.rows[:, 0]) > 0).all() or not (one.rows[:, 3:] > 0).all():
                raise ValueError(f"{one.tissue}: rows have to rise and to be ellipses")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path.name} is no annotation: {error}", cure="Restore the file.") from error
    return drawn


def painted(
    tissues: NDArray[np.uint8],
    image_hu: NDArray[np.int16],
    spacing_kji_mm: tuple[float, float, float],
    drawn: tuple[DrawnStructure, ...],
) -> NDArray[np.uint8]:
    """(k, j, i) tissues with the structures painted in.

    Structures painted earlier stay, and so do tumours; an organ in one piece leaves the liver too, while a vessel
    may run through it.

    Args:
        tissues: (k, j, i) values of `engine.training.tissues`; k grows superior, j posterior, i left.
        image_hu: (k, j, i) the scan.
        spacing_kji_mm: of both.
        drawn: what to paint, in this order.
    """
    result = tissues.copy()
    done = np.zeros(tissues.shape, dtype=bool)
    for one in drawn:
        free = ~done & (tissues != tissue.TUMOUR)
        if one.one_piece:
            free &= tissues != tissue.LIVER
        mask = drawn_mask(image_hu, spacing_kji_mm, one, free)
        result[mask] = _value_of(one.tissue)
        done |= mask
    return result


def taught_classes(drawn: tuple[DrawnStructure, ...]) -> tuple[int, ...]:
    """The classes the structures are taught as."""
    return tuple(int(tissue.CLASS_OF_TISSUE[_value_of(one.tissue)]) for one in drawn)


def drawn_mask(
    image_hu: NDArray[np.int16],
    spacing_kji_mm: tuple[float, float, float],
    one: DrawnStructure,
    free: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(k, j, i) where a structure lies: its ellipses, interpolated between slices, as far as free and bright enough."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(image_hu.astype(np.float32), (0.0, _SMOOTHING_VOXELS, _SMOOTHING_VOXELS))
    outline = _outline(image_hu.shape, spacing_kji_mm, one.rows)
    mask = outline & free & (smooth > one.above_hu) & (smooth < one.below_hu)
    return _largest_piece(mask, outline & (smooth > one.above_hu / 2), free) if one.one_piece else np.asarray(mask)


def _largest_piece(mask: NDArray[np.bool_], reach: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected piece of an opened mask, a voxel wider within reach, holes filled slice by slice."""
    from scipy import ndimage

    mask = ndimage.binary_opening(mask, np.ones((1, 3, 3), dtype=bool))
    pieces, count = ndimage.label(mask)
    if count == 0:
        return np.zeros_like(free)
    mask = pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    mask = ndimage.binary_dilation(mask, np.ones((1, 3, 3), dtype=bool)) & reach
    closed = [ndimage.binary_fill_holes(ndimage.binary_closing(plane, iterations=2)) for plane in mask]
    return np.asarray(np.stack(closed) & free)


def _outline(
    shape: tuple[int, ...], spacing_kji_mm: tuple[float, float, float], rows: NDArray[np.float64]
) -> NDArray[np.bool_]:
    up, back, left = ((np.arange(n) + 0.5) * step for n, step in zip(shape, spacing_kji_mm, strict=True))
    result = np.zeros(shape, dtype=bool)
    # Half a slice beyond the outermost rows, which were drawn on the middle of a slice.
    reach = spacing_kji_mm[0] / 2
    for k in np.flatnonzero((up >= rows[0, 0] - reach) & (up <= rows[-1, 0] + reach)):
        j, i, width, depth = (np.interp(up[k], rows[:, 0], rows[:, column]) for column in range(1, _COLUMNS))
        result[k] = ((left[None, :] - i) / width) ** 2 + ((back[:, None] - j) / depth) ** 2 <= 1.0
    return result


def _value_of(name: str) -> int:
    for one in tissue.TISSUES:
        if one.name == name:
            return one.value
    raise ValueError(f"there is no tissue {name!r}")
