"""Only the page that the server itself gave, asked for by the server's own name, gets an answer."""

from __future__ import annotations

import re

import httpx
import pytest
from websockets.exceptions import InvalidStatus


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
@pytest.mark.parametrize("path", ["/ws/control", "/ws/assets"])
def test_a_socket_from_another_page_is_refused(shared, path: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        shared.socket(path, origin=origin)
    assert refused.value.response.status_code == 403


def test_the_page_itself_may_open_sockets(shared) -> None:
    shared.socket("/ws/control", origin=shared.address.origin).send('{"type":"ping","sent_ms":1.0}')


def test_a_request_under_a_foreign_name_is_refused(shared) -> None:
    answer = httpx.get(f"{shared.address.origin}/api/cases", headers={"Host": "evil.example"}, trust_env=False)
    assert answer.status_code == 421


def test_pages_carry_a_strict_policy(shared) -> None:
    answer = httpx.get(shared.address.url, trust_env=False)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    scripts = re.search("script-src ([^;]*);", policy).group(1).split()
    assert scripts[:2] == ["'self'", "'wasm-unsafe-eval'"]
    styles = re.search("style-src ([^;]*);", policy).group(1).split()
    assert styles[0] == "'self'"
    assert all(one.startswith("'sha256-") for one in (*scripts[2:], *styles[1:]))
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(policy.split())
    assert "frame-ancestors 'none'" in policy
    assert httpx.get(f"{shared.address.origin}/cases/any", trust_env=False).status_code == 200
