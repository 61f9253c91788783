"""Analytic phantoms: bodies whose volumes, distances and lengths follow from formulas, on any grid.

A voxel belongs to a body when its centre does (the rule of every label map here). The scan is drawn with
partial volume: at a boundary the intensity blends over one voxel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.phantom.grid import centred_geometry, voxel_centres
from engine.volume import LabelVolume, ScanVolume

Points = NDArray[np.float64]
SignedDistance = Callable[[Points], NDArray[np.float64]]

AIR_HU = -1000.0
LIVER_HU = 110.0
TUMOUR_HU = 60.0
VESSEL_HU = 170.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A straight vessel with round ends.

    Attributes:
        start_lps_mm: (3,) where blood enters (portal) or leaves (hepatic).
        end_lps_mm: (3,) the far end.
        radius_mm: its radius.
        parent: index of the parent branch, -1 at the root.
        name: what it is called.
    """

    start_lps_mm: tuple[float, float, float]
    end_lps_mm: tuple[float, float, float]
    radius_mm: float
    parent: int
    name: str

    @property
    def length_mm(self) -> float:
        """Distance from start to end."""
        return float(np.linalg.norm(np.subtract(self.end_lps_mm, self.start_lps_mm)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticTruth:
    """What is known about an analytic phantom, independent of any grid.

    Attributes:
        volumes_ml: exact volume per structure name ("liver" includes tumours and vessels in it). A structure
            whose exact volume has no closed form is left out.
        centroids_lps_mm: exact centroid per structure name.
        tumour_radius_mm: radius of tumour 1, 0 when there is none.
        tumour_depth_mm: distance from the tumour's surface to the liver's surface, 0 when there is none.
        branches: vessels with their names, empty when there are none.
    """

    volumes_ml: Mapping[str, float]
    centroids_lps_mm: Mapping[str, tuple[float, float, float]]
    tumour_radius_mm: float = 0.0
    tumour_depth_mm: float = 0.0
    branches: tuple[Branch, ...] = ()


class AnalyticPhantom(NamedTuple):
    """A scan, its labels and what is known about them."""

    scan: ScanVolume
    labels: LabelVolume
    truth: AnalyticTruth


def default_geometry() -> VolumeGeometry:
    """A 72 x 72 x 60 grid of 1.5 x 1.5 x 2.0 mm around the origin: 108 x 108 x 120 mm."""
    return centred_geometry(shape_kji=(60, 72, 72), spacing_ijk_mm=(1.5, 1.5, 2.0))


def sphere_distance(centre_lps_mm: ArrayLike, radius_mm: float) -> SignedDistance:
    """Signed distance to a sphere, negative inside."""
    centre = np.asarray(centre_lps_mm, dtype=np.float64)

    def distance(points: Points) -> NDArray[np.float64]:
        away: NDArray[np.float64] = np.linalg.norm(points - centre, axis=-1)
        return away - radius_mm

    return distance


def box_distance(centre_lps_mm: ArrayLike, half_mm: ArrayLike) -> SignedDistance:
    """Signed distance to a box along the LPS axes, negative inside."""
    centre = np.asarray(centre_lps_mm, dtype=np.float64)
    half = np.asarray(half_mm, dtype=np.float64)

    def distance(points: Points) -> NDArray[np.float64]:
        beyond = np.abs(points - centre) - half
        outside: NDArray[np.float64] = np.linalg.norm(np.maximum(beyond, 0.0), axis=-1)
        inside: NDArray[np.float64] = np.minimum(beyond.max(axis=-1), 0.0)
        return outside + inside

    return distance


def capsule_distance(branch: Branch) -> SignedDistance:
    """Signed distance to a branch, negative inside."""
    start = np.asarray(branch.start_lps_mm)
    axis = np.asarray(branch.end_lps_mm) - start
    length_squared = float(axis @ axis)

    def distance(points: Points) -> NDArray[np.float64]:
        along = np.clip((points - start) @ axis / length_squared, 0.0, 1.0)
        away: NDArray[np.float64] = np.linalg.norm(points - (start + along[..., None] * axis), axis=-1)
        return away - branch.radius_mm

    return distance


def _draw(
    geometry: VolumeGeometry, layers: list[tuple[SignedDistance, int, float]], *, noise_hu: float, seed: int
) -> tuple[ScanVolume, LabelVolume]:
    """Draws bodies over each other, later over earlier: (signed distance, label value, HU)."""
    points = voxel_centres(geometry)
    labels = np.zeros(geometry.shape_kji, dtype=np.uint8)
    intensity = np.full(geometry.shape_kji, AIR_HU)
    blend_mm = float(geometry.spacing_ijk_mm.mean())
    for distance_of, value, hounsfield in layers:
        distance = distance_of(points)
        labels[distance <= 0.0] = value
        cover = np.clip(0.5 - distance / blend_mm, 0.0, 1.0)
        intensity += cover * (hounsfield - intensity)
    if noise_hu > 0:
        intensity += np.random.default_rng(seed).normal(0.0, noise_hu, intensity.shape)
    voxels = np.round(intensity).astype(np.int16)
    return ScanVolume(voxels_hu=voxels, geometry=geometry), LabelVolume(labels=labels, geometry=geometry)


def _sphere_ml(radius_mm: float) -> float:
    return 4.0 / 3.0 * np.pi * radius_mm**3 / 1000.0


def _triple(point: ArrayLike) -> tuple[float, float, float]:
    x, y, z = np.asarray(point, dtype=np.float64)
    return (float(x), float(y), float(z))


def sphere_phantom(
    geometry: VolumeGeometry | None = None,
    *,
    centre_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
    liver_radius_mm: float = 40.0,
    tumour_offset_mm: ArrayLike = (-15.0, 5.0, 8.0),
    tumour_radius_mm: float = 9.0,
    noise_hu: float = 0.0,
) -> AnalyticPhantom:
    """A spherical liver with a spherical tumour inside (none when its radius is 0).

    The tumour is off-centre to the right, back and top, so that a mirrored reading shows.
    """
    grid = geometry or default_geometry()
    centre = np.asarray(centre_lps_mm, dtype=np.float64)
    offset = np.asarray(tumour_offset_mm, dtype=np.float64)
    depth = liver_radius_mm - float(np.linalg.norm(offset)) - tumour_radius_mm
    layers = [(sphere_distance(centre, liver_radius_mm), anatomy.PARENCHYMA, LIVER_HU)]
    volumes = {"liver": _sphere_ml(liver_radius_mm)}
    centroids = {"liver": _triple(centre)}
    if tumour_radius_mm > 0:
        if depth < 0:
            raise ValueError("the tumour must lie inside the liver")
        layers.append((sphere_distance(centre + offset, tumour_radius_mm), anatomy.FIRST_TUMOUR, TUMOUR_HU))
        volumes["tumour_01"] = _sphere_ml(tumour_radius_mm)
        centroids["tumour_01"] = _triple(centre + offset)
    scan, labels = _draw(grid, layers, noise_hu=noise_hu, seed=1)
    truth = AnalyticTruth(
        volumes_ml=MappingProxyType(volumes),
        centroids_lps_mm=MappingProxyType(centroids),
        tumour_radius_mm=tumour_radius_mm,
        tumour_depth_mm=depth if tumour_radius_mm > 0 else 0.0,
    )
    return AnalyticPhantom(scan, labels, truth)


def box_phantom(
    geometry: VolumeGeometry | None = None,
    *,
    centre_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
    half_mm: ArrayLike = (45.0, 30.0, 40.0),
    tumour_offset_mm: ArrayLike = (-20.0, 0.0, 10.0),
    tumour_radius_mm: float = 8.0,
    noise_hu: float = 0.0,
) -> AnalyticPhantom:
    """A liver that is a box along the LPS axes, with a spherical tumour (none when its radius is 0).

    A plane x = c cuts it into parts of exactly known volume, and the margin of the tumour to that plane is
    |c - x of the tumour| - radius.
    """
    grid = geometry or default_geometry()
    centre = np.asarray(centre_lps_mm, dtype=np.float64)
    half = np.asarray(half_mm, dtype=np.float64)
    offset = np.asarray(tumour_offset_mm, dtype=np.float64)
    depth = float((half - np.abs(offset)).min()) - tumour_radius_mm
    layers = [(box_distance(centre, half), anatomy.PARENCHYMA, LIVER_HU)]
    volumes = {"liver": float(8.0 * half.prod() / 1000.0)}
    centroids = {"liver": _triple(centre)}
    if tumour_radius_mm > 0:
        if depth < 0:
            raise ValueError("the tumour must lie inside the liver")
        layers.append((sphere_distance(centre + offset, tumour_radius_mm), anatomy.FIRST_TUMOUR, TUMOUR_HU))
        volumes["tumour_01"] = _sphere_ml(tumour_radius_mm)
        centroids["tumour_01"] = _triple(centre + offset)
    scan, labels = _draw(grid, layers, noise_hu=noise_hu, seed=1)
    truth = AnalyticTruth(
        volumes_ml=MappingProxyType(volumes),
        centroids_lps_mm=MappingProxyType(centroids),
        tumour_radius_mm=tumour_radius_mm,
        tumour_depth_mm=depth if tumour_radius_mm > 0 else 0.0,
    )
    return AnalyticPhantom(scan, labels, truth)


def two_branch_tree_phantom(
    geometry: VolumeGeometry | None = None,
    *,
    centre_lps_mm: ArrayLike = (0.0, 0.0, 0.0),
    half_mm: ArrayLike = (45.0, 30.0, 40.0),
    trunk_radius_mm: float = 4.0,
    noise_hu: float = 0.0,
) -> AnalyticPhantom:
    """A box liver with a Y-shaped portal tree in the plane y = -8 mm and a hepatic vein behind it, at y = +14 mm.

    The portal trunk enters from below at x = 0 and forks at z = -10 mm into a right (-x) and a left (+x) branch
    that mirror each other, so their nearest-branch territories meet on the plane x = centre. Radii obey Murray's
    law (r0^3 = r1^3 + r2^3). The hepatic vein runs along +z at x = 0 and leaves through the roof.
    """
    grid = geometry or default_geometry()
    centre = np.asarray(centre_lps_mm, dtype=np.float64)
    half = np.asarray(half_mm, dtype=np.float64)
    branch_radius = trunk_radius_mm / 2.0 ** (1.0 / 3.0)

    def at(x: float, y: float, z: float) -> Points:
        point: Points = centre + np.array([x, y, z])
        return point

    def branch(start: Points, end: Points, radius: float, parent: int, name: str) -> Branch:
        return Branch(start_lps_mm=_triple(start), end_lps_mm=_triple(end), radius_mm=radius, parent=parent, name=name)

    reach = half[0] * 0.6
    fork = at(0.0, -8.0, -10.0)
    portal = (
        branch(at(0.0, -8.0, -half[2]), fork, trunk_radius_mm, -1, "portal_trunk"),
        branch(fork, at(-reach, -8.0, 15.0), branch_radius, 0, "portal_right"),
        branch(fork, at(reach, -8.0, 15.0), branch_radius, 0, "portal_left"),
    )
    hepatic = (branch(at(0.0, 14.0, half[2]), at(0.0, 14.0, -15.0), trunk_radius_mm, -1, "hepatic"),)
    inside = box_distance(centre, half)

    def within(vessel: Branch) -> SignedDistance:
        vessel_distance = capsule_distance(vessel)
        return lambda points: np.maximum(vessel_distance(points), inside(points))

    layers = [(inside, anatomy.PARENCHYMA, LIVER_HU)]
    layers += [(within(vessel), anatomy.PORTAL_VEIN, VESSEL_HU) for vessel in portal]
    layers += [(within(vessel), anatomy.HEPATIC_VEINS, VESSEL_HU) for vessel in hepatic]
    scan, labels = _draw(grid, layers, noise_hu=noise_hu, seed=1)
    hepatic_length_mm = hepatic[0].length_mm
    # A half capsule: the roof cuts the round end that would leave the box.
    hepatic_mm3 = np.pi * trunk_radius_mm**2 * hepatic_length_mm + 2.0 / 3.0 * np.pi * trunk_radius_mm**3
    truth = AnalyticTruth(
        volumes_ml=MappingProxyType(
            {"liver": float(8.0 * half.prod() / 1000.0), "hepatic_veins": float(hepatic_mm3 / 1000.0)}
        ),
        centroids_lps_mm=MappingProxyType({"liver": _triple(centre)}),
        branches=(*portal, *hepatic),
    )
    return AnalyticPhantom(scan, labels, truth)
