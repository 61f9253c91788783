"""`cantlie compare CASE PLAN PLAN ...`: plans of one case side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.measure import report_options
from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line
from streaming.commands.plan_input import PLAN_HELP, add_body_arguments, add_threshold_arguments, read_plan


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "compare",
        help="two plans or more of a case in one table with differences",
        description=f"Differences are from the first plan. {PLAN_HELP} {NOTICE}.",
        epilog="example: cantlie compare cases/a right.json extended.json wedge.json --weight-kg 70 --height-cm 170",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("plans", type=Path, nargs="+", metavar="PLAN.json", help="the plans, two or more")
    add_body_arguments(parser)
    add_threshold_arguments(parser, condition=True)
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures all plans and puts them side by side."""
    from engine.case import Case
    from engine.clinical import PlanNumbers, compare_plans
    from engine.plan_report import PlanReporter

    paths: list[Path] = arguments.plans
    plans = [read_plan(path) for path in paths]
    reporter = PlanReporter(Case.open(arguments.case), report_options(arguments, paths[0]))
    reports = []
    with TerminalProgress() as progress:
        progress.stage("Measuring plans")
        for number, plan in enumerate(plans):
            reports.append(reporter.report(plan))
            progress.advance((number + 1) / len(plans))
    table = compare_plans(
        [PlanNumbers(name=path.stem, quantities=report.quantities) for path, report in zip(paths, reports, strict=True)]
    )
    if arguments.json:
        write_json(
            {
                "case_id": reports[0].case_id,
                "names": list(table.names),
                "plans": [report.answer.plan.as_json() for report in reports],
                "rows": [row.as_json() for row in table.rows],
                "notice": NOTICE,
            }
        )
        return 0
    from streaming.commands.quantity_table import comparison_lines

    for line in comparison_lines(table):
        write_line(line)
    write_line(NOTICE)
    return 0
