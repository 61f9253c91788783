"""kill -9 of the real server at random instants under eight writers: `python -m streaming.simulation.kills CASES`.

Each round starts the server, lets the writers come back as who they were, say again what was not answered and go on
changing their cuts, and kills it. Everything acknowledged must be in the log under the revision that was told, once.
Rounds fork from a process that has the imports done, and compute no numbers; nothing else is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import multiprocessing
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from streaming.planning.evaluation import Evaluation
from streaming.protocol import PROTOCOL_VERSION, CommitResection, PlaneResectionState
from streaming.session.effects import Question
from streaming.session.operation_log import OperationLog

WRITERS: Final = 8
IN_FLIGHT: Final = 4
"""Changes that a writer has under way at once."""

LONGEST_SECONDS: Final = 0.15
"""From the first acknowledgement of a round to the kill, at most: dozens of flushes."""

START_SECONDS: Final = 240.0
"""Long, for the very first start: kernels that were never compiled are compiled while the case is opened."""
_PRELOADED: Final = (
    "streaming.serving.http_api",
    "streaming.serving.websocket_protocol",
    "uvicorn",
    "engine.resection.evaluator",
    "engine.resection.run_table",
    "scipy.ndimage",
)


class LostError(AssertionError):
    """Something acknowledged is not in the log."""


@dataclass(slots=True, kw_only=True)
class Writer:
    """Somebody who changes a cut of their own, over all rounds.

    Attributes:
        number: of the writer.
        identity: id and resume token, once told.
        unanswered: changes to be said again.
        acknowledged: what the server promised, by operation.
    """

    number: int
    identity: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, CommitResection] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    _count: int = 0
    _revision: int = 0

    async def write(self, port: int, case_id: str) -> None:
        """Changes the cut until the server dies."""
        with contextlib.suppress(ConnectionClosed, OSError):
            async with _connected(port) as socket:
                hello = {"type": "hello", "protocol_version": PROTOCOL_VERSION, "case_id": case_id, **self.identity}
                await socket.send(json.dumps(hello))
                async for text in socket:
                    await self._hear(socket, json.loads(text))

    async def _hear(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "welcome":
                self.identity = {"client_id": message["client_id"], "resume_token": message["resume_token"]}
                for again in self.unanswered.values():
                    await socket.send(again.model_dump_json())
            case "plan":
                self._revision = message["revision"]
                if self._revision < max(self.acknowledged.values(), default=0):
                    raise LostError(f"writer {self.number} is shown a plan without what was acknowledged")
                while len(self.unanswered) < IN_FLIGHT:
                    await self._change(socket)
            case "committed":
                known = self.acknowledged.setdefault(message["operation_id"], message["revision"])
                if known != message["revision"]:
                    raise LostError(f"{message['operation_id']} was acknowledged twice as different revisions")
                self.unanswered.pop(message["operation_id"], None)
                await self._change(socket)
            case "rejected":
                raise LostError(f"a writer's own cut was refused: {message['code']}")

    async def _change(self, socket: ClientConnection) -> None:
        self._count += 1
        place = (float(self._count % 100), 0.0, 0.0)
        change = CommitResection(
            operation_id=f"w{self.number}-{self._count}",
            base_revision=self._revision,
            resection=PlaneResectionState(
                resection_id=f"cut-{self.number}", point_lps_mm=place, normal_lps=(1.0, 0.0, 0.0)
            ),
        )
        self.unanswered[change.operation_id] = change
        await socket.send(change.model_dump_json())


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncIterator[ClientConnection]:
    uri = f"ws://127.0.0.1:{port}/ws/control"
    async with connect(uri, proxy=None, compression=None, max_queue=None, close_timeout=0.1) as socket:
        yield socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What the rounds came to.

    Attributes:
        rounds: servers killed.
        acknowledged: changes that the writers were promised.
        start_seconds: from the fork to accepted connections, one a round.
    """

    rounds: int
    acknowledged: int
    start_seconds: list[float]


def kill_again_and_again(
    cases: Path, rounds: int, seed: int = 1, told: Callable[[int, int], None] | None = None
) -> Killed:
    """Kills the server of the one case in a folder again and again; its plan is changed.

    Args:
        cases: a folder with one case.
        rounds: how often.
        seed: of the instants.
        told: called after every round with its number and how many changes were acknowledged so far.

    Raises:
        LostError: something acknowledged is not in the log, or not as it was told.
    """
    chance = random.Random(seed)
    manifest = next(cases.glob("*/manifest.json"))
    case_id = str(json.loads(manifest.read_text(encoding="utf-8"))["case_id"])
    log_path = manifest.parent / "session" / "plan.sqlite"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    writers = [Writer(number=number) for number in range(WRITERS)]
    starts: list[float] = []
    for number in range(1, rounds + 1):
        receiver, sender = context.Pipe(duplex=False)
        started = time.perf_counter()
        process = context.Process(target=_serve, args=(cases, sender), daemon=True)
        process.start()
        sender.close()
        try:
            if not receiver.poll(START_SECONDS):
                raise LostError("the server did not start")
            port = receiver.recv()
            starts.append(time.perf_counter() - started)
            asyncio.run(_write_until_killed(writers, port, case_id, chance.uniform(0.0, LONGEST_SECONDS), process.kill))
        except* LostError as group:
            raise group.exceptions[0] from None
        finally:
            process.kill()
            process.join()
        _check(log_path, writers)
        if told is not None:
            told(number, sum(len(one.acknowledged) for one in writers))
    acknowledged = sum(len(one.acknowledged) for one in writers)
    return Killed(rounds=rounds, acknowledged=acknowledged, start_seconds=starts)


async def _write_until_killed(
    writers: list[Writer], port: int, case_id: str, seconds: float, kill: Callable[[], None]
) -> None:
    """The instant is counted from the first acknowledgement on, so that something is under way."""
    before = sum(len(one.acknowledged) for one in writers)
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.write(port, case_id))
        async with asyncio.timeout(START_SECONDS):
            while sum(len(one.acknowledged) for one in writers) == before:
                await asyncio.sleep(0.002)
        await asyncio.sleep(seconds)
        kill()


def _check(log_path: Path, writers: list[Writer]) -> None:
    log = OperationLog.open(log_path)
    try:
        stored = {operation.operation_id: operation.revision for operation in log.read()}
    finally:
        log.close()
    promised = itertools.chain.from_iterable(one.acknowledged.items() for one in writers)
    lost = [operation_id for operation_id, revision in promised if stored.get(operation_id) != revision]
    if lost:
        raise LostError(f"{len(lost)} acknowledged changes are lost, such as {lost[0]}")


def _serve(cases: Path, ready: Connection) -> None:
    from streaming.serving.place import Place
    from streaming.serving.server import serve
    from streaming.session import registry

    # Compiled kernels would be loaded for numbers that nobody reads: most of the time of a round.
    registry.warm_up_kernels = lambda: None
    Evaluation.ask = _ask_nothing  # type: ignore[method-assign]
    serve(cases, Place(port=0), on_ready=lambda address: ready.send(address.port))


def _ask_nothing(self: Evaluation, question: Question) -> None:
    """In place of numbers."""


def main() -> int:
    """Kills as often as asked; 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m streaming.simulation.kills", description=__doc__)
    parser.add_argument("cases", type=Path, metavar="CASES", help="a folder with one case; a copy: its plan is changed")
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    def tell(number: int, acknowledged: int) -> None:
        if number % 25 == 0:
            print(f"{number} kills, {acknowledged} acknowledged changes, all there", flush=True)

    try:
        killed = kill_again_and_again(arguments.cases, arguments.rounds, arguments.seed, tell)
    except LostError as lost:
        print(f"LOST with seed {arguments.seed}: {lost}")
        return 1
    starts = sorted(killed.start_seconds)
    print(
        f"{killed.rounds} kills, {killed.acknowledged} acknowledged changes, none lost; "
        f"accepting again after {starts[len(starts) // 2]:.2f} s (median, without imports), {starts[-1]:.2f} s at most"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
