"""What an edge collapse costs."""
