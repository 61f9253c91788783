"""Stage one: organs of the whole body on the coarse grid, mended by what anatomy allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.segmentation.classes import SINGLE_ORGANS, VEINS
from engine.segmentation.grids import ClassGrid
from engine.segmentation.inference import Advance, predict
from engine.segmentation.liver_outline import NOTCH_MM, closed, liver_pieces
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.preprocess import body_box, body_mask, kji_matrix, on_grid
from engine.volume import ScanVolume

FAT_HU: Final = -40.0
"""Even the fattiest liver is denser than this on a native scan; what is not is fat in a fissure or at the edge."""

HIGHEST_TRUNK: Final = 0.75
"""Share of the liver's height above which no piece of the portal trunk or the splenic vein begins."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoarseAnswer:
    """What stage one found.

    Attributes:
        grid: classes, with "air" for what lies outside the body.
        hu: (k, j, i) float32 the scan on that grid.
        device: where it ran in the end.
        warnings: what a person should know.
    """

    grid: ClassGrid
    hu: NDArray[np.float32]
    device: str
    warnings: tuple[str, ...]


def coarse_answer(
    scan: ScanVolume, network: LoadedNetwork, *, device: str, mirror: bool = False, advance: Advance
) -> CoarseAnswer:
    """Finds the organs and mends what anatomy does not allow."""
    body, body_geometry = body_mask(scan)
    geometry = body_box(body, body_geometry).geometry(network.card.spacing_mm)
    hu = on_grid(scan, geometry)
    answer = predict(network, hu, device=device, mirror=mirror, advance=advance)
    grid = ClassGrid(
        classes=network.card.classes, probability=answer.probability, winner=answer.winner, geometry=geometry
    )
    grid.withdraw("liver", grid.mask("liver") & (hu < FAT_HU))
    for name in grid.classes:
        if name in SINGLE_ORGANS:
            keep_largest(grid, name)
    keep_liver(grid)
    drop_high_portal_pieces(grid)
    fill_liver_holes(grid)
    grid = with_air(with_veins_split(grid), nearest_on(body, body_geometry, geometry))
    return CoarseAnswer(grid=grid, hu=hu, device=answer.device, warnings=answer.warnings)


def keep_liver(grid: ClassGrid) -> None:
    """Withdraws the liver everywhere but in its largest piece and in large ones close to it."""
    mask = grid.mask("liver")
    grid.withdraw("liver", mask & ~liver_pieces(mask, float(grid.geometry.spacing_ijk_mm[0])))


def keep_largest(grid: ClassGrid, name: str) -> None:
    """Withdraws an organ everywhere but in its largest piece."""
    import cc3d

    mask = grid.mask(name)
    if not mask.any():
        return
    largest = np.asarray(cc3d.largest_k(mask, k=1, connectivity=6)) > 0
    grid.withdraw(name, mask & ~largest)


def drop_high_portal_pieces(grid: ClassGrid) -> None:
    """Withdraws the portal vein from pieces under the dome: its trunk and the splenic vein lie lower.

    There it is a hepatic vein or the heart, and would make the tree that drains into the cava a portal one.
    """
    import cc3d

    mask = grid.mask("portal_vein") if "portal_vein" in grid.classes else np.zeros(grid.geometry.shape_kji, dtype=bool)
    levels = np.flatnonzero(grid.mask("liver").any(axis=(1, 2)))
    if levels.size == 0 or not mask.any():
        return
    pieces = np.asarray(cc3d.connected_components(mask, connectivity=26))
    low = int(levels[0] + HIGHEST_TRUNK * (levels[-1] - levels[0]))
    kept = np.zeros(int(pieces.max()) + 1, dtype=bool)
    kept[np.unique(pieces[: low + 1])] = True
    grid.withdraw("portal_vein", mask & ~kept[pieces])


def fill_liver_holes(grid: ClassGrid) -> None:
    """Makes liver of what the liver encloses, unless it is gallbladder, a great vein or tumour."""
    from scipy import ndimage

    liver = grid.mask("liver")
    if not liver.any():
        return
    never = grid.mask_of(("gallbladder", "inferior_vena_cava", "portal_vein", "hepatic_veins", "tumour"))
    holes = ndimage.binary_fill_holes(liver) & ~liver & ~never
    grid.settle("liver", holes)


def with_veins_split(grid: ClassGrid) -> ClassGrid:
    """Adds a class for the part of each vein that liver surrounds: the trunk and the branches are told apart."""
    spacing_mm = float(grid.geometry.spacing_ijk_mm[0])
    surrounded = closed(grid.mask_of(("liver", "tumour")), NOTCH_MM, spacing_mm)
    names = tuple(name for name in VEINS if name in grid.classes)
    inside = [np.where(surrounded, grid.probability[..., grid.index(name)], np.uint8(0)) for name in names]
    probability = np.concatenate([grid.probability, *(share[..., None] for share in inside)], axis=-1)
    winner = grid.winner.copy()
    for number, name in enumerate(names):
        probability[..., grid.index(name)] -= inside[number]
        winner[surrounded & grid.mask(name)] = len(grid.classes) + number
    classes = (*grid.classes, *(f"{name}_inside" for name in names))
    return ClassGrid(classes=classes, probability=probability, winner=winner, geometry=grid.geometry)


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
