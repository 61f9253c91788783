"""The routes of the one port: start page and client, case list, assets, and the two sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse

from engine.errors import CaseError
from engine.sentences import say
from streaming.assets.opening import MEDIA_TYPE, preload_of
from streaming.assets.socket import asset_socket
from streaming.protocol import NOTICE, PROTOCOL_VERSION, CaseList
from streaming.serving.access_routes import Asking, Doors, add_access_routes
from streaming.serving.built_client import BuiltClient, accepted_codings
from streaming.serving.case_page import case_page
from streaming.serving.control_socket import control_socket
from streaming.serving.page_policy import allow_own, with_page_policy
from streaming.serving.replay_routes import add_minutes_route, add_replay_routes
from streaming.session.registry import SessionRegistry

CASE_IN_PATH: Final = PathParameter(max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")
STATIC_FOLDER: Final = Path(__file__).resolve().parent.parent / "static"

_NOT_BUILT: Final = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Cantlie</title>
<h1>Cantlie is running</h1>
<p>The web client is not built yet. Run <code>make demo</code>, or <code>npm ci &amp;&amp; npm run build</code> in the
folder <code>headset_client</code>, then reload this page.</p>
<p>The cases as data: <a href="/api/cases">/api/cases</a></p><p>{NOTICE}.</p></html>"""


def make_app(registry: SessionRegistry, doors: Doors, *, static: Path = STATIC_FOLDER) -> FastAPI:
    """The application without its gate.

    Args:
        registry: of the served folder.
        doors: by which people come in.
        static: the built client.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Beside the first requests: a restarted server answers at once.
        work = (registry.warm_up(), registry.watch(), registry.draw_ahead(), doors.desk.watch())
        tasks = [asyncio.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()
        await registry.close()
        doors.desk.book.close()

    app = FastAPI(title="Cantlie", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.middleware("http")(with_page_policy)
    _add_data_routes(app, registry)
    add_access_routes(app, doors)
    add_replay_routes(app, registry)
    add_minutes_route(app, registry)
    _add_page_routes(app, registry, static)

    @app.websocket("/ws/control")
    async def control(socket: WebSocket) -> None:
        await control_socket(socket, registry)

    @app.websocket("/ws/assets")
    async def assets(socket: WebSocket) -> None:
        await asset_socket(socket, registry)

    return app


def _add_data_routes(app: FastAPI, registry: SessionRegistry) -> None:
    @app.get("/api/health")
    async def health() -> dict[str, str | int]:
        return {"status": "ok", "protocol_version": PROTOCOL_VERSION}

    @app.get("/api/cases")
    async def cases(asking: Asking, response: Response) -> CaseList:
        response.headers["Cache-Control"] = "no-store"
        everything = await registry.list_cases()
        if asking.case_id is None:
            return everything
        return CaseList(cases=tuple(one for one in everything.cases if asking.covers(one.case_id)), broken=())

    @app.get("/api/cases/{case_id}/opening")
    async def opening(request: Request, case_id: Annotated[str, CASE_IN_PATH], asking: Asking) -> Response:
        if not asking.covers(case_id):
            return PlainTextResponse(say("no_case"), status_code=404)
        try:
            session = await registry.session(case_id)
        except CaseError as error:
            return PlainTextResponse(error.what, status_code=404)
        packed = session.opening()
        await registry.close_idle()
        # Asked for at every visit, and sent only where it changed.
        headers = {"Cache-Control": "private, no-cache", "ETag": packed.tag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == packed.tag:
            return Response(status_code=304, headers=headers)
        if "gzip" in accepted_codings(request.headers.get("accept-encoding", "")):
            compressed = {**headers, "Content-Encoding": "gzip"}
            return Response(packed.compressed, media_type=MEDIA_TYPE, headers=compressed)
        return Response(packed.body, media_type=MEDIA_TYPE, headers=headers)

    @app.get("/assets/{digest}")
    async def asset(digest: Annotated[str, PathParameter(pattern=r"^[0-9a-f]{64}$")], asking: Asking) -> Response:
        session = registry.session_with_asset(digest, asking)
        if session is None:
            return PlainTextResponse("There is no such asset in an open case.", status_code=404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return Response(session.opened.assets.read(digest), media_type="application/octet-stream", headers=headers)


def _add_page_routes(app: FastAPI, registry: SessionRegistry, static: Path) -> None:
    index = static / "index.html"

    def page(request: Request) -> Response:
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT)
        allow_own(request, index.read_text(encoding="utf-8"))
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    @app.get("/")
    async def start(request: Request) -> Response:
        return page(request)

    @app.get("/join")
    async def join(request: Request) -> Response:
        return page(request)

    @app.get("/cases/{case_id}")
    async def case(case_id: str, request: Request, asking: Asking) -> Response:
        poster = await registry.poster(case_id) if asking.covers(case_id) else None
        if poster is None or not index.is_file():
            answer = page(request)
        else:
            html = index.read_text(encoding="utf-8")
            allow_own(request, html)
            answer = case_page(request, html, poster)
        if (preload := preload_of(case_id)) is not None:
            answer.headers["Link"] = preload
        return answer

    # The folder may be built while the server runs.
    app.mount("/static", BuiltClient(directory=static, check_dir=False), name="static")
