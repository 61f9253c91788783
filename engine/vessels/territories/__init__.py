"""Which branch each voxel of the liver belongs to."""

from engine.vessels.territories.territories import Territory, grow_territory, rival_distance_mm
from engine.vessels.territories.working_grid import WORKING_STEP_MM, WorkingGrid, working_grid_of

__all__ = ["WORKING_STEP_MM", "Territory", "WorkingGrid", "grow_territory", "rival_distance_mm", "working_grid_of"]
