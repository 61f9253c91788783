"""Parts of `benchmarks/streaming.py`."""
