"""Eight people, one of whom drags at 60 Hz: how late the numbers of each preview are at all of them, and commits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from streaming_parts.lean_people import LeanPerson, lean_drag
from streaming_parts.people import delays_ms, join, plane
from streaming_parts.serving import served

from streaming.protocol import SERVER_MESSAGE, CommitResection, Committed, Rejected

PEOPLE = 8
PREVIEWS = 300
COMMITS = 100


async def numbers_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds from a preview to its numbers, at the last of the seven others; first that they came at all."""
    with served(cases) as server:
        people = [LeanPerson() for _ in range(PEOPLE)]
        for number, one in enumerate(people):
            await one.join(server.port, case_id, f"P{number}")
        ann, *others = people
        await lean_drag(ann, 0, 120)  # warm
        await asyncio.sleep(1.0)
        own, busy, started = time.process_time(), server.cpu_seconds(), time.perf_counter()
        sent = await lean_drag(ann, 1000, PREVIEWS)
        seconds = time.perf_counter() - started
        own, busy = time.process_time() - own, server.cpu_seconds() - busy
        await asyncio.sleep(1.0)
        late = [delays_ms(sent, one.numbers) for one in others]
        if any(len(one) != PREVIEWS for one in late):
            raise RuntimeError("the numbers of the last preview did not reach everybody")
        poses = [delay for one in others for delay in delays_ms(sent, one.poses)]
        for one in people:
            one.leave()
    return {
        "edit to numbers, at all": [max(one) for one in zip(*late, strict=True)],
        "edit to pose, each": poses,
        "server, % of a core": 100 * busy / seconds,
        "server, ms of processor an edit": 1e3 * busy / PREVIEWS,
        "benchmark itself, % of a core": 100 * own / seconds,
    }


async def commits_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds from a commit to its acknowledgement, by one writer and by eight at once, who share flushes."""
    found: dict[str, list[float] | float] = {}
    with served(cases) as server:
        sockets = [(await join(server.port, case_id, f"P{number}"))[0] for number in range(PEOPLE)]
        for writers in (1, PEOPLE):
            started = time.perf_counter()
            late = await asyncio.gather(
                *(_commit(one, f"{writers}-{number}", number) for number, one in enumerate(sockets[:writers]))
            )
            seconds = time.perf_counter() - started
            found[f"commits of {writers}, ms"] = [delay for one in late for delay in one]
            found[f"durable commits a second, {writers}"] = writers * COMMITS / seconds
        for one in sockets:
            await one.close()
    return found


async def _commit(socket: object, name: str, number: int) -> list[float]:
    late = []
    for step in range(COMMITS):
        started = time.perf_counter()
        resection = plane(60 + step / 10).model_copy(update={"resection_id": f"cut-{number}"})
        message = CommitResection(operation_id=f"{name}-{step}", base_revision=1, resection=resection)
        await socket.send(message.model_dump_json())  # type: ignore[attr-defined]
        while True:
            answer = SERVER_MESSAGE.validate_json(await socket.recv())  # type: ignore[attr-defined]
            if isinstance(answer, Rejected):
                raise RuntimeError(f"a commit was refused: {answer.code}")
            if isinstance(answer, Committed) and answer.operation_id == message.operation_id:
                break
        late.append(1e3 * (time.perf_counter() - started))
    return late
