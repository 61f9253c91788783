"""The real server, real sockets: two people plan one case."""

from __future__ import annotations

import json
import shutil

import httpx

from engine.case import Case
from engine.resection import PlanEvaluator, plan_from_json
from streaming.planning.numbers import numbers_of
from streaming.protocol import (
    CaseList,
    Committed,
    Fault,
    Numbers,
    People,
    PlaneResectionState,
    PlanState,
    PreviewCancelled,
    Rejected,
    RemoveResection,
    ResectionPreviewed,
    Sentence,
    Undoable,
    UndoEdit,
)


def _moved(x: float, resection_id: str = "resection-1") -> PlaneResectionState:
    return PlaneResectionState(resection_id=resection_id, point_lps_mm=(x, 8.0, -115.0), normal_lps=(-1.0, 0.25, 0.0))


def _measured(case: Case, *resections: PlaneResectionState, details: bool = True):
    plan = plan_from_json(
        {
            "resections": [
                {"kind": "plane", "point_lps_mm": list(one.point_lps_mm), "normal_lps": list(one.normal_lps)}
                for one in resections
            ]
        }
    )
    evaluator = PlanEvaluator(case.labels(), trees=case.vessel_trees(), liver_map=case.liver_map())
    return numbers_of(evaluator.evaluate(plan, details=details), details=details)


def test_a_case_starts_with_a_cut_and_its_numbers(shared) -> None:
    ann, welcome, scene, plan = shared.join("Ann")
    assert welcome.colour.startswith("#")
    assert scene.manifest.warnings == ("Only a test.",)
    assert [one.resection_id for one in plan.resections] == ["resection-1"]
    assert plan.revision == 1
    numbers = ann.hear_a(Numbers)
    assert numbers.numbers == _measured(Case.open(shared.cases / "small"), *plan.resections)
    assert 20 < numbers.numbers.flr_percent < 80


def test_two_people_see_the_plane_move_and_the_same_numbers(running) -> None:
    ann, ann_welcome, _, plan = running.join("Ann")
    bob, _, _, _ = running.join("Bob", device="headset")
    case = Case.open(running.cases / "small")
    sequence = ann.preview(_moved(-12.0))
    seen = bob.hear_a(ResectionPreviewed)
    assert (seen.client_id, seen.sequence, seen.resection) == (ann_welcome.client_id, sequence, _moved(-12.0))
    for person in (ann, bob):
        numbers = person.hear_a(Numbers, lambda one: one.preview_by is not None)
        assert numbers.sequence == sequence
        assert numbers.numbers == _measured(case, _moved(-12.0), details=False)
    ann.commit(_moved(-14.0), base_revision=plan.revision, operation_id="ann-1")
    assert ann.hear_a(Committed).revision == 2
    for person in (ann, bob):
        assert person.hear_a(PlanState, lambda one: one.revision == 2).resections == (_moved(-14.0),)
        numbers = person.hear_a(Numbers, lambda one: one.revision == 2 and one.preview_by is None)
        assert numbers.numbers == _measured(case, _moved(-14.0))
        assert numbers.numbers.vessels_crossed is not None


def test_a_resting_hand_gets_the_vessels_crossed(running) -> None:
    ann, _, _, _ = running.join("Ann")
    ann.preview(_moved(-20.0))
    numbers = ann.hear_a(Numbers, lambda one: one.preview_by is not None and one.numbers.vessels_crossed is not None)
    assert numbers.numbers == _measured(Case.open(running.cases / "small"), _moved(-20.0))
    assert "portal_vein" in [one.structure for one in numbers.numbers.vessels_crossed]


def test_a_held_resection_is_free_again_when_its_holder_disconnects(running) -> None:
    ann, ann_welcome, _, _ = running.join("Ann")
    bob, bob_welcome, _, _ = running.join("Bob")
    ann.preview(_moved(-12.0))
    bob.hear_a(People, lambda one: any(person.holding == "resection-1" for person in one.people))
    bob.preview(_moved(10.0))
    rejected = bob.hear_a(Rejected)
    assert rejected.code == "held"
    assert "Ann" in rejected.message
    ann.socket.close()
    assert bob.hear_a(PreviewCancelled).client_id == ann_welcome.client_id
    bob.hear_a(People, lambda one: len(one.people) == 1)
    sequence = bob.preview(_moved(10.0))
    numbers = bob.hear_a(Numbers, lambda one: one.preview_by == bob_welcome.client_id)
    assert numbers.sequence == sequence


def test_who_joins_late_sees_plan_people_and_the_drag_under_way(running) -> None:
    ann, ann_welcome, _, plan = running.join("Ann")
    ann.commit(_moved(-9.0), base_revision=plan.revision, operation_id="ann-1")
    ann.hear_a(Committed)
    ann.preview(_moved(-7.0))
    ann.hear_a(People, lambda one: one.people[0].holding is not None)
    bob, bob_welcome, _, late_plan = running.join("Bob")
    assert late_plan == PlanState(revision=2, resections=(_moved(-9.0),))
    people = bob.hear_a(People, lambda one: len(one.people) == 2)
    assert {one.display_name: one.holding for one in people.people} == {"Ann": "resection-1", "Bob": None}
    assert {one.client_id for one in people.people} == {ann_welcome.client_id, bob_welcome.client_id}
    assert bob.hear_a(ResectionPreviewed).resection == _moved(-7.0)


def test_a_stale_commit_is_rejected_with_the_plan_that_holds(running) -> None:
    ann, _, _, plan = running.join("Ann")
    bob, _, _, _ = running.join("Bob")
    ann.commit(_moved(-9.0), base_revision=plan.revision, operation_id="ann-1")
    ann.hear_a(Committed)
    bob.commit(_moved(5.0), base_revision=plan.revision, operation_id="bob-1")
    rejected = bob.hear_a(Rejected)
    assert (rejected.code, rejected.operation_id) == ("stale", "bob-1")
    assert bob.hear_a(PlanState, lambda one: one.revision == 2).resections == (_moved(-9.0),)


def test_a_plan_without_resections_has_totals_and_no_margin(running) -> None:
    ann, _, _, plan = running.join("Ann")
    ann.say(RemoveResection(operation_id="r1", base_revision=plan.revision, resection_id="resection-1"))
    numbers = ann.hear_a(Numbers, lambda one: one.revision == 2).numbers
    assert {one.resected_ml for one in numbers.volumes} == {0.0}
    assert numbers.flr_percent == 100.0
    assert [one.minimum_mm for one in numbers.margins] == [None]
    assert numbers.vessels_crossed == ()


def test_the_same_person_comes_back_with_their_token_and_nobody_else_can(shared) -> None:
    ann, welcome, _, _ = shared.join("Ann")
    _, thief, _, _ = shared.join("Eve", client_id=welcome.client_id, resume_token="guess")
    assert thief.client_id != welcome.client_id
    _, again, _, _ = shared.join("Ann", client_id=welcome.client_id, resume_token=welcome.resume_token)
    assert again.client_id == welcome.client_id
    assert ann.hear_a(Fault).code == "replaced"


def test_who_comes_back_to_a_restarted_server_can_undo_what_they_did(cases, start) -> None:
    running, stop = start(cases)
    ann, welcome, _, plan = running.join("Ann")
    ann.commit(_moved(-9.0), base_revision=plan.revision, operation_id="ann-1")
    assert ann.hear_a(Undoable, lambda one: one.undo is not None).undo == "move cut 1"
    stop()
    running, stop = start(cases)
    ann, again, _, moved = running.join("", client_id=welcome.client_id, resume_token=welcome.resume_token)
    assert again.client_id == welcome.client_id
    assert [one.display_name for one in ann.hear_a(People).people] == ["Ann"]
    ann.say(UndoEdit(operation_id="ann-2", base_revision=moved.revision))
    assert ann.hear_a(PlanState, lambda one: one.revision == 3).resections == plan.resections
    offer = ann.hear_a(Undoable, lambda one: one.redo is not None)
    assert (offer.undo, offer.redo) == (None, "move cut 1")
    assert offer.redo_said == Sentence(code="deed.move", values=("thing.cut", "1"))
    stop()
    (key,) = cases.rglob("resume_key")
    assert key.stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_cases_appear_and_broken_ones_say_why(running, write_case) -> None:
    def listed() -> CaseList:
        answer = httpx.get(f"{running.address.origin}/api/cases", trust_env=False)
        return CaseList.model_validate_json(answer.text)

    assert [one.title for one in listed().cases] == ["Small case"]
    write_case(running.cases / "second", title="Second", noise_seed=1)
    shutil.copytree(running.cases / "second", running.cases / "Miller^John")
    newer = json.loads((running.cases / "second" / "manifest.json").read_text()) | {"format_version": 99}
    (running.cases / "newer").mkdir()
    (running.cases / "newer" / "manifest.json").write_text(json.dumps(newer))
    (running.cases / "damaged").mkdir()
    (running.cases / "damaged" / "manifest.json").write_text("{")
    cases = listed()
    assert sorted(one.title for one in cases.cases) == ["Second", "Small case"]
    assert sorted(one.message for one in cases.broken) == [
        "The case was written by a newer Cantlie (format 99; this one reads 3).",
        "The manifest of the case cannot be read.",
        "This is a copy of another case in the folder.",
    ]
    assert "Miller" not in cases.model_dump_json(), "folder names may be patients' names"
    running.join("Ann")


def test_a_case_whose_folder_cannot_be_written_can_be_looked_at_but_not_changed(cases, start) -> None:
    (cases / "small" / "session").write_text("a file where the folder should be")
    server, stop = start(cases)
    try:
        ann, _, _, plan = server.join("Ann")
        ann.commit(_moved(-9.0), base_revision=plan.revision, operation_id="ann-1")
        rejected = ann.hear_a(Rejected)
        assert (rejected.code, rejected.operation_id) == ("not_saved", "ann-1")
        assert ann.hear_a(PlanState).revision == 1
    finally:
        stop()


def test_a_plan_survives_a_restart(cases, start) -> None:
    first, stop = start(cases)
    ann, _, _, plan = first.join("Ann")
    ann.commit(_moved(-9.0), base_revision=plan.revision, operation_id="ann-1")
    ann.hear_a(Committed)
    stop()
    second, stop = start(cases)
    try:
        bob, _, _, reopened = second.join("Bob")
        assert reopened == PlanState(revision=2, resections=(_moved(-9.0),))
        bob.commit(_moved(-9.0), base_revision=1, operation_id="ann-1")
        assert bob.hear_a(Committed).revision == 2, "the same operation again is acknowledged, not applied twice"
    finally:
        stop()
