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
ONE_VESSEL_CLASSES: Final = ("other", "liver", "vessel", "tumour")

_MARGIN_MM: Final = 12.0
_LEAST_TREE: Final = 0.12
"""A tree smaller than this share of all vessels is a network's failure: in people the two are about as large."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineAnswer:
    """What stage two found.

    Attributes:
        grid: decided classes, see `fine_decision.FINE_CLASSES`.
        probability: as the network gave it, calibrated; `PROBABILITY_CLASSES`, or `ONE_VESSEL_CLASSES` where it does
            not tell portal from hepatic veins.
        device: where it ran in the end.
        warnings: what a person should know.
    """

    grid: ClassGrid
    probability: ClassProbability
    device: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """The coarse organs on the fine grid: (k, j, i) masks.

    Attributes:
        liver: with all that lies in it.
        cava: vena cava.
        trunk: portal vein, in and outside the liver.
        gallbladder: never part of the liver.
        geometry: the fine grid.
    """

    liver: NDArray[np.bool_]
    cava: NDArray[np.bool_]
    trunk: NDArray[np.bool_]
    gallbladder: NDArray[np.bool_]
    geometry: VolumeGeometry

    @property
    def spacing_mm(self) -> float:
        """Of the isotropic grid."""
        return float(self.geometry.spacing_ijk_mm[0])


def fine_answer(
    scan: ScanVolume, coarse: ClassGrid, network: LoadedNetwork, *, device: str, mirror: bool = False, advance: Advance
) -> FineAnswer:
    """Outlines the coarse liver, which must not be empty, and finds vessels and tumours in it."""
    box = box_of(coarse.mask_of(LIVER_CLASSES), coarse.geometry).grown(_MARGIN_MM)
    geometry = box.geometry(network.card.spacing_mm)
    organs = on_scan_grid(coarse, geometry, outside=coarse.index("air"))
    around = Surroundings(
        liver=coarse.are(LIVER_CLASSES)[organs],
        cava=coarse.are(("inferior_vena_cava",))[organs],
        trunk=coarse.are(("portal_vein", "portal_vein_inside"))[organs],
        gallbladder=coarse.are(("gallbladder",))[organs],
        geometry=geometry,
    )
    hu = on_grid(cropped_to(scan, box), geometry)
    # The network was taught values relative to the liver, so the contrast phase and calibration drop out.
    hu -= np.float32(np.median(hu[organs == coarse.index("liver")]))
    answer = predict(network, hu, device=device, mirror=mirror, advance=advance)
    names = network.card.classes
    shares = five_shares(answer, names, around)
    region_share, region = outline(shares, around) if "liver" in names else (_certain(around.liver), around.liver)
    split = with_both_trees(shares, region, around)
    lesions = lesion_pieces(answer, names, region, hu, geometry)
    grid = decided(split, region_share, lesions, around.cava, geometry)
    probability = as_given(shares, geometry, both_trees=split is shares)
    return FineAnswer(grid=grid, probability=probability, device=answer.device, warnings=answer.warnings)


def as_given(shares: NDArray[np.uint8], geometry: VolumeGeometry, *, both_trees: bool) -> ClassProbability:
    """The shares as the network gave them: one vessel class where it does not tell the trees apart.

    `with_both_trees` guesses the side of a vessel; whoever asks the probability must not take that for evidence.
    """
    if both_trees:
        classes: tuple[str, ...] = PROBABILITY_CLASSES
        values = np.moveaxis(shares, -1, 0)
    else:
        classes = ONE_VESSEL_CLASSES
        values = np.stack([shares[..., 0], shares[..., 1], _sum(shares, 2, 3), shares[..., 4]])
    return ClassProbability(classes=classes, values=np.ascontiguousarray(values), geometry=geometry)


def five_shares(answer: Answer, names: tuple[str, ...], around: Surroundings) -> NDArray[np.uint8]:
    """(k, j, i, 5) uint8 in the order of `PROBABILITY_CLASSES`, whatever the network's classes are.

    A network that knows "vessel" only has all its vessels called portal here; `with_both_trees` tells them apart. One
    that does not know the liver has its "other" called liver inside the coarse outline.
    """
    shares = np.zeros((*answer.winner.shape, len(PROBABILITY_CLASSES)), dtype=np.uint8)
    for channel, name in enumerate(PROBABILITY_CLASSES):
        given = "vessel" if name == "portal_vein" and "vessel" in names else name
        if given in names:
            shares[..., channel] = answer.probability[..., names.index(given)]
    if "liver" not in names:
        shares[..., 1] = np.where(around.liver, shares[..., 0], np.uint8(0))
        shares[..., 0] -= shares[..., 1]
    return shares


def outline(shares: NDArray[np.uint8], around: Surroundings) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """(k, j, i) uint8 probability of lying within the liver's outline, and the region where it is above one half."""
    share = liver_probability(_sum(shares, 1, 4), _sum(shares, 2, 3), around.liver, around.spacing_mm)
    return mended(share, around.cava | around.gallbladder, around.spacing_mm)


def with_both_trees(shares: NDArray[np.uint8], region: NDArray[np.bool_], around: Surroundings) -> NDArray[np.uint8]:
    """Shares with the vessels split by where they drain, if the network calls nearly all of them one tree.

    Else the very array that was given.
    """
    vessel = _sum(shares, 2, 3)
    found = vessel_pieces((vessel > 127) & region, around.geometry.voxel_volume_ml)
    portal = int((found & (shares[..., 2] >= shares[..., 3])).sum())
    total = int(found.sum())
    if min(portal, total - portal) >= _LEAST_TREE * total:
        return shares
    sides = vein_sides.portal_or_hepatic(found, region, around.cava, around.trunk, around.spacing_mm)
    hepatic = vein_sides.nearest_side(sides) == vein_sides.HEPATIC
    split = shares.copy()
    split[..., 2] = np.where(hepatic, np.uint8(0), vessel)
    split[..., 3] = np.where(hepatic, vessel, np.uint8(0))
    return split


def _certain(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return mask.astype(np.uint8) * np.uint8(255)


def _sum(shares: NDArray[np.uint8], one: int, other: int) -> NDArray[np.uint8]:
    """Sum of two channels; rounding may bring it above 255."""
    total = shares[..., one].astype(np.uint16) + shares[..., other]
    capped: NDArray[np.uint8] = np.minimum(total, 255).astype(np.uint8)
    return capped
