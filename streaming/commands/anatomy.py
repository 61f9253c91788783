"""`cantlie anatomy CASE`: structures, tumours, Couinaud segments and vessel branches of a case in numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming.commands.output import NOTICE, write_json, write_line

if TYPE_CHECKING:
    from engine.case import Case


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "anatomy",
        help="volumes, tumour sizes, segments and vessel territories of a case",
        description="What is known of a case before anything is cut. Segments and names of branches are a proposal.",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--branches", action="store_true", help="list every vessel branch, not the named ones alone")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Reads the case and tells."""
    from engine.case import Case

    document = anatomy_document(Case.open(arguments.case))
    if arguments.json:
        write_json(document)
    else:
        _write(document, every_branch=arguments.branches)
    return 0


def anatomy_document(case: Case) -> dict[str, Any]:
    """Everything as it is printed: mm, mL, LPS."""
    manifest = case.manifest
    return {
        "case_id": manifest.case_id,
        "structures": [
            {"name": one.name, "title": one.title, "volume_ml": one.volume_ml} for one in manifest.structures
        ],
        **_tumours(case),
        "segments": [one.model_dump() for one in manifest.anatomy.segments] if manifest.anatomy else [],
        "variants": list(manifest.anatomy.variants) if manifest.anatomy else [],
        "branches": _branches(case),
        "notice": NOTICE,
    }


def _tumours(case: Case) -> dict[str, Any]:
    from engine.tumours import length_uncertainty_mm, measure_tumours, tumour_burden

    measures = measure_tumours(case.labels())
    uncertainty_mm = length_uncertainty_mm(case.manifest.grid.geometry())
    return {
        "tumours": [one.as_json() for one in measures],
        "burden": tumour_burden(measures, length_uncertainty_mm=uncertainty_mm).as_json(),
    }


def _branches(case: Case) -> list[dict[str, Any]]:
    from engine.territory_volumes import territory_volumes

    trees, liver_map = case.vessel_trees(), case.liver_map()
    if trees is None or liver_map is None:
        return []
    territories = territory_volumes(trees, liver_map, case.manifest.grid.geometry().voxel_volume_ml)
    return [
        {
            "number": branch.number,
            "kind": branch.kind,
            "parent": branch.parent,
            "name": branch.name,
            "confidence": round(branch.confidence, 3),
            "bridged": branch.bridged,
            "length_mm": branch.length_mm,
            "calibre_mm": branch.calibre_mm,
            "start_lps_mm": branch.points_lps_mm[0].tolist(),
            "end_lps_mm": branch.points_lps_mm[-1].tolist(),
            "own_ml": territory.own_ml,
            "territory_ml": territory.with_tributaries_ml,
            "territory_uncertain_ml": territory.uncertain_ml,
        }
        for branch, territory in zip(trees.branches, territories, strict=True)
    ]


def _write(document: dict[str, Any], *, every_branch: bool) -> None:
    for one in document["structures"]:
        write_line(f"{one['title']:<26}{one['volume_ml']:>10.1f} mL")
    for one in document["tumours"]:
        size = f"{one['longest_axial_mm']:.0f} x {one['perpendicular_axial_mm']:.0f} mm axial"
        at_least = " at least: it reaches the scan's edge" if one["cut_off"] else ""
        write_line(f"{one['name']:<26}{one['volume_ml']:>10.1f} mL   {size}{at_least}")
    for one in document["burden"]["criteria"]:
        side = "within" if one["within"] else "beyond"
        write_line(f"{one['name']}: {side} {one['limit']} ({one['source']}; {one['applies_to']})")
    if document["segments"]:
        write_line()
        write_line(f"{'Couinaud segment':<26}{'':>10}      of it uncertain")
        for one in document["segments"]:
            write_line(f"{one['title']:<26}{one['volume_ml']:>10.1f} mL{one['uncertain_ml']:>10.1f} mL")
    for variant in document["variants"]:
        write_line(f"Variant: {variant}")
    _write_branches(document["branches"], every_branch=every_branch)
    write_line(NOTICE)


def _write_branches(branches: list[dict[str, Any]], *, every_branch: bool) -> None:
    names = {one["number"]: one["name"] for one in branches}
    # A name is carried on by all branches beyond; the first one of each name stands for it.
    shown = [one for one in branches if every_branch or (one["name"] and names.get(one["parent"]) != one["name"])]
    if not shown:
        return
    write_line()
    write_line(f"{'branch':<34}{'calibre':>9}{'territory':>13}{'confidence':>12}")
    for one in shown:
        title = f"{one['number']:>4} {one['kind']} {one['name'].replace('_', ' ')}"
        write_line(f"{title:<34}{one['calibre_mm']:>6.1f} mm{one['territory_ml']:>10.1f} mL{one['confidence']:>12.2f}")
