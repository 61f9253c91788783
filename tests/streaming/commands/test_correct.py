"""`cantlie correct`: what it prints and refuses; the correction itself is tested in the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.case import Case
from streaming.cli import EXIT_REFUSED, main


def test_a_renamed_structure_is_reported_with_its_volume(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cases / "small"
    volume_ml = Case.open(path).manifest.structure("gallbladder").volume_ml
    assert main(["correct", str(path), "--rename", "gallbladder=stomach", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["revision"] == 1
    assert said["changed"] == [
        {"name": "gallbladder", "volume_ml": None},
        {"name": "stomach", "volume_ml": pytest.approx(volume_ml)},
    ]
    assert "not a medical device" in said["notice"]
    assert main(["correct", str(path), "--remove", "stomach"]) == 0
    assert "taken out" in capsys.readouterr().out


def test_an_absent_structure_is_refused_with_those_there_are(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["correct", str(cases / "small"), "--remove", "spleen"]) == EXIT_REFUSED
    assert "gallbladder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--rename", "spleen"],
        ["--rename", "=spleen"],
        *(["--branch", said] for said in ("7", "7=artery", "seven=portal", "1,2=portal", "nan,0,0=hepatic", "=portal")),
    ],
)
def test_a_command_without_a_wish_is_refused(cases: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["correct", str(cases / "small"), *options])
    assert raised.value.code == EXIT_REFUSED


def test_a_word_on_a_branch_is_kept_and_reported(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cases / "small"
    trees = Case.open(path).vessel_trees()
    assert trees is not None
    number = trees.of_kind("portal")[-1].number
    assert main(["correct", str(path), "--branch", f"{number}=portal:segment_3"]) == 0
    assert "territories" in capsys.readouterr().out
    manifest = Case.open(path).manifest
    assert manifest.revision == 1
    assert [word.name for record in manifest.corrections for word in record.branches] == ["segment_3"]
    assert main(["correct", str(path), "--branch", "9999=portal"]) == EXIT_REFUSED
    assert "--branches" in capsys.readouterr().err
