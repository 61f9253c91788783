"""From labels to fields of bytes, below 128 outside."""
