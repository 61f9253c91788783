"""A suite over real files: what is kept, skipped, blank or reported."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.anatomy import LIVER
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.errors import OperationCancelledError
from engine.evaluation.score_case import CaseReference
from engine.evaluation.suite_document import read_suite
from engine.evaluation.suite_folder import SuiteEntry, find_suite_entries
from engine.geometry import VolumeGeometry
from engine.imaging import write_nifti
from engine.progress import SilentProgress
from engine.suite import SuiteOptions, fingerprint, run_suite
from engine.suite_reading import answer_for_scan, read_reference
from engine.surface import MeshLevel
from engine.volume import LabelVolume, ScanVolume

GRID = VolumeGeometry.from_parts(
    shape_kji=(16, 20, 24), spacing_ijk_mm=(2, 2, 3), origin_lps_mm=(5, 6, 7), direction=np.diag([-1, 1, -1])
)
LIVER_MASK = np.pad(np.ones((10, 14, 18), dtype=bool), 3)
TUMOUR = np.zeros(GRID.shape_kji, dtype=bool)
TUMOUR[6:9, 8:12, 8:12] = True
PORTAL = np.zeros(GRID.shape_kji, dtype=bool)
PORTAL[10, 5:8, 4:20] = True
HU = np.where(LIVER_MASK, 110, -50).astype(np.int16)
CORNER = MeshLevel(
    vertices_lps_mm=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32),
    faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.uint32),
    error_mm=0.1,
    volume_ml=1.0,
)


def labels_of(tumour=TUMOUR) -> LabelVolume:
    labels = LIVER_MASK.astype(np.uint8)
    labels[PORTAL], labels[tumour] = 2, 101
    return LabelVolume(labels=labels, geometry=GRID)


def write_case(path: Path, labels: LabelVolume) -> None:
    provenance = Provenance(
        scan=ScanSource(source_kind="phantom", voxels_sha256="a" * 64),
        segmentation=SegmentationSource(method="phantom"),
    )
    with CaseWriter(path, overwrite=True) as writer:
        writer.add_volumes(ScanVolume(voxels_hu=HU, geometry=GRID), labels)
        writer.add_structure(LIVER, [CORNER])
        writer.finish(provenance=provenance, created_at="2026-01-02T03:04:05+00:00", title="case")


def write_reference(folder: Path, **masks) -> None:
    folder.mkdir(parents=True)
    for name, mask in masks.items():
        write_nifti(folder / f"{name}.nii.gz", mask.astype(np.uint8), GRID)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A suite of two cases and a folder of the first one's prepared case; the second is missing."""
    suite, cases = tmp_path / "suite", tmp_path / "cases"
    for name in ("first", "second"):
        write_reference(suite / name / "reference", liver=LIVER_MASK, tumor=TUMOUR, portalvein=PORTAL)
        write_nifti(suite / name / "ct.nii.gz", HU, GRID)
    write_case(cases / "first", labels_of())
    return suite, cases


def test_a_case_that_cannot_be_had_is_reported_and_the_others_are_scored(made, tmp_path: Path) -> None:
    suite, cases = made
    out = tmp_path / "out"
    told = []
    result = run_suite(find_suite_entries(suite), SuiteOptions(out=out, cases=cases), on_case=told.append)
    first, second = result.cases
    assert (first.name, second.name) == ("first", "second") == tuple(case.name for case in told)
    assert first.scores is not None and first.scores.structures["liver"].dice == 1.0
    assert first.scores.lesions is not None and first.scores.lesions.recall == 1.0
    assert first.scores.vessels is not None and first.scores.vessels.portal is not None
    assert first.scores.vessels.hepatic is None
    assert set(first.scores.structures) == {"liver", "portal_vein", "tumours"}
    assert first.spacing_ijk_mm == pytest.approx((2, 2, 3))
    assert second.scores is None and second.failure is not None
    assert second.failure.type == "CaseError" and second.failure.cure
    assert {path.name for path in out.iterdir()} == {"suite.json", "suite.png", "index.html", "first.png"}
    assert read_suite(out / "suite.json") == result


def test_finished_cases_are_kept_and_what_failed_or_changed_is_done_again(made, tmp_path: Path, monkeypatch) -> None:
    suite, cases = made
    options = SuiteOptions(out=tmp_path / "out", cases=cases)
    entries = find_suite_entries(suite)
    scored: list[str] = []
    # Reading takes a process of its own each time, which is tested above.
    truth = CaseReference(labels=labels_of(), declared=frozenset({"liver", "tumours"}))
    monkeypatch.setattr("engine.suite.read_reference", lambda entry, geometry: truth)
    monkeypatch.setattr("engine.suite.draw_case", lambda given, path: scored.append(given.case.name))
    run_suite(entries, options)
    run_suite(entries, options)
    assert scored == ["first"]
    write_case(cases / "second", labels_of(np.roll(TUMOUR, 5, axis=2)))
    result = run_suite(entries, options)
    assert scored == ["first", "second"]
    assert result.cases[1].scores is not None
    write_case(cases / "first", labels_of(np.zeros_like(TUMOUR)))
    assert run_suite(entries, options).cases[0].scores.lesions.recall == 0.0
    run_suite(entries, SuiteOptions(out=tmp_path / "out", cases=cases, again=True))
    assert scored == ["first", "second", "first", "first", "second"]


def test_stopping_keeps_what_is_finished(made, tmp_path: Path) -> None:
    suite, cases = made
    write_case(cases / "second", labels_of())

    class Stopped(SilentProgress):
        def stage(self, name: str) -> None:
            if name.startswith("second"):
                raise OperationCancelledError("Stopped.")

    with pytest.raises(OperationCancelledError):
        run_suite(find_suite_entries(suite), SuiteOptions(out=tmp_path / "out", cases=cases), Stopped())
    kept = read_suite(tmp_path / "out" / "suite.json")
    assert [case.name for case in kept.cases] == ["first"]
    assert (tmp_path / "out" / "index.html").is_file()


def test_a_fault_in_one_case_is_its_own_and_quotes_nothing(made, tmp_path: Path, monkeypatch) -> None:
    suite, cases = made

    def fail(*_: object) -> None:
        raise ZeroDivisionError("DOE^JANE")

    monkeypatch.setattr("engine.suite.score_case", fail)
    result = run_suite(find_suite_entries(suite), SuiteOptions(cases=cases))
    assert result.cases[0].failure is not None
    assert result.cases[0].failure.type == "ZeroDivisionError"
    assert "JANE" not in json.dumps(result.model_dump(mode="json"))


def test_a_scan_that_cannot_be_read_gives_the_readers_error(tmp_path: Path) -> None:
    write_reference(tmp_path / "bad" / "reference", liver=LIVER_MASK)
    (tmp_path / "bad" / "ct.nii.gz").write_bytes(b"no scan")
    (case,) = run_suite(find_suite_entries(tmp_path), SuiteOptions()).cases
    assert case.failure is not None and case.failure.type == "UnreadableFileError"


def test_two_jobs_give_what_one_gives(made, tmp_path: Path) -> None:
    suite, cases = made
    write_case(cases / "second", labels_of(np.roll(TUMOUR, 2, axis=2)))
    entries = find_suite_entries(suite)
    alone, together = (run_suite(entries, SuiteOptions(cases=cases, jobs=jobs)) for jobs in (1, 2))
    assert [case.scores for case in alone.cases] == [case.scores for case in together.cases]


def entry_for(reference: Path, **more) -> SuiteEntry:
    return SuiteEntry(name="one", scan=reference, reference=reference, **more)


def test_a_mask_that_is_there_but_empty_says_that_the_structure_is_absent(tmp_path: Path) -> None:
    nothing = np.zeros_like(TUMOUR)
    write_reference(tmp_path / "reference", liver=LIVER_MASK, tumor=nothing, venoussystem=nothing)
    reference = read_reference(entry_for(tmp_path / "reference"), GRID)
    assert reference.declared == {"liver", "tumours", "hepatic_veins", "inferior_vena_cava"}
    assert reference.couinaud is None


def test_what_the_suite_leaves_out_or_adds_is_heeded(tmp_path: Path) -> None:
    write_reference(tmp_path / "reference", liver=LIVER_MASK, portalvein=PORTAL)
    entry = entry_for(tmp_path / "reference", leave_out=("portal_vein",), holds=("tumours",))
    assert read_reference(entry, GRID).declared == {"liver", "tumours"}


def test_segments_are_read_onto_the_scans_grid(tmp_path: Path) -> None:
    segments = np.zeros(GRID.shape_kji, dtype=np.uint8)
    segments[4, 5, 6], segments[7, 8, 9] = 3, 8
    write_reference(tmp_path / "reference", liver=LIVER_MASK)
    flipped = np.array(GRID.lps_from_ijk)
    flipped[:3, 3] += flipped[:3, 0] * (GRID.shape_kji[2] - 1)
    flipped[:3, 0] *= -1
    stored = VolumeGeometry(shape_kji=GRID.shape_kji, lps_from_ijk=flipped)
    write_nifti(tmp_path / "reference" / "couinaud.nii.gz", np.flip(segments, axis=2).copy(), stored)
    entry = entry_for(tmp_path / "reference", couinaud=tmp_path / "reference" / "couinaud.nii.gz")
    couinaud = read_reference(entry, GRID).couinaud
    assert couinaud is not None
    np.testing.assert_array_equal(couinaud, segments)


def test_a_changed_reference_or_choice_is_noticed(made) -> None:
    suite, cases = made
    entry = find_suite_entries(suite)[0]
    before = fingerprint(entry, SuiteOptions(cases=cases))
    assert fingerprint(entry, SuiteOptions(cases=cases)) == before
    assert fingerprint(entry, SuiteOptions()) != before
    assert fingerprint(entry.model_copy(update={"leave_out": ("liver",)}), SuiteOptions(cases=cases)) != before
    write_nifti(entry.reference / "spleen.nii.gz", TUMOUR.astype(np.uint8), GRID)
    assert fingerprint(entry, SuiteOptions(cases=cases)) != before


def test_vessels_are_followed_with_the_scan_as_in_a_prepared_case(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = ScanVolume(voxels_hu=HU.astype(np.int16), geometry=GRID)
    labels = LabelVolume(labels=LIVER_MASK.astype(np.uint8), geometry=GRID)
    given: list[ScanVolume | None] = []

    def analyse(labels: LabelVolume, probability: None, *, scan: ScanVolume, progress: SilentProgress) -> object:
        given.append(scan)
        return SimpleNamespace(labels=labels, liver_map=None, warnings=())

    segmented = SimpleNamespace(
        labels=labels, probability=None, stage_seconds={}, network="n", device="cpu", warnings=()
    )
    monkeypatch.setattr("engine.imaging.read_scan", lambda *_, **__: SimpleNamespace(scan=scan, warnings=()))
    monkeypatch.setattr("engine.segmentation.segment", lambda *_, **__: segmented)
    monkeypatch.setattr("engine.vessels.analyse", analyse)
    entry = SuiteEntry(name="one", scan=Path("scan.nii.gz"), reference=Path("reference"))
    answer_for_scan(entry, SilentProgress(), device="cpu", fast=False)
    assert given == [scan]
