"""32 people whose heads and hands move at 60 Hz: what it costs the server, and how old a pose is when it is seen."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from streaming_parts.lean_people import LeanPerson
from streaming_parts.people import HERTZ
from streaming_parts.serving import served

from streaming.protocol import MovePresence, PersonPose, PoseState, RayState

PEOPLE = 32
SECONDS = 8.0
LOOKING = 2
"""Of the people so many note every pose of every message, and all others only that one came: to read them all would
take the benchmark's own processor."""


class Looker(LeanPerson):
    """Somebody who notes when each step of everybody was seen first."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[str, int], float] = {}
        self.pending: list[tuple[bytes, float]] = []

    def hear(self, message: bytes, now: float) -> None:
        """Keeps what is looked at afterwards."""
        super().hear(message, now)
        if message.startswith(b'{"type":"presence"'):
            self.pending.append((message, now))

    def look(self) -> dict[tuple[str, int], float]:
        """Reads what was kept: the place of the head says whose it is and which step; when each was seen first."""
        pending, self.pending = self.pending, []
        for message, now in pending:
            for one in json.loads(message)["people"]:
                x, y, _ = one["pose"]["head"]["position_lps_mm"]
                self.seen.setdefault((str(round(y)), round(x)), now)
        return self.seen


def moved(person: int, step: int) -> str:
    """A head, two hands and a ray; the head's x is the step, its y who it is."""

    def pose(x: float, y: float) -> PoseState:
        return PoseState(position_lps_mm=(x, y, 412.6875 + step / 7), quaternion=(0.1234567, -0.3456789, 0.5, 0.78351))

    shown = PersonPose(
        head=pose(float(step), float(person)),
        left=pose(step / 3, 11.1),
        right=pose(step / 9, 22.2),
        ray=RayState(from_lps_mm=(step / 9, 22.2, 1.0), to_lps_mm=(0.0, step / 11, 2.0)),
        model_scale=1.0,
    )
    return MovePresence(pose=shown).model_dump_json()


async def presence_part(cases: Path, case_id: str) -> dict[str, list[float] | float]:
    """Milliseconds from a pose to its sight, and the server's processor time; first that the last poses came."""
    steps = round(SECONDS * HERTZ)
    texts = [[moved(person, step) for step in range(steps)] for person in range(PEOPLE)]
    with served(cases) as server:
        people: list[LeanPerson] = [Looker() if number < LOOKING else LeanPerson() for number in range(PEOPLE)]
        for number, one in enumerate(people):
            await one.join(server.port, case_id, f"P{number}")
        await asyncio.sleep(4.0)  # numbers of the plan, kernels
        idle = server.cpu_seconds()
        await asyncio.sleep(2.0)
        idle = (server.cpu_seconds() - idle) / 2.0
        own, busy, heard = time.process_time(), server.cpu_seconds(), sum(one.messages for one in people)
        started = time.perf_counter()
        sent: dict[tuple[str, int], float] = {}
        moves = [_move(one, number, texts[number], started, sent) for number, one in enumerate(people)]
        await asyncio.gather(*moves)
        seconds = time.perf_counter() - started
        busy, own = server.cpu_seconds() - busy, time.process_time() - own
        heard = sum(one.messages for one in people) - heard
        lookers = [one for one in people if isinstance(one, Looker)]
        last = {(str(person), steps - 1) for person in range(PEOPLE)}
        async with asyncio.timeout(20.0):  # everybody's last pose is seen in the end
            while any(not last <= one.look().keys() for one in lookers):
                await asyncio.sleep(0.2)
        ages = [age for one in lookers for age in _ages_ms(sent, one.seen)]
        for one in people:
            one.leave()
    return {
        "pose age": ages,
        "server of 32, % of a core": 100 * busy / seconds,
        "server idle, % of a core": 100 * idle,
        "benchmark itself, % of a core": 100 * own / seconds,
        "messages a second to all": heard / seconds,
        "poses a second from all": PEOPLE * steps / seconds,
    }


async def _move(
    person: LeanPerson, number: int, texts: list[str], started: float, sent: dict[tuple[str, int], float]
) -> None:
    """Not all at once: each at a phase of their own."""
    for step, text in enumerate(texts):
        await asyncio.sleep(max(0.0, started + (step + number / PEOPLE) / HERTZ - time.perf_counter()))
        sent[str(number), step] = time.perf_counter()
        person.say(text)


def _ages_ms(sent: dict[tuple[str, int], float], seen: dict[tuple[str, int], float]) -> list[float]:
    """Of a pose overtaken by a newer one of the same person, the age is that at which the newer one came."""
    ages: list[float] = []
    for person in {person for person, _ in sent}:
        arrived: float | None = None
        for step in sorted((step for one, step in sent if one == person), reverse=True):
            arrived = min(filter(None, (arrived, seen.get((person, step)))), default=None)
            assert arrived is not None, "the last one was seen"
            ages.append(1e3 * (arrived - sent[person, step]))
    return ages
