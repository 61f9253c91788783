"""The plan at revision r is the fold of the first r operations, from wherever the fold begins."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import CaseCorruptError, CaseVersionError
from streaming.protocol import BodyState
from streaming.replay.past import EVERY, Past, PastOfCase
from streaming.session.changes import OPERATION, Operation
from streaming.session.operation_log import LOG_VERSION, OperationLog, read_log
from streaming.session.operations import Plan, fold
from streaming.simulation.world import World


@cache
def _log() -> tuple[Operation, ...]:
    """What five people did on bad lines."""
    world = World(1)
    world.run(EVERY + 30)
    return tuple(OPERATION.validate_json(line) for line in world.server.disk)


@given(part=st.floats(0, 1), cut=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_the_plan_at_a_revision_is_the_fold_of_the_operations_so_far(part: float, cut: float) -> None:
    operations = _log()
    revision = round(part * len(operations))
    in_two_steps = Past.of(operations[: round(cut * len(operations))]).later(operations[round(cut * len(operations)) :])
    for past in (Past.of(operations), in_two_steps):
        assert past.at(revision) == fold(operations[:revision])


def test_a_replay_begins_with_the_body_that_lay_beside_the_plan() -> None:
    start = Plan(body=BodyState(height_cm=None, weight_kg=70.0))
    assert Past.of(_log(), start).at(0) == start


@pytest.mark.parametrize("revision", [-1, 10_000])
def test_an_instant_that_there_was_not_is_refused(revision: int) -> None:
    with pytest.raises(ValueError, match="no revision"):
        Past.of(_log()).at(revision)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "session" / "plan.sqlite"
    log = OperationLog.open(path)
    log.append(_log()[:30])
    log.close()
    return path


def test_the_past_of_a_case_follows_a_log_that_others_write(path: Path) -> None:
    past = PastOfCase(path, Plan())
    assert past.newest().revision == 30
    log = OperationLog.open(path)
    log.append(_log()[30:])
    assert past.newest().at(len(_log())) == fold(_log())
    log.close()


def test_a_case_without_a_log_has_an_empty_past(tmp_path: Path) -> None:
    assert PastOfCase(tmp_path / "none.sqlite", Plan()).newest().at(0) == Plan()


def test_a_log_that_cannot_be_read_says_so_and_is_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(CaseCorruptError):
        read_log(path)
    assert path.read_bytes() == b"no database at all" * 100


def test_the_log_of_a_newer_program_is_not_guessed_at(path: Path) -> None:
    log = OperationLog.open(path)
    log._connection.execute(f"PRAGMA user_version = {LOG_VERSION + 1}")
    log.close()
    with pytest.raises(CaseVersionError):
        read_log(path)
