"""Surfaces, levels of detail and their bytes: ours beside named peers, quality before time, medians of one run.

    python benchmarks/meshing.py [--rounds 7] [--part surfaces|chain|bytes]

Each part runs alone too and says there what it measures: `benchmarks/meshing_parts/{surfaces,chain,bytes}.py`.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

# Beside this file lies one with the name of the package `streaming`.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != _HERE]

PARTS = {"surfaces": "all surfaces of eight labels", "chain": "levels of detail", "bytes": "bytes a triangle"}


def main() -> None:
    """Prints every part's lines as soon as it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--part", choices=PARTS, action="append")
    arguments = parser.parse_args()
    for part in arguments.part or PARTS:
        print(f"\n{PARTS[part]}", flush=True)
        for line in import_module(f"benchmarks.meshing_parts.{part}").main_part(arguments.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
