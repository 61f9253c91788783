"""Every route and socket against every role and against strangers: what the table does not allow, the gate refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from streaming.protocol import ROUTES, Fault, Role
from streaming.serving.access import ADMISSION, Gate, Policy
from streaming.serving.access_routes import Doors
from streaming.serving.front_desk import FrontDesk
from streaming.serving.guest_book import GuestBook
from streaming.serving.http_api import make_app
from streaming.serving.place import ServerAddress
from streaming.session.admission import Admission
from streaming.session.registry import SessionRegistry

ASKING: tuple[Role | None, ...] = (None, "viewer", "editor", "owner")
ADDRESS = ServerAddress(url="", origin="https://plan.example", port=443, key="k" * 24, is_secure=True)


@pytest.fixture
def app(tmp_path) -> Any:
    registry = SessionRegistry(tmp_path)
    desk = FrontDesk(GuestBook.open(tmp_path / ".tls", 0.0), registry, ADDRESS.key)
    return make_app(registry, Doors(desk, registry, ADDRESS, "pass"))


def _routes_of(app: Any) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:
        if isinstance(route, APIWebSocketRoute):
            found.add(("WS", route.path))
        elif isinstance(route, Mount):
            found.add(("GET", route.path + "/{path:path}"))
        else:
            assert isinstance(route, APIRoute | Route), route
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    return found


def test_the_table_names_every_route_and_nothing_else(app) -> None:
    assert set(ROUTES) == _routes_of(app), "enter new routes in protocol/roles.py"


async def _behind(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the application: answers whatever the gate lets through."""
    assert ADMISSION in scope
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4000})
        return
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _judge(token: str) -> Admission | Fault | None:
    if token == "void":
        return Fault(code="revoked", message="m", cure="c", fatal=True)
    return Admission(role=token, pass_id="p-1") if token in ASKING else None  # type: ignore[arg-type]


def _client(role: str | None) -> TestClient:
    policy = Policy(hosts=frozenset({"plan.example"}), only_this_computer=False, behind_proxy=False, cookie="pass")
    headers = {} if role is None else {"Cookie": f"pass={role}"}
    return TestClient(Gate(_behind, policy, _judge), base_url="http://plan.example", headers=headers)


def _gets_through(role: str | None, method: str, route: str) -> bool:
    path = re.sub(r"\{path:path\}|\{[a-z_]+\}", "x", route)
    client = _client(role)
    if method != "WS":
        return client.request(method, path).status_code == 299
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(f"ws://plan.example{path}") as opened:
        opened.receive_text()
    return closed.value.code == 4000


@pytest.mark.parametrize("role", ASKING, ids=str)
@pytest.mark.parametrize(("method", "route"), sorted(ROUTES), ids=" ".join)
def test_a_route_answers_who_may_ask_and_nobody_else(method: str, route: str, role: Role | None) -> None:
    least = ROUTES[method, route]
    allowed = least == "anyone" or ASKING.index(role) >= ASKING.index(least)
    assert _gets_through(role, method, route) is allowed


@pytest.mark.parametrize(("method", "route"), sorted(ROUTES), ids=" ".join)
def test_a_void_pass_and_one_of_another_server_open_nothing(method: str, route: str) -> None:
    is_open = ROUTES[method, route] == "anyone"
    assert _gets_through("stolen", method, route) is is_open
    if route != "/ws/control":  # that one says why, and closes
        assert _gets_through("void", method, route) is is_open


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/docs", "/openapi.json", "/api/invites/a/b", "/ws"])
def test_what_is_not_in_the_table_nobody_gets(path: str) -> None:
    assert _client("owner").get(path).status_code == 404
    assert _client(None).get(path).status_code == 403
    assert _client("owner").patch(path).status_code == 404
