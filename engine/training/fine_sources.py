"""Reads the volumes the fine network may be trained on: real livers, real trees in invented bodies, phantoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.training import tissues as tissue
from engine.training.sources import (
    TrainingVolume,
    read_crlm1006,
    read_crlm1100,
    read_lps,
    read_spl_atlas,
    read_totalseg,
)
from engine.volume import box_of

HELD_OUT: Final = 3
"""Trees that are never trained on, the last ones of the pack: the temperature is fitted on them."""
_LIVER_AND_CONTENTS: Final = (1, 2, 3, 4)
_MARGIN_MM: Final = 30.0
_FULL_OF_BLOOD: Final = (tissue.INFERIOR_VENA_CAVA, tissue.AORTA, tissue.BONES)
# Shares of the samples: trees of patients, phantoms (the only ones with both trees apart), atlas, real scans.
_SHARE_TREES, _SHARE_BODIES, _SHARE_ATLAS = 0.29, 0.43, 0.04
_SHARE_OF_SCAN: Final = {"crlm1100": 0.12, "crlm1006": 0.08, "totalseg_example": 0.04}


def liver_box(tissues: NDArray[np.uint8], spacing_kji_mm: tuple[float, float, float]) -> tuple[slice, ...]:
    """The box around the liver and a margin."""
    box = box_of(np.isin(tissues, (tissue.LIVER, tissue.TUMOUR, tissue.PORTAL_BRANCH, tissue.HEPATIC_VEIN)))
    assert box is not None
    grown = []
    for side, step, extent in zip(box, spacing_kji_mm, tissues.shape, strict=True):
        reach = int(_MARGIN_MM / step)
        grown.append(slice(max(0, side.start - reach), min(extent, side.stop + reach)))
    return tuple(grown)


def cut_to_liver(volume: TrainingVolume) -> TrainingVolume:
    """A volume cut to its liver and a margin; what is in the image becomes relative to the liver's median HU."""
    box = liver_box(volume.tissues, volume.spacing_kji_mm)
    image = volume.image_hu
    if volume.has_image:
        median = np.median(image[volume.tissues == tissue.LIVER])
        image = np.ascontiguousarray(np.clip(image[box] - median, -1300, 1500).astype(np.int16))
    return replace(volume, tissues=np.ascontiguousarray(volume.tissues[box]), image_hu=image)


def with_tree(body: TrainingVolume, name: str, liver: NDArray[np.bool_], vessel: NDArray[np.bool_]) -> TrainingVolume:
    """A patient's liver and vessels (on the body's spacing) in place of the body's liver; its margin grows to fit.

    The livers meet at the upper, right and middle faces. The trees belong to the patient, the neighbours to the body,
    so the vena cava is where a vena cava can be, though not exactly where this patient's veins would enter it.
    """
    from scipy import ndimage

    old = np.isin(body.tissues, (tissue.LIVER, tissue.TUMOUR, tissue.PORTAL_BRANCH, tissue.HEPATIC_VEIN))
    old_box, new_box = box_of(old), box_of(liver)
    assert old_box is not None
    assert new_box is not None
    nearest = ndimage.distance_transform_edt(old, return_distances=False, return_indices=True)
    tissues = body.tissues[tuple(nearest)]
    tissues[old & np.isin(tissues, (tissue.LUNGS, tissue.GAS))] = tissue.FILLING
    shift = np.array(
        [
            old_box[0].stop - new_box[0].stop,
            (old_box[1].start + old_box[1].stop - new_box[1].start - new_box[1].stop) // 2,
            old_box[2].start - new_box[2].start,
        ]
    )
    low = np.minimum(shift + [side.start - 12 for side in new_box], 0)
    high = np.maximum(shift + [side.stop + 12 for side in new_box], tissues.shape)
    padding = [(int(-a), int(b - extent)) for a, b, extent in zip(low, high, tissues.shape, strict=True)]
    tissues = np.pad(tissues, padding, mode="edge")
    tissues = np.where(np.isin(tissues, (tissue.LIVER, tissue.PORTAL_BRANCH)), np.uint8(tissue.FAT), tissues)
    shift -= low
    where = np.argwhere(liver)
    values = np.where(vessel[tuple(where.T)], np.uint8(tissue.LIVER_VESSEL), np.uint8(tissue.LIVER))
    place = tuple((where + shift).T)
    free = ~np.isin(tissues[place], _FULL_OF_BLOOD)
    tissues[tuple(axis[free] for axis in place)] = values[free]
    return replace(
        body, name=f"{name} in {body.name}", tissues=np.ascontiguousarray(tissues), known_classes=(0, 1, 2, 3, 4),
        merged_classes=((2, 3),),
    )  # fmt: skip


def read_trees(folder: Path, bodies: Sequence[TrainingVolume]) -> list[TrainingVolume]:
    """The pack's MSD livers with their vessels, each in one of the bodies; the held-out ones are left out."""
    volumes = []
    for number, path in enumerate(sorted(folder.glob("MSD-*_liver.nii.gz"))[:-HELD_OUT]):
        liver, _ = read_lps(path)
        vessel, _ = read_lps(path.with_name(path.name.replace("_liver", "_vessel")))
        body = bodies[number % len(bodies)]
        volumes.append(with_tree(body, path.name.split("_")[0], liver > 0, (vessel > 0) & (liver > 0)))
    return volumes


def real_livers(data_dir: Path) -> list[TrainingVolume]:
    """Scans with a liver drawn or predicted; what lies in the liver is known for one of them alone (tumours)."""
    scans = (
        (read_crlm1100(data_dir / "crlm1100"), (0, 4), ((1, 2, 3),)),
        (read_crlm1006(data_dir / "crlm1006"), (0,), (_LIVER_AND_CONTENTS,)),
        (read_totalseg(data_dir / "totalseg_example"), (0,), (_LIVER_AND_CONTENTS,)),
    )
    return [replace(cut_to_liver(scan), known_classes=known, merged_classes=merged) for scan, known, merged in scans]


def weighted(
    trees: Sequence[TrainingVolume], bodies: Sequence[TrainingVolume], atlas: TrainingVolume,
    scans: Sequence[TrainingVolume],
) -> list[TrainingVolume]:  # fmt: skip
    """All volumes with the shares stated above."""
    return [
        *(replace(one, weight=_SHARE_TREES / len(trees)) for one in trees),
        *(replace(one, weight=_SHARE_BODIES / len(bodies)) for one in bodies),
        replace(atlas, weight=_SHARE_ATLAS),
        *(replace(one, weight=_SHARE_OF_SCAN[one.name]) for one in scans),
    ]


def read_fine_sources(data_dir: Path, bodies: Sequence[TrainingVolume]) -> list[TrainingVolume]:
    """Everything the fine network is trained on.

    Args:
        data_dir: the data folder.
        bodies: phantoms cut to their liver at the fine spacing, portal and hepatic branches apart.
    """
    atlas = replace(
        cut_to_liver(read_spl_atlas(data_dir / "atlases" / "spl_abdominal")),
        known_classes=(0, 1, 4), merged_classes=((2, 3),),
    )  # fmt: skip
    trees = read_trees(data_dir / "label_pack_1p5mm", bodies)
    return weighted(trees, bodies, atlas, real_livers(data_dir))
