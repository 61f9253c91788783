"""Pictures and parts of the committed plan: for who asked alone, and never of a plan that has gone on."""

from __future__ import annotations

import pytest

from streaming.protocol import (
    AskParts,
    AskResectogram,
    CancelParts,
    PartAsset,
    Parts,
    PartsEnded,
    PartsProgress,
    PlaneResectionState,
    RemoveResection,
    Resectogram,
    ResectogramFailed,
    ResectogramSheet,
)
from streaming.session.changes import Operation, SetResection
from streaming.session.effects import EndTakingApart, Flatten, Send, Store, TakeApart
from streaming.session.session import Session

AT = "2026-01-02T03:04:05.000+00:00"
SHEET = ResectogramSheet(
    asset="a" * 64,
    columns=4,
    rows=3,
    step_mm=1.0,
    first_u_mm=0.0,
    first_v_mm=2.0,
    origin_lps_mm=(0.0, 0.0, 0.0),
    viewer_lps=(1.0, 0.0, 0.0),
    edges=("P", "A", "S", "I"),
    cut_area_mm2=9.0,
    least_margin_mm=None,
    near_areas_mm2=(0.0, 0.0, 0.0),
    lengths_percent=(0.0, 0.0),
    off_cut_mm=0.0,
    whole=True,
    vessels=(),
    tumours=(),
)
PART = PartAsset(structure="liver", side="remnant", asset="b" * 64, bytes=10, triangles=4, volume_ml=1.0)
WAY = (1.0, 0.0, 0.0)


def plane(resection_id: str) -> PlaneResectionState:
    return PlaneResectionState(resection_id=resection_id, point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


@pytest.fixture
def session() -> Session:
    operations = tuple(
        Operation(
            revision=n,
            operation_id=f"o{n}",
            author="cantlie",
            at=AT,
            base_revision=n - 1,
            change=SetResection(resection=plane(f"cut-{n}")),
        )
        for n in (1, 2)
    )
    made = Session(operations)
    made.start()
    for name in ("ann", "bob"):
        made.join(name, display_name=name, device="desktop")
    return made


def change_plan(session: Session) -> None:
    gone = RemoveResection(operation_id="gone", base_revision=2, resection_id="cut-1")
    (store,) = (one for one in session.receive("ann", gone, at=AT) if isinstance(one, Store))
    session.stored(store.operation)


def sent(effects, kind) -> list:
    return [one.message for one in effects if isinstance(one, Send) and isinstance(one.message, kind)]


def test_the_picture_goes_to_who_asked_with_the_revision_it_shows(session) -> None:
    (errand,) = session.receive("ann", AskResectogram(request_id="q", resection_id="cut-2"), at=AT)
    assert isinstance(errand, Flatten)
    assert (errand.number, errand.revision) == (2, 2)
    effects = session.cuts.flattened(errand, (SHEET,))
    (picture,) = sent(effects, Resectogram)
    assert (picture.request_id, picture.revision, picture.resection_id) == ("q", 2, "cut-2")
    assert {one.client_id for one in effects} == {"ann"}


def test_a_picture_of_a_plan_that_has_gone_on_is_not_shown(session) -> None:
    (errand,) = session.receive("ann", AskResectogram(request_id="q", resection_id="cut-2"), at=AT)
    change_plan(session)
    assert session.cuts.flattened(errand, (SHEET,)) == []
    assert session.cuts.not_flattened(errand, "no", "yes") == []


def test_a_cut_that_is_gone_is_refused_with_a_cure(session) -> None:
    (failed,) = sent(
        session.receive("ann", AskResectogram(request_id="q", resection_id="cut-9"), at=AT), ResectogramFailed
    )
    assert failed.cure


def test_parts_come_with_progress_and_end_for_good(session) -> None:
    effects = session.receive("ann", AskParts(request_id="q"), at=AT)
    (errand,) = (one for one in effects if isinstance(one, TakeApart))
    assert sent(effects, PartsProgress)[0].fraction == 0.0
    assert sent(session.cuts.parts_progressed(errand, 0.5), PartsProgress)[0].fraction == 0.5
    (parts,) = sent(session.cuts.taken_apart(errand, WAY, (PART,)), Parts)
    assert (parts.request_id, parts.revision, parts.apart_lps, parts.parts) == ("q", 2, WAY, (PART,))
    assert session.cuts.parts_progressed(errand, 0.9) == []


def test_parts_of_a_plan_that_has_gone_on_are_refused(session) -> None:
    errand = session.receive("ann", AskParts(request_id="q"), at=AT)[-1]
    change_plan(session)
    effects = session.cuts.taken_apart(errand, WAY, (PART,))
    assert not sent(effects, Parts)
    assert sent(effects, PartsEnded)[0].code == "failed"


def test_a_newer_question_for_parts_silences_the_older(session) -> None:
    older = session.receive("ann", AskParts(request_id="old"), at=AT)[-1]
    newer = session.receive("ann", AskParts(request_id="new"), at=AT)[-1]
    assert session.cuts.taken_apart(older, WAY, (PART,)) == []
    assert sent(session.cuts.taken_apart(newer, WAY, (PART,)), Parts)


def test_nobody_stops_what_another_person_asked_for(session) -> None:
    session.receive("ann", AskParts(request_id="q"), at=AT)
    assert session.receive("bob", CancelParts(request_id="q"), at=AT) == []
    effects = session.receive("ann", CancelParts(request_id="q"), at=AT)
    assert EndTakingApart(client_id="ann") in effects
    assert sent(effects, PartsEnded)[0].code == "cancelled"


def test_who_leaves_and_a_corrected_case_end_the_cutting(session) -> None:
    session.receive("ann", AskParts(request_id="q"), at=AT)
    assert EndTakingApart(client_id="ann") in session.leave("ann")
    session.receive("bob", AskParts(request_id="r"), at=AT)
    effects = session.cuts.case_changed()
    assert EndTakingApart(client_id="bob") in effects
    assert sent(effects, PartsEnded)


def test_without_a_cut_there_is_nothing_to_take_apart() -> None:
    session = Session()
    session.join("ann", display_name="Ann", device="desktop")
    (ended,) = sent(session.receive("ann", AskParts(request_id="q"), at=AT), PartsEnded)
    assert (ended.code, bool(ended.cure)) == ("failed", True)
