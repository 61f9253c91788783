"""What a plan takes of every voxel row: intervals, their union, and counting runs of labels under them."""

from engine.resection.rows.cut_rows import CutRows, RowWindow, union_of

__all__ = ["CutRows", "RowWindow", "union_of"]
