"""What a frame may cost: draw calls, triangles, textures, and bytes taken from the heap while a hand drags."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.frame_costs_parts.profiles import CLIENT, start_heap_sample, stop_heap_sample, used_bytes

MOST_CALLS = 60
MOST_TRIANGLES = 300_000
MOST_TEXTURE_BYTES = 256 * 1024**2

MAPS = CLIENT / "built-maps"
DRAGGED_FRAMES = 40
LOOP = (
    *("src/scene/", "src/tools/", "src/geometry/", "src/apart/"),
    *("src/planning-app.ts", "src/session/displayed-plan.ts"),
)
"""What runs for every frame and every move of a hand; not panels and messages, which come as the server answers."""
MOST_LOOP_BYTES = 12_000
"""A frame's: the new place of the cut, and numbers that V8 keeps in boxes until it has compiled a function for good."""
MOST_KEPT_BYTES = 20_000
"""A frame's that stay in use after all rubbish is gone."""

COUNTED_TEXTURES = """
  const bytes = new Map();
  window.textureBytes = () => [...bytes.values()].reduce((sum, one) => sum + one, 0);
  const gl = WebGL2RenderingContext.prototype;
  const bound = (context, target) => {
    const names = { [context.TEXTURE_3D]: context.TEXTURE_BINDING_3D,
      [context.TEXTURE_2D_ARRAY]: context.TEXTURE_BINDING_2D_ARRAY };
    return context.getParameter(names[target] ?? context.TEXTURE_BINDING_2D);
  };
  const sizes = { [0x8229]: 1, [0x822d]: 2, [0x8231]: 1, [0x8051]: 4, [0x822b]: 2, [0x881a]: 8 };
  for (const name of ["texStorage2D", "texStorage3D"]) {
    const real = gl[name];
    gl[name] = function (target, levels, format, width, height, depth = 1) {
      bytes.set(bound(this, target), width * height * depth * (sizes[format] ?? 4) * (levels > 1 ? 4 / 3 : 1));
      return real.apply(this, arguments);
    };
  }
  const gone = gl.deleteTexture;
  gl.deleteTexture = function (texture) {
    bytes.delete(texture);
    return gone.call(this, texture);
  };
"""
"""Of every texture that the page makes, as the graphics card has to keep it."""


MOST_FRAME_BYTES = 2 * 1024**2
"""As `headset_client/src/scene/mesh-stream.ts` allows a frame; cuts, handles and letters are a few kilobytes beside."""

COUNTED_MOUNTS = """
  window.mounts = [];
  const uploaded = new Map();
  const gl = WebGL2RenderingContext.prototype;
  const real = gl.bufferData;
  gl.bufferData = function (target, data, ...rest) {
    const frame = document.timeline.currentTime;
    uploaded.set(frame, (uploaded.get(frame) ?? 0) + (data.byteLength ?? data));
    return real.call(this, target, data, ...rest);
  };
  let levels = null, last = 0;
  // Always the first of a frame: it asked for it in the frame before, ahead of the page. So one frame lies in between.
  const look = () => {
    requestAnimationFrame(look);
    if (!window.cantlie || cantlie.firstPictureMs === null) return;
    const now = new Map(cantlie.structures.map(({ name, level }) => [name, level]));
    if (levels) {
      const changed = [...now].filter(([name, level]) => levels.get(name) !== level).length;
      window.mounts.push({ levels: changed, bytes: uploaded.get(last) ?? 0 });
    }
    [levels, last] = [now, document.timeline.currentTime];
  };
  requestAnimationFrame(look);
"""
"""Of every frame after the first picture: structures that show another level than before, and bytes of vertices."""


def drag(window: Any, moves: int) -> None:
    """To and fro along the arrow, which is held already."""
    start = window.value("cantlie.arrowOnScreen")
    for n in range(moves):
        window.page.mouse.move(start["x"] + 30 * math.sin(n / 4), start["y"] + 6 * math.sin(n / 4))


def hold_the_plane(window: Any) -> None:
    start = window.value("cantlie.arrowOnScreen")
    window.page.mouse.move(start["x"], start["y"])
    window.page.mouse.down()
    window.page.mouse.move(start["x"] + 4, start["y"])
    window.wait_for("cantlie.held")


def test_a_full_scene_keeps_within_draw_calls_triangles_and_textures(
    served: Any, open_window: Callable[..., Any]
) -> None:
    window = open_window(served.case_url, COUNTED_TEXTURES)
    window.wait_until_shown()
    for key in ("q", "c"):
        window.page.keyboard.press(key)
    window.wait_until_shown()
    assert 20 < window.value("cantlie.drawCalls") <= MOST_CALLS
    assert 5_000 < window.value("cantlie.triangles") <= MOST_TRIANGLES
    assert 1e5 < window.value("textureBytes()") <= MOST_TEXTURE_BYTES


def test_no_frame_mounts_two_levels_or_more_of_meshes_than_its_budget(
    served: Any, open_window: Callable[..., Any]
) -> None:
    window = open_window(served.case_url, COUNTED_MOUNTS)
    window.wait_until_shown()
    frames = window.value("window.mounts")
    assert sum(frame["levels"] for frame in frames) >= 3, "levels came after the first picture"
    assert max(frame["levels"] for frame in frames) == 1
    assert 0 < max(frame["bytes"] for frame in frames) <= MOST_FRAME_BYTES


@pytest.mark.skipif(not Path(MAPS).is_dir(), reason="no maps of the scripts: npm run build in headset_client")
def test_the_frame_loop_takes_nothing_from_the_heap_while_a_hand_drags(desktop: Any) -> None:
    cdp = desktop.page.context.new_cdp_session(desktop.page)
    hold_the_plane(desktop)
    drag(desktop, DRAGGED_FRAMES)
    kept, first = used_bytes(cdp), desktop.value("cantlie.frame")
    start_heap_sample(cdp)
    drag(desktop, DRAGGED_FRAMES)
    sample = stop_heap_sample(cdp)
    frames = desktop.value("cantlie.frame") - first
    most = [f"{count / frames:7.0f} {place}" for place, count in sample.by_owner.most_common(12)]
    assert frames >= DRAGGED_FRAMES / 2
    assert sample.own_bytes_below("src/") > 0, "the sample names our functions"
    assert sample.own_bytes_below(*LOOP) / frames < MOST_LOOP_BYTES, "\n".join(most)
    assert (used_bytes(cdp) - kept) / frames < MOST_KEPT_BYTES
    desktop.page.mouse.up()
