"""`cantlie serial CASE_BEFORE CASE_AFTER --plan PLAN --weeks N`: growth of the remnant between two scans."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ClinicalInputError
from streaming.commands.output import NOTICE, TerminalProgress, write_json, write_line
from streaming.commands.plan_input import (
    PLAN_HELP,
    add_body_arguments,
    add_threshold_arguments,
    body_of,
    read_plan,
    thresholds_of,
)

if TYPE_CHECKING:
    from engine.serial_volumetry import SerialVolumetry


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "serial",
        help="hypertrophy and growth rate of the remnant between two scans of a patient",
        description="The plan is drawn in the earlier scan and carried to the later one by registering both livers; "
        "with --plan-after it is drawn in both and nothing is registered. sFLR before and after, degree of "
        f"hypertrophy and kinetic growth rate need body data. {PLAN_HELP} {NOTICE}.",
        epilog="example: cantlie serial cases/before cases/after --plan right.json --weeks 4 "
        "--height-cm 170 --weight-kg 70",
    )
    parser.add_argument("before", type=Path, metavar="CASE_BEFORE", help="the case of the earlier scan")
    parser.add_argument("after", type=Path, metavar="CASE_AFTER", help="the case of the later scan")
    parser.add_argument("--plan", type=Path, required=True, metavar="PLAN.json", help="the plan, in the earlier scan")
    parser.add_argument("--plan-after", type=Path, metavar="PLAN.json", help="the plan drawn in the later scan as well")
    time = parser.add_argument_group("time", "from embolisation (or the earlier scan) to the later scan")
    time.add_argument("--weeks", type=float, metavar="N", help="weeks between")
    time.add_argument("--date-before", metavar="YYYY-MM-DD", help="date of embolisation or of the earlier scan")
    time.add_argument("--date-after", metavar="YYYY-MM-DD", help="date of the later scan")
    add_body_arguments(parser)
    add_threshold_arguments(parser, condition=True)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Measures the growth."""
    from engine.case import Case
    from engine.clinical import LiverCondition, chosen_thresholds
    from engine.serial_volumetry import SerialOptions, measure_growth

    plan = read_plan(arguments.plan)
    condition = None if arguments.liver is None else LiverCondition(arguments.liver)
    options = SerialOptions(
        days=_days(arguments),
        thresholds=chosen_thresholds(thresholds_of(arguments), condition=condition),
        body=body_of(arguments, arguments.plan),
        plan_after=None if arguments.plan_after is None else read_plan(arguments.plan_after),
    )
    before, after = Case.open(arguments.before), Case.open(arguments.after)
    with TerminalProgress() as progress:
        growth = measure_growth(before, after, plan, options, progress)
    if arguments.json:
        write_json(
            {
                "case_before": before.manifest.case_id,
                "case_after": after.manifest.case_id,
                **growth.as_json(),
                "notice": NOTICE,
            }
        )
    else:
        _write(growth)
    return 0


def _days(arguments: argparse.Namespace) -> float:
    from engine.clinical import checked_days, days_between

    dates = (arguments.date_before, arguments.date_after)
    if arguments.weeks is not None and dates == (None, None):
        return checked_days(7.0 * arguments.weeks)
    if arguments.weeks is None and None not in dates:
        return days_between(*dates)
    raise ClinicalInputError(
        "The time between the scans is not clear.", cure="Give either --weeks, or --date-before and --date-after."
    )


def _write(growth: SerialVolumetry) -> None:
    from streaming.commands.quantity_table import quantity_lines

    quality = growth.quality
    write_line(f"Liver before {growth.liver_before_ml:.0f} mL, after {growth.liver_after_ml:.0f} mL")
    if quality is None:
        write_line("The plan was drawn in both scans; nothing was registered.")
    else:
        veins = [
            f"{name} {distance:.1f} mm"
            for name, distance in (("portal veins", quality.portal_mm), ("hepatic veins", quality.hepatic_mm))
            if distance is not None
        ]
        write_line(
            f"Registration: Dice of the livers {quality.liver_dice:.3f}, surfaces {quality.surface_mm:.1f} mm apart "
            f"(95th percentile {quality.surface_95_mm:.1f} mm){''.join(f', {one}' for one in veins)}"
        )
        write_line(f"The carried cut is taken to be up to {growth.carried_mm:.1f} mm off; the intervals hold that.")
    for line in quantity_lines(growth.quantities):
        write_line(line)
    write_line(NOTICE)
