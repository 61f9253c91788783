"""Closed parts of a plan against the numbers of the same plan, on balls of voxels and on a real liver."""

import numpy as np
import pytest

from engine.anatomy import (
    FIRST_TUMOUR,
    HEPATIC_VEINS,
    HEPATIC_VEINS_EXTRAHEPATIC,
    PARENCHYMA,
    PORTAL_VEIN,
    structure_named,
)
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.meshing import MeshBudgets, build_mesh_levels, surface_report
from engine.plan_cutting import PlanCutting
from engine.resection import PlanEvaluator
from engine.resection.plan import (
    Cone,
    PlaneResection,
    Resection,
    ResectionPlan,
    Spheroid,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.volume import LabelVolume, box_of

CENTRE = np.array([30.0, -60.0, 900.0])
DIRECTION = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, -1.0]])  # oblique and left-handed


def phantom() -> tuple[LabelVolume, LiverMap]:
    """An ellipsoid of liver with a vessel through it and a tumour, in two segments."""
    shape_kji = (60, 84, 96)
    spacing = np.array([1.5, 1.5, 2.0])
    matrix = np.eye(4)
    matrix[:3, :3] = DIRECTION * spacing
    matrix[:3, 3] = CENTRE - matrix[:3, :3] @ ((np.array(shape_kji[::-1]) - 1) / 2.0)
    geometry = VolumeGeometry(shape_kji=shape_kji, lps_from_ijk=matrix)
    k, j, i = np.indices(shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels = np.where(np.linalg.norm(points / [60.0, 50.0, 45.0], axis=-1) < 1.0, PARENCHYMA, 0).astype(np.uint8)
    labels[(labels > 0) & (np.hypot(points[..., 1], points[..., 2]) < 6.0)] = PORTAL_VEIN
    labels[np.linalg.norm(points - [20.0, 20.0, 5.0], axis=-1) < 12.0] = FIRST_TUMOUR
    box = box_of(labels > 0)
    assert box is not None
    segment = np.where(points[box][..., 0] + 0.3 * points[box][..., 2] > 5.0, 2, 6).astype(np.uint8)
    segment[labels[box] == 0] = 0
    none = np.zeros(segment.shape, dtype=np.uint16)
    liver_map = LiverMap(
        box=box, portal_branch=none, hepatic_branch=none, segment=segment, uncertain=np.zeros_like(segment)
    )
    return LabelVolume(labels=labels, geometry=geometry), liver_map


LABELS, LIVER_MAP = phantom()
NAMES = ("liver", "portal_vein", "tumour_01")
MESHES = {
    name: build_mesh_levels(LABELS, structure_named(name), budgets=MeshBudgets(reductions=(1.0,)))[0] for name in NAMES
}
CUTTING = PlanCutting(MESHES, LABELS, liver_map=LIVER_MAP)
EVALUATOR = PlanEvaluator(LABELS, liver_map=LIVER_MAP)


def at(x: float, y: float, z: float) -> tuple[float, float, float]:
    return (float(CENTRE[0] + x), float(CENTRE[1] + y), float(CENTRE[2] + z))


PLANE = PlaneResection(point_lps_mm=at(5, 0, 0), normal_lps=(0.9, 0.3, 0.2))
OTHER = PlaneResection(point_lps_mm=at(0, 0, 20), normal_lps=(-0.2, 0.4, 0.8))
ACROSS = np.linspace(-55.0, 55.0, 4)
SHEET = SurfaceResection(
    control_points_lps_mm=tuple(at(0.006 * (u * u - 0.5 * v * v), u, v) for v in ACROSS for u in ACROSS)
)
SPHEROID = WedgeResection(
    shape=Spheroid(centre_lps_mm=at(20, 45, 5), axis_lps=(0.3, 1, 0), radius_across_mm=26, radius_along_mm=38)
)
CONE = WedgeResection(
    shape=Cone(apex_lps_mm=at(15, -10, 0), axis_lps=(0.1, 1, 0.1), half_angle_degrees=35, depth_mm=70)
)
TERRITORY = TerritoryResection(segments=(2,))


@pytest.mark.parametrize(
    "resections",
    [(PLANE,), (PLANE, OTHER), (SHEET,), (SPHEROID,), (CONE,), (TERRITORY,), (OTHER, SHEET, SPHEROID, TERRITORY)],
    ids=["plane", "two planes", "surface", "spheroid", "cone", "territory", "union"],
)
def test_parts_are_closed_add_up_and_have_the_volumes_of_the_voxels(resections: tuple[Resection, ...]):
    plan = ResectionPlan(resections=resections)
    answer = EVALUATOR.evaluate(plan, details=False)
    structures = CUTTING.cut(plan)
    assert structures[0].name == "liver"
    assert {structure.name for structure in structures} == set(NAMES)
    for structure in structures:
        parts = [part for part in (structure.cut.resected, structure.cut.remnant) if part is not None]
        assert all(surface_report(part.mesh).sound for part in parts)
        assert sum(part.mesh.volume_ml for part in parts) == pytest.approx(structure.whole_ml, rel=1e-4)
    liver, voxels = structures[0].cut, answer.structure("liver")
    assert liver.resected is not None
    assert liver.remnant is not None
    assert liver.resected.mesh.volume_ml == pytest.approx(voxels.resected_ml, rel=5e-3)
    assert liver.remnant.mesh.volume_ml == pytest.approx(voxels.remnant_ml, rel=5e-3)


def test_a_tumour_whose_voxels_lie_on_one_side_is_left_in_one_piece():
    k, j, i = np.nonzero(LABELS.labels == FIRST_TUMOUR)
    points = LABELS.geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    normal = np.array([0.6, 0.0, 0.8])
    lowest = float((points @ normal).min())
    # A quarter of a voxel below the lowest centre, its surface reaches through the cut.
    plane = PlaneResection(point_lps_mm=tuple((lowest - 0.3) * normal), normal_lps=tuple(normal))
    plan = ResectionPlan(resections=(plane,))
    answer = EVALUATOR.evaluate(plan, details=False)
    assert answer.structure("tumour_01").remnant_voxels == 0
    tumour = next(one for one in CUTTING.cut(plan) if one.name == "tumour_01")
    assert tumour.cut.remnant is None
    assert tumour.cut.resected is not None
    assert tumour.cut.resected.mesh.volume_ml == pytest.approx(tumour.whole_ml)
    assert tumour.cut.resected.cut_area_mm2 == 0.0


def test_a_flat_surface_cuts_exactly_like_its_plane():
    flat = SurfaceResection(control_points_lps_mm=tuple(at(5, u, v) for v in ACROSS for u in ACROSS))
    plane = PlaneResection(point_lps_mm=at(5, 0, 0), normal_lps=tuple(flat.frame.normal_lps))
    by_surface, by_plane = (CUTTING.cut(ResectionPlan(resections=(one,)))[0].cut for one in (flat, plane))
    assert by_surface.resected.mesh.volume_ml == pytest.approx(by_plane.resected.mesh.volume_ml, rel=1e-6)


def test_a_case_without_a_liver_or_a_map_is_refused_with_a_cure():
    with pytest.raises(PlanError, match="no surface of the liver"):
        PlanCutting({"tumour_01": MESHES["tumour_01"]}, LABELS)
    with pytest.raises(PlanError, match="no map"):
        PlanCutting(MESHES, LABELS).cut(ResectionPlan(resections=(TERRITORY,)))


def test_a_territory_takes_no_vessel_beyond_the_liver():
    # Another vessel begins in the segment and runs 30 mm out of the liver.
    k, j, i = np.indices(LABELS.labels.shape)
    points = LABELS.geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    inside = LABELS.labels > 0
    vein = (np.hypot(points[..., 1], points[..., 2] - 10.0) < 5.0) & (points[..., 0] > 30.0) & (points[..., 0] < 85.0)
    labels = LABELS.labels.copy()
    labels[vein & inside], labels[vein & ~inside] = HEPATIC_VEINS, HEPATIC_VEINS_EXTRAHEPATIC
    volume = LabelVolume(labels=labels, geometry=LABELS.geometry)
    structure = structure_named("hepatic_veins")
    mesh = build_mesh_levels(volume, structure, budgets=MeshBudgets(reductions=(1.0,)))[0]
    cutting = PlanCutting({"liver": MESHES["liver"], "hepatic_veins": mesh}, volume, liver_map=LIVER_MAP)
    plan = ResectionPlan(resections=(TERRITORY,))
    voxels = PlanEvaluator(volume, liver_map=LIVER_MAP).evaluate(plan, details=False).structure("hepatic_veins")
    cut = cutting.cut(plan)[1].cut
    assert voxels.remnant_ml > 0.3
    assert cut.resected.mesh.volume_ml == pytest.approx(voxels.resected_ml, rel=0.04)
    assert cut.remnant.mesh.volume_ml == pytest.approx(voxels.remnant_ml, rel=0.06)


def test_structures_outside_the_liver_are_left_alone():
    meshes = {**MESHES, "spleen": MESHES["tumour_01"]}
    assert {one.name for one in PlanCutting(meshes, LABELS).cut(ResectionPlan(resections=(PLANE,)))} == set(NAMES)


def test_the_order_of_resections_does_not_matter():
    one, other = (
        CUTTING.cut(ResectionPlan(resections=order))[0].cut.remnant.mesh.volume_ml
        for order in ((PLANE, SPHEROID, OTHER), (OTHER, PLANE, SPHEROID))
    )
    assert one == pytest.approx(other, rel=1e-6)
