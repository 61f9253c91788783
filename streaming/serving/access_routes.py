"""The routes by which people come in, and by which owners see to who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from engine.errors import CantlieError
from engine.sentences import say
from streaming.audit import Detail
from streaming.audit.desk import event_now
from streaming.protocol import (
    ChangeRole,
    Fault,
    GiveName,
    InviteMade,
    Invites,
    Join,
    MakeInvite,
    Me,
    fault_of,
    sentence,
)
from streaming.serving.access import ADMISSION
from streaming.serving.front_desk import FrontDesk, RefusedAtTheDeskError
from streaming.serving.invite import invite_made, invite_state
from streaming.session.admission import Admission

if TYPE_CHECKING:
    from streaming.serving.place import ServerAddress
    from streaming.session.registry import SessionRegistry

IDENTIFIER: Final = r"^[A-Za-z0-9_.-]+$"
_ID = PathParameter(max_length=64, pattern=IDENTIFIER)
_NO_STORE: Final = {"Cache-Control": "no-store"}

_ELSEWHERE: Final = fault_of(code="other_case", message=say("not_your_case"), fatal=False)
_GONE: Final = fault_of(code="gone", message=say("person_gone"), fatal=False)
_UNKNOWN_INVITE: Final = fault_of(code="gone", message=say("invite_gone"), fatal=False)
_NO_CASE: Final = fault_of(code="gone", message=say("no_case"), fatal=False)
_YOURSELF: Final = fault_of(
    code="yourself",
    message=say("yourself"),
    fatal=False,
)
_AT_THE_SERVER: Final = fault_of(
    code="at_the_server",
    message=say("at_the_server"),
    fatal=False,
)
_NO_PASS: Final = fault_of(code="at_the_server", message=say("no_invitation"), fatal=False)
_MALFORMED: Final = fault_of(code="malformed", message=say("request_malformed"), fatal=False)


def admission_of(request: Request) -> Admission:
    """What the gate found out about who asks."""
    admission = request.scope[ADMISSION]
    if not isinstance(admission, Admission):  # the gate lets nobody else through
        raise RefusedAtTheDeskError(403, _ELSEWHERE)
    return admission


Asking = Annotated[Admission, Depends(admission_of)]


class Doors:
    """What the routes need.

    Args:
        desk: that decides.
        registry: of the sessions.
        address: where others reach the server, for links.
        cookie: name of the cookie with the pass.
    """

    def __init__(self, desk: FrontDesk, registry: SessionRegistry, address: ServerAddress, cookie: str) -> None:
        self.desk = desk
        self.registry = registry
        self.address = address
        self._cookie = cookie

    def set_cookie(self, response: Response, token: str, expires_at: float) -> None:
        """Gives the browser its pass: no script reads it, no other page's request carries it."""
        response.set_cookie(
            self._cookie,
            token,
            max_age=max(1, int(expires_at - self.desk.now())),
            path="/",
            httponly=True,
            samesite="strict",
            secure=self.address.is_secure,
        )

    def note(self, asking: Admission, event: str, **detail: Detail) -> None:
        """Writes down what somebody did at the door; no secret goes in."""
        who = asking.pass_id or "at the server"
        self.registry.audit.note_in_folder(event_now(event, who=who, name=asking.name, role=asking.role, detail=detail))

    def pass_of(self, asking: Admission, case_id: str, client_id: str) -> str:
        """The pass of a person whom an owner of the case may see to.

        Raises:
            RefusedAtTheDeskError: it is not their case, the person is gone, is themselves, or has no pass.
        """
        if not asking.covers(case_id):
            raise RefusedAtTheDeskError(403, _ELSEWHERE)
        person = self.registry.admission_in(case_id, client_id)
        if person is None:
            raise RefusedAtTheDeskError(404, _GONE)
        if person.pass_id == asking.pass_id:
            raise RefusedAtTheDeskError(409, _YOURSELF)
        if person.pass_id is None:
            raise RefusedAtTheDeskError(409, _AT_THE_SERVER)
        return person.pass_id


def add_access_routes(app: FastAPI, doors: Doors) -> None:
    """Adds joining, invitations, and what owners do with people."""
    app.add_exception_handler(RefusedAtTheDeskError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(CantlieError, _failed)
    _add_joining(app, doors)
    _add_invites(app, doors)
    _add_people(app, doors)


def _add_joining(app: FastAPI, doors: Doors) -> None:
    @app.post("/api/join")
    async def join(wish: Join, request: Request, response: Response) -> Me:
        address = request.client.host if request.client else ""
        try:
            given, token = await doors.desk.join(wish, address)
        except RefusedAtTheDeskError as refused:
            if refused.status != 429:  # those are without end
                event = event_now("guest.refused", who="stranger", detail={"by": wish.by, "why": refused.fault.code})
                doors.registry.audit.note_in_folder(event)
            raise
        doors.note(given.admission, "guest.admitted", by=wish.by, invite=given.invite_id, case=given.case_id)
        doors.set_cookie(response, token, given.expires_at)
        response.headers.update(_NO_STORE)
        return Me(role=given.role, case_id=given.case_id, name=given.name)

    @app.get("/api/me")
    async def me(asking: Asking, response: Response) -> Me:
        response.headers.update(_NO_STORE)
        return Me(role=asking.role, case_id=asking.case_id, name=asking.name)

    @app.put("/api/me/name")
    async def name(wish: GiveName, asking: Asking) -> Me:
        if asking.pass_id is None:
            raise RefusedAtTheDeskError(409, _NO_PASS)
        printable = "".join(letter for letter in wish.name if letter.isprintable()).strip()
        await doors.desk.rename(asking.pass_id, printable)
        return Me(role=asking.role, case_id=asking.case_id, name=printable)


def _add_invites(app: FastAPI, doors: Doors) -> None:
    @app.get("/api/invites")
    async def invites(
        asking: Asking, response: Response, case: Annotated[str, Query(max_length=64, pattern=IDENTIFIER)]
    ) -> Invites:
        if not asking.covers(case):
            raise RefusedAtTheDeskError(403, _ELSEWHERE)
        response.headers.update(_NO_STORE)
        book = doors.desk.book
        kept = [one for one in book.open_invites(doors.desk.now()) if one.case_id == case]
        return Invites(invites=tuple(invite_state(one, book.passes_of(one.invite_id)) for one in kept))

    @app.post("/api/invites")
    async def invite(wish: MakeInvite, asking: Asking, response: Response) -> InviteMade:
        if not asking.covers(wish.case_id):
            raise RefusedAtTheDeskError(403, _ELSEWHERE)
        if all(one.case_id != wish.case_id for one in (await doors.registry.list_cases()).cases):
            raise RefusedAtTheDeskError(404, _NO_CASE)
        made = await doors.desk.invite(wish.case_id, wish.role, wish.lasts)
        doors.note(asking, "invite.made", invite=made.invite.invite_id, case=wish.case_id, grants=wish.role)
        response.headers.update(_NO_STORE)  # the answer carries the secrets
        return invite_made(doors.address, made)

    @app.delete("/api/invites/{invite_id}", status_code=204)
    async def revoke(invite_id: Annotated[str, _ID], asking: Asking) -> None:
        kept = [one for one in doors.desk.book.open_invites(doors.desk.now()) if one.invite_id == invite_id]
        if not kept or not asking.covers(kept[0].case_id):
            raise RefusedAtTheDeskError(404, _UNKNOWN_INVITE)
        await doors.desk.revoke(invite_id)
        doors.note(asking, "invite.revoked", invite=invite_id, case=kept[0].case_id)


def _add_people(app: FastAPI, doors: Doors) -> None:
    @app.put("/api/cases/{case_id}/people/{client_id}/role", status_code=204)
    async def change_role(
        case_id: Annotated[str, _ID], client_id: Annotated[str, _ID], wish: ChangeRole, asking: Asking
    ) -> None:
        pass_id = doors.pass_of(asking, case_id, client_id)
        await doors.desk.change_role(pass_id, wish.role)
        doors.note(asking, "role.given", to=pass_id, person=client_id, case=case_id, grants=wish.role)

    @app.delete("/api/cases/{case_id}/people/{client_id}", status_code=204)
    async def remove(case_id: Annotated[str, _ID], client_id: Annotated[str, _ID], asking: Asking) -> None:
        pass_id = doors.pass_of(asking, case_id, client_id)
        await doors.desk.remove(pass_id)
        doors.note(asking, "guest.removed", to=pass_id, person=client_id, case=case_id)

    @app.get("/api/refusals")
    async def refusals(asking: Asking, response: Response) -> dict[str, int]:
        if asking.case_id is not None:
            raise RefusedAtTheDeskError(403, _ELSEWHERE)
        response.headers.update(_NO_STORE)
        return dict(doors.registry.refusals)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedAtTheDeskError)
    headers = dict(_NO_STORE)
    if error.wait_seconds > 0:
        headers["Retry-After"] = str(int(error.wait_seconds))
    return JSONResponse(error.fault.model_dump(), status_code=error.status, headers=headers)


async def _malformed(_: Request, __: Exception) -> Response:
    """Never repeats what was sent."""
    return JSONResponse(_MALFORMED.model_dump(), status_code=422, headers=_NO_STORE)


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, CantlieError)
    fault = Fault(code="failed", message=error.what, cure=error.cure, said=sentence(error.what), fatal=False)
    return JSONResponse(fault.model_dump(), status_code=500, headers=_NO_STORE)
