"""From a plan to closed parts of the liver and what lies in it: composes resections with the cutting of meshes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER, LIVER_VALUES, structure_named
from engine.errors import PlanError
from engine.meshing.cutting import (
    ClosedSolid,
    CutMesh,
    CutPart,
    CutShape,
    CuttableMesh,
    Cutter,
    HalfSpace,
    cone_solid,
    height_field_solid,
    spheroid_solid,
    voxel_set_solid,
)
from engine.progress import Progress, SilentProgress
from engine.resection.plan import (
    Cone,
    PlaneResection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.surface import MeshLevel
from engine.volume import LabelVolume, box_of

if TYPE_CHECKING:
    from engine.case import Case
    from engine.liver_map import LiverMap
    from engine.vessel_tree import VesselTrees

SURFACE_STEP_MM: Final = 3.0
"""Between the points of a curved cut: 0.02 mm off at a bend of 50 mm radius."""
_BEYOND_MM: Final = 10.0
_SLIVER: Final = 0.1
"""Of a structure: less of it on one side may be its surface alone, which runs half a voxel outside its voxels."""
_TERRITORIES_SHARE: Final = 0.3
"""Of the work: the solid of a set of voxels takes about as long as cutting a few structures by it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutStructure:
    """A structure in two parts.

    Attributes:
        name: the structure's name.
        whole_ml: enclosed by its surface before the cut, ml; `error_mm` of the parts says how far that surface lies
            from the finest one.
        cut: both parts.
    """

    name: str
    whole_ml: float
    cut: CutMesh


class PlanCutting:
    """Cuts the surfaces of a case by plans; holds the GIL, so servers use `engine.plan_cutting_worker`.

    Args:
        meshes: surface per structure name; those that lie in the liver are cut.
        labels: needed by territories, whose set of voxels it completes.
        liver_map: needed by territories.
        trees: needed by territories of portal branches.

    Raises:
        PlanError: there is no liver among the meshes.
        MeshError: a surface is not closed and manifold.
    """

    def __init__(
        self,
        meshes: Mapping[str, MeshLevel],
        labels: LabelVolume,
        *,
        liver_map: LiverMap | None = None,
        trees: VesselTrees | None = None,
    ) -> None:
        """Makes the surfaces ready."""
        if LIVER.name not in meshes:
            raise PlanError("The case has no surface of the liver.", cure="Prepare it with labels that have a liver.")
        names = [name for name in meshes if name == LIVER.name or structure_named(name).lies_in_liver]
        self._wholes_ml = {name: meshes[name].volume_ml for name in names}
        self._levels = {name: meshes[name] for name in names}
        self._meshes = {name: CuttableMesh(meshes[name]) for name in names}
        self._labels = labels
        self._liver_map = liver_map
        self._trees = trees

    @classmethod
    def of_case(cls, case: Case, *, level: int = 0) -> PlanCutting:
        """Of a case's surfaces at one level of detail; a structure with fewer levels gives its coarsest.

        Raises:
            CaseCorruptError: a file of the case is damaged.
            PlanError: it has no surface of the liver.
        """
        wanted = [
            record
            for record in case.manifest.structures
            if record.levels and (record.name == LIVER.name or structure_named(record.name).lies_in_liver)
        ]
        meshes = {one.name: case.mesh(one.name, min(max(level, 0), len(one.levels) - 1)) for one in wanted}
        return cls(meshes, case.labels(), liver_map=case.liver_map(), trees=case.vessel_trees())

    def cut(self, plan: ResectionPlan, progress: Progress | None = None) -> tuple[CutStructure, ...]:
        """Cuts every structure by the union of the plan's resections, the liver first.

        What lies in the liver stays whole where all of its voxels lie on one side: its surface runs up to half a voxel
        outside of them, and a sliver of that on the other side would contradict the numbers.

        Raises:
            OperationCancelledError: `progress` was told to stop.
            PlanError: a territory without the map or the trees it needs.
            MeshError: a part could not be made closed and manifold.
        """
        bounds = np.stack([mesh.bounds_lps_mm for mesh in self._meshes.values()])
        around = np.stack([bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)])
        taken = [one for one in plan.resections if isinstance(one, TerritoryResection)]
        territories = [self._territory(one) for one in taken]
        others = [_shape(one, around) for one in plan.resections if not isinstance(one, TerritoryResection)]
        liver = self._meshes[LIVER.name]
        report = SilentProgress() if progress is None else progress
        report.advance(_TERRITORIES_SHARE)
        cutter = Cutter([*others, *territories], around)
        # The liver's own border cuts the liver only; vessels that leave it are not resected beyond it.
        for_the_rest = Cutter(others, around, limited=territories, limit=liver) if territories else cutter
        found = [CutStructure(name=LIVER.name, whole_ml=self._wholes_ml[LIVER.name], cut=cutter.cut(liver))]
        for name, mesh in self._meshes.items():
            if name != LIVER.name:
                report.advance(_TERRITORIES_SHARE + (1.0 - _TERRITORIES_SHARE) * len(found) / len(self._meshes))
                cut = self._as_counted(name, for_the_rest.cut(mesh), plan)
                found.append(CutStructure(name=name, whole_ml=self._wholes_ml[name], cut=cut))
        return tuple(found)

    def _as_counted(self, name: str, cut: CutMesh, plan: ResectionPlan) -> CutMesh:
        """The structure in one piece if a part is a sliver in which no voxel of it lies."""
        if cut.resected is None or cut.remnant is None:
            return cut
        smaller, larger = sorted((cut.resected.mesh.volume_ml, cut.remnant.mesh.volume_ml))
        if smaller > _SLIVER * (smaller + larger):
            return cut
        resected = self._resected_voxels(name, plan)
        if resected.any() and not resected.all():
            return cut
        level = self._levels[name]
        whole = CutPart(mesh=level, on_cut=np.zeros(len(level.faces), dtype=np.bool_), cut_area_mm2=0.0)
        if resected.size and resected.all():
            return CutMesh(resected=whole, remnant=None)
        return CutMesh(resected=None, remnant=whole)

    def _resected_voxels(self, name: str, plan: ResectionPlan) -> NDArray[np.bool_]:
        """(n,) of every voxel of a structure, whether the plan takes it."""
        from engine.resection.rows import RowWindow
        from engine.resection.sides import Sides

        mask = self._labels.mask_of(structure_named(name).label_values)
        box = box_of(mask)
        if box is None:
            return np.zeros(0, dtype=np.bool_)
        k, j, i = box
        sides = Sides(plan, self._labels.geometry, liver_map=self._liver_map, trees=self._trees)
        taken = sides.rows(RowWindow(k.start, k.stop, j.start, j.stop)).mask()[..., i]
        found: NDArray[np.bool_] = taken[mask[box]]
        return found

    def _territory(self, territory: TerritoryResection) -> ClosedSolid:
        from engine.resection.rows import RowWindow
        from engine.resection.sides import Sides

        sides = Sides(
            ResectionPlan(resections=(territory,)),
            self._labels.geometry,
            liver_map=self._liver_map,
            trees=self._trees,
        )
        assert self._liver_map is not None
        k, j, i = self._liver_map.box
        mask = sides.rows(RowWindow(k.start, k.stop, j.start, j.stop)).mask()[..., i]
        geometry = self._labels.geometry.cropped((k.start, j.start, i.start), mask.shape)
        whole = LabelVolume(labels=self._labels.labels[k, j, i], geometry=geometry)
        liver = whole.mask_of(LIVER_VALUES)
        return voxel_set_solid(mask & liver, liver, whole.geometry)


def _shape(
    resection: PlaneResection | SurfaceResection | WedgeResection, bounds_lps_mm: NDArray[np.float64]
) -> CutShape:
    match resection:
        case PlaneResection():
            return HalfSpace(point_lps_mm=np.array(resection.point_lps_mm), normal_lps=resection.unit_normal_lps)
        case SurfaceResection():
            return _above(resection, bounds_lps_mm)
        case WedgeResection():
            return _inside(resection)
        case _:
            assert_never(resection)


def _above(surface: SurfaceResection, bounds_lps_mm: NDArray[np.float64]) -> CutShape:
    """What lies above a curved surface within the bounds; a flat one is its plane."""
    from engine.resection.sides import surface_heights_mm

    frame = surface.frame
    if frame.is_flat:
        return HalfSpace(point_lps_mm=frame.origin_lps_mm, normal_lps=frame.normal_lps)
    corners = np.stack(np.meshgrid(*bounds_lps_mm.T), axis=-1).reshape(-1, 3)
    places = frame.coordinates_mm(corners)
    low, high = places.min(axis=0) - _BEYOND_MM, places.max(axis=0) + _BEYOND_MM
    x, y = (np.arange(a, b + SURFACE_STEP_MM, SURFACE_STEP_MM) for a, b in zip(low[:2], high[:2], strict=True))
    flat = np.stack([*np.meshgrid(x, y), np.zeros((len(y), len(x)))], axis=-1)
    below_mm = surface_heights_mm(surface, frame.lps_mm(flat.reshape(-1, 3)))
    flat[..., 2] = -below_mm.reshape(len(y), len(x))
    # The lid must lie above all that is cut, and where the surface runs far below it needs no solid so deep.
    flat[..., 2] = np.clip(flat[..., 2], low[2], high[2])
    return height_field_solid(frame.lps_mm(flat), frame.normal_lps)


def _inside(wedge: WedgeResection) -> ClosedSolid:
    match wedge.shape:
        case Spheroid() as spheroid:
            return spheroid_solid(
                np.array(spheroid.centre_lps_mm), wedge.axis_lps, spheroid.radius_across_mm, spheroid.radius_along_mm
            )
        case Cone() as cone:
            return cone_solid(
                np.array(cone.apex_lps_mm), wedge.axis_lps, float(np.deg2rad(cone.half_angle_degrees)), cone.depth_mm
            )
        case _:
            assert_never(wedge.shape)
