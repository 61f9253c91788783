"""Rigid and affine registration by damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.imaging.registration.energy import DistanceEnergy, Residuals

_STEPS: Final = 40
_SCALE_MM: Final = 50.0
"""Rotation and shear are measured by what they move at this distance from the centre, so that one damping fits all."""
_ENOUGH: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearMap:
    """p -> matrix (p - centre) + centre + shift, LPS mm."""

    matrix: NDArray[np.float64]
    centre_lps_mm: NDArray[np.float64]
    shift_mm: NDArray[np.float64]

    def displacements(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) what the map adds to each point."""
        away = points_lps_mm - self.centre_lps_mm
        return np.asarray(away @ (self.matrix - np.eye(3)).T + self.shift_mm, dtype=np.float64)


def fit_linear(energy: DistanceEnergy, start: LinearMap, kind: Literal["rigid", "affine"]) -> LinearMap:
    """Improves a map until its loss falls no more."""
    points = energy.points_lps_mm
    current, residuals = start, energy.residuals(start.displacements(points))
    damping = 1e-3
    for _ in range(_STEPS):
        slope, curvature = _normal_equations(residuals, points, current, kind)
        damped = curvature + damping * np.diag(np.diag(curvature)) + 1e-12 * np.eye(len(slope))
        step: NDArray[np.float64] = np.asarray(np.linalg.solve(damped, -slope), dtype=np.float64)
        candidate = _moved(current, step, kind)
        tried = energy.residuals(candidate.displacements(points))
        if tried.loss_mm2 < residuals.loss_mm2:
            gain = residuals.loss_mm2 - tried.loss_mm2
            current, residuals, damping = candidate, tried, max(damping / 4.0, 1e-6)
            if gain < _ENOUGH * residuals.loss_mm2:
                break
        else:
            damping *= 8.0
            if damping > 1e6:
                break
    return current


def _normal_equations(
    residuals: Residuals, points: NDArray[np.float64], current: LinearMap, kind: Literal["rigid", "affine"]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(p,) slope and (p, p) curvature of the loss by a small change after the current map."""
    moved = (points - current.centre_lps_mm) @ current.matrix.T / _SCALE_MM
    gradients = residuals.gradients
    if kind == "rigid":
        turns = np.cross(moved[:, None, :], gradients)
    else:
        turns = (gradients[:, :, :, None] * moved[:, None, None, :]).reshape(*gradients.shape[:2], 9)
    jacobian = np.concatenate([turns, gradients], axis=-1).reshape(-1, turns.shape[-1] + 3)
    weighted = jacobian * residuals.weights.reshape(-1, 1)
    return weighted.T @ residuals.values_mm.reshape(-1), weighted.T @ jacobian


def _moved(current: LinearMap, step: NDArray[np.float64], kind: Literal["rigid", "affine"]) -> LinearMap:
    from scipy.spatial.transform import Rotation

    if kind == "rigid":
        turn = Rotation.from_rotvec(step[:3] / _SCALE_MM).as_matrix()
    else:
        turn = np.eye(3) + step[:9].reshape(3, 3) / _SCALE_MM
    return LinearMap(
        matrix=turn @ current.matrix, centre_lps_mm=current.centre_lps_mm, shift_mm=current.shift_mm + step[-3:]
    )
