"""What a shared session costs: numbers at all, commits, restart, slow people, endurance.

    python benchmarks/session.py [--part PART] [--viser PYTHON] [--case FOLDER] [--soak MINUTES]

- `numbers`: 8 people, one drags at 60 Hz: from an edit to its numbers at the last of the others, loopback.
- `viser`: the peer at the same task, without computing anything (left out unless its interpreter is given).
- `presence`: 32 people whose heads and hands move at 60 Hz: the server's processor time, and how old poses are.
- `late`: somebody joins over 100 Mbit/s with a round trip of 5 ms while others work: until they have what they need.
- `commits`: durable changes of one writer and of eight at once (group commit).
- `restart`: from the start of the process to an answer, and to a scene, after a kill -9 each.
- `slow`: what somebody at 10 kB a second costs the others (who stops reading: `streaming.py --part stalled`).
- `--soak MINUTES`: 8 people work; the server's memory must stay flat. `python -m streaming.simulation` and
  `python -m streaming.simulation.kills` have what is lost or not.

The server runs in a process of its own, as `cantlie serve` starts it. Every part checks first that all that was sent
arrived, then measures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

# ruff: noqa: E402
_HERE = str(Path(__file__).resolve().parent)
sys.path[:] = [str(Path(_HERE).parent), *(one for one in sys.path if str(Path(one).resolve()) != _HERE), _HERE]

import numpy as np
from session_parts.late import late_part
from session_parts.live_numbers import commits_part, numbers_part
from session_parts.presence import presence_part
from session_parts.upkeep import restart_part, slow_part, soak_part
from session_parts.viser_numbers import viser_part
from streaming_parts.serving import write_case

PARTS = ("numbers", "viser", "presence", "late", "commits", "restart", "slow")
Found = dict[str, list[float] | float]
TARGETS = {
    "edit to numbers, at all": "p99 16 ms",
    "late join": "2000 ms",
    "server of 32, % of a core": "20",
    "pose age": "p99 25 ms",
    "start to serving": "1000 ms",
    "with / without": "1.1",
    "viser p99 / ours": "5",
    "last quarter / second quarter": "1.05",
}


def show(found: Found) -> None:
    """A row for every measure: p50, p95, p99 and worst of a list, or the number itself."""
    print(f"{'':<40} {'p50':>9} {'p95':>9} {'p99':>9} {'worst':>9}")
    for name, values in found.items():
        target = f"   target {TARGETS[name]}" if name in TARGETS else ""
        if isinstance(values, list):
            p50, p95, p99 = np.percentile(values, [50, 95, 99])
            print(f"{name:<40} {p50:9.2f} {p95:9.2f} {p99:9.2f} {max(values):9.2f}  n={len(values)}{target}")
        else:
            print(f"{name:<40} {values:9.2f}{target}")


def viser(python: str | None, ours: Found) -> None:
    """The peer, and how many times later it is."""
    found = None if python is None else viser_part(python)
    if found is None:
        print("left out: no interpreter with viser was given (--viser PYTHON)")
        return
    late: list[float] = found["delays_ms"]
    shown: Found = {f"viser {found['version']}: edit to text": late}
    mine = ours.get("edit to numbers, at all")
    if isinstance(mine, list):
        shown["viser p50 / ours"] = float(np.percentile(late, 50) / np.percentile(mine, 50))
        shown["viser p99 / ours"] = float(np.percentile(late, 99) / np.percentile(mine, 99))
    show(shown)


def _copied(case: Path, to: Path) -> str:
    shutil.copytree(case, to)
    return str(json.loads((to / "manifest.json").read_text(encoding="utf-8"))["case_id"])


def main() -> None:
    """The parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--viser", metavar="PYTHON", help="interpreter of an environment with viser")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="instead: so many minutes of work")
    parser.add_argument("--case", type=Path, metavar="FOLDER", help="a copy of this case in place of a block of noise")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder)
        case_id = write_case(cases / "case") if arguments.case is None else _copied(arguments.case, cases / "case")
        if arguments.soak is not None:
            show(asyncio.run(soak_part(cases, case_id, arguments.soak)))
            return
        ours: Found = {}
        for part in arguments.part or PARTS:
            print(f"\n{part}")
            match part:
                case "numbers":
                    ours = asyncio.run(numbers_part(cases, case_id))
                    show(ours)
                case "viser":
                    viser(arguments.viser, ours)
                case "presence":
                    show(asyncio.run(presence_part(cases, case_id)))
                case "late":
                    show(asyncio.run(late_part(cases, case_id)))
                case "commits":
                    show(asyncio.run(commits_part(cases, case_id)))
                case "restart":
                    show(asyncio.run(restart_part(cases, case_id)))
                case "slow":
                    show(asyncio.run(slow_part(cases, case_id)))


if __name__ == "__main__":
    main()
