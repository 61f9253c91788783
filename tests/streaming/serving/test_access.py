"""The gate: beyond this computer nobody gets in without the key, and the key vanishes from the address."""

from __future__ import annotations

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
from streaming.serving.server import ServerAddress, make_server
from streaming.serving.tls import ensure_tls
from streaming.session.rate_limit import RateLimit


@pytest.fixture
def proxied(cases, start) -> Iterator[ServerAddress]:
    server, stop = start(cases, behind_proxy=True, public_host="plan.example")
    yield server.address
    stop()


def _get(address: ServerAddress, path: str, **headers: str) -> httpx.Response:
    return httpx.get(
        f"http://127.0.0.1:{address.port}{path}", headers={"Host": "plan.example", **headers}, trust_env=False
    )


def test_without_the_key_only_health_answers(proxied: ServerAddress) -> None:
    for path in ("/", "/api/cases", "/cases/x", "/static/x.js", "/assets/" + "0" * 64, "/?key=guess", "/?key="):
        assert _get(proxied, path).status_code == 403
    assert _get(proxied, "/api/health").status_code == 200
    for path in ("/ws/control", "/ws/assets", "/ws/control?key=guess"):
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{proxied.port}{path}", proxy=None)


def test_the_key_in_the_link_becomes_a_cookie_and_leaves_the_address(proxied: ServerAddress) -> None:
    first = _get(proxied, f"/cases/x?emulate=1&key={proxied.key}")
    assert first.status_code == 303
    assert first.headers["location"] == "/cases/x?emulate=1"
    cookie = first.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Secure"))
    assert _get(proxied, "/api/cases", Cookie=cookie.split(";")[0]).status_code == 200
    assert _get(proxied, "/api/cases", Cookie="cantlie_access=wrong").status_code == 403


def test_the_redirect_never_leaves_the_server(proxied: ServerAddress) -> None:
    for path, target in {
        "//evil.example/": "/evil.example/",
        "/%5Cevil.example": "/%5Cevil.example",
        "/%0D%0ASet-Cookie:a=b": "/%0D%0ASet-Cookie%3Aa%3Db",
    }.items():
        assert _get(proxied, f"{path}?key={proxied.key}").headers["location"] == target


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
            assert client.get(f"{url}?key={server.address.key}").status_code == 303
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


def test_a_port_in_use_and_an_absent_folder_are_said_so(cases: Path, tmp_path: Path) -> None:
    options = {"public_host": None, "behind_proxy": False, "on_ready": lambda _: None}
    _, listener = make_server(cases, host="127.0.0.1", port=0, **options)
    listener.listen()
    with pytest.raises(StorageError, match="cannot listen"):
        make_server(cases, host="127.0.0.1", port=listener.getsockname()[1], **options)
    listener.close()
    with pytest.raises(CaseError, match="no such folder"):
        make_server(tmp_path / "absent", host="127.0.0.1", port=0, **options)


def test_the_announcement_shows_link_and_code_and_who_can_join() -> None:
    shared = ServerAddress(url="https://10.0.0.7/?key=k", origin="https://10.0.0.7", port=1, key="k", is_secure=True)
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
