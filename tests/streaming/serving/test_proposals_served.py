"""Proposals by the real server: searched for once, seen by everybody, taken by one."""

from __future__ import annotations

from streaming.protocol import (
    AskProposals,
    CancelProposals,
    Committed,
    Numbers,
    Plans,
    PlanState,
    ProposalConstraints,
    Proposals,
    ProposalsEnded,
    ProposalsProgress,
    Rejected,
    TakeProposal,
)


def test_proposals_come_with_progress_to_everybody_and_one_of_them_becomes_a_plan_of_its_own(running) -> None:
    ann, ann_welcome, _, plan = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    wishes = ProposalConstraints(margin_mm=3.0, minimum_flr_percent=20.0, spare_branches=(), tumours=None)
    ann.say(AskProposals(request_id="r1", constraints=wishes))
    assert bob.hear_a(ProposalsProgress).request_id == "r1"
    found = [person.hear_a(Proposals) for person in (ann, bob)]
    assert found[0] == found[1]
    assert found[0].asked_by == ann_welcome.client_id
    assert 1 <= len(found[0].proposals) <= 5
    for proposal in found[0].proposals:
        assert proposal.reason
        assert all(one.minimum_mm >= 3.0 and one.status == "resected" for one in proposal.numbers.margins)
    taken = found[0].proposals[-1]
    take = TakeProposal(
        operation_id="take", base_revision=plan.revision, plan_id="plan-b", proposal_id=taken.proposal_id
    )
    bob.say(take)
    assert bob.hear_a(Committed).revision == 2
    first, made = ann.hear_a(Plans, lambda one: len(one.plans) == 2).plans
    assert (made.plan_id, made.name) == ("plan-b", taken.title)
    assert (first.plan_id, first.name) == ("plan-1", "Plan 1")
    new = ann.hear_a(PlanState, lambda one: one.plan_id == "plan-b").resections
    bare = [one.model_copy(update={"resection_id": "x"}) for one in new]
    assert bare == [one.model_copy(update={"resection_id": "x"}) for one in taken.resections]
    assert ann.hear_a(Numbers, lambda one: one.plan_id == "plan-b").numbers == taken.numbers
    late, _, _, _ = running.join("Late")
    assert late.hear_a(Proposals) == found[0]
    bob.say(TakeProposal(operation_id="again", base_revision=2, plan_id="plan-c", proposal_id="p-unknown"))
    assert bob.hear_a(Rejected).code == "unknown_proposal"


def test_what_nobody_can_have_is_said_with_a_cure(shared) -> None:
    ann, _, _, _ = shared.join("Ann")
    wishes = ProposalConstraints(margin_mm=50.0, minimum_flr_percent=99.0, spare_branches=(), tumours=None)
    ann.say(AskProposals(request_id="greedy", constraints=wishes))
    ended = ann.hear_a(ProposalsEnded, lambda one: one.request_id == "greedy")
    assert ended.code == "failed"
    assert ended.cure


def test_a_search_is_stopped_by_hand_and_by_a_newer_one(shared) -> None:
    ann, _, _, _ = shared.join("Ann")
    wishes = ProposalConstraints(margin_mm=3.0, minimum_flr_percent=0.0, spare_branches=(), tumours=None)
    ann.say(AskProposals(request_id="old", constraints=wishes))
    ann.say(AskProposals(request_id="new", constraints=wishes))
    ann.say(CancelProposals(request_id="new"))
    codes = {one.request_id: one.code for one in (ann.hear_a(ProposalsEnded), ann.hear_a(ProposalsEnded))}
    assert codes == {"old": "replaced", "new": "cancelled"}
