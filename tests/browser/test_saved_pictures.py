"""A recording and a picture that were saved: they open, say what they are not, and not whose liver it is."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDE = {"width": 1180, "height": 520}
SECONDS = 1.5
MARK_RGB = (255, 228, 92)
"""Of the words that say what it is not; `colours.mark`."""
PLAYED = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  await new Promise((done, failed) => {
    video.onloadeddata = done;
    video.onerror = () => failed(new Error(video.error.message));
  });
  await video.play();
  await new Promise((done) => { video.onended = done; });
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const frames = video.getVideoPlaybackQuality().totalVideoFrames;
  return { duration: video.duration, frames, last: canvas.toDataURL("image/png").split(",")[1] };
}"""


def pixels_of(png: bytes) -> NDArray[np.int_]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def marked(pixels: NDArray[np.int_]) -> int:
    """Pixels at the lower left in the colour of the notice."""
    height, width = pixels.shape[:2]
    corner = pixels[int(0.88 * height) :, : width // 2]
    return int((np.abs(corner - MARK_RGB).max(axis=2) < 48).sum())


def test_a_recording_and_a_picture_that_are_saved_open_with_their_notice(served: Any, open_window: Any) -> None:
    window = open_window(served.case_url, viewport=WIDE)
    window.wait_until_shown()
    page = window.page
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.keyboard.press("0")
    picture = saved.value.path().read_bytes()
    assert marked(pixels_of(picture)) > 100
    page.get_by_role("button", name="Record").first.click()
    start = window.value("cantlie.arrowOnScreen")
    page.mouse.move(start["x"], start["y"])
    page.mouse.down()
    started = window.value("({ms: performance.now(), frame: cantlie.frame})")
    while window.value(
        f"performance.now() - {started['ms']} < {1000 * SECONDS} || cantlie.frame - {started['frame']} < 6"
    ):
        page.mouse.move(start["x"] + 30, start["y"])
        page.mouse.move(start["x"] - 10, start["y"])
    page.mouse.up()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Stop").first.click()
    recording = saved.value.path().read_bytes()
    assert saved.value.suggested_filename == f"cantlie-{served.case_id}.webm"
    played = page.evaluate(PLAYED, base64.b64encode(recording).decode())
    assert played["frames"] >= 2
    assert played["duration"] >= SECONDS, "a finite length: it can be jumped in"
    assert marked(pixels_of(base64.b64decode(played["last"]))) > 60
    for file in (picture, recording):
        assert served.case.manifest.title.encode() not in file, "nor in what a file tells about itself"
