"""People on lean sockets, who note when something reached them."""

from __future__ import annotations

import asyncio
import re
import time

from streaming.protocol import PROTOCOL_VERSION, Hello, PreviewResection
from streaming_parts.lean import LeanSocket, open_lean
from streaming_parts.people import HERTZ, plane

_POSE, _NUMBERS, _PEOPLE = b'{"type":"resection.previewed"', b'{"type":"numbers"', b'{"type":"people"'
_SEQUENCE = re.compile(rb'"sequence":(\d+)')


class LeanPerson:
    """Somebody in a session; by its beginning alone a message is known.

    Attributes:
        poses: when the preview of a number was read.
        numbers: when the numbers of a preview were first read.
        last: the newest message of each type that is asked for by `keep`.
    """

    def __init__(self) -> None:
        self.poses: dict[int, float] = {}
        self.numbers: dict[int, float] = {}
        self.messages = 0
        self.is_in = asyncio.get_running_loop().create_future()
        self.socket: LeanSocket | None = None

    def hear(self, message: bytes, now: float) -> None:
        """A message was read."""
        self.messages += 1
        if message.startswith(_POSE):
            self._note(message, now, self.poses)
        elif message.startswith(_NUMBERS):
            self._note(message, now, self.numbers)
        elif message.startswith(_PEOPLE) and not self.is_in.done():
            self.is_in.set_result(None)

    @staticmethod
    def _note(message: bytes, now: float, into: dict[int, float]) -> None:
        if (found := _SEQUENCE.search(message, 0, 200)) is not None:
            into.setdefault(int(found[1]), now)

    def say(self, text: str) -> None:
        """Sends a message."""
        assert self.socket is not None
        self.socket.say(text)

    async def join(self, port: int, case_id: str, name: str) -> None:
        """Comes in."""
        self.socket = await open_lean(port, "/ws/control", self.hear)
        self.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=case_id, display_name=name).model_dump_json())
        await self.is_in

    def leave(self) -> None:
        """Goes away."""
        assert self.socket is not None
        self.socket.close()


async def lean_drag(ann: LeanPerson, first: int, previews: int) -> dict[int, float]:
    """Drags at 60 Hz; when each preview was sent."""
    texts = [
        PreviewResection(sequence=first + step, resection=plane(60 + (step % 400) / 4)).model_dump_json()
        for step in range(previews)
    ]
    sent: dict[int, float] = {}
    started = time.perf_counter()
    for step, text in enumerate(texts):
        await asyncio.sleep(max(0.0, started + step / HERTZ - time.perf_counter()))
        sent[first + step] = time.perf_counter()
        ann.say(text)
    return sent
