"""Parts of `benchmarks/session.py`."""
