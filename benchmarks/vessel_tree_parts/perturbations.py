"""What can be wrong with a label map before its vessels are told apart: seeds off, vessels broken, trees joined.

Each perturbation takes a liver whose portal and hepatic voxels are known and gives the label map as a network or a
person might have left it, all vessels of the liver in one class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine import anatomy
from engine.volume import LabelVolume

Labels = NDArray[np.uint8]
Voxels = NDArray[np.int64]
Box = tuple[slice, ...]

PORTAL, HEPATIC = anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS
TRUNK, CAVA = anatomy.PORTAL_VEIN_EXTRAHEPATIC, anatomy.INFERIOR_VENA_CAVA
OUTER = (TRUNK, anatomy.HEPATIC_VEINS_EXTRAHEPATIC, CAVA)


@dataclass(frozen=True, kw_only=True)
class Liver:
    """A liver with its answer.

    Attributes:
        name: what to print.
        truth: portal and hepatic veins apart.
        seed: of what is drawn at random.
    """

    name: str
    truth: LabelVolume
    seed: int = 1

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """(k, j, i) mm."""
        return self.truth.geometry.spacing_kji_mm

    def voxels(self, value: int) -> Voxels:
        """(n, 3) indices of a label."""
        return np.argwhere(self.truth.labels == value)


def merged(labels: Labels) -> Labels:
    """All vessels of the liver in one class."""
    return np.where(labels == PORTAL, np.uint8(HEPATIC), labels)


def without(labels: Labels, values: tuple[int, ...]) -> Labels:
    """Labels without some structures outside the liver."""
    return np.where(np.isin(labels, values), np.uint8(anatomy.BODY), labels)


def ball(shape: tuple[int, ...], spacing: NDArray[np.float64], centre: Voxels, radius: float) -> tuple[Box, Labels]:
    """(box, mask) of the voxels within a radius in mm."""
    low = np.maximum(0, np.floor(centre - radius / spacing)).astype(int)
    high = np.minimum(shape, np.ceil(centre + radius / spacing) + 1).astype(int)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    k, j, i = np.ogrid[box]
    away = [((axis - c) * s) ** 2 for axis, c, s in zip((k, j, i), centre, spacing, strict=True)]
    return box, away[0] + away[1] + away[2] <= radius**2


def join(labels: Labels, spacing: NDArray[np.float64], ends: tuple[Voxels, Voxels], radius: float) -> None:
    """Draws a false vessel of a radius in mm into the parenchyma between two places."""
    for share in np.linspace(0, 1, 20):
        centre = ends[0] * (1 - share) + ends[1] * share
        box, inside = ball(labels.shape, spacing, centre, radius)
        labels[box][inside & (labels[box] == anatomy.PARENCHYMA)] = HEPATIC


def with_touches(liver: Liver, labels: Labels, count: int, radius: float = 1.3) -> Labels:
    """Joins the trees where they pass within 8 mm of each other."""
    random = np.random.default_rng(liver.seed)
    labels, spacing = labels.copy(), liver.spacing_mm
    portal, hepatic = liver.voxels(PORTAL), liver.voxels(HEPATIC)
    away, nearest = cKDTree(portal * spacing).query(hepatic * spacing)
    near = np.flatnonzero((away > 1.5) & (away < 8))
    for place in near[random.integers(len(near), size=count)]:
        join(labels, spacing, (hepatic[place], portal[nearest[place]]), radius)
    return labels


def with_breaks(liver: Liver, labels: Labels, count: int = 12) -> Labels:
    """Drops 5 % of the vessel voxels and breaks thin vessels over 3 to 8 mm."""
    import edt

    random = np.random.default_rng(liver.seed)
    labels, spacing = labels.copy(), liver.spacing_mm
    vessel = np.isin(liver.truth.labels, (PORTAL, HEPATIC))
    radius = edt.edt(vessel, anisotropy=tuple(spacing.tolist()), parallel=1)
    labels[vessel & (random.random(labels.shape) < 0.05)] = anatomy.PARENCHYMA
    thin = np.argwhere(vessel & (radius > 0.9) & (radius < 2.5))
    for centre in thin[random.integers(len(thin), size=count)]:
        box, inside = ball(labels.shape, spacing, centre, max(random.uniform(1.5, 4), 1.3 * radius[tuple(centre)] + 1))
        labels[box][inside & vessel[box]] = anatomy.PARENCHYMA
    return labels


def shifted(liver: Liver, labels: Labels, values: tuple[int, ...], offset_mm: tuple[float, float, float]) -> Labels:
    """Labels whose structures outside the liver lie elsewhere: (up, back, left) in mm; they never cover vessels."""
    labels = without(labels, values)
    steps = np.rint(np.array(offset_mm) / liver.spacing_mm).astype(int)
    for value in values:
        at = liver.voxels(value) + steps
        at = at[((at >= 0) & (at < labels.shape)).all(axis=1)]
        free = ~np.isin(labels[tuple(at.T)], (PORTAL, HEPATIC))
        labels[tuple(at[free].T)] = value
    return labels


def with_gap(liver: Liver, labels: Labels, tree: int, start: int, gap_mm: float) -> Labels:
    """Labels in which a tree ends before the structure it starts at."""
    import edt

    spacing = tuple(liver.spacing_mm.tolist())
    near = edt.edt(labels != start, anisotropy=spacing, parallel=1) < gap_mm
    return np.where(near & (labels == tree), np.uint8(anatomy.PARENCHYMA), labels)


def touching(liver: Liver, labels: Labels, ours: int, theirs: int, radius: float) -> Labels:
    """Joins the vessels of one tree to the other tree's start by a thick false bridge where they are nearest."""
    labels = labels.copy()
    start, vessels = liver.voxels(theirs), liver.voxels(ours)
    if len(start) and len(vessels):
        away, nearest = cKDTree(start * liver.spacing_mm).query(vessels * liver.spacing_mm)
        # What lies against it from the beginning needs no bridge.
        at = int(np.argmin(np.where(away > 2.5, away, np.inf)))
        join(labels, liver.spacing_mm, (vessels[at], start[nearest[at]]), radius)
    return labels


Perturbation = Callable[[Liver, Labels], Labels]

PERTURBATIONS: dict[str, Perturbation] = {
    "as it is": lambda _, labels: labels,
    "no trunk": lambda _, labels: without(labels, (TRUNK,)),
    "no cava": lambda _, labels: without(labels, OUTER[1:]),
    "neither": lambda _, labels: without(labels, OUTER),
    "trunk 8 mm up": lambda liver, labels: shifted(liver, labels, (TRUNK,), (8, 0, 0)),
    "trunk 8 mm back": lambda liver, labels: shifted(liver, labels, (TRUNK,), (0, 8, 0)),
    "cava 8 mm forward": lambda liver, labels: shifted(liver, labels, OUTER[1:], (0, -8, 0)),
    "cava 8 mm left": lambda liver, labels: shifted(liver, labels, OUTER[1:], (0, 0, 8)),
    "hilum missing": lambda liver, labels: with_gap(liver, labels, PORTAL, TRUNK, 14),
    "confluence missing": lambda liver, labels: with_gap(liver, labels, HEPATIC, CAVA, 14),
    "10 joins": lambda liver, labels: with_touches(liver, labels, 10),
    "20 thick joins": lambda liver, labels: with_touches(liver, labels, 20, 2.0),
    "hepatic at trunk": lambda liver, labels: touching(liver, labels, HEPATIC, TRUNK, 2.0),
    "portal at cava": lambda liver, labels: touching(liver, labels, PORTAL, CAVA, 2.0),
    "broken": with_breaks,
    "broken and joined": lambda liver, labels: with_touches(liver, with_breaks(liver, labels), 10),
}


def perturbed(liver: Liver, name: str) -> Labels:
    """The label map under a perturbation, vessels in one class."""
    return merged(PERTURBATIONS[name](liver, liver.truth.labels))
