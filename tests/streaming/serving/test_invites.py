"""Invitations: codes and links that let people in, in a role, until they end or an owner ends them."""

from __future__ import annotations

import logging
import time
from xml.etree import ElementTree

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from streaming.audit import trail_of_case, trail_of_folder
from streaming.audit.verification import logs_of, read, verify
from streaming.protocol import (
    PROTOCOL_VERSION,
    AssetHello,
    Fault,
    Hello,
    Invites,
    People,
    Ping,
    PlaneResectionState,
    PlanState,
    Pong,
    Rejected,
)
from streaming.serving import front_desk
from streaming.serving.guess_limit import GUESSES_AT_ONCE
from streaming.serving.guest_book import GuestBook
from streaming.serving.invite import invite_made
from streaming.serving.place import ServerAddress

PLANE = PlaneResectionState(resection_id="resection-1", point_lps_mm=(-10.0, 10.0, -100.0), normal_lps=(1.0, 0.0, 0.0))
BAD_CASE_IDS = ("../../etc/passwd", "a/b", "a%20b", "<script>", "", "x" * 65)


def _closed(person) -> Fault:
    """The last word; the socket closes after it."""
    fault = person.hear_a(Fault, lambda one: one.fatal)
    with pytest.raises(ConnectionClosed):
        while True:
            person.hear()
    return fault


def test_a_viewer_by_code_sees_everything_live_and_changes_nothing(open_server, owner, visitor) -> None:
    made = owner.invite("viewer")
    eve = visitor(open_server)
    assert eve.join("code", made.code.lower()[:3] + "-" + made.code[3:]).json()["role"] == "viewer"
    assert eve.http.put("/api/me/name", json={"name": "Eve"}).status_code == 200
    ann, _ = owner.enter("Ann")
    watching, welcome = eve.enter("Ann")
    assert welcome.role == "viewer"
    people = ann.hear_a(People, lambda one: len(one.people) == 2).people
    assert [(one.display_name, one.role) for one in people] == [("Ann", "owner"), ("Eve", "viewer")], "not as Ann"
    watching.commit(PLANE, base_revision=1, operation_id="op-eve")
    refused = watching.hear_a(Rejected)
    assert (refused.code, refused.operation_id) == ("not_allowed", "op-eve")
    ann.commit(PLANE, base_revision=1, operation_id="op-ann")
    assert watching.hear_a(PlanState, lambda one: one.revision == 2).resections == (PLANE,)
    for method, path in (("GET", "/api/invites?case=x"), ("POST", "/api/invites"), ("DELETE", "/api/invites/i-1")):
        assert eve.http.request(method, path).json()["code"] == "not_allowed"


def test_an_owner_promotes_a_viewer_who_may_edit_at_once_and_after_a_restart(open_door, visitor) -> None:
    server, stop = open_door()
    owner, eve = visitor(server), visitor(server)
    owner.join("key", server.address.key)
    eve.join("code", owner.invite("viewer").code)
    ann, _ = owner.enter("Ann")
    editing, welcome = eve.enter("Eve")
    path = f"/api/cases/{server.case_id()}/people/{welcome.client_id}"
    assert owner.http.put(f"{path}/role", json={"role": "editor"}).status_code == 204
    ann.hear_a(People, lambda one: [p.role for p in one.people] == ["owner", "editor"])
    editing.commit(PLANE, base_revision=1, operation_id="op-eve")
    ann.hear_a(PlanState, lambda one: one.revision == 2)
    stop()
    again, _ = open_door()
    back = visitor(again)
    back.show(eve.cookie.replace(str(server.address.port), str(again.address.port)))
    assert back.enter()[1].role == "editor"


def test_who_is_removed_hears_why_is_out_within_a_second_and_stays_out(open_server, owner, visitor) -> None:
    eve = visitor(open_server)
    eve.join("code", owner.invite("editor").code)
    ann, mine = owner.enter("Ann")
    leaving, welcome = eve.enter("Eve")
    assets = eve.socket("/ws/assets")
    assets.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    people = f"/api/cases/{open_server.case_id()}/people"
    assert owner.http.delete(f"{people}/{mine.client_id}").json()["code"] == "yourself"
    assert owner.http.delete(f"{people}/c-absent").json()["code"] == "gone"
    assert owner.http.delete(f"{people}/{welcome.client_id}").status_code == 204
    assert _closed(leaving).code == "removed"
    with pytest.raises(ConnectionClosed):
        assets.recv(timeout=20)
    ann.hear_a(People, lambda one: len(one.people) == 1)
    assert eve.http.get("/api/cases").status_code == 410
    assert eve.http.get("/api/me").json()["code"] == "removed"
    assert eve.http.get("/", headers={"Accept": "text/html"}).headers["location"].startswith("/join")
    assert '"removed"' in str(eve.socket().recv(timeout=20))


def test_revoking_an_invitation_sees_out_all_who_came_by_it_and_nobody_else(open_server, owner, visitor) -> None:
    first, second = owner.invite("viewer"), owner.invite("editor")
    eve, bob = visitor(open_server), visitor(open_server)
    eve.join("link", first.url.split("#link=")[1])
    bob.join("code", second.code)
    leaving, _ = eve.enter("Eve")
    staying, _ = bob.enter("Bob")
    assert owner.http.delete(f"/api/invites/{first.invite.invite_id}").status_code == 204
    assert _closed(leaving).code == "revoked"
    staying.say(Ping(sent_ms=1.0))
    staying.hear_a(Pong)
    assert visitor(open_server).join("code", first.code).json()["code"] == "wrong_code"
    assert visitor(open_server).join("link", first.url.split("#link=")[1]).json()["code"] == "revoked"
    listed = Invites.model_validate_json(
        owner.http.get("/api/invites", params={"case": open_server.case_id()}).text
    ).invites
    assert [one.invite_id for one in listed] == [second.invite.invite_id]
    assert owner.http.delete(f"/api/invites/{first.invite.invite_id}").status_code == 404


def test_an_invitation_ends_by_itself(open_server, owner, visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    made = owner.invite("viewer", "hour")
    eve = visitor(open_server)
    eve.join("code", made.code)
    watching, _ = eve.enter("Eve")
    real = GuestBook.admission_of
    monkeypatch.setattr(GuestBook, "admission_of", lambda book, one, now: real(book, one, now + 3601.0))
    assert _closed(watching).code == "expired"


def test_today_ends_at_midnight_but_not_within_the_hour() -> None:
    noon = time.mktime((2026, 3, 2, 12, 0, 0, 0, 0, -1))
    assert front_desk.end_of("today", noon) == noon + 12 * 3600
    late = noon + 11.9 * 3600
    assert front_desk.end_of("today", late) == late + 3600
    assert front_desk.end_of("hour", noon) == noon + 3600
    assert front_desk.end_of("week", noon) == noon + 7 * 86400


def test_guessing_codes_is_slowed_and_told_how_long_to_wait(open_server, owner, visitor) -> None:
    made = owner.invite("viewer")
    guesser = visitor(open_server)
    answers = [guesser.join("code", "222222") for _ in range(GUESSES_AT_ONCE + 1)]
    assert [one.status_code for one in answers] == [403] * GUESSES_AT_ONCE + [429]
    assert answers[-1].json()["code"] == "too_many_guesses"
    assert int(answers[-1].headers["retry-after"]) > 0
    assert guesser.join("code", made.code).status_code == 429, "the right one too"
    elsewhere = {"X-Forwarded-For": "10.0.0.9", "X-Forwarded-Proto": "https"}
    other = guesser.http.post("/api/join", json={"by": "code", "secret": made.code}, headers=elsewhere)
    assert other.status_code == 200, "others are not kept out"
    assert owner.http.get("/api/refusals").json() == {"wrong_code": GUESSES_AT_ONCE}


def test_a_guest_of_one_case_sees_no_other(cases, write_case, open_server, owner, visitor) -> None:
    write_case(cases / "other", title="Another", noise_seed=9)
    listed = owner.http.get("/api/cases").json()["cases"]
    assert len(listed) == 2
    mine, theirs = sorted(listed, key=lambda one: one["title"] == "Another")
    wish = {"case_id": mine["case_id"], "role": "owner", "lasts": "hour"}
    made = owner.http.post("/api/invites", json=wish).json()
    guest = visitor(open_server)
    guest.join("code", made["code"])
    assert [one["case_id"] for one in guest.http.get("/api/cases").json()["cases"]] == [mine["case_id"]]
    assert guest.http.get(f"/api/cases/{mine['case_id']}/opening").status_code == 200
    assert guest.http.get(f"/api/cases/{theirs['case_id']}/opening").status_code == 404
    opened = guest.socket()
    opened.send(Hello(protocol_version=PROTOCOL_VERSION, case_id=theirs["case_id"]).model_dump_json())
    assert '"other_case"' in str(opened.recv(timeout=20))
    elsewhere = {**wish, "case_id": theirs["case_id"]}
    assert guest.http.post("/api/invites", json=elsewhere).json()["code"] == "other_case"
    assert guest.http.post("/api/invites", json=wish).status_code == 200, "an owner of the case invites to it"


def test_an_asset_token_of_somebody_else_opens_nothing(open_server, owner, visitor) -> None:
    _, welcome = owner.enter("Ann")
    eve = visitor(open_server)
    eve.join("code", owner.invite("viewer").code)
    assets = eve.socket("/ws/assets")
    assets.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    assert '"asset_token"' in str(assets.recv(timeout=20))


def test_who_forges_another_persons_id_goes_on_as_somebody_new_and_is_counted(open_server, owner, visitor) -> None:
    _, ann = owner.enter("Ann")
    eve = visitor(open_server)
    eve.join("code", owner.invite("editor").code)
    opened = eve.socket()
    forged = Hello(
        protocol_version=PROTOCOL_VERSION, case_id=open_server.case_id(), client_id=ann.client_id, resume_token="0" * 64
    )
    opened.send(forged.model_dump_json())
    texts = [str(opened.recv(timeout=20)) for _ in range(4)]
    assert ann.client_id not in texts[0]
    assert any('"not_you"' in text for text in texts)
    assert owner.http.get("/api/refusals").json() == {"not_you": 1}


def test_the_code_is_a_drawing_and_nothing_else(owner) -> None:
    drawing = ElementTree.fromstring(owner.invite("viewer").qr_svg or "")
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in drawing.attrib
    assert {one.tag for one in drawing} == {"{http://www.w3.org/2000/svg}path"}


@pytest.mark.parametrize("case_id", BAD_CASE_IDS)
def test_what_is_no_case_id_is_refused(shared, case_id: str) -> None:
    wish = {"case_id": case_id, "role": "viewer", "lasts": "hour"}
    answer = httpx.post(f"{shared.address.origin}/api/invites", json=wish, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert case_id not in answer.text or not case_id


def test_nobody_is_invited_to_a_case_there_is_not(shared) -> None:
    wish = {"case_id": "absent", "role": "viewer", "lasts": "hour"}
    answer = httpx.post(f"{shared.address.origin}/api/invites", json=wish, trust_env=False)
    assert (answer.status_code, answer.json()["message"]) == (404, "There is no such case.")


def test_on_localhost_the_invitation_says_that_nobody_else_can_connect(shared) -> None:
    wish = {"case_id": shared.case_id(), "role": "viewer", "lasts": "hour"}
    made = httpx.post(f"{shared.address.origin}/api/invites", json=wish, trust_env=False).json()
    assert (made["reach"], made["qr_svg"]) == ("this_computer", None)
    assert made["address"] == f"{shared.address.origin}/join"
    assert "--host 0.0.0.0" in made["note"]


@pytest.fixture
def new_invite(tmp_path):
    book = GuestBook.open(tmp_path / ".tls", 1000.0)
    yield book.invite(role="viewer", case_id="x", now=1000.0, expires_at=2000.0)
    book.close()


@pytest.mark.parametrize("origin", ["https://127.0.0.1:8765", "https://localhost:8765", "https://[::1]:8765"])
def test_a_server_that_knows_no_name_for_itself_offers_no_code(origin: str, new_invite) -> None:
    address = ServerAddress(url=f"{origin}/join#key=k", origin=origin, port=8765, key="k", is_secure=True)
    made = invite_made(address, new_invite)
    assert (made.reach, made.qr_svg) == ("this_computer", None)
    assert "--public-host" in made.note


@pytest.mark.parametrize("is_own_https", [True, False])
def test_only_the_servers_own_certificate_is_to_be_accepted(is_own_https: bool, new_invite) -> None:
    origin = "https://10.0.0.7:8765"
    address = ServerAddress(
        url=f"{origin}/join#key=k", origin=origin, port=8765, key="k", is_secure=True, is_own_https=is_own_https
    )
    assert ("certificate" in invite_made(address, new_invite).note) is is_own_https


def test_no_secret_gets_into_a_log_a_file_or_another_answer(
    cases, open_server, owner, visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = logging.getLogger("uvicorn.access")
    own = [one for one in access.handlers if type(one).__module__ != "_pytest.logging"]
    assert (own, access.propagate) == ([], False), "with a handler, every address would be written down"
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
    for name in ("uvicorn.error", "cantlie", "fastapi", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)  # more than the server itself asks for
    logging.getLogger("uvicorn.error").info("this line is caught")
    made = owner.invite("viewer")
    eve = visitor(open_server)
    eve.join("code", made.code)
    eve.enter("Eve")
    eve.join("link", "wrong")
    listed = owner.http.get("/api/invites", params={"case": open_server.case_id()}).text
    secrets = [made.code, made.url.split("#link=")[1], owner.cookie.split("=")[1], eve.cookie.split("=")[1]]
    kept = b"".join(path.read_bytes() for path in sorted(cases.rglob("*")) if path.is_file())
    lines = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert "this line is caught" in lines
    for secret in secrets:
        assert secret not in "".join(lines)
        assert secret.encode() not in kept, "only hashes are kept"
        assert secret not in listed


def test_without_a_pass_the_sockets_stay_shut(open_server, visitor) -> None:
    for path in ("/ws/control", "/ws/assets"):
        with pytest.raises(InvalidStatus):
            visitor(open_server).socket(path)


def test_all_of_it_is_written_down_and_nothing_of_a_secret(cases, open_door, visitor) -> None:
    server, stop = open_door()
    owner, eve = visitor(server), visitor(server)
    owner.join("key", server.address.key)
    made = owner.invite("viewer")
    eve.join("code", "222222")
    eve.join("code", made.code)
    eve.http.put("/api/me/name", json={"name": "Eve"})
    ann, _ = owner.enter("Ann")
    watching, welcome = eve.enter()
    ann.commit(PLANE, base_revision=1, operation_id="op-ann")
    ann.hear_a(PlanState, lambda one: one.revision == 2)
    path = f"/api/cases/{server.case_id()}/people/{welcome.client_id}"
    owner.http.put(f"{path}/role", json={"role": "editor"})
    owner.http.delete(f"/api/invites/{made.invite.invite_id}")
    _closed(watching)
    stop()
    at_the_door = [entry.event for entry in read(trail_of_folder(cases))]
    assert [one.event for one in at_the_door] == [
        "guest.admitted",
        "invite.made",
        "guest.refused",
        "guest.admitted",
        "role.given",
        "invite.revoked",
    ]
    in_the_case = [entry.event for entry in read(trail_of_case(cases / "small"))]
    told = [(one.event, one.name, one.role) for one in in_the_case if one.event != "audit.began"]
    assert told[:5] == [
        ("session.joined", "Ann", "owner"),
        ("session.joined", "Eve", "viewer"),
        ("plan.changed", "Ann", "owner"),
        ("role.changed", "Eve", "editor"),
        ("session.left", "Eve", "editor"),
    ]
    assert in_the_case[-2].detail["why"] == "revoked" or in_the_case[-1].detail["why"] == "revoked"
    assert all(verify(trail).damage is None for trail in logs_of(cases))
    written = "".join(trail.path.read_text() for trail in logs_of(cases))
    for secret in (made.code, made.url.split("=")[1], owner.cookie.split("=")[1], eve.cookie.split("=")[1]):
        assert secret not in written
