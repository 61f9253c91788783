"""The free slice of the CT: by keys and buttons at a screen."""

from __future__ import annotations

from typing import Any

import pytest

WIDE = {"width": 1100, "height": 620}
SAME_MM = 1.0
THINNEST_MM = 2.0
"""Of the samples of `small_volumes` in conftest.py."""


def picture(window: Any) -> bytes:
    window.wait_until_shown()
    return bytes(window.page.locator("canvas").first.screenshot())


def test_a_slice_is_laid_moved_and_put_away_by_keys(served: Any, open_window: Any) -> None:
    window = open_window(served.case_url, viewport=WIDE)
    window.wait_until_shown()
    without = picture(window)
    window.page.keyboard.press("q")
    window.wait_for("cantlie.slice?.kind === 'axial'")
    focus = window.value("cantlie.focusLpsMm")
    assert window.value("cantlie.slice.pointLpsMm") == pytest.approx(focus, abs=SAME_MM)
    axial = picture(window)
    assert axial != without
    height = window.value("cantlie.slice.pointLpsMm[2]")
    window.page.keyboard.press("PageUp")
    assert window.value("cantlie.slice.pointLpsMm[2]") == pytest.approx(height + THINNEST_MM, abs=0.05)
    window.page.get_by_role("button", name="Coronal").click()
    assert window.value("cantlie.slice.normalLps") == [0, -1, 0]
    coronal = picture(window)
    assert coronal != axial
    window.page.locator(".ct-window summary").click()
    window.page.get_by_role("button", name="Vessels", exact=True).click()
    assert picture(window) != coronal
    window.page.keyboard.press("q")
    assert window.value("cantlie.slice") is None
