"""What is known about a phantom."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.phantom.growth.vessel_tree import VesselTree
from engine.phantom.painting import kernels
from engine.phantom.patient import Patient, liver_grid
from engine.phantom.recipe import PhantomRecipe
from engine.phantom.rendering import Rendering, render_patient
from engine.phantom.tumour import Tumour
from engine.volume import LabelVolume

_REFERENCE_STEP_MM = 1.5
_INSIDE_THE_LIVER_BOX = ("liver", "gallbladder")

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourTruth:
    """One tumour: its name, middle and exact size.

    Attributes:
        name: "tumour_01" is the largest.
        centre_lps_mm: its middle.
        mean_diameter_mm: twice the mean radius of its formula.
        volume_ml: of its formula, whatever the grid.
    """

    name: str
    centre_lps_mm: Point
    mean_diameter_mm: float
    volume_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchTruth:
    """One vessel branch: the value it has in the branch map, its name and its place in the tree."""

    branch: int
    name: str
    parent: int
    radius_mm: float
    terminals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomTruth:
    """Everything known about a phantom on its grid.

    Attributes:
        recipe: what was asked for.
        voxel_volumes_ml: per structure, voxels of the label map times the voxel volume: exact for this grid.
        continuous_volumes_ml: of structures around the liver, of the anatomy itself: sampled on a fixed 1.5 mm
            grid in patient space, the same for every recipe of a seed. Tumours follow their formula.
        landmarks_lps_mm: "hilum" and "caval_confluence".
        tumours: by mean radius, largest first.
        portal_branches: rows of the portal branch map.
        hepatic_branches: rows of the hepatic branch map.
    """

    recipe: PhantomRecipe
    voxel_volumes_ml: dict[str, float]
    continuous_volumes_ml: dict[str, float]
    landmarks_lps_mm: dict[str, Point]
    tumours: tuple[TumourTruth, ...]
    portal_branches: tuple[BranchTruth, ...]
    hepatic_branches: tuple[BranchTruth, ...]

    def as_json(self) -> dict[str, object]:
        """Plain values for truth.json."""
        return {"format": "cantlie-phantom-truth", "version": 1, **asdict(self)}


def structure_volumes_ml(labels: LabelVolume) -> dict[str, float]:
    """Volume of every structure present: voxels times voxel volume."""
    counts = np.bincount(labels.labels.ravel(), minlength=256)
    present = {int(value) for value in np.flatnonzero(counts)}
    return {
        structure.name: float(counts[list(structure.label_values)].sum() * labels.geometry.voxel_volume_ml)
        for structure in anatomy.structures_present(present)
    }


def _continuous_volumes_ml(patient: Patient, tumours: tuple[TumourTruth, ...]) -> dict[str, float]:
    grid = liver_grid(patient.trunk, _REFERENCE_STEP_MM)
    sampled = structure_volumes_ml(render_patient(patient, grid, with_intensity=False).labels())
    volumes = {name: sampled[name] for name in _INSIDE_THE_LIVER_BOX if name in sampled}
    return volumes | {tumour.name: tumour.volume_ml for tumour in tumours}


def _tumour_truth(number: int, tumour: Tumour, waves: NDArray[np.float64]) -> TumourTruth:
    step_mm = max(0.2, tumour.radius_mm / 40.0)
    return TumourTruth(
        name=anatomy.tumour(number).name,
        centre_lps_mm=tumour.centre_lps_mm,
        mean_diameter_mm=2.0 * tumour.radius_mm,
        volume_ml=float(kernels.count_tumour(tumour.shape(), waves, step_mm)) / 1000.0,
    )


def _branch_truth(tree: VesselTree) -> tuple[BranchTruth, ...]:
    return tuple(
        BranchTruth(
            branch=n,
            name=tree.branch_names[n],
            parent=int(tree.branch_parents[n]),
            radius_mm=round(float(tree.branch_radii_mm[n]), 3),
            terminals=int(tree.branch_terminals[n]),
        )
        for n in range(1, tree.branch_count + 1)
    )


def _point(array: NDArray[np.float64]) -> Point:
    x, y, z = (round(float(v), 3) for v in array)
    return (x, y, z)


def measure_truth(recipe: PhantomRecipe, patient: Patient, rendering: Rendering) -> PhantomTruth:
    """Collects what is known about a phantom."""
    tumours = tuple(_tumour_truth(n, tumour, patient.waves) for n, tumour in enumerate(patient.tumours, start=1))
    return PhantomTruth(
        recipe=recipe,
        voxel_volumes_ml=structure_volumes_ml(rendering.labels()),
        continuous_volumes_ml=_continuous_volumes_ml(patient, tumours),
        landmarks_lps_mm={
            "hilum": _point(patient.hilum_lps_mm),
            "caval_confluence": _point(patient.caval_confluence_lps_mm),
        },
        tumours=tumours,
        portal_branches=_branch_truth(patient.portal),
        hepatic_branches=_branch_truth(patient.hepatic),
    )
