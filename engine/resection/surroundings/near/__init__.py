"""What the cut may come near to, and how near it comes."""
