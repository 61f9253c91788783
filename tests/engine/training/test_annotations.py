"""Structures drawn by hand: painted where they were drawn, on any grid, and only where the scan agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.training import tissues as tissue
from engine.training.annotations import (
    FOLDER,
    DrawnStructure,
    drawn_mask,
    painted,
    read_annotation,
    taught_classes,
)
from engine.training.sources import read_crlm1006, read_crlm1100, with_annotation

DATA = Path(__file__).parents[4] / "shared" / "data"


def drawn(**changes: object) -> DrawnStructure:
    usual = DrawnStructure(
        tissue="aorta",
        rows=np.array([[10.0, 40.0, 50.0, 12.0, 8.0], [50.0, 60.0, 50.0, 12.0, 8.0]]),
        above_hu=100.0,
        below_hu=np.inf,
        one_piece=False,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def flat(spacing: tuple[float, float, float], hu: int = 150) -> NDArray[np.int16]:
    shape = tuple(round(length / step) for length, step in zip((60.0, 100.0, 100.0), spacing, strict=True))
    return np.full(shape, hu, dtype=np.int16)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (5.0, 0.8, 0.8), (2.0, 1.6, 1.25)])
def test_an_oblique_tube_has_its_volume_and_middle_on_every_grid(spacing: tuple[float, float, float]) -> None:
    image = flat(spacing)
    mask = drawn_mask(image, spacing, drawn(), np.ones(image.shape, dtype=bool))
    middle = (np.argwhere(mask).mean(axis=0) + 0.5) * spacing
    np.testing.assert_allclose(middle, (30.0, 50.0, 50.0), atol=0.3)
    volume_mm3 = mask.sum() * np.prod(spacing)
    # Slices whose middle lies within half a slice of the drawn ones belong to it.
    slices = np.arange(image.shape[0]) * spacing[0] + spacing[0] / 2
    height = spacing[0] * ((slices >= 10 - spacing[0] / 2) & (slices <= 50 + spacing[0] / 2)).sum()
    assert volume_mm3 == pytest.approx(np.pi * 12 * 8 * height, rel=0.03)


def test_what_is_too_dark_or_too_bright_is_left_out() -> None:
    spacing = (2.0, 2.0, 2.0)
    image = flat(spacing)
    image[:, :, :25] = 20
    image[15:, :, :] = 400
    mask = drawn_mask(image, spacing, drawn(below_hu=300.0), np.ones(image.shape, dtype=bool))
    assert mask.any()
    assert not mask[:, :, :24].any()
    assert not mask[15:].any()


def test_an_organ_in_one_piece_leaves_out_what_lies_apart_and_fills_its_holes() -> None:
    spacing = (2.0, 2.0, 2.0)
    image = flat(spacing, hu=0)
    rows = np.array([[10.0, 50.0, 50.0, 40.0, 40.0], [50.0, 50.0, 50.0, 40.0, 40.0]])
    image[5:25, 20:32, 15:27] = 200
    image[5:25, 25:27, 20:22] = 0
    image[5:25, 20:24, 34:38] = 200
    kidney = drawn(tissue="right_kidney", rows=rows, one_piece=True)
    mask = drawn_mask(image, spacing, kidney, np.ones(image.shape, dtype=bool))
    assert mask[10, 21, 16]
    assert mask[10, 26, 21]
    assert not mask[:, :, 33:].any()


def test_a_vessel_runs_through_the_liver_and_an_organ_and_a_tumour_do_not_give_way() -> None:
    spacing = (2.0, 2.0, 2.0)
    image = flat(spacing)
    tissues = np.full(image.shape, tissue.LIVER, dtype=np.uint8)
    tissues[:10] = tissue.TUMOUR
    kidney = drawn(tissue="right_kidney", one_piece=True)
    result = painted(tissues, image, spacing, (drawn(), kidney))
    assert (result[tissues == tissue.TUMOUR] == tissue.TUMOUR).all()
    assert set(np.unique(result[10:]).tolist()) == {tissue.LIVER, tissue.AORTA}


def test_what_is_drawn_first_stays() -> None:
    spacing = (2.0, 2.0, 2.0)
    image = flat(spacing)
    tissues = np.full(image.shape, tissue.FAT, dtype=np.uint8)
    both = painted(tissues, image, spacing, (drawn(), drawn(tissue="inferior_vena_cava")))
    assert set(np.unique(both).tolist()) == {tissue.FAT, tissue.AORTA}


@pytest.mark.parametrize(
    "text",
    [
        "structures = 3",
        "[[structures]]\ntissue = 'aorta'\nabove_hu = 1.0\nrows = [[1, 2, 3, 4]]",
        "[[structures]]\ntissue = 'moon'\nabove_hu = 1.0\nrows = [[1, 2, 3, 4, 5], [2, 2, 3, 4, 5]]",
        "[[structures]]\ntissue = 'aorta'\nabove_hu = 1.0\nrows = [[2, 2, 3, 4, 5], [1, 2, 3, 4, 5]]",
        "[[structures]]\ntissue = 'aorta'\nabove_hu = 1.0\nrows = [[1, 2, 3, 4, 0], [2, 2, 3, 4, 5]]",
        "not toml",
    ],
)
def test_a_broken_annotation_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_text(text)
    with pytest.raises(TrainingError, match=r"scan\.toml"):
        read_annotation(path)


@pytest.mark.parametrize("name", ["crlm1006", "crlm1100"])
def test_the_shipped_annotations_say_their_licence_and_teach_what_the_scans_leave_out(name: str) -> None:
    path = FOLDER / f"{name}.toml"
    assert 'licence = "CC BY 4.0"' in path.read_text()
    assert sorted(taught_classes(read_annotation(path))) == [4, 9, 10]


@pytest.mark.parametrize(("name", "read"), [("crlm1006", read_crlm1006), ("crlm1100", read_crlm1100)])
def test_on_the_real_scans_the_drawn_organs_have_a_patients_size(name: str, read: object) -> None:
    if not (DATA / name).is_dir():
        pytest.skip("the scans are not here")
    volume = with_annotation(read(DATA / name))  # type: ignore[operator]
    millilitres = np.bincount(volume.tissues.ravel(), minlength=27) * np.prod(volume.spacing_kji_mm) / 1000
    assert 120 < millilitres[4] < 300
    assert 40 < millilitres[tissue.AORTA] < 160
    assert 40 < millilitres[tissue.INFERIOR_VENA_CAVA] < 160
    assert {4, 9, 10} <= set(volume.known_classes)
    # The patient's right kidney and cava lie right of the aorta (i grows to the left), the kidney behind the liver.
    middle = {value: np.argwhere(volume.tissues == value).mean(axis=0) for value in (1, 4, 9, 10)}
    assert middle[4][2] < middle[10][2] < middle[9][2]
    assert middle[4][1] > middle[1][1]
    kidney = volume.image_hu[volume.tissues == 4]
    assert np.median(kidney) > np.median(volume.image_hu[volume.tissues == tissue.LIVER])
