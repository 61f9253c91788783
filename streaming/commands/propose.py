"""`cantlie propose CASE`: a few plans to start from, each with its numbers and one sentence why it is there."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StorageError
from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.proposals import Proposal


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "propose",
        help="plans to start from: wedge, anatomical, plane and curved cuts that keep to your limits",
        description="Searches plans of every kind and prints three to five distinct ones of which none is better in "
        "everything: margin, functional remnant, area of the cut, vessels cut. Example: cantlie propose cases/one "
        "--margin 10 --minimum-remnant 30 --spare 4 --out plans. " + NOTICE + ".",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--margin", type=float, default=10.0, metavar="MM", help="least margin in mm (default 10)")
    parser.add_argument(
        "--minimum-remnant",
        type=float,
        default=20.0,
        metavar="PERCENT",
        help="least (functional) remnant in percent (default 20, the least in use for a healthy liver, PMC6422720)",
    )
    parser.add_argument(
        "--spare",
        type=int,
        action="append",
        default=[],
        metavar="BRANCH",
        help="number of a vessel branch not to be cut; may be repeated (numbers: cantlie anatomy CASE)",
    )
    parser.add_argument(
        "--tumour", action="append", metavar="NAME", help="take out only this one, e.g. tumour_01; may be repeated"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write each plan as FOLDER/plan-N.json")
    parser.add_argument("--json", action="store_true", help="print the proposals as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Searches and prints."""
    from engine.case import Case
    from engine.proposals import Constraints, Problem, propose
    from engine.resection import PlanEvaluator

    constraints = Constraints(
        margin_mm=arguments.margin,
        minimum_flr_percent=arguments.minimum_remnant,
        spare_branches=tuple(arguments.spare),
        tumours=None if arguments.tumour is None else tuple(arguments.tumour),
    )
    case = Case.open(arguments.case)
    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    with TerminalProgress() as progress:
        progress.stage("Opening the case")
        evaluator = PlanEvaluator(labels, trees=trees, liver_map=liver_map, probability=case.probability())
        progress.advance(1.0)
        problem = Problem(evaluator=evaluator, labels=labels, trees=trees, liver_map=liver_map, constraints=constraints)
        proposals = propose(problem, progress)
    files = () if arguments.out is None else write_plans(proposals, arguments.out)
    if arguments.json:
        write_json(
            {
                "case_id": case.manifest.case_id,
                "proposals": [one.as_json() for one in proposals],
                "files": [str(file) for file in files],
                "notice": NOTICE,
            }
        )
    else:
        _write_table(proposals, files)
    return 0


def write_plans(proposals: Sequence[Proposal], folder: Path) -> tuple[Path, ...]:
    """One plan a file, as `cantlie measure --plan` reads it.

    Raises:
        StorageError: the folder cannot be written.
    """
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(proposals, start=1):
            file = folder / f"plan-{number}.json"
            file.write_text(json.dumps(one.plan.as_json(), indent=1) + "\n", encoding="utf-8")
            files.append(file)
    except OSError as error:
        raise StorageError("The plans cannot be written.", cure="Give --out a folder you may write to.") from error
    return tuple(files)


def _write_table(proposals: Sequence[Proposal], files: Sequence[Path]) -> None:
    functional = any(one.answer.function is not None for one in proposals)
    remnant = "functional FLR %" if functional else "FLR %"
    write_line(f"{'':<3}{'plan':<44}{'margin mm':>10}{remnant:>18}{'cut cm2':>9}{'vessels mm':>11}")
    for number, one in enumerate(proposals, start=1):
        score = one.score
        write_line(
            f"{number:<3}{one.title[:43]:<44}{score.margin_mm:>10.1f}{score.remnant_percent:>18.1f}"
            f"{score.cut_area_mm2 / 100.0:>9.1f}{score.cut_calibre_mm:>11.1f}"
        )
        write_line(f"   {one.reason.sentence}")
    for file in files:
        write_line(f"Written: {file}")
    if not functional:
        write_line("The case has no vessel trees: the remnant is geometric, and no anatomical plan was searched.")
    write_line("Starting points for planning, found by search; never advice.")
    write_line(NOTICE)
