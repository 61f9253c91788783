"""Where a plan's cut goes through vessels."""

from engine.resection.vessel_cut.cutter import VesselCutter

__all__ = ["VesselCutter"]
