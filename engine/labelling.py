"""One label map from many masks: overlaps resolved, vessels split at the liver's surface, tumours numbered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.errors import GridMismatchError, LabelError
from engine.geometry import VolumeGeometry
from engine.tumours import number_tumours
from engine.volume import LabelVolume, box_of

TUMOURS: Final = "tumours"
"""Mask name for tumours that are not told apart yet; they are numbered largest first."""

VENOUS_SYSTEM: Final = "venous_system"
"""Mask name for IVC and hepatic veins in one: hepatic veins inside the liver region, IVC outside."""

_OUTSIDE_ORDER: Final[tuple[tuple[str, int], ...]] = (
    ("body", anatomy.BODY),
    ("lungs", anatomy.LUNGS),
    ("bones", anatomy.BONES),
    ("stomach", anatomy.STOMACH),
    ("duodenum", anatomy.DUODENUM),
    ("pancreas", anatomy.PANCREAS),
    ("spleen", anatomy.SPLEEN),
    ("left_kidney", anatomy.LEFT_KIDNEY),
    ("right_kidney", anatomy.RIGHT_KIDNEY),
    ("aorta", anatomy.AORTA),
)
"""Painted in this order, the liver over all of them."""


def known_mask_names() -> tuple[str, ...]:
    """Mask names that `compose_labels` understands besides `tumour_01` to `tumour_99`."""
    return (*(structure.name for structure in anatomy.FIXED_STRUCTURES), TUMOURS, VENOUS_SYSTEM)


def compose_labels(masks: Mapping[str, NDArray[np.bool_]], geometry: VolumeGeometry) -> LabelVolume:
    """Makes one label map from masks that may overlap.

    The liver wins over neighbouring organs, but gallbladder and inferior vena cava are never liver
    (volumetry counts both out). Inside the liver: tumour over vessel over cyst over parenchyma, so that a
    given tumour keeps its volume. The liver region is liver, tumours and cysts with enclosed holes filled;
    portal and hepatic veins get their intrahepatic value in it and their extrahepatic value outside.

    Args:
        masks: structure name (or `tumours`, `venous_system`) -> (k, j, i) mask. `tumour_NN` keeps its number.
        geometry: the grid all masks lie on.

    Raises:
        LabelError: an unknown name, or more than 99 tumours.
        GridMismatchError: a mask has another shape than the grid.
    """
    _check_masks(masks, geometry)
    labels = np.zeros(geometry.shape_kji, dtype=np.uint8)
    for name, value in _OUTSIDE_ORDER:
        if name in masks:
            labels[masks[name]] = value
    tumours = _tumour_values(masks, geometry)
    region = _liver_region(masks, tumours)
    labels[region] = anatomy.PARENCHYMA
    if "liver_cyst" in masks:
        labels[masks["liver_cyst"]] = anatomy.LIVER_CYST
    _paint_veins(labels, masks, region)
    for name, value in (("inferior_vena_cava", anatomy.INFERIOR_VENA_CAVA), ("gallbladder", anatomy.GALLBLADDER)):
        if name in masks:
            labels[masks[name] & (tumours == 0)] = value
    np.copyto(labels, tumours, where=tumours > 0)
    return LabelVolume(labels=labels, geometry=geometry)


def _check_masks(masks: Mapping[str, NDArray[np.bool_]], geometry: VolumeGeometry) -> None:
    known = known_mask_names()
    for name, mask in masks.items():
        if name not in known and tumour_value(name) is None:
            raise LabelError("A mask has a structure name that is not known.", cure=f"Known: {', '.join(known)}.")
        if mask.shape != geometry.shape_kji:
            raise GridMismatchError(
                f"The mask of {name} has {mask.shape} voxels (k, j, i), the scan {geometry.shape_kji}.",
                cure="Give masks on the scan's own grid.",
            )


def tumour_value(name: str) -> int | None:
    """The label value of `tumour_01` to `tumour_99`, or None for any other name."""
    digits = name.removeprefix("tumour_")
    if digits == name or not digits.isdecimal() or not 1 <= int(digits) <= len(anatomy.TUMOUR_VALUES):
        return None
    return anatomy.FIRST_TUMOUR + int(digits) - 1


def _tumour_values(masks: Mapping[str, NDArray[np.bool_]], geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """(k, j, i) tumour values: given numbers are kept, `tumours` takes the numbers left."""
    values = np.zeros(geometry.shape_kji, dtype=np.uint8)
    taken = 0
    # The larger number is painted first, so that the lower number wins where two overlap.
    for name in sorted((n for n in masks if tumour_value(n)), reverse=True):
        value = tumour_value(name) or 0
        values[masks[name]] = value
        taken = max(taken, value - anatomy.FIRST_TUMOUR + 1)
    if TUMOURS in masks:
        # What a person drew is kept to the last voxel; specks are dropped from networks' answers only.
        rest = number_tumours(masks[TUMOURS] & (values == 0), geometry, smallest_ml=0.0)
        if int(rest.max(initial=0)) + taken > anatomy.LAST_TUMOUR:
            raise LabelError("There are more than 99 tumours in the masks.", cure="Merge or remove some of them.")
        values = np.where(rest > 0, rest + np.uint8(taken), values)
    return values


def _liver_region(masks: Mapping[str, NDArray[np.bool_]], tumours: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Liver, tumours and cysts with enclosed holes filled: masks often leave vessels out of the liver.

    Without a liver mask there is no region: a lone tumour mask does not make parenchyma around it.
    """
    from scipy import ndimage

    region = np.zeros(tumours.shape, dtype=bool)
    if "liver" not in masks:
        return region
    region |= masks["liver"] | (tumours > 0)
    if "liver_cyst" in masks:
        region |= masks["liver_cyst"]
    box = box_of(region)
    if box is not None:
        filled = ndimage.binary_fill_holes(region[box])
        # Only vessels are taken into the liver this way; another hole is a hole the reader left on purpose.
        vessels = np.zeros_like(filled)
        for name in ("portal_vein", "hepatic_veins", VENOUS_SYSTEM):
            if name in masks:
                vessels |= masks[name][box]
        region[box] |= filled & vessels
    return region


def _paint_veins(labels: NDArray[np.uint8], masks: Mapping[str, NDArray[np.bool_]], region: NDArray[np.bool_]) -> None:
    """Paints veins into `labels` in place; the portal vein wins where trees overlap."""
    for name, inside, outside in (
        (VENOUS_SYSTEM, anatomy.HEPATIC_VEINS, anatomy.INFERIOR_VENA_CAVA),
        ("hepatic_veins", anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC),
        ("portal_vein", anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC),
    ):
        if name in masks:
            labels[masks[name] & region] = inside
            labels[masks[name] & ~region] = outside
