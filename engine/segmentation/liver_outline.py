"""The outline of the liver out of both stages: the coarse one says which organ, the fine one where it ends.

Each voxel adds the fine network's log odds for "inside the liver" and a prior from the coarse outline: its signed
distance in steps of `PRIOR_MM`. Close to the coarse outline the fine network decides; the further away, the surer it
has to be; what neither its bytes nor a neighbouring organ of the same density can outweigh is the coarse answer.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.volume import box_of

PRIOR_MM: Final = 3.0
"""The coarse grid's voxel: one unit of log odds for each voxel away from the coarse outline."""

NOTCH_MM: Final = 6.0
"""Half the widest gap that counts as surrounded by liver: main branches are up to 12 mm wide, the hilum is wider."""
_SECOND_PIECE_ML: Final = 20.0
_SECOND_PIECE_GAP_MM: Final = 12.0


def liver_probability(
    solid: NDArray[np.uint8],
    vessel: NDArray[np.uint8],
    coarse_liver: NDArray[np.bool_],
    spacing_mm: float,
) -> NDArray[np.uint8]:
    """Probability that a voxel lies within the liver's outline, vessels and tumours included.

    Args:
        solid: (k, j, i) uint8 fine probability of parenchyma or tumour.
        vessel: (k, j, i) uint8 fine probability of portal or hepatic veins, in or outside the liver.
        coarse_liver: (k, j, i) the coarse liver on the same grid.
        spacing_mm: of the grid.

    Returns:
        (k, j, i) uint8, 255 is certain.
    """
    # Where a vessel lies inside is no question of density: it does where liver surrounds it.
    surrounded = closed(solid > 127, NOTCH_MM, spacing_mm)
    room = 255 - solid  # rounding may bring the sum of classes above 255
    inside = solid + np.where(surrounded, np.minimum(vessel, room), np.uint8(0))
    share = np.clip(np.arange(256), 1, 254) / 255
    log_odds = np.log(share / (1 - share)).astype(np.float32)[inside]
    log_odds += signed_distance_mm(coarse_liver, spacing_mm) / np.float32(PRIOR_MM)
    np.exp(-log_odds, out=log_odds)
    log_odds += 1
    result: NDArray[np.uint8] = (np.float32(255) / log_odds + np.float32(0.5)).astype(np.uint8)
    return result


def mended(
    probability: NDArray[np.uint8], never: NDArray[np.bool_], spacing_mm: float
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Drops pieces that are no liver and fills holes, except with what is never liver.

    Args:
        probability: (k, j, i) from `liver_probability`.
        never: (k, j, i) gallbladder and vena cava.
        spacing_mm: of the grid.

    Returns:
        The probability with 0 in dropped pieces and 255 in filled holes, and the region where it is above one half.
    """
    from scipy import ndimage

    found = probability > 127
    region = liver_pieces(found, spacing_mm)
    probability = np.where(found & ~region, np.uint8(0), probability)
    box = box_of(region)
    if box is None:
        return probability, region
    holes = ndimage.binary_fill_holes(region[box]) & ~region[box] & ~never[box]
    probability[box][holes] = 255
    region[box] |= holes
    return probability, region


def liver_pieces(mask: NDArray[np.bool_], spacing_mm: float) -> NDArray[np.bool_]:
    """The largest piece, and others that are large and close: lobes that a narrow bridge joins at finer steps."""
    import cc3d

    pieces = np.asarray(cc3d.connected_components(mask, connectivity=6))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    if sizes.max(initial=0) == 0:
        return mask
    largest = int(sizes.argmax())
    keep: NDArray[np.bool_] = pieces == largest
    least = _SECOND_PIECE_ML * 1000 / spacing_mm**3
    others = [int(n) for n in np.flatnonzero(sizes >= least) if n != largest]
    if others:
        near = -signed_distance_mm(keep, spacing_mm) <= _SECOND_PIECE_GAP_MM
        for number in others:
            piece = pieces == number
            if (piece & near).any():
                keep |= piece
    return keep


def closed(mask: NDArray[np.bool_], reach_mm: float, spacing_mm: float) -> NDArray[np.bool_]:
    """The mask with gaps up to twice the reach wide closed, by distance (a ball, not a cube of voxels)."""
    import edt

    pad = int(np.ceil(reach_mm / spacing_mm)) + 1
    far = np.pad(~mask, pad, constant_values=True)
    grown = edt.edt(far, parallel=2) * np.float32(spacing_mm) <= reach_mm
    inner = np.asarray(edt.edt(grown, parallel=2))[pad:-pad, pad:-pad, pad:-pad] * np.float32(spacing_mm)
    filled: NDArray[np.bool_] = np.greater(inner, reach_mm)
    filled |= mask
    return filled


def signed_distance_mm(mask: NDArray[np.bool_], spacing_mm: float) -> NDArray[np.float32]:
    """(k, j, i) float32 distance to the outline, positive inside; minus infinity where nothing is inside."""
    import edt

    if not mask.any():
        return np.full(mask.shape, -np.inf, dtype=np.float32)
    inside = edt.edt(mask, parallel=2)
    outside = edt.edt(~mask, parallel=2)
    # The outline lies half a voxel from the centres beside it.
    distance: NDArray[np.float32] = np.where(mask, inside - 0.5, 0.5 - outside) * np.float32(spacing_mm)
    return distance
