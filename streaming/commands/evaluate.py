"""`cantlie evaluate`: two segmentations, a whole suite of scans with references, or two runs of a suite."""

from __future__ import annotations

import argparse
from pathlib import Path

from streaming.commands.evaluate_pair import compare_pair
from streaming.commands.evaluate_suite import compare_runs, evaluate_suite


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Adds the command."""
    parser = commands.add_parser(
        "evaluate",
        help="compare segmentations with references, one or many",
        usage="cantlie evaluate PREDICTED REFERENCE [--json]\n"
        "       cantlie evaluate --suite DIR [--out OUT] [--cases DIR] [--device D] [--fast] [--jobs N] [--again]\n"
        "       cantlie evaluate --compare BEFORE.json AFTER.json",
        description="Each of PREDICTED and REFERENCE may be a case, a label file, or a folder of binary masks. Tumours "
        "are compared together: two people number them differently. A suite is a folder of scans with references, see "
        "docs/evaluation.md.",
    )
    parser.add_argument("predicted", type=Path, metavar="PREDICTED", nargs="?")
    parser.add_argument("reference", type=Path, metavar="REFERENCE", nargs="?")
    parser.add_argument("--suite", type=Path, metavar="DIR", help="score every case of a folder")
    parser.add_argument("--out", type=Path, metavar="OUT", help="where scores, pictures and a page go")
    parser.add_argument("--cases", type=Path, metavar="DIR", help="score prepared cases of these names instead")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the networks run")
    parser.add_argument("--fast", action="store_true", help="segment coarser and quicker")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="cases at a time (memory grows with it)")
    parser.add_argument("--again", action="store_true", help="score finished cases again")
    parser.add_argument(
        "--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"), help="what changed between two suite.json"
    )
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(run=run, parser=parser)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Does the one of the three that was asked for."""
    pair = arguments.predicted is not None
    if sum((pair, arguments.suite is not None, arguments.compare is not None)) != 1 or (
        pair and arguments.reference is None
    ):
        arguments.parser.error("give PREDICTED and REFERENCE, or --suite DIR, or --compare BEFORE AFTER")
    if arguments.compare is not None:
        return compare_runs(*arguments.compare, as_json=arguments.json)
    if arguments.suite is None:
        return compare_pair(arguments.predicted, arguments.reference, as_json=arguments.json)
    from engine.suite import SuiteOptions

    options = SuiteOptions(
        out=arguments.out,
        cases=arguments.cases,
        device=arguments.device,
        fast=arguments.fast,
        again=arguments.again,
        jobs=max(1, arguments.jobs),
    )
    return evaluate_suite(arguments.suite, options, as_json=arguments.json)
