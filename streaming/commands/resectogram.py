"""`cantlie resectogram CASE --plan PLAN --out FILE.png`: the cut laid flat, as a picture and as data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import PlanError
from streaming.commands.output import NOTICE, write_json, write_line

if TYPE_CHECKING:
    from engine.resection.plan import ResectionPlan
    from engine.resection.resectogram import Resectogram

_MOST_PIXELS = 2000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "resectogram",
        help="the cut laid flat: margins, vessels and CT on it",
        description="Draws every cut of a plan laid flat, seen from the resected side: CT, "
        "margin bands at 1, 5 and 10 mm, vessels with name and calibre, tumours, the liver's edge. "
        f"A territory gets one picture a wall of its border. {NOTICE}.",
        epilog="example: cantlie resectogram cases/a --plan right.json --out right.png --data right.npz",
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case folder")
    parser.add_argument("--plan", type=Path, required=True, metavar="PLAN.json", help="the plan")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="the picture to write")
    parser.add_argument("--resection", type=int, metavar="N", help="only this resection of the plan, from 1")
    parser.add_argument("--pixels", type=int, default=640, metavar="N", help="along the longer side (default 640)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="also write the arrays, among them u_mm, v_mm, position_lps_mm, margin_mm, hu, structure, bounds_remnant",
    )
    parser.add_argument("--json", action="store_true", help="print what the picture shows as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Draws the plan's cuts."""
    from engine.case import Case
    from streaming.commands.plan_input import read_plan
    from streaming.planning.resectogram_panels import panels_of, write_data, write_picture

    if not 16 <= arguments.pixels <= _MOST_PIXELS:
        raise PlanError(f"--pixels is not 16 to {_MOST_PIXELS}.", cure="Leave it out for 640.")
    plan = read_plan(arguments.plan)
    numbers = _numbers(plan, arguments.resection)
    panels = panels_of(Case.open(arguments.case), plan, numbers, pixels=arguments.pixels)
    write_picture(panels, arguments.out)
    found = [panel.resectogram for panel in panels]
    if arguments.data is not None:
        write_data(found, arguments.data)
    if arguments.json:
        write_json({"out": str(arguments.out), "resectograms": [one.as_json() for one in found], "notice": NOTICE})
        return 0
    for one in found:
        write_line(_line(one))
    write_line(NOTICE)
    return 0


def _numbers(plan: ResectionPlan, wanted: int | None) -> list[int]:
    """Which resections to draw.

    Raises:
        PlanError: there is no such resection.
    """
    if wanted is not None:
        if not 1 <= wanted <= len(plan.resections):
            raise PlanError(
                f"The plan has no resection {wanted}.", cure=f"Give --resection 1 to {len(plan.resections)}."
            )
        return [wanted]
    return list(range(1, len(plan.resections) + 1))


def _line(found: Resectogram) -> str:
    margin = "" if found.least_margin_mm is None else f", nearest tumour {found.least_margin_mm:.1f} mm"
    stretch = ""
    if not found.chart.surface.is_flat:
        least, most = found.distortion.shortest_percent, found.distortion.longest_percent
        stretch = f", lengths true within {least:+.1f} to {most:+.1f} %"
    wall = f", wall {found.sheet} of {found.sheets}" if found.sheets > 1 else ""
    return f"Resection {found.number} ({found.kind}{wall}): {found.cut_area_mm2 / 100:.1f} cm2 of cut{margin}{stretch}"
