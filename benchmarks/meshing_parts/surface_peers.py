"""Other ways from labels to smooth surfaces: VTK, scikit-image, zmesh, Open3D; one that is not there is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from engine.volume import VoxelBox, box_of

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]
"""(n, 3) mm from the centre of voxel (0, 0, 0), axes x, y, z = i, j, k; (m, 3) faces."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxed:
    """Structures in their boxes, with a margin.

    Attributes:
        structures: the label values of each.
        masks: (k, j, i) 0 and 1 of each, and where its first voxel lies (x, y, z mm).
        labels: (k, j, i) of all of them in one box.
        labels_start_mm: where its first voxel lies (x, y, z mm).
        spacing_mm: along i, j, k.
    """

    structures: tuple[tuple[int, ...], ...]
    masks: tuple[tuple[NDArray[np.uint8], NDArray[np.float64]], ...]
    labels: NDArray[np.uint8]
    labels_start_mm: NDArray[np.float64]
    spacing_mm: tuple[float, float, float]


Peer = Callable[[Boxed], list[Surface]]

SINC_ITERATIONS, SINC_PASS_BAND = 20, 0.1
TAUBIN_ITERATIONS = 15


def absent() -> list[str]:
    """Libraries that the comparison would like to have and does not find."""
    missing = []
    for module in ("vtk", "skimage", "zmesh", "open3d"):
        try:
            import_module(module)
        except ImportError:
            missing.append(module)
    return missing


def peers() -> dict[str, Peer]:
    """The peers that can run here, by name."""
    gone = set(absent())
    all_peers: dict[str, tuple[str, Peer]] = {
        "VTK discrete flying edges + windowed sinc": ("vtk", vtk_flying_edges),
        "VTK SurfaceNets, its own smoothing": ("vtk", vtk_surface_nets),
        "Open3D isosurface + Taubin": ("open3d", open3d_taubin),
        "scikit-image marching cubes, rough": ("skimage", scikit_image),
        "zmesh, rough": ("zmesh", zmesh),
    }
    return {name: peer for name, (module, peer) in all_peers.items() if module not in gone}


def boxed(
    labels: NDArray[np.uint8], structures: Sequence[tuple[int, ...]], spacing_mm: tuple[float, float, float]
) -> Boxed:
    """Finds the boxes that the peers get for nothing."""
    masks = []
    for values in structures:
        chosen = np.zeros(256, dtype=bool)
        chosen[list(values)] = True
        mask = chosen[labels]
        box = box_of(mask)
        assert box is not None
        masks.append((np.pad(mask[box], 1).astype(np.uint8), _start_mm(box, spacing_mm)))
    everything = box_of(np.isin(labels, [value for values in structures for value in values]))
    assert everything is not None
    return Boxed(
        structures=tuple(structures),
        masks=tuple(masks),
        labels=np.pad(labels[everything], 1),
        labels_start_mm=_start_mm(everything, spacing_mm),
        spacing_mm=spacing_mm,
    )


def _start_mm(box: VoxelBox, spacing_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    return (np.array([box[2].start, box[1].start, box[0].start], dtype=np.float64) - 1.0) * spacing_mm


def vtk_flying_edges(work: Boxed) -> list[Surface]:
    """vtkDiscreteFlyingEdges3D and vtkWindowedSincPolyDataFilter, a structure at a time in its box."""
    import vtk

    found = []
    for mask, start in work.masks:
        edges = vtk.vtkDiscreteFlyingEdges3D()
        edges.SetInputData(_vtk_image(mask, work.spacing_mm))
        edges.SetValue(0, 1)
        edges.ComputeNormalsOff()
        edges.ComputeGradientsOff()
        edges.ComputeScalarsOff()
        sinc = vtk.vtkWindowedSincPolyDataFilter()
        sinc.SetInputConnection(edges.GetOutputPort())
        sinc.SetNumberOfIterations(SINC_ITERATIONS)
        sinc.SetPassBand(SINC_PASS_BAND)
        sinc.BoundarySmoothingOff()
        sinc.NonManifoldSmoothingOn()
        sinc.NormalizeCoordinatesOn()
        sinc.Update()
        vertices, faces = _vtk_surface(sinc.GetOutput())
        found.append((vertices + start, faces))
    return found


def vtk_surface_nets(work: Boxed) -> list[Surface]:
    """vtkSurfaceNets3D once for all labels; a structure's surface is what lies between it and the rest."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    nets = vtk.vtkSurfaceNets3D()
    nets.SetInputData(_vtk_image(work.labels, work.spacing_mm))
    for number, value in enumerate(sorted({value for values in work.structures for value in values})):
        nets.SetLabel(number, value)
    nets.SetOutputMeshTypeToTriangles()
    nets.Update()
    vertices, faces = _vtk_surface(nets.GetOutput())
    sides = vtk_to_numpy(nets.GetOutput().GetCellData().GetArray("BoundaryLabels"))
    found = []
    for values in work.structures:
        inside = np.isin(sides, values)
        rim = inside[:, 0] != inside[:, 1]
        turned = np.where(inside[rim, :1], faces[rim], faces[rim][:, ::-1])
        found.append((vertices + work.labels_start_mm, turned))
    return found


def open3d_taubin(work: Boxed) -> list[Surface]:
    """Open3D's isosurface and its Taubin filter, a structure at a time in its box."""
    import open3d as o3d

    found = []
    for mask, start in work.masks:
        field = o3d.core.Tensor.from_numpy(mask.astype(np.float32) - 0.5)
        mesh = o3d.t.geometry.TriangleMesh.create_isosurfaces(field, [0.0]).to_legacy()
        mesh.vertices = o3d.utility.Vector3dVector(np.asarray(mesh.vertices) * work.spacing_mm + start)
        mesh = mesh.filter_smooth_taubin(number_of_iterations=TAUBIN_ITERATIONS)
        found.append((np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)))
    return found


def scikit_image(work: Boxed) -> list[Surface]:
    """skimage.measure.marching_cubes (Lewiner), which has no smoothing."""
    from skimage.measure import marching_cubes

    found = []
    for mask, start in work.masks:
        vertices, faces, _, _ = marching_cubes(mask, 0.5, gradient_direction="descent")
        found.append((vertices[:, ::-1] * work.spacing_mm + start, faces.astype(np.int64)))
    return found


def zmesh(work: Boxed) -> list[Surface]:
    """zmesh's mesher, which has no smoothing."""
    from zmesh import Mesher

    found = []
    for mask, start in work.masks:
        mesher = Mesher(work.spacing_mm)
        mesher.mesh(np.ascontiguousarray(mask.transpose(2, 1, 0)), close=True)
        mesh = mesher.get(1, normals=False, reduction_factor=0)
        # Its `close` pads by one voxel more.
        found.append((mesh.vertices.astype(np.float64) + start - work.spacing_mm, mesh.faces.astype(np.int64)))
    return found


def _vtk_image(voxels: NDArray[np.uint8], spacing_mm: tuple[float, float, float]) -> object:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(*reversed(voxels.shape))
    image.SetSpacing(*spacing_mm)
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1), deep=False))
    return image


def _vtk_surface(mesh: object) -> Surface:
    from vtk.util.numpy_support import vtk_to_numpy

    vertices = vtk_to_numpy(mesh.GetPoints().GetData()).astype(np.float64)  # type: ignore[attr-defined]
    faces = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)  # type: ignore[attr-defined]
    return vertices, faces
