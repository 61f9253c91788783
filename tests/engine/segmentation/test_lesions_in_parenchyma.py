"""Lesions the network was unsure of: dark balls in a noisy liver, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.segmentation.inference import Answer
from engine.segmentation.lesions import lesion_pieces

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(56, 60, 64), spacing_ijk_mm=(1.5, 1.5, 1.5))
K, J, I = ((np.indices(GEOMETRY.shape_kji).T - (28, 30, 32)).T * 1.5).astype(np.float32)  # noqa: E741
LIVER_MM = 38.0
LIVER = K**2 + J**2 + I**2 <= LIVER_MM**2
BALL = K**2 + J**2 + (I + 8) ** 2 <= 8.0**2
AT_CAPSULE = K**2 + J**2 + (I - 33) ** 2 <= 6.0**2
TUBE = (J - 16) ** 2 + (I - 4) ** 2 <= 3.5**2
NAMES = ("other", "liver", "portal_vein", "hepatic_veins", "tumour")


def lesions(
    dark: np.ndarray, tumour_share: np.ndarray, *, contrast_hu: float = -40.0, vessel: np.ndarray | None = None
):
    hu = np.where(dark, contrast_hu, 0.0) + np.random.default_rng(0).normal(0, 12, LIVER.shape)
    hu = np.where(LIVER, hu, -100.0).astype(np.float32)
    probability = np.zeros((*LIVER.shape, len(NAMES)), np.uint8)
    probability[..., 4] = tumour_share
    probability[..., 3] = 0 if vessel is None else np.where(vessel, 230, 0)
    probability[..., 1] = np.where(LIVER, 255 - probability[..., 4] - probability[..., 3], 0)
    winner = probability.argmax(axis=-1).astype(np.uint8)
    answer = Answer(probability=probability, winner=winner, device="cpu", warnings=())
    return lesion_pieces(answer, NAMES, LIVER, hu, GEOMETRY)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def test_a_dark_ball_that_the_network_half_sees_is_found_and_outlined():
    found = lesions(BALL, np.where(BALL, 60, 0))
    assert dice(found, BALL) > 0.85


def test_a_dark_ball_that_the_network_rules_out_is_left():
    assert not lesions(BALL, np.zeros(LIVER.shape, np.uint8)).any()


@pytest.mark.parametrize("place", [AT_CAPSULE, TUBE], ids=["at the capsule", "a dark tube"])
def test_what_is_not_enclosed_or_not_round_is_no_lesion(place):
    assert not lesions(place & LIVER, np.where(place, 60, 0)).any()


def test_a_lesion_outlined_too_tightly_grows_to_its_border():
    core = K**2 + J**2 + (I + 8) ** 2 <= 5.5**2
    found = lesions(BALL, np.where(core, 250, 0))
    assert dice(core, BALL) < 0.6
    assert dice(found, BALL) > 0.85


def test_a_lesion_does_not_grow_along_a_vessel_beside_it_nor_when_it_is_bright():
    beside = (J - 9) ** 2 + (I + 8) ** 2 <= 3.0**2
    found = lesions(BALL | beside, np.where(BALL, 250, 0), vessel=beside & ~BALL)
    assert not (found & beside & ~BALL).any()
    core = K**2 + J**2 + (I + 8) ** 2 <= 6.5**2
    assert np.array_equal(lesions(BALL, np.where(core, 250, 0), contrast_hu=40.0), core)


def test_noise_alone_has_no_lesions():
    assert not lesions(np.zeros(LIVER.shape, bool), np.full(LIVER.shape, 60, np.uint8) * LIVER).any()
