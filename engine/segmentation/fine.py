"""Stage two: the liver's outline, its vessels and its tumours on the fine grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.segmentation import vein_sides
from engine.segmentation.classes import LIVER_CLASSES
from engine.segmentation.fine_decision import decided, vessel_pieces
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.inference import Advance, Answer, predict
from engine.segmentation.lesions import lesion_pieces
from engine.segmentation.liver_outline import liver_probability, mended
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.preprocess import box_of, cropped_to, on_grid
from engine.volume import ScanVolume

PROBABILITY_CLASSES: Final = ("other", "liver", "portal_vein", "hepatic_veins", "tumour")

_MARGIN_MM = 12.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineAnswer:
    """What stage two found.

    Attributes:
        grid: decided classes, see `fine_decision.FINE_CLASSES`.
        probability: as the network gave it, calibrated.
        device: where it ran in the end.
        warnings: what a person should know.
    """

    grid: ClassGrid
    probability: ClassProbability
    device: str
    warnings: tuple[str, ...]


def fine_answer(
    scan: ScanVolume, coarse: ClassGrid, network: LoadedNetwork, *, device: str, mirror: bool = False, advance: Advance
) -> FineAnswer:
    """Outlines the coarse liver, which must not be empty, and finds vessels and tumours in it."""
    box = box_of(coarse.mask_of(LIVER_CLASSES), coarse.geometry).grown(_MARGIN_MM)
    geometry = box.geometry(network.card.spacing_mm)
    organs = on_scan_grid(coarse, geometry, outside=coarse.index("air"))
    coarse_liver = coarse.are(LIVER_CLASSES)[organs]
    hu = on_grid(cropped_to(scan, box), geometry)
    # The network was taught values relative to the liver, so the contrast phase and calibration drop out.
    hu -= np.float32(np.median(hu[organs == coarse.index("liver")]))
    answer = predict(network, hu, device=device, mirror=mirror, advance=advance)
    names = network.card.classes
    cava = organs == coarse.index("inferior_vena_cava")
    if "liver" in names:
        shares = np.ascontiguousarray(answer.probability[..., [names.index(name) for name in PROBABILITY_CLASSES]])
        region_share = liver_probability(
            _sum(shares, 1, 4), _sum(shares, 2, 3), coarse_liver, float(geometry.spacing_ijk_mm[0])
        )
        never = cava | (organs == coarse.index("gallbladder"))
        region_share, region = mended(region_share, never, float(geometry.spacing_ijk_mm[0]))
    else:
        trunk = coarse.are(("portal_vein", "portal_vein_inside"))[organs]
        shares = _split_vessels(answer, names, coarse_liver, cava, trunk, geometry)
        region, region_share = coarse_liver, coarse_liver.astype(np.uint8) * np.uint8(255)
    lesions = lesion_pieces(answer, names, region, hu, geometry)
    grid = decided(shares, region_share, lesions, cava, geometry)
    probability = ClassProbability(
        classes=PROBABILITY_CLASSES, values=np.ascontiguousarray(np.moveaxis(shares, -1, 0)), geometry=geometry
    )
    return FineAnswer(grid=grid, probability=probability, device=answer.device, warnings=answer.warnings)


def _split_vessels(
    answer: Answer,
    names: tuple[str, ...],
    liver: NDArray[np.bool_],
    cava: NDArray[np.bool_],
    trunk: NDArray[np.bool_],
    geometry: VolumeGeometry,
) -> NDArray[np.uint8]:
    """(k, j, i, 5) probabilities of a network that knows "other", "vessel" and "tumour" inside the coarse liver."""
    share = answer.probability[..., names.index("vessel")]
    spacing_mm = float(geometry.spacing_ijk_mm[0])
    vessel = vessel_pieces((share > 127) & liver, geometry.voxel_volume_ml)
    sides = vein_sides.nearest_side(vein_sides.portal_or_hepatic(vessel, liver, cava, trunk, spacing_mm))
    other = answer.probability[..., names.index("other")]
    nothing = np.uint8(0)
    split: NDArray[np.uint8] = np.stack(
        [
            np.where(liver, nothing, other),
            np.where(liver, other, nothing),
            np.where(sides == vein_sides.HEPATIC, nothing, share),
            np.where(sides == vein_sides.HEPATIC, share, nothing),
            answer.probability[..., names.index("tumour")],
        ],
        axis=-1,
    )
    return split


def _sum(shares: NDArray[np.uint8], one: int, other: int) -> NDArray[np.uint8]:
    """Sum of two channels; rounding may bring it above 255."""
    total = shares[..., one].astype(np.uint16) + shares[..., other]
    capped: NDArray[np.uint8] = np.minimum(total, 255).astype(np.uint8)
    return capped
