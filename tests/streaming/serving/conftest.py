"""A server that others can reach, and the people who come to its door."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from streaming.protocol import PROTOCOL_VERSION, Hello, InviteMade, PlanState, Scene, Welcome

HOST = "plan.example"


class Visitor:
    """Somebody's browser at the door of a server behind a proxy."""

    def __init__(self, server: Any, make_person: Callable[[ClientConnection], Any]) -> None:
        self.server = server
        self._make_person = make_person
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{server.address.port}", headers={"Host": HOST}, trust_env=False
        )
        self.cookie = ""

    def join(self, by: str, secret: str | None) -> httpx.Response:
        answer = self.http.post("/api/join", json={"by": by, "secret": secret})
        if answer.status_code == 200:
            self.show(answer.headers["set-cookie"].split(";")[0])
        return answer

    def show(self, cookie: str) -> None:
        """From now on this is their pass: httpx itself sends none that is Secure over HTTP."""
        self.cookie = cookie
        self.http.headers["Cookie"] = cookie

    def invite(self, role: str, lasts: str = "today") -> InviteMade:
        wish = {"case_id": self.server.case_id(), "role": role, "lasts": lasts}
        return InviteMade.model_validate_json(self.http.post("/api/invites", json=wish).text)

    def socket(self, path: str = "/ws/control") -> ClientConnection:
        opened = connect(
            f"ws://{HOST}{path}",
            sock=socket.create_connection(("127.0.0.1", self.server.address.port)),
            additional_headers={"Cookie": self.cookie},
            proxy=None,
            compression=None,
            close_timeout=1,
        )
        self.server.stack.append(opened)
        return opened

    def enter(self, name: str = "") -> tuple[Any, Welcome]:
        """Into the session of the case."""
        person = self._make_person(self.socket())
        person.say(Hello(protocol_version=PROTOCOL_VERSION, case_id=self.server.case_id(), display_name=name))
        welcome = person.hear_a(Welcome)
        person.hear_a(Scene)
        person.hear_a(PlanState)
        return person, welcome


@pytest.fixture
def open_door(cases: Any, start: Any, new_person: Any) -> Iterator[Callable[..., Any]]:
    """Starts servers behind a proxy over the same folder; returns one and how to stop it."""
    stops: list[Callable[[], None]] = []

    def begin() -> tuple[Any, Callable[[], None]]:
        server, stop = start(cases, behind_proxy=True, public_host=HOST)
        stops.append(stop)

        def end() -> None:
            stops.remove(stop)
            stop()

        return server, end

    yield begin
    for stop in stops:
        stop()


@pytest.fixture
def open_server(open_door: Any) -> Any:
    """A server that others can reach."""
    return open_door()[0]


@pytest.fixture
def visitor(new_person: Any) -> Iterator[Callable[[Any], Visitor]]:
    """Makes people who come to the door of a server."""
    came: list[Visitor] = []

    def come(server: Any) -> Visitor:
        came.append(Visitor(server, new_person))
        return came[-1]

    yield come
    for one in came:
        one.http.close()


@pytest.fixture
def owner(open_server: Any, visitor: Any) -> Visitor:
    """Who has the link that the server shows."""
    one: Visitor = visitor(open_server)
    assert one.join("key", open_server.address.key).status_code == 200
    return one
