"""Which cells of a cut surface lie in the liver."""

from engine.resection.margin.liver.liver_mask import LiverMask

__all__ = ["LiverMask"]
