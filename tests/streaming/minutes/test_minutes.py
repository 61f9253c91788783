"""The minutes: who was there, what was decided, every plan with the numbers of `cantlie measure`, nothing as markup."""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from engine.case import Case
from streaming.cli import main
from streaming.protocol import (
    Committed,
    ConfirmPlan,
    CopyOfPlan,
    CreatePlan,
    Numbers,
    PinState,
    PlaneResectionState,
    ProposePlan,
    SetPin,
)

NOTICE = "not a medical device"
HOSTILE = "<script>alert(1)</script> | _x_"
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a picture").decode()


class _Page(HTMLParser):
    """Tags, texts and where anything would be fetched from."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def planned(running) -> Path:
    """A case whose session Ann and a guest with a hostile tongue have planned in."""
    ann, _, _, _ = running.join("Ann")

    def say(message) -> None:
        ann.say(message)
        ann.hear_a(Committed, lambda told: told.operation_id == message.operation_id)

    plane = PlaneResectionState(resection_id="resection-1", point_lps_mm=(-14.0, 8.0, -115.0), normal_lps=(-1, 0.25, 0))
    ann.commit(plane, base_revision=1, operation_id="a")
    ann.hear_a(Committed)
    pin = PinState(pin_id="p", point_lps_mm=(-14.0, 8.0, -115.0), text=HOSTILE)
    say(SetPin(operation_id="b", base_revision=2, pin=pin))
    source = CopyOfPlan(plan_id="plan-1")
    say(CreatePlan(operation_id="c", base_revision=3, plan_id="two", name="Second & last", source=source))
    ann.hear_a(Numbers, lambda told: told.plan_id == "two")
    say(ProposePlan(operation_id="d", base_revision=4, plan_id="two"))
    say(ConfirmPlan(operation_id="e", base_revision=5, plan_id="two"))
    running.join(HOSTILE)
    return running.cases / "small"


def _minutes(running, **wish) -> httpx.Response:
    address = f"http://127.0.0.1:{running.address.port}/api/cases/{running.case_id()}/minutes"
    return httpx.post(address, json={"format": "html", "pictures": [], **wish}, trust_env=False, timeout=60)


def test_the_minutes_say_who_decided_what_with_the_numbers_of_the_command(running, planned, capsys) -> None:
    picture = {"plan_id": "two", "media_type": "image/jpeg", "base64": JPEG}
    answer = _minutes(running, pictures=[picture, {**picture, "plan_id": "gone"}])
    assert answer.status_code == 200
    page = _Page(answer.text)
    for words in ("Ann", "confirmed the plan", "Second & last", "Plans side by side", HOSTILE, NOTICE):
        assert words in page.text
    assert page.addresses == [f"data:image/jpeg;base64,{JPEG}"], "nothing is fetched"
    assert "script" not in page.tags
    assert main(["measure", str(planned), "Second & last", "--json"]) == 0
    quantities = json.loads(capsys.readouterr().out)["quantities"]
    flr = next(one for one in quantities if one["key"] == "flr_percent")
    assert f"{flr['value']:.1f} %" in page.text
    low, high = flr["interval"]
    assert f"{low:.1f} to {high:.1f}" in page.text
    audit = (planned / "session" / "audit.jsonl").read_text(encoding="utf-8")
    assert re.search(r'"case.exported".*', audit) and '"what":"minutes"' in audit


def test_the_minutes_as_text_hold_the_same_and_no_markup_of_people(running, planned, tmp_path) -> None:
    text = _minutes(running, format="markdown").text
    assert "confirmed the plan" in text
    assert "\\<script\\>" in text
    assert "<script" not in text.replace("\\<", "")
    assert main(["minutes", str(planned), "--out", str(tmp_path / "m.md")]) == 0
    written = (tmp_path / "m.md").read_text(encoding="utf-8")
    assert "## Second & last: confirmed" in written
    assert NOTICE in written


def test_the_command_draws_each_plan_and_its_cuts_where_nobody_made_pictures(planned, tmp_path) -> None:
    assert main(["minutes", str(planned), "--out", str(tmp_path / "m.html")]) == 0
    page = _Page((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert [one.split(";")[0] for one in page.addresses] == ["data:image/jpeg", "data:image/png"] * 2
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(page.addresses[0].split(",")[1]))).convert("RGB"))
    is_ground = np.abs(drawn.astype(int) - drawn[2, 2]).max(axis=2) < 12
    assert 0.1 < 1 - is_ground.mean() < 0.95, "the liver stands before an empty ground"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".m")] == []


def test_a_plan_signed_on_another_segmentation_is_said_to_be_out_of_date(running, planned) -> None:
    now = Case.open(planned).manifest.labels.sha256
    with sqlite3.connect(planned / "session" / "plan.sqlite") as connection:
        connection.execute("UPDATE operations SET body = replace(body, ?, ?)", (now, "0" * 64))
    text = _minutes(running, format="markdown").text
    assert "Second & last: confirmed, out of date" in text
    assert "Out of date: the segmentation was corrected" in text


@pytest.mark.parametrize("content", ["AAAA", base64.b64encode(b"<svg onload=alert(1)>").decode()])
def test_what_is_no_picture_is_refused(running, planned, content: str) -> None:
    wish = {"plan_id": "two", "media_type": "image/png", "base64": content}
    answer = _minutes(running, pictures=[wish])
    assert (answer.status_code, "picture" in answer.json()["message"]) == (500, True)


def test_minutes_of_a_case_that_nobody_planned_in_say_so(cases, tmp_path, capsys) -> None:
    assert main(["minutes", str(cases / "small"), "--out", str(tmp_path / "m.html")]) == 2
    assert "Nobody planned" in capsys.readouterr().err
    assert not (tmp_path / "m.html").exists()
