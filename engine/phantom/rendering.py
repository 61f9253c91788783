"""Renders a patient on a grid: tissue, branch ids, Hounsfield units with the scanner's blur and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.phantom.organs import HEPATIC_VEIN_HU, PORTAL_HU
from engine.phantom.painting.painter import Canvas
from engine.phantom.patient import Patient
from engine.phantom.tissue import LABEL_OF_TISSUE
from engine.progress import Progress, SilentProgress
from engine.volume import LabelVolume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendering:
    """A patient on a grid.

    Attributes:
        tissue: (k, j, i) uint8 codes of `engine.phantom.tissue`.
        intensity_hu: (k, j, i) float32 without blur and noise, or empty when only tissue was wanted.
        portal_branches: (k, j, i) uint16 branch ids of the portal tree.
        hepatic_branches: (k, j, i) uint16 branch ids of the hepatic tree.
        geometry: the grid.
    """

    tissue: NDArray[np.uint8]
    intensity_hu: NDArray[np.float32]
    portal_branches: NDArray[np.uint16]
    hepatic_branches: NDArray[np.uint16]
    geometry: VolumeGeometry

    def labels(self) -> LabelVolume:
        """The label volume: fine tissue codes folded into "body"."""
        return LabelVolume(labels=LABEL_OF_TISSUE[self.tissue], geometry=self.geometry)


def render_patient(
    patient: Patient, geometry: VolumeGeometry, *, with_intensity: bool = True, progress: Progress | None = None
) -> Rendering:
    """Samples a patient on any grid. Later things are painted over earlier ones."""
    report = progress or SilentProgress()
    report.stage("Drawing the anatomy")
    canvas = Canvas.blank(geometry, patient.waves, with_intensity=with_intensity)
    canvas.paint_trunk(patient.trunk)
    report.advance(0.5)
    tubes = (*patient.bones, *patient.behind, *patient.neighbours)
    for number, tube in enumerate(tubes):
        canvas.paint_tube(tube)
        report.advance(0.5 + 0.4 * (number + 1) / len(tubes), tube.name.replace("_", " "))
    portal = canvas.paint_vessels(
        patient.portal, codes=(anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC), hu=PORTAL_HU
    )
    hepatic = canvas.paint_vessels(
        patient.hepatic, codes=(anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC), hu=HEPATIC_VEIN_HU
    )
    for number, tumour in enumerate(patient.tumours):
        canvas.paint_tumour(tumour, anatomy.FIRST_TUMOUR + number)
    report.advance(1.0)
    return Rendering(
        tissue=canvas.tissue,
        intensity_hu=canvas.intensity,
        portal_branches=portal,
        hepatic_branches=hepatic,
        geometry=geometry,
    )


def scanned(
    intensity_hu: NDArray[np.float32], spacing_kji_mm: NDArray[np.float64], *, noise_hu: float, seed: int
) -> NDArray[np.int16]:
    """Adds what a scanner adds: blur, and noise with the grain of a soft-tissue kernel.

    The noise is white noise band-passed within each slice, and weakly correlated across slices. Works in place
    slab by slab, so that a full-size scan needs one float32 copy.

    Args:
        intensity_hu: (k, j, i) float32; overwritten.
        spacing_kji_mm: (3,) mm.
        noise_hu: standard deviation in HU.
        seed: of the noise.
    """
    from scipy import ndimage

    blur = np.minimum(0.55 / np.asarray(spacing_kji_mm), 0.6)
    ndimage.gaussian_filter(intensity_hu, blur, output=intensity_hu, truncate=3.0)
    if noise_hu > 0:
        random = np.random.default_rng([seed, 5])
        fine, coarse = (0.75 / np.asarray(spacing_kji_mm[1:])), (2.6 / np.asarray(spacing_kji_mm[1:]))
        previous = np.zeros(intensity_hu.shape[1:], dtype=np.float32)
        gain = _noise_gain(fine, coarse)
        for k in range(intensity_hu.shape[0]):
            white = random.standard_normal(previous.shape, dtype=np.float32)
            grain = ndimage.gaussian_filter(white, fine) - 0.85 * ndimage.gaussian_filter(white, coarse)
            grain *= noise_hu * gain
            mixed = 0.3 * previous + 0.954 * grain
            intensity_hu[k] += mixed
            previous = mixed
    np.clip(intensity_hu, -1024, 3071, out=intensity_hu)
    return np.round(intensity_hu).astype(np.int16)


def _noise_gain(fine: NDArray[np.float64], coarse: NDArray[np.float64]) -> float:
    """What brings the band-passed white noise back to a standard deviation of 1, from its impulse response."""
    from scipy import ndimage

    impulse = np.zeros((65, 65), dtype=np.float64)
    impulse[32, 32] = 1.0
    response = ndimage.gaussian_filter(impulse, fine) - 0.85 * ndimage.gaussian_filter(impulse, coarse)
    return 1.0 / float(np.sqrt((response**2).sum()))
