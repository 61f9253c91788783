"""A canvas: the grid being painted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.phantom import tissue
from engine.phantom.growth.vessel_tree import VesselTree
from engine.phantom.painting import kernels
from engine.phantom.torso import kernels as torso_kernels
from engine.phantom.trunk import TrunkShape
from engine.phantom.tube import Room, Tube
from engine.phantom.tumour import Tumour

_FAR_MM = 1e6


def _allowed(room: Room) -> NDArray[np.bool_]:
    """(256,) tissues that an organ of this room may cover."""
    table = np.zeros(256, dtype=bool)
    match room:
        case "lungs":
            table[anatomy.LUNGS] = True
        case "abdomen" | "abdomen_or_liver":
            table[:] = True
            table[[0, anatomy.LUNGS, anatomy.BONES, tissue.SKIN, tissue.SUBCUTANEOUS_FAT, tissue.MUSCLE]] = False
            table[[tissue.DIAPHRAGM, tissue.HEART, tissue.DISC, tissue.SPINAL_CANAL, tissue.MEDIASTINUM]] = False
            table[[tissue.CARTILAGE, tissue.TABLE, anatomy.INFERIOR_VENA_CAVA, anatomy.AORTA]] = False
            table[anatomy.PARENCHYMA] = room == "abdomen_or_liver"
        case "trunk":
            table[:] = True
            table[[0, tissue.SKIN, tissue.TABLE]] = False
    return table


def _vessel_room() -> NDArray[np.bool_]:
    """(256,) tissues that the liver's veins may cover; a vein ends where the vena cava begins."""
    table = _allowed("abdomen_or_liver")
    table[[anatomy.GALLBLADDER, anatomy.RIGHT_KIDNEY, anatomy.LEFT_KIDNEY, anatomy.STOMACH, tissue.STOMACH_GAS]] = False
    table[[anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS]] = False
    return table


_VESSEL_ROOM = _vessel_room()


@dataclass(slots=True, kw_only=True, eq=False)
class Canvas:
    """Tissue and intensity being painted on one grid.

    Attributes:
        geometry: the grid.
        waves: (n, 4) plane waves that roughen surfaces and textures.
        tissue: (k, j, i) uint8 tissue codes.
        intensity: (k, j, i) float32 HU, or an empty array when only tissue is wanted.
    """

    geometry: VolumeGeometry
    waves: NDArray[np.float64]
    tissue: NDArray[np.uint8]
    intensity: NDArray[np.float32]
    _affines: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Keeps both directions of the grid at hand."""
        self._affines = np.stack([self.geometry.lps_from_ijk, self.geometry.ijk_from_lps])

    @classmethod
    def blank(cls, geometry: VolumeGeometry, waves: NDArray[np.float64], *, with_intensity: bool) -> Canvas:
        """An empty canvas on a grid."""
        shape = geometry.shape_kji
        intensity = np.zeros(shape if with_intensity else (0, 0, 0), dtype=np.float32)
        return cls(geometry=geometry, waves=waves, tissue=np.zeros(shape, dtype=np.uint8), intensity=intensity)

    @property
    def blend_mm(self) -> float:
        """Width of the partial-volume ramp: the mean voxel edge."""
        return float(self.geometry.spacing_ijk_mm.mean())

    def paint_trunk(self, trunk: TrunkShape) -> None:
        """Paints everything that is not a tube, a vessel tree or a tumour."""
        torso_kernels.paint_trunk(
            self.tissue, self.intensity, self.geometry.lps_from_ijk, trunk, self.waves, self.blend_mm
        )

    def _crop(
        self, capsules: NDArray[np.float64], stretch: tuple[float, float, float], reach_mm: float
    ) -> tuple[NDArray[np.int64], tuple[int, int, int]] | None:
        """Start and shape (k, j, i) of the part of the grid near the capsules, None when they miss it."""
        radius = np.maximum(capsules[:, 3], capsules[:, 7])[:, None] * np.asarray(stretch) + reach_mm
        low = (np.minimum(capsules[:, :3], capsules[:, 4:7]) - radius).min(axis=0)
        high = (np.maximum(capsules[:, :3], capsules[:, 4:7]) + radius).max(axis=0)
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        index = self.geometry.index_from_lps(corners)[:, ::-1]
        start = np.maximum(np.floor(index.min(axis=0)).astype(np.int64), 0)
        stop = np.minimum(np.ceil(index.max(axis=0)).astype(np.int64) + 1, self.geometry.shape_kji)
        if (stop <= start).any():
            return None
        size = stop - start
        return start, (int(size[0]), int(size[1]), int(size[2]))

    def paint_tube(self, tube: Tube) -> None:
        """Paints one organ or bone."""
        reach = tube.halo_mm + self.blend_mm + 1.6 * tube.bumps_mm + 0.5
        crop = self._crop(tube.capsules_mm, tube.stretch, reach)
        if crop is None:
            return
        start, shape = crop
        distance = np.full(shape, _FAR_MM, dtype=np.float32)
        no_owner = np.zeros((0, 0, 0), dtype=np.uint16)
        stretch = np.asarray(tube.stretch, dtype=np.float64)
        kernels.rasterise_capsules(distance, no_owner, start, self._affines, tube.capsules_mm, stretch, reach)
        gas_y = -1e9 if tube.gas_above_y_mm is None else tube.gas_above_y_mm
        numbers = np.array(
            [
                tube.wall_hu, tube.content_hu, tube.wall_mm, tube.halo_mm, tube.bumps_mm, tube.texture_hu, gas_y,
                self.blend_mm, 3.0, 7.0,
            ]
        )  # fmt: skip
        codes = np.array([*tube.tissues, tissue.VISCERAL_FAT], dtype=np.uint8)
        kernels.shade(
            self.tissue,
            self.intensity,
            distance,
            start,
            self.geometry.lps_from_ijk,
            codes,
            numbers,
            _allowed(tube.room),
            self.waves,
        )

    def paint_vessels(self, tree: VesselTree, *, codes: tuple[int, int], hu: float) -> NDArray[np.uint16]:
        """Paints a vessel tree; `codes` are its tissue inside and outside the liver.

        Returns:
            (k, j, i) uint16 branch ids, 0 where there is no vessel of this tree.
        """
        branches = np.zeros(self.geometry.shape_kji, dtype=np.uint16)
        capsules, ids = tree.capsules()
        crop = self._crop(capsules, (1.0, 1.0, 1.0), self.blend_mm)
        if crop is None:
            return branches
        start, shape = crop
        distance = np.full(shape, _FAR_MM, dtype=np.float32)
        owner = np.zeros(shape, dtype=np.uint16)
        kernels.rasterise_capsules(distance, owner, start, self._affines, capsules, np.ones(3), self.blend_mm)
        branch_of_row = np.concatenate([[0], ids]).astype(np.uint16)
        kernels.shade_vessels(
            self.tissue,
            self.intensity,
            distance,
            branch_of_row[owner],
            branches,
            start,
            np.array(codes, dtype=np.uint8),
            hu,
            self.blend_mm,
            _VESSEL_ROOM,
        )
        return branches

    def paint_tumour(self, tumour: Tumour, value: int) -> None:
        """Paints one tumour where there is parenchyma."""
        x, y, z = tumour.centre_lps_mm
        reach = tumour.reach_mm
        crop = self._crop(np.array([[x, y, z, reach, x, y, z, reach]]), (1.0, 1.0, 1.0), 2.0 * self.blend_mm)
        if crop is None:
            return
        start, shape = crop
        box = np.array([v for a, n in zip(start, shape, strict=True) for v in (a, a + n)], dtype=np.int64)
        kernels.paint_tumour(
            self.tissue,
            self.intensity,
            self.geometry.lps_from_ijk,
            box,
            tumour.shape(),
            value,
            tumour.hu,
            self.blend_mm,
            self.waves,
        )
