"""What can be shown of a case: every structure at every level and the 3D textures, as named assets.

Built once a case (a second or so) and kept in `CASE/assets`; opening it again reads one small file.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER, structure_named
from engine.case import Case
from engine.case_manifest import LevelRecord, StructureRecord
from streaming.assets.branches import branch_assets
from streaming.assets.gltf import encode_glb
from streaming.assets.kept_scene import KeptParts, KeptScene, assets_of, keep, read_kept, sources_of
from streaming.assets.store import AssetStore
from streaming.assets.volumes import volume_assets
from streaming.planning.territory_choices import territory_choices
from streaming.protocol import (
    BranchAsset,
    MeshLevelAsset,
    PointLps,
    SceneManifest,
    SegmentAsset,
    StructureAsset,
)

ASSETS_FOLDER: Final = "assets"


def open_scene(case: Case, store: AssetStore | None = None) -> tuple[SceneManifest, AssetStore]:
    """The scene and its assets: kept parts as they were, the others built anew. Blocks: call off the event loop.

    Args:
        case: whose.
        store: of an earlier revision of the case, which keeps what it has; a new one by default.

    Raises:
        CaseCorruptError: a file of the case is damaged.
    """
    folder = case.path / ASSETS_FOLDER
    store = store or AssetStore(folder)
    sources, kept = sources_of(case), read_kept(folder)
    parts = KeptParts(kept, sources, store)
    if (whole := parts.whole()) is not None:
        return whole, store
    manifest = build_scene(case, store, parts)
    keep(folder, KeptScene(sources=sources, manifest=manifest))
    # Those of the scene before stay once more: somebody may be in the middle of them.
    store.prune({*assets_of(manifest), *(() if kept is None else assets_of(kept.manifest))})
    return manifest, store


def build_scene(case: Case, store: AssetStore, parts: KeptParts) -> SceneManifest:
    """Makes the assets of a case that are not kept and puts them into the store.

    Raises:
        CaseCorruptError: a file of the case is damaged.
    """
    structures = tuple(
        parts.structure(record.name) or _structure_asset(case, record, store) for record in case.manifest.structures
    )
    liver = next((one for one in structures if one.name == LIVER.name), None)
    bounds = _bounds_of(case, structures)
    segments = _segments(case)
    focus = liver.bounds_lps_mm if liver else bounds
    return SceneManifest(
        case_id=case.manifest.case_id,
        title=case.manifest.title,
        structures=structures,
        volumes=volume_assets(case, liver.bounds_lps_mm if liver else None, store, parts),
        segments=segments,
        branches=_branches(case),
        territories=territory_choices(segments),
        variants=case.manifest.anatomy.variants if case.manifest.anatomy else (),
        focus_lps_mm=_middle(focus),
        bounds_lps_mm=bounds,
        warnings=case.manifest.provenance.warnings,
    )


def _structure_asset(case: Case, record: StructureRecord, store: AssetStore) -> StructureAsset:
    levels = [
        _level_asset(case, record, number, level, store)
        for number, level in enumerate(record.levels)
        if level.triangles > 0
    ]
    return StructureAsset(
        name=record.name,
        title=record.title,
        snomed=record.snomed,
        colour=record.colour,
        lies_in_liver=structure_named(record.name).lies_in_liver,
        volume_ml=record.volume_ml,
        longest_axial_mm=record.longest_axial_mm,
        bounds_lps_mm=record.bounds_lps_mm,
        levels=tuple(levels),
    )


def _level_asset(
    case: Case, record: StructureRecord, number: int, level: LevelRecord, store: AssetStore
) -> MeshLevelAsset:
    data = encode_glb(case.mesh(record.name, number), record)
    return MeshLevelAsset(
        level=number,
        asset=store.put(data),
        bytes=len(data),
        triangles=level.triangles,
        error_mm=level.error_mm,
    )


def _segments(case: Case) -> tuple[SegmentAsset, ...]:
    """Those that have a volume."""
    records = case.manifest.anatomy.segments if case.manifest.anatomy else ()
    return tuple(SegmentAsset(**record.model_dump()) for record in records if record.volume_ml > 0)


def _branches(case: Case) -> tuple[BranchAsset, ...]:
    trees, liver_map = case.vessel_trees(), case.liver_map()
    if trees is None or liver_map is None:
        return ()
    return branch_assets(trees, liver_map, case.manifest.grid.geometry().voxel_volume_ml)


def _bounds_of(case: Case, structures: tuple[StructureAsset, ...]) -> tuple[PointLps, PointLps]:
    """Around everything that has a surface, or the whole scan."""
    shown = [one.bounds_lps_mm for one in structures if one.levels]
    if not shown:
        geometry = case.manifest.grid.geometry()
        last = [n - 1 for n in geometry.shape_kji[::-1]]
        corners = geometry.lps_from_index([[i, j, k] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])])
        return _point(corners.min(axis=0)), _point(corners.max(axis=0))
    lows = np.array([low for low, _ in shown])
    highs = np.array([high for _, high in shown])
    return _point(lows.min(axis=0)), _point(highs.max(axis=0))


def _middle(bounds: tuple[PointLps, PointLps]) -> PointLps:
    return _point((np.array(bounds[0]) + np.array(bounds[1])) / 2)


def _point(values: NDArray[np.float64]) -> PointLps:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
