"""For every place of the liver the few leaves of a tumour's voxel tree that may hold the nearest voxel."""

from engine.resection.margin.shortlist.shortlist import LiverCells, Shortlist

__all__ = ["LiverCells", "Shortlist"]
