"""Trained nnU-Net v2 model folders: plans.json, dataset.json, fold_*/checkpoint_final.pth.

What nnU-Net does is repeated with our own code: its plans name the network, the spacing and the normalisation
(Isensee et al. 2021, and nnunetv2 2.8 `predict_from_raw_data.py`). Known differences: the scan is resampled linearly
(nnU-Net: cubic splines), no mirroring at test time, no cascade, no region-based classes, one CT channel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.progress import Progress
from engine.segmentation.adapters.foreign_grid import oriented_grid, sampled
from engine.segmentation.adapters.foreign_inference import WindowPlan, foreign_probability
from engine.segmentation.adapters.foreign_labels import composed, finished, masks_of_classes, structures_of_classes
from engine.segmentation.grids import ClassGrid, on_scan_grid
from engine.segmentation.precision import chosen_device
from engine.segmentation.segmentation import Segmentation
from engine.volume import ScanVolume
from models.card import ModelError
from models.checkpoints import cached_weights, weights_facts
from models.plans_network import PlansArchitecture, PlansUNet, architecture_of, load_plans_network

_MAX_JSON_BYTES: Final = 32 * 1024**2
_OVERLAP: Final = 0.5
_CURE: Final = "Give the folder that holds plans.json, dataset.json and fold_0."
_CONFIGURATIONS: Final = ("3d_fullres", "3d_lowres")


@dataclass(frozen=True, slots=True, kw_only=True)
class NnunetModel:
    """What prediction needs of a model folder.

    Attributes:
        name: the data set's name.
        architecture: the network's shape.
        spacing_mm: along the network's array axes.
        patch: extent of a window along the same axes.
        transpose: network axis a is axis transpose[a] of a (k, j, i) array.
        scheme: "CTNormalization", "ZScoreNormalization" or "NoNormalization".
        intensity: mean, std and percentiles of the training set's foreground.
        classes: class names by index.
    """

    name: str
    architecture: PlansArchitecture
    spacing_mm: tuple[float, ...]
    patch: tuple[int, int, int]
    transpose: tuple[int, ...]
    scheme: str
    intensity: Mapping[str, float]
    classes: Mapping[int, str]


def segment_by_nnunet(place: str, scan: ScanVolume, *, device: str, progress: Progress) -> Segmentation:
    """Segments with a trained model folder, averaging the logits of its folds.

    Args:
        place: the folder, with "#LPS" behind it where the network saw scans in another orientation than RAS.
        scan: the CT.
        device: "auto", "cpu" or "cuda".
        progress: told how far it is; may raise to stop.

    Raises:
        WeightsError: not a model folder, or of a kind that is not run here.
        SegmentationError: device or memory trouble, or no liver was found.
    """
    folder_name, _, axes = place.partition("#")
    where = chosen_device(device)
    started = time.perf_counter()
    progress.stage("Reading the nnU-Net weights")
    weights = _fold_weights(Path(folder_name))
    try:
        configuration = weights_facts(weights[0]).get("configuration", "3d_fullres")
        model = read_model(Path(folder_name), configuration)
        networks = [_network(model, path) for path in weights]
    except ModelError as error:
        raise WeightsError(str(error), cure=_CURE) from error
    ours, warnings = structures_of_classes(model.classes)
    progress.advance(1.0)
    progress.stage(f"Segmenting with {len(networks)} folds of nnU-Net")
    spacing_kji = np.empty(3)
    spacing_kji[list(model.transpose)] = model.spacing_mm
    grid = oriented_grid(scan.geometry, axes or "RAS", spacing_kji[::-1].tolist())
    values = normalised(sampled(scan, grid), model).transpose(model.transpose)
    plan = WindowPlan(window=model.patch, overlap=_OVERLAP, classes=len(model.classes))
    share, where = foreign_probability(networks, values, plan, device=where, advance=progress.advance)
    share = np.ascontiguousarray(share.transpose((*np.argsort(model.transpose), 3)))
    found = ClassGrid(
        classes=tuple(model.classes[n] for n in range(len(model.classes))),
        probability=share,
        winner=share.argmax(axis=-1).astype(np.uint8),
        geometry=grid,
    )
    labels, more = composed(masks_of_classes(on_scan_grid(found, scan.geometry), ours), scan)
    progress.advance(1.0)
    return finished(labels, network=f"nnU-Net {model.name}", device=where, warnings=(*warnings, *more), started=started)


def _fold_weights(folder: Path) -> list[Path]:
    """Safetensors of all folds, converted in a process of their own where they are checkpoints."""
    found = []
    for fold in sorted(folder.glob("fold_*")):
        names = ("checkpoint_final.safetensors", "checkpoint_final.pth", "checkpoint_best.pth")
        found += [fold / name for name in names if (fold / name).is_file()][:1]
    if not found:
        raise WeightsError("The folder holds no fold with a checkpoint_final.pth.", cure=_CURE)
    try:
        return [cached_weights(path) for path in found]
    except ModelError as error:
        raise WeightsError(str(error), cure="Use checkpoints that nnU-Net itself wrote.") from error


def _network(model: NnunetModel, weights: Path) -> PlansUNet:
    from safetensors.torch import load_file

    return load_plans_network(PlansUNet(model.architecture, 1, len(model.classes)), load_file(str(weights)))


def read_model(folder: Path, configuration: str) -> NnunetModel:
    """Reads plans and data set of a model folder.

    Raises:
        WeightsError: missing, damaged, or of a kind that is not run here.
        ModelError: the network is not one that is rebuilt here.
    """
    plans, dataset = _json(folder / "plans.json"), _json(folder / "dataset.json")
    if configuration not in _CONFIGURATIONS:
        raise WeightsError("Only 3d_fullres and 3d_lowres models are run here.", cure="Train or get one of them.")
    try:
        chosen = _configuration(plans["configurations"], configuration)
        patch = tuple(int(n) for n in chosen["patch_size"])
        scheme = str(chosen["normalization_schemes"][0])
        transpose = tuple(int(n) for n in plans.get("transpose_forward", (0, 1, 2)))
        channels = dataset["channel_names"] if "channel_names" in dataset else dataset["modality"]
        if len(channels) != 1 or len(patch) != 3 or any(chosen["use_mask_for_norm"]):
            raise WeightsError("The network wants more than one CT channel.", cure="Give a CT network.")
        if sorted(transpose) != [0, 1, 2] or not all(8 <= n <= 512 for n in patch):
            raise ValueError("transpose or patch")
        return NnunetModel(
            name=str(plans.get("dataset_name", "model"))[:64],
            architecture=architecture_of(chosen),
            spacing_mm=tuple(float(n) for n in chosen["spacing"]),
            patch=(patch[0], patch[1], patch[2]),
            transpose=transpose,
            scheme=scheme,
            intensity=plans.get("foreground_intensity_properties_per_channel", {}).get("0", {}),
            classes=_classes(dataset["labels"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise WeightsError("The plans or the data set of the nnU-Net model are damaged.", cure=_CURE) from error


def _configuration(configurations: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A configuration with all that it inherits."""
    chain: list[Mapping[str, Any]] = []
    wanted: str | None = name
    while wanted is not None and len(chain) < 8:
        chain.append(configurations[wanted])
        wanted = chain[-1].get("inherits_from")
    merged: dict[str, Any] = {}
    for one in reversed(chain):
        merged.update(one)
    return merged


def _classes(labels: Mapping[str, Any]) -> dict[int, str]:
    """Index -> name, 0 the background; the ignore label is no output."""
    if any(isinstance(value, (list, tuple)) for value in labels.values()):
        raise WeightsError("The network has overlapping regions instead of classes.", cure="Give one with labels.")
    classes = {int(value): str(name) for name, value in labels.items() if name != "ignore"}
    if sorted(classes) != list(range(len(classes))):
        raise ValueError("labels")
    return classes


def normalised(hu: NDArray[np.float32], model: NnunetModel) -> NDArray[np.float32]:
    """The scan as the plans want it: clipped to the percentiles and standardised (CT), or standardised by itself."""
    match model.scheme:
        case "CTNormalization":
            given = model.intensity
            low, high = float(given["percentile_00_5"]), float(given["percentile_99_5"])
            values = (np.clip(hu, low, high) - float(given["mean"])) / max(float(given["std"]), 1e-8)
        case "ZScoreNormalization":
            values = (hu - hu.mean()) / max(float(hu.std()), 1e-8)
        case "NoNormalization":
            values = hu
        case _:
            raise WeightsError("The plans normalise in a way that is not done here.", cure="Give a CT network.")
    return values.astype(np.float32)


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise WeightsError("A file of the model is absurdly large.", cure=_CURE)
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"The model has no readable {path.name}.", cure=_CURE) from error
    if not isinstance(read, dict):
        raise WeightsError(f"The model has no readable {path.name}.", cure=_CURE)
    return read
