"""`suite.json`: the scores of many cases, written after each and read again to resume or compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from engine.errors import LabelError, StorageError
from engine.evaluation.report import DEFINITIONS as PAIR_DEFINITIONS
from engine.evaluation.scores import CaseScores, Record

FORMAT: Final = "cantlie-suite/1"
"""Raised with every change of the numbers' meaning: finished cases of another format are scored again."""

NOTICE: Final = "Research use, not a medical device"

DEFINITIONS: Final = {
    **PAIR_DEFINITIONS,
    "blank": "null means the reference lacks the structure or one side is empty; it is never zero",
    "nsd_2mm": "surface_dice_2mm, as normalised surface Dice (Nikolov 2018); on voxels over 2 mm a shift of one voxel "
    "counts in full",
    "lesion match": "merged by largest overlap, intersection over union of at least 0.1 (Jaeger 2020), strictly 0.5; "
    "merging after the LiTS benchmark (Bilic 2023)",
    "lesion size": "longest diameter in one axial slice (RECIST 1.1); found by the reference's, true by the "
    "prediction's own size",
    "vessels": "inside the reference's liver",
    "confusion": "part of the true portal voxels found that are called hepatic vein or vena cava, and the reverse",
    "branches": "pieces of the reference's centre line from 5 mm, found if 80 % lies in predicted vessels (ATM'22)",
    "false_joins": "stretches from 5 mm of the other true tree that hang on a predicted tree",
    "segments": "Couinaud I to VIII, IVa and IVb as IV; agreement over voxels that both sides name",
    "calibration": "expected calibration error in ten bins, voxels in or near the liver (Guo 2017)",
}


class Failure(Record):
    """Why a case has no scores: the kind of error, what happened, what helps."""

    type: str
    what: str
    cure: str


class SuiteCase(Record):
    """One case of the suite; `scores` or `failure` is there."""

    name: str
    trained_on: bool = False
    fingerprint: str = ""
    network: str = ""
    device: str = ""
    shape_ijk: tuple[int, int, int] | None = None
    spacing_ijk_mm: tuple[float, float, float] | None = None
    seconds: dict[str, float] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    scores: CaseScores | None = None
    failure: Failure | None = None
    picture: str | None = None


class Suite(Record):
    """The whole file."""

    format: Literal["cantlie-suite/1"] = FORMAT
    created_at: str
    software: dict[str, str] = Field(default_factory=dict)
    cases: tuple[SuiteCase, ...] = ()
    definitions: dict[str, str] = DEFINITIONS
    notice: str = NOTICE

    def with_case(self, case: SuiteCase) -> Suite:
        """The suite with a case added, or replaced where its name is there already."""
        if any(old.name == case.name for old in self.cases):
            cases = tuple(case if old.name == case.name else old for old in self.cases)
        else:
            cases = (*self.cases, case)
        return self.model_copy(update={"cases": cases})

    def case(self, name: str) -> SuiteCase | None:
        """The case of this name."""
        return next((case for case in self.cases if case.name == name), None)


def write_suite(suite: Suite, path: Path) -> None:
    """Writes the file whole or not at all.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(suite.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError("The scores cannot be written.", cure="Free some space or choose another --out.") from error


def read_suite(path: Path) -> Suite:
    """Reads a file that `write_suite` wrote.

    Raises:
        LabelError: no such file, damaged, or of another format.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabelError(
            "The scores cannot be read.", cure="Give a suite.json that `cantlie evaluate --suite` wrote."
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise LabelError(
            f"The scores are not of the format {FORMAT}.", cure="Run `cantlie evaluate --suite` again with --again."
        )
    try:
        return Suite.model_validate(raw)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"][:5])
        raise LabelError(f"The scores are damaged (at {place}).", cure="Run the suite again with --again.") from error
