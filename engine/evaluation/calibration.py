"""Whether a probability of 0.8 is right in 8 of 10 voxels.

Expected calibration error (Naeini 2015; Guo 2017, arXiv 1706.04599) of each class apart, in ten bins of equal width.
Only voxels in or near the liver count: with the sure background of the box the error of every network is near zero.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER_VALUES, TUMOUR_VALUES
from engine.class_probability import ClassProbability
from engine.evaluation.scores import ClassCalibration, ReliabilityBin
from engine.evaluation.vessels import HEPATIC_VALUES, PORTAL_VALUES
from engine.volume import LabelVolume

BINS: Final = 10
LEAST_INSIDE: Final = 13
"""Voxels with at least this much of 255 (5 %) for anything but "other" count."""

_CLASSES: Final[dict[str, tuple[frozenset[str], tuple[int, ...]]]] = {
    "portal_vein": (frozenset({"portal_vein"}), PORTAL_VALUES),
    "hepatic_veins": (frozenset({"hepatic_veins"}), HEPATIC_VALUES),
    "vessel": (frozenset({"portal_vein", "hepatic_veins"}), (*PORTAL_VALUES, *HEPATIC_VALUES)),
    "tumour": (frozenset({"tumours"}), TUMOUR_VALUES),
}
"""Class of the network -> structures the reference must hold, and their label values."""


def score_calibration(
    probability: ClassProbability, reference: LabelVolume, declared: frozenset[str]
) -> tuple[ClassCalibration, ...]:
    """Scores the classes that the reference can judge.

    Args:
        probability: on its own grid; every voxel is judged by the reference's voxel at its centre.
        reference: label volume.
        declared: names of the structures that the reference is known to hold.
    """
    truth, known = _truth_at(probability, reference)
    inside = 255 - probability.of("other").astype(np.int16)
    counted = known & ((inside >= LEAST_INSIDE) | np.isin(truth, LIVER_VALUES))
    scores = []
    if "liver" in declared and "liver" in probability.classes:
        # Parenchyma alone needs every vessel and tumour named in the reference; the liver as a whole does not.
        scores.append(_score("liver as a whole", inside[counted], np.isin(truth[counted], LIVER_VALUES)))
    for name, (structures, values) in _CLASSES.items():
        if name in probability.classes and structures <= declared:
            scores.append(_score(name, probability.of(name)[counted], np.isin(truth[counted], values)))
    return tuple(score for score in scores if score is not None)


def _score(name: str, said: NDArray[np.integer], true: NDArray[np.bool_]) -> ClassCalibration | None:
    """Bins (n,) probabilities of 255 against (n,) truth; None without voxels."""
    if not said.size:
        return None
    chances = said.astype(np.float64) / 255.0
    place = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    voxels = np.bincount(place, minlength=BINS)
    chance_sums, truths = (np.bincount(place, weights=values, minlength=BINS) for values in (chances, true))
    return ClassCalibration(
        name=name,
        expected_error=float(np.abs(chance_sums - truths).sum() / voxels.sum()),
        bins=tuple(
            ReliabilityBin(
                mean_probability=float(chance_sums[n] / voxels[n]),
                observed=float(truths[n] / voxels[n]),
                voxels=int(voxels[n]),
            )
            for n in np.flatnonzero(voxels)
        ),
    )


def _truth_at(probability: ClassProbability, reference: LabelVolume) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """(k, j, i) the reference's label at every voxel of the probabilities, and whether it reaches there."""
    own, geometry = probability.geometry, reference.geometry
    reference_from_own = geometry.ijk_from_lps @ own.lps_from_ijk
    shape = own.shape_kji
    truth = np.zeros(shape, dtype=np.uint8)
    known = np.zeros(shape, dtype=bool)
    j, i = np.indices(shape[1:])
    limits = np.array(geometry.shape_kji[::-1])
    for k in range(shape[0]):
        points = np.stack([i.ravel(), j.ravel(), np.full(i.size, k)], axis=1)
        nearest = np.rint(points @ reference_from_own[:3, :3].T + reference_from_own[:3, 3]).astype(np.int64)
        reached = ((nearest >= 0) & (nearest < limits)).all(axis=1)
        place = np.clip(nearest, 0, limits - 1)
        truth[k] = reference.labels[place[:, 2], place[:, 1], place[:, 0]].reshape(shape[1:])
        known[k] = reached.reshape(shape[1:])
    truth[~known] = 0
    return truth, known
