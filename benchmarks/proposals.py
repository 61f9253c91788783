"""How long the search for proposals takes on a prepared case.

    python benchmarks/proposals.py CASE [--margin 10] [--minimum-remnant 20] [--rounds 5] [--json]

Prints the median CPU seconds of one search on one thread (opening the case and building its tables are not in it), how
many candidates were rated, and the plans found. A search that finds nothing within the limits counts as well: it has
looked at the same candidates.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

from engine.case import Case
from engine.errors import PlanError
from engine.proposals import Constraints, Problem, Proposal, propose, warm_up
from engine.resection import PlanEvaluator
from engine.resection import warm_up as warm_up_resection


class _Counting:
    """Hears how many candidates were rated."""

    def __init__(self) -> None:
        self.rated = 0

    def stage(self, name: str) -> None:
        """Ignores the stage."""

    def advance(self, fraction: float, detail: str = "") -> None:
        """Remembers the count."""
        if fraction > 0.0 and detail.endswith("plans rated"):
            self.rated = int(detail.split(maxsplit=1)[0])


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", type=Path, nargs="?")
    parser.add_argument("--margin", type=float, default=10.0)
    parser.add_argument("--minimum-remnant", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.case is None:
        print("left out: give the folder of a case with tumours")  # so that `make bench` goes on
        return 0
    constraints = Constraints(margin_mm=arguments.margin, minimum_flr_percent=arguments.minimum_remnant)
    warm_up_resection()
    warm_up()
    problem = _problem(arguments.case, constraints)
    seconds: list[float] = []
    found: tuple[Proposal, ...] = ()
    rated, refusal = 0, ""
    for _ in range(arguments.rounds):
        counting, started = _Counting(), time.process_time()
        try:
            found = propose(problem, counting)
        except PlanError as error:
            refusal = error.what
        seconds.append(time.process_time() - started)
        rated = counting.rated
    document = {
        "case": arguments.case.name,
        "margin_mm": constraints.margin_mm,
        "minimum_remnant_percent": constraints.minimum_flr_percent,
        "median_cpu_seconds": statistics.median(seconds),
        "slowest_cpu_seconds": max(seconds),
        "rounds": len(seconds),
        "candidates_rated": rated,
        "refusal": refusal,
        "plans": [_line(one) for one in found],
    }
    if arguments.json:
        json.dump(document, sys.stdout, indent=1)
        sys.stdout.write("\n")
        return 0
    sys.stdout.write(
        f"{rated} candidates in {document['median_cpu_seconds']:.2f} s of CPU (median of {len(seconds)}, slowest "
        f"{max(seconds):.2f} s), {len(found)} plans{': ' if refusal else ''}{refusal}\n"
    )
    for one in found:
        sys.stdout.write(f"  {_line(one)}\n")
    return 0


def _problem(folder: Path, constraints: Constraints) -> Problem:
    case = Case.open(folder)
    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    evaluator = PlanEvaluator(labels, trees=trees, liver_map=liver_map, probability=case.probability())
    return Problem(evaluator=evaluator, labels=labels, trees=trees, liver_map=liver_map, constraints=constraints)


def _line(one: Proposal) -> str:
    score = one.score
    return (
        f"{one.title}: {score.remnant_percent:.1f} % remnant, {score.margin_mm:.1f} mm margin, "
        f"{score.cut_area_mm2 / 100.0:.0f} cm2 cut, {score.cut_calibre_mm:.0f} mm of vessels. {one.reason.sentence}"
    )


if __name__ == "__main__":
    sys.exit(main())
