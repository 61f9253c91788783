"""The one answer with all that a first picture needs."""

from __future__ import annotations

import hashlib
import json
import struct

import httpx
import pytest

from streaming.assets.opening import preload_of
from streaming.protocol import PlanState, Scene


def _get(served, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{served.address.origin}{path}", headers=headers)


def _read(body: bytes) -> tuple[dict, dict[str, bytes]]:
    (length,) = struct.unpack_from("<I", body)
    text = json.loads(body[4 : 4 + length])
    assets, at = {}, 4 + length
    for name, size in text["assets"]:
        assets[name] = body[at : at + size]
        at += size
    assert at == len(body)
    return text, assets


def test_the_opening_has_the_scene_the_plan_and_every_coarsest_level_whole(shared) -> None:
    _, _, scene, plan = shared.join("Ann")
    text, assets = _read(_get(shared, f"/api/cases/{shared.case_id()}/opening").content)
    assert Scene.model_validate(text["scene"], strict=False) == scene
    assert PlanState.model_validate(text["plan"], strict=False) == plan
    assert set(assets) == {one.levels[-1].asset for one in scene.manifest.structures}
    assert all(hashlib.sha256(piece).hexdigest() == name for name, piece in assets.items())


def test_it_comes_compressed_to_who_takes_that_and_is_the_same_plain(shared) -> None:
    path = f"/api/cases/{shared.case_id()}/opening"
    plain = _get(shared, path, **{"Accept-Encoding": "identity"})
    packed = _get(shared, path, **{"Accept-Encoding": "gzip"})
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])


def test_who_has_the_opening_is_sent_nothing_again(shared) -> None:
    first = _get(shared, f"/api/cases/{shared.case_id()}/opening")
    again = _get(shared, f"/api/cases/{shared.case_id()}/opening", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in again.headers["cache-control"]


def test_the_page_of_a_case_names_its_opening_before_any_script(shared) -> None:
    link = _get(shared, f"/cases/{shared.case_id()}").headers["link"]
    assert link.startswith(f"</api/cases/{shared.case_id()}/opening>; rel=preload; as=fetch")


def test_a_case_that_does_not_exist_has_no_opening(shared) -> None:
    assert _get(shared, "/api/cases/nobody/opening").status_code == 404


@pytest.mark.parametrize("hostile", ["a\r\nSet-Cookie: x=1", "a>; rel=preload, <//evil", "", "a" * 65])
def test_nothing_but_the_name_of_a_case_gets_into_the_header(hostile: str) -> None:
    assert preload_of(hostile) is None
