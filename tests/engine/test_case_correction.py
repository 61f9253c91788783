"""A case corrected in place: exactly what changed gets new files, and it is whole at every moment."""

from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy, case_correction
from engine.anatomy import structure_named
from engine.case import Case, files_of
from engine.case_correction import BranchWish, CorrectionWish, correct_case
from engine.case_manifest import ScanSource, SegmentationSource
from engine.case_patch import only_one
from engine.errors import CaseError, LabelError, StorageError
from engine.geometry import VolumeGeometry
from engine.imaging import write_nifti
from engine.pipeline import PreparedVolumes, prepare_from_volumes
from engine.volume import LabelVolume, ScanVolume

SHAPE = (36, 44, 48)
GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=SHAPE, spacing_ijk_mm=(2, 2, 2), origin_lps_mm=(-40, -44, 0), direction=np.diag([1.0, -1.0, 1.0])
)


def ball(centre_ijk, radius_mm):
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij")
    return sum(((axis - c) * 2.0) ** 2 for axis, c in zip((i, j, k), centre_ijk, strict=True)) <= radius_mm**2


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    labels = np.zeros(SHAPE, np.uint8)
    labels[ball((20, 22, 18), 30)] = anatomy.PARENCHYMA
    labels[8:30, 21:24, 19:22] = anatomy.PORTAL_VEIN
    labels[ball((14, 20, 16), 6)] = anatomy.FIRST_TUMOUR
    labels[ball((28, 20, 16), 6)] = anatomy.FIRST_TUMOUR + 1
    labels[ball((42, 22, 18), 9)] = anatomy.SPLEEN
    scan = np.where(labels > 0, 100, -80).astype(np.int16)
    volumes = PreparedVolumes(
        scan=ScanVolume(voxels_hu=scan, geometry=GEOMETRY),
        labels=LabelVolume(labels=labels, geometry=GEOMETRY),
        scan_source=ScanSource(source_kind="phantom", voxels_sha256="0" * 64),
        segmentation_source=SegmentationSource(method="phantom"),
    )
    path = tmp_path_factory.mktemp("template") / "case"
    prepare_from_volumes(volumes, path)
    return path


@pytest.fixture
def case(template, tmp_path):
    import shutil

    shutil.copytree(template, tmp_path / "case")
    (tmp_path / "case" / "session").mkdir()
    (tmp_path / "case" / "session" / "plan.sqlite").write_bytes(b"plans")
    return Case.open(tmp_path / "case")


def digests(case):
    """Digest of every file by what it is, whatever its name."""
    manifest = case.manifest
    found = {f"{one.name}.{n}": level.sha256 for one in manifest.structures for n, level in enumerate(one.levels)}
    found |= {f"field {one.name}": one.sha256 for one in manifest.fields}
    found |= {"trees": manifest.anatomy.trees.sha256, "map": manifest.anatomy.liver_map.sha256}
    return found


def changed(before, after):
    return {name.split(".")[0] for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def draw(folder, name, mask):
    folder.mkdir(exist_ok=True)
    write_nifti(folder / f"{name}.nii.gz", mask.astype(np.uint8), GEOMETRY)
    return folder


def test_a_tumour_drawn_anew_changes_its_surface_its_field_and_nothing_else(case, tmp_path):
    before = digests(case)
    masks = draw(tmp_path / "masks", "tumour_01", ball((14, 20, 16), 8))
    corrected = correct_case(case.path, CorrectionWish(labels=masks))
    after = Case.open(case.path)
    assert corrected.changed == ("tumour_01",)
    assert changed(before, digests(after)) == {"tumour_01", "field tumour"}
    assert after.manifest.revision == 1
    assert after.manifest.case_id == case.manifest.case_id
    assert after.manifest.corrections[0].given == ("tumour_01",)
    assert after.manifest.structure("tumour_01").volume_ml == pytest.approx(
        ball((14, 20, 16), 8).sum() * GEOMETRY.voxel_volume_ml
    )
    assert (
        after.manifest.structure("tumour_01").longest_axial_mm > case.manifest.structure("tumour_01").longest_axial_mm
    )
    after.verify()
    assert (after.path / "session" / "plan.sqlite").read_bytes() == b"plans"


def test_a_corrected_case_is_what_preparing_the_corrected_labels_gives(case, tmp_path):
    liver = np.isin(case.labels().labels, anatomy.LIVER_VALUES) & ~ball((20, 40, 18), 12)
    correct_case(case.path, CorrectionWish(labels=draw(tmp_path / "masks", "liver", liver)))
    after = Case.open(case.path)
    volumes = PreparedVolumes(
        scan=after.scan(),
        labels=after.labels(),
        scan_source=after.manifest.provenance.scan,
        segmentation_source=after.manifest.provenance.segmentation,
    )
    anew = prepare_from_volumes(volumes, tmp_path / "anew")
    assert digests(after) == digests(anew)
    assert [one.model_dump(exclude={"levels"}) for one in after.manifest.structures] == [
        one.model_dump(exclude={"levels"}) for one in anew.manifest.structures
    ]
    assert after.manifest.anatomy.segments == anew.manifest.anatomy.segments


def test_a_structure_renamed_or_removed_leaves_no_file_of_its_own(case):
    corrected = correct_case(case.path, CorrectionWish(renamed=(("tumour_02", "liver_cyst"),), removed=("spleen",)))
    assert corrected.changed == ("liver_cyst", "spleen", "tumour_02")
    after = Case.open(case.path)
    names = [one.name for one in after.manifest.structures]
    assert "spleen" not in names
    assert after.manifest.structure("liver_cyst").volume_ml == case.manifest.structure("tumour_02").volume_ml
    assert structure_named("liver_cyst").title == after.manifest.structure("liver_cyst").title


def test_a_word_on_a_branch_holds_through_later_corrections(case, tmp_path):
    trees = case.vessel_trees()
    assert {branch.kind for branch in trees.branches} == {"portal"}
    said = correct_case(case.path, CorrectionWish(branches=(BranchWish(at=1, kind="hepatic"),))).case
    assert {"portal_vein", "hepatic_veins"} <= set(said.manifest.corrections[0].changed)
    assert {branch.kind for branch in said.vessel_trees().branches} == {"hepatic"}
    draw(tmp_path / "drawn", "liver", case.labels().mask_of([*anatomy.LIVER_VALUES]) & ~ball((20, 40, 18), 8))
    later = correct_case(case.path, CorrectionWish(labels=tmp_path / "drawn")).case
    assert {branch.kind for branch in later.vessel_trees().branches} == {"hepatic"}
    gone = correct_case(case.path, CorrectionWish(branches=(BranchWish(at=1, kind="not_a_vessel"),)))
    assert not gone.case.vessel_trees().branches
    assert not np.isin(gone.case.labels().labels, (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS)).any()


def test_files_of_the_revision_before_stay_for_one_more(case):
    opened = Case.open(case.path)
    correct_case(case.path, CorrectionWish(removed=("tumour_01",)))
    opened.verify()
    correct_case(case.path, CorrectionWish(removed=("tumour_02",)))
    used = {record.file for record in files_of(Case.open(case.path).manifest)}
    kept = {path.relative_to(case.path).as_posix() for path in (case.path / "meshes").iterdir()}
    assert not any("tumour_01" in name for name in kept), "two revisions old"
    assert any("tumour_02" in name for name in kept - used)
    assert "field tumour" not in digests(Case.open(case.path)), "no tumour is left"


def test_a_correction_that_changes_nothing_makes_no_revision(case, tmp_path):
    masks = draw(tmp_path / "masks", "tumour_01", case.labels().labels == anatomy.FIRST_TUMOUR)
    corrected = correct_case(case.path, CorrectionWish(labels=masks))
    assert corrected.changed == ()
    assert Case.open(case.path).manifest.revision == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError("The disk is full.")])
def test_a_correction_that_stops_half_way_leaves_the_case_as_it_was(case, monkeypatch, error):
    listed = sorted(path for path in case.path.rglob("*") if path.name != ".correcting")

    def stop(_):
        raise error

    monkeypatch.setattr(case_correction, "measure_tumours", stop)
    with pytest.raises(type(error) if isinstance(error, StorageError) else error):
        correct_case(case.path, CorrectionWish(removed=("tumour_01",)))
    assert sorted(path for path in case.path.rglob("*") if path.name != ".correcting") == listed
    Case.open(case.path).verify()


def test_two_corrections_at_once_are_refused(case):
    with only_one(case.path), pytest.raises(CaseError, match="being corrected"):
        correct_case(case.path, CorrectionWish(removed=("tumour_01",)))
    correct_case(case.path, CorrectionWish(removed=("tumour_01",)))


def test_what_cannot_be_read_or_leaves_no_liver_changes_nothing(case, tmp_path):
    everywhere = draw(tmp_path / "masks", "tumour_01", np.ones(SHAPE, bool))
    with pytest.raises(LabelError, match="no liver"):
        correct_case(case.path, CorrectionWish(labels=everywhere))
    with pytest.raises(LabelError):
        correct_case(case.path, CorrectionWish(labels=tmp_path / "absent"))
    with pytest.raises(CaseError):
        correct_case(tmp_path / "no case", CorrectionWish(removed=("spleen",)))
    assert Case.open(case.path).manifest.revision == 0
