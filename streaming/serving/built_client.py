"""The files of the built client: compressed where the browser takes it, kept for good where the name has their hash."""

from __future__ import annotations

import mimetypes
import stat
from typing import Final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HASHED_FOLDER: Final = "assets/"
"""The build writes hashes of the content into the names of what lies here."""

_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


class BuiltClient(StaticFiles):
    """Serves `name.br` or `name.gz` in place of `name` where the build wrote one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at `path`; the errors of `StaticFiles`."""
        response = await self._compressed(path, scope) or await super().get_response(path, scope)
        if path.startswith(HASHED_FOLDER) and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        accepted = accepted_codings(Headers(scope=scope).get("accept-encoding", ""))
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        for coding, suffix in _CODINGS:
            if coding not in accepted:
                continue
            full_path, found = await anyio.to_thread.run_sync(self.lookup_path, path + suffix)
            if found is not None and stat.S_ISREG(found.st_mode):
                response = self.file_response(full_path, found, scope)
                response.headers["Content-Encoding"] = coding
                response.headers["Content-Type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
                response.headers["Vary"] = "Accept-Encoding"
                return response
        return None


def accepted_codings(header: str) -> frozenset[str]:
    """The codings of an Accept-Encoding header; one with q=0 is refused, not accepted."""
    accepted = set()
    for entry in header.split(","):
        coding, _, weight = (part.strip().lower() for part in entry.partition(";"))
        if coding and weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(coding)
    return frozenset(accepted)
