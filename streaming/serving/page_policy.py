"""What browsers may do with our pages: the headers of every answer.

Scripts and styles come from this server alone, none stands in a page. One style does: how tall a case's poster is,
which the page of that case alone knows. It is allowed by its hash, which the answer brings in `request.state`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response


def allow_style(request: Request, style: str) -> None:
    """Lets the page that answers the request carry this one style.

    Args:
        request: that is answered.
        style: between `<style>` and `</style>`, to the letter.
    """
    request.state.style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


async def with_page_policy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer with the headers that tell a browser what it may do; middleware of the application."""
    response = await call_next(request)
    host = request.headers.get("host", "")  # checked by the gate
    style_hash = getattr(request.state, "style_hash", None)
    styles = "'self'" if style_hash is None else f"'self' 'sha256-{style_hash}'"
    response.headers["Content-Security-Policy"] = (
        # Of eval only WebAssembly: the decoder of meshes is.
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        f"style-src {styles}; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        f"connect-src 'self' blob: data: ws://{host} wss://{host}; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "xr-spatial-tracking=(self), microphone=(self), camera=()"
    return response
