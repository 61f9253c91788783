"""The routes by which people look at a session again, and by which its minutes are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi import Path as PathParameter
from pydantic import ValidationError

from engine.errors import CaseError
from engine.sentences import say
from streaming.audit.desk import event_now
from streaming.audit.trail import time_of_event
from streaming.minutes.written import written_minutes
from streaming.protocol import (
    Fault,
    MakeMinutes,
    RecordedPresence,
    ReplayedNumbers,
    ReplayedPlans,
    ReplayTimeline,
    fault_of,
    sentence,
)
from streaming.serving.access_routes import IDENTIFIER, Asking
from streaming.serving.front_desk import RefusedAtTheDeskError

if TYPE_CHECKING:
    from streaming.session.admission import Admission
    from streaming.session.live_session import LiveSession
    from streaming.session.registry import SessionRegistry

_NAME = Annotated[str, PathParameter(max_length=64, pattern=IDENTIFIER)]
_NUMBER = Annotated[int, PathParameter(ge=0, le=2**31)]
_NO_STORE: Final = {"Cache-Control": "no-store"}
_NO_CASE: Final = fault_of(code="gone", message=say("no_case"), fatal=False)
_MALFORMED: Final = fault_of(code="malformed", message=say("request_malformed"), fatal=False)
_NO_STRETCH: Final = fault_of(code="gone", message=say("nothing_recorded"), fatal=False)
_T = TypeVar("_T")


def add_replay_routes(app: FastAPI, registry: SessionRegistry) -> None:
    """Adds them."""

    async def asked(case_id: str, asking: Admission, response: Response, job: Callable[[LiveSession], _T]) -> _T:
        session = await session_for(registry, case_id, asking)
        response.headers.update(_NO_STORE)
        try:
            return await registry.work(lambda: job(session))
        except CaseError as error:
            fault = Fault(code="failed", message=error.what, cure=error.cure, said=sentence(error.what), fatal=False)
            raise RefusedAtTheDeskError(409, fault) from error
        finally:
            await registry.close_idle()

    @app.get("/api/cases/{case_id}/replay")
    async def timeline(case_id: _NAME, asking: Asking, response: Response) -> ReplayTimeline:
        return await asked(case_id, asking, response, lambda session: session.archive.timeline(session.opened))

    @app.get("/api/cases/{case_id}/replay/plans/{revision}")
    async def plans(case_id: _NAME, revision: _NUMBER, asking: Asking, response: Response) -> ReplayedPlans:
        return await asked(case_id, asking, response, lambda session: session.archive.plans(session.opened, revision))

    @app.get("/api/cases/{case_id}/replay/numbers/{revision}/{plan_id}")
    async def numbers(
        case_id: _NAME, revision: _NUMBER, plan_id: _NAME, asking: Asking, response: Response
    ) -> ReplayedNumbers:
        return await asked(
            case_id, asking, response, lambda session: session.archive.numbers(session.opened, revision, plan_id)
        )

    @app.get("/api/cases/{case_id}/replay/people/{number}")
    async def people(case_id: _NAME, number: _NUMBER, asking: Asking, response: Response) -> RecordedPresence:
        found = await asked(case_id, asking, response, lambda session: session.archive.people(number))
        if found is None:
            raise RefusedAtTheDeskError(404, _NO_STRETCH)
        return found


def add_minutes_route(app: FastAPI, registry: SessionRegistry) -> None:
    """Adds it."""

    @app.post("/api/cases/{case_id}/minutes")
    async def minutes(case_id: _NAME, request: Request, asking: Asking) -> Response:
        session = await session_for(registry, case_id, asking)
        try:
            wish = MakeMinutes.model_validate_json(await request.body())
        except ValidationError as error:
            raise RefusedAtTheDeskError(422, _MALFORMED) from error
        made_at = time_of_event()
        made, revision = await registry.work(lambda: written_minutes(session.archive, session.opened, wish, made_at))
        await registry.close_idle()
        event = event_now(
            "case.exported",
            who=asking.pass_id or "at the server",
            name=asking.name,
            role=asking.role,
            detail={"what": "minutes", "format": wish.format, "revision": revision},
        )
        registry.audit.note_in_case(session.opened.case.path, event)
        kind = "text/html" if wish.format == "html" else "text/markdown"
        return Response(made, media_type=f"{kind}; charset=utf-8", headers=_NO_STORE)


async def session_for(registry: SessionRegistry, case_id: str, asking: Admission) -> LiveSession:
    """The session of a case that who asks may see.

    Raises:
        RefusedAtTheDeskError: there is none for them.
    """
    if not asking.covers(case_id):
        raise RefusedAtTheDeskError(404, _NO_CASE)
    try:
        return await registry.session(case_id)
    except CaseError as error:
        fault = Fault(code="gone", message=error.what, cure=error.cure, said=sentence(error.what), fatal=False)
        raise RefusedAtTheDeskError(404, fault) from error
