"""Vessels at the scan's own resolution: the network's answer against what this patient's vessels look like."""

from engine.segmentation.vessel_refinement.refine import refine_vessels

__all__ = ["refine_vessels"]
