"""Opening a case, coming back to it, and what a commit takes; on loopback as it is."""

from __future__ import annotations

import time
from pathlib import Path

from streaming.assets.kept_scene import assets_of
from streaming_parts.people import commits_ms, download, join
from streaming_parts.serving import served


async def openings_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds to the scene at the first opening and later, of commits; bytes of a first visit and of a second."""
    found: dict[str, list[float] | float] = {}
    with served(cases) as server:
        scenes = []
        for name in ("first opening", "second opening", "third opening"):
            started = time.perf_counter()
            person, welcome, scene = await join(server.port, case_id, "Ann")
            found[f"{name}, ms"] = 1e3 * (time.perf_counter() - started)
            scenes.append(scene)
            if name == "third opening":
                # A client keeps assets by their hash, so a second visit asks for what it lacks: nothing.
                kept = set(assets_of(scenes[0].manifest))
                first = await download(server.port, welcome.asset_token, sorted(kept))
                lacking = set(assets_of(scene.manifest)) - kept
                again = await download(server.port, welcome.asset_token, sorted(lacking)) if lacking else 0
                found["asset bytes of a first visit"] = float(first)
                found["asset bytes of a re-join"] = float(again)
                found["commits"] = await commits_ms(person)
            await person.close()
    return found
