"""What streams to a real page: once, then only what changed; and what the graphics card holds does not grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.case_correction import CorrectionWish, correct_case

WHOLE = "window.cantlie && cantlie.settled && cantlie.numbers && !cantlie.numbers.stale"


def count_asset_bytes(window: Any) -> list[int]:
    """The sizes of the chunks that come on asset sockets from now on, as the browser reports them."""
    sizes: list[int] = []

    def watch(socket: Any) -> None:
        if socket.url.endswith("/ws/assets"):
            socket.on("framereceived", lambda frame: sizes.append(len(frame)) if isinstance(frame, bytes) else None)

    window.page.on("websocket", watch)
    return sizes


def test_a_re_join_costs_no_asset_bytes_and_a_correction_only_what_changed(
    served: Any, open_window: Callable[..., Any]
) -> None:
    window = open_window(served.origin)
    sizes = count_asset_bytes(window)
    window.page.goto(served.case_url)
    window.wait_for(WHOLE)
    window.wait_for("cantlie.firstPictureMs !== null")
    first = sum(sizes)
    assert first > 100_000
    assert window.value("cantlie.assetBytes") == first

    sizes.clear()
    window.page.goto(served.case_url)
    window.wait_for(WHOLE)
    assert {one["name"] for one in window.value("cantlie.structures") if one["level"] is not None}
    assert window.value("cantlie.volumes") == 4
    assert sizes == []

    before = window.value("({plan: cantlie.plan, place: cantlie.toScreen([0, 0, -120]), gpu: cantlie.gpu})")
    correct_case(served.case.path, CorrectionWish(renamed=(("tumour_01", "liver_cyst"),)))
    window.wait_for("cantlie.structures.some(one => one.name === 'liver_cyst' && one.level !== null)")
    window.wait_for(WHOLE)
    assert "tumour_01" not in {one["name"] for one in window.value("cantlie.structures")}
    assert 0 < sum(sizes) < first / 3
    after = window.value("({plan: cantlie.plan, place: cantlie.toScreen([0, 0, -120]), gpu: cantlie.gpu})")
    assert after["plan"] == before["plan"]
    assert after["place"] == before["place"]
    assert window.value("cantlie.volumes") == 4
    assert after["gpu"]["textures"] == before["gpu"]["textures"]


def test_going_near_and_back_brings_finer_levels_and_leaves_nothing_behind(desktop: Any) -> None:
    middle = desktop.page.viewport_size
    desktop.page.mouse.move(middle["width"] / 2, middle["height"] / 2)

    def zoom(way: int) -> dict[str, Any]:
        frame = desktop.value("cantlie.frame")
        for _ in range(24):
            desktop.page.mouse.wheel(0, way * 200)
        desktop.wait_for(f"cantlie.frame > {frame}")
        desktop.wait_for("cantlie.settled")
        return {one["name"]: one["level"] for one in desktop.value("cantlie.structures")}

    far = zoom(1)
    near = zoom(-1)
    assert all(near[name] <= level for name, level in far.items())
    assert near != far
    held = desktop.value("cantlie.gpu")
    assert zoom(1) == far
    assert zoom(-1) == near
    assert desktop.value("cantlie.gpu") == held


WATCH_RULES = """
window.broken = [];
addEventListener("securitypolicyviolation", one => window.broken.push(`${one.violatedDirective} ${one.blockedURI}`));
"""


def test_cuts_and_slices_come_and_go_without_a_trace_and_without_another_host(
    served: Any, open_window: Callable[..., Any]
) -> None:
    window = open_window(f"{served.origin}/join", WATCH_RULES)
    foreign: list[str] = []

    def stop(route: Any) -> None:
        foreign.append(route.request.url)
        route.abort()

    window.page.context.route(lambda url: not url.startswith((served.origin, "data:", "blob:")), stop)
    window.page.goto(served.case_url)
    window.wait_until_shown()

    def there_and_back() -> dict[str, Any]:
        """A cut around a tumour and a slice, and neither again."""
        revision = window.value("cantlie.revision")
        window.page.keyboard.press("t")
        window.page.get_by_role("button", name="Cut around it").click()
        window.wait_until_saved(revision)
        assert len(window.value("cantlie.plan")) == 2
        window.page.keyboard.press("q")
        window.wait_for("cantlie.slice !== null && cantlie.settled")
        window.page.keyboard.press("q")
        window.page.keyboard.press("Control+z")
        window.wait_for("cantlie.plan.length === 1 && cantlie.slice === null")
        window.wait_until_saved(revision + 1)
        return dict(window.value("cantlie.gpu"))

    held = there_and_back()
    assert there_and_back() == held
    assert foreign == []
    assert window.value("window.broken") == []
