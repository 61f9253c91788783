"""`cantlie measure CASE --plan plan.json`: the numbers of a resection plan."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import PlanError
from streaming.cli_output import NOTICE, write_json, write_line

if TYPE_CHECKING:
    from engine.resection import PlanAnswer

_MAX_PLAN_BYTES = 1024 * 1024


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "measure",
        help="the volumes, remnant and margins of a resection plan",
        description='A plan is {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], '
        '"normal_lps": [x, y, z]}]}; '
        "the side the normal points to is resected.",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--plan", type=Path, required=True, metavar="PLAN.json", help="the plan")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures the plan."""
    from engine.case import Case
    from engine.resection import PlanEvaluator, plan_from_json

    plan = plan_from_json(_read_plan(arguments.plan))
    case = Case.open(arguments.case)
    answer = PlanEvaluator(case.labels()).evaluate(plan)
    if arguments.json:
        write_json({"case_id": case.manifest.case_id, **answer.as_json(), "notice": NOTICE})
    else:
        _write_table(answer)
    return 0


def _read_plan(path: Path) -> object:
    cure = 'Write {"resections": [{"kind": "plane", "point_lps_mm": [x, y, z], "normal_lps": [x, y, z]}]}.'
    try:
        if path.stat().st_size > _MAX_PLAN_BYTES:
            raise PlanError("The plan is larger than any plan.", cure=cure)
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError("The plan cannot be read.", cure="Check the path of --plan.") from error
    except (ValueError, RecursionError) as error:
        raise PlanError("The plan is no JSON.", cure=cure) from error


def _write_table(answer: PlanAnswer) -> None:
    write_line(f"{'mL':<22}{'total':>10}{'resected':>10}{'remnant':>10}")
    for volumes in answer.structures:
        write_line(
            f"{volumes.name:<22}{volumes.total_ml:>10.1f}{volumes.resected_ml:>10.1f}{volumes.remnant_ml:>10.1f}"
        )
    for remnant in (answer.flr, answer.flr_tumour_free):
        if remnant is not None:
            share = f"{remnant.percent:.1f} % of {remnant.denominator.replace('_', ' ')}"
            write_line(f"Future liver remnant: {share} ({remnant.numerator_ml:.0f} of {remnant.denominator_ml:.0f} mL)")
    for margin in answer.margins:
        distance = "" if margin.minimum_mm is None else f", {margin.minimum_mm:.1f} mm from the cut"
        write_line(f"{margin.tumour}: {margin.status}{distance}")
    for crossing in answer.vessels_crossed or ():
        write_line(f"Crossed: {crossing.structure}, about {crossing.diameter_mm:.1f} mm wide")
    write_line(NOTICE)
