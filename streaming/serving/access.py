"""Who may talk to the server: default deny by Host, Origin, route and role.

A pure ASGI layer in front of everything, so that no route and no socket can forget to ask.

- *Host* must be one of ours: a foreign page cannot reach us through a name it controls (DNS rebinding).
- *Origin*, which browsers send with every WebSocket and every change, must be the page we served.
- The *pass*, an HttpOnly cookie that `POST /api/join` gives, says who somebody is. Without one people are strangers,
  but for whoever sits at the computer of a server that listens to nobody else: they started it.
- `ROUTES` says what each role may ask for; what it does not name, nobody gets.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from starlette.routing import compile_path

from engine.sentences import say
from streaming.protocol import ROUTES, Fault, fault_of, may_ask
from streaming.session.admission import AT_THE_SERVER, Admission

ADMISSION: Final = "cantlie.admission"
"""Key in the ASGI scope: the `Admission`, or the `Fault` that a socket is to be told before it is closed."""

MAX_BODY_BYTES: Final = 8 * 1024
"""No request that changes something is larger, but for those that bring pictures."""

MAX_BODY_OF: Final = MappingProxyType({"/api/cases/{case_id}/minutes": 18 * 1024 * 1024})
"""By route: a picture of every plan."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
JudgePass = Callable[[str], Admission | Fault | None]
"""What the secret of a pass lets its bearer do, why it is void, or None for one that this server did not give."""

_STRANGER: Final = fault_of(
    code="no_pass",
    message=say("not_in"),
    fatal=True,
)
_NOT_ALLOWED: Final = fault_of(code="not_allowed", message=say("not_allowed"), fatal=False)
_NO_SUCH_PAGE: Final = fault_of(code="not_found", message=say("no_page"), fatal=False)
_TOO_LARGE: Final = fault_of(code="too_large", message=say("request_too_large"), fatal=False)
_UNDECLARED_PROXY: Final = (
    "The request came through a proxy that the server was not told of. Start it with --behind-proxy."
)
_PLAIN_PROXY: Final = (
    "The proxy has to be reached by HTTPS, and to say so: let it set the header X-Forwarded-Proto to https."
)
_PAGES: Final = frozenset({"/", "/cases/{case_id}"})
_ROUTES: Final = tuple((method, route, compile_path(route)[0]) for method, route in ROUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is let in.

    Attributes:
        hosts: host names and addresses this server is known by, lower case, without port.
        only_this_computer: whether nobody else can connect, so that no pass is needed.
        behind_proxy: whether a reverse proxy does the HTTPS.
        cookie: name of the cookie with the pass.
    """

    hosts: frozenset[str]
    only_this_computer: bool
    behind_proxy: bool
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denied:
    status: int
    fault: Fault


class Gate:
    """The ASGI layer.

    Args:
        app: what lies behind.
        policy: what is let in.
        judge: of passes.
    """

    def __init__(self, app: App, policy: Policy, judge: JudgePass) -> None:
        self._app = app
        self._policy = policy
        self._judge = judge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        method = "WS" if scope["type"] == "websocket" else scope["method"]
        route = route_of(method, scope["path"])
        denied = self._foreign(scope, headers) or self._oversized(method, route, headers)
        if denied is None:
            admission = self._admission(headers)
            denied = _without_leave(admission, method, route)
            scope[ADMISSION] = admission
        if denied is None or (route == "/ws/control" and denied.status == _VOID_STATUS):
            await self._app(scope, receive, send)  # the socket says why before it closes
        elif method == "WS":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": denied.fault.code})
        elif method == "GET" and route in _PAGES and "text/html" in headers.get("accept", ""):
            await _to_the_door(send, scope["path"])
        else:
            await _refuse(send, denied, as_json=scope["path"].startswith("/api/"))

    def _foreign(self, scope: Scope, headers: dict[str, str]) -> _Denied | None:
        host = headers.get("host", "")
        if _host_name(f"//{host}") not in self._policy.hosts:
            return _foreign(421, "This server is not known by that name.")
        if self._policy.only_this_computer and not headers.keys().isdisjoint({"x-forwarded-for", "forwarded"}):
            return _foreign(403, _UNDECLARED_PROXY)
        if self._policy.behind_proxy and not _is_this_computer(scope) and not _came_by_https(scope, headers):
            return _foreign(403, _PLAIN_PROXY)
        origin = headers.get("origin")
        if origin is None:
            return None  # no browser page: nothing to be tricked
        if _host_name(origin) not in self._policy.hosts or urlsplit(origin).netloc.lower() != host.lower():
            return _foreign(403, "The request comes from another page.")
        return None

    def _oversized(self, method: str, route: str | None, headers: dict[str, str]) -> _Denied | None:
        """Bodies are small, and say beforehand how small."""
        if method in {"GET", "HEAD", "WS"} and "transfer-encoding" not in headers:
            return None
        length = headers.get("content-length", "0")
        is_small = length.isascii() and length.isdigit() and int(length) <= MAX_BODY_OF.get(route or "", MAX_BODY_BYTES)
        if is_small and "transfer-encoding" not in headers:
            return None
        return _Denied(status=413, fault=_TOO_LARGE)

    def _admission(self, headers: dict[str, str]) -> Admission | Fault | None:
        """A void pass is a no also where none is needed."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        shown = cookies.get(self._policy.cookie)
        judged = None if shown is None else self._judge(shown.value)
        if judged is None and self._policy.only_this_computer:
            return AT_THE_SERVER
        return judged


_VOID_STATUS: Final = 410


def route_of(method: str, path: str) -> str | None:
    """The route of `ROUTES` that a path is of."""
    method = "GET" if method == "HEAD" else method
    return next((route for one, route, pattern in _ROUTES if one == method and _matches(pattern, path)), None)


def _matches(pattern: re.Pattern[str], path: str) -> bool:
    return pattern.match(path) is not None


def _without_leave(admission: Admission | Fault | None, method: str, route: str | None) -> _Denied | None:
    if route is not None and may_ask(None, method, route):
        return None
    if isinstance(admission, Fault):
        return _Denied(status=_VOID_STATUS, fault=admission)
    if admission is None:
        return _Denied(status=403, fault=_STRANGER)
    if route is None:
        return _Denied(status=404, fault=_NO_SUCH_PAGE)
    return None if may_ask(admission.role, method, route) else _Denied(status=403, fault=_NOT_ALLOWED)


def _foreign(status: int, what: str) -> _Denied:
    return _Denied(status=status, fault=Fault(code="foreign", message=what, cure="", fatal=True))


def _is_this_computer(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _came_by_https(scope: Scope, headers: dict[str, str]) -> bool:
    said = headers.get("x-forwarded-proto") or str(scope.get("scheme", ""))
    return said.split(",")[-1].strip().lower() in {"https", "wss"}


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _host_name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


async def _refuse(send: Send, denied: _Denied, *, as_json: bool) -> None:
    fault = denied.fault
    body = (fault.model_dump_json() if as_json else f"{fault.message} {fault.cure}".strip()).encode()
    kind = b"application/json" if as_json else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": denied.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _to_the_door(send: Send, path: str) -> None:
    """Who may not see a page is asked who they are, and goes on to it then."""
    target = f"/join?{urlencode({'next': path}, quote_via=quote, safe='/')}"
    headers = [
        (b"location", target.encode("latin-1", errors="replace")),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
