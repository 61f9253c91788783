"""Livers whose portal and hepatic veins are known: phantoms, ircadb01, another patient's surfaces by UCL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.vessel_tree_parts.perturbations import Liver
from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels, read_scan
from engine.phantom import PhantomRecipe, sample_labels
from engine.volume import LabelVolume

Mask = NDArray[np.bool_]

NOTCH_MM = 12.0
"""What a closing of the liver by so much surrounds lies in it."""

STEP_MM = 1.0
CAVA_RADIUS_MM = 7.0
"""UCL's hepatic veins come with the vena cava; what is thicker than this is it."""


def phantoms(seeds: list[int], shape_kji: tuple[int, int, int] = (120, 200, 220)) -> Iterator[Liver]:
    """Invented livers in voxels of 1.5 x 1.5 x 2 mm."""
    for seed in seeds:
        recipe = PhantomRecipe(seed=seed, shape_kji=shape_kji, spacing_ijk_mm=(1.5, 1.5, 2.0))
        yield Liver(name=f"phantom {seed}", truth=sample_labels(seed, recipe.geometry()), seed=seed)


def patients(data: Path) -> Iterator[Liver]:
    """Whatever real anatomy the folder holds."""
    ircadb = data / "ircadb01"
    surfaces = data / "meshes" / "ucl_sksurgeryvtk" / "tests" / "data" / "models" / "Liver"
    if ircadb.is_dir():
        scan = read_scan(ircadb / "dicom.tar.xz").scan
        yield Liver(name="ircadb01", truth=read_given_labels(ircadb / "reference", scan.geometry))
    if surfaces.is_dir():
        yield Liver(name="UCL surfaces", truth=ucl_surfaces(surfaces))


def ucl_surfaces(folder: Path) -> LabelVolume:
    """The surfaces filled with voxels of a millimetre."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    surfaces = {}
    for name in ("liver", "portal_vein", "hepatic_veins"):
        reader = vtk.vtkPolyDataReader()
        reader.SetFileName(str(folder / f"{name}.vtk"))
        reader.Update()
        surfaces[name] = reader.GetOutput()
    bounds = np.array([surface.GetBounds() for surface in surfaces.values()]).reshape(-1, 3, 2)
    low, high = bounds[..., 0].min(axis=0) - 5, bounds[..., 1].max(axis=0) + 5
    extent = np.ceil((high - low) / STEP_MM).astype(int)
    masks: dict[str, Mask] = {}
    for name, surface in surfaces.items():
        stencil, filled = vtk.vtkPolyDataToImageStencil(), vtk.vtkImageStencilToImage()
        stencil.SetInputData(surface)
        stencil.SetOutputOrigin(*low)
        stencil.SetOutputSpacing(STEP_MM, STEP_MM, STEP_MM)
        stencil.SetOutputWholeExtent(0, int(extent[0]) - 1, 0, int(extent[1]) - 1, 0, int(extent[2]) - 1)
        filled.SetInputConnection(stencil.GetOutputPort())
        filled.SetOutsideValue(0)
        filled.SetInsideValue(1)
        filled.Update()
        scalars = vtk_to_numpy(filled.GetOutput().GetPointData().GetScalars())
        masks[name] = scalars.reshape(extent[::-1]) > 0
    import edt

    veins = masks["hepatic_veins"]
    core = edt.edt(veins, anisotropy=(STEP_MM,) * 3, parallel=1) > CAVA_RADIUS_MM
    cava = (edt.edt(~core, anisotropy=(STEP_MM,) * 3, parallel=1) < CAVA_RADIUS_MM) & veins
    return composed(
        {"liver": masks["liver"], "portal": masks["portal_vein"], "hepatic": veins & ~cava, "cava": cava},
        (STEP_MM,) * 3,
    )


def composed(masks: dict[str, Mask], spacing_ijk_mm: tuple[float, float, float]) -> LabelVolume:
    """Labels of a liver's box, veins parted into what liver surrounds and what it does not."""
    import edt

    reach = [int(np.ceil(30.0 / side)) for side in spacing_ijk_mm[::-1]]
    found = ndimage.find_objects(masks["liver"].astype(np.uint8))[0]
    box = tuple(slice(max(0, s.start - r), s.stop + r) for s, r in zip(found, reach, strict=True))
    liver, portal, hepatic, cava = (masks[name][box] for name in ("liver", "portal", "hepatic", "cava"))
    anisotropy = tuple(spacing_ijk_mm[::-1])
    grown = edt.edt(~liver, anisotropy=anisotropy, parallel=1) < NOTCH_MM
    inside = edt.edt(grown, anisotropy=anisotropy, parallel=1, black_border=True) > NOTCH_MM
    labels = np.where(liver, np.uint8(anatomy.PARENCHYMA), np.uint8(anatomy.BODY))
    labels[cava] = anatomy.INFERIOR_VENA_CAVA
    for mask, within, without in (
        (portal, anatomy.PORTAL_VEIN, anatomy.PORTAL_VEIN_EXTRAHEPATIC),
        (hepatic, anatomy.HEPATIC_VEINS, anatomy.HEPATIC_VEINS_EXTRAHEPATIC),
    ):
        labels[mask & ~cava] = np.where(inside, within, without)[mask & ~cava]
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=spacing_ijk_mm)
    return LabelVolume(labels=np.ascontiguousarray(labels), geometry=geometry)
