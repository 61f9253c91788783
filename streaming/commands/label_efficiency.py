"""`cantlie label-efficiency`: score against number of annotated cases, with and without unlabelled ones."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from streaming.commands.output import TerminalProgress, write_json, write_line

_COUNTS = (1, 2, 4, 8, 16)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "label-efficiency",
        help="measure how far annotated cases go, with and without unlabelled ones",
        description="Trains a small network on 1, 2, 4, ... annotated phantom patients, with and without unlabelled "
        "scans and pretraining, scores it on patients and real scans it never saw, and writes label_efficiency.json "
        "and label_efficiency.png after every training. Ctrl-C keeps the trainings that are done.",
    )
    parser.add_argument("card", type=Path, metavar="CARD", help="a small card (models/cards/label_efficiency.toml)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the figures are written")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder, for the real scans that are scored")
    parser.add_argument("--unlabelled", type=Path, metavar="DIR", help="a folder of CTs without labels to learn from")
    parser.add_argument("--cases", type=_count, nargs="+", default=_COUNTS, metavar="N", help="numbers of cases")
    parser.add_argument("--patients", type=_count, default=16, metavar="P", help="phantom patients there are")
    parser.add_argument("--repeats", type=_count, default=1, metavar="R", help="trainings of each point")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--resume", action="store_true", help="keep the trainings that --out already holds")
    parser.add_argument("--json", action="store_true", help="print the points as JSON")
    parser.set_defaults(run=run)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError("must be 1 to 1000")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Runs the experiment."""
    from engine.label_efficiency import measure_label_efficiency

    with TerminalProgress() as progress:
        points = measure_label_efficiency(
            arguments.card,
            arguments.data,
            arguments.out,
            unlabelled_dir=arguments.unlabelled,
            counts=arguments.cases,
            population=arguments.patients,
            repeats=arguments.repeats,
            device=arguments.device,
            resume=arguments.resume,
            progress=progress,
        )
    if arguments.json:
        write_json([asdict(point) for point in points])
        return 0
    for point in points:
        scores = ", ".join(f"{name} {score:.3f}" for name, score in point.dice.items())
        write_line(f"{point.annotated:>3} annotated, {point.arm:<34} {scores}")
    write_line(f"Curve in {arguments.out / 'label_efficiency.png'}")
    return 0
