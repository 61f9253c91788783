"""`cantlie cases FOLDER`: which cases there are, and what they hold."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.output import NOTICE, write_json, write_line


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser("cases", help="list cases and check their files")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a case, or a folder of cases")
    parser.add_argument("--verify", action="store_true", help="compare every file with its digest")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Lists the cases; one that is damaged is listed with its error and makes the exit code 2."""
    from engine.case import find_cases

    rows = [_row(path, verify=arguments.verify) for path in find_cases(arguments.folder)]
    if arguments.json:
        write_json({"cases": rows, "notice": NOTICE})
    else:
        for row in rows:
            write_line(f"{row['folder']}: {row.get('error') or _described(row)}")
        if not rows:
            write_line("No cases. Make one with `cantlie prepare SCAN --out CASE`.")
    return 2 if any("error" in row for row in rows) else 0


def _row(path: Path, *, verify: bool) -> dict[str, object]:
    from engine.case import Case
    from engine.errors import CaseError

    try:
        case = Case.open(path)
        if verify:
            case.verify()
    except CaseError as error:
        return {"folder": path.name, "error": str(error)}
    manifest = case.manifest
    return {
        "folder": path.name,
        "case_id": manifest.case_id,
        "title": manifest.title,
        "created_at": manifest.created_at,
        "segmentation": manifest.provenance.segmentation.method,
        "volumes_ml": {structure.name: structure.volume_ml for structure in manifest.structures},
    }


def _described(row: dict[str, object]) -> str:
    volumes = row["volumes_ml"]
    count = len(volumes) if isinstance(volumes, dict) else 0
    liver = volumes.get("liver") if isinstance(volumes, dict) else None
    size = f", liver {liver:.0f} mL" if isinstance(liver, float) else ""
    return f"{row['title']}, {count} structures{size}, segmentation {row['segmentation']}, {row['created_at']}"
