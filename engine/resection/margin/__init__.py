"""How near the cut passes to the tumours, and how large the cut surface is."""
