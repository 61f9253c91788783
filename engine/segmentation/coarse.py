"""Stage one: organs of the whole body on the coarse grid, mended by what anatomy allows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation.classes import SINGLE_ORGANS
from engine.segmentation.grids import ClassGrid
from engine.segmentation.inference import Advance, predict
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.preprocess import body_box, body_mask, kji_matrix, on_grid
from engine.volume import ScanVolume

FAT_HU: Final = -40.0
"""Even the fattiest liver is denser than this on a native scan; what is not is fat in a fissure or at the edge."""


def coarse_grid(
    scan: ScanVolume, network: LoadedNetwork, *, device: str, mirror: bool = False, advance: Advance
) -> tuple[ClassGrid, str, tuple[str, ...]]:
    """Finds the organs; returns them with an extra class "air", the device that was used, and warnings."""
    body, body_geometry = body_mask(scan)
    geometry = body_box(body, body_geometry).geometry(network.card.spacing_mm)
    hu = on_grid(scan, geometry)
    answer = predict(network, hu, device=device, mirror=mirror, advance=advance)
    grid = ClassGrid(
        classes=network.card.classes, probability=answer.probability, winner=answer.winner, geometry=geometry
    )
    grid.withdraw("liver", grid.mask("liver") & (hu < FAT_HU))
    for name in SINGLE_ORGANS:
        keep_largest(grid, name)
    fill_liver_holes(grid)
    return with_air(grid, nearest_on(body, body_geometry, geometry)), answer.device, answer.warnings


def keep_largest(grid: ClassGrid, name: str) -> None:
    """Withdraws an organ everywhere but in its largest piece."""
    import cc3d

    mask = grid.mask(name)
    if not mask.any():
        return
    largest = np.asarray(cc3d.largest_k(mask, k=1, connectivity=6)) > 0
    grid.withdraw(name, mask & ~largest)


def fill_liver_holes(grid: ClassGrid) -> None:
    """Makes liver of what the liver encloses, unless it is gallbladder, vena cava or portal vein."""
    from scipy import ndimage

    liver = grid.mask("liver")
    if not liver.any():
        return
    other = [grid.index(name) for name in ("gallbladder", "inferior_vena_cava", "portal_vein")]
    holes = ndimage.binary_fill_holes(liver) & ~liver & ~np.isin(grid.winner, other)
    grid.settle("liver", holes)


def nearest_on(mask: NDArray[np.bool_], source: VolumeGeometry, geometry: VolumeGeometry) -> NDArray[np.bool_]:
    """(k, j, i) the nearest voxel of a mask on another grid, false beyond it."""
    matrix = kji_matrix(source, geometry)
    axes = [np.arange(extent) for extent in geometry.shape_kji]
    inside = np.ones(geometry.shape_kji, dtype=bool)
    places = []
    for row, extent in zip(matrix, mask.shape, strict=True):
        place = np.rint(
            row[0] * axes[0][:, None, None] + row[1] * axes[1][None, :, None] + row[2] * axes[2][None, None, :] + row[3]
        ).astype(np.int32)
        inside &= (place >= 0) & (place < extent)
        places.append(np.clip(place, 0, extent - 1))
    found: NDArray[np.bool_] = inside & mask[places[0], places[1], places[2]]
    return found


def with_air(grid: ClassGrid, body: NDArray[np.bool_]) -> ClassGrid:
    """Splits "other" into itself, inside the body, and "air" outside it."""
    other = grid.index("other")
    air = np.where(body, np.uint8(0), grid.probability[..., other])
    probability = np.concatenate([grid.probability, air[..., None]], axis=-1)
    probability[..., other] -= air
    winner = np.where((grid.winner == other) & ~body, np.uint8(len(grid.classes)), grid.winner)
    return ClassGrid(
        classes=(*grid.classes, "air"), probability=probability, winner=winner.astype(np.uint8), geometry=grid.geometry
    )
