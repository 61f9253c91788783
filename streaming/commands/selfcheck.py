"""`cantlie selfcheck CASE`: measured errors of volumes, margins and functional remnant on the case's own voxels."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "selfcheck",
        help="measure the errors of the numbers on livers of known volume drawn on the case's voxels",
        description="Draws livers whose volumes, margins and functional remnant follow from formulas on voxels of the "
        "case's size and direction, and measures them as plans are measured. The result is kept in the case and quoted "
        f"by reports. It says nothing about how well the case is segmented. {NOTICE}.",
        epilog="example: cantlie selfcheck cases/a",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--json", action="store_true", help="print the errors as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Checks, and writes what it found into the case."""
    from engine.case import Case
    from engine.self_check import self_check
    from engine.self_check_record import write_self_check

    case = Case.open(arguments.case)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with TerminalProgress() as progress:
        record = self_check(case.manifest.grid.geometry(), created_at=now, progress=progress)
    write_self_check(case, record)
    if arguments.json:
        write_json({"case_id": case.manifest.case_id, **record.model_dump(mode="json"), "notice": NOTICE})
        return 0
    from streaming.commands.report_table import self_check_lines

    for line in self_check_lines(record)[1:]:
        write_line(line)
    write_line(NOTICE)
    return 0
