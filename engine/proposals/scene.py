"""The case as the search sees it: what to take out, what to keep, and samples of the liver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, is_tumour, structures_present
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.proposals.constraints import Constraints
from engine.volume import LabelVolume, box_of

MOST_LIVER_SAMPLES: Final = 6_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """A tumour to take out.

    Attributes:
        name: "tumour_01" ...
        value: its label value.
        hull_lps_mm: (n, 3) voxel centres that span it: a plane that clears these clears the whole tumour.
        rim_lps_mm: (m, 3) centres of its outermost voxels.
        centre_lps_mm: (3,) mean of its voxels.
    """

    name: str
    value: int
    hull_lps_mm: NDArray[np.float64]
    rim_lps_mm: NDArray[np.float64]
    centre_lps_mm: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """What candidates are made from.

    Attributes:
        targets: tumours to take out.
        liver_lps_mm: (n, 3) evenly drawn voxel centres of the liver.
        rim_lps_mm: (m, 3) evenly drawn voxel centres at the liver's surface.
        centre_lps_mm: (3,) of the liver.
    """

    targets: tuple[Target, ...]
    liver_lps_mm: NDArray[np.float64]
    rim_lps_mm: NDArray[np.float64]
    centre_lps_mm: NDArray[np.float64]

    @property
    def hull_lps_mm(self) -> NDArray[np.float64]:
        """(n, 3) the hulls of all targets together."""
        return np.concatenate([target.hull_lps_mm for target in self.targets])


def scene_of(labels: LabelVolume, constraints: Constraints) -> Scene:
    """Collects targets and samples.

    Raises:
        PlanError: there is no liver, no tumour, or no tumour of a name asked for.
    """
    liver = labels.mask_of(LIVER_VALUES)
    box = box_of(liver)
    if box is None:
        raise PlanError("The case has no liver.", cure="Prepare the case again, or correct its segmentation.")
    start = np.array([side.start for side in box])
    geometry = labels.geometry.cropped((int(start[0]), int(start[1]), int(start[2])), liver[box].shape)
    inside = LabelVolume(labels=np.ascontiguousarray(labels.labels[box]), geometry=geometry)
    mask = liver[box]
    points = _drawn(mask, geometry)
    return Scene(
        targets=_targets(inside, constraints.tumours),
        liver_lps_mm=points,
        rim_lps_mm=_drawn(_rim(mask), geometry),
        centre_lps_mm=points.mean(axis=0),
    )


def _targets(labels: LabelVolume, names: tuple[str, ...] | None) -> tuple[Target, ...]:
    present = [s for s in structures_present({int(v) for v in np.unique(labels.labels)}) if is_tumour(s)]
    if not present:
        raise PlanError(
            "The case has no tumour to plan around.", cure="Mark the tumour in the segmentation, or plan by hand."
        )
    if names is not None:
        if unknown := sorted(set(names) - {s.name for s in present}):
            raise PlanError(
                f"The case has no {', '.join(unknown[:5])}.", cure=f"It has {', '.join(s.name for s in present)}."
            )
        present = [s for s in present if s.name in names]
    return tuple(_target(labels, s.name, s.label_values[0]) for s in present)


def _target(labels: LabelVolume, name: str, value: int) -> Target:
    whole = labels.labels == value
    box = box_of(whole)
    assert box is not None
    mask, start = whole[box], (box[0].start, box[1].start, box[2].start)
    geometry = labels.geometry.cropped(start, (mask.shape[0], mask.shape[1], mask.shape[2]))
    rim = _centres(np.flatnonzero(_rim(mask)), mask.shape, geometry)
    centre = _centres(np.flatnonzero(mask), mask.shape, geometry).mean(axis=0)
    return Target(name=name, value=value, hull_lps_mm=_hull(rim), rim_lps_mm=rim, centre_lps_mm=centre)


def _hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of the convex hull; all points where they span no volume."""
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < 5:
        return points
    try:
        corners: NDArray[np.float64] = points[ConvexHull(points).vertices]
    except QhullError:
        return points
    return corners


def _rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(k, j, i) voxels with a face to the outside, the array's own ends included."""
    core = mask.copy()
    for axis in range(3):
        here: list[slice | int] = [slice(None)] * 3
        before: list[slice | int] = [slice(None)] * 3
        here[axis], before[axis] = slice(1, None), slice(None, -1)
        core[tuple(here)] &= mask[tuple(before)]
        core[tuple(before)] &= mask[tuple(here)]
        for end in (0, -1):
            here[axis] = end
            core[tuple(here)] = False
    rim: NDArray[np.bool_] = mask & ~core
    return rim


def _drawn(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(n, 3) centres of some of the mask's voxels, evenly drawn, LPS mm; the same ones every time."""
    flat = np.flatnonzero(mask)
    if len(flat) > MOST_LIVER_SAMPLES:
        flat = flat[
            np.sort(np.random.default_rng(0).choice(len(flat), MOST_LIVER_SAMPLES, replace=False, shuffle=False))
        ]
    return _centres(flat, mask.shape, geometry)


def _centres(flat: NDArray[np.intp], shape: tuple[int, ...], geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.unravel_index(flat, shape)
    return geometry.lps_from_index(np.stack([i, j, k], axis=1))
