"""The minutes of a planning session: what was decided by whom, with numbers and pictures, as one document."""
