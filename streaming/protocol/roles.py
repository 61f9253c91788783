"""Who may do what: the one table that every message, route and socket is judged by. What is not in it, nobody may.

A *viewer* sees everything live and asks for numbers, and changes nothing that others see. An *editor* changes the plan.
An *owner* also lets people in and out. The server judges by this table; the client greys out by the same one, which
`make protocol` writes into its `protocol.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from streaming.protocol.base import Role, WireModel

_RANK: Final[Mapping[Role, int]] = MappingProxyType({"viewer": 0, "editor": 1, "owner": 2})

LEAST_ROLE: Final[Mapping[str, Role]] = MappingProxyType(
    {
        # control socket
        "hello": "viewer",
        "ping": "viewer",
        "plans.compare": "viewer",
        "resectogram.ask": "viewer",
        "parts.ask": "viewer",
        "parts.cancel": "viewer",
        "resection.preview": "editor",
        "resection.cancel": "editor",
        "resection.commit": "editor",
        "resection.remove": "editor",
        "resection.through_line": "editor",
        "resection.around_tumour": "editor",
        "resection.territory": "editor",
        "proposals.ask": "editor",  # everybody sees the search, and it ends the one before
        "proposals.cancel": "editor",
        "proposals.take": "editor",
        "plan.replace": "editor",
        "plan.create": "editor",
        "plan.rename": "editor",
        "plan.remove": "editor",
        "plan.version": "editor",
        "plan.restore": "editor",
        "plan.propose": "editor",
        "plan.withdraw": "editor",
        "plan.confirm": "owner",
        "plan.look": "viewer",  # presence: everybody sees who looks at which plan
        "presence.move": "viewer",
        "presence.raise": "viewer",
        "presence.present": "editor",
        "voice.join": "viewer",
        "voice.leave": "viewer",
        "voice.signal": "viewer",
        "voice.mute": "viewer",  # oneself; who may mute another is judged by the voice desk
        "presence.gather": "editor",  # of these, who presents and owners
        "presence.record": "owner",
        "body.set": "editor",
        "measurement.set": "editor",
        "measurement.remove": "editor",
        "pin.set": "editor",
        "pin.remove": "editor",
        "edit.undo": "editor",
        "edit.redo": "editor",
        # asset socket
        "asset.hello": "viewer",
        "asset.request": "viewer",
        "asset.cancel": "viewer",
        "asset.credit": "viewer",
    }
)
"""By the `type` of a client's message, the least role that may send it."""

RouteRole: TypeAlias = Role | Literal["anyone"]

ROUTES: Final[Mapping[tuple[str, str], RouteRole]] = MappingProxyType(
    {
        ("GET", "/api/health"): "anyone",
        ("GET", "/join"): "anyone",
        ("POST", "/api/join"): "anyone",
        ("GET", "/static/{path:path}"): "anyone",  # the program itself: nothing of any case
        ("GET", "/"): "viewer",
        ("GET", "/cases/{case_id}"): "viewer",
        ("GET", "/api/me"): "viewer",
        ("PUT", "/api/me/name"): "viewer",
        ("GET", "/api/cases"): "viewer",
        ("GET", "/api/cases/{case_id}/opening"): "viewer",
        ("GET", "/api/cases/{case_id}/replay"): "viewer",
        ("GET", "/api/cases/{case_id}/replay/plans/{revision}"): "viewer",
        ("GET", "/api/cases/{case_id}/replay/numbers/{revision}/{plan_id}"): "viewer",
        ("GET", "/api/cases/{case_id}/replay/people/{number}"): "viewer",
        ("POST", "/api/cases/{case_id}/minutes"): "editor",
        ("GET", "/api/invites"): "owner",
        ("POST", "/api/invites"): "owner",
        ("DELETE", "/api/invites/{invite_id}"): "owner",
        ("PUT", "/api/cases/{case_id}/people/{client_id}/role"): "owner",
        ("DELETE", "/api/cases/{case_id}/people/{client_id}"): "owner",
        ("GET", "/api/refusals"): "owner",
        ("GET", "/assets/{digest}"): "viewer",
        ("WS", "/ws/control"): "viewer",
        ("WS", "/ws/assets"): "viewer",
    }
)
"""By method ("WS" for a socket) and path, the least role that may ask; HEAD is judged as GET."""


def may(role: Role, message: WireModel) -> bool:
    """Whether somebody of this role may send the message."""
    least = LEAST_ROLE.get(getattr(message, "type", ""))
    return least is not None and _RANK[role] >= _RANK[least]


def may_ask(role: Role | None, method: str, route: str) -> bool:
    """Whether somebody of this role, or a stranger (None), may use the route."""
    least = ROUTES.get(("GET" if method == "HEAD" else method, route))
    if least is None:
        return False
    return least == "anyone" or (role is not None and _RANK[role] >= _RANK[least])
