"""The report file, its headlines, the comparison of two, the page and the folder of cases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.errors import LabelError, ScanError
from engine.evaluation.headlines import HEADLINES, average, differences
from engine.evaluation.scores import CaseScores, StructureScore
from engine.evaluation.suite_document import Failure, Suite, SuiteCase, read_suite, write_suite
from engine.evaluation.suite_folder import find_suite_entries
from engine.evaluation.suite_page import page_of
from engine.evaluation.suite_picture import draw_suite


def liver(dice: float, error_percent: float = 0.0) -> CaseScores:
    score = StructureScore(
        dice=dice, nsd_2mm=0.5, hausdorff_95_mm=4.0, mean_surface_distance_mm=1.0, volume_predicted_ml=1.0,
        volume_reference_ml=1.0, volume_error_ml=0.0, volume_error_percent=error_percent,
    )  # fmt: skip
    return CaseScores(structures={"liver": score})


def suite_of(*cases: SuiteCase) -> Suite:
    return Suite(created_at="2026-01-01T00:00:00+00:00", cases=cases)


FAILED = SuiteCase(name="bad", failure=Failure(type="EmptyScanError", what="Nothing <here>.", cure="Look again."))


def test_a_suite_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    suite = suite_of(SuiteCase(name="one", scores=liver(0.9), seconds={"Scoring": 1.5}), FAILED)
    write_suite(suite, tmp_path / "suite.json")
    assert read_suite(tmp_path / "suite.json") == suite
    assert [path.name for path in tmp_path.iterdir()] == ["suite.json"]
    raw = json.loads((tmp_path / "suite.json").read_text())
    assert raw["cases"][0]["scores"]["lesions"] is None
    assert raw["notice"] == "Research use, not a medical device"


@pytest.mark.parametrize("text", ["", "[]", '{"format": "cantlie-suite/0"}', '{"format": "cantlie-suite/1", "x": 1}'])
def test_a_file_that_is_no_suite_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "suite.json").write_text(text)
    with pytest.raises(LabelError):
        read_suite(tmp_path / "suite.json")


def headline(key: str):
    return next(one for one in HEADLINES if one.key == key)


def test_averages_leave_out_trained_cases_blanks_and_the_sign_of_volume_errors() -> None:
    suite = suite_of(
        SuiteCase(name="a", scores=liver(0.9, +10.0)),
        SuiteCase(name="b", scores=liver(0.8, -4.0)),
        SuiteCase(name="c", scores=liver(1.0, 0.0), trained_on=True),
        SuiteCase(name="d", scores=CaseScores(structures={})),
        FAILED,
    )
    assert average(headline("liver_dice"), suite).mean == pytest.approx(0.85)
    assert average(headline("liver_dice"), suite).cases == 2
    assert average(headline("liver_volume_error_percent"), suite).mean == pytest.approx(7.0)
    assert average(headline("vessel_dice"), suite).mean is None
    assert headline("vessel_dice").text(None) == ""


def test_a_difference_says_which_way_is_better_and_leaves_blanks_open() -> None:
    before = suite_of(SuiteCase(name="a", scores=liver(0.9, -8.0)), SuiteCase(name="gone", scores=liver(0.1)))
    after = suite_of(SuiteCase(name="a", scores=liver(0.8, 3.0)), SuiteCase(name="new", scores=liver(0.2)))
    found = {one.headline.key: one for one in differences(before, after)}
    assert set(found) == {"liver_dice", "liver_nsd_2mm", "liver_hd95_mm", "liver_volume_error_percent"}
    assert found["liver_dice"].change == pytest.approx(-0.1)
    assert found["liver_dice"].better is False
    assert found["liver_volume_error_percent"].better is True
    assert found["liver_nsd_2mm"].better is None


def test_the_page_asks_for_nothing_from_outside_and_escapes_what_it_shows(tmp_path: Path) -> None:
    suite = suite_of(SuiteCase(name="one", scores=liver(0.9), picture="one.png", warnings=("a < b",)), FAILED)
    draw_suite(suite, tmp_path / "suite.png")
    (tmp_path / "one.png").write_bytes(b"\x89PNG")
    page = page_of(suite, tmp_path)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "<script" not in page
    assert page.count("data:image/png;base64,") == 2
    assert "Nothing &lt;here&gt;." in page and "a &lt; b" in page
    assert "0.900" in page


def test_the_summary_picture_is_drawn_also_where_every_case_failed(tmp_path: Path) -> None:
    draw_suite(suite_of(FAILED), tmp_path / "suite.png")
    assert (tmp_path / "suite.png").read_bytes()[:4] == b"\x89PNG"


def touched(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_cases_are_found_by_the_usual_names(tmp_path: Path) -> None:
    touched(tmp_path / "a" / "dicom.tar.xz")
    touched(tmp_path / "a" / "meshes.zip")
    touched(tmp_path / "a" / "pseudo_organs.nii.gz")
    touched(tmp_path / "a" / "reference" / "liver.nii.gz")
    touched(tmp_path / "a" / "reference" / "couinaud.nii.gz")
    touched(tmp_path / "b" / "patient.nrrd")
    touched(tmp_path / "b" / "reference.nii.gz")
    touched(tmp_path / "c" / "ct.nii.gz")
    touched(tmp_path / "c" / "reference" / "labels.nii.gz")
    touched(tmp_path / "without_reference" / "ct.nii.gz")
    touched(tmp_path / "two_scans" / "x.nii.gz")
    touched(tmp_path / "two_scans" / "y.nii.gz")
    touched(tmp_path / "two_scans" / "reference" / "liver.nii.gz")
    entries = {entry.name: entry for entry in find_suite_entries(tmp_path)}
    assert sorted(entries) == ["a", "b", "c"]
    assert entries["a"].scan == tmp_path / "a" / "dicom.tar.xz"
    assert entries["a"].couinaud == tmp_path / "a" / "reference" / "couinaud.nii.gz"
    assert entries["b"].scan == tmp_path / "b" / "patient.nrrd"
    assert entries["b"].reference == tmp_path / "b" / "reference.nii.gz"
    assert entries["c"].reference == tmp_path / "c" / "reference" / "labels.nii.gz"


def test_suite_toml_tells_what_is_not_found_and_replaces_what_is(tmp_path: Path) -> None:
    touched(tmp_path / "a" / "ct.nii.gz")
    touched(tmp_path / "a" / "reference" / "liver.nii.gz")
    touched(tmp_path / "other" / "image-3.nii.gz")
    touched(tmp_path / "other" / "total.nii.gz")
    touched(tmp_path / "other" / "names.json")
    (tmp_path / "suite.toml").write_text(
        '[[case]]\nname = "a"\nscan = "a/ct.nii.gz"\nreference = "a/reference"\ntrained_on = true\n'
        '[[case]]\nname = "z"\nscan = "other/image-3.nii.gz"\nreference = "other/total.nii.gz"\n'
        'label_map = "other/names.json"\nleave_out = ["portal_vein"]\nholds = ["tumours"]\n'
    )
    first, second = find_suite_entries(tmp_path)
    assert (first.name, first.trained_on) == ("a", True)
    assert second.label_map == str(tmp_path / "other" / "names.json")
    assert (second.leave_out, second.holds) == (("portal_vein",), ("tumours",))


@pytest.mark.parametrize(
    "text",
    ["nonsense", "[case]", '[[case]]\nname = "a"', '[[case]]\nname = "a"\nscan = "x.nii"\nreference = "y"', "other = 1",
     '[[case]]\nname = "../a"\nscan = "."\nreference = "."'],
)  # fmt: skip
def test_a_suite_toml_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "suite.toml").write_text(text)
    with pytest.raises(LabelError):
        find_suite_entries(tmp_path)


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError):
        find_suite_entries(tmp_path)
    with pytest.raises(ScanError):
        find_suite_entries(tmp_path / "nowhere")
