"""`cantlie evaluate --suite` and `--compare` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.evaluation.scores import CaseScores, StructureScore
from engine.evaluation.suite_document import Failure, Suite, SuiteCase, write_suite
from streaming.cli import main
from streaming.commands.evaluate_suite import table_of


def suite_of(dice: float) -> Suite:
    liver = StructureScore(
        dice=dice, nsd_2mm=0.5, hausdorff_95_mm=4.04, mean_surface_distance_mm=1.0, volume_predicted_ml=1.0,
        volume_reference_ml=1.0, volume_error_ml=0.0, volume_error_percent=-2.5,
    )  # fmt: skip
    failed = Failure(type="EmptyScanError", what="There is nothing.", cure="Look again.")
    return Suite(
        created_at="2026-01-01T00:00:00+00:00",
        cases=(
            SuiteCase(name="bad", failure=failed),
            SuiteCase(name="good", scores=CaseScores(structures={"liver": liver})),
            SuiteCase(name="seen", scores=CaseScores(structures={"liver": liver}), trained_on=True),
        ),
    )


def test_the_table_has_a_row_a_case_a_mean_and_a_target() -> None:
    lines = table_of(suite_of(0.9))
    assert lines[1].split() == ["case", "Dice", "NSD", "2mm", "HD95", "mm", "vol.", "%"]
    assert lines[2].split(maxsplit=1) == ["bad", "EmptyScanError: There is nothing."]
    assert lines[3].split() == ["good", "0.900", "0.500", "4.0", "-2.5"]
    assert lines[4].startswith("seen (trained on)")
    assert lines[5].split() == ["mean", "0.900", "0.500", "4.0", "+2.5"]
    assert lines[6].split() == ["target", "0.950"]


def test_two_runs_are_compared_number_by_number(tmp_path: Path, capsys) -> None:
    for name, dice in (("before", 0.8), ("after", 0.9)):
        write_suite(suite_of(dice), tmp_path / f"{name}.json")
    arguments = ["evaluate", "--compare", str(tmp_path / "before.json"), str(tmp_path / "after.json")]
    assert main(arguments) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("good") and "Dice" in line)
    assert row.split()[-4:] == ["0.800", "0.900", "+0.100", "better"]
    assert main([*arguments, "--json"]) == 0
    differences = json.loads(capsys.readouterr().out)["differences"]
    assert {key: value for key, value in differences[0].items() if key != "change"} == {
        "case": "good",
        "number": "liver_dice",
        "before": 0.8,
        "after": 0.9,
        "better": True,
    }


def test_a_suite_with_a_failed_case_ends_with_the_code_for_what_a_person_can_put_right(tmp_path: Path, capsys) -> None:
    (tmp_path / "suite" / "bad" / "reference").mkdir(parents=True)
    (tmp_path / "suite" / "bad" / "ct.nii.gz").write_bytes(b"no scan")
    arguments = ["evaluate", "--suite", str(tmp_path / "suite"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert "UnreadableFileError" in captured.out
    assert "Research use, not a medical device" in captured.out
    assert (tmp_path / "out" / "index.html").is_file()
    assert main([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["cases"][0]["failure"]["type"] == "UnreadableFileError"


@pytest.mark.parametrize(
    "arguments", [[], ["one"], ["one", "two", "--suite", "x"], ["--suite", "x", "--compare", "a", "b"]]
)
def test_exactly_one_kind_of_comparison_is_asked_for(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *arguments])
    assert stopped.value.code == 2
    assert "--suite DIR" in capsys.readouterr().err


def test_a_folder_without_cases_is_refused_in_plain_words(tmp_path: Path, capsys) -> None:
    assert main(["evaluate", "--suite", str(tmp_path)]) == 2
    assert "holds no case" in capsys.readouterr().err
