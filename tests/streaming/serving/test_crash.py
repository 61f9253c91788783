"""kill -9 at any instant loses nothing that was acknowledged; starting needs none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streaming.session.operation_log import OperationLog
from streaming.simulation.kills import Killed, LostError, kill_again_and_again

HEAVY = """
import sys
from pathlib import Path
from streaming.serving.place import Place
from streaming.serving.server import make_server
heavy = {"torch", "monai", "open3d", "SimpleITK", "numba", "scipy"}
def ready(address):
    print(sorted(heavy & set(sys.modules)))
    server.should_exit = True
server, listener = make_server(Path(sys.argv[1]), Place(port=0), on_ready=ready)
server.run(sockets=[listener])
"""


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_at_any_instant(
    cases: Path, in_own_thread: Callable[..., Killed]
) -> None:
    killed = in_own_thread(kill_again_and_again, cases, 25)
    assert killed.rounds == 25
    assert killed.acknowledged > 100, "so that something could be lost"


def test_a_lost_acknowledgement_is_noticed(
    cases: Path, monkeypatch: pytest.MonkeyPatch, in_own_thread: Callable[..., Killed]
) -> None:
    monkeypatch.setattr(OperationLog, "read", lambda _log: ())
    with pytest.raises(LostError, match="lost"):
        in_own_thread(kill_again_and_again, cases, 1)


def test_serving_starts_without_the_heavy_libraries(cases: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEAVY, str(cases)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
