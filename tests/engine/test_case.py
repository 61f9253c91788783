import errno
import json

import numpy as np
import pytest

from engine import anatomy, case_files
from engine.anatomy import LIVER
from engine.case import Case, find_cases
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.errors import CaseCorruptError, CaseError, CaseVersionError, StorageError
from engine.field import DistanceField
from engine.geometry import VolumeGeometry
from engine.surface import MeshLevel
from engine.volume import LabelVolume, ScanVolume

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(8, 9, 10),
    spacing_ijk_mm=(0.7, 0.8, 2.5),
    origin_lps_mm=(-10.1, 20.2, 300.3),
    direction=[[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]],
)
SCAN = ScanVolume(
    voxels_hu=np.random.default_rng(1).integers(-1000, 1000, GEOMETRY.shape_kji).astype(np.int16), geometry=GEOMETRY
)
LABELS = LabelVolume(labels=np.pad(np.ones((4, 5, 6), np.uint8), 2), geometry=GEOMETRY)
TETRAHEDRON = MeshLevel(
    vertices_lps_mm=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.uint32),
    error_mm=0.25,
    volume_ml=1.5,
    max_error_mm=0.75,
)
FIELD = DistanceField(
    values=np.full((4, 4, 5), 7, np.uint8),
    geometry=GEOMETRY.cropped((1, 1, 1), (4, 4, 5)),
    mm_per_step=0.5,
    zero_value=40,
)
PROVENANCE = Provenance(
    scan=ScanSource(source_kind="phantom", voxels_sha256="a" * 64),
    segmentation=SegmentationSource(method="phantom"),
    stage_seconds={"Reading": 0.5},
)


def written(path, *, overwrite=False, title=None):
    with CaseWriter(path, overwrite=overwrite) as writer:
        writer.add_volumes(SCAN, LABELS)
        writer.add_structure(LIVER, [TETRAHEDRON, TETRAHEDRON])
        writer.add_distance_field("liver", FIELD)
        return writer.finish(provenance=PROVENANCE, created_at="2026-01-02T03:04:05+00:00", title=title)


def test_a_case_reads_back_as_it_was_written(tmp_path):
    written(tmp_path / "case")
    case = Case.open(tmp_path / "case")
    assert np.array_equal(case.scan().voxels_hu, SCAN.voxels_hu)
    assert np.array_equal(case.labels().labels, LABELS.labels)
    assert np.array_equal(case.scan().geometry.lps_from_ijk, GEOMETRY.lps_from_ijk)
    mesh = case.mesh("liver", 1)
    assert np.array_equal(mesh.faces, TETRAHEDRON.faces)
    assert np.array_equal(mesh.vertices_lps_mm, TETRAHEDRON.vertices_lps_mm)
    assert (mesh.error_mm, mesh.max_error_mm, mesh.volume_ml) == (0.25, 0.75, 1.5)
    field = case.distance_field("liver")
    assert np.array_equal(field.values, FIELD.values)
    assert field.geometry.matches(FIELD.geometry, tolerance_mm=0.0)
    assert case.manifest.provenance == PROVENANCE
    case.verify()


def test_the_volume_of_a_structure_is_counted_on_the_label_map(tmp_path):
    record = written(tmp_path / "case").manifest.structure("liver")
    assert record.volume_ml == pytest.approx(4 * 5 * 6 * 0.7 * 0.8 * 2.5 / 1000)
    assert record.bounds_lps_mm == ((0, 0, 0), (1, 1, 1))
    assert record.label_values == anatomy.LIVER_VALUES


def test_a_case_is_called_neutrally_unless_a_title_is_given(tmp_path):
    assert written(tmp_path / "Doe John").manifest.title == "CT aaaaaa"
    assert written(tmp_path / "other", title="Tumour board 3").manifest.title == "Tumour board 3"


def test_an_existing_case_is_kept_unless_it_may_be_overwritten(tmp_path):
    written(tmp_path / "case", title="old")
    with pytest.raises(CaseError, match="overwrite"):
        written(tmp_path / "case", title="new")
    assert Case.open(tmp_path / "case").manifest.title == "old"
    written(tmp_path / "case", title="new", overwrite=True)
    assert Case.open(tmp_path / "case").manifest.title == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_a_folder_that_is_no_case_is_never_replaced(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work")
    with pytest.raises(CaseError):
        written(tmp_path / "precious", overwrite=True)
    assert (tmp_path / "precious" / "thesis.txt").exists()


def test_an_interrupted_case_leaves_nothing_and_the_old_one_whole(tmp_path):
    written(tmp_path / "case", title="old")
    with pytest.raises(KeyboardInterrupt), CaseWriter(tmp_path / "case", overwrite=True) as writer:
        writer.add_volumes(SCAN, LABELS)
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["case"]
    Case.open(tmp_path / "case").verify()


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/doe^john")

    monkeypatch.setattr(case_files.np, "savez", full)
    with pytest.raises(StorageError, match="disk is full") as raised, CaseWriter(tmp_path / "case") as writer:
        writer.add_volumes(SCAN, LABELS)
        writer.add_structure(LIVER, [TETRAHEDRON])
    assert "doe" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_renaming_keeps_the_old_case(tmp_path, monkeypatch):
    written(tmp_path / "case", title="old")
    rename = type(tmp_path).rename

    def fails_for_the_new_one(self, target):
        if ".partial-" in self.name and target == tmp_path / "case" and (self / "manifest.json").exists():
            monkeypatch.undo()
            raise OSError(errno.ENOSPC, "full")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", fails_for_the_new_one)
    with pytest.raises(StorageError):
        written(tmp_path / "case", title="new", overwrite=True)
    assert Case.open(tmp_path / "case").manifest.title == "old"


def edited(path, change):
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_a_case_of_a_newer_version_is_refused_by_version(tmp_path):
    written(tmp_path / "case")
    edited(tmp_path / "case", lambda m: m.update(format_version=4, surprise=True))
    with pytest.raises(CaseVersionError, match="format 4"):
        Case.open(tmp_path / "case")


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(surprise=1),
        lambda m: m.pop("labels"),
        lambda m: m["scan"].update(file="../../etc/passwd"),
        lambda m: m["grid"].update(lps_from_ijk=[[0, 0, 0, 0]] * 4),
        lambda m: m["structures"][0].update(volume_ml=float("nan")),
        lambda m: m["fields"][0].update(mm_per_step="wide"),
        lambda m: m["labels"].update(file="volumes/gone.npy"),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path, change):
    written(tmp_path / "case")
    edited(tmp_path / "case", change)
    with pytest.raises(CaseCorruptError):
        Case.open(tmp_path / "case")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 100_000])
def test_a_manifest_that_is_no_manifest_is_refused(tmp_path, text):
    written(tmp_path / "case")
    (tmp_path / "case" / "manifest.json").write_text(text)
    with pytest.raises(CaseCorruptError):
        Case.open(tmp_path / "case")


@pytest.mark.parametrize(
    ("file", "use"),
    [
        ("volumes/scan.npy", lambda case: case.scan()),
        ("volumes/labels.npy", lambda case: case.labels()),
        ("meshes/liver.0.npz", lambda case: case.mesh("liver", 0)),
        ("fields/liver.npy", lambda case: case.distance_field("liver")),
    ],
)
def test_a_truncated_file_is_noticed_when_it_is_used_and_by_verify(tmp_path, file, use):
    case = written(tmp_path / "case")
    path = tmp_path / "case" / file
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CaseCorruptError, match=file):
        use(case)
    with pytest.raises(CaseCorruptError, match=file):
        case.verify()


def test_a_path_without_a_case_is_refused(tmp_path):
    with pytest.raises(CaseError, match="no case"):
        Case.open(tmp_path)


def test_cases_are_found_and_unfinished_ones_are_not(tmp_path):
    written(tmp_path / "b")
    written(tmp_path / "a")
    (tmp_path / ".c.partial-1").mkdir()
    (tmp_path / ".c.partial-1" / "manifest.json").write_text("{}")
    (tmp_path / "notes.txt").touch()
    assert [path.name for path in find_cases(tmp_path)] == ["a", "b"]
    assert find_cases(tmp_path / "a") == (tmp_path / "a",)
    assert find_cases(tmp_path / "absent") == ()


def test_preparing_the_same_scan_again_keeps_its_plans(tmp_path):
    plans = written(tmp_path / "case").path / "session"
    plans.mkdir()
    (plans / "plan.sqlite").write_bytes(b"plans")
    again = written(tmp_path / "case", overwrite=True)
    assert (again.path / "session" / "plan.sqlite").read_bytes() == b"plans"


def test_plans_do_not_pass_to_another_scan(tmp_path):
    (written(tmp_path / "case").path / "session").mkdir()
    other = PROVENANCE.model_copy(update={"scan": ScanSource(source_kind="phantom", voxels_sha256="b" * 64)})
    with CaseWriter(tmp_path / "case", overwrite=True) as writer:
        writer.add_volumes(SCAN, LABELS)
        replaced = writer.finish(provenance=other, created_at="2026-01-02T03:04:05+00:00")
    assert not (replaced.path / "session").exists()
