"""`cantlie minutes CASE --out minutes.html`: the minutes of a session as one document."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.errors import CaseError, StorageError
from streaming.commands.output import NOTICE, TerminalProgress, write_error, write_line


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "minutes",
        help="a document of a session: who was there, what was decided, every plan with its numbers",
        description="Made from the log of the session, with every number counted anew: one HTML file that prints, or "
        f"Markdown for plain text (by the ending .md, or --format). No patient data. {NOTICE}.",
        epilog="example: cantlie minutes cases/a --out minutes.html",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write the document")
    parser.add_argument("--format", choices=("html", "markdown"), help="by default that of the file's ending")
    parser.add_argument("--without-pictures", action="store_true", help="leave the pictures out")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Writes the minutes, whole or not at all."""
    from engine.case import SESSION_FOLDER, Case
    from engine.storage import storage_errors, temporary_sibling
    from streaming.audit import note_command
    from streaming.audit.trail import time_of_event
    from streaming.minutes.gathering import Wanted, minutes_of
    from streaming.minutes.html import html
    from streaming.minutes.markdown import markdown
    from streaming.minutes.pictures import drawn_pictures
    from streaming.planning.planning_case import LOG_FILE, start_of
    from streaming.replay.past import Past
    from streaming.session.operation_log import read_log

    case = Case.open(arguments.case)
    operations = read_log(case.path / SESSION_FOLDER / LOG_FILE)
    if not operations:
        raise CaseError("Nobody planned in this case yet.", cure="Plan with: cantlie serve CASES.")
    past = Past.of(operations, start_of(case).plan)
    as_text = (arguments.format or ("markdown" if arguments.out.suffix in {".md", ".txt"} else "html")) == "markdown"
    with TerminalProgress() as progress:
        progress.stage("Gathering the minutes")
        pictures = {} if as_text or arguments.without_pictures else drawn_pictures(case, past)
        progress.advance(0.6)
        minutes = minutes_of(case, past, Wanted(made_at=time_of_event(), pictures=pictures))
        progress.advance(1.0)
    out: Path = arguments.out
    unfinished = temporary_sibling(out)
    try:
        with storage_errors():
            unfinished.write_text(markdown(minutes) if as_text else html(minutes), encoding="utf-8")
            unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    problem: StorageError | None = note_command(
        case.path, "case.exported", {"what": "minutes", "revision": minutes.revision}
    )
    if problem is not None:
        write_error(f"warning: {problem.what}")
    write_line(f"{len(minutes.plans)} plans, {len(minutes.decisions)} decisions, {len(minutes.attendees)} people.")
    write_line(NOTICE)
    return 0
