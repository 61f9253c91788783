"""Draws resectograms for people. Importing this stays light: matplotlib loads with the first picture."""

from engine.resection.resectogram.picture.draw import draw_resectograms
from engine.resection.resectogram.picture.given import CutVessel, NearTumour, ResectogramPanel

__all__ = ["CutVessel", "NearTumour", "ResectogramPanel", "draw_resectograms"]
