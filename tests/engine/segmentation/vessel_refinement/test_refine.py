"""Vessels redrawn at the scan's resolution: a liver with two tubes of known place, seen generously by the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from engine import anatomy
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.segmentation.vessel_refinement import refine_vessels
from engine.segmentation.vessel_refinement.appearance import Appearance, Evidence
from engine.segmentation.vessel_refinement.refine import vessel_score
from engine.volume import LabelVolume, ScanVolume

CENTRE_MM = np.array([30.0, -20.0, 500.0])
LIVER_MM, TUMOUR_MM = 34.0, 7.0
TUMOUR_AT_MM = CENTRE_MM + np.array([0.0, 18.0, 0.0])
PARENCHYMA_HU = 110.0
UPRIGHT = np.eye(3)
TURNED = np.linalg.qr(np.array([[0.8, -0.5, 0.2], [0.4, 0.8, -0.3], [0.1, 0.3, 0.9]]))[0]
STORED = {"upright": UPRIGHT, "sagittal and flipped": UPRIGHT[:, [1, 2, 0]] * (-1, 1, -1), "oblique": TURNED}


@dataclass(frozen=True)
class Made:
    scan: ScanVolume
    given: LabelVolume
    probability: ClassProbability
    portal: np.ndarray
    hepatic: np.ndarray


def grid(spacing_ijk_mm, direction=UPRIGHT, extent_mm: float = 76.0) -> VolumeGeometry:
    shape = tuple(round(extent_mm / step) for step in spacing_ijk_mm[::-1])
    matrix = np.eye(4)
    matrix[:3, :3] = direction * np.asarray(spacing_ijk_mm)
    matrix[:3, 3] = CENTRE_MM - matrix[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2)
    return VolumeGeometry(shape_kji=shape, lps_from_ijk=matrix)


def distances_mm(geometry: VolumeGeometry) -> tuple[np.ndarray, ...]:
    """Distance of each voxel to the middle of the liver, the tumour's, the portal and the hepatic tube's axis."""
    k, j, i = np.indices(geometry.shape_kji)
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - CENTRE_MM
    x, y, z = np.moveaxis(points, -1, 0)
    tumour = np.linalg.norm(points - (TUMOUR_AT_MM - CENTRE_MM), axis=-1)
    along = (x + z) / np.sqrt(2)
    portal = np.sqrt(np.maximum(x**2 + (y + 8) ** 2 + z**2 - along**2, 0))
    return np.linalg.norm(points, axis=-1), tumour, portal, np.hypot(x + 14, y - 2)


def made(portal_hu=60.0, hepatic_hu=60.0, direction=UPRIGHT, noise_hu=12.0, spacing=(0.8, 0.8, 1.6)) -> Made:
    geometry = grid(spacing, direction)
    liver_mm, tumour_mm, portal_mm, hepatic_mm = distances_mm(geometry)
    liver, tumour = liver_mm <= LIVER_MM, tumour_mm <= TUMOUR_MM
    portal, hepatic = (portal_mm <= 3.0) & liver, (hepatic_mm <= 2.2) & liver
    hu = np.where(liver, PARENCHYMA_HU, -80.0) + portal_hu * portal + hepatic_hu * (hepatic & ~portal)
    hu = np.where(tumour, PARENCHYMA_HU + 50.0, hu)
    hu = ndimage.gaussian_filter(hu, [0.6 / step for step in geometry.spacing_kji_mm])
    hu += np.random.default_rng(3).normal(0, noise_hu, hu.shape)
    labels = np.where(liver, anatomy.PARENCHYMA, anatomy.BODY).astype(np.uint8)
    # The network is generous: 1.5 mm too wide, blind in a gap of the hepatic vein, and sees a ghost.
    labels[(portal_mm <= 4.5) & liver] = anatomy.PORTAL_VEIN
    seen = (hepatic_mm <= 3.7) & liver & (np.abs(indices_z(geometry)) > 4.0)
    labels[seen & (labels == anatomy.PARENCHYMA)] = anatomy.HEPATIC_VEINS
    labels[tumour] = anatomy.FIRST_TUMOUR
    return Made(
        scan=ScanVolume(voxels_hu=hu.astype(np.int16), geometry=geometry),
        given=LabelVolume(labels=labels, geometry=geometry),
        probability=probability(),
        portal=portal,
        hepatic=hepatic & ~portal,
    )


def indices_z(geometry: VolumeGeometry) -> np.ndarray:
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1))[..., 2] - CENTRE_MM[2]


def probability() -> ClassProbability:
    geometry = grid((1.5, 1.5, 1.5))
    liver_mm, _, portal_mm, hepatic_mm = distances_mm(geometry)
    portal = np.where(portal_mm <= 4.5, 240, 5) * (liver_mm <= LIVER_MM)
    seen = (hepatic_mm <= 3.7) & (np.abs(indices_z(geometry)) > 4.0) & (portal < 100)
    hepatic = np.where(seen, 240, 5) * (liver_mm <= LIVER_MM)
    other = 255 - portal - hepatic
    values = np.stack([other, np.zeros_like(other), portal, hepatic, np.zeros_like(other)]).astype(np.uint8)
    names = ("other", "liver", "portal_vein", "hepatic_veins", "tumour")
    return ClassProbability(classes=names, values=values, geometry=geometry)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize("direction", STORED.values(), ids=STORED.keys())
def test_generous_vessels_are_trimmed_to_the_scan_and_a_gap_is_closed(direction):
    case = made(direction=direction)
    refined = refine_vessels(case.scan, case.given, case.probability).labels
    # Half a millimetre too wide is a Dice of 0.85 for the portal tube of 6 mm and 0.8 for the hepatic one of 4.4 mm.
    for value, truth, least in ((anatomy.PORTAL_VEIN, case.portal, 0.82), (anatomy.HEPATIC_VEINS, case.hepatic, 0.75)):
        assert dice(refined == value, truth) > least
        assert dice(refined == value, truth) > dice(case.given.labels == value, truth) + 0.1
    middle_of_gap = case.hepatic & (np.abs(indices_z(case.scan.geometry)) < 2.0)
    assert (refined[middle_of_gap] == anatomy.HEPATIC_VEINS).mean() > 0.7


def test_even_odds_of_the_network_say_nothing_for_or_against_a_vessel():
    shape, noise = (16, 16, 16), np.random.default_rng(1).normal(size=(16, 16, 16)).astype(np.float32)
    inside = np.ones(shape, dtype=bool)
    found = Appearance(above_hu=10 * noise, parenchyma=inside, noise_hu=10.0)

    def score(share: float) -> np.ndarray:
        evidence = Evidence(
            hu=found.above_hu,
            liver=inside,
            lesion=~inside,
            depth_mm=np.full(shape, 20.0, np.float32),
            vessel_share=np.full(shape, share, np.float32),
            spacing_kji_mm=np.ones(3),
        )
        return vessel_score(found, evidence, 60.0)

    assert score(0.5) == pytest.approx((score(0.0) + score(1.0)) / 2, abs=1e-5)
    assert (score(0.4) < score(0.5)).all()
    assert (score(0.5) < score(0.6)).all()


def test_dark_vessels_of_a_native_scan_are_found_as_well():
    case = made(portal_hu=-45.0, hepatic_hu=-45.0)
    refined = refine_vessels(case.scan, case.given, case.probability).labels
    assert dice(refined == anatomy.PORTAL_VEIN, case.portal) > 0.8


def test_without_contrast_the_network_stands():
    case = made(portal_hu=3.0, hepatic_hu=-3.0, noise_hu=20.0)
    assert refine_vessels(case.scan, case.given, case.probability) is case.given


def test_a_tree_without_contrast_keeps_the_networks_voxels_beside_one_that_has_it():
    case = made(hepatic_hu=0.0)
    refined = refine_vessels(case.scan, case.given, case.probability).labels
    far = distances_mm(case.scan.geometry)[2] > 9.0
    assert np.array_equal((refined == anatomy.HEPATIC_VEINS) & far, (case.given.labels == anatomy.HEPATIC_VEINS) & far)
    assert dice(refined == anatomy.PORTAL_VEIN, case.portal) > 0.8


def test_lesions_and_what_is_not_liver_stay_as_they_were():
    case = made()
    refined = refine_vessels(case.scan, case.given, case.probability).labels
    redrawn = np.isin(case.given.labels, (anatomy.PARENCHYMA, anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS))
    assert np.array_equal(refined[~redrawn], case.given.labels[~redrawn])
    assert set(np.unique(refined[redrawn])) <= {anatomy.PARENCHYMA, anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS}


def test_a_label_map_without_a_liver_is_left_alone():
    case = made()
    empty = LabelVolume(labels=np.zeros_like(case.given.labels), geometry=case.given.geometry)
    assert refine_vessels(case.scan, empty, case.probability) is empty
