"""Lays a lattice of points flat with little stretching, and says how little."""

from engine.resection.resectogram.flattening.flat import UNDISTORTED, Distortion, Flattened, flatten_lattice

__all__ = ["UNDISTORTED", "Distortion", "Flattened", "flatten_lattice"]
