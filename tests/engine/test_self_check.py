"""The self-check finds small errors on sound code, and errors where there are some."""

import json

import numpy as np
import pytest

from engine.case import Case
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.errors import CaseCorruptError, StorageError
from engine.geometry import VolumeGeometry
from engine.phantom.grid import rotation_matrix
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan
from engine.self_check import self_check
from engine.self_check_record import SELF_CHECK_FILE, read_self_check, write_self_check
from engine.volume import LabelVolume, ScanVolume

GRID = VolumeGeometry.from_parts(
    shape_kji=(6, 6, 6), spacing_ijk_mm=(2.0, 2.0, 3.0), direction=rotation_matrix((10, -20, 30)) * [1, 1, -1]
)


@pytest.fixture(scope="module")
def record():
    return self_check(GRID, created_at="2026-01-02T03:04:05Z", trials=2)


@pytest.fixture
def case(tmp_path):
    with CaseWriter(tmp_path / "case") as writer:
        writer.add_volumes(
            ScanVolume(voxels_hu=np.zeros(GRID.shape_kji, np.int16), geometry=GRID),
            LabelVolume(labels=np.ones(GRID.shape_kji, np.uint8), geometry=GRID),
        )
        return writer.finish(
            provenance=Provenance(
                scan=ScanSource(source_kind="phantom", voxels_sha256="0" * 64),
                segmentation=SegmentationSource(method="phantom"),
            ),
            created_at="2026-01-02T03:04:05Z",
        )


def test_errors_on_an_oblique_left_handed_grid_are_those_of_its_voxels(record):
    assert abs(record.error("liver_volume_percent").worst) < 0.5
    assert abs(record.error("resected_volume_percent").worst) < 1.0
    assert abs(record.error("wedge_volume_percent").worst) < 2.0
    assert abs(record.error("functional_flr_points").worst) < 0.2
    for name in ("plane_margin_mm", "wedge_margin_mm"):
        assert -0.2 <= record.error(name).mean < 3.0, "voxel centres lie inside the surface"


def test_a_cut_three_millimetres_off_shows(monkeypatch):
    evaluate = PlanEvaluator.evaluate

    def off(self, plan):
        first = plan.resections[0]
        if not isinstance(first, PlaneResection):
            return evaluate(self, plan)
        point = np.array(first.point_lps_mm) + 3.0 * first.unit_normal_lps
        moved = PlaneResection(point_lps_mm=tuple(point.tolist()), normal_lps=first.normal_lps)
        return evaluate(self, ResectionPlan(resections=(moved,)))

    monkeypatch.setattr(PlanEvaluator, "evaluate", off)
    record = self_check(GRID, created_at="", trials=1)
    assert record.error("resected_volume_percent").worst < -5.0
    assert record.error("plane_margin_mm").worst < -1.0


def test_a_case_keeps_its_record_and_nothing_else_is_left(case, record):
    assert read_self_check(case) is None
    before = {path.name for path in case.path.iterdir()}
    write_self_check(case, record)
    assert read_self_check(case) == record
    assert {path.name for path in case.path.iterdir()} == before | {SELF_CHECK_FILE}
    assert read_self_check(Case.open(case.path)) == record


def test_a_record_of_other_voxels_or_another_version_is_not_quoted(case, record):
    write_self_check(case, record.model_copy(update={"spacing_ijk_mm": (1.0, 1.0, 1.0)}))
    assert read_self_check(case) is None
    write_self_check(case, record.model_copy(update={"software": "0.0.0"}))
    assert read_self_check(case) is None


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"trials": 1}), "x" * 200_000])
def test_a_damaged_record_is_refused(case, text):
    (case.path / SELF_CHECK_FILE).write_text(text)
    with pytest.raises(CaseCorruptError):
        read_self_check(case)


def test_a_record_that_cannot_be_written_leaves_the_old_one(case, record, monkeypatch):
    write_self_check(case, record)

    def full(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(StorageError):
        write_self_check(case, record.model_copy(update={"trials": 9}))
    monkeypatch.undo()
    assert read_self_check(case) == record
    assert not list(case.path.glob(".*partial*"))
