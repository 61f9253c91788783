"""A cut laid flat and the liver taken apart by the real server: bytes over the asset socket, answers to who asked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from streaming.planning.flat_cuts import sheet_bytes
from streaming.protocol import (
    ASSET_CHUNK_HEADER,
    SHEET_FLAGS,
    AskParts,
    AskResectogram,
    AssetCredit,
    AssetHello,
    AssetRequest,
    CancelParts,
    Numbers,
    Parts,
    PartsEnded,
    PartsProgress,
    PlanState,
    Resectogram,
    ResectogramFailed,
    TerritoryResectionState,
)


def fetched(server, token: str, digests) -> list[bytes]:
    """The bytes of assets over the asset socket."""
    socket = server.socket("/ws/assets")
    socket.send(AssetHello(asset_token=token).model_dump_json())
    found = []
    for request_id, digest in enumerate(digests, start=1):
        socket.send(AssetRequest(request_id=request_id, asset=digest).model_dump_json())
        data, total = b"", None
        while total is None or len(data) < total:
            frame = socket.recv(timeout=20)
            assert isinstance(frame, bytes), frame
            _, offset, total, _ = ASSET_CHUNK_HEADER.unpack(frame[:16])
            assert offset == len(data)
            data += frame[16:]
            socket.send(AssetCredit(bytes=max(len(frame) - 16, 1)).model_dump_json())
        found.append(data)
    return found


def test_the_cut_comes_flat_with_its_bytes_and_every_crossing_lies_on_it(shared) -> None:
    ann, welcome, _, plan = shared.join("Ann")
    (cut,) = plan.resections
    ann.say(AskResectogram(request_id="one", resection_id=cut.resection_id))
    picture = ann.hear_a(Resectogram)
    assert (picture.request_id, picture.revision, picture.resection_id) == ("one", plan.revision, cut.resection_id)
    (sheet,) = picture.sheets
    numbers = ann.hear_a(Numbers, lambda one: one.preview_by is None and one.numbers.cut_area_mm2 is not None).numbers
    assert sheet.cut_area_mm2 == pytest.approx(numbers.cut_area_mm2, rel=0.05)
    # A vein that is met outside the liver lies beyond the picture.
    assert {2, 4} <= {one.branch for one in sheet.vessels} <= {one.branch for one in numbers.cut_branches}
    (data,) = fetched(shared, welcome.asset_token, [sheet.asset])
    count = sheet.rows * sheet.columns
    assert len(data) == sheet_bytes(sheet.rows, sheet.columns)
    flags = np.frombuffer(data, "<u2", count, 4 * count).reshape(sheet.rows, sheet.columns)
    inside = (flags & SHEET_FLAGS["bounds_remnant"]) > 0
    assert inside.sum() * sheet.step_mm**2 == pytest.approx(sheet.cut_area_mm2, rel=0.02)
    steps = np.frombuffer(data, "<i2", 3 * count, 6 * count).reshape(3, sheet.rows, sheet.columns)
    points = np.moveaxis(steps, 0, -1) / 100.0 + sheet.origin_lps_mm
    offsets = (points[inside] - cut.point_lps_mm) @ (np.array(cut.normal_lps) / np.linalg.norm(cut.normal_lps))
    assert np.abs(offsets).max() < 0.02
    for vessel in sheet.vessels:
        row = round((sheet.first_v_mm - vessel.v_mm) / sheet.step_mm)
        column = round((vessel.u_mm - sheet.first_u_mm) / sheet.step_mm)
        assert np.linalg.norm(points[row, column] - vessel.position_lps_mm) < 2.0


def test_a_territory_comes_flat_too_and_what_is_gone_is_refused(running) -> None:
    ann, _, _, plan = running.join("Ann")
    ann.commit(
        TerritoryResectionState(resection_id="right", segments=(6, 7), portal_branches=()),
        base_revision=plan.revision,
        operation_id="set",
    )
    ann.hear_a(PlanState, lambda one: len(one.resections) == 2)
    ann.say(AskResectogram(request_id="walls", resection_id="right"))
    picture = ann.hear_a(Resectogram)
    assert picture.revision == plan.revision + 1
    areas = [one.cut_area_mm2 for one in picture.sheets]
    assert all(one.off_cut_mm > 0.0 for one in picture.sheets)
    assert sum(areas) > 100.0
    ann.say(AskResectogram(request_id="gone", resection_id="nobody"))
    failed = ann.hear_a(ResectogramFailed)
    assert (failed.request_id, bool(failed.cure)) == ("gone", True)


def test_the_liver_comes_in_two_parts_whose_volumes_add_up_and_is_not_cut_twice(running) -> None:
    ann, welcome, scene, plan = running.join("Ann")
    ann.say(AskParts(request_id="apart"))
    assert ann.hear_a(PartsProgress).request_id == "apart"
    found = ann.hear_a(Parts)
    assert (found.request_id, found.revision) == ("apart", plan.revision)
    livers = {one.side: one for one in found.parts if one.structure == "liver"}
    assert set(livers) == {"resected", "remnant"}
    bounds = np.array(next(one for one in scene.manifest.structures if one.name == "liver").bounds_lps_mm)
    assert sum(one.volume_ml for one in livers.values()) == pytest.approx(
        np.prod(bounds[1] - bounds[0]) / 1000, rel=0.3
    )
    normal = np.array(plan.resections[0].normal_lps)
    assert np.dot(found.apart_lps, normal / np.linalg.norm(normal)) == pytest.approx(1.0, abs=1e-3)
    names = {one.name for one in scene.manifest.structures if one.lies_in_liver} | {"liver"}
    assert {one.structure for one in found.parts} == names
    glbs = fetched(running, welcome.asset_token, [one.asset for one in found.parts])
    for glb, part in zip(glbs, found.parts, strict=True):
        assert (glb[:4], len(glb)) == (b"glTF", part.bytes)
        length = int.from_bytes(glb[12:16], "little")
        assert json.loads(glb[20 : 20 + length])["nodes"][0]["extras"]["structure"] == part.structure
    bob, _, _, _ = running.join("Bob")
    bob.say(AskParts(request_id="again"))
    assert [one.asset for one in bob.hear_a(Parts).parts] == [one.asset for one in found.parts]


def test_parts_that_nobody_wants_any_more_end_and_a_newer_question_is_answered(running) -> None:
    ann, _, _, _ = running.join("Ann")
    ann.say(AskParts(request_id="old"))
    ann.say(CancelParts(request_id="old"))
    assert ann.hear_a(PartsEnded, lambda one: one.request_id == "old").code == "cancelled"
    ann.say(AskParts(request_id="new"))
    assert ann.hear_a(Parts).request_id == "new"
