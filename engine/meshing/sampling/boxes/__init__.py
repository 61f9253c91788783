"""Labels in their boxes."""
