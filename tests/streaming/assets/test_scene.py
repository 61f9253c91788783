"""What the client is shown: the CT where it lies, the first cut where it makes sense, assets kept between openings."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import anatomy
from engine.case import Case
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, ScanVolume
from streaming.assets.ct_texture import MAX_SAMPLES, WINDOW_HIGH_HU, WINDOW_LOW_HU, ct_texture
from streaming.assets.kept_scene import assets_of
from streaming.assets.scene_manifest import open_scene
from streaming.assets.store import AssetStore
from streaming.assets.volumes import DETAILS
from streaming.planning.first_resection import first_resection
from streaming.protocol import Detail


@settings(deadline=None, max_examples=20)
@given(
    shape=st.tuples(st.integers(1, 600), st.integers(1, 12), st.integers(1, 12)).flatmap(st.permutations),
    flips=st.tuples(*[st.sampled_from((-1.0, 1.0))] * 3),
    angle=st.floats(-0.5, 0.5),
    detail=st.sampled_from(DETAILS),
)
def test_a_texture_sample_shows_the_scan_at_its_own_place(
    shape: list[int], flips: tuple[float, ...], angle: float, detail: Detail
) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    geometry = VolumeGeometry.from_parts(
        shape_kji=(shape[0], shape[1], shape[2]),
        spacing_ijk_mm=(0.7, 0.8, 2.5),
        origin_lps_mm=(-90, 12, 300),
        direction=turn * flips,
    )
    # HU that grow linearly in space: interpolation must give back the value of the place, wherever samples lie.
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    places = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    slope = np.array([0.05, -0.07, 0.06])
    hu = (places - places.reshape(-1, 3).mean(axis=0)) @ slope
    voxels = np.round(hu).astype(np.int16)
    texture = ct_texture(ScanVolume(voxels_hu=voxels, geometry=geometry), None, detail)
    assert max(texture.samples.shape) <= MAX_SAMPLES[detail]
    if detail == "half":
        assert all(new == min(256, -(-old // 2)) for new, old in zip(texture.samples.shape[1:], shape[1:], strict=True))
    tk, tj, ti = np.meshgrid(*(np.arange(n) for n in texture.samples.shape), indexing="ij")
    sample_places = texture.geometry.lps_from_index(np.stack([ti, tj, tk], axis=-1))
    expected = (sample_places - places.reshape(-1, 3).mean(axis=0)) @ slope
    shown = texture.samples / 255 * (WINDOW_HIGH_HU - WINDOW_LOW_HU) + WINDOW_LOW_HU
    assert np.abs(shown - expected).max() <= 0.5 + 0.8 + 0.5  # rounding of HU, of samples, and between samples


def test_the_texture_keeps_the_liver_with_its_margin_and_drops_the_rest() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(100, 200, 200), spacing_ijk_mm=(1, 1, 1))
    scan = ScanVolume(voxels_hu=np.zeros((100, 200, 200), np.int16), geometry=geometry)
    texture = ct_texture(scan, ((90.0, 100.0, 5.0), (110.0, 120.0, 50.0)))
    assert texture.geometry.origin_lps_mm.tolist() == [50, 60, 0]
    assert texture.samples.shape == (91, 101, 101)


def _labels(*, gallbladder_x: int, vena_cava_x: int) -> LabelVolume:
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 60, 80), spacing_ijk_mm=(2, 2, 2), origin_lps_mm=(-80, -60, 0))
    labels = np.zeros((40, 60, 80), np.uint8)
    labels[5:35, 10:50, 10:70] = anatomy.PARENCHYMA
    labels[5:10, 2:8, gallbladder_x : gallbladder_x + 4] = anatomy.GALLBLADDER
    labels[:, 52:58, vena_cava_x : vena_cava_x + 4] = anatomy.INFERIOR_VENA_CAVA
    return LabelVolume(labels=labels, geometry=geometry)


def test_the_first_cut_follows_cantlies_line_and_takes_the_patients_right() -> None:
    labels = _labels(gallbladder_x=36, vena_cava_x=46)
    first = first_resection(labels)
    assert "Cantlie" in first.reason
    normal, point = np.array(first.resection.normal_lps), np.array(first.resection.point_lps_mm)
    assert normal[0] < -0.9, "the resected side is the patient's right"
    assert normal[2] == 0
    for value in (anatomy.GALLBLADDER, anatomy.INFERIOR_VENA_CAVA):
        kji = np.argwhere(labels.labels == value)
        centre = labels.geometry.lps_from_index(kji[:, ::-1]).mean(axis=0)
        assert abs((centre - point) @ normal) < 0.5


@pytest.mark.parametrize(("gallbladder_x", "vena_cava_x"), [(70, 70), (0, 0)], ids=["far left", "far right"])
def test_a_line_that_does_not_divide_the_liver_gives_way_to_its_centre(gallbladder_x: int, vena_cava_x: int) -> None:
    labels = _labels(gallbladder_x=gallbladder_x, vena_cava_x=vena_cava_x)
    first = first_resection(labels)
    assert first.reason == "the centre of the liver"
    assert first.resection.normal_lps == (-1.0, 0.0, 0.0)
    assert first.resection.point_lps_mm == pytest.approx((-1.0, -1.0, 39.0), abs=0.5)


def test_a_scan_without_liver_still_gets_a_cut() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(3, 5, 7), spacing_ijk_mm=(1, 1, 1))
    first = first_resection(LabelVolume(labels=np.zeros((3, 5, 7), np.uint8), geometry=geometry))
    assert first.resection.point_lps_mm == (3.0, 2.0, 1.0)


def test_assets_are_kept_beside_the_case_and_mended_when_damaged(cases: Path) -> None:
    case = Case.open(cases / "small")
    manifest, store = open_scene(case)
    again, reopened = open_scene(case)
    assert again == manifest
    victim = assets_of(manifest)[-1]
    assert reopened.read(victim) == store.read(victim)
    (case.path / "assets" / victim).write_bytes(b"damaged")
    mended, fresh = open_scene(case)
    assert mended == manifest
    assert len(fresh.read(victim)) == next(
        slab.bytes for one in manifest.volumes for slab in one.slabs if slab.asset == victim
    )


def test_a_case_prepared_again_is_not_shown_with_old_assets(cases: Path, write_case) -> None:
    before, _ = open_scene(Case.open(cases / "small"))
    kept = cases / "kept"
    shutil.move(cases / "small" / "assets", kept)
    shutil.rmtree(cases / "small")
    write_case(cases / "small", title="Again", noise_seed=5)
    shutil.move(kept, cases / "small" / "assets")
    after, _ = open_scene(Case.open(cases / "small"))
    assert after.title == "Again"
    assert {one.asset for one in after.volumes[0].slabs}.isdisjoint(one.asset for one in before.volumes[0].slabs)


def test_distance_fields_keep_their_millimetres(cases: Path) -> None:
    case = Case.open(cases / "small")
    manifest, store = open_scene(case)
    asset = next(one for one in manifest.volumes if one.name == "liver_distance")
    field = case.distance_field("liver")
    assert asset.shape_ijk == (10, 9, 8)
    value = zlib.decompress(store.read(asset.slabs[0].asset))[0]
    shown_mm = asset.value_low + value / 255 * (asset.value_high - asset.value_low)
    assert shown_mm == pytest.approx((60 - field.zero_value) * field.mm_per_step)
    assert np.allclose(np.reshape(asset.lps_from_ijk, (4, 4)), field.geometry.lps_from_ijk)


def test_without_a_folder_to_write_assets_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "assets").write_text("a file in the way")
    for store in (AssetStore(None), AssetStore(tmp_path / "assets")):
        digest = store.put(b"hello")
        assert store.read(digest, 1, 3) == b"ell"
        assert store.size("0" * 64) is None
