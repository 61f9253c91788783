"""What a cut is compared with: each peer takes a plan and answers a volume or counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cut_parts.kernels import count_every_voxel_by_height, count_every_voxel_on_even_net
from engine.resection import PlaneResection, ResectionPlan, SurfaceResection
from engine.resection.sides import plane_coefficients
from engine.volume import LabelVolume

Peer = Callable[[ResectionPlan], object]


def numpy_peer(labels: LabelVolume) -> Callable[[ResectionPlan], NDArray[np.int64]]:
    """The quickest plain NumPy counting known: broadcast signs of one plane, then one bincount."""
    k, j, i = np.ogrid[tuple(slice(0, n) for n in labels.geometry.shape_kji)]

    def count(plan: ResectionPlan) -> NDArray[np.int64]:
        a_i, a_j, a_k, b = plane_coefficients(plan, labels.geometry)[0]
        return np.bincount(labels.labels[a_i * i + (a_j * j + (a_k * k + b)) > 0.0], minlength=256)

    return count


def voxel_peer(labels: LabelVolume, *, even: bool) -> Callable[[ResectionPlan], NDArray[np.int64]]:
    """A compiled loop over every labelled voxel.

    Args:
        labels: the label volume.
        even: the quick loop for nets that lie evenly, what the benchmark's do; else the sign of the surface's own
            function, solved from the neighbour, for equality.
    """
    array = np.ascontiguousarray(labels.labels)
    work = count_every_voxel_on_even_net if even else count_every_voxel_by_height

    def count(plan: ResectionPlan) -> NDArray[np.int64]:
        (surface,) = plan.resections
        assert isinstance(surface, SurfaceResection)
        frame = surface.frame
        matrix = np.empty((3, 4))
        matrix[:, :3] = frame.axes_lps @ labels.geometry.lps_from_ijk[:3, :3]
        matrix[:, 3] = frame.axes_lps @ (labels.geometry.origin_lps_mm - frame.origin_lps_mm)
        counts = np.zeros(256, dtype=np.int64)
        work(array, np.ascontiguousarray(frame.net_mm), matrix, counts)
        return counts

    return count


def vtk_peer(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> Peer | None:
    """vtkClipClosedSurface and vtkMassProperties on the liver's surface; None where VTK is not installed."""
    try:
        from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPlane, vtkPlaneCollection, vtkPolyData
        from vtkmodules.vtkFiltersCore import vtkMassProperties, vtkTriangleFilter
        from vtkmodules.vtkFiltersGeneral import vtkClipClosedSurface
    except ImportError:
        return None
    points, cells, surface = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(vertices), deep=True))
    flat = np.ascontiguousarray(np.insert(triangles, 0, 3, axis=1).ravel())
    cells.SetCells(len(triangles), numpy_to_vtkIdTypeArray(flat, deep=True))
    surface.SetPoints(points)
    surface.SetPolys(cells)

    def volume(plan: ResectionPlan) -> object:
        (resection,) = plan.resections
        assert isinstance(resection, PlaneResection)
        plane, planes = vtkPlane(), vtkPlaneCollection()
        plane.SetOrigin(resection.point_lps_mm)
        plane.SetNormal(resection.unit_normal_lps.tolist())
        planes.AddItem(plane)
        clip, triangulated, mass = vtkClipClosedSurface(), vtkTriangleFilter(), vtkMassProperties()
        clip.SetInputData(surface)
        clip.SetClippingPlanes(planes)
        triangulated.SetInputConnection(clip.GetOutputPort())
        mass.SetInputConnection(triangulated.GetOutputPort())
        return mass.GetVolume()

    return volume


def manifold_peer(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> Peer | None:
    """manifold3d's split by a plane with both volumes; None where it is not installed."""
    try:
        import manifold3d
    except ImportError:
        return None
    mesh = manifold3d.Mesh(vertices.astype(np.float32), triangles.astype(np.uint32))
    liver = manifold3d.Manifold(mesh)

    def volumes(plan: ResectionPlan) -> object:
        (resection,) = plan.resections
        assert isinstance(resection, PlaneResection)
        normal = resection.unit_normal_lps
        parts = liver.split_by_plane(normal.tolist(), float(normal @ resection.point_lps_mm))
        return [part.volume() for part in parts]

    return volumes
