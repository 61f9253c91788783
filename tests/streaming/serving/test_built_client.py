"""The client's files come compressed to browsers that take it, and as they are to others."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from streaming.serving.built_client import BuiltClient

SCRIPT = b"console.log('liver');" * 50


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "app-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "assets" / "app-1.js.br").write_bytes(b"brotli")
    (tmp_path / "assets" / "plain.css").write_bytes(b"body{}")
    (tmp_path / "icon.svg").write_bytes(b"<svg/>")
    return TestClient(Starlette(routes=[Mount("/", BuiltClient(directory=tmp_path))]))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("gzip, deflate, br;q=1.0", "br"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_script_comes_as_the_browser_takes_it(client: TestClient, accepted: str, coding: str | None) -> None:
    with client.stream("GET", "/assets/app-1.js", headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-type"].startswith("text/javascript")
        assert raw == {"gzip": gzip.compress(SCRIPT), "br": b"brotli", None: SCRIPT}[coding] or coding == "gzip"
        assert coding != "gzip" or gzip.decompress(raw) == SCRIPT
        assert int(answer.headers["content-length"]) == len(raw)


def test_what_has_no_compressed_copy_comes_as_it_is(client: TestClient) -> None:
    answer = client.get("/assets/plain.css", headers={"Accept-Encoding": "br, gzip"})
    assert answer.content == b"body{}"
    assert "content-encoding" not in answer.headers


def test_only_names_with_hashes_are_kept_for_good(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/plain.css").headers["cache-control"]
    assert "immutable" not in client.get("/icon.svg").headers.get("cache-control", "")


def test_a_file_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/assets/none.js", headers={"Accept-Encoding": "br"}).status_code == 404
    assert client.get("/assets/../../secret", headers={"Accept-Encoding": "br"}).status_code == 404
