"""The invite button: link, code and note in a dialog that keyboard and screen reader can use."""

from __future__ import annotations

import json
from typing import Any

from streaming.serving.invite import make_invite
from streaming.serving.server import ServerAddress


def test_the_invite_dialog_says_that_only_this_computer_can_connect(desktop: Any, served: Any) -> None:
    page = desktop.page
    page.set_viewport_size({"width": 1100, "height": 700})
    invite = page.get_by_role("button", name="Invite")
    invite.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Plan together")
    dialog.get_by_text("Only this computer can connect").wait_for()
    assert dialog.get_by_role("textbox", name="Link").input_value() == served.case_url
    assert dialog.get_by_role("img").count() == 0
    revision = desktop.value("cantlie.revision")
    assert desktop.value("document.activeElement.textContent") == "Copy link"
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert desktop.value("document.activeElement.textContent") == "Invite", "the focus goes back"
    assert desktop.value("[cantlie.revision, cantlie.pending]") == [revision, 0], "keys behind the dialog do nothing"


def test_the_code_is_shown_as_a_picture_under_the_strict_policy(desktop: Any, served: Any) -> None:
    page = desktop.page
    page.set_viewport_size({"width": 1100, "height": 700})
    origin = "https://10.0.0.7:8765"
    address = ServerAddress(url="", origin=origin, port=8765, key="a-key-of-the-test", is_secure=True)
    answer = make_invite(address, case_id=served.case_id).model_dump()
    page.route("**/api/invite?*", lambda route: route.fulfill(body=json.dumps(answer)))
    page.get_by_role("button", name="Invite").click()
    code = page.get_by_role("img", name="QR code of the link")
    code.wait_for()
    drawn = code.evaluate("async image => { await image.decode(); return [image.naturalWidth > 0, image.width]; }")
    assert drawn[0] is True
    assert drawn[1] >= 250, "large enough for the camera of a headset"
    assert page.get_by_role("textbox", name="Link").input_value() == answer["url"]
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert desktop.value("document.activeElement.textContent") == "Invite"
