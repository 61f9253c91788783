"""A process of its own cuts, and what is wrong comes back as the caller's own errors."""

import numpy as np
import pytest

from engine import anatomy
from engine.case_manifest import ScanSource, SegmentationSource
from engine.errors import OperationCancelledError, PlanError
from engine.geometry import VolumeGeometry
from engine.meshing import surface_report
from engine.pipeline import PreparedVolumes, PrepareOptions, prepare_from_volumes
from engine.plan_cutting_worker import CuttingWorker
from engine.resection.plan import PlaneResection, ResectionPlan, TerritoryResection
from engine.volume import LabelVolume, ScanVolume

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(24, 28, 28), spacing_ijk_mm=(4.0, 4.0, 4.0))
CENTRE = GEOMETRY.lps_from_index([13.5, 13.5, 11.5])


@pytest.fixture(scope="module")
def case_path(tmp_path_factory):
    k, j, i = np.indices(GEOMETRY.shape_kji)
    points = GEOMETRY.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE
    labels = np.where(np.linalg.norm(points, axis=-1) < 36, anatomy.PARENCHYMA, 0).astype(np.uint8)
    volumes = PreparedVolumes(
        scan=ScanVolume(voxels_hu=np.full(GEOMETRY.shape_kji, 60, np.int16), geometry=GEOMETRY),
        labels=LabelVolume(labels=labels, geometry=GEOMETRY),
        scan_source=ScanSource(source_kind="phantom", voxels_sha256="b" * 64),
        segmentation_source=SegmentationSource(method="phantom"),
    )
    path = tmp_path_factory.mktemp("worker") / "case"
    prepare_from_volumes(volumes, path, PrepareOptions())
    return path


def test_a_worker_cuts_one_plan_after_the_other_and_survives_a_refused_one(case_path):
    plane = PlaneResection(point_lps_mm=tuple(CENTRE), normal_lps=(1.0, 0.2, 0.1))
    with CuttingWorker(case_path, level=0) as worker:
        first = worker.submit(ResectionPlan(resections=(plane,)))
        refused = worker.submit(ResectionPlan(resections=(TerritoryResection(portal_branches=(60_000,)),)))
        second = worker.submit(ResectionPlan(resections=(plane.flipped,)))
        unwanted = worker.submit(ResectionPlan(resections=(plane,)))
        unwanted.stop()
        (liver,) = first.result.result(timeout=120)
        with pytest.raises(PlanError) as raised:
            refused.result.result(timeout=120)
        (flipped,) = second.result.result(timeout=120)
        assert second.fraction > 0.0
        assert unwanted.result.cancelled() or isinstance(
            unwanted.result.exception(timeout=120), OperationCancelledError
        )
    assert raised.value.cure
    assert surface_report(liver.cut.remnant.mesh).sound
    assert liver.cut.resected.mesh.volume_ml == pytest.approx(flipped.cut.remnant.mesh.volume_ml, rel=1e-6)
