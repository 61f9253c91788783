"""The picture in the page of a case: of the plan as it is, for those who may see the case."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from engine.errors import CaseCorruptError
from streaming.protocol import Committed, PlaneResectionState
from streaming.serving.http_api import make_app

PAGE = '<!doctype html><head><title>Cantlie</title></head><body><div id="root"></div></body>'
HTML = {"Accept": "text/html"}
WAIT_SECONDS = 60.0


@pytest.fixture(autouse=True)
def built_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is built, and posters of changed plans without a rest before them."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "index.html").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("streaming.serving.http_api.make_app", partial(make_app, static=static))
    monkeypatch.setattr("streaming.session.poster_desk.REST_SECONDS", 0.0)


def client_of(running) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{running.address.port}", trust_env=False, timeout=WAIT_SECONDS)


def page_of(http: httpx.Client, case_id: str, until: Callable[[str], bool] = lambda text: "<img" in text) -> str:
    """The page, asked for until it is as wanted."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not until(text := http.get(f"/cases/{case_id}", headers=HTML).text):
        assert time.monotonic() < deadline, "the page never came as it should"
    return text


def picture_in(page: str) -> Image.Image:
    found = re.search(r'src="data:image/webp;base64,([^"]+)"', page)
    assert found is not None
    return Image.open(io.BytesIO(base64.b64decode(found.group(1))))


def test_the_scene_is_in_the_page_and_nothing_of_the_patient(running) -> None:
    with client_of(running) as http:
        case_id = running.case_id()
        http.get(f"/api/cases/{case_id}/opening")
        page = page_of(http, case_id)
        assert re.sub("<img[^>]*>|<style>.*?</style>", "", page) == PAGE
        picture = picture_in(page)
        assert picture.mode == "RGBA"
        assert not picture.info.keys() & {"exif", "xmp", "icc_profile"}
        alpha = np.asarray(picture)[..., 3]
        assert alpha[0, 0] == 0
        assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] > 0
        answer = http.get(f"/cases/{case_id}", headers=HTML)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "opening" in answer.headers["link"]
        style = re.search("<style>(.*?)</style>", page).group(1)
        allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        again = http.get(f"/cases/{case_id}", headers={**HTML, "If-None-Match": answer.headers["etag"]})
        for one in (answer, again):
            assert f"style-src 'self' 'sha256-{allowed}';" in one.headers["content-security-policy"]
        assert (again.status_code, again.content) == (304, b"")
        assert http.get("/", headers=HTML).text == PAGE


def test_a_case_that_nobody_has_opened_gets_its_picture_soon_after_the_server_starts(
    cases, start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaming.session.registry.DRAW_AHEAD_SECONDS", 0.0)
    server, stop = start(cases)
    with client_of(server) as http:
        assert picture_in(page_of(http, server.case_id())).mode == "RGBA"
    stop()


def test_the_first_visit_after_a_restart_finds_the_picture_of_the_plan_as_it_was_left(cases, start) -> None:
    server, stop = start(cases)
    case_id = server.case_id()
    with client_of(server) as http:
        ann, _, _, plan = server.join("Ann")
        moved = PlaneResectionState(
            resection_id="resection-1", point_lps_mm=(-14.0, 8.0, -115.0), normal_lps=(-1.0, 0.25, 0.0)
        )
        ann.commit(moved, base_revision=plan.revision, operation_id="ann-1")
        ann.hear_a(Committed)
        before = page_of(http, case_id)
    stop()
    server, stop = start(cases)
    with client_of(server) as http:
        assert http.get(f"/cases/{case_id}", headers=HTML).text == before
    stop()


def test_a_changed_plan_takes_the_old_picture_away_and_brings_its_own(running) -> None:
    with client_of(running) as http:
        case_id = running.case_id()
        http.get(f"/api/cases/{case_id}/opening")
        before = page_of(http, case_id)
        ann, _, _, plan = running.join("Ann")
        moved = PlaneResectionState(
            resection_id="resection-1", point_lps_mm=(-14.0, 8.0, -115.0), normal_lps=(-1.0, 0.25, 0.0)
        )
        ann.commit(moved, base_revision=plan.revision, operation_id="ann-1")
        ann.hear_a(Committed)
        after = page_of(http, case_id, lambda text: text not in (before, PAGE))
        assert picture_in(after).size[1] > 100


def test_only_who_may_see_the_case_gets_its_picture(cases, write_case, open_server, owner, visitor) -> None:
    write_case(cases / "other", title="Another", noise_seed=9)
    owner.http.timeout = WAIT_SECONDS
    mine, theirs = sorted(owner.http.get("/api/cases").json()["cases"], key=lambda one: one["title"] == "Another")
    for case in (mine, theirs):
        owner.http.get(f"/api/cases/{case['case_id']}/opening")
        page_of(owner.http, case["case_id"])
    stranger = visitor(open_server).http.get(f"/cases/{mine['case_id']}", headers=HTML)
    assert stranger.status_code == 303
    assert b"<img" not in stranger.content
    wish = {"case_id": mine["case_id"], "role": "viewer", "lasts": "hour"}
    viewer = visitor(open_server)
    viewer.join("code", owner.http.post("/api/invites", json=wish).json()["code"])
    assert "<img" in viewer.http.get(f"/cases/{mine['case_id']}", headers=HTML).text
    assert "<img" not in viewer.http.get(f"/cases/{theirs['case_id']}", headers=HTML).text


def test_a_case_without_a_picture_opens_all_the_same(running, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fails(*_: object) -> None:
        asked.append(True)
        raise CaseCorruptError("A mesh is damaged.", cure="Prepare the case again.")

    monkeypatch.setattr("streaming.session.poster_desk.make_poster", fails)
    with client_of(running) as http:
        case_id = running.case_id()
        http.get(f"/api/cases/{case_id}/opening")
        page_of(http, case_id, lambda text: text == PAGE and bool(asked))
        person, _, _, _ = running.join("Ann")
        assert person.socket is not None
        assert http.get(f"/cases/{case_id}", headers=HTML).status_code == 200
