"""`cantlie donor CASE PLAN --recipient-weight-kg KG`: a living donation, graft and donor."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line
from streaming.commands.plan_input import (
    PLAN_HELP,
    add_body_arguments,
    add_threshold_arguments,
    body_of,
    read_plan,
    thresholds_of,
)

if TYPE_CHECKING:
    from engine.donor_report import DonorReport
    from engine.resection.function import CutBranch


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "donor",
        help="graft and remnant of a living donation, with and without reconstruction of veins",
        description="What the plan resects is the graft. Its large portal stumps are joined, and the vein that "
        "drains most of it; other cut veins leave their territory congested unless they are named for "
        f"reconstruction. {PLAN_HELP} {NOTICE}.",
        epilog="example: cantlie donor cases/a right.json --recipient-weight-kg 62 --reconstruct middle",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="the donor's case")
    parser.add_argument("plan", type=Path, metavar="PLAN.json", help="the plan; what it resects is the graft")
    parser.add_argument("--recipient-weight-kg", type=float, required=True, metavar="KG")
    parser.add_argument(
        "--reconstruct",
        nargs="+",
        action="extend",
        default=[],
        metavar="VEIN",
        help="cut hepatic veins of the graft that are reconstructed, by name (middle, ...) or branch number",
    )
    parser.add_argument(
        "--join-portal",
        nargs="+",
        action="extend",
        default=[],
        metavar="BRANCH",
        help="portal branches joined in the recipient, by name (right, ...) or number; default the large stumps",
    )
    add_body_arguments(parser, whose="the donor")
    add_threshold_arguments(parser, condition=False)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures the donation."""
    from engine.case import Case
    from engine.clinical import chosen_thresholds
    from engine.donor_report import DonorOptions, report_donation
    from engine.plan_report import evaluator_of
    from engine.self_check_record import read_self_check

    plan = read_plan(arguments.plan)
    options = DonorOptions(
        recipient_weight_kg=arguments.recipient_weight_kg,
        join_portal=tuple(arguments.join_portal),
        reconstruct=tuple(arguments.reconstruct),
        donor=body_of(arguments, arguments.plan),
        thresholds=chosen_thresholds(thresholds_of(arguments), donor=True),
    )
    case = Case.open(arguments.case)
    with TerminalProgress() as progress:
        progress.stage("Measuring the donation")
        report = report_donation(evaluator_of(case), plan, options)
        progress.advance(1.0)
    record = read_self_check(case)
    if arguments.json:
        self_check = None if record is None else record.model_dump(mode="json")
        write_json({"case_id": case.manifest.case_id, **report.as_json(), "self_check": self_check, "notice": NOTICE})
        return 0
    from streaming.commands.report_table import self_check_lines

    for line in (*_lines(report), *self_check_lines(record)):
        write_line(line)
    write_line(NOTICE)
    return 0


def _lines(report: DonorReport) -> list[str]:
    from streaming.commands.quantity_table import quantity_lines

    if report.graft_without is None:
        head = ["The case has no vessel trees: volumes only, nothing about supply and drainage."]
    else:
        head = [f"Joined: {_named(report.joined) or 'nothing is cut'}"]
        head.append(f"Reconstructed: {_named(report.reconstructed) or 'nothing'}")
    return [*head, *quantity_lines(report.quantities)]


def _named(branches: tuple[CutBranch, ...]) -> str:
    return ", ".join(
        f"{one.tree} branch {one.branch} {one.name.replace('_', ' ')}".rstrip() + f" ({one.calibre_mm:.1f} mm)"
        for one in branches
    )
