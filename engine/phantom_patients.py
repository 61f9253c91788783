"""Phantom patients as annotated scans: a population of any size where openly licensed annotated scans are few."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.invented_bodies import training_tissue_of_code
from engine.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from engine.training.sources import TrainingVolume

_EXTENT_MM: Final = (290.0, 340.0, 390.0)


def phantom_patient(seed: int, spacing_mm: float, cache: Path | None = None) -> TrainingVolume:
    """One phantom scanned and labelled on an isotropic grid.

    Args:
        seed: the patient.
        spacing_mm: of the grid.
        cache: folder where patients are kept, because growing one takes seconds; None for none.
    """
    from engine.phantom import PhantomRecipe, make_phantom
    from engine.training.sources import TrainingVolume
    from engine.training.tissues import COARSE_CLASSES

    kept = None if cache is None else cache / f"patient_{seed}_{spacing_mm:g}mm.npz"
    if kept is not None and kept.exists():
        with np.load(kept) as arrays:
            tissues, image_hu = arrays["tissues"], arrays["image_hu"]
    else:
        shape = [round(extent / spacing_mm) for extent in _EXTENT_MM]
        recipe = PhantomRecipe(
            seed=seed,
            shape_kji=(shape[0], shape[1], shape[2]),
            spacing_ijk_mm=(spacing_mm, spacing_mm, spacing_mm),
        )
        phantom = make_phantom(recipe)
        tissues, image_hu = training_tissue_of_code()[phantom.labels.labels], phantom.scan.voxels_hu
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_name(kept.name + ".part.npz")
            np.savez_compressed(part, tissues=tissues, image_hu=image_hu)
            part.replace(kept)
    return TrainingVolume(
        name=f"phantom {seed}",
        tissues=tissues,
        image_hu=image_hu,
        spacing_kji_mm=(spacing_mm, spacing_mm, spacing_mm),
        known_classes=tuple(range(len(COARSE_CLASSES))),
    )


def phantom_patients(
    seeds: range, spacing_mm: float, cache: Path | None = None, progress: Progress | None = None
) -> list[TrainingVolume]:
    """Phantoms of several seeds.

    Raises:
        OperationCancelledError: `progress` said so.
    """
    report = progress or SilentProgress()
    patients = []
    for number, seed in enumerate(seeds):
        patients.append(phantom_patient(seed, spacing_mm, cache))
        report.advance((number + 1) / len(seeds), f"patient {number + 1} of {len(seeds)}")
    return patients
