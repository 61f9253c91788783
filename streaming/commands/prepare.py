"""`cantlie prepare SCAN --out CASE`: from a CT to a case."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from streaming.commands.output import NOTICE, TerminalProgress, write_error, write_json, write_line

if TYPE_CHECKING:
    from engine.case import Case
    from engine.progress import Progress


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "prepare",
        help="make a case from a CT: read, segment, build surfaces",
        description="Makes a case from a CT: a DICOM folder, .zip or .tar archive of one, NIfTI or NRRD.",
    )
    parser.add_argument("scan", type=Path, metavar="SCAN", help="DICOM folder, archive, .nii, .nii.gz or .nrrd")
    parser.add_argument("--out", type=Path, required=True, metavar="CASE", help="the case folder to make")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--labels",
        type=Path,
        metavar="FILE|DIR",
        help="given segmentations instead of the network: DICOM SEG, .seg.nrrd, a label map or a folder of masks",
    )
    parser.add_argument(
        "--label-map",
        metavar="NAME|FILE",
        help="what the values of --labels mean: totalsegmentator, lits, amos, couinaud ... or a JSON or TOML file",
    )
    parser.add_argument(
        "--resample-labels", action="store_true", help="take --labels on another grid by the nearest voxel"
    )
    source.add_argument(
        "--network",
        metavar="NETWORK",
        help="another network on this machine: totalsegmentator, nnunet:FOLDER or monai:FOLDER",
    )
    parser.add_argument("--series", metavar="N", help="which series, where several fit (the error lists them)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the network runs")
    parser.add_argument("--fast", action="store_true", help="segment coarser and quicker")
    parser.add_argument(
        "--mirror", action="store_true", help="let the network look at the mirror image too: twice as long, steadier"
    )
    parser.add_argument("--title", help="what the case is called (by default a neutral name)")
    parser.add_argument("--overwrite", action="store_true", help="replace a case that is already there")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Prepares the case."""
    from engine.pipeline import PrepareOptions, prepare_case

    options = PrepareOptions(
        labels=arguments.labels,
        label_map=arguments.label_map,
        resample_labels=arguments.resample_labels,
        network=arguments.network,
        series=arguments.series,
        device=arguments.device,
        fast=arguments.fast,
        mirror=arguments.mirror,
        title=arguments.title,
        overwrite=arguments.overwrite,
    )
    with TerminalProgress() as progress:
        case = prepare_case(arguments.scan, arguments.out, options, progress)
        prepare_view(case, progress)
    report_case(case, as_json=arguments.json)
    return 0


def prepare_view(case: Case, progress: Progress) -> None:
    """Makes what clients are sent, so that the first person to open the case does not wait for it."""
    from streaming.assets.scene_manifest import open_scene

    progress.stage("Preparing the view")
    open_scene(case)
    progress.advance(1.0)


def report_case(case: Case, *, as_json: bool) -> None:
    """Tells what was made."""
    manifest = case.manifest
    for warning in manifest.provenance.warnings:
        write_error(f"warning: {warning}")
    if as_json:
        write_json(
            {
                "case": str(case.path),
                "case_id": manifest.case_id,
                "title": manifest.title,
                "structures": [
                    {
                        "name": structure.name,
                        "volume_ml": structure.volume_ml,
                        "triangles": [level.triangles for level in structure.levels],
                    }
                    for structure in manifest.structures
                ],
                "stage_seconds": manifest.provenance.stage_seconds,
                "warnings": list(manifest.provenance.warnings),
                "provenance": manifest.provenance.model_dump(mode="json"),
                "notice": NOTICE,
            }
        )
        return
    write_line(f"{manifest.title}: {len(manifest.structures)} structures in {case.path}")
    for structure in manifest.structures:
        write_line(f"  {structure.title:<20} {structure.volume_ml:9.1f} mL")
    seconds = sum(manifest.provenance.stage_seconds.values())
    write_line(f"Done in {seconds:.0f} s. Next: cantlie serve {case.path}")
    write_line(NOTICE)
