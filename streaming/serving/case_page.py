"""The page of a case, with its poster in it: it stands there before any script has come."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from streaming.planning.poster import MEDIA_TYPE, Poster
from streaming.serving.built_client import accepted_codings
from streaming.serving.page_policy import allow_style

_PLACE: Final = '<div id="root"></div>'
"""Of the built page; where it has none the page goes out as it is."""

_HEAD_END: Final = "</head>"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    plain: bytes
    compressed: bytes
    tag: str


def case_page(request: Request, html: str, poster: Poster) -> Response:
    """The page for somebody who may see the case.

    Args:
        request: that it answers.
        html: the built page.
        poster: of the case.
    """
    style = f".poster{{--tall:{poster.tall:.5f}}}"
    page = _with_poster(html, poster, style)
    allow_style(request, style)
    headers = {"Cache-Control": "private, no-cache", "ETag": page.tag, "Vary": "Accept-Encoding, Cookie"}
    if request.headers.get("if-none-match") == page.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in accepted_codings(request.headers.get("accept-encoding", "")):
        compressed = {**headers, "Content-Encoding": "gzip"}
        return Response(page.compressed, media_type="text/html; charset=utf-8", headers=compressed)
    return Response(page.plain, media_type="text/html; charset=utf-8", headers=headers)


@lru_cache(maxsize=32)
def _with_poster(html: str, poster: Poster, style: str) -> _Page:
    source = f"data:{MEDIA_TYPE};base64,{base64.b64encode(poster.image).decode()}"
    size = f'width="{poster.columns}" height="{poster.rows}"'
    image = f'<img class="poster" alt="" elementtiming="poster" decoding="sync" {size} src="{source}">'
    with_style = html.replace(_HEAD_END, f"<style>{style}</style>{_HEAD_END}", 1)
    plain = with_style.replace(_PLACE, _PLACE.replace("></div>", f">{image}</div>"), 1).encode()
    tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return _Page(plain=plain, compressed=gzip.compress(plain, compresslevel=1, mtime=0), tag=tag)
