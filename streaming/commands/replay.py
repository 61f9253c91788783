"""`cantlie replay CASE`: what happened in the session of a case, and whether its log comes to what is kept of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.case import Case
    from streaming.protocol import ReplayTimeline
    from streaming.replay.past import Past
    from streaming.replay.verification import Verified

EXIT_DIFFERS = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "replay",
        help="what happened in a session: who changed what when; checks that the log comes to the stored plan",
        description="The timeline of a case's session, and a proof: the log is folded again and compared with its "
        "snapshot, with every version kept in it, and with instants reached from elsewhere. Exit code 2 where "
        f"something differs. To see it in 3D, open the case by `cantlie serve`. {NOTICE}.",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Shows and verifies; 2 where the log does not come to what is stored."""
    from engine.case import SESSION_FOLDER, Case
    from streaming.planning.planning_case import LOG_FILE, start_of
    from streaming.replay.past import Past
    from streaming.replay.timeline import timeline_of
    from streaming.replay.verification import verified
    from streaming.session.operation_log import read_log

    case = Case.open(arguments.case)
    start = start_of(case)
    past = Past.of(read_log(case.path / SESSION_FOLDER / LOG_FILE), start.plan)
    timeline = timeline_of(case.path, case.manifest.case_id, past)
    found = verified(case.path, past, start)
    if arguments.json:
        write_json(_as_json(timeline, past, found))
    else:
        _show(case, timeline, past, found)
    return EXIT_DIFFERS if found.problems else 0


def _show(case: Case, timeline: ReplayTimeline, past: Past, found: Verified) -> None:
    if not timeline.marks:
        write_line("Nobody planned in this case yet.")
        return
    names = {one.client_id: one.display_name or "Guest" for one in timeline.people}
    first, last = timeline.marks[0].at, timeline.marks[-1].at
    write_line(f"{case.manifest.case_id}: {past.revision} operations from {_when(first)} to {_when(last)} UTC")
    here = dict.fromkeys(names[visit.client_id] for visit in timeline.visits)
    if here:
        write_line(f"There: {', '.join(here)}")
    if timeline.recorded:
        write_line(
            f"People are recorded in {len(timeline.recorded)} stretches from {_when(timeline.recorded[0].started_at)}."
        )
    if timeline.damaged_recordings:
        write_error("The recording of people cannot be read; the plan replays without it.")
    write_line()
    write_line(f"{'when (UTC)':<21}{'rev':>5}  {'who':<20}{'plan':<24}what")
    for mark, words in zip(timeline.marks, _words(past), strict=True):
        write_line(f"{_when(mark.at):<21}{mark.revision:>5}  {names[mark.by]:<20}{mark.plan_name:<24}{words}")
    write_line()
    for line in _verdict(found):
        write_line(line)
    write_line(NOTICE)


def _words(past: Past) -> list[str]:
    from streaming.replay.timeline import told

    return [deed.told(after) for _, _, after, deed in told(past)]


def _verdict(found: Verified) -> list[str]:
    if found.problems:
        return ["DIFFERS", *found.problems]
    parts = [f"{found.instants} instants reached from elsewhere"]
    if found.versions:
        parts.append(f"{found.versions} kept versions")
    if found.snapshot is not None:
        parts.append(f"the snapshot at revision {found.snapshot}")
    return [f"The replay of {found.operations} operations ends at the plan as it is, and equals {', '.join(parts)}."]


def _as_json(timeline: ReplayTimeline, past: Past, found: Verified) -> dict[str, object]:
    marks = [{**mark.model_dump(), "words": words} for mark, words in zip(timeline.marks, _words(past), strict=True)]
    return {
        **timeline.model_dump(exclude={"marks"}),
        "marks": marks,
        "plans": [
            {"plan_id": one.plan_id, "name": one.name, "stage": one.stage} for one in past.at(past.revision).shown_plans
        ],
        "verified": {
            "equal": not found.problems,
            "instants": found.instants,
            "versions": found.versions,
            "snapshot": found.snapshot,
            "problems": list(found.problems),
        },
        "notice": NOTICE,
    }


def _when(at: str) -> str:
    return at.replace("T", " ")[:19]
