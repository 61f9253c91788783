"""One synthetic patient: anatomy in LPS millimetres that any grid can sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.phantom.grid import centred_geometry
from engine.phantom.growth.liver_vessels import GrowthPlan, grow_liver_vessels, plan_courses
from engine.phantom.growth.organ_field import OrganField
from engine.phantom.growth.vessel_tree import VesselTree
from engine.phantom.organs import OrganSampler
from engine.phantom.painting.painter import Canvas
from engine.phantom.skeleton import ribs, vertebral_arches
from engine.phantom.surroundings import SurroundingsSampler
from engine.phantom.trunk import TrunkShape, hilum_standard_mm, sample_trunk
from engine.phantom.tube import Tube
from engine.phantom.tumour import Tumour, place_tumours
from engine.progress import Progress, SilentProgress

_FIELD_STEP_MM = 2.0
_LIVER_ML_MEAN, _LIVER_ML_SPREAD = 1500.0, 340.0  # healthy adults: 1504 +- 356 mL


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patient:
    """A whole anatomy, independent of any grid.

    Attributes:
        seed: what it was drawn from.
        trunk: walls, diaphragm, liver.
        bones: tubes painted right after the trunk.
        behind: tubes painted before the liver's neighbours.
        neighbours: tubes that press into the liver.
        waves: (n, 4) plane waves of surfaces and textures.
        portal: portal venous tree with splenic and mesenteric veins.
        hepatic: hepatic veins; every root lies in the vena cava.
        tumours: largest first; the first is label value 101.
    """

    seed: int
    trunk: TrunkShape
    bones: tuple[Tube, ...]
    behind: tuple[Tube, ...]
    neighbours: tuple[Tube, ...]
    waves: NDArray[np.float64]
    portal: VesselTree
    hepatic: VesselTree
    tumours: tuple[Tumour, ...]

    @property
    def hilum_lps_mm(self) -> NDArray[np.float64]:
        """(3,) the middle of the porta hepatis."""
        return hilum_standard_mm(self.trunk) * self.trunk.scale

    @property
    def caval_confluence_lps_mm(self) -> NDArray[np.float64]:
        """(3,) where the hepatic veins enter the vena cava (mean of the roots)."""
        mean: NDArray[np.float64] = self.hepatic.nodes_lps_mm[self.hepatic.parents < 0].mean(axis=0)
        return mean


def _sample_waves(random: np.random.Generator) -> NDArray[np.float64]:
    """(18, 4) wave vectors (rad/mm) and phases: rows 0-6 long, 6-12 short, 12-18 middling."""
    rows = []
    for shortest, longest in ((40.0, 100.0), (6.0, 20.0), (8.0, 30.0)):
        for _ in range(6):
            direction = random.normal(size=3)
            direction /= np.linalg.norm(direction)
            rows.append([*(direction * 2 * np.pi / random.uniform(shortest, longest)), random.uniform(0, 2 * np.pi)])
    return np.array(rows)


def _tubes(trunk: TrunkShape, seed: int) -> tuple[tuple[Tube, ...], tuple[Tube, ...]]:
    """(behind, neighbours) in patient mm. Drawn anew from the seed, as the liver's size moves some of them."""
    sampler = OrganSampler(trunk, np.random.default_rng([seed, 2]))
    surroundings = SurroundingsSampler(np.random.default_rng([seed, 6]))
    behind = tuple(tube.scaled(trunk.scale) for tube in surroundings.all())
    return behind, tuple(tube.scaled(trunk.scale) for tube in sampler.neighbours())


def liver_grid(trunk: TrunkShape, step_mm: float) -> VolumeGeometry:
    """An LPS-aligned grid around the liver."""
    extent = np.array([250.0, 205.0, 245.0]) * trunk.scale
    shape = np.ceil(extent / step_mm).astype(int)
    return centred_geometry(
        shape_kji=(int(shape[2]), int(shape[1]), int(shape[0])),
        spacing_ijk_mm=(step_mm, step_mm, step_mm),
        centre_lps_mm=np.array([-30.0, -8.0, 0.0]) * trunk.scale,
    )


def _liver_mask(
    trunk: TrunkShape, neighbours: tuple[Tube, ...], waves: NDArray[np.float64], geometry: VolumeGeometry
) -> NDArray[np.bool_]:
    canvas = Canvas.blank(geometry, waves, with_intensity=False)
    canvas.paint_trunk(trunk)
    for tube in neighbours:
        canvas.paint_tube(tube)
    mask: NDArray[np.bool_] = canvas.tissue == anatomy.PARENCHYMA
    return mask


def _sized(trunk: TrunkShape, seed: int, waves: NDArray[np.float64], target_ml: float) -> TrunkShape:
    """The trunk with its visceral surface moved until the liver has the wanted volume, as far as it can."""
    grid = liver_grid(trunk, 5.0)
    low, high = -1.0, 1.0
    for _ in range(6):
        middle = 0.5 * (low + high)
        shifted = _resized(trunk, middle)
        mask = _liver_mask(shifted, _tubes(shifted, seed)[1], waves, grid)
        if float(mask.sum()) * grid.voxel_volume_ml < target_ml:
            low = middle
        else:
            high = middle
    return _resized(trunk, 0.5 * (low + high))


def _resized(trunk: TrunkShape, size: float) -> TrunkShape:
    """The trunk with a smaller (-1) or larger (1) liver: its visceral surface and its far ends move."""
    return trunk._replace(
        visceral_offset_mm=24.0 * size + 4.0,
        lobe_half_x=trunk.lobe_half_x * (1.0 + 0.10 * size),
        lobe_half_y=trunk.lobe_half_y * (1.0 + 0.08 * size),
        lobe_half_z=trunk.lobe_half_z * (1.0 + 0.12 * size),
    )


def grow_patient(
    seed: int, *, tumours: int = 4, growth: GrowthPlan | None = None, progress: Progress | None = None
) -> Patient:
    """Draws one patient. The same seed gives the same anatomy, whatever grid samples it later.

    Args:
        seed: every part of the build, the organs and the trees follows from it.
        tumours: how many tumours to place; a small liver may hold fewer.
        growth: how richly the vessels branch.
        progress: told about the stages.
    """
    report = progress or SilentProgress()
    report.stage("Growing the anatomy")
    random = np.random.default_rng([seed, 1])
    waves = _sample_waves(random)
    trunk = sample_trunk(random)
    target_ml = float(np.clip(random.normal(_LIVER_ML_MEAN, _LIVER_ML_SPREAD), 850.0, 2450.0))
    trunk = _sized(trunk, seed, waves, target_ml)
    report.advance(0.3)
    behind, neighbours = _tubes(trunk, seed)
    grid = liver_grid(trunk, _FIELD_STEP_MM)
    field = OrganField.from_mask(_liver_mask(trunk, neighbours, waves, grid), grid.origin_lps_mm, _FIELD_STEP_MM)
    report.advance(0.5)
    courses = plan_courses(trunk, field, np.random.default_rng([seed, 3]))
    placed = place_tumours(seed, tumours, field, courses.points_lps_mm())
    reach = np.array([[*t.centre_lps_mm, t.reach_mm] for t in placed]).reshape(-1, 4)
    portal, hepatic = grow_liver_vessels(
        courses, field, reach, growth or GrowthPlan(), np.random.default_rng([seed, 4])
    )
    report.advance(1.0)
    bones = tuple(tube.scaled(trunk.scale) for tube in (*vertebral_arches(trunk), *ribs(trunk)))
    return Patient(
        seed=seed,
        trunk=trunk,
        bones=bones,
        behind=behind,
        neighbours=neighbours,
        waves=waves,
        portal=portal,
        hepatic=hepatic,
        tumours=placed,
    )
