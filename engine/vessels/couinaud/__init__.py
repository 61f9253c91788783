"""Couinaud's segments from a patient's own vessels and landmarks."""

from engine.vessels.couinaud.division import Division, SegmentOverride, divide_liver

__all__ = ["Division", "SegmentOverride", "divide_liver"]
