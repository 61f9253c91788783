"""What a surface between slices owes to them."""
