"""What the benchmark of cuts works with."""
