from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.segmentation.contrast import contrast_warnings, organ_values
from engine.segmentation.scan_quality import metal_warnings, slice_warnings, step_warnings
from engine.volume import ScanVolume

CLASSES = ("other", "liver", "portal_vein", "aorta", "left_kidney", "inferior_vena_cava", "air")
LIVER, PORTAL, AORTA, KIDNEY, CAVA = range(1, 6)


def scan_of(voxels: np.ndarray, spacing_ijk_mm: tuple[float, float, float] = (3, 3, 3)) -> ScanVolume:
    geometry = VolumeGeometry.from_parts(shape_kji=voxels.shape, spacing_ijk_mm=spacing_ijk_mm)
    return ScanVolume(voxels_hu=voxels.astype(np.int16), geometry=geometry)


@pytest.fixture
def organs(grid_of):
    winner = np.zeros((30, 30, 60), dtype=np.uint8)
    winner[5:25, 5:25, 5:25] = LIVER
    winner[10:16, 10:14, 27:31] = PORTAL
    winner[:, 20:25, 33:38] = AORTA
    winner[5:20, 5:15, 45:55] = KIDNEY
    return grid_of(winner, CLASSES)


def hu_of(organs, liver: float, portal: float, aorta: float, kidney: float) -> np.ndarray:
    values = np.array([40, liver, portal, aorta, kidney, 100, -1000], dtype=np.float32)
    return values[organs.winner]


def test_a_portal_venous_scan_is_not_warned_about(organs) -> None:
    assert contrast_warnings(organs, hu_of(organs, 110, 170, 160, 190)) == ()


def test_an_arterial_scan_is_named_with_the_values_that_show_it(organs) -> None:
    warning = contrast_warnings(organs, hu_of(organs, 58, 62, 290, 150))[0]
    assert "arterial" in warning
    assert "liver 58 HU, portal vein 62 HU, aorta 290 HU" in warning
    assert "will be missed" in warning


def test_a_native_scan_is_named_even_where_the_kidneys_are_all_that_was_found(organs) -> None:
    hu = hu_of(organs, 58, 41, 40, 32)
    assert "without contrast" in contrast_warnings(organs, hu)[0]
    organs.winner[np.isin(organs.winner, (PORTAL, AORTA))] = 0
    assert "without contrast" in contrast_warnings(organs, hu)[0]


def test_a_late_arterial_scan_without_a_portal_vein_is_told_by_the_aorta(organs) -> None:
    organs.winner[organs.winner == PORTAL] = 0
    assert "arterial" in contrast_warnings(organs, hu_of(organs, 65, 0, 310, 180))[0]


def test_faint_veins_are_warned_about(organs) -> None:
    assert "hardly stands out" in contrast_warnings(organs, hu_of(organs, 95, 112, 118, 140))[0]


def test_values_that_are_no_hounsfield_units_are_doubted(organs) -> None:
    assert "Hounsfield" in contrast_warnings(organs, hu_of(organs, 1080, 1150, 1150, 1200))[0]


def test_an_organs_border_does_not_count(organs) -> None:
    hu = hu_of(organs, 100, 150, 160, 190)
    hu[5, :, :] = -500
    assert organ_values(organs, hu)["liver"] == 100


@pytest.mark.parametrize(("spacing", "said"), [(0.7, ""), (2.5, ""), (5.0, "5 mm"), (8.0, "8 mm")])
def test_thick_slices_say_what_cannot_be_seen(spacing: float, said: str) -> None:
    warnings = slice_warnings(scan_of(np.zeros((4, 4, 4)), (0.7, 0.7, spacing)))
    assert bool(warnings) == bool(said)
    if said:
        assert f"thinner than about {said}" in warnings[0]


def test_steps_of_an_eight_bit_export_are_measured() -> None:
    rng = np.random.default_rng(0)
    smooth = rng.normal(60, 60, (100, 100, 100))
    levels = np.rint(np.rint((smooth + 500) / 7.84) * 7.84 - 500)
    assert "7.8 HU" in step_warnings(scan_of(levels))[0]
    assert step_warnings(scan_of(smooth)) == ()


def test_an_almost_empty_scan_says_nothing_about_steps() -> None:
    assert step_warnings(scan_of(np.full((10, 10, 10), -1000))) == ()


def metal(organs, part: tuple[slice, ...]) -> tuple[str, ...]:
    voxels = np.zeros((30, 30, 60), dtype=np.int16)
    voxels[part] = 3000
    return metal_warnings(scan_of(voxels), organs)


def test_metal_counts_where_it_lies_in_the_body_at_the_height_of_the_liver(organs) -> None:
    organs.winner[:, :, 58:] = CLASSES.index("air")

    warning = metal(organs, np.index_exp[10:12, 3:5, 40])[0]

    assert "0.1 mL" in warning
    assert "10 % of the liver's height" in warning
    assert metal(organs, np.index_exp[0:0, 0:0, 0:0]) == ()
    assert metal(organs, np.index_exp[27:29, 3:6, 40:44]) == ()  # above the liver
    assert metal(organs, np.index_exp[10:14, 3:6, 58:]) == ()  # a lead on the skin
