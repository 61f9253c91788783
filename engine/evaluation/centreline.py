"""Centrelines of vessels, and how well two vessel masks agree along them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.report import CentrelineAgreement


def thin(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thins a (k, j, i) mask to curves of the same topology (26-connected object, 6-connected background).

    Six-direction border thinning after Lee, Kashyap and Chu 1994 (CVGIP 56:462): voxels are removed only while they
    are simple and no end of a curve, so parts, loops and cavities stay. Works in voxels: on thick slices the curve
    lies off the middle by up to a slice, but inside.
    """
    from engine.thinning import kernels  # loads numba, which the other measures do without

    padded = np.pad(mask, 1).astype(np.uint8)
    kernels.thin_in_place(padded)
    return padded[1:-1, 1:-1, 1:-1].astype(bool)


def compare_centrelines(predicted: NDArray[np.bool_], reference: NDArray[np.bool_]) -> CentrelineAgreement:
    """Centreline precision and sensitivity of two non-empty (k, j, i) masks."""
    return centreline_agreement(predicted, reference, thin(predicted), thin(reference))


def centreline_agreement(
    predicted: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    predicted_curve: NDArray[np.bool_],
    reference_curve: NDArray[np.bool_],
) -> CentrelineAgreement:
    """The same for masks whose (k, j, i) centre lines are known already."""
    return CentrelineAgreement(
        precision=float(reference[predicted_curve].mean()),
        sensitivity=float(predicted[reference_curve].mean()),
    )
