"""How late a hand reaches the others while assets flow, what a stalled client costs, what coming back costs.

    python benchmarks/streaming.py [--part openings|poses|stalled|viser] [--viser PYTHON]

- `openings`: milliseconds to the scene, of durable commits; asset bytes of a first visit and of a re-join.
- `poses`: poses of a 60 Hz drag while 48 MiB of assets flow over the same link of 100 Mbit/s (the kernel's, in a
  network namespace), and the same bytes as plain messages in front of poses on one socket.
- `stalled`: poses to 30 others with and without a person who stops reading, in turns, and the memory it costs.
- `viser`: the peer on the same link (left out unless its interpreter is given).

The server runs in a process of its own, as `cantlie serve` starts it. The assets are noise and do not compress.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

# ruff: noqa: E402
# This file has the name of the package it measures: its own folder must not come first.
_HERE = str(Path(__file__).resolve().parent)
sys.path[:] = [*(entry for entry in sys.path if str(Path(entry).resolve()) != _HERE), _HERE]

import numpy as np
from streaming_parts.openings import openings_part
from streaming_parts.serving import write_case
from streaming_parts.shaped import in_namespace, shaped_part
from streaming_parts.stalled import stalled_part
from streaming_parts.viser_peer import viser_part

PARTS = ("openings", "poses", "stalled", "viser")
Found = dict[str, list[float] | float]


def show(found: Found, targets: dict[str, str]) -> None:
    """A row for every measure: p50, p95, p99 and worst of a list, or the number itself."""
    print(f"{'':<40} {'p50':>9} {'p95':>9} {'p99':>9} {'worst':>9}")
    for name, values in found.items():
        target = f"   target {targets[name]}" if name in targets else ""
        if isinstance(values, list) and not values:
            print(f"{name:<40} none came{target}")
        elif isinstance(values, list):
            p50, p95, p99 = np.percentile(values, [50, 95, 99])
            print(f"{name:<40} {p50:9.2f} {p95:9.2f} {p99:9.2f} {max(values):9.2f}  n={len(values)}{target}")
        else:
            print(f"{name:<40} {values:9.2f}{target}")


def poses(cases: Path, case_id: str) -> None:
    """On the shaped link, in a process that lives there."""
    text = in_namespace(Path(__file__), ["--inside", str(cases), case_id])
    if text is None:
        print("not measured: this system gives no network namespace with a shaped link (unshare, tc)")
        return
    show(json.loads(text), {"beside assets: poses": "p95 15 ms"})


def stalled(cases: Path, case_id: str) -> None:
    """On loopback as it is."""
    found = asyncio.run(stalled_part(cases, case_id))
    show(found, {"p99 with / without": "1.1", "bytes": "2 MB = 2097152"})


def viser(python: str | None) -> None:
    """The peer, on the shaped link too."""
    if python is None:
        print("left out: no interpreter with viser was given (--viser PYTHON)")
        return
    text = in_namespace(Path(__file__), ["--inside-viser", python])
    found = None if text is None else json.loads(text)
    if found is None:
        print("not measured: no viser in that environment, or no network namespace")
        return
    show({f"viser {found['version']}: moves": found["delays_ms"], "MiB beside them": found["MiB"]}, {})


def main() -> None:
    """The parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--viser", metavar="PYTHON", help="interpreter of an environment with viser")
    parser.add_argument("--inside", nargs=2, metavar=("CASES", "CASE_ID"), help=argparse.SUPPRESS)
    parser.add_argument("--inside-viser", metavar="PYTHON", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        print(json.dumps(asyncio.run(shaped_part(Path(arguments.inside[0]), arguments.inside[1]))))
        return
    if arguments.inside_viser:
        print(json.dumps(viser_part(arguments.inside_viser)))
        return
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder)
        case_id = write_case(cases / "case")
        for part in arguments.part or PARTS:
            print(f"\n{part}")
            match part:
                case "openings":
                    show(asyncio.run(openings_part(cases, case_id)), {"asset bytes of a re-join": "0"})
                case "poses":
                    poses(cases, case_id)
                case "stalled":
                    stalled(cases, case_id)
                case "viser":
                    viser(arguments.viser)


if __name__ == "__main__":
    main()
