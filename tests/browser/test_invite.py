"""Inviting and joining: codes, roles and revoking, by the keys and buttons that people use."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streaming.serving.guest_book import GuestBook
from streaming.serving.invite import invite_made
from streaming.serving.place import ServerAddress

WIDE = {"width": 1100, "height": 760}


def _picture(page: Any, name: str) -> None:
    """Kept for people to look at, where they ask for it."""
    if folder := os.environ.get("CANTLIE_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def _make_code(page: Any, role: str) -> str:
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog", name="Plan together")
    dialog.get_by_text(role, exact=True).first.click()
    dialog.get_by_role("button", name="Make a code").click()
    code = str(page.get_by_test_id("invite-code").inner_text()).replace(" ", "")
    assert len(code) == 6
    return code


def _type_code(page: Any, code: str) -> None:
    for letter in code:
        page.get_by_role("button", name=letter, exact=True).click()


def test_a_viewer_by_code_is_promoted_and_revoked(desktop: Any, served: Any, open_window: Callable[..., Any]) -> None:
    owner = desktop.page
    owner.set_viewport_size(WIDE)
    code = _make_code(owner, "Viewer")
    _picture(owner, "invite")

    guest = open_window(f"{served.origin}/join", viewport=WIDE)
    page = guest.page
    page.get_by_role("heading", name="Join a session").wait_for()
    _type_code(page, "222222" if code != "222222" else "333333")
    page.get_by_text("No invitation has this code.").wait_for()
    assert any("403" in problem for problem in guest.problems), "the browser notes the refusal"
    guest.problems.clear()
    _picture(page, "join-wrong")
    page.get_by_label("Code", exact=True).fill(code[:5].lower())
    _picture(page, "join")
    _type_code(page, code[5])
    page.get_by_label("Your name").fill("Eve")
    _picture(page, "join-name")
    page.get_by_role("button", name="Go in").click()
    page.wait_for_url(served.case_url)
    guest.wait_until_shown()

    page.get_by_text("Viewing only").wait_for()
    flip = page.get_by_role("button", name="Flip side")
    assert flip.is_disabled()
    assert "You are a viewer" in (flip.get_attribute("title") or "")
    assert page.get_by_role("button", name="Invite", exact=True).is_disabled()
    revision = desktop.value("cantlie.revision")
    page.keyboard.press("x")
    page.get_by_text("You are a viewer: you see everything live and change nothing.").wait_for()
    _picture(page, "viewer")
    assert desktop.value("[cantlie.revision, cantlie.pending]") == [revision, 0]

    role = owner.get_by_label("Role of Eve")
    assert role.input_value() == "viewer"
    role.select_option("editor")
    guest.wait_for("!document.querySelector('.role-chip')")
    flip.click()
    desktop.wait_for(f"cantlie.revision > {revision}")
    _picture(owner, "people")

    owner.get_by_role("button", name="Revoke").click()
    page.get_by_role("heading", name="The invitation you came by was revoked.").wait_for()
    _picture(page, "revoked")
    owner.get_by_label("Role of Eve").wait_for(state="detached")
    page.goto(served.case_url)
    page.wait_for_url(re.compile(r"/join\?next="))
    page.get_by_text("Your invitation was revoked.").wait_for()
    guest.problems.clear()  # 410 for the page's questions


def test_the_invite_dialog_says_that_only_this_computer_can_connect(desktop: Any, served: Any) -> None:
    page = desktop.page
    page.set_viewport_size(WIDE)
    invite = page.get_by_role("button", name="Invite", exact=True)
    invite.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Plan together")
    dialog.get_by_role("button", name="Make a code").click()
    dialog.get_by_text("Only this computer can connect").wait_for()
    assert dialog.get_by_role("textbox", name="Link").input_value().startswith(f"{served.origin}/join#link=")
    assert dialog.get_by_role("img").count() == 0
    revision = desktop.value("cantlie.revision")
    assert desktop.value("document.activeElement.textContent") == "Copy link"
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert desktop.value("document.activeElement.textContent") == "Invite", "the focus goes back"
    assert desktop.value("[cantlie.revision, cantlie.pending]") == [revision, 0], "keys behind the dialog do nothing"


def test_the_code_is_shown_as_a_picture_under_the_strict_policy(desktop: Any, served: Any, tmp_path: Path) -> None:
    page = desktop.page
    page.set_viewport_size(WIDE)
    book = GuestBook.open(tmp_path / "book", 0.0)
    new = book.invite(role="viewer", case_id=served.case_id, now=0.0, expires_at=4e9)
    origin = "https://10.0.0.7:8765"
    answer = invite_made(ServerAddress(url="", origin=origin, port=8765, key="a-key", is_secure=True), new).model_dump()
    book.close()

    def answered(route: Any) -> None:
        route.fulfill(body=json.dumps(answer)) if route.request.method == "POST" else route.continue_()

    page.route("**/api/invites", answered)
    _make_code(page, "Viewer")
    code = page.get_by_role("img", name="QR code of the link")
    code.wait_for()
    drawn = code.evaluate("async image => { await image.decode(); return [image.naturalWidth > 0, image.width]; }")
    assert drawn[0] is True
    assert drawn[1] >= 220, "large enough for the camera of a headset"
    assert page.get_by_role("textbox", name="Link").input_value() == answer["url"]
    _picture(page, "invite-qr")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert desktop.value("document.activeElement.textContent") == "Invite"
