"""The gate: beyond this computer nobody gets in without a pass, and nothing is sent without HTTPS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from engine.errors import CaseError, StorageError
from streaming.serving.announcement import announcement
from streaming.serving.place import Place, ServerAddress
from streaming.serving.server import make_server
from streaming.serving.tls import TlsFiles, check_given, ensure_tls
from streaming.session.rate_limit import RateLimit


@pytest.fixture
def proxied(cases, start) -> Iterator[ServerAddress]:
    server, stop = start(cases, behind_proxy=True, public_host="plan.example")
    yield server.address
    stop()


def _client(address: ServerAddress, **headers: str) -> httpx.Client:
    url = f"http://127.0.0.1:{address.port}"
    return httpx.Client(base_url=url, headers={"Host": "plan.example", **headers}, trust_env=False)


def _get(address: ServerAddress, path: str, **headers: str) -> httpx.Response:
    with _client(address, **headers) as client:
        return client.get(path)


def _join(address: ServerAddress, secret: str | None, by: str = "key") -> httpx.Response:
    with _client(address) as client:
        return client.post("/api/join", json={"by": by, "secret": secret})


def test_without_a_pass_only_the_door_answers(proxied: ServerAddress) -> None:
    for path in ("/", "/api/cases", "/cases/x", "/api/me", "/assets/" + "0" * 64, f"/?key={proxied.key}", "/nowhere"):
        assert _get(proxied, path).status_code == 403
    for path in ("/api/health", "/join"):
        assert _get(proxied, path).status_code == 200
    for path in ("/ws/control", "/ws/assets", f"/ws/control?key={proxied.key}"):
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{proxied.port}{path}", proxy=None)


def test_a_person_without_a_pass_is_led_to_the_door_and_on_from_there(proxied: ServerAddress) -> None:
    led = _get(proxied, "/cases/liver-1", Accept="text/html")
    assert (led.status_code, led.headers["location"]) == (303, "/join?next=/cases/liver-1")
    for path, target in {
        "/cases/%0D%0ASet-Cookie:a=b": "/join?next=/cases/%0D%0ASet-Cookie%3Aa%3Db",
        "/cases/%5Cevil.example": "/join?next=/cases/%5Cevil.example",
    }.items():
        assert _get(proxied, path, Accept="text/html").headers["location"] == target


def test_the_key_in_the_link_is_exchanged_for_a_pass_that_only_the_browser_holds(proxied: ServerAddress) -> None:
    assert proxied.url == f"https://plan.example/join#key={proxied.key}", "what stands behind the # is sent to nobody"
    joined = _join(proxied, proxied.key)
    assert joined.json() == {"role": "owner", "case_id": None, "name": ""}
    cookie = joined.headers["set-cookie"]
    assert cookie.startswith("__Host-cantlie-")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"))
    assert proxied.key is not None
    assert proxied.key not in cookie
    assert _get(proxied, "/api/cases", Cookie=cookie.split(";")[0]).status_code == 200
    assert _get(proxied, "/api/cases", Cookie=cookie.split("=")[0] + "=wrong").status_code == 403
    assert _join(proxied, "guess").status_code == 403


def test_a_large_or_endless_body_is_refused_before_it_is_read(proxied: ServerAddress) -> None:
    with _client(proxied) as client:
        assert client.post("/api/join", content=b"x" * 9000).status_code == 413
        assert client.post("/api/join", content=iter([b"x"] * 3)).status_code == 413
        malformed = client.post("/api/join", content=b'{"by":"code"}')
    assert (malformed.status_code, malformed.json()["code"]) == (422, "malformed")


def test_what_comes_through_a_proxy_came_to_it_by_https(proxied: ServerAddress) -> None:
    elsewhere = {"X-Forwarded-For": "10.0.0.9"}
    assert _get(proxied, "/join", **elsewhere, **{"X-Forwarded-Proto": "http"}).status_code == 403
    assert _get(proxied, "/join", **elsewhere).status_code == 403
    assert _get(proxied, "/join", **elsewhere, **{"X-Forwarded-Proto": "https"}).status_code == 200


def test_a_proxy_that_the_server_was_not_told_of_makes_nobody_an_owner(shared) -> None:
    answer = httpx.get(f"{shared.address.origin}/api/cases", headers={"X-Forwarded-For": "10.0.0.9"}, trust_env=False)
    assert answer.status_code == 403
    assert "--behind-proxy" in answer.text


def test_the_link_stays_good_over_a_restart_and_its_file_is_private(cases: Path, start) -> None:
    keys = []
    for _ in range(2):
        server, stop = start(cases, behind_proxy=True)
        keys.append(server.address.key)
        stop()
    assert keys[0] == keys[1]
    assert (cases / ".tls" / "access_key").stat().st_mode & 0o077 == 0


def test_beyond_this_computer_the_server_speaks_https_with_its_own_authority(cases: Path, start) -> None:
    server, stop = start(cases, host="0.0.0.0")
    try:
        assert server.address.url.startswith("https://")
        trust = ssl.create_default_context(cafile=str(cases / ".tls" / "authority.pem"))
        url = f"https://localhost:{server.address.port}/api/cases"
        with httpx.Client(verify=trust, trust_env=False) as client:
            assert client.get(url).status_code == 403
            joined = client.post(url.replace("cases", "join"), json={"by": "key", "secret": server.address.key})
            assert joined.status_code == 200
            assert client.get(url).status_code == 200
    finally:
        stop()


def test_a_certificate_is_kept_while_it_fits_and_renewed_when_it_does_not(tmp_path: Path) -> None:
    folder = tmp_path / ".tls"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first = ensure_tls(folder, ["localhost", "10.0.0.7"], now=now).certificate.read_bytes()
    assert ensure_tls(folder, ["localhost"], now=now + timedelta(days=100)).certificate.read_bytes() == first
    moved = ensure_tls(folder, ["localhost", "10.0.0.8"], now=now).certificate.read_bytes()
    assert moved != first
    later = ensure_tls(folder, ["localhost"], now=now + timedelta(days=390)).certificate.read_bytes()
    assert later not in (first, moved)
    authorities = {x509.load_pem_x509_certificates(pem)[1].serial_number for pem in (first, moved, later)}
    assert len(authorities) == 1, "a headset that trusts the authority need not be asked again"
    for name in ("server.key", "authority.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_a_hospitals_certificate_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("theirs")
    (tmp_path / "server.key").write_text("theirs")
    assert ensure_tls(tmp_path, ["localhost"]).certificate.read_text() == "theirs"


def test_a_given_certificate_is_used_and_its_name_known(cases: Path, tmp_path: Path, start) -> None:
    given = ensure_tls(tmp_path / "given", ["plan.hospital.example"])
    assert set(check_given(given)) == {"plan.hospital.example"}
    server, stop = start(cases, host="0.0.0.0", tls=given)
    try:
        assert server.address.origin == f"https://plan.hospital.example:{server.address.port}"
        assert not (cases / ".tls" / "authority.key").exists(), "none of its own is made"
        trust = ssl.create_default_context(cafile=str(tmp_path / "given" / "authority.pem"))
        with (
            socket.create_connection(("127.0.0.1", server.address.port)) as line,
            trust.wrap_socket(line, server_hostname="plan.hospital.example") as safe,
        ):
            safe.sendall(b"GET /api/health HTTP/1.0\r\nHost: plan.hospital.example\r\n\r\n")
            assert b" 200 " in safe.recv(100)
    finally:
        stop()


def test_a_certificate_that_cannot_be_used_is_refused_with_the_reason(cases: Path, tmp_path: Path) -> None:
    one, other = ensure_tls(tmp_path / "one", ["a.example"]), ensure_tls(tmp_path / "other", ["b.example"])
    old = ensure_tls(tmp_path / "old", ["a.example"], now=datetime(2020, 1, 1, tzinfo=UTC))
    absent = TlsFiles(certificate=tmp_path / "absent.pem", key=one.key)
    for files, reason in (
        (TlsFiles(certificate=one.certificate, key=other.key), "not that of"),
        (old, "valid from 2019-12-31"),
        (absent, "cannot be read"),
        (TlsFiles(certificate=one.key, key=one.key), "cannot be read"),
    ):
        with pytest.raises(StorageError, match=reason):
            make_server(cases, Place(host="0.0.0.0", port=0, tls=files), on_ready=lambda _: None)
    with pytest.raises(StorageError, match="Either the proxy"):
        make_server(cases, Place(port=0, tls=one, behind_proxy=True), on_ready=lambda _: None)


def test_no_way_of_listening_beyond_this_computer_is_without_https(cases: Path) -> None:
    for place in (Place(host="0.0.0.0", port=0), Place(host="0.0.0.0", port=0, public_host="plan.example")):
        server, listener = make_server(cases, place, on_ready=lambda _: None)
        listener.close()
        assert server.config.ssl_certfile is not None
    server, listener = make_server(cases, Place(port=0), on_ready=lambda _: None)
    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()


def test_a_port_in_use_and_an_absent_folder_are_said_so(cases: Path, tmp_path: Path) -> None:
    _, listener = make_server(cases, Place(port=0), on_ready=lambda _: None)
    listener.listen()
    with pytest.raises(StorageError, match="cannot listen"):
        make_server(cases, Place(port=listener.getsockname()[1]), on_ready=lambda _: None)
    listener.close()
    with pytest.raises(CaseError, match="no such folder"):
        make_server(tmp_path / "absent", Place(port=0), on_ready=lambda _: None)


def test_the_announcement_shows_link_and_code_and_who_can_join() -> None:
    shared = ServerAddress(
        url="https://10.0.0.7/join#key=k", origin="https://10.0.0.7", port=1, key="k", is_secure=True
    )
    alone = ServerAddress(url="http://127.0.0.1/", origin="http://127.0.0.1", port=1, key=None, is_secure=False)
    for address in (shared, alone):
        assert address.url in announcement(address)
        assert "█" in announcement(address)
    assert "Only this computer" in announcement(alone)
    assert "Only this computer" not in announcement(shared)
    assert "not a medical device" in announcement(alone)


def test_who_sends_too_fast_is_made_to_wait() -> None:
    limit = RateLimit(per_second=10.0, burst=5.0)
    assert [limit.delay(0.0) for _ in range(7)] == pytest.approx([0, 0, 0, 0, 0, 0.1, 0.2])
    assert limit.delay(10.0) == 0
