"""`cantlie compare CASE PLAN PLAN ...`: plans of one case side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.given_plan import given_plan
from streaming.commands.measure import report_options
from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line
from streaming.commands.plan_input import PLAN_HELP, add_body_arguments, add_threshold_arguments


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "compare",
        help="two plans or more of a case in one table with differences",
        description=f"Differences are from the first plan. {PLAN_HELP} {NOTICE}.",
        epilog="example: cantlie compare cases/a right.json extended.json wedge.json --weight-kg 70 --height-cm 170",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument(
        "plans",
        nargs="*",
        metavar="PLAN",
        help='the plans, two or more: files, or names of plans of its session ("NAME", "NAME: VERSION")',
    )
    parser.add_argument("--plan", action="append", default=[], metavar="PLAN", help="one more of them")
    add_body_arguments(parser)
    add_threshold_arguments(parser, condition=True)
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures all plans and puts them side by side."""
    from engine.case import Case
    from engine.clinical import PlanNumbers, compare_plans
    from engine.errors import PlanError
    from engine.plan_report import PlanReporter

    said: list[str] = [*arguments.plans, *arguments.plan]
    if not said:
        raise PlanError("There is nothing to compare.", cure="Name plans: cantlie compare CASE PLAN PLAN.")
    case = Case.open(arguments.case)
    plans = [given_plan(case, one) for one in said]
    reporter = PlanReporter(case, report_options(arguments, plans[0]))
    reports = []
    with TerminalProgress() as progress:
        progress.stage("Measuring plans")
        for number, plan in enumerate(plans):
            reports.append(reporter.report(plan.plan))
            progress.advance((number + 1) / len(plans))
    table = compare_plans(
        [PlanNumbers(name=one.name, quantities=report.quantities) for one, report in zip(plans, reports, strict=True)]
    )
    if arguments.json:
        write_json(
            {
                "case_id": reports[0].case_id,
                "names": list(table.names),
                "plans": [report.answer.plan.as_json() for report in reports],
                "remarks": {one.name: list(one.remarks) for one in plans},
                "rows": [row.as_json() for row in table.rows],
                "notice": NOTICE,
            }
        )
        return 0
    from streaming.commands.quantity_table import comparison_lines

    for one in plans:
        for remark in one.remarks:
            write_line(f"{one.name}. {remark}")
    for line in comparison_lines(table):
        write_line(line)
    write_line(NOTICE)
    return 0
