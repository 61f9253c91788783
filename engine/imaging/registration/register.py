"""Brings two scans of one patient's liver over each other: rigid, then affine, then B-splines.

Not by SimpleITK: its registration takes one image and no bending penalty. Outline, portal and hepatic veins added up
into one image pulled on each other (an affine step ended 15 mm off on a phantom, after half a minute).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.deformation import Deformation
from engine.errors import RegistrationError
from engine.geometry import VolumeGeometry
from engine.imaging.registration.energy import DistanceEnergy
from engine.imaging.registration.features import LiverFeatures, liver_features
from engine.imaging.registration.linear import LinearMap, fit_linear
from engine.imaging.registration.quality import RegistrationQuality, registration_quality
from engine.imaging.registration.spline import SplineGrid, fit_spline
from engine.progress import Progress, SilentProgress
from engine.volume import LabelVolume

LEAST_DICE: Final = 0.9
"""Two readers of one liver agree to 0.95; below this the livers do not lie over each other."""
MOST_VEIN_MM: Final = 4.0
"""Veins of one patient come to lie within 1 mm of each other, those of two patients stay 2 to 3 mm apart (median, on
phantoms, where all veins are known); what a network sees of them differs more."""
MOST_GROWTH: Final = 3.0
"""No part of a liver grows or shrinks threefold between two scans; a map that needs it bends one patient to another."""

_AROUND_MM: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOptions:
    """How finely to register.

    Attributes:
        step_mm: of the grid that is compared.
        knots_mm: about how far control points of the B-spline lie apart.
        iterations: of the B-spline on each of its two levels.
    """

    step_mm: float = 3.0
    knots_mm: float = 25.0
    iterations: int = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiverRegistration:
    """Where the points of the later scan lie in the earlier one.

    Attributes:
        to_earlier: the map.
        quality: what it leaves between both.
    """

    to_earlier: Deformation
    quality: RegistrationQuality


def register_livers(
    later: LabelVolume,
    earlier: LabelVolume,
    options: RegistrationOptions | None = None,
    progress: Progress | None = None,
) -> LiverRegistration:
    """Registers two scans by outline and veins of their livers.

    What is compared are distances in the label maps: no contrast phase, window or noise plays a part. The later
    liver's voxels ask where they lie in the earlier one, and a plan made there answers for them.

    Args:
        later: labels of the later scan.
        earlier: labels of the earlier scan.
        options: how finely.
        progress: told fractions; may raise to stop.

    Raises:
        RegistrationError: a scan has no liver, or the livers do not lie over each other afterwards.
    """
    options, report = options or RegistrationOptions(), progress or SilentProgress()
    fixed = liver_features(later, step_mm=options.step_mm, around_mm=_AROUND_MM)
    moving = liver_features(earlier, step_mm=options.step_mm, around_mm=_AROUND_MM)
    report.advance(0.2, "features")
    to_earlier = _deformation(fixed, moving, options, report)
    quality = registration_quality(fixed, moving, to_earlier)
    report.advance(1.0)
    check_quality(quality)
    return LiverRegistration(to_earlier=to_earlier, quality=quality)


def check_quality(quality: RegistrationQuality) -> None:
    """Refuses a registration that numbers must not be made with.

    Raises:
        RegistrationError: the livers overlap too little, or the map folds.
    """
    problem = _problem(quality)
    if problem is not None:
        raise RegistrationError(
            f"The two scans could not be brought over each other: {problem}.",
            cure="Check that both are of one patient and that both label maps are right, or draw the plan in the "
            "later scan as well and give it with --plan-after.",
        )


def _problem(quality: RegistrationQuality) -> str | None:
    if quality.liver_dice < LEAST_DICE:
        return f"the livers overlap by a Dice of {quality.liver_dice:.2f}, {LEAST_DICE:.2f} is the least"
    for name, distance in (("portal", quality.portal_mm), ("hepatic", quality.hepatic_mm)):
        if distance is not None and distance > MOST_VEIN_MM:
            return f"the {name} veins lie {distance:.1f} mm apart, {MOST_VEIN_MM:.0f} mm is the most"
    if quality.least_volume_factor < 1.0 / MOST_GROWTH or quality.greatest_volume_factor > MOST_GROWTH:
        return f"a part of the liver would have grown or shrunk more than {MOST_GROWTH:.0f}-fold"
    return None


def _deformation(
    later: LiverFeatures, earlier: LiverFeatures, options: RegistrationOptions, report: Progress
) -> Deformation:
    energy = DistanceEnergy(later, earlier)
    centre = _middle(later)
    start = LinearMap(matrix=np.eye(3), centre_lps_mm=centre, shift_mm=_middle(earlier) - centre)
    linear = fit_linear(energy, fit_linear(energy, start, "rigid"), "affine")
    report.advance(0.4, "deformation")
    grid = later.geometry
    field = linear.displacements(grid.lps_from_index(_indices(grid))).reshape(*grid.shape_kji, 3)
    moved = linear.displacements(energy.points_lps_mm)
    # Coarse control points first, so that the liver moves as a whole before it bends.
    for number, knots_mm in enumerate((2.0 * options.knots_mm, options.knots_mm)):
        spline = SplineGrid.over(grid, knots_mm)
        control = fit_spline(energy, moved, spline, options.iterations)
        moved = moved + spline.matrix(energy.points_lps_mm) @ control
        field += spline.field(control, grid)
        report.advance(0.6 + 0.3 * number, "deformation")
    return Deformation(displacement_lps_mm=field.astype(np.float32), geometry=grid)


def _indices(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(voxels, 3) all indices (i, j, k) in the order of the array."""
    kji = np.stack(np.unravel_index(np.arange(np.prod(geometry.shape_kji)), geometry.shape_kji), axis=-1)
    return kji[:, ::-1].astype(np.float64)


def _middle(features: LiverFeatures) -> NDArray[np.float64]:
    """(3,) centre of the liver, LPS mm."""
    kji = np.argwhere(features.outline_mm < 0.0).mean(axis=0)
    return features.geometry.lps_from_index(kji[::-1])
