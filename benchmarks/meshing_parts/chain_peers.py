"""Other ways down a chain of triangle counts: Open3D, fast_simplification, manifold3d, VTK; some may not be there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from engine.meshing.simplify import _by_quadrics, _by_tolerance

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]
Chain = Callable[[Surface, tuple[int, ...]], list[Surface]]


def _step_by_step(
    simplify: Callable[[NDArray[np.float64], NDArray[np.int64], int], Surface],
) -> Chain:
    def chain(surface: Surface, counts: tuple[int, ...]) -> list[Surface]:
        surfaces = []
        for count in counts:
            surface = simplify(*surface, count)
            surfaces.append(surface)
        return surfaces

    return chain


def _fast_simplification(vertices: NDArray[np.float64], faces: NDArray[np.int64], count: int) -> Surface:
    module = import_module("fast_simplification")
    centre = vertices.mean(axis=0)
    points, triangles = module.simplify(
        (vertices - centre).astype(np.float32), faces.astype(np.int32), target_count=count
    )
    return np.asarray(points, dtype=np.float64) + centre, np.asarray(triangles, dtype=np.int64)


def _vtk(vertices: NDArray[np.float64], faces: NDArray[np.int64], count: int) -> Surface:
    vtk, support = import_module("vtk"), import_module("vtk.util.numpy_support")
    data, points, cells = vtk.vtkPolyData(), vtk.vtkPoints(), vtk.vtkCellArray()
    points.SetData(support.numpy_to_vtk(np.ascontiguousarray(vertices), deep=True))
    offsets = np.arange(0, 3 * len(faces) + 1, 3, dtype=np.int64)
    cells.SetData(
        support.numpy_to_vtkIdTypeArray(offsets, deep=True),
        support.numpy_to_vtkIdTypeArray(np.ascontiguousarray(faces.reshape(-1)), deep=True),
    )
    data.SetPoints(points)
    data.SetPolys(cells)
    decimate = vtk.vtkQuadricDecimation()
    decimate.SetInputData(data)
    decimate.SetTargetReduction(1.0 - count / len(faces))
    decimate.VolumePreservationOn()
    decimate.Update()
    out = decimate.GetOutput()
    triangles = support.vtk_to_numpy(out.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return support.vtk_to_numpy(out.GetPoints().GetData()).astype(np.float64), triangles.astype(np.int64)


_ALL: dict[str, tuple[str, Chain]] = {
    "Open3D quadrics": ("open3d", _step_by_step(_by_quadrics)),
    "fast_simplification": ("fast_simplification", _step_by_step(_fast_simplification)),
    "manifold3d tolerance": ("manifold3d", _step_by_step(_by_tolerance)),
    "VTK quadrics": ("vtk", _step_by_step(_vtk)),
}


def peers() -> tuple[dict[str, Chain], list[str]]:
    """Those that can be imported, and the names of those that cannot."""
    present, absent = {}, []
    for name, (module, chain) in _ALL.items():
        try:
            import_module(module)
        except ImportError:
            absent.append(name)
        else:
            present[name] = chain
    return present, absent
