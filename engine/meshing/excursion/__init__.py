"""How far a surface moves away from where it was while edges collapse."""
