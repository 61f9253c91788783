"""MONAI bundles: configs/metadata.json, configs/inference.json (or .yaml), models/model.pt; a folder or a zip of one.

See `bundle_config` for how the configuration is read without running it. The network must be one of MONAI's own for
segmentation; of the preprocessing the steps of `bundle_steps` are done.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.errors import WeightsError
from engine.progress import Progress
from engine.segmentation.adapters.bundle_config import BundleConfig
from engine.segmentation.adapters.bundle_steps import BundleSteps, read_steps
from engine.segmentation.adapters.foreign_grid import oriented_grid, sampled
from engine.segmentation.adapters.foreign_inference import WindowPlan, foreign_probability
from engine.segmentation.adapters.foreign_labels import composed, finished, masks_of_classes, structures_of_classes
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.precision import chosen_device
from engine.segmentation.segmentation import Segmentation
from engine.volume import ScanVolume
from models.card import ModelError
from models.checkpoints import cached_weights

if TYPE_CHECKING:
    from torch import nn

_CURE: Final = "Give a bundle with configs/inference.json, configs/metadata.json and models/model.pt."
_NETWORKS: Final = frozenset(
    {"UNet", "BasicUNet", "BasicUNetPlusPlus", "DynUNet", "SegResNet", "SegResNetDS", "SegResNetVAE", "VNet",
     "AttentionUnet", "UNETR", "SwinUNETR", "AHNet", "ResUNet"}
)  # fmt: skip
_FETCHING: Final = ("pretrained", "progress", "weights")
"""Arguments that make a network fetch weights."""
_MAX_CONFIG_BYTES: Final = 4 * 1024**2
_MAX_WEIGHTS_BYTES: Final = 8 * 1024**3
_WEIGHTS: Final = ("models/model.safetensors", "models/model.pt", "models/model.pth")
_CONFIGS: Final = ("configs/inference.json", "configs/inference.yaml", "configs/inference.yml")
_METADATA: Final = "configs/metadata.json"
_OF_OUTPUT: Final = "network_data_format::outputs::pred::"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bundle:
    """A bundle that was read: its name, network without weights, steps, windows and classes."""

    name: str
    network: nn.Module
    weights: Path
    steps: BundleSteps
    plan: WindowPlan
    classes: Mapping[int, str]


def segment_by_bundle(place: str, scan: ScanVolume, *, device: str, progress: Progress) -> Segmentation:
    """Segments with a MONAI bundle.

    Raises:
        WeightsError: not a bundle, or it wants what is not done here; says what.
        SegmentationError: device or memory trouble, or no liver was found.
    """
    where = chosen_device(device)
    started = time.perf_counter()
    progress.stage("Reading the MONAI bundle")
    with _unpacked(Path(place)) as folder:
        bundle = _read(folder)
        _load(bundle)
    ours, warnings = structures_of_classes(bundle.classes)
    progress.advance(1.0)
    progress.stage("Segmenting with a MONAI bundle")
    grid = oriented_grid(scan.geometry, bundle.steps.axes, bundle.steps.spacing_mm)
    # MONAI's arrays run i, j, k; ours k, j, i.
    values = bundle.steps.scaled(sampled(scan, grid)).transpose(2, 1, 0)
    share, where = foreign_probability([bundle.network], values, bundle.plan, device=where, advance=progress.advance)
    share = np.ascontiguousarray(share.transpose(2, 1, 0, 3))
    if bundle.plan.exclusive:
        winner = share.argmax(axis=-1).astype(np.uint8)
        found = ClassGrid(classes=_names(bundle.classes), probability=share, winner=winner, geometry=grid)
        masks = masks_of_classes(on_scan_grid(found, scan.geometry), ours)
    else:
        masks = {}
        for index, name in ours.items():
            pair = np.stack([255 - share[..., index], share[..., index]], axis=-1)
            one = ClassGrid(
                classes=("no", "yes"), probability=pair, winner=pair.argmax(axis=-1).astype(np.uint8), geometry=grid
            )
            mask = on_scan_grid(one, scan.geometry) == 1
            masks[name] = masks[name] | mask if name in masks else mask
    labels, more = composed(masks, scan)
    progress.advance(1.0)
    return finished(labels, network=bundle.name, device=where, warnings=(*warnings, *more), started=started)


def _names(classes: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(classes[n] for n in range(len(classes)))


@contextmanager
def _unpacked(place: Path) -> Iterator[Path]:
    """The bundle's folder; of a zip only the three files needed are taken, under their own names."""
    if place.is_dir():
        yield place
        return
    if not place.is_file() or not zipfile.is_zipfile(place):
        raise WeightsError("There is no MONAI bundle at the path.", cure=_CURE)
    with tempfile.TemporaryDirectory(prefix="cantlie-bundle-") as scratch, zipfile.ZipFile(place) as archive:
        for member in archive.infolist():
            inner = next((one for one in (_METADATA, *_CONFIGS, *_WEIGHTS) if _is(member.filename, one)), None)
            if inner is None:
                continue
            most = _MAX_WEIGHTS_BYTES if inner in _WEIGHTS else _MAX_CONFIG_BYTES
            target = Path(scratch) / inner
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as out:
                while chunk := source.read(1 << 20):
                    most -= len(chunk)
                    if most < 0:
                        raise WeightsError("The bundle unpacks to more than any network.", cure=_CURE)
                    out.write(chunk)
        yield Path(scratch)


def _is(filename: str, inner: str) -> bool:
    """Whether a member is that file, at the top of the archive or in one folder."""
    return filename == inner or (filename.endswith(f"/{inner}") and filename.count("/") == inner.count("/") + 1)


def _read(folder: Path) -> _Bundle:
    metadata = BundleConfig(_table(folder / _METADATA))
    path = next((folder / one for one in _CONFIGS if (folder / one).is_file()), None)
    weights = next((folder / one for one in _WEIGHTS if (folder / one).is_file()), None)
    if path is None or weights is None:
        raise WeightsError("The bundle lacks its inference configuration or its weights.", cure=_CURE)
    config = BundleConfig(_table(path))
    try:
        classes = {int(n): str(name) for n, name in metadata.value(f"{_OF_OUTPUT}channel_def", {}).items()}
        if not classes or sorted(classes) != list(range(len(classes))):
            raise ValueError("classes")
        steps = read_steps(config)
        return _Bundle(
            name=f"MONAI bundle {re.sub(r'[^A-Za-z0-9 ._-]', '', str(metadata.value('name', '')))[:64]}".strip(),
            network=_network(config.value("network_def")),
            weights=weights,
            steps=steps,
            plan=_plan(config, len(classes), exclusive=not steps.independent),
            classes=classes,
        )
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise WeightsError("The bundle's configuration does not make sense here.", cure=_CURE) from error


def _plan(config: BundleConfig, classes: int, *, exclusive: bool) -> WindowPlan:
    inferer = config.value("inferer", {})
    target = str(inferer.get("_target_", "")).rpartition(".")[2]
    if target != "SlidingWindowInferer":
        raise WeightsError("The bundle infers otherwise than by sliding windows.", cure="Give one that does.")
    size = inferer["roi_size"]
    extents = [int(size)] * 3 if isinstance(size, int) else [int(n) for n in size]
    overlap = float(inferer.get("overlap", 0.25))
    if len(extents) != 3 or not all(8 <= n <= 512 for n in extents) or not 0 <= overlap < 0.95:
        raise ValueError("windows")
    window = (extents[0], extents[1], extents[2])
    return WindowPlan(window=window, overlap=overlap, classes=classes, exclusive=exclusive)


def _network(definition: Any) -> nn.Module:
    """One of MONAI's networks for segmentation, made from plain arguments."""
    target = str(definition.get("_target_", "")) if isinstance(definition, Mapping) else ""
    package, _, name = target.rpartition(".")
    if name not in _NETWORKS or package not in ("", "monai.networks.nets"):
        raise WeightsError(
            "The bundle's network is none of MONAI's own for segmentation; its code was not run.",
            cure=f"Known: {', '.join(sorted(_NETWORKS))}.",
        )
    arguments = {key: one for key, one in definition.items() if key not in ("_target_", "_meta_", *_FETCHING)}
    if "_target_" in json.dumps(arguments):
        raise WeightsError("The bundle's network is made of other objects; they were not made.", cure=_CURE)
    import monai.networks.nets

    made: nn.Module = getattr(monai.networks.nets, name)(**arguments)
    return made


def _load(bundle: _Bundle) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        own = bundle.network.state_dict()
        tensors = _with_own_names(load_file(str(cached_weights(bundle.weights))), own)
        missing = [name for name in own if name not in tensors]
        # Networks that register a block twice may be saved with one of the names.
        if missing and not _shared(own, missing, set(tensors)):
            raise RuntimeError("names")
        bundle.network.load_state_dict(tensors, strict=not missing)
    except (ModelError, SafetensorError) as error:
        raise WeightsError(str(error), cure=_CURE) from error
    except RuntimeError as error:
        raise WeightsError("The bundle's weights are not of the network it describes.", cure=_CURE) from error


def _with_own_names(tensors: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tensors without the attribute's name that a training loop (Lightning) put before every one."""
    for prefix in ("model.", "network.", "net."):
        if not any(name in own for name in tensors) and all(name.startswith(prefix) for name in tensors):
            return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _shared(own: Mapping[str, Any], missing: list[str], given: set[str]) -> bool:
    """Whether each missing name is a second name of a tensor that is given."""
    places = {own[name].data_ptr() for name in own if name in given and own[name].numel()}
    return all(own[name].numel() and own[name].data_ptr() in places for name in missing)


def _table(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise WeightsError("A configuration of the bundle is absurdly large.", cure=_CURE)
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else _yaml(text)
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"The bundle has no readable {path.name}.", cure=_CURE) from error
    if not isinstance(table, Mapping):
        raise WeightsError(f"The bundle has no readable {path.name}.", cure=_CURE)
    return table


def _yaml(text: str) -> Any:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError as error:
        raise WeightsError(
            "The bundle's configuration is YAML, and PyYAML is not installed.", cure="Install PyYAML, or use JSON."
        ) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError("yaml") from error
