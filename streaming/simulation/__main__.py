"""`python -m streaming.simulation`: many operations from seeds; prints the seed of a failure and replays it."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from streaming.simulation.world import Divergence, World

TELL_SECONDS: Final = 20.0


def simulate(seed: int, operations: int) -> tuple[int, str | None]:
    """One session: how many operations became durable, and what went wrong."""
    world = World(seed)
    try:
        world.run(operations)
    except Divergence as divergence:
        return world.operations, str(divergence)
    return world.operations, None


def main() -> int:
    """Simulates until there were enough operations; 1 if anything diverged."""
    parser = argparse.ArgumentParser(prog="python -m streaming.simulation", description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000, help="in all (default: 10000)")
    parser.add_argument("--length", type=int, default=2_000, help="operations of one session (default: 2000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first session; the next ones count on")
    parser.add_argument("--jobs", type=int, default=1, help="sessions at the same time")
    arguments = parser.parse_args()
    count = -(-arguments.operations // arguments.length)
    started, told, done, failures = time.perf_counter(), 0.0, 0, 0
    with ProcessPoolExecutor(max_workers=arguments.jobs) as pool:
        seeds = range(arguments.seed, arguments.seed + count)
        for number, (operations, failure) in enumerate(pool.map(simulate, seeds, [arguments.length] * count), start=1):
            done += operations
            if failure is not None:
                failures += 1
                print(f"DIVERGED: {failure}")
                print(
                    f"replay: python -m streaming.simulation --seed {arguments.seed + number - 1} "
                    f"--operations {arguments.length} --length {arguments.length}"
                )
            seconds = time.perf_counter() - started
            if seconds - told > TELL_SECONDS or number == count:
                told = seconds
                print(f"{done} operations in {seconds:.0f} s, {failures} sessions diverged", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
