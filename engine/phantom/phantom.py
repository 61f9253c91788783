"""A phantom: a scan with its labels, branch maps, trees and truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry import VolumeGeometry
from engine.phantom.growth.vessel_tree import VesselTree
from engine.phantom.patient import grow_patient
from engine.phantom.recipe import PhantomRecipe
from engine.phantom.rendering import render_patient, scanned
from engine.phantom.truth import PhantomTruth, measure_truth
from engine.progress import Progress, SilentProgress
from engine.volume import LabelVolume, ScanVolume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phantom:
    """A synthetic scan with known truth.

    Attributes:
        scan: the CT.
        labels: values of `engine.anatomy`.
        portal_branches: (k, j, i) uint16 branch ids of the portal tree, 0 elsewhere.
        hepatic_branches: (k, j, i) uint16 branch ids of the hepatic veins, 0 elsewhere.
        trees: portal tree, hepatic tree.
        truth: volumes, tumours, landmarks, branches.
    """

    scan: ScanVolume
    labels: LabelVolume
    portal_branches: NDArray[np.uint16]
    hepatic_branches: NDArray[np.uint16]
    trees: tuple[VesselTree, VesselTree]
    truth: PhantomTruth


def make_phantom(recipe: PhantomRecipe, *, progress: Progress | None = None) -> Phantom:
    """Makes the phantom of a recipe; the same recipe gives the same voxels.

    Raises:
        OperationCancelledError: `progress` said so.
    """
    report = progress or SilentProgress()
    geometry = recipe.geometry()
    patient = grow_patient(recipe.seed, tumours=recipe.tumours, progress=report)
    rendering = render_patient(patient, geometry, progress=report)
    report.stage("Scanning")
    voxels = scanned(rendering.intensity_hu, geometry.spacing_kji_mm, noise_hu=recipe.noise_hu, seed=recipe.seed)
    report.advance(0.4)
    truth = measure_truth(recipe, patient, rendering)
    report.advance(1.0)
    return Phantom(
        scan=ScanVolume(voxels_hu=voxels, geometry=geometry),
        labels=rendering.labels(),
        portal_branches=rendering.portal_branches,
        hepatic_branches=rendering.hepatic_branches,
        trees=(patient.portal, patient.hepatic),
        truth=truth,
    )


def sample_labels(seed: int, geometry: VolumeGeometry, *, tumours: int = 4) -> LabelVolume:
    """The label map of patient `seed` on any grid, without intensities: quick, for training on random anatomy."""
    return render_patient(grow_patient(seed, tumours=tumours), geometry, with_intensity=False).labels()


def sample_tissue(seed: int, geometry: VolumeGeometry, *, tumours: int = 4) -> NDArray[np.uint8]:
    """(k, j, i) uint8 codes of `engine.phantom.tissue`: labels, and finer tissues (fat, muscle, bowel) from 200 on."""
    return render_patient(grow_patient(seed, tumours=tumours), geometry, with_intensity=False).tissue
