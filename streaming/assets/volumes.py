"""The 3D textures of a case: CT, distance fields, and what each place of the liver belongs to."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.case import Case
from engine.field import DistanceField
from engine.geometry import VolumeGeometry
from streaming.assets import ct_texture
from streaming.assets.ct_texture import SampledTexture
from streaming.assets.kept_scene import KeptParts
from streaming.assets.label_texture import BRANCH_STEP_MM, SEGMENT_STEP_MM, label_texture
from streaming.assets.slabs import volume_slabs
from streaming.assets.store import AssetStore
from streaming.protocol import Detail, PointLps, VolumeAsset

_VolumeName = Literal["ct", "liver_distance", "tumour_distance", "segments", "portal_branches", "hepatic_branches"]

DETAILS: Final[tuple[Detail, ...]] = ("full", "half")

_LABEL_ASSETS: Final[tuple[_VolumeName, ...]] = ("segments", "portal_branches", "hepatic_branches")

_FIELD_ASSETS: Final[tuple[tuple[str, _VolumeName], ...]] = (
    ("liver", "liver_distance"),
    ("tumour", "tumour_distance"),
)


def volume_assets(
    case: Case, bounds_lps_mm: tuple[PointLps, PointLps] | None, store: AssetStore, kept: KeptParts
) -> tuple[VolumeAsset, ...]:
    """Makes the textures that are not kept and puts them into the store.

    Args:
        case: whose.
        bounds_lps_mm: box around the liver; None shows the whole scan.
        store: takes the bytes.
        kept: of the scene as it was built last.

    Raises:
        CaseCorruptError: a file of the case is damaged.
    """
    ct = _kept_ct(case, bounds_lps_mm, kept) or _ct(case, bounds_lps_mm, store)
    return (*ct, *_fields(case, store, kept), *_labels(case, store, kept))


def _kept_ct(case: Case, bounds_lps_mm: tuple[PointLps, PointLps] | None, kept: KeptParts) -> tuple[VolumeAsset, ...]:
    """The CT as it was cut out for the liver as it was, if the liver as it is still lies well inside."""
    volumes = kept.volumes("ct")
    for volume in volumes:
        i, j, k = volume.shape_ijk
        matrix = np.array(volume.lps_from_ijk).reshape(4, 4)
        cut_out = VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=matrix)
        if not ct_texture.shows(cut_out, case.manifest.grid.geometry(), bounds_lps_mm):
            return ()
    return volumes


def _ct(case: Case, bounds_lps_mm: tuple[PointLps, PointLps] | None, store: AssetStore) -> list[VolumeAsset]:
    scan = case.scan()
    window = (ct_texture.WINDOW_LOW_HU, ct_texture.WINDOW_HIGH_HU)
    assets = []
    for detail in DETAILS:
        texture = ct_texture.ct_texture(scan, bounds_lps_mm, detail)
        assets.append(_volume("ct", texture, window, store, detail))
    return assets


def _fields(case: Case, store: AssetStore, kept: KeptParts) -> list[VolumeAsset]:
    present = {field.name for field in case.manifest.fields}
    assets: list[VolumeAsset] = []
    for field_name, asset_name in _FIELD_ASSETS:
        if field_name not in present:
            continue
        if as_before := kept.volumes(asset_name):
            assets.extend(as_before)
            continue
        field: DistanceField = case.distance_field(field_name)
        low, high = ((end - field.zero_value) * field.mm_per_step for end in (0, 255))
        texture = SampledTexture(samples=field.values, geometry=field.geometry)
        assets.append(_volume(asset_name, texture, (low, high), store))
    return assets


def _labels(case: Case, store: AssetStore, kept: KeptParts) -> list[VolumeAsset]:
    as_before = [kept.volumes(name) for name in _LABEL_ASSETS]
    if all(as_before):
        return [volume for volumes in as_before for volume in volumes]
    liver_map = case.liver_map()
    if liver_map is None:
        return []
    geometry = case.manifest.grid.geometry()
    shown: tuple[tuple[_VolumeName, NDArray[Any], float], ...] = (
        ("segments", liver_map.segment, SEGMENT_STEP_MM),
        ("portal_branches", liver_map.portal_branch, BRANCH_STEP_MM),
        ("hepatic_branches", liver_map.hepatic_branch, BRANCH_STEP_MM),
    )
    assets = []
    for name, values, step_mm in shown:
        texture = label_texture(values, liver_map.box, geometry, step_mm=step_mm)
        highest = float(np.iinfo(values.dtype).max)
        assets.append(_volume(name, texture, (0.0, highest), store))
    return assets


def _volume(
    name: _VolumeName,
    texture: SampledTexture,
    value_range: tuple[float, float],
    store: AssetStore,
    detail: Detail = "full",
) -> VolumeAsset:
    k, j, i = texture.samples.shape
    return VolumeAsset(
        name=name,
        detail=detail,
        slabs=volume_slabs(texture.samples, store),
        bytes_per_sample=1 if texture.samples.dtype.itemsize == 1 else 2,
        shape_ijk=(i, j, k),
        lps_from_ijk=tuple(float(value) for value in texture.geometry.lps_from_ijk.ravel()),
        value_low=value_range[0],
        value_high=value_range[1],
    )
