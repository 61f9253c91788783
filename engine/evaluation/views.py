"""Axial and coronal pictures in patient terms, whatever way the voxels are stored.

A view is sampled in true LPS directions: the patient's right on the left of the picture, as radiologists look at it;
axial from the feet (front up), coronal from the front (head up).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.anatomy import LIVER_VALUES, PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC, TUMOUR_VALUES
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, box_of

ViewName = Literal["axial", "coronal"]

MARGIN_MM: Final = 22.0
_DOWN: Final = {"axial": np.array([0.0, 1.0, 0.0]), "coronal": np.array([0.0, 0.0, -1.0])}
_INWARD: Final = {"axial": np.array([0.0, 0.0, 1.0]), "coronal": np.array([0.0, 1.0, 0.0])}
_LEFT: Final = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A plane to look at.

    Attributes:
        name: "axial" or "coronal".
        corner_lps_mm: (3,) centre of the top left pixel.
        shape: rows, columns.
        pixel_mm: size of a pixel.
    """

    name: ViewName
    corner_lps_mm: NDArray[np.float64]
    shape: tuple[int, int]
    pixel_mm: float

    @property
    def sides(self) -> tuple[str, str, str, str]:
        """Patient letters at the left, right, top and bottom of the picture."""
        return ("R", "L", "A", "P") if self.name == "axial" else ("R", "L", "H", "F")

    def sample(
        self, array: NDArray[Any], geometry: VolumeGeometry, *, smooth: bool, offset_mm: float = 0.0
    ) -> NDArray[Any]:
        """(rows, columns) values of a (k, j, i) array: linear if smooth, else nearest; 0 (air) outside.

        `offset_mm` moves the plane along its normal, towards the head or the back.
        """
        rows, columns = np.indices(self.shape)
        points = (
            self.corner_lps_mm
            + offset_mm * _INWARD[self.name]
            + (rows[..., None] * _DOWN[self.name] + columns[..., None] * _LEFT) * self.pixel_mm
        )
        kji = np.moveaxis(geometry.index_from_lps(points)[..., ::-1], -1, 0)
        if smooth:
            return np.asarray(ndimage.map_coordinates(array, kji, order=1, cval=-1000.0, output=np.float32))
        return np.asarray(ndimage.map_coordinates(array, kji, order=0, cval=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Interest:
    """The place worth looking at, and what it is."""

    point_lps_mm: NDArray[np.float64]
    what: str


def place_of_interest(reference: LabelVolume, predicted: LabelVolume) -> Interest:
    """The largest reference tumour, else where the portal vein enters the liver, else the middle of the liver."""
    sizes = np.bincount(reference.labels.ravel(), minlength=256)
    largest = max(TUMOUR_VALUES, key=lambda value: int(sizes[value]))
    if sizes[largest]:
        return Interest(point_lps_mm=_middle(reference, (largest,)), what="the largest tumour")
    for side in (reference, predicted):
        hilum = _hilum(side)
        if hilum is not None:
            return Interest(point_lps_mm=hilum, what="the hilum")
    side = reference if sizes[list(LIVER_VALUES)].any() else predicted
    return Interest(point_lps_mm=_middle(side, LIVER_VALUES), what="the middle of the liver")


def views_of(reference: LabelVolume, predicted: LabelVolume, interest: Interest) -> tuple[View, View]:
    """An axial and a coronal view of both livers through a place, of one scale."""
    bounds = [_bounds_lps_mm(side, LIVER_VALUES) for side in (reference, predicted)]
    known = [pair for pair in bounds if pair is not None] or [_corners_lps_mm(reference.geometry)]
    low = np.min([pair[0] for pair in known], axis=0) - MARGIN_MM
    high = np.max([pair[1] for pair in known], axis=0) + MARGIN_MM
    pixel_mm = float(np.clip((high - low).max() / 420.0, 0.4, 1.5))
    right, front, foot = low
    left, back, head = high
    columns = int((left - right) / pixel_mm) + 1
    _, y, z = interest.point_lps_mm
    return (
        View(
            name="axial",
            corner_lps_mm=np.array([right, front, z]),
            shape=(int((back - front) / pixel_mm) + 1, columns),
            pixel_mm=pixel_mm,
        ),
        View(
            name="coronal",
            corner_lps_mm=np.array([right, y, head]),
            shape=(int((head - foot) / pixel_mm) + 1, columns),
            pixel_mm=pixel_mm,
        ),
    )


def _middle(labels: LabelVolume, values: tuple[int, ...]) -> NDArray[np.float64]:
    """Centre of a structure's box, or of the volume where it is absent, LPS mm."""
    box = box_of(labels.mask_of(values)) or tuple(slice(0, size) for size in labels.geometry.shape_kji)
    centre_kji = [(part.start + part.stop - 1) / 2 for part in box]
    return labels.geometry.lps_from_index(centre_kji[::-1])


def _hilum(labels: LabelVolume) -> NDArray[np.float64] | None:
    """Middle of where the portal vein's inner and outer part touch, LPS mm."""
    inner, outer = (labels.mask_of((value,)) for value in (PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC))
    box = box_of(inner)
    if box is None:
        return None
    wide = tuple(slice(max(0, part.start - 2), part.stop + 2) for part in box)
    contact = inner[wide] & ndimage.binary_dilation(outer[wide], iterations=2)
    chosen = np.argwhere(contact if contact.any() else inner[wide])
    centre_kji = np.median(chosen, axis=0) + [part.start for part in wide]
    return labels.geometry.lps_from_index(centre_kji[::-1])


def _bounds_lps_mm(
    labels: LabelVolume, values: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Lowest and highest LPS mm of a structure's box, None where it is absent."""
    box = box_of(labels.mask_of(values))
    if box is None:
        return None
    start = (box[0].start, box[1].start, box[2].start)
    k, j, i = (part.stop - part.start for part in box)
    return _corners_lps_mm(labels.geometry.cropped(start, (k, j, i)))


def _corners_lps_mm(geometry: VolumeGeometry) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest LPS mm of a grid's outer corners."""
    k, j, i = geometry.shape_kji
    points = geometry.lps_from_index([(x - 0.5, y - 0.5, z - 0.5) for x in (0, i) for y in (0, j) for z in (0, k)])
    return points.min(axis=0), points.max(axis=0)
