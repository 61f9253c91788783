"""Five people on bad lines and a server that crashes: nothing acknowledged is lost, and everybody ends with one plan.

That these checks see mistakes is itself tested: each planted bug below is found. A failure names its seed;
`python -m streaming.simulation --seed N` replays it, and `--operations 1000000 --jobs 2` is the long run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streaming.protocol import Committed
from streaming.session.editing import Editing
from streaming.session.effects import Send, Store
from streaming.session.fold import Fold
from streaming.session.history import History
from streaming.session.ledger import Ledger
from streaming.session.room import Room
from streaming.simulation import server
from streaming.simulation.world import Divergence, World


@pytest.mark.parametrize("seed", range(8))
def test_thousands_of_changes_end_with_one_plan_and_nothing_lost(seed: int) -> None:
    world = World(seed)
    world.run(400)
    refused = sum(len(person.rejected) for person in world.people.values())
    assert world.operations + refused > 1_500, "who works together gets in each other's way"


def test_a_seed_replays_the_same_session() -> None:
    first, second = World(7), World(7)
    first.run(150)
    second.run(150)
    assert first.server.disk == second.server.disk


def _forgets_what_it_stored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "find", lambda _ledger, _operation_id: None)


def _acknowledges_before_the_disk(patch: pytest.MonkeyPatch) -> None:
    original = Editing._apply

    def hasty(editing: Editing, client_id: str, message: Any, change: Any, **rest: str) -> list[Any]:
        effects = original(editing, client_id, message, change, **rest)
        early = [
            Send(
                client_id=client_id,
                message=Committed(operation_id=message.operation_id, revision=one.operation.revision),
            )
            for one in effects
            if isinstance(one, Store)
        ]
        return [*early, *effects]

    patch.setattr(Editing, "_apply", hasty)


def _undoes_whatever_others_did(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(History, "hindrance", lambda _history, _step, _direction: None)


def _forgets_what_it_rejected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Room, "refused", lambda _room, _client_id, _operation_id: None)


def _does_not_tell_that_a_drag_is_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Room, "drags_over", lambda _room, _author, _ids: [])


def _keeps_no_history_in_snapshots(patch: pytest.MonkeyPatch) -> None:
    original = server.encoded
    patch.setattr(server, "encoded", lambda fold: original(Fold(plan=fold.plan)))


@pytest.mark.parametrize(
    "plant",
    [
        _forgets_what_it_stored,
        _acknowledges_before_the_disk,
        _undoes_whatever_others_did,
        _forgets_what_it_rejected,
        _does_not_tell_that_a_drag_is_over,
        _keeps_no_history_in_snapshots,
    ],
)
def test_a_planted_bug_is_found(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(Divergence, match="seed"):
        for seed in range(5):
            World(seed).run(300)
