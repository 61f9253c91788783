"""Parts of the benchmark of vessel trees."""
