"""The case as the search sees it: what to take out, what to keep, and samples of the liver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, is_tumour, structures_present
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.proposals import kernels
from engine.proposals.constraints import Constraints
from engine.sentences import say
from engine.volume import LabelVolume

MOST_SAMPLES: Final = 6_000


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
        liver: the labels in the liver's box.
        rim_lps_mm: (m, 3) evenly drawn voxel centres at the liver's surface.
        centre_lps_mm: (3,) of the liver.
    """

    targets: tuple[Target, ...]
    liver: LabelVolume
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
    volume = np.ascontiguousarray(labels.labels)
    boxes = kernels.boxes_of_values(volume)
    present = {int(value) for value in np.flatnonzero(boxes[:, 1])}
    liver_values = sorted(present.intersection(LIVER_VALUES))
    if not liver_values:
        raise PlanError("The case has no liver.", cure="Prepare the case again, or correct its segmentation.")
    chosen = _chosen(present, constraints.tumours)
    inside = _cropped(volume, labels.geometry, boxes[liver_values])
    mask = inside.mask_of(LIVER_VALUES)
    points = _drawn(mask, inside.geometry)
    return Scene(
        targets=tuple(
            _target(_cropped(volume, labels.geometry, boxes[value][None]), name, value) for name, value in chosen
        ),
        liver=inside,
        rim_lps_mm=_drawn(_rim(mask), inside.geometry),
        centre_lps_mm=points.mean(axis=0),
    )


def _chosen(present: set[int], names: tuple[str, ...] | None) -> list[tuple[str, int]]:
    """Name and label value of every tumour to take out."""
    tumours = [(s.name, s.label_values[0]) for s in structures_present(present) if is_tumour(s)]
    if not tumours:
        raise PlanError(say("no_tumour"))
    if names is None:
        return tumours
    known = [name for name, _ in tumours]
    if unknown := sorted(set(names) - set(known)):
        raise PlanError(f"The case has no {', '.join(unknown[:5])}.", cure=f"It has {', '.join(known)}.")
    if not names:
        raise PlanError("No tumour was named.", cure=f"Name one of {', '.join(known)}, or ask for all of them.")
    return [one for one in tumours if one[0] in names]


def _cropped(volume: NDArray[np.uint8], geometry: VolumeGeometry, boxes: NDArray[np.int32]) -> LabelVolume:
    """The labels in the smallest box around (n, 6) boxes."""
    (k, j, i), (k_end, j_end, i_end) = boxes[:, ::2].min(axis=0).tolist(), boxes[:, 1::2].max(axis=0).tolist()
    part = np.ascontiguousarray(volume[k:k_end, j:j_end, i:i_end])
    return LabelVolume(labels=part, geometry=geometry.cropped((k, j, i), part.shape))


def _target(labels: LabelVolume, name: str, value: int) -> Target:
    mask, geometry = labels.labels == value, labels.geometry
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
    if len(flat) > MOST_SAMPLES:
        flat = flat[np.sort(np.random.default_rng(0).choice(len(flat), MOST_SAMPLES, replace=False, shuffle=False))]
    return _centres(flat, mask.shape, geometry)


def _centres(flat: NDArray[np.intp], shape: tuple[int, ...], geometry: VolumeGeometry) -> NDArray[np.float64]:
    k, j, i = np.unravel_index(flat, shape)
    return geometry.lps_from_index(np.stack([i, j, k], axis=1))
