"""One search at a time, the newest wins, everybody is told."""

from __future__ import annotations

from streaming.protocol import (
    SERVER_MESSAGE,
    AskProposals,
    ProposalConstraints,
    Proposals,
    ProposalsEnded,
    ProposalsProgress,
    ProposalState,
    ServerMessage,
)
from streaming.session.effects import Broadcast, Effect, EndSearch, Search, Send
from streaming.session.outbox import Outbox
from streaming.session.proposal_desk import ProposalDesk
from streaming.simulation.plain_numbers import plain_numbers

CONSTRAINTS = ProposalConstraints(margin_mm=10.0, minimum_flr_percent=30.0, spare_branches=(), tumours=None)


def _ask(request_id: str) -> AskProposals:
    return AskProposals(request_id=request_id, constraints=CONSTRAINTS)


def _found(proposal_id: str = "p-1") -> tuple[ProposalState, ...]:
    numbers = plain_numbers(flr_percent=40.0)
    return (
        ProposalState(
            proposal_id=proposal_id, kind="wedge", title="Wedge", reason="Small.", resections=(), numbers=numbers
        ),
    )


class Reader:
    """A person whose line holds everything back until they read."""

    def __init__(self) -> None:
        self._outbox = Outbox()

    def take(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            if isinstance(effect, Broadcast | Send):
                self._outbox.put(effect.message.model_dump_json(), effect.topic)
            elif not isinstance(effect, Search | EndSearch):
                self._outbox.forget(effect.topic)
        return effects

    def read(self) -> list[ServerMessage]:
        messages = []
        while (text := self._outbox.pop()) is not None:
            messages.append(SERVER_MESSAGE.validate_json(text))
        return messages


def _numbers_of_searches(effects: list[Effect]) -> list[int]:
    return [effect.number for effect in effects if isinstance(effect, Search)]


def test_what_is_found_goes_to_everybody_and_to_who_joins_later() -> None:
    desk, reader = ProposalDesk(), Reader()
    (number,) = _numbers_of_searches(reader.take(desk.ask("ann", _ask("r1"))))
    reader.take(desk.progressed(number, 0.5, "half"))
    reader.take(desk.found(number, _found(), ""))
    assert reader.read() == [Proposals(request_id="r1", asked_by="ann", proposals=_found(), note="")]
    (shown,) = desk.shown_to("late")
    assert isinstance(shown, Send)
    assert isinstance(shown.message, Proposals)
    assert desk.proposal("p-1") == _found()[0]
    assert desk.proposal("p-2") is None


def test_the_newest_question_wins_and_late_answers_of_the_older_are_dropped() -> None:
    desk, reader = ProposalDesk(), Reader()
    (first,) = _numbers_of_searches(reader.take(desk.ask("ann", _ask("r1"))))
    (second,) = _numbers_of_searches(reader.take(desk.ask("bob", _ask("r2"))))
    assert second != first
    assert desk.found(first, _found("old"), "") == []
    assert desk.progressed(first, 0.9, "") == []
    assert desk.failed(first, "No.", "Ask again.") == []
    ended, progress = reader.read()
    assert isinstance(ended, ProposalsEnded)
    assert (ended.request_id, ended.asked_by, ended.code) == ("r1", "ann", "replaced")
    assert isinstance(progress, ProposalsProgress)
    assert (progress.request_id, progress.fraction) == ("r2", 0.0)


def test_who_asks_without_end_tires_nobody_but_themselves() -> None:
    desk, others = ProposalDesk(), Outbox()
    for number in range(1000):
        for effect in desk.ask("eve", _ask(f"r{number}")):
            if isinstance(effect, Broadcast):
                others.put(effect.message.model_dump_json(), effect.topic)
            elif isinstance(effect, Send):
                assert effect.client_id == "eve"
    assert len(others) == 1


def test_the_same_question_again_after_a_drop_starts_nothing() -> None:
    desk = ProposalDesk()
    desk.ask("ann", _ask("r1"))
    assert _numbers_of_searches(desk.ask("ann", _ask("r1"))) == []
    assert len(_numbers_of_searches(desk.ask("bob", _ask("r1")))) == 1, "bob's r1 is another question"


def test_no_progress_comes_after_the_end_and_what_was_found_before_is_not_lost() -> None:
    desk, reader = ProposalDesk(), Reader()
    (number,) = _numbers_of_searches(reader.take(desk.ask("ann", _ask("r1"))))
    reader.take(desk.found(number, _found(), ""))
    (number,) = _numbers_of_searches(reader.take(desk.ask("ann", _ask("r2"))))
    reader.take(desk.progressed(number, 0.5, ""))
    effects = reader.take(desk.cancel("r2"))
    assert EndSearch() in effects
    heard = reader.read()
    assert {type(message) for message in heard} == {ProposalsEnded, Proposals}
    assert [one.code for one in heard if isinstance(one, ProposalsEnded)] == ["cancelled"]
    assert desk.cancel("r2") == []


def test_progress_never_goes_back() -> None:
    desk, reader = ProposalDesk(), Reader()
    (number,) = _numbers_of_searches(desk.ask("ann", _ask("r1")))
    for fraction in (0.6, 0.2):
        reader.take(desk.progressed(number, fraction, ""))
    (progress,) = reader.read()
    assert isinstance(progress, ProposalsProgress)
    assert progress.fraction == 0.6


def test_a_search_that_fails_says_why() -> None:
    desk, reader = ProposalDesk(), Reader()
    (number,) = _numbers_of_searches(desk.ask("ann", _ask("r1")))
    reader.take(desk.failed(number, "Nothing fits.", "Ask for less margin."))
    (ended,) = reader.read()
    assert isinstance(ended, ProposalsEnded)
    assert (ended.code, ended.message, ended.cure) == ("failed", "Nothing fits.", "Ask for less margin.")
    assert len(_numbers_of_searches(desk.ask("ann", _ask("r1")))) == 1, "it may be asked for again"
