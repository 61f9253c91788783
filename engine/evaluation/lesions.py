"""Which lesions were found and which were invented, one by one.

The rule is that of the LiTS benchmark (Bilic et al. 2023, Med Image Anal 84:102680, `detect_lesions` of its
evaluation code): where one prediction spans several reference lesions, or several predictions share one, they are
merged by their largest overlap, and the merged group counts by its intersection over union. A group matches at 0.1,
the coarse localisation that 3D detectors are measured by (Jaeger et al. 2020, Retina U-Net; Baumgartner et al. 2021,
nnDetection), and strictly at 0.5, the LiTS default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import FIRST_TUMOUR, LAST_TUMOUR, TUMOUR_VALUES
from engine.evaluation.scores import Lesion, LesionScore, SizeName, SizeRow
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, box_of

MATCHED_IOU: Final = 0.1
STRICT_IOU: Final = 0.5
SMALL_MM: Final = 10.0
LARGE_MM: Final = 20.0
SIZES: Final[tuple[SizeName, ...]] = get_args(SizeName)


def score_lesions(predicted: LabelVolume, reference: LabelVolume) -> LesionScore:
    """Matches the tumour instances of two label volumes on one grid.

    Instances are label values 101 to 199; lesions that touch are separate where their values are.
    """
    ours, theirs, geometry = _tumour_boxes(predicted, reference)
    overlaps = _Overlaps.of(ours, theirs)
    reference_lesions = _lesions(theirs, geometry, overlaps.reference_values, overlaps.reference_ious())
    predicted_lesions = _lesions(ours, geometry, overlaps.predicted_values, overlaps.predicted_ious())
    over_10_mm = [lesion for lesion in reference_lesions if lesion.diameter_mm > SMALL_MM]
    return LesionScore(
        reference=reference_lesions,
        predicted=predicted_lesions,
        by_size=tuple(_size_row(size, reference_lesions, predicted_lesions) for size in SIZES),
        recall=_part([lesion.matched for lesion in reference_lesions]),
        precision=_part([lesion.matched for lesion in predicted_lesions]),
        recall_over_10mm=_part([lesion.matched for lesion in over_10_mm]),
        recall_strict=_part([lesion.matched_strictly for lesion in reference_lesions]),
        precision_strict=_part([lesion.matched_strictly for lesion in predicted_lesions]),
    )


def longest_axial_diameter_mm(mask: NDArray[np.bool_], geometry: VolumeGeometry) -> float:
    """Longest diameter in one slice, as RECIST 1.1 measures it (Eisenhauer 2009, Eur J Cancer 45:228), mm.

    Slices are the planes of voxels nearest to axial; the distance is that of voxel centres plus one voxel, since a
    lesion reaches half a voxel beyond its outermost centres. 0 for an empty mask.
    """
    axial = int(np.argmax(np.abs(geometry.direction[2])))  # the voxel axis that runs most along the body
    rest = [axis for axis in range(3) if axis != axial]
    one_voxel_mm = float(geometry.spacing_ijk_mm[rest].mean())
    longest = 0.0
    for slice_mask in np.moveaxis(mask, 2 - axial, 0):
        first, second = np.nonzero(slice_mask)
        if not first.size:
            continue
        ijk = np.zeros((first.size, 3))
        # Array axes run k, j, i: without the slice's own, the first left over is the later of the voxel axes.
        ijk[:, rest[1]], ijk[:, rest[0]] = first, second
        points = _extreme_points(geometry.lps_from_index(ijk))
        apart = np.linalg.norm(points[:, None] - points[None], axis=2).max()
        longest = max(longest, float(apart) + one_voxel_mm)
    return longest


def _extreme_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a planar set that are farthest in one of 180 directions: they hold the longest diameter to 0.02 %."""
    if len(points) < 200:
        return points
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[:: max(1, len(points) // 2000)], full_matrices=False)
    angles = np.linspace(0.0, np.pi, 180, endpoint=False)
    along = centred @ axes[:2].T @ np.stack([np.cos(angles), np.sin(angles)])
    chosen = np.unique(np.concatenate([along.argmax(axis=0), along.argmin(axis=0)]))
    extremes: NDArray[np.float64] = points[chosen]
    return extremes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Overlaps:
    """Common voxels of every lesion of one side with every lesion of the other.

    Attributes:
        reference_values: (r,) label values.
        predicted_values: (p,) label values.
        common: (r, p) voxels.
        reference_sizes: (r,) voxels.
        predicted_sizes: (p,) voxels.
    """

    reference_values: NDArray[np.int64]
    predicted_values: NDArray[np.int64]
    common: NDArray[np.int64]
    reference_sizes: NDArray[np.int64]
    predicted_sizes: NDArray[np.int64]

    @classmethod
    def of(cls, ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> _Overlaps:
        """Counts pairs of (k, j, i) tumour values, 0 outside."""
        pairs = np.bincount(theirs.ravel().astype(np.int64) * 256 + ours.ravel(), minlength=65536).reshape(256, 256)
        reference_sizes, predicted_sizes = pairs.sum(axis=1), pairs.sum(axis=0)
        reference_sizes[0] = predicted_sizes[0] = 0
        rows, columns = np.flatnonzero(reference_sizes), np.flatnonzero(predicted_sizes)
        return cls(
            reference_values=rows,
            predicted_values=columns,
            common=pairs[np.ix_(rows, columns)],
            reference_sizes=reference_sizes[rows],
            predicted_sizes=predicted_sizes[columns],
        )

    def reference_ious(self) -> NDArray[np.float64]:
        """(r,) the best overlap of a group that each reference lesion belongs to."""
        return _group_ious(self.common, self.reference_sizes, self.predicted_sizes)

    def predicted_ious(self) -> NDArray[np.float64]:
        """(p,) likewise for each predicted lesion."""
        return _group_ious(self.common.T, self.predicted_sizes, self.reference_sizes)


def _group_ious(
    common: NDArray[np.int64], own_sizes: NDArray[np.int64], other_sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Best intersection over union of the groups that each own lesion belongs to.

    Two kinds of group: the own lesion with all others that overlap it more than any other of its kind; and one other
    lesion with all own ones that overlap it most, the own one among them.
    """
    own, other = common.shape
    best = np.zeros(own)
    if not own or not other:
        return best
    nearest_own = np.where(common.max(axis=0) > 0, common.argmax(axis=0), -1)
    nearest_other = np.where(common.max(axis=1) > 0, common.argmax(axis=1), -1)
    for row in range(own):
        members = nearest_own == row
        inside = common[row, members].sum()
        if inside:
            best[row] = inside / (own_sizes[row] + other_sizes[members].sum() - inside)
        column = nearest_other[row]
        if column < 0:
            continue
        siblings = nearest_other == column
        inside = common[siblings, column].sum()
        merged = inside / (own_sizes[siblings].sum() + other_sizes[column] - inside)
        # Grazed by a prediction that matches its neighbour, a lesion is not found: it must itself be covered so far.
        best[row] = max(best[row], min(merged, common[row, column] / own_sizes[row]))
    return best


def _tumour_boxes(
    predicted: LabelVolume, reference: LabelVolume
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], VolumeGeometry]:
    """Both sides' tumour values in the box around all tumours."""
    either = (predicted.labels >= FIRST_TUMOUR) | (reference.labels >= FIRST_TUMOUR)
    box = box_of(either) or (slice(0, 1), slice(0, 1), slice(0, 1))
    ours, theirs = (
        np.where(_is_tumour(side.labels[box]), side.labels[box], np.uint8(0)) for side in (predicted, reference)
    )
    start = (box[0].start, box[1].start, box[2].start)
    k, j, i = ours.shape
    return ours, theirs, reference.geometry.cropped(start, (k, j, i))


def _is_tumour(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (labels >= FIRST_TUMOUR) & (labels <= LAST_TUMOUR)


def _lesions(
    values: NDArray[np.uint8], geometry: VolumeGeometry, present: NDArray[np.int64], ious: NDArray[np.float64]
) -> tuple[Lesion, ...]:
    lesions = []
    for value, iou in zip(present.tolist(), ious.tolist(), strict=True):
        mask = values == value
        box = box_of(mask)
        assert box is not None
        lesions.append(
            Lesion(
                number=TUMOUR_VALUES.index(value) + 1,
                diameter_mm=longest_axial_diameter_mm(mask[box], geometry),
                volume_ml=int(np.count_nonzero(mask)) * geometry.voxel_volume_ml,
                iou=iou,
                matched=iou >= MATCHED_IOU,
                matched_strictly=iou >= STRICT_IOU,
            )
        )
    return tuple(lesions)


def _size_of(lesion: Lesion) -> SizeName:
    if lesion.diameter_mm < SMALL_MM:
        return "under 10 mm"
    return "10 to 20 mm" if lesion.diameter_mm <= LARGE_MM else "over 20 mm"


def _size_row(size: SizeName, reference: tuple[Lesion, ...], predicted: tuple[Lesion, ...]) -> SizeRow:
    theirs = [lesion for lesion in reference if _size_of(lesion) == size]
    ours = [lesion for lesion in predicted if _size_of(lesion) == size]
    return SizeRow(
        size=size,
        reference=len(theirs),
        found=sum(lesion.matched for lesion in theirs),
        predicted=len(ours),
        true=sum(lesion.matched for lesion in ours),
    )


def _part(flags: list[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
