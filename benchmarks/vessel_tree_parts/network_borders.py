"""A network's own vessels of ircadb01, and the same with their border moved here and there, as another run draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from engine import anatomy
from engine.imaging import read_given_labels, read_scan
from engine.progress import SilentProgress
from engine.vessels.build_trees import build_trees
from engine.volume import LabelVolume

_PATCH_VOXELS = (1.0, 2.5, 2.5)
_GIVEN_UP, _GAINED = 1.6, 1.9
"""Standard deviations of a smooth field beyond which a vessel loses its border, and beyond which it gains a voxel."""


def network_shares(data: Path, count: int) -> Iterator[tuple[str, float]]:
    """Name and share of true vessel voxels in the wrong tree: the labels as they are, then `count` disturbed."""
    from engine.segmentation import segment

    scan = read_scan(data / "ircadb01" / "dicom.tar.xz").scan
    truth = read_given_labels(data / "ircadb01" / "reference", scan.geometry).labels
    found = segment(scan, device="cpu", progress=SilentProgress())
    for seed in range(count + 1):
        given = found.labels if seed == 0 else disturbed(found.labels, seed)
        trees = build_trees(given, found.probability, scan=scan).labels.labels
        sides = (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS)
        asked = np.isin(truth, sides) & np.isin(trees, sides)
        yield "as it is" if seed == 0 else f"border {seed}", float((trees[asked] != truth[asked]).mean())


def disturbed(labels: LabelVolume, seed: int) -> LabelVolume:
    """The labels with patches of the vessels' border given up, and others gained from the parenchyma."""
    values = labels.labels.copy()
    vessel = np.isin(values, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    border = vessel & ~ndimage.binary_erosion(vessel)
    beside = ndimage.binary_dilation(vessel) & (values == anatomy.PARENCHYMA)
    noise = np.random.default_rng(seed).normal(size=values.shape).astype(np.float32)
    field = ndimage.gaussian_filter(noise, _PATCH_VOXELS)
    field /= field.std()
    values[border & (field > _GIVEN_UP)] = anatomy.PARENCHYMA
    values[beside & (field < -_GAINED)] = anatomy.HEPATIC_VEINS
    return replace(labels, labels=values)
