"""Who may talk to the server: default deny by Host, Origin and, beyond this computer, an access key.

A pure ASGI layer in front of everything, so that no route and no socket can forget to ask.

- *Host* must be one of ours: a foreign page cannot reach us through a name it controls (DNS rebinding).
- *Origin*, which browsers send with every WebSocket, must be the page we served.
- The *access key* comes once in the link (`?key=`), is exchanged for a cookie and vanishes from the address bar.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

COOKIE: Final = "cantlie_access"
OPEN_PATHS: Final = frozenset({"/api/health"})

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is let in.

    Attributes:
        hosts: host names and addresses this server is known by, lower case, without port.
        key: needed beyond this computer; None where only this computer can connect.
        is_secure: whether people reach us by HTTPS.
    """

    hosts: frozenset[str]
    key: str | None
    is_secure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denied:
    status: int
    what: str


class Gate:
    """The ASGI layer.

    Args:
        app: what lies behind.
        policy: what is let in.
    """

    def __init__(self, app: App, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        denied = self._foreign(headers)
        if denied is None and scope["path"] not in OPEN_PATHS:
            if scope["type"] == "http" and (target := self._exchange(scope)) is not None:
                await _redirect(send, target, self._cookie())
                return
            denied = self._without_key(scope, headers)
        if denied is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(send, denied)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": denied.what})

    def _foreign(self, headers: dict[str, str]) -> _Denied | None:
        host = headers.get("host", "")
        if _host_name(f"//{host}") not in self._policy.hosts:
            return _Denied(status=421, what="This server is not known by that name.")
        origin = headers.get("origin")
        if origin is None:
            return None  # no browser page: nothing to be tricked
        if _host_name(origin) not in self._policy.hosts or urlsplit(origin).netloc.lower() != host.lower():
            return _Denied(status=403, what="The request comes from another page.")
        return None

    def _exchange(self, scope: Scope) -> str | None:
        """Where to go on without the key in the address, if a right key was in it."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if self._policy.key is None or not any(name == "key" and self._fits(value) for name, value in query):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "key"])
        # A path of two slashes, or of a slash and a backslash, would be read as another host; a line break as a header.
        path = "/" + quote(scope["path"].lstrip("/"))
        return f"{path}?{rest}" if rest else path

    def _without_key(self, scope: Scope, headers: dict[str, str]) -> _Denied | None:
        if self._policy.key is None:
            return None
        offered = [value for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name == "key"]
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        if COOKIE in cookies:
            offered.append(cookies[COOKIE].value)
        if any(self._fits(value) for value in offered):
            return None
        return _Denied(status=403, what="Open the link that `cantlie serve` shows: it carries the access key.")

    def _fits(self, offered: str) -> bool:
        return secrets.compare_digest(offered.encode(), (self._policy.key or "").encode())

    def _cookie(self) -> str:
        secure = "; Secure" if self._policy.is_secure else ""
        return f"{COOKIE}={self._policy.key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800{secure}"


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _host_name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


async def _refuse(send: Send, denied: _Denied) -> None:
    body = denied.what.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": denied.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _redirect(send: Send, target: str, cookie: str) -> None:
    headers = [
        (b"location", target.encode("latin-1", errors="replace")),
        (b"set-cookie", cookie.encode()),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
