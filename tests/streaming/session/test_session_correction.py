"""A case corrected under a session, without sockets: numbers and proposals of the old labels are not left standing."""

from __future__ import annotations

from streaming.planning.case_limits import CaseLimits
from streaming.protocol import (
    AskProposals,
    Numbers,
    PlaneResectionState,
    PlanNumbers,
    PreviewResection,
    ProposalConstraints,
    Proposals,
    ProposalsEnded,
    Rejected,
    TerritoryResectionState,
)
from streaming.session.changes import SYSTEM_AUTHOR, Operation, SetResection
from streaming.session.effects import Broadcast, EndSearch, Evaluate, Search, Send
from streaming.session.session import Session

PLANE = PlaneResectionState(resection_id="resection-1", point_lps_mm=(1.0, 2.0, 3.0), normal_lps=(-1.0, 0.0, 0.0))
FIRST = Operation(
    revision=1,
    operation_id="first",
    author=SYSTEM_AUTHOR,
    at="2026-01-01T00:00:00Z",
    base_revision=0,
    change=SetResection(resection=PLANE),
)
AT = "2026-01-01T00:00:01Z"
NUMBERS = PlanNumbers.model_construct()


def _session() -> Session:
    session = Session((FIRST,), CaseLimits(segments=frozenset({4})))
    session.start()
    session.join("ann", display_name="Ann", device="desktop")
    return session


def _asked(effects: list) -> list:
    return [effect.question for effect in effects if isinstance(effect, Evaluate)]


def test_the_plan_and_every_drag_are_evaluated_again() -> None:
    session = _session()
    session.receive("ann", PreviewResection(sequence=1, resection=PLANE), at=AT)
    questions = _asked(session.case_changed(CaseLimits()))
    assert [(one.preview_by, one.sequence) for one in questions] == [(None, None), ("ann", 1)]


def test_who_joins_before_the_new_numbers_is_not_shown_the_old_ones() -> None:
    session = _session()
    (question,) = _asked(session.start())
    session.answered(question, NUMBERS)
    session.case_changed(CaseLimits())
    joined = session.join("bob", display_name="Bob", device="desktop")
    assert not any(isinstance(one, Send) and isinstance(one.message, Numbers) for one in joined)


def test_a_search_ends_and_what_was_found_is_taken_back_with_the_reason() -> None:
    session = _session()
    constraints = ProposalConstraints(margin_mm=5.0, minimum_flr_percent=20.0, spare_branches=(), tumours=None)
    (search,) = (
        one
        for one in session.receive("ann", AskProposals(request_id="q1", constraints=constraints), at=AT)
        if isinstance(one, Search)
    )
    effects = session.case_changed(CaseLimits())
    assert any(isinstance(one, EndSearch) for one in effects)
    (ended,) = (
        one.message for one in effects if isinstance(one, Broadcast) and isinstance(one.message, ProposalsEnded)
    )
    assert (ended.code, ended.cure) == ("failed", "Ask again.")
    assert session.search_ended(search.number, (), "") == [], "an answer about the old labels is not told"
    (search,) = (
        one
        for one in session.receive("ann", AskProposals(request_id="q2", constraints=constraints), at=AT)
        if isinstance(one, Search)
    )
    session.search_ended(search.number, (), "")
    effects = session.case_changed(CaseLimits())
    (found,) = (one.message for one in effects if isinstance(one, Broadcast) and isinstance(one.message, Proposals))
    assert found.proposals == ()
    assert "corrected" in found.note


def test_territories_are_judged_by_the_new_segments() -> None:
    session = _session()
    session.case_changed(CaseLimits(segments=frozenset({5})))
    territory = TerritoryResectionState(resection_id="t", segments=(4,), portal_branches=())
    effects = session.receive("ann", PreviewResection(sequence=1, resection=territory), at=AT)
    (rejected,) = (one.message for one in effects if isinstance(one, Send) and isinstance(one.message, Rejected))
    assert "segment 4" in rejected.message
