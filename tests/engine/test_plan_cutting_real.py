"""Closed parts of a real liver (3D-IRCADb-01, case 1) against its voxels."""

from pathlib import Path

import numpy as np
import pytest

from engine.anatomy import LIVER, PARENCHYMA
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.meshing import MeshBudgets, build_mesh_levels, surface_report
from engine.plan_cutting import PlanCutting
from engine.resection import PlanEvaluator
from engine.resection.plan import PlaneResection, ResectionPlan, Spheroid, SurfaceResection, WedgeResection
from engine.volume import LabelVolume

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "ircadb01" / "reference"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="../shared/data/ircadb01/reference is absent"),
]


def test_parts_of_a_real_liver_are_closed_and_within_half_a_percent_of_its_voxels():
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.load(REFERENCE / "liver.nii.gz")
    mask = np.ascontiguousarray(np.asarray(image.dataobj).T > 0)
    geometry = VolumeGeometry(shape_kji=mask.shape, lps_from_ijk=LPS_FROM_RAS @ image.affine)
    labels = LabelVolume(labels=mask.astype(np.uint8) * np.uint8(PARENCHYMA), geometry=geometry)
    budgets = MeshBudgets(finest_triangles=40_000, reductions=(1.0,))
    cutting = PlanCutting({LIVER.name: build_mesh_levels(labels, LIVER, budgets=budgets)[0]}, labels)
    evaluator = PlanEvaluator(labels)
    centre = geometry.lps_from_index(np.argwhere(mask)[:, ::-1]).mean(axis=0)
    across = np.linspace(-80.0, 80.0, 4)
    net = [[centre + np.array([0.002 * (u * u - v * v), u, v]) for u in across] for v in across]
    plane = PlaneResection(point_lps_mm=tuple(centre), normal_lps=(-0.9, 0.3, 0.3))
    wedge = WedgeResection(
        shape=Spheroid(
            centre_lps_mm=tuple(centre + np.array([0.0, -50.0, 0.0])),
            axis_lps=(0.2, 1.0, 0.1),
            radius_across_mm=35.0,
            radius_along_mm=45.0,
        )
    )
    for resections in ((plane,), (SurfaceResection.from_net(np.array(net)),), (wedge,), (plane, wedge)):
        plan = ResectionPlan(resections=resections)
        voxels = evaluator.evaluate(plan, details=False).structure("liver")
        (liver,) = cutting.cut(plan)
        for part, voxels_ml in ((liver.cut.resected, voxels.resected_ml), (liver.cut.remnant, voxels.remnant_ml)):
            assert part is not None
            assert surface_report(part.mesh).sound
            assert part.mesh.volume_ml == pytest.approx(voxels_ml, rel=5e-3)
