"""`cantlie correct CASE`: labels put right; only what changed is made anew, also for those who have the case open."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.audit import Detail, note_command
from streaming.commands.output import NOTICE, TerminalProgress, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.case_correction import CorrectedCase


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
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run, refuse=parser.error)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Corrects the case."""
    from engine.case_correction import CorrectionWish, correct_case

    if arguments.labels is None and not arguments.rename and not arguments.remove:
        arguments.refuse("give --labels, --rename or --remove")
    wish = CorrectionWish(
        labels=arguments.labels,
        label_map=arguments.label_map,
        resample_labels=arguments.resample_labels,
        removed=tuple(arguments.remove),
        renamed=tuple(arguments.rename),
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
    if not corrected.changed:
        write_line("Nothing differs: the case has these labels already.")
    for name in corrected.changed:
        volume_ml = volumes.get(name)
        write_line(f"  {name:<20} " + ("taken out" if volume_ml is None else f"{volume_ml:9.1f} mL"))
    write_line(f"{manifest.title} is at revision {manifest.revision}.")
    write_line(NOTICE)
