"""Runs of equal code in groups of neighbouring rows: what planes leave of each code, mostly told by boxes."""

from engine.resection.groups.run_groups import RunGroups

__all__ = ["RunGroups"]
