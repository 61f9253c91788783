"""`cantlie measure CASE PLAN`: every number of a resection plan."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.given_plan import GivenPlan, given_plan
from streaming.commands.output import NOTICE, write_json, write_line
from streaming.commands.plan_input import (
    PLAN_HELP,
    add_body_arguments,
    add_threshold_arguments,
    body_of,
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
    parser.add_argument(
        "plan_file", nargs="?", metavar="PLAN", help="a plan file, or the name of a plan of its session"
    )
    parser.add_argument("--plan", metavar="PLAN", help='the same as a flag: PLAN.json, "NAME" or "NAME: VERSION"')
    add_body_arguments(parser)
    add_threshold_arguments(parser, condition=True)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures the plan."""
    from engine.case import Case
    from engine.plan_report import PlanReporter

    said = plan_said(arguments)
    case = Case.open(arguments.case)
    given = given_plan(case, said)
    reporter = PlanReporter(case, report_options(arguments, given))
    report = reporter.report(given.plan, given.notes)
    if arguments.json:
        write_json({**report.as_json(), "plan_name": given.name, "remarks": list(given.remarks), "notice": NOTICE})
    else:
        from streaming.commands.report_table import report_lines

        for remark in given.remarks:
            write_line(f"{given.name}. {remark}")
        for line in report_lines(report):
            write_line(line)
        write_line(NOTICE)
    return 0


def plan_said(arguments: argparse.Namespace) -> str:
    """The plan as it is given, by place or by flag.

    Raises:
        PlanError: none, or both.
    """
    from engine.errors import PlanError

    given = [said for said in (arguments.plan_file, arguments.plan) if said is not None]
    if len(given) != 1:
        raise PlanError("Which plan is meant is not clear.", cure="Give one plan: cantlie measure CASE PLAN.json.")
    said: str = given[0]
    return said


def report_options(arguments: argparse.Namespace, plan: GivenPlan) -> ReportOptions:
    """Body and thresholds as given; the body of the session where none is given for a plan of it."""
    from engine.clinical import LiverCondition, chosen_thresholds
    from engine.plan_report import ReportOptions

    condition = None if arguments.liver is None else LiverCondition(arguments.liver)
    return ReportOptions(
        body=body_of(arguments, plan.path) or plan.body,
        thresholds=chosen_thresholds(thresholds_of(arguments), condition=condition),
    )
