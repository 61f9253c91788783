"""Invitations: the link that lets others in goes only to people who are in, and into no log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest

from streaming.protocol import Invite
from streaming.serving.invite import make_invite
from streaming.serving.server import ServerAddress

BAD_CASE_IDS = ("../../etc/passwd", "a/b", "a%20b", "<script>", "", "x" * 65)


@pytest.fixture
def proxied(cases, start) -> Iterator:
    server, stop = start(cases, behind_proxy=True, public_host="plan.example")
    yield server
    stop()


def _client(server, **headers: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.address.port}",
        headers={"Host": "plan.example", **headers},
        trust_env=False,
    )


def _member(server) -> httpx.Client:
    return _client(server, Cookie=f"cantlie_access={server.address.key}")


def test_only_who_is_in_can_invite(proxied) -> None:
    with _client(proxied) as stranger:
        answer = stranger.get("/api/invite")
    assert answer.status_code == 403
    assert proxied.address.key not in answer.text
    with _member(proxied) as member:
        assert member.get("/api/invite", headers={"Host": "evil.example"}).status_code == 421
        assert member.get("/api/invite", headers={"Origin": "https://evil.example"}).status_code == 403


def test_an_invitation_opens_the_case_for_a_fresh_browser(proxied) -> None:
    case_id = proxied.case_id()
    with _member(proxied) as member:
        answer = member.get("/api/invite", params={"case": case_id})
    assert answer.headers["cache-control"] == "no-store"
    invite = Invite.model_validate_json(answer.text)
    assert invite.url == f"https://plan.example/cases/{case_id}?key={proxied.address.key}"
    assert invite.reach == "network"
    with _client(proxied) as guest:
        opened = guest.get(invite.url.removeprefix("https://plan.example"))
        assert (opened.status_code, opened.headers["location"]) == (303, f"/cases/{case_id}")
        cookie = opened.headers["set-cookie"].split(";")[0]
        page = guest.get(opened.headers["location"], headers={"Cookie": cookie})
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


def test_the_link_names_the_announced_address_whatever_name_was_asked(proxied) -> None:
    with _member(proxied) as member:
        answer = member.get("/api/invite", headers={"Host": "localhost:1234"})
    assert Invite.model_validate_json(answer.text).url == proxied.address.url


def test_the_code_is_a_drawing_and_nothing_else(proxied) -> None:
    with _member(proxied) as member:
        drawing = ElementTree.fromstring(member.get("/api/invite").json()["qr_svg"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in drawing.attrib
    assert {one.tag for one in drawing} == {"{http://www.w3.org/2000/svg}path"}


@pytest.mark.parametrize("case_id", BAD_CASE_IDS)
def test_what_is_no_case_id_is_refused(shared, case_id: str) -> None:
    answer = httpx.get(f"{shared.address.origin}/api/invite", params={"case": case_id}, trust_env=False)
    assert answer.status_code == 422


def test_nobody_is_invited_to_a_case_there_is_not(shared) -> None:
    answer = httpx.get(f"{shared.address.origin}/api/invite?case=absent", trust_env=False)
    assert (answer.status_code, answer.text) == (404, "There is no such case.")


def test_on_localhost_the_invitation_says_that_nobody_else_can_connect(shared) -> None:
    case_id = shared.case_id()
    answer = httpx.get(f"{shared.address.origin}/api/invite", params={"case": case_id}, trust_env=False)
    invite = Invite.model_validate_json(answer.text)
    assert (invite.reach, invite.qr_svg) == ("this_computer", None)
    assert invite.url == f"{shared.address.origin}/cases/{case_id}"
    assert "--host 0.0.0.0" in invite.note


@pytest.mark.parametrize("origin", ["https://127.0.0.1:8765", "https://localhost:8765", "https://[::1]:8765"])
def test_a_server_that_knows_no_name_for_itself_offers_no_code(origin: str) -> None:
    address = ServerAddress(url=f"{origin}/?key=k", origin=origin, port=8765, key="k", is_secure=True)
    invite = make_invite(address, case_id=None)
    assert (invite.reach, invite.qr_svg) == ("this_computer", None)
    assert "--public-host" in invite.note


@pytest.mark.parametrize("is_own_https", [True, False])
def test_only_the_servers_own_certificate_is_to_be_accepted(is_own_https: bool) -> None:
    origin = "https://10.0.0.7:8765"
    address = ServerAddress(
        url=f"{origin}/?key=k", origin=origin, port=8765, key="k", is_secure=True, is_own_https=is_own_https
    )
    assert ("certificate" in make_invite(address, case_id=None).note) is is_own_https


def test_the_key_gets_into_no_log(proxied, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    key = proxied.address.key
    access = logging.getLogger("uvicorn.access")
    own = [one for one in access.handlers if type(one).__module__ != "_pytest.logging"]
    assert (own, access.propagate) == ([], False), "with a handler, every link would be written down"
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
    for name in ("uvicorn.error", "cantlie", "fastapi", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)  # more than the server itself asks for
    logging.getLogger("uvicorn.error").info("this line is caught")
    with _client(proxied) as guest:
        guest.get(f"/cases/x?key={key}")
        guest.get(f"/?key={key}x")
        guest.get(f"/api/health?key={key}")
    with _member(proxied) as member:
        assert key in member.get("/api/invite").text
        member.get("/api/invite", params={"case": "a b"})
    lines = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert "this line is caught" in lines
    assert key not in "".join(lines)
