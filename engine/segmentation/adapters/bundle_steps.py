"""The preprocessing of a MONAI bundle that is done here: orientation, spacing and intensity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.segmentation.adapters.bundle_config import BundleConfig

_WITHOUT_EFFECT: Final = frozenset(
    {"LoadImage", "EnsureChannelFirst", "AddChannel", "AsChannelFirst", "EnsureType", "ToTensor", "CastToType",
     "CropForeground", "SpatialPad", "DivisiblePad", "EnsureTyped", "SelectItems", "Identity"}
)  # fmt: skip
"""Reading and typing happen here anyway; sliding windows look at the whole scan, so cropping and padding change nothing
but the padding value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSteps:
    """What is done to a scan before and after the network.

    Attributes:
        axes: the patient sides that the array's axes grow towards.
        spacing_mm: along them, or None to keep the scan's own.
        intensity: steps with their arguments, in order.
        independent: whether each class stands alone (sigmoid).
    """

    axes: str
    spacing_mm: tuple[float, float, float] | None
    intensity: tuple[tuple[str, Mapping[str, Any]], ...]
    independent: bool

    def scaled(self, hu: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scan's values as the network wants them."""
        values = hu
        for name, given in self.intensity:
            values = _STEPS[name](values, given)
        return values.astype(np.float32)


def read_steps(config: BundleConfig) -> BundleSteps:
    """Reads `preprocessing` and `postprocessing`.

    Raises:
        WeightsError: a step is not done here; names it.
    """
    axes, spacing, intensity = "RAS", None, []
    for name, given in _transforms(config, "preprocessing"):
        if name == "Orientation":
            axes = str(given.get("axcodes", "RAS")).upper()
        elif name == "Spacing":
            pixdim = given["pixdim"]
            each = [float(pixdim)] * 3 if isinstance(pixdim, (int, float)) else [float(n) for n in pixdim]
            spacing = (each[0], each[1], each[2])
        elif name in _STEPS:
            intensity.append((name, given))
        elif name not in _WITHOUT_EFFECT:
            raise WeightsError(
                f"The bundle prepares scans by a step that is not done here ({_safe(name)}).",
                cure=f"Done here: Orientation, Spacing, {', '.join(_STEPS)}.",
            )
    independent = any(
        name == "Activations" and given.get("sigmoid") is True for name, given in _transforms(config, "postprocessing")
    )
    return BundleSteps(axes=axes, spacing_mm=spacing, intensity=tuple(intensity), independent=independent)


def _transforms(config: BundleConfig, section: str) -> list[tuple[str, Mapping[str, Any]]]:
    """(name without its dictionary suffix, arguments) of each enabled transform."""
    # The list is taken apart before it is resolved: postprocessing holds expressions that never matter here.
    found = []
    for number in range(256):
        name = config.value(f"{section}::transforms::{number}::_target_")
        if name is None:
            break
        plain = str(name).rpartition(".")[2]
        plain = plain[:-1] if plain.endswith("d") and plain not in ("Pad",) else plain
        plain = plain.removesuffix("Dict")
        if config.value(f"{section}::transforms::{number}::_disabled_", False) is True:
            continue
        needed = plain in _STEPS or plain in ("Orientation", "Spacing", "Activations")
        found.append((plain, config.value(f"{section}::transforms::{number}", {}) if needed else {}))
    return found


def _safe(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())[:40]


def _scale_range(values: NDArray[np.float32], given: Mapping[str, Any]) -> NDArray[np.float32]:
    low, high = float(given["a_min"]), float(given["a_max"])
    to_low, to_high = float(given.get("b_min", 0.0)), float(given.get("b_max", 1.0))
    scaled = (values - low) / (high - low) * (to_high - to_low) + to_low
    return np.clip(scaled, to_low, to_high) if given.get("clip") else scaled


def _normalise(values: NDArray[np.float32], given: Mapping[str, Any]) -> NDArray[np.float32]:
    chosen = values[values != 0] if given.get("nonzero") else values
    centre = given.get("subtrahend")
    width = given.get("divisor")
    centre = float(chosen.mean()) if centre is None else float(centre)
    width = float(chosen.std()) if width is None else float(width)
    scaled = (values - centre) / (width or 1.0)
    return np.where(values != 0, scaled, values) if given.get("nonzero") else scaled


def _scale(values: NDArray[np.float32], given: Mapping[str, Any]) -> NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    to_low, to_high = float(given.get("minv", 0.0)), float(given.get("maxv", 1.0))
    return (values - low) / max(high - low, 1e-8) * (to_high - to_low) + to_low


_STEPS: Final = {"ScaleIntensityRange": _scale_range, "NormalizeIntensity": _normalise, "ScaleIntensity": _scale}
