"""The scene of a case as it was built last: what of it still holds need not be made again.

Every part has a *source*: a digest of what it is made from. A correction of the labels changes few of them, so the
rest of the scene keeps its assets and costs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from engine.case import Case
from streaming.assets.ct_texture import TEXTURE_VERSION
from streaming.assets.gltf import ENCODER_VERSION
from streaming.assets.store import AssetStore
from streaming.protocol import PROTOCOL_VERSION, SceneManifest, StructureAsset, VolumeAsset, WireModel

SCENE_FILE: Final = "scene.json"


class KeptScene(WireModel):
    """A scene built earlier.

    Attributes:
        sources: of every part, by its name.
        manifest: the scene.
    """

    sources: dict[str, str]
    manifest: SceneManifest


class KeptParts:
    """What of a kept scene still holds; nothing if there is none.

    Args:
        kept: the scene.
        sources: of the parts as the case has them now.
        store: has to have their assets.
    """

    def __init__(self, kept: KeptScene | None, sources: dict[str, str], store: AssetStore) -> None:
        self._kept = kept
        self._store = store
        old = {} if kept is None else kept.sources
        self._holding = {name for name, source in sources.items() if old.get(name) == source}

    def whole(self) -> SceneManifest | None:
        """The scene, if all of it holds."""
        if self._kept is None or "scene" not in self._holding:
            return None
        return self._kept.manifest if self._loads(assets_of(self._kept.manifest)) else None

    def structure(self, name: str) -> StructureAsset | None:
        """A structure with its levels."""
        if self._kept is None or _structure_part(name) not in self._holding:
            return None
        found = next((one for one in self._kept.manifest.structures if one.name == name), None)
        if found is None or not self._loads(tuple(level.asset for level in found.levels)):
            return None
        return found

    def volumes(self, name: str) -> tuple[VolumeAsset, ...]:
        """All details of a volume; none where it does not hold."""
        if self._kept is None or name not in self._holding:
            return ()
        found = tuple(one for one in self._kept.manifest.volumes if one.name == name)
        return found if self._loads(tuple(slab.asset for one in found for slab in one.slabs)) else ()

    def _loads(self, assets: tuple[str, ...]) -> bool:
        return all(self._store.load(asset) for asset in assets)


def sources_of(case: Case) -> dict[str, str]:
    """The source of every part of the scene, and of the scene as a whole."""
    manifest = case.manifest
    sources = {_structure_part(record.name): _digest(f"{ENCODER_VERSION}", record) for record in manifest.structures}
    sources["ct"] = _digest(f"{TEXTURE_VERSION}", manifest.scan, manifest.grid)
    for field in manifest.fields:
        sources[f"{field.name}_distance"] = _digest(f"{TEXTURE_VERSION}", field)
    if manifest.anatomy is not None:
        for name in ("segments", "portal_branches", "hepatic_branches"):
            digest = f"{TEXTURE_VERSION}.{manifest.anatomy.liver_map.sha256}.{manifest.anatomy.box_kji}"
            sources[name] = _digest(digest, manifest.grid)
    sources["scene"] = scene_source(case)
    return sources


def scene_source(case: Case) -> str:
    """The source of the scene as a whole."""
    return _digest(f"{ENCODER_VERSION}.{TEXTURE_VERSION}", case.manifest)


def assets_of(manifest: SceneManifest) -> tuple[str, ...]:
    """Every asset that the manifest names."""
    levels = [level.asset for structure in manifest.structures for level in structure.levels]
    return (*levels, *(slab.asset for volume in manifest.volumes for slab in volume.slabs))


def read_kept(folder: Path) -> KeptScene | None:
    """The scene kept in a folder of assets; None where there is none of this version."""
    try:
        return KeptScene.model_validate_json((folder / SCENE_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def keep(folder: Path, scene: KeptScene) -> None:
    """Keeps the scene for the next opening; where that may not be written it is built again then."""
    with contextlib.suppress(OSError):
        unfinished = folder / f".{SCENE_FILE}.part"
        unfinished.write_text(scene.model_dump_json(), encoding="utf-8")
        unfinished.replace(folder / SCENE_FILE)


def _structure_part(name: str) -> str:
    return f"structure {name}"


def _digest(versions: str, *records: BaseModel) -> str:
    text = "\n".join([f"{PROTOCOL_VERSION}.{versions}", *(record.model_dump_json() for record in records)])
    return hashlib.sha256(text.encode()).hexdigest()
