"""`cantlie measure CASE PLAN`: every number of a resection plan."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, write_json, write_line
from streaming.commands.plan_input import (
    PLAN_HELP,
    add_body_arguments,
    add_threshold_arguments,
    body_of,
    read_plan_and_notes,
    thresholds_of,
)

if TYPE_CHECKING:
    from engine.plan_report import ReportOptions


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "measure",
        help="every number of a resection plan: volumes, remnant, function, margins, vessels, tumour burden",
        description=f"{PLAN_HELP} {NOTICE}.",
        epilog="example: cantlie measure cases/a right.json --height-cm 170 --weight-kg 70 --liver chemotherapy",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("plan_file", type=Path, nargs="?", metavar="PLAN.json", help="the plan")
    parser.add_argument("--plan", type=Path, metavar="PLAN.json", help="the plan, as a flag")
    add_body_arguments(parser)
    add_threshold_arguments(parser, condition=True)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures the plan."""
    from engine.case import Case
    from engine.plan_report import PlanReporter

    path = plan_path(arguments)
    plan, notes = read_plan_and_notes(path)
    reporter = PlanReporter(Case.open(arguments.case), report_options(arguments, path))
    report = reporter.report(plan, notes)
    if arguments.json:
        write_json({**report.as_json(), "notice": NOTICE})
    else:
        from streaming.commands.report_table import report_lines

        for line in report_lines(report):
            write_line(line)
        write_line(NOTICE)
    return 0


def plan_path(arguments: argparse.Namespace) -> Path:
    """The plan given by place or by flag.

    Raises:
        PlanError: none, or both.
    """
    from engine.errors import PlanError

    given = [path for path in (arguments.plan_file, arguments.plan) if path is not None]
    if len(given) != 1:
        raise PlanError("Which plan is meant is not clear.", cure="Give one plan: cantlie measure CASE PLAN.json.")
    path: Path = given[0]
    return path


def report_options(arguments: argparse.Namespace, plan: Path) -> ReportOptions:
    """Body and thresholds as given."""
    from engine.clinical import LiverCondition, chosen_thresholds
    from engine.plan_report import ReportOptions

    condition = None if arguments.liver is None else LiverCondition(arguments.liver)
    return ReportOptions(
        body=body_of(arguments, plan),
        thresholds=chosen_thresholds(thresholds_of(arguments), condition=condition),
    )
