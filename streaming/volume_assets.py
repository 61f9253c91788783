"""The 3D textures of a case: CT, distance fields, and what each place of the liver belongs to."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.case import Case
from engine.field import DistanceField
from streaming import ct_texture
from streaming.asset_store import AssetStore
from streaming.ct_texture import SampledTexture
from streaming.label_texture import BRANCH_STEP_MM, SEGMENT_STEP_MM, label_texture
from streaming.protocol import Detail, PointLps, VolumeAsset
from streaming.volume_slabs import volume_slabs

_VolumeName = Literal["ct", "liver_distance", "tumour_distance", "segments", "portal_branches", "hepatic_branches"]

DETAILS: Final[tuple[Detail, ...]] = ("full", "half")

_FIELD_ASSETS: Final[tuple[tuple[str, _VolumeName], ...]] = (
    ("liver", "liver_distance"),
    ("tumour", "tumour_distance"),
)


def volume_assets(
    case: Case, bounds_lps_mm: tuple[PointLps, PointLps] | None, store: AssetStore
) -> tuple[VolumeAsset, ...]:
    """Makes the textures and puts them into the store.

    Args:
        case: whose.
        bounds_lps_mm: box around the liver; None shows the whole scan.
        store: takes the bytes.

    Raises:
        CaseCorruptError: a file of the case is damaged.
    """
    return (*_ct(case, bounds_lps_mm, store), *_fields(case, store), *_labels(case, store))


def _ct(case: Case, bounds_lps_mm: tuple[PointLps, PointLps] | None, store: AssetStore) -> list[VolumeAsset]:
    scan = case.scan()
    window = (ct_texture.WINDOW_LOW_HU, ct_texture.WINDOW_HIGH_HU)
    assets = []
    for detail in DETAILS:
        texture = ct_texture.ct_texture(scan, bounds_lps_mm, detail)
        assets.append(_volume("ct", texture, window, store, detail))
    return assets


def _fields(case: Case, store: AssetStore) -> list[VolumeAsset]:
    present = {field.name for field in case.manifest.fields}
    assets = []
    for field_name, asset_name in _FIELD_ASSETS:
        if field_name not in present:
            continue
        field: DistanceField = case.distance_field(field_name)
        low, high = ((end - field.zero_value) * field.mm_per_step for end in (0, 255))
        texture = SampledTexture(samples=field.values, geometry=field.geometry)
        assets.append(_volume(asset_name, texture, (low, high), store))
    return assets


def _labels(case: Case, store: AssetStore) -> list[VolumeAsset]:
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
