"""What the measuring commands are given: plans, body data, thresholds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import ClinicalInputError, PlanError

if TYPE_CHECKING:
    from engine.clinical import BodyData, Threshold
    from engine.resection import ResectionPlan
    from engine.resection.measurements import PlanNotes

PLAN_HELP: Final = (
    'A plan is {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}]}; the side the '
    'normal points to is resected. Other kinds: "surface", "wedge", "territory" (docs/planning.md); '
    'beside them "measurements" and "pins" (docs/notes.md).'
)
_MAX_PLAN_BYTES = 1024 * 1024


def add_body_arguments(parser: argparse.ArgumentParser, *, whose: str = "the patient") -> None:
    """Height, weight, and the file they may be kept in."""
    group = parser.add_argument_group("body data")
    group.add_argument("--height-cm", type=float, metavar="CM", help=f"height of {whose}")
    group.add_argument("--weight-kg", type=float, metavar="KG", help=f"weight of {whose}")
    group.add_argument(
        "--body", type=Path, metavar="FILE.json", help="a file with both (default: PLAN.body.json beside the plan)"
    )
    group.add_argument("--keep-body", action="store_true", help="write height and weight to PLAN.body.json")


def add_threshold_arguments(parser: argparse.ArgumentParser, *, condition: bool) -> None:
    """Limits that a person wants to see beside the numbers."""
    group = parser.add_argument_group("thresholds", "shown beside the numbers with their source, never a verdict")
    group.add_argument(
        "--threshold",
        action="append",
        default=[],
        metavar="NAME=VALUE[:SOURCE]",
        help="flr, functional_flr, sflr, rlv_bw, grwr, kgr, margin or donor_remnant, e.g. sflr=35:our board",
    )
    if condition:
        group.add_argument(
            "--liver",
            choices=("normal", "chemotherapy", "cirrhosis"),
            help="what the liver is like: chooses the published minimum of the sFLR",
        )


def read_plan(path: Path) -> ResectionPlan:
    """Reads a plan file.

    Raises:
        PlanError: it cannot be read or is no plan.
    """
    from engine.resection import plan_from_json

    return plan_from_json(_document(path))


def read_plan_and_notes(path: Path) -> tuple[ResectionPlan, PlanNotes]:
    """Reads a plan file with the measurements and pins in it.

    Raises:
        PlanError: it cannot be read or is no plan.
    """
    from engine.resection import plan_from_json
    from engine.resection.measurements import notes_from_json

    document = _document(path)
    return plan_from_json(document), notes_from_json(document)


def _document(path: Path) -> object:
    cure = 'Write {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}]}.'
    try:
        if path.stat().st_size > _MAX_PLAN_BYTES:
            raise PlanError("The plan is larger than any plan.", cure=cure)
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError("The plan cannot be read.", cure="Check the path of the plan.") from error
    except (ValueError, RecursionError) as error:
        raise PlanError("The plan is no JSON.", cure=cure) from error
    return document


def body_of(arguments: argparse.Namespace, plan: Path) -> BodyData | None:
    """The body data given by flags, by `--body`, or kept beside the plan; None where there are none.

    Raises:
        ClinicalInputError: they make no sense, or a height stands alone.
        StorageError: `--keep-body` cannot write.
    """
    from engine.clinical import BodyData, body_file_of, read_body, write_body

    body: BodyData | None = None
    if arguments.weight_kg is not None:
        body = BodyData(height_cm=arguments.height_cm, weight_kg=arguments.weight_kg)
    elif arguments.height_cm is not None:
        raise ClinicalInputError("A height is given without a weight.", cure="Add --weight-kg.")
    elif arguments.body is not None:
        body = read_body(arguments.body)
    elif body_file_of(plan).is_file():
        body = read_body(body_file_of(plan))
    if arguments.keep_body:
        if body is None:
            raise ClinicalInputError("There are no body data to keep.", cure="Add --height-cm and --weight-kg.")
        write_body(body_file_of(plan), body)
    return body


def thresholds_of(arguments: argparse.Namespace) -> tuple[Threshold, ...]:
    """The thresholds a person entered.

    Raises:
        ClinicalInputError: one is not understood.
    """
    from engine.clinical import thresholds_from_texts

    return thresholds_from_texts(arguments.threshold)
