"""What Chromium's profilers say of a page, by our own sources: bytes taken and milliseconds spent."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).resolve().parents[2] / "headset_client"
SAMPLE_EVERY_BYTES = 1024
BROWSER = "browser"
DRAWING = "src/scene/draw-plans.ts"
"""What hands the scene to three.js."""
IDLE = {"(idle)", "(program)", "(root)", "(garbage collector)"}


@dataclass(frozen=True, slots=True)
class Place:
    """A function as it is called: `source` from headset_client on, or what else the browser calls it."""

    source: str
    line: int
    name: str

    @property
    def is_own(self) -> bool:
        """Ours, not a library's nor the browser's."""
        return self.source.startswith("src/")

    def __str__(self) -> str:
        return f"{self.source}:{self.line} {self.name}"


@dataclass(frozen=True, slots=True)
class HeapSample:
    """Bytes taken while it was looked, freed again or not, all of them and those of our functions."""

    total_bytes: int
    by_place: Counter[Place] = field(default_factory=Counter)
    by_owner: Counter[Place] = field(default_factory=Counter)
    """Of our own functions with what the browser's own ones (`Map`, `sort`) took for them; not a library's."""

    def own_bytes_below(self, *folders: str) -> int:
        """What functions of some of our folders or files took, themselves and by the browser's functions."""
        return sum(count for place, count in self.by_owner.items() if place.source.startswith(folders))


def start_heap_sample(cdp: Any) -> None:
    """From now on, after everything that is not needed was let go."""
    cdp.send("HeapProfiler.collectGarbage")
    kept = {"includeObjectsCollectedByMajorGC": True, "includeObjectsCollectedByMinorGC": True}
    cdp.send("HeapProfiler.startSampling", {"samplingInterval": SAMPLE_EVERY_BYTES, **kept})


def stop_heap_sample(cdp: Any) -> HeapSample:
    """What was taken since the start."""
    head = cdp.send("HeapProfiler.stopSampling")["profile"]["head"]
    nodes = list(_nodes(head))
    places = dict(zip(map(id, nodes), places_of([node["callFrame"] for node in nodes]), strict=True))
    by_place: Counter[Place] = Counter()
    by_owner: Counter[Place] = Counter()
    waiting: list[tuple[dict[str, Any], Place | None]] = [(head, None)]
    while waiting:
        node, caller = waiting.pop()
        place = places[id(node)]
        owner = place if place.is_own else caller if place.source == BROWSER else None
        by_place[place] += node["selfSize"]
        if owner:
            by_owner[owner] += node["selfSize"]
        waiting += [(child, owner) for child in node["children"]]
    return HeapSample(total_bytes=by_place.total(), by_place=by_place, by_owner=by_owner)


def used_bytes(cdp: Any) -> int:
    """What is in use once everything that is not needed was let go."""
    cdp.send("HeapProfiler.collectGarbage")
    return int(cdp.send("Runtime.getHeapUsage")["usedSize"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _nodes(child)


def places_of(frames: list[dict[str, Any]]) -> list[Place]:
    """Of the profilers' call frames. Needs Node, and the maps that `npm run build` writes."""
    asked = [[one["url"].rsplit("/", 1)[-1], one["lineNumber"], one["columnNumber"]] for one in frames]
    command = ["node", str(CLIENT / "scripts" / "where-from.mjs")]
    answer = subprocess.run(command, input=json.dumps(asked), check=True, capture_output=True, text=True).stdout
    found = json.loads(answer)
    return [
        Place(where[0], where[1], one["functionName"])
        if where
        else Place(one["url"].rsplit("/", 1)[-1] or BROWSER, one["lineNumber"], one["functionName"])
        for one, where in zip(frames, found, strict=True)
    ]


def own_frame_ms(profile: dict[str, Any]) -> list[float]:
    """Milliseconds of JavaScript in each frame, of a profile of `Profiler.stop`.

    All scripts of the page count, libraries too, but for what three.js does to draw (`DRAWING` and what it calls). A
    frame goes from the end of one drawing to the end of the next; what came before the first is left out.
    """
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}
    places = dict(zip(nodes, places_of([node["callFrame"] for node in nodes.values()]), strict=True))
    draws = {one for one in nodes if any(places[above].source == DRAWING for above in _upwards(one, parents))}
    frames, spent, drawing, began = [], 0.0, False, False
    for node, micros in zip(profile["samples"], [*profile["timeDeltas"][1:], 0], strict=True):
        name = nodes[node]["callFrame"]["functionName"]
        if node in draws:
            drawing = True
        elif name not in IDLE:
            if drawing:
                frames += [spent] if began else []
                spent, drawing, began = 0.0, False, True
            spent += micros / 1000
    return frames


def _upwards(node: int, parents: dict[int, int]) -> Iterator[int]:
    yield node
    while node in parents:
        node = parents[node]
        yield node
