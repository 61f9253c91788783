"""What browsers may do with our pages: the headers of every answer.

Scripts and styles come from this server alone. What stands in a page itself is allowed by its hash: the few lines of
script and style that the build put there, so that the poster is painted before anything is loaded, and how tall a
case's poster is, which the page of that case alone knows. The hashes reach the answer in `request.state`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

Kind: TypeAlias = Literal["script", "style"]
_OWN: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def allow_own(request: Request, html: str) -> None:
    """Lets the page that answers the request carry the scripts and styles that were built into it.

    Args:
        request: that is answered.
        html: the page as it was built; nothing of a request is in it.
    """
    _allow(request, "script", hashes_in(html, "script"))
    _allow(request, "style", hashes_in(html, "style"))


def allow_style(request: Request, style: str) -> None:
    """Lets the page that answers the request carry one more style.

    Args:
        request: that is answered.
        style: between `<style>` and `</style>`, to the letter.
    """
    _allow(request, "style", (_hash(style),))


@lru_cache(maxsize=32)
def hashes_in(html: str, kind: Kind) -> tuple[str, ...]:
    """How a policy names what stands in a page: `'sha256-...'` of each text."""
    return tuple(_hash(text) for tag, text in _OWN.findall(html) if tag == kind)


async def with_page_policy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer with the headers that tell a browser what it may do; middleware of the application."""
    response = await call_next(request)
    host = request.headers.get("host", "")  # checked by the gate
    own = {kind: getattr(request.state, f"{kind}_hashes", ()) for kind in ("script", "style")}
    scripts, styles = " ".join(("'self'", "'wasm-unsafe-eval'", *own["script"])), " ".join(("'self'", *own["style"]))
    response.headers["Content-Security-Policy"] = (
        # Of eval only WebAssembly: the decoder of meshes is.
        f"default-src 'none'; script-src {scripts}; worker-src 'self'; "
        f"style-src {styles}; font-src 'self'; img-src 'self' data: blob:; "
        f"media-src 'self' blob:; connect-src 'self' blob: data: ws://{host} wss://{host}; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "xr-spatial-tracking=(self), microphone=(self), camera=()"
    return response


def _allow(request: Request, kind: Kind, hashes: Iterable[str]) -> None:
    name = f"{kind}_hashes"
    setattr(request.state, name, (*getattr(request.state, name, ()), *hashes))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
