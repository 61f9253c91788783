"""The vessels of the liver: trees, their names, what they supply and drain."""

from engine.vessels.analysis import VesselAnatomy, analyse
from engine.vessels.corrections import EdgeCorrection
from engine.vessels.couinaud import SegmentOverride
from engine.vessels.variants import Variant, VariantKind

__all__ = ["EdgeCorrection", "SegmentOverride", "Variant", "VariantKind", "VesselAnatomy", "analyse"]
