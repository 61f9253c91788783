"""The whole way with networks that answer by Hounsfield value, so that the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from engine import anatomy
from engine.errors import OperationCancelledError, SegmentationError
from engine.geometry import VolumeGeometry
from engine.progress import SilentProgress
from engine.segmentation import segmentation
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.segmentation import segment
from engine.volume import ScanVolume
from models.card import InputChannel, shipped_card

SHAPE = (56, 60, 76)
TISSUE_HU = {"liver": 110, "portal": 180, "hepatic": 230, "tumour": 40, "cava": 300, "other": -60}
CENTRE = (28, 30, 36)


class ByValue(nn.Module):
    """The class whose HU is nearest; one channel, HU / 100 as the card below says."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self.values = values

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        hu = channels[:, :1].float() * 100
        return torch.cat([-(((hu - value) / 12) ** 2) for value in self.values], dim=1)


def by_value(task: str, values: dict[str, float]) -> LoadedNetwork:
    card = replace(
        shipped_card(task),
        classes=tuple(values),
        filters=(8, 8, 8),
        channels=(InputChannel(centre_hu=0, width_hu=100, limit=20),),
        temperature=(1.0,) * len(values),
        other_bias=0.0,
    )
    return LoadedNetwork(card=card, module=ByValue(list(values.values())))  # type: ignore[arg-type]


@pytest.fixture
def networks(monkeypatch) -> None:
    """The coarse one sees liver with vessels and tumour as one; the fine one has values relative to the liver."""
    loaded = {
        "coarse": by_value(
            "coarse", {"other": -60, "liver": 110, "inferior_vena_cava": 300, "portal_vein": 400, "gallbladder": 900}
        ),
        "fine": by_value("fine", {"other": -170, "liver": 0, "portal_vein": 70, "hepatic_veins": 120, "tumour": -70}),
    }
    monkeypatch.setattr(segmentation, "load_shipped", loaded.__getitem__)


def patient(ball) -> ScanVolume:
    hu = np.full(SHAPE, TISSUE_HU["other"], dtype=np.int16)
    hu[:, :2] = hu[:, -2:] = -1000
    hu[ball(SHAPE, CENTRE, 23)] = TISSUE_HU["liver"]
    hu[26:30, 28:33, 20:50] = TISSUE_HU["portal"]
    hu[40:44, 20:40, 30:34] = TISSUE_HU["hepatic"]
    hu[ball(SHAPE, (18, 34, 30), 6)] = TISSUE_HU["tumour"]
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(2.5, 2.5, 2.5), origin_lps_mm=(-90, -70, 30))
    return ScanVolume(voxels_hu=hu, geometry=geometry)


def share_found(labels: np.ndarray, value: int, where: np.ndarray) -> float:
    return float((labels == value)[where].mean())


@pytest.mark.usefixtures("networks")
def test_both_stages_give_liver_vessels_and_numbered_tumours_with_their_probabilities(ball) -> None:
    scan = patient(ball)

    found = segment(scan, device="cpu", progress=SilentProgress())

    labels = found.labels.labels
    assert share_found(labels, anatomy.FIRST_TUMOUR, ball(SHAPE, (18, 34, 30), 4)) > 0.95
    assert share_found(labels, anatomy.PORTAL_VEIN, np.s_[27:29, 29:32, 22:48]) > 0.9
    assert share_found(labels, anatomy.HEPATIC_VEINS, np.s_[41:43, 22:38, 31:33]) > 0.9
    liver = np.isin(labels, anatomy.LIVER_VALUES)
    truth = ball(SHAPE, CENTRE, 23)
    assert 2 * (liver & truth).sum() / (liver.sum() + truth.sum()) > 0.97
    assert found.probability is not None
    assert found.probability.values.dtype == np.uint8
    total = found.probability.values.sum(axis=0, dtype=int)
    assert abs(total - 255).max() <= 3
    middle = np.rint(found.probability.geometry.index_from_lps(scan.geometry.lps_from_index((35, 30, 28)))).astype(int)
    assert found.probability.of("portal_vein")[tuple(middle[::-1])] > 200


@pytest.mark.usefixtures("networks")
def test_the_fast_way_stops_after_the_coarse_network(ball) -> None:
    found = segment(patient(ball), device="cpu", fast=True, progress=SilentProgress())
    assert found.probability is None
    assert "fine" not in found.network
    assert "liver" not in found.stage_seconds
    assert (found.labels.labels == anatomy.PARENCHYMA).sum() > 30_000


@pytest.mark.usefixtures("networks")
def test_a_scan_without_a_liver_is_an_error_with_a_cure(ball) -> None:
    scan = patient(ball)
    empty = np.where(scan.voxels_hu > 0, np.int16(-60), scan.voxels_hu)
    with pytest.raises(SegmentationError, match="No liver") as raised:
        segment(ScanVolume(voxels_hu=empty, geometry=scan.geometry), device="cpu", progress=SilentProgress())
    assert "--labels" in raised.value.cure


@pytest.mark.usefixtures("networks")
def test_a_scan_of_nothing_but_air_is_the_same_error() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(20, 20, 20), spacing_ijk_mm=(3, 3, 3))
    scan = ScanVolume(voxels_hu=np.full((20, 20, 20), -1000, np.int16), geometry=geometry)
    with pytest.raises(SegmentationError, match="No liver"):
        segment(scan, device="cpu", progress=SilentProgress())


@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize("at", range(4))
def test_a_person_may_stop_at_any_report(ball, at: int) -> None:
    class Stop(SilentProgress):
        reports = 0

        def advance(self, fraction: float, detail: str = "") -> None:
            Stop.reports += 1
            if Stop.reports > at:
                raise OperationCancelledError("Stopped.")

    with pytest.raises(OperationCancelledError):
        segment(patient(ball), device="cpu", progress=Stop())


@pytest.mark.usefixtures("networks")
def test_progress_never_goes_back_within_a_stage(ball) -> None:
    seen: list[tuple[str, float]] = []

    class Record(SilentProgress):
        def stage(self, name: str) -> None:
            seen.append((name, 0.0))

        def advance(self, fraction: float, detail: str = "") -> None:
            seen.append((seen[-1][0], fraction))

    segment(patient(ball), device="cpu", progress=Record())
    for stage in {name for name, _ in seen}:
        fractions = [fraction for name, fraction in seen if name == stage]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
