"""Samples for the fine network: liver, both venous trees and tumours, in HU relative to the liver's median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from engine.training import tissues
from engine.training.fine_synthesis import (
    FAINTEST_HU,
    Phase,
    add_look_alikes,
    drawn_phase,
    invented_relative_hu,
    patchy_surroundings,
    scanned,
)
from engine.training.lesions import add_lesions
from engine.training.sample import IGNORED, Sample
from engine.training.sources import TrainingVolume
from engine.training.synthesis import WarpSettings, blurred, warped
from models.card import NetworkCard

_SHELL_VOXELS: Final = 4
_BARE_SHARE: Final = 0.25
_CONTENTS: Final = (tissues.LIVER, tissues.PORTAL_BRANCH, tissues.HEPATIC_VEIN, tissues.LIVER_VESSEL, tissues.TUMOUR)
_IS_CONTENT: Final = np.isin(np.arange(len(tissues.TISSUES)), _CONTENTS)


class FineTask:
    """Draws a liver by weight, bends it, and invents or takes its intensities.

    Args:
        volumes: what to draw from.
        card: patch shape and spacing.
    """

    def __init__(self, volumes: Sequence[TrainingVolume], card: NetworkCard) -> None:
        """Prepares the shares and the places patches are drawn around."""
        self._volumes = tuple(volumes)
        weights = np.array([volume.weight for volume in volumes])
        self._shares = weights / weights.sum()
        self._livers = [np.argwhere(np.isin(volume.tissues, _CONTENTS)) for volume in volumes]
        # Real tumours are few: half of the patches of a scan that has them are drawn around them.
        self._tumours = [np.argwhere(volume.tissues == tissues.TUMOUR) for volume in volumes]
        self._class_of_card = class_of_card(card.classes)
        self._settings = WarpSettings(
            shape_kji=card.patch_kji, spacing_mm=card.spacing_mm, rotation_deg=20, bend_mm=4, off_centre_mm=(20, 20, 20)
        )

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        number = int(rng.choice(len(self._volumes), p=self._shares))
        volume = self._volumes[number]
        around_tumour = len(self._tumours[number]) > 0 and rng.random() < 0.5
        places = self._tumours[number] if around_tumour else self._livers[number]
        labels, hu = warped(volume, self._settings, places[rng.integers(len(places))].astype(np.float64), rng)
        if volume.has_image:
            hu, target = self._real(hu, labels, rng, generator)
        else:
            hu, target = self._invented(labels, rng, generator)
        return self._in_classes_of_card(
            Sample(
                hu=hu.contiguous(),
                target=target.contiguous(),
                known_classes=volume.known_classes,
                merged_classes=volume.merged_classes,
            )
        )

    def _in_classes_of_card(self, sample: Sample) -> Sample:
        named = self._class_of_card
        table = torch.full((256,), IGNORED, dtype=torch.uint8)
        table[: len(named)] = torch.tensor(named, dtype=torch.uint8)
        merged = [tuple(sorted({named[n] for n in group})) for group in sample.merged_classes]
        return replace(
            sample,
            target=table[sample.target.long()],
            known_classes=tuple(sorted({named[n] for n in sample.known_classes})),
            merged_classes=tuple(group for group in merged if len(group) > 1),
        )

    def _invented(
        self, labels: torch.Tensor, rng: np.random.Generator, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        phase = drawn_phase(rng)
        hu = invented_relative_hu(labels, phase, rng, generator)
        bare = rng.random() < _BARE_SHARE
        in_liver = torch.from_numpy(_IS_CONTENT)[labels.long()]
        if bare:  # surroundings that no atlas has
            hu = torch.where(in_liver, hu, patchy_surroundings(self._settings.shape_kji, rng, generator))
        hairs = add_look_alikes(labels, hu, phase.portal_hu, self._settings.spacing_mm, rng)
        if rng.random() < 0.8:
            add_lesions(labels, hu, self._settings.spacing_mm, rng)
        target = torch.from_numpy(tissues.FINE_CLASS_OF_TISSUE)[labels.long()]
        target = torch.where(hairs & (target == 1), torch.tensor(IGNORED, dtype=torch.uint8), target)
        target = _without_the_unseen(target, labels, phase)
        if bare:
            shell = blurred(in_liver.float(), _SHELL_VOXELS) > 0
            target = torch.where(in_liver | (shell & (target == 0)), target, torch.tensor(IGNORED, dtype=torch.uint8))
        return scanned(hu, rng, generator), target

    @staticmethod
    def _real(
        hu: torch.Tensor, labels: torch.Tensor, rng: np.random.Generator, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        target = torch.from_numpy(tissues.FINE_CLASS_OF_TISSUE)[labels.long()]
        # Bright soft tissue that nobody named near the liver may be the portal trunk.
        unnamed = (labels == tissues.MUSCLE) & (hu > 10) & (hu < 250)
        target = torch.where(unnamed, torch.tensor(IGNORED, dtype=torch.uint8), target)
        hu = hu * float(rng.uniform(0.75, 1.35)) + float(rng.normal(0, 5))
        if rng.random() < 0.5:
            hu = scanned(hu, rng, generator)
        return hu, target


def class_of_card(classes: tuple[str, ...]) -> tuple[int, ...]:
    """(fine class,) channel of a card for each of `tissues.FINE_CLASSES`; both veins are "vessel" if it has one."""
    veins = {"portal_vein", "hepatic_veins"}
    return tuple(
        classes.index("vessel" if name in veins and "vessel" in classes else name) for name in tissues.FINE_CLASSES
    )


def _without_the_unseen(target: torch.Tensor, labels: torch.Tensor, phase: Phase) -> torch.Tensor:
    """Ignores the tree whose contrast is too faint to be seen in this drawn patient."""
    faint = torch.zeros(target.shape, dtype=torch.bool)
    if abs(phase.portal_hu) < FAINTEST_HU:
        faint |= target == 2
    if abs(phase.hepatic_hu) < FAINTEST_HU:
        faint |= target == 3
    if min(abs(phase.portal_hu), abs(phase.hepatic_hu)) < FAINTEST_HU:
        faint |= labels == tissues.LIVER_VESSEL
    return torch.where(faint, torch.tensor(IGNORED, dtype=torch.uint8), target)
