"""A case corrected while people have it open: they get what changed, and keep everything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.case import Case
from engine.case_correction import CorrectionWish, correct_case
from streaming.assets.kept_scene import KeptParts, assets_of, read_kept, sources_of
from streaming.assets.scene_manifest import open_scene
from streaming.protocol import (
    CLIENT_MESSAGE,
    AssetHello,
    AssetRequest,
    Committed,
    Fault,
    Numbers,
    PlaneResectionState,
    PlanState,
    Scene,
    SceneManifest,
)

CYST = CorrectionWish(renamed=(("tumour_01", "liver_cyst"),))
MOVED = PlaneResectionState(resection_id="resection-1", point_lps_mm=(-12.0, 4.0, -114.0), normal_lps=(-1.0, 0.1, 0.0))


def levels(manifest: SceneManifest) -> dict[str, tuple[str, ...]]:
    """Assets by structure."""
    return {one.name: tuple(level.asset for level in one.levels) for one in manifest.structures}


def slabs(manifest: SceneManifest) -> dict[tuple[str, str], tuple[str, ...]]:
    """Assets by volume and detail."""
    return {(one.name, one.detail): tuple(slab.asset for slab in one.slabs) for one in manifest.volumes}


def test_people_get_the_corrected_scene_and_its_numbers_and_keep_their_plan(running) -> None:
    ann, _, before, plan = running.join("Ann")
    bob, welcome, _, _ = running.join("Bob")
    ann.commit(MOVED, base_revision=plan.revision, operation_id="ann-1")
    ann.hear_a(Committed)
    old = bob.hear_a(Numbers, lambda one: one.revision == 2)
    assert [one.tumour for one in old.numbers.margins] == ["tumour_01"]
    correct_case(running.cases / "small", CYST)
    after = ann.hear_a(Scene)
    assert bob.hear_a(Scene) == after
    was, now = levels(before.manifest), levels(after.manifest)
    assert now.keys() - was.keys() == {"liver_cyst"}
    assert was.keys() - now.keys() == {"tumour_01"}
    assert all(now[name] == was[name] for name in was.keys() & now.keys())
    assert slabs(after.manifest)["ct", "full"] == slabs(before.manifest)["ct", "full"]
    fresh = bob.hear_a(Numbers, lambda one: one.revision == 2 and not one.numbers.margins)
    assert fresh.numbers.volumes != old.numbers.volumes or fresh.numbers.margins != old.numbers.margins
    # The plan is the same one, and goes on in the same log.
    ann.commit(MOVED.model_copy(update={"point_lps_mm": (-8.0, 4.0, -114.0)}), base_revision=2, operation_id="ann-2")
    assert ann.hear_a(Committed).revision == 3
    _, _, late_scene, late_plan = running.join("Late")
    assert late_scene == after
    assert late_plan.revision == 3
    # The line for assets that was open before serves the new ones.
    socket = running.socket("/ws/assets")
    socket.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    socket.send(AssetRequest(request_id=1, asset=now["liver_cyst"][0]).model_dump_json())
    assert isinstance(socket.recv(timeout=20), bytes)


def test_an_asset_line_from_before_serves_old_and_new_assets(running) -> None:
    ann, welcome, before, _ = running.join("Ann")
    socket = running.socket("/ws/assets")
    socket.send(AssetHello(asset_token=welcome.asset_token).model_dump_json())
    correct_case(running.cases / "small", CYST)
    after = ann.hear_a(Scene)
    for number, asset in enumerate((levels(before.manifest)["tumour_01"][0], levels(after.manifest)["liver_cyst"][0])):
        socket.send(AssetRequest(request_id=number + 1, asset=asset).model_dump_json())
        assert isinstance(socket.recv(timeout=20), bytes)


def test_a_correction_that_cannot_be_read_is_told_and_the_session_goes_on(running) -> None:
    ann, _, _, plan = running.join("Ann")
    path = running.cases / "small"
    case = Case.open(path)
    broken = case.path / case.manifest.structures[0].levels[0].file
    kept = broken.read_bytes()
    broken.unlink()
    (path / "manifest.json").write_text((path / "manifest.json").read_text())
    assert ann.hear_a(Fault).code == "case_damaged"
    ann.commit(MOVED, base_revision=plan.revision, operation_id="ann-1")
    assert ann.hear_a(Committed).revision == 2
    broken.write_bytes(kept)


def test_a_case_replaced_by_another_ends_the_session_whose_plan_would_go_nowhere(running, write_case) -> None:
    ann, _, _, _ = running.join("Ann")
    # At once, as a file manager does: the server may be writing the last line of its audit log meanwhile.
    (running.cases / "small").rename(running.cases / ".small")
    shutil.rmtree(running.cases / ".small", ignore_errors=True)
    write_case(running.cases / "small", noise_seed=7)
    assert ann.hear_a(Fault, lambda one: one.fatal).code == "case_changed"
    bob, _, _, plan = running.join("Bob")
    assert plan == PlanState(revision=1, resections=plan.resections)
    bob.say(CLIENT_MESSAGE.validate_python({"type": "ping", "sent_ms": 1.0}))


def test_only_what_changed_is_built_again(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cases / "small"
    before, store = open_scene(Case.open(path))
    correct_case(path, CYST)
    built: list[str] = []
    from streaming.assets import scene_manifest
    from streaming.assets import volumes as volume_assets

    encode = scene_manifest.encode_glb
    monkeypatch.setattr(
        scene_manifest, "encode_glb", lambda mesh, record: (built.append(record.name), encode(mesh, record))[1]
    )
    make = volume_assets.volume_slabs
    monkeypatch.setattr(
        volume_assets, "volume_slabs", lambda samples, where: (built.append("volume"), make(samples, where))[1]
    )
    after, _ = open_scene(Case.open(path), store)
    assert set(built) - {"volume"} == {"liver_cyst"}
    changed = {name for name in slabs(after) if slabs(after)[name] != slabs(before).get(name)}
    assert built.count("volume") == len(changed) <= 1, "the distance to the liver alone, drawn on another grid"


def test_the_ct_is_cut_out_anew_only_for_a_liver_that_comes_near_its_end(cases: Path) -> None:
    path = cases / "small"
    _, store = open_scene(Case.open(path))
    case = Case.open(path)
    kept = read_kept(path / "assets")
    from streaming.assets.volumes import volume_assets

    parts = KeptParts(kept, sources_of(case), store)
    low, high = (np.array(one) for one in next(s for s in kept.manifest.structures if s.name == "liver").bounds_lps_mm)
    ct = tuple(one for one in kept.manifest.volumes if one.name == "ct")
    grown = (tuple((low - 5).tolist()), tuple((high + 5).tolist()))
    assert volume_assets(case, grown, store, parts)[:2] == ct


def test_assets_of_two_revisions_ago_are_deleted(cases: Path) -> None:
    path = cases / "small"
    first, _ = open_scene(Case.open(path))
    correct_case(path, CYST)
    second, _ = open_scene(Case.open(path))
    there = {one.name for one in (path / "assets").iterdir()}
    assert set(assets_of(first)) | set(assets_of(second)) <= there
    correct_case(path, CorrectionWish(removed=("liver_cyst",)))
    third, _ = open_scene(Case.open(path))
    there = {one.name for one in (path / "assets").iterdir()}
    assert set(assets_of(third)) | set(assets_of(second)) <= there
    assert not there & (set(assets_of(first)) - set(assets_of(second)) - set(assets_of(third)))
