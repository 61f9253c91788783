"""Reads the volumes the shipped networks may be trained on (their licences stand in the model card)."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EmptyScanError
from engine.training import tissues as tissue
from engine.training.annotations import FOLDER, painted, read_annotation, taught_classes
from engine.training.tissues import COARSE_CLASSES
from engine.volume import box_of

# TotalSegmentator v2 label -> tissue value; kept here because only this one source uses that catalogue.
_TOTALSEG = {
    1: 2, 2: 4, 3: 3, 4: 5, 5: 1, 6: 6, 7: 7, 8: 17, 9: 17, 10: 13, 11: 13, 12: 13, 13: 13, 14: 13,
    15: 15, 18: 15, 19: 8, 20: 15, 21: 17, 51: 14, 52: 9, 53: 14, 61: 14, 62: 14, 63: 10, 64: 11,
    65: 9, 66: 9, 67: 10, 68: 10,
}  # fmt: skip
_TOTALSEG_BONES = (*range(25, 51), *range(69, 79), *range(91, 118))
_TOTALSEG_MUSCLES = tuple(range(79, 90))

_PSEUDO = {1: 2, 2: 7, 3: 3, 4: 5, 5: 15, 6: 1, 7: 6, 8: 8}
_PSEUDO_KNOWN = (0, 1, 2, 3, 5, 6, 7, 8, 13)

_SPL = {3: 1, 4: 2, 6: 7, 7: 9, 8: 10, 9: 15, 10: 5, 11: 11, 12: 11, 13: 6, 51: 4, 52: 3, 117: 11}
_SPL_KNOWN = tuple(n for n in range(len(COARSE_CLASSES)) if n not in (6, 8, 13))
# The header makes the liver 239 mL; 1.84 on every axis makes it a usual 1.5 L.
_SPL_SCALE = 1.84

BODY_SHARE = 0.3
"""Invented bodies teach every organ, yet look like one another: real anatomy stays the larger part."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingVolume:
    """One labelled volume in canonical order: k grows superior, j posterior, i left.

    Attributes:
        name: where it comes from.
        tissues: (k, j, i) uint8 values of `engine.training.tissues`.
        image_hu: (k, j, i) int16, or (0, 0, 0) where the source is a label map alone.
        spacing_kji_mm: (3,) voxel spacing.
        known_classes: classes this source labels; the others may hide in its "other".
        weight: how often it is drawn, relative to the others.
        merged_classes: groups of classes it does not tell apart.
    """

    name: str
    tissues: NDArray[np.uint8]
    image_hu: NDArray[np.int16]
    spacing_kji_mm: tuple[float, float, float]
    known_classes: tuple[int, ...]
    weight: float = 1.0
    merged_classes: tuple[tuple[int, ...], ...] = ()

    @property
    def has_image(self) -> bool:
        """Whether there is a CT beside the labels."""
        return self.image_hu.size > 0


def read_lps(path: Path) -> tuple[NDArray[Any], tuple[float, float, float]]:
    """Reads an image file into canonical axis order; returns (k, j, i) voxels and spacing (k, j, i) in mm."""
    import SimpleITK

    image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "LPS")
    spacing = image.GetSpacing()
    return SimpleITK.GetArrayFromImage(image), (spacing[2], spacing[1], spacing[0])


def read_dicom_archive(path: Path) -> tuple[NDArray[np.int16], tuple[float, float, float]]:
    """Reads the one DICOM series in a tar archive into canonical axis order."""
    import SimpleITK

    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        for candidate in sorted({file.parent for file in Path(folder).rglob("*") if file.is_file()}):
            names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(candidate))
            if len(names) > 1:
                image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(names), "LPS")
                spacing = image.GetSpacing()
                return SimpleITK.GetArrayFromImage(image).astype(np.int16), (spacing[2], spacing[1], spacing[0])
    raise EmptyScanError(f"{path.name} holds no DICOM series.", cure="Fetch the training data again.")


def body_mask(image_hu: NDArray[np.int16]) -> NDArray[np.bool_]:
    """(k, j, i) true inside the skin: the largest region above -300 HU with its holes filled slice by slice."""
    from scipy import ndimage

    labels, count = ndimage.label(ndimage.binary_opening(image_hu > -300, iterations=1))
    if count == 0:
        return np.ones(image_hu.shape, dtype=bool)
    largest = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return np.stack([ndimage.binary_fill_holes(plane) for plane in largest])


def tissues_from_image(image_hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Air, fat, soft tissue, gas and lungs by Hounsfield thresholds, for what no label map names."""
    from scipy import ndimage

    body = body_mask(image_hu)
    result = np.zeros(image_hu.shape, dtype=np.uint8)
    result[body] = tissue.MUSCLE
    result[body & (image_hu < -25)] = tissue.FAT
    hollow = body & (image_hu < -300)
    result[hollow] = tissue.GAS
    parts, count = ndimage.label(hollow)
    if count:
        sizes = np.bincount(parts.ravel())
        large = np.flatnonzero(sizes > 0.004 * image_hu.size)
        result[np.isin(parts, large[large > 0])] = tissue.LUNGS
    return result


def _painted(base: NDArray[np.uint8], labels: NDArray[Any], table: dict[int, int]) -> NDArray[np.uint8]:
    lookup = np.zeros(int(max(labels.max(), *table)) + 1, dtype=np.uint8)
    for source, value in table.items():
        lookup[source] = value
    painted = lookup[labels]
    return np.where(painted > 0, painted, base)


def read_totalseg(folder: Path) -> TrainingVolume:
    """TotalSegmentator's example scan with its 61 structures."""
    image, spacing = read_lps(folder / "example_ct.nii.gz")
    labels, _ = read_lps(folder / "example_seg_fast_force_split.nii.gz")
    table = dict(_TOTALSEG)
    table.update(dict.fromkeys(_TOTALSEG_BONES, 12))
    table.update(dict.fromkeys(_TOTALSEG_MUSCLES, tissue.MUSCLE))
    image_hu = np.clip(image, -1024, 3000).astype(np.int16)
    return TrainingVolume(
        name="totalseg_example",
        tissues=_painted(tissues_from_image(image_hu), labels, table),
        image_hu=image_hu,
        spacing_kji_mm=spacing,
        known_classes=tuple(range(len(COARSE_CLASSES))),
        weight=2.5,
    )


def read_crlm1100(folder: Path) -> TrainingVolume:
    """Colorectal-Liver-Metastases 1100: liver and tumours by radiologists, other organs weakly labelled."""
    image, spacing = read_lps(folder / "ct.nii.gz")
    pseudo, _ = read_lps(folder / "pseudo_organs.nii.gz")
    liver, _ = read_lps(folder / "reference" / "liver.nii.gz")
    tumour, _ = read_lps(folder / "reference" / "tumor.nii.gz")
    image_hu = image.astype(np.int16)
    labels = _painted(tissues_from_image(image_hu), np.where(pseudo == 6, 0, pseudo), _PSEUDO)
    labels[liver > 0] = tissue.LIVER
    labels[tumour > 0] = tissue.TUMOUR
    return TrainingVolume(
        name="crlm1100", tissues=labels, image_hu=image_hu, spacing_kji_mm=spacing, known_classes=_PSEUDO_KNOWN,
        weight=2.0,
    )  # fmt: skip


def read_crlm1006(folder: Path) -> TrainingVolume:
    """Colorectal-Liver-Metastases 1006: all organs weakly labelled, thick slices; halved in plane."""
    image, spacing = read_dicom_archive(folder / "dicom.tar.xz")
    pseudo, _ = read_lps(folder / "pseudo_organs.nii.gz")
    halves = image.shape[0], image.shape[1] // 2, 2, image.shape[2] // 2, 2
    image_hu = image.reshape(halves).mean(axis=(2, 4)).astype(np.int16)
    labels = _painted(tissues_from_image(image_hu), pseudo[:, ::2, ::2], _PSEUDO)
    return TrainingVolume(
        name="crlm1006", tissues=labels, image_hu=image_hu,
        spacing_kji_mm=(spacing[0], 2 * spacing[1], 2 * spacing[2]), known_classes=_PSEUDO_KNOWN,
        weight=1.5,
    )  # fmt: skip


def with_annotation(volume: TrainingVolume, folder: Path = FOLDER) -> TrainingVolume:
    """The volume with what was drawn on it by hand (`models/annotations`), counted among its known classes."""
    drawn = read_annotation(folder / f"{volume.name}.toml")
    return replace(
        volume,
        tissues=painted(volume.tissues, volume.image_hu, volume.spacing_kji_mm, drawn),
        known_classes=tuple(sorted({*volume.known_classes, *taught_classes(drawn)})),
    )


def read_spl_atlas(folder: Path) -> TrainingVolume:
    """The SPL abdominal atlas: labels alone, put into a body of fat and muscle because it has no skin."""
    from scipy import ndimage

    labels, spacing = read_lps(folder / "seg.nrrd")
    bones = (2, 299, *range(301, 308), *range(401, 413), *range(501, 506), *range(551, 560), 600, *range(681, 693), 700)
    table = dict(_SPL)
    table.update(dict.fromkeys(bones, 12))
    named = _painted(np.zeros(labels.shape, np.uint8), labels, table)
    named[(labels > 0) & (named == 0)] = tissue.MUSCLE
    reach = ndimage.binary_closing(np.pad(named > 0, ((0, 0), (30, 30), (30, 30))), iterations=22)
    named = np.pad(named, ((0, 0), (30, 30), (30, 30)))
    inside = ndimage.binary_dilation(np.stack([ndimage.binary_fill_holes(plane) for plane in reach]), iterations=5)
    wall = inside & ~ndimage.binary_erosion(inside, iterations=9, border_value=1)
    tissues = np.where(inside, np.uint8(tissue.FAT), np.uint8(0))
    tissues[wall & ~(inside & ~ndimage.binary_erosion(inside, iterations=4, border_value=1))] = tissue.MUSCLE
    tissues = np.where(named > 0, named, tissues).astype(np.uint8)
    return TrainingVolume(
        name="spl_abdominal", tissues=tissues, image_hu=np.zeros((0, 0, 0), np.int16),
        spacing_kji_mm=(spacing[0] * _SPL_SCALE, spacing[1] * _SPL_SCALE, spacing[2] * _SPL_SCALE),
        known_classes=_SPL_KNOWN, weight=1.2,
    )  # fmt: skip


def read_pack_livers(folder: Path) -> Iterator[tuple[str, NDArray[np.bool_], float]]:
    """The MSD livers of the label pack: name, (k, j, i) mask in canonical order, spacing in mm."""
    for path in sorted(folder.glob("MSD-*_liver.nii.gz")):
        mask, spacing = read_lps(path)
        yield path.name.split("_")[0], mask > 0, spacing[0]


def with_other_liver(base: TrainingVolume, name: str, mask: NDArray[np.bool_], spacing_mm: float) -> TrainingVolume:
    """The base volume with its liver taken out and another one put in its place.

    The other liver is placed where both right upper borders meet: the dome under the right lung is what a
    patient's liver keeps, while its left lobe and lower tip vary. Where the old liver is left over, the nearest
    other tissue fills in.
    """
    from scipy import ndimage

    step = spacing_mm / np.array(base.spacing_kji_mm)
    other = ndimage.zoom(mask.astype(np.float32), step, order=1) > 0.5
    old = np.isin(base.tissues, (tissue.LIVER, tissue.TUMOUR))
    nearest = ndimage.distance_transform_edt(
        old, sampling=base.spacing_kji_mm, return_distances=False, return_indices=True
    )
    tissues = base.tissues[tuple(nearest)]
    tissues[old & (tissues == 0)] = tissue.FAT
    tissues[old & np.isin(tissues, (tissue.LUNGS, tissue.GAS))] = tissue.FILLING
    old_box, new_box = box_of(old), box_of(other)
    assert old_box is not None
    assert new_box is not None
    # Superior end, middle front to back, right side (i grows to the left, so the right side is the low end).
    shift = np.array(
        [
            old_box[0].stop - new_box[0].stop,
            (old_box[1].start + old_box[1].stop - new_box[1].start - new_box[1].stop) // 2,
            old_box[2].start - new_box[2].start,
        ]
    )
    where = np.argwhere(other) + shift
    where = where[((where >= 0) & (where < tissues.shape)).all(axis=1)]
    inside = tissues[tuple(where.T)]
    where = where[~np.isin(inside, (0, tissue.BONES, tissue.AORTA, tissue.INFERIOR_VENA_CAVA, *tissue.KIDNEYS))]
    tissues[tuple(where.T)] = tissue.LIVER
    image_hu = base.image_hu
    if base.has_image:
        image_hu = image_hu[tuple(nearest)]
        kept = old & (tissues == tissue.LIVER)
        image_hu[kept] = base.image_hu[kept]
        added = (tissues == tissue.LIVER) & ~old
        image_hu[added] = np.random.default_rng(0).choice(base.image_hu[base.tissues == tissue.LIVER], int(added.sum()))
    return replace(base, name=f"{base.name}+{name}", tissues=tissues, image_hu=image_hu, weight=0.05 * base.weight)


def with_invented_bodies(volumes: Sequence[TrainingVolume], bodies: Sequence[TrainingVolume]) -> list[TrainingVolume]:
    """The volumes and the bodies, the bodies weighted so that together they are drawn `BODY_SHARE` of the time."""
    if not bodies:
        return list(volumes)
    total = sum(volume.weight for volume in volumes)
    each = total * BODY_SHARE / (1 - BODY_SHARE) / len(bodies)
    return [*volumes, *(replace(body, weight=each) for body in bodies)]


def read_coarse_sources(data_dir: Path) -> list[TrainingVolume]:
    """All volumes the coarse network is trained on, with the pack's livers put into each of them."""
    bases = [
        read_totalseg(data_dir / "totalseg_example"),
        with_annotation(read_crlm1100(data_dir / "crlm1100")),
        with_annotation(read_crlm1006(data_dir / "crlm1006")),
        read_spl_atlas(data_dir / "atlases" / "spl_abdominal"),
    ]
    volumes = list(bases)
    for number, (name, mask, spacing_mm) in enumerate(read_pack_livers(data_dir / "label_pack_1p5mm")):
        volumes.extend(
            with_other_liver(base, name, mask, spacing_mm) for base in (bases[number % 4], bases[(number + 1) % 4])
        )
    return volumes
