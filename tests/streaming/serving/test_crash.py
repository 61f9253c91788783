"""kill -9 at any instant loses nothing that was acknowledged; starting needs none of the heavy libraries."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from websockets.sync.client import connect

from streaming.protocol import (
    PROTOCOL_VERSION,
    SERVER_MESSAGE,
    CommitResection,
    Committed,
    Hello,
    PlaneResectionState,
    PlanState,
)
from streaming.session.operation_log import OperationLog

SERVE = """
import json, sys
from pathlib import Path
from streaming.serving.server import serve
serve(Path(sys.argv[1]), port=0, on_ready=lambda address: print(json.dumps(address.port), flush=True))
"""
HEAVY = """
import sys, threading
from pathlib import Path
from streaming.serving.server import make_server
server, listener = make_server(
    Path(sys.argv[1]), host="127.0.0.1", port=0, public_host=None, behind_proxy=False,
    on_ready=lambda address: setattr(server, "should_exit", True))
server.run(sockets=[listener])
print(sorted({"torch", "monai", "open3d", "SimpleITK"} & set(sys.modules)))
"""


def _plane(x: float) -> PlaneResectionState:
    return PlaneResectionState(resection_id="resection-1", point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


def _commit_until_killed(cases: Path, *, kill_after: int) -> tuple[dict[str, int], PlanState]:
    """Commits as fast as it can; kills the server while later ones are under way. What was acknowledged, and seen."""
    case_id = json.loads((cases / "small" / "manifest.json").read_text())["case_id"]
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(cases)], stdout=subprocess.PIPE, text=True)
    acknowledged: dict[str, int] = {}
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())
        with connect(f"ws://127.0.0.1:{port}/ws/control", proxy=None, max_queue=None) as socket:
            socket.send(Hello(protocol_version=PROTOCOL_VERSION, case_id=case_id).model_dump_json())
            plan = None
            while not isinstance(plan, PlanState):
                plan = SERVER_MESSAGE.validate_json(socket.recv(timeout=60))
            for number in range(40):
                operation_id = f"{plan.revision}-{number}"
                commit = CommitResection(
                    operation_id=operation_id, base_revision=plan.revision, resection=_plane(float(number))
                )
                socket.send(commit.model_dump_json())
            while len(acknowledged) < kill_after:
                message = SERVER_MESSAGE.validate_json(socket.recv(timeout=60))
                if isinstance(message, Committed):
                    acknowledged[message.operation_id] = message.revision
            os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    return acknowledged, plan


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(cases: Path) -> None:
    everything: dict[str, int] = {}
    for kill_after in (1, 12):
        acknowledged, plan = _commit_until_killed(cases, kill_after=kill_after)
        assert plan.revision >= max(everything.values(), default=1), "the reopened plan has all acknowledged changes"
        everything |= acknowledged
        log = OperationLog.open(cases / "small" / "session" / "plan.sqlite")
        stored = {operation.operation_id: operation.revision for operation in log.read()}
        log.close()
        assert {one: stored.get(one) for one in everything} == everything
    assert len(everything) >= 13


def test_serving_starts_without_the_heavy_libraries(cases: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEAVY, str(cases)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
