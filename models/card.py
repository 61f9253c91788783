"""The model card: what a network is, what made it, how well it does, read from TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.schedule import Schedule, read_schedule

CARD_FOLDER: Final = Path(__file__).parent / "cards"
WEIGHTS_FOLDER: Final = Path(__file__).parent / "weights"


class ModelError(Exception):
    """A card or its weights cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChannel:
    """One input channel: (HU - centre) / width, clamped to +- limit."""

    centre_hu: float
    width_hu: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCard:
    """What the code needs of a card; sources, scores and failure modes are there for people.

    Attributes:
        name: e.g. "cantlie-coarse".
        version: of the weights.
        task: "coarse" (whole abdomen) or "fine" (inside the liver).
        classes: class names in channel order.
        filters: features of each level.
        spacing_mm: isotropic voxel spacing the network sees.
        patch_kji: shape it was trained on.
        channels: how Hounsfield units become input.
        other_bias: added to the logit of class 0, undoing the weight the loss gives to rare classes.
        temperature: one a class; the logarithms of the probabilities are divided by it so that they are calibrated
            (Guo et al., ICML 2017). The card gives a number for all classes or a list.
        mirrored: whether left and right were mirrored in training, so that answers on the mirror image count.
        schedule: how it was trained.
        weights_file: name under `models/weights`.
        weights_sha256: hex digest of that file, "" before the first training.
        path: the card file.
    """

    name: str
    version: str
    task: str
    classes: tuple[str, ...]
    filters: tuple[int, ...]
    spacing_mm: float
    patch_kji: tuple[int, int, int]
    channels: tuple[InputChannel, ...]
    other_bias: float
    temperature: tuple[float, ...]
    mirrored: bool
    schedule: Schedule
    weights_file: str
    weights_sha256: str
    path: Path


def read_card(path: Path) -> NetworkCard:
    """Reads a card.

    Raises:
        ModelError: the file is missing, no TOML or lacks something.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        network, training, weights = table["network"], table["training"], table["weights"]
        patch = tuple(int(n) for n in network["patch_kji"])
        return NetworkCard(
            name=str(table["name"]),
            version=str(table["version"]),
            task=str(network["task"]),
            classes=tuple(str(name) for name in network["classes"]),
            filters=tuple(int(n) for n in network["filters"]),
            spacing_mm=float(network["spacing_mm"]),
            patch_kji=(patch[0], patch[1], patch[2]),
            channels=tuple(
                InputChannel(
                    centre_hu=float(one["centre_hu"]), width_hu=float(one["width_hu"]), limit=float(one["limit"])
                )
                for one in network["channels"]
            ),
            other_bias=float(network.get("other_bias", 0.0)),
            temperature=_temperatures(network.get("temperature", 1.0), len(network["classes"])),
            mirrored=bool(network.get("mirrored", False)),
            schedule=read_schedule(training, table.get("pretraining")),
            weights_file=str(weights["file"]),
            weights_sha256=str(weights["sha256"]),
            path=path,
        )
    except OSError as error:
        raise ModelError(f"The model card {path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelError(f"The model card {path.name} is not valid: {error}.") from error


def _temperatures(given: float | list[float], classes: int) -> tuple[float, ...]:
    """One temperature a class, from a number or a list.

    Raises:
        ValueError: not one a class, or not above zero.
    """
    each = tuple(float(one) for one in given) if isinstance(given, list) else (float(given),) * classes
    if len(each) != classes or min(each) <= 0:
        raise ValueError("temperature must be above zero, one number or one a class")
    return each


def shipped_card(task: str) -> NetworkCard:
    """The card of the shipped network for a task ("coarse" or "fine")."""
    return read_card(CARD_FOLDER / f"{task}.toml")
