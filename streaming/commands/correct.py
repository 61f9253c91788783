"""`cantlie correct CASE`: labels put right; only what changed is made anew, also for those who have the case open."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.audit import Detail, note_command
from streaming.commands.output import NOTICE, TerminalProgress, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.case_correction import BranchWish, CorrectedCase


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "correct",
        help="put structures of a case right: drawn anew, renamed or taken out",
        description="Replaces, renames or removes structures of a case in place. Plans stay, and people who have the "
        "case open see the new surfaces and numbers within seconds.",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE|DIR",
        help="structures drawn anew, in any form that `prepare --labels` takes; those that it lacks stay as they are",
    )
    parser.add_argument("--label-map", metavar="NAME|FILE", help="what the values of --labels mean, as for `prepare`")
    parser.add_argument(
        "--resample-labels", action="store_true", help="take --labels on another grid by the nearest voxel"
    )
    parser.add_argument(
        "--rename",
        action="append",
        default=[],
        type=_names,
        metavar="OLD=NEW",
        help="make one structure another, e.g. tumour_02=liver_cyst (may be repeated)",
    )
    parser.add_argument(
        "--remove", action="append", default=[], metavar="NAME", help="take a structure out (may be repeated)"
    )
    parser.add_argument(
        "--branch",
        action="append",
        default=[],
        metavar="AT=KIND[:NAME]",
        help="say which tree a vessel branch is of: AT its number (`cantlie anatomy CASE --branches`) or a point X,Y,Z "
        "on it (patient mm, LPS), KIND portal, hepatic or not_a_vessel, NAME what it is called, e.g. 12=hepatic:middle "
        "(may be repeated); trees, territories and segments follow",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run, refuse=parser.error)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Corrects the case."""
    from engine.case_correction import CorrectionWish, correct_case

    if arguments.labels is None and not (arguments.rename or arguments.remove or arguments.branch):
        arguments.refuse("give --labels, --rename, --remove or --branch")
    wish = CorrectionWish(
        labels=arguments.labels,
        label_map=arguments.label_map,
        resample_labels=arguments.resample_labels,
        removed=tuple(arguments.remove),
        renamed=tuple(arguments.rename),
        branches=tuple(_branch(text, arguments) for text in arguments.branch),
    )
    with TerminalProgress() as progress:
        corrected = correct_case(arguments.case, wish, progress)
    detail: dict[str, Detail] = {
        "revision": corrected.case.manifest.revision,
        "changed": ",".join(corrected.changed),
    }
    if (noted := note_command(corrected.case.path, "case.corrected", detail)) is not None:
        write_error(f"warning: {noted.what}")
    _report(corrected, as_json=arguments.json)
    return 0


def _names(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise argparse.ArgumentTypeError("write OLD=NEW")
    return old, new


def _branch(text: str, arguments: argparse.Namespace) -> BranchWish:
    from engine.case_correction import BranchWish

    at, _, said = text.partition("=")
    kind, _, name = said.partition(":")
    if kind in ("portal", "hepatic", "not_a_vessel"):
        try:
            if "," not in at:
                return BranchWish(at=int(at), kind=kind, name=name)  # type: ignore[arg-type]
            x, y, z = (float(part) for part in at.split(","))
            if all(map(math.isfinite, (x, y, z))):
                return BranchWish(at=(x, y, z), kind=kind, name=name)  # type: ignore[arg-type]
        except ValueError:
            pass
    arguments.refuse("write --branch AT=KIND[:NAME], e.g. 12=hepatic, 7=portal:anterior or 31.5,-120,88=not_a_vessel")
    raise AssertionError  # refuse() leaves the program


def _report(corrected: CorrectedCase, *, as_json: bool) -> None:
    manifest = corrected.case.manifest
    for warning in corrected.warnings:
        write_error(f"warning: {warning}")
    volumes = {one.name: one.volume_ml for one in manifest.structures}
    if as_json:
        write_json(
            {
                "case": str(corrected.case.path),
                "case_id": manifest.case_id,
                "revision": manifest.revision,
                "changed": [{"name": name, "volume_ml": volumes.get(name)} for name in corrected.changed],
                "warnings": list(corrected.warnings),
                "notice": NOTICE,
            }
        )
        return
    if not corrected.changed and not corrected.heard:
        write_line("Nothing differs: the case has these labels already.")
    elif not corrected.changed:
        write_line("No voxel has another label; names, territories and segments are made anew.")
    for name in corrected.changed:
        volume_ml = volumes.get(name)
        write_line(f"  {name:<20} " + ("taken out" if volume_ml is None else f"{volume_ml:9.1f} mL"))
    write_line(f"{manifest.title} is at revision {manifest.revision}.")
    write_line(NOTICE)
